"""Whether a change caused a finding: compared with the base, with other attempts, with the diff."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from gardener.diagnosis.cells import cells_of, split
from gardener.diagnosis.environments import difference
from gardener.diagnosis.outcomes import final_outcomes, flaky_results, flaky_tests, passed_before
from gardener.model import (
    FAILING_OUTCOMES,
    Environment,
    Failure,
    Identity,
    Phase,
    PriorResult,
    Report,
    Status,
)
from gardener.nodeid import file_of

_BOTH = {
    "The test passed on the base.": "Both tests passed on the base.",
    "The test does not exist on the base.": "Neither test exists on the base.",
}
"""What a verdict on each of two tests rests on, said of both."""
_SEVERAL = {
    "The test passed on the base.": "All {number} tests passed on the base.",
    "The test does not exist on the base.": "None of the {number} tests exists on the base.",
    "It fails on the base for the same cause.": "They fail on the base for the same cause.",
}
"""What a verdict on each of several tests rests on, said of all of them."""
NO_BASE = "There is no run of the base to compare with."
ABSENT = "absent"
"""The outcome of a test that does not exist."""


class Verdict(NamedTuple):
    """A status and, in one sentence, what it rests on."""

    status: Status
    reason: str
    environment: str = ""
    """What differs from what the base ran on, where the status rests on that."""


class Base(NamedTuple):
    """What is known of the base: what each test did there, and all causes of failures there.

    `unlisted` is what holds for a test that `tests` lacks. `environment` is what its report ran
    on; `former` is what that report says of the tests that were run once more since. `cells` is
    the same for each cell by its name, where the base has cells.
    """

    tests: dict[str, PriorResult]
    fingerprints: frozenset[str]
    unlisted: PriorResult
    environment: Environment = Environment()
    former: Mapping[str, PriorResult] = MappingProxyType({})
    cells: Mapping[str, Base] = MappingProxyType({})

    def result_of(self, nodeid: str) -> PriorResult:
        """What a test did on the base."""
        return self.tests.get(nodeid, self.unlisted)


# --- the base -------------------------------------------------------------------------------


def base_of(report: Report) -> Base:
    """What a whole report of the base tells; of several cells what is worst, and each by itself."""
    parts = split(report)
    cells = {part.cell: _base_of_cell(part) for part in parts if part.cell}
    if len(parts) == 1:
        return _base_of_cell(parts[0])._replace(cells=cells)
    bases = [_base_of_cell(part) for part in parts]
    tests: dict[str, PriorResult] = {}
    for base in bases:
        for nodeid, prior in base.tests.items():
            tests[nodeid] = _worse(tests.get(nodeid, prior), prior)
    unlisted = next((b.unlisted for b in bases if b.unlisted.reason), PriorResult("", (ABSENT,)))
    if report.missing:
        unlisted = PriorResult("", reason="The run of the base lacks a shard, and this test.")
    known = frozenset[str]().union(*(base.fingerprints for base in bases))
    return Base(tests, known, unlisted, report.environment, cells=cells)


def _worse(first: PriorResult, second: PriorResult) -> PriorResult:
    """What is known of a test in any cell: the failures of all where it fails in one."""
    if first is second:
        return first
    if _failed(first) and _failed(second):
        prints = tuple(dict.fromkeys((*first.fingerprints, *second.fingerprints)))
        outcomes = tuple(o for o in (*first.outcomes, *second.outcomes) if o in FAILING_OUTCOMES)
        return PriorResult(first.nodeid, tuple(dict.fromkeys(outcomes)), prints)
    return second if _failed(second) else first


def _base_of_cell(report: Report) -> Base:
    outcomes = final_outcomes(report)
    causes = fingerprints(report)
    flaky = flaky_tests(report)
    tests: dict[str, PriorResult] = {}
    for nodeid, outcome in outcomes.items():
        seen_outcomes = ("passed", "failed") if nodeid in flaky else (outcome,)
        tests[nodeid] = PriorResult(nodeid, seen_outcomes, causes.get(nodeid, ()))
    for nodeid, prints in causes.items():
        tests.setdefault(nodeid, PriorResult(nodeid, ("error",), prints))
    for file in dict.fromkeys(map(file_of, outcomes)):  # its tests ran: it could be collected
        tests.setdefault(file, PriorResult(file, ("passed",)))
    ran_everything = report.complete and report.selection.everything and not report.deselected
    unlisted = PriorResult("", (ABSENT,))
    if not ran_everything:
        reason = "The run of the base is not complete and lacks this test."
        unlisted = PriorResult("", reason=reason)
    base_prints = frozenset(print_ for prints in causes.values() for print_ in prints)
    return Base(tests, base_prints, unlisted, report.environment)


def prior_results(
    report: Report,
    nodeids: Iterable[str],
    missing: Mapping[str, str],
    collected: Collection[str] = (),
) -> list[PriorResult]:
    """What a run of some tests on the base tells about each of them.

    `missing` says of tests without an outcome why: empty text for those that do not exist.
    `collected` are files that could be collected there.
    """
    ended = base_of(report).tests
    # One whose process died there did not end, whatever its outcome says.
    stopped = {failure.nodeid for failure in report.failures if "stopped" in failure.facts}
    priors = []
    for nodeid in nodeids:
        if nodeid in ended and nodeid not in stopped:
            priors.append(ended[nodeid])
        elif nodeid in collected:
            priors.append(PriorResult(nodeid, ("passed",)))
        elif missing.get(nodeid) == "":
            priors.append(PriorResult(nodeid, (ABSENT,)))
        else:
            reason = missing.get(nodeid) or "It did not end on the base."
            priors.append(PriorResult(nodeid, reason=reason))
    return priors


def fingerprints(report: Report) -> dict[str, tuple[str, ...]]:
    """The causes of each failing test, as fingerprints."""
    if not report.failures:
        return {}
    # Late: its patterns cost every run that passes a twentieth of its start.
    from gardener.diagnosis.fingerprint import evidence_of

    prints: dict[str, dict[str, None]] = {}
    for failure in report.failures:
        of_test = prints.setdefault(failure.nodeid, {})
        of_test.update(dict.fromkeys(evidence_of(failure).fingerprints))
    return {nodeid: tuple(of_test) for nodeid, of_test in prints.items()}


def _base_for(report: Report, base: Report | None) -> Base | None:
    """What is known of the base: what the run itself found there today, else a report of it."""
    if base is not None:
        priors = report.before if _is_of_base(report, base) else None
        return _with_fresh_proof(base_of(base), priors or (), report)
    if report.before is None:
        return None
    of_all = _found(report.before)
    parts = split(report)
    return of_all._replace(
        cells={part.cell: _found(part.before or ()) for part in parts if part.cell}
    )


def _found(priors: Iterable[PriorResult]) -> Base:
    """What a run itself found out of the base."""
    tests: dict[str, PriorResult] = {}
    for prior in priors:
        tests[prior.nodeid] = _worse(tests.get(prior.nodeid, prior), prior)
    return Base(
        tests,
        frozenset(print_ for prior in tests.values() for print_ in prior.fingerprints),
        PriorResult("", reason="Nobody looked at this test on the base."),
    )


def _is_of_base(report: Report, base: Report) -> bool:
    """Whether what a run found out elsewhere is of the base, and not of a commit in between.

    A run after a merge looks at the commit before it, which may be the change's own.
    """
    return report.compared in {"", report.base, base.commit}


def _with_fresh_proof(base: Base, priors: Iterable[PriorResult], report: Report) -> Base:
    """What a report of the base tells, but for tests that ran there in today's environment."""
    priors = tuple(priors)
    of_all = _refreshed(base, priors)
    cells = dict(base.cells)
    for cell in cells_of(report):
        of_cell = [p for p in priors if (p.cell or report.cell) == cell.name]
        if of_cell and (cell.name in cells or not cells):
            cells[cell.name] = _refreshed(cells.get(cell.name, base), of_cell)
    return of_all._replace(cells=cells)


def _refreshed(base: Base, priors: Iterable[PriorResult]) -> Base:
    fresh = {prior.nodeid: prior for prior in priors if prior.outcomes}
    return base._replace(
        tests={**base.tests, **fresh},
        fingerprints=base.fingerprints.union(*(prior.fingerprints for prior in fresh.values())),
        former={nodeid: base.result_of(nodeid) for nodeid in fresh},
    )


# --- the verdict ----------------------------------------------------------------------------


class Judge:
    """Gives each finding of one report its status.

    The base is a report of it, or else what the run itself found out. `flaky` maps the
    flaky tests to how that is known.
    """

    def __init__(self, report: Report, base: Report | None, fail_on: Collection[str]) -> None:
        self._base = _base_for(report, base)
        self._cell = report.cell
        self._environments = {cell.name: cell.environment for cell in cells_of(report)}
        self._changed_files = frozenset(report.changed_files or ())
        # What blocks comes first, whatever the configuration lets block.
        self._order = sorted(Status, key=lambda status: status not in fail_on)
        self._fail_on = fail_on
        self.flaky_results = flaky_results(report)
        self.flaky = {test.nodeid: how for test, how in self.flaky_results.items()}

    def verdict(self, failures: Iterable[Failure], fingerprints: frozenset[str]) -> Verdict:
        """The status of one finding: of those of its tests the one that blocks most."""
        verdicts: dict[Identity, Verdict] = {}
        for failure in failures:
            verdict = self._of_test(failure, fingerprints)
            previous = verdicts.get(failure.identity)
            if previous is None or self._rank(verdict) < self._rank(previous):
                verdicts[failure.identity] = verdict
        first = min(verdicts, key=lambda identity: self._rank(verdicts[identity]))
        return verdicts[first]._replace(reason=self._reason(first, verdicts))

    def failed_on_base(self, nodeid: str) -> bool | None:
        """Whether a test failed on the base; None if that is unknown, or there was none."""
        if self._base is None or nodeid in self.flaky:
            return None
        prior = self._base.result_of(nodeid)
        failed = _failed(prior)
        return failed if failed != passed_before(prior) else None

    def _rank(self, verdict: Verdict) -> tuple[bool, int]:
        """A sort key: what blocks comes first; that only the environment differs does not block."""
        is_of_environment = verdict.status is Status.UNKNOWN and bool(verdict.environment)
        is_harmless = is_of_environment or verdict.status not in self._fail_on
        return is_harmless, self._order.index(verdict.status)

    def _reason(self, test: Identity, verdicts: Mapping[Identity, Verdict]) -> str:
        """What the verdict on a test rests on, with the number of tests that it holds for."""
        status, reason = verdicts[test][:2]
        counts = {s: sum(v.status is s for v in verdicts.values()) for s in self._order}
        number = counts.pop(status)
        if number == len(verdicts):
            is_one = len(verdicts) == 1 or any(v.reason != reason for v in verdicts.values())
            return reason if is_one else _of_several(reason, number)
        differing = ", ".join(f"{n} {s}" for s, n in counts.items() if n)
        name = f"{test.nodeid} in {test.cell}" if test.cell else test.nodeid
        return f"{name}: {reason} ({number} of {len(verdicts)} tests; {differing}.)"

    def _of_test(self, failure: Failure, fingerprints: frozenset[str]) -> Verdict:
        if failure.identity in self.flaky_results:
            return Verdict(Status.FLAKY, self.flaky_results[failure.identity])
        is_changed = failure.file in self._changed_files
        changed = Verdict(Status.ACTIVE_DEV, f"{failure.file} itself is changed in this branch.")
        base = self._base_of(failure)
        if base is None:
            return changed if is_changed else Verdict(Status.UNKNOWN, NO_BASE)
        prior = base.result_of(failure.nodeid)
        by_cause = _by_cause(prior, fingerprints, base)
        if by_cause:
            return self._explained(by_cause, failure, fingerprints)
        if is_changed:
            return changed
        cell = failure.cell or self._cell
        are_several = len(base.cells) > 1 or len(self._environments) > 1
        if cell and are_several and base.cells and cell not in base.cells:
            return Verdict(Status.UNKNOWN, f"The run of the base has no cell {cell}.")
        is_known = bool(prior.outcomes) and failure.nodeid not in base.former
        by_outcome = _by_outcome(prior, failure)
        return self._doubted(by_outcome, failure) if is_known else by_outcome

    def _explained(
        self, verdict: Verdict, failure: Failure, fingerprints: frozenset[str]
    ) -> Verdict:
        """The verdict, with what made the test fail on the base since its report was written."""
        base = self._base_of(failure)
        former = base.former.get(failure.nodeid) if base else None
        if verdict.status is not Status.PRE_EXISTING or former is None or not former.outcomes:
            return verdict
        if not fingerprints.isdisjoint(former.fingerprints):
            return verdict
        changed = self._difference(failure)
        if not changed:
            return verdict
        reason = f"{changed} since the run of the base: it fails on the base too with what is installed today."
        return Verdict(Status.PRE_EXISTING, reason, changed)

    def _doubted(self, verdict: Verdict, failure: Failure) -> Verdict:
        """The verdict, unless it rests on a run in another environment, which may be the cause."""
        changed = self._difference(failure)
        if not changed:
            return verdict
        return Verdict(Status.UNKNOWN, f"{changed} since the run of the base.", changed)

    def _difference(self, failure: Failure) -> str:
        base = self._base_of(failure)
        then = base.environment if base else Environment()
        now = self._environments.get(failure.cell or self._cell, Environment())
        return difference(then, now, failure)

    def _base_of(self, failure: Failure) -> Base | None:
        """What is known of the base in the cell of a failure, else in any."""
        if self._base is None:
            return None
        return self._base.cells.get(failure.cell or self._cell, self._base)


def _of_several(reason: str, number: int) -> str:
    """What holds for each of several tests, said of all of them."""
    several = (_BOTH if number == 2 else _SEVERAL).get(reason)
    if several:
        return several.format(number=f"{number:,}")
    return re.sub(r"\AIt (failed|passed|did)\b", r"They \1", reason).replace(
        "this test", "these tests"
    )


def _by_cause(prior: PriorResult, fingerprints: frozenset[str], base: Base) -> Verdict | None:
    """The verdict where the base has the same cause, or not the test; else None."""
    if not fingerprints.isdisjoint(prior.fingerprints):
        if passed_before(prior):
            return Verdict(Status.FLAKY, "It passed and failed for this cause on the base.")
        return Verdict(Status.PRE_EXISTING, "It fails on the base for the same cause.")
    if prior.outcomes != (ABSENT,):
        return None
    if fingerprints.isdisjoint(base.fingerprints):
        return Verdict(Status.NEW, "The test does not exist on the base.")
    return Verdict(Status.PRE_EXISTING, "Other tests fail on the base for the same cause.")


def _by_outcome(prior: PriorResult, failure: Failure) -> Verdict:
    """The verdict on a test that is on the base, by what it did there."""
    if not prior.outcomes:
        return Verdict(Status.UNKNOWN, prior.reason)
    if _failed(prior):
        return Verdict(Status.UNKNOWN, "It failed on the base too, but for another cause.")
    if "passed" not in prior.outcomes:
        reason = f"The test was {prior.outcomes[0]} on the base, which proves nothing."
        return Verdict(Status.UNKNOWN, reason)
    if failure.phase == Phase.COLLECT:
        return Verdict(Status.REGRESSION, f"{failure.file} could be collected on the base.")
    return Verdict(Status.REGRESSION, "The test passed on the base.")


def _failed(prior: PriorResult) -> bool:
    return not FAILING_OUTCOMES.isdisjoint(prior.outcomes)
