"""Whether a change caused a finding: compared with the base, with other attempts, with the diff."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from gardener.diagnosis.environments import difference
from gardener.model import (
    FAILING_OUTCOMES,
    Environment,
    Failure,
    Phase,
    PriorResult,
    Report,
    Status,
)
from gardener.nodeid import file_of

NO_BASE = "There is no run of the base to compare with."
ABSENT = "absent"
"""The outcome of a test that does not exist."""
_PASSING_OUTCOMES = frozenset({"passed", "xpassed"})


class Verdict(NamedTuple):
    """A status and, in one sentence, what it rests on."""

    status: Status
    reason: str
    environment: str = ""
    """What differs from what the base ran on, where the status rests on that."""


class Base(NamedTuple):
    """What is known of the base: what each test did there, and all causes of failures there.

    `unlisted` is what holds for a test that `tests` lacks. `environment` is what its report ran
    on; `former` is what that report says of the tests that were run once more since.
    """

    tests: dict[str, PriorResult]
    fingerprints: frozenset[str]
    unlisted: PriorResult
    environment: Environment = Environment()
    former: Mapping[str, PriorResult] = MappingProxyType({})

    def result_of(self, nodeid: str) -> PriorResult:
        """What a test did on the base."""
        return self.tests.get(nodeid, self.unlisted)


def final_outcomes(report: Report) -> dict[str, str]:
    """What each test came to: the outcome of its last attempt."""
    last: dict[str, tuple[int, str]] = {}
    for result in report.results:
        if result.nodeid not in last or result.attempt >= last[result.nodeid][0]:
            last[result.nodeid] = (result.attempt, result.outcome)
    return {nodeid: outcome for nodeid, (_, outcome) in last.items()}


# --- flaky tests ----------------------------------------------------------------------------


class _Try(NamedTuple):
    """One attempt of a test: how it was run (see `model.Result`), and whether it passed."""

    how: str
    passed: bool


def flaky_tests(report: Report) -> dict[str, str]:
    """Tests that passed in one attempt and failed in another, on the same commit; and how.

    An attempt may be one of an earlier run on the very same files.
    """
    tries: dict[str, list[_Try]] = {}
    for result in report.results:
        passed = result.outcome in _PASSING_OUTCOMES
        if passed or result.outcome in FAILING_OUTCOMES:
            tries.setdefault(result.nodeid, []).append(_Try(result.how, passed))
    flaky = {
        nodeid: _flakiness(tries_of_test)
        for nodeid, tries_of_test in tries.items()
        if len({attempt.passed for attempt in tries_of_test}) == 2
    }
    for prior in report.earlier:
        failed_now = not any(attempt.passed for attempt in tries.get(prior.nodeid, ()))
        if prior.nodeid in tries and failed_now and _passed(prior):
            flaky[prior.nodeid] = "It passed in an earlier run of the same files."
    return flaky


def _flakiness(tries: list[_Try]) -> str:
    """Order-dependent where the tests before it decide, each time; otherwise taken for random."""
    alone = [attempt.passed for attempt in tries if attempt.how == "alone"]
    in_order = [attempt.passed for attempt in tries if not attempt.how]
    by_itself = f"alone ({len(alone)} of {len(alone)})"
    after_others = f"after the tests before it ({len(in_order)} of {len(in_order)})"
    if alone and in_order and all(alone) and not any(in_order):
        if len(in_order) > 1:
            return f"Order-dependent: it passes {by_itself} and fails {after_others}."
        return (
            f"It passes {by_itself} and failed once after the tests before it: "
            "it may depend on their order."
        )
    if alone and in_order and all(in_order) and not any(alone):
        return f"Order-dependent: it fails {by_itself} and passes {after_others}."
    passes = sum(attempt.passed for attempt in tries)
    return f"It passed {passes} of {len(tries)} times on the same commit."


# --- the base -------------------------------------------------------------------------------


def base_of(report: Report) -> Base:
    """What a whole report of the base tells."""
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
    known = frozenset(print_ for prints in causes.values() for print_ in prints)
    return Base(tests, known, unlisted, report.environment)


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
        found = report.before if _is_of_base(report, base) else None
        return _with_fresh_proof(base_of(base), found or ())
    if report.before is None:
        return None
    return Base(
        {prior.nodeid: prior for prior in report.before},
        frozenset(print_ for prior in report.before for print_ in prior.fingerprints),
        PriorResult("", reason="Nobody looked at this test on the base."),
    )


def _is_of_base(report: Report, base: Report) -> bool:
    """Whether what a run found out elsewhere is of the base, and not of a commit in between.

    A run after a merge looks at the commit before it, which may be the change's own.
    """
    return report.compared in {"", report.base, base.commit}


def _with_fresh_proof(base: Base, found: Iterable[PriorResult]) -> Base:
    """What a report of the base tells, but for tests that ran there in today's environment."""
    fresh = {prior.nodeid: prior for prior in found if prior.outcomes}
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
        self._environment = report.environment
        self._changed_files = frozenset(report.changed_files or ())
        # What blocks comes first, whatever the configuration lets block.
        self._order = sorted(Status, key=lambda status: status not in fail_on)
        self._fail_on = fail_on
        self.flaky = flaky_tests(report)

    def verdict(self, failures: Iterable[Failure], fingerprints: frozenset[str]) -> Verdict:
        """The status of one finding: of those of its tests the one that blocks most."""
        verdicts: dict[str, Verdict] = {}
        for failure in failures:
            verdict = self._of_test(failure, fingerprints)
            previous = verdicts.get(failure.nodeid)
            if previous is None or self._rank(verdict) < self._rank(previous):
                verdicts[failure.nodeid] = verdict
        first = min(verdicts, key=lambda nodeid: self._rank(verdicts[nodeid]))
        return verdicts[first]._replace(reason=self._reason(first, verdicts))

    def failed_on_base(self, nodeid: str) -> bool | None:
        """Whether a test failed on the base; None if that is unknown, or there was none."""
        if self._base is None or nodeid in self.flaky:
            return None
        prior = self._base.result_of(nodeid)
        failed = _failed(prior)
        return failed if failed != _passed(prior) else None

    def _rank(self, verdict: Verdict) -> tuple[bool, int]:
        """A sort key: what blocks comes first; that only the environment differs does not block."""
        is_of_environment = verdict.status is Status.UNKNOWN and bool(verdict.environment)
        is_harmless = is_of_environment or verdict.status not in self._fail_on
        return is_harmless, self._order.index(verdict.status)

    def _reason(self, nodeid: str, verdicts: Mapping[str, Verdict]) -> str:
        """What the verdict on a test rests on, with the number of tests that it holds for."""
        status, reason = verdicts[nodeid][:2]
        counts = {s: sum(v.status is s for v in verdicts.values()) for s in self._order}
        number = counts.pop(status)
        if number == len(verdicts):
            return reason
        differing = ", ".join(f"{n} {s}" for s, n in counts.items() if n)
        return f"{nodeid}: {reason} ({number} of {len(verdicts)} tests; {differing}.)"

    def _of_test(self, failure: Failure, fingerprints: frozenset[str]) -> Verdict:
        if failure.nodeid in self.flaky:
            return Verdict(Status.FLAKY, self.flaky[failure.nodeid])
        is_changed = failure.file in self._changed_files
        changed = Verdict(Status.ACTIVE_DEV, f"{failure.file} itself is changed in this branch.")
        if self._base is None:
            return changed if is_changed else Verdict(Status.UNKNOWN, NO_BASE)
        prior = self._base.result_of(failure.nodeid)
        by_cause = _by_cause(prior, fingerprints, self._base)
        if by_cause:
            return self._explained(by_cause, failure, fingerprints)
        if is_changed:
            return changed
        is_known = bool(prior.outcomes) and failure.nodeid not in self._base.former
        by_outcome = _by_outcome(prior, failure)
        return self._doubted(by_outcome, failure) if is_known else by_outcome

    def _explained(
        self, verdict: Verdict, failure: Failure, fingerprints: frozenset[str]
    ) -> Verdict:
        """The verdict, with what made the test fail on the base since its report was written."""
        former = self._base.former.get(failure.nodeid) if self._base else None
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
        then = self._base.environment if self._base else Environment()
        return difference(then, self._environment, failure)


def _by_cause(prior: PriorResult, fingerprints: frozenset[str], base: Base) -> Verdict | None:
    """The verdict where the base has the same cause, or not the test; else None."""
    if not fingerprints.isdisjoint(prior.fingerprints):
        if _passed(prior):
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


def _passed(prior: PriorResult) -> bool:
    return not _PASSING_OUTCOMES.isdisjoint(prior.outcomes)


def _failed(prior: PriorResult) -> bool:
    return not FAILING_OUTCOMES.isdisjoint(prior.outcomes)
