"""Whether a change caused a finding: compared with the base, with other attempts, with the diff."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from gardener.diagnosis.fingerprint import evidence_of
from gardener.model import FAILING_OUTCOMES, Failure, PriorResult, Report, Status

NO_BASE = "There is no run of the base to compare with."
ABSENT = "absent"
"""The outcome of a test that does not exist."""
_GREEN = frozenset({"passed", "xpassed"})


class Verdict(NamedTuple):
    """A status and, in one sentence, what it rests on."""

    status: Status
    reason: str


class Base(NamedTuple):
    """What is known of the base: for each test what it did there, and all causes seen there.

    `others` is what holds for a test that `tests` lacks.
    """

    tests: dict[str, PriorResult]
    fingerprints: frozenset[str]
    others: PriorResult


# What the reader must see first when the tests of one finding differ.
_ORDER: tuple[Status, ...] = (
    Status.REGRESSION,
    Status.NEW,
    Status.ACTIVE_DEV,
    Status.UNKNOWN,
    Status.PRE_EXISTING,
    Status.FLAKY,
)


def final_outcomes(report: Report) -> dict[str, str]:
    """What each test came to: the outcome of its last attempt."""
    last: dict[str, tuple[int, str]] = {}
    for result in report.results:
        if result.nodeid not in last or result.attempt >= last[result.nodeid][0]:
            last[result.nodeid] = (result.attempt, result.outcome)
    return {nodeid: outcome for nodeid, (_, outcome) in last.items()}


def flaky_tests(report: Report) -> dict[str, str]:
    """Tests that passed in one attempt and were red in another, on the same commit; and how.

    An attempt may be one of an earlier run on the very same files.
    """
    tries: dict[str, list[tuple[str, bool]]] = {}
    for result in report.results:
        if result.outcome in FAILING_OUTCOMES or result.outcome in _GREEN:
            tries.setdefault(result.nodeid, []).append((result.how, result.outcome in _GREEN))
    flaky = {
        nodeid: _flakiness(found)
        for nodeid, found in tries.items()
        if any(green for _, green in found) and not all(green for _, green in found)
    }
    for one in report.earlier:
        if one.nodeid in tries and not any(green for _, green in tries[one.nodeid]):
            if not _GREEN.isdisjoint(one.outcomes):
                flaky[one.nodeid] = "It passed in an earlier run of the same files."
    return flaky


def _flakiness(tries: list[tuple[str, bool]]) -> str:
    """Order-dependent: the company decides, each time. Otherwise random, as far as is known."""
    by_company: dict[str, list[bool]] = {}
    for how, green in tries:
        by_company.setdefault(how, []).append(green)
    alone, full = by_company.get("alone", []), by_company.get("", [])
    by_itself = f"alone ({len(alone)} of {len(alone)})"
    in_order = f"after the tests before it ({len(full)} of {len(full)})"
    if alone and full and not any(full) and all(alone):
        if len(full) > 1:
            return f"Order-dependent: it passes {by_itself} and fails {in_order}."
        return (
            f"It passes {by_itself} and failed once after the tests before it: "
            "it may depend on their order."
        )
    if alone and full and all(full) and not any(alone):
        return f"Order-dependent: it fails {by_itself} and passes {in_order}."
    passed = sum(green for _, green in tries)
    return f"It passed {passed} of {len(tries)} times on the same commit."


def base_of(report: Report) -> Base:
    """What a whole report of the base tells."""
    outcomes = final_outcomes(report)
    prints = fingerprints(report)
    flaky = flaky_tests(report)
    tests = {
        nodeid: PriorResult(
            nodeid,
            ("passed", "failed") if nodeid in flaky else (outcome,),
            prints.get(nodeid, ()),
        )
        for nodeid, outcome in outcomes.items()
    }
    for nodeid, found in prints.items():
        tests.setdefault(nodeid, PriorResult(nodeid, ("error",), found))
    for nodeid in outcomes:  # a file whose tests ran could be collected
        file = nodeid.partition("::")[0]
        tests.setdefault(file, PriorResult(file, ("passed",)))
    whole = report.complete and report.selection.everything and not report.deselected
    others = (
        PriorResult("", (ABSENT,))
        if whole
        else PriorResult("", reason="The run of the base is not complete and lacks this test.")
    )
    return Base(tests, frozenset(f for found in prints.values() for f in found), others)


def before(
    report: Report,
    nodeids: Iterable[str],
    missing: Mapping[str, str],
    collected: Collection[str] = (),
) -> list[PriorResult]:
    """What a run of some tests on the base tells about each of them.

    `missing` says of tests without an outcome why: empty text for those that do not exist.
    `collected` are files that could be collected there.
    """
    known = base_of(report).tests
    stopped = {failure.nodeid for failure in report.failures if "stopped" in failure.facts}
    found = []
    for nodeid in nodeids:
        one = known.get(nodeid)
        # One whose process died there ended as well as it can.
        if one and nodeid not in stopped:
            found.append(one)
        elif nodeid in collected:
            found.append(PriorResult(nodeid, ("passed",)))
        elif missing.get(nodeid) == "":
            found.append(PriorResult(nodeid, (ABSENT,)))
        else:
            found.append(
                PriorResult(nodeid, reason=missing.get(nodeid) or "It did not end on the base.")
            )
    return found


def fingerprints(report: Report) -> dict[str, tuple[str, ...]]:
    """The causes of each failing test, as fingerprints."""
    prints: dict[str, dict[str, None]] = {}
    for failure in report.failures:
        own = prints.setdefault(failure.nodeid, {})
        own.update(dict.fromkeys(evidence_of(failure).prints))
    return {nodeid: tuple(found) for nodeid, found in prints.items()}


def _known(report: Report, base: Report | None) -> Base | None:
    if base is not None:
        return base_of(base)
    if report.before is None:
        return None
    return Base(
        {one.nodeid: one for one in report.before},
        frozenset(f for one in report.before for f in one.fingerprints),
        PriorResult("", reason="Nobody looked at this test on the base."),
    )


class Judge:
    """Gives each finding of one report its status.

    The base is a report of it, or else what the run itself found out. `flaky` maps the
    flaky tests to how that is known.
    """

    def __init__(self, report: Report, base: Report | None, fail_on: tuple[str, ...]) -> None:
        self._base = _known(report, base)
        self._changed = frozenset(report.changed_files or ())
        # What blocks comes first, whatever the configuration lets block.
        self._order = sorted(_ORDER, key=lambda status: status not in fail_on)
        self.flaky = flaky_tests(report)

    def __call__(self, failures: tuple[Failure, ...], fingerprints: frozenset[str]) -> Verdict:
        """The status of one finding: of those of its tests the one that blocks most."""
        verdicts: dict[str, Verdict] = {}
        for failure in failures:
            one = self._of_test(failure, fingerprints)
            old = verdicts.get(failure.nodeid)
            if old is None or self._rank(one.status) < self._rank(old.status):
                verdicts[failure.nodeid] = one
        worst = min((one.status for one in verdicts.values()), key=self._rank)
        such = [nodeid for nodeid, one in verdicts.items() if one.status == worst]
        reason = verdicts[such[0]].reason
        if len(such) < len(verdicts):
            rest = [s for s in self._order if s != worst]
            counts = {s: sum(one.status == s for one in verdicts.values()) for s in rest}
            others = ", ".join(f"{n} {s}" for s, n in counts.items() if n)
            reason = f"{such[0]}: {reason} ({len(such)} of {len(verdicts)} tests; {others}.)"
        return Verdict(worst, reason)

    def was_red(self, nodeid: str) -> bool | None:
        """Whether a test was red on the base; None if that is unknown, or there was none."""
        if self._base is None or nodeid in self.flaky:
            return None
        there = self._base.tests.get(nodeid, self._base.others).outcomes
        red, green = (not kinds.isdisjoint(there) for kinds in (FAILING_OUTCOMES, _GREEN))
        return red if red != green else None

    def _rank(self, status: Status) -> int:
        return self._order.index(status)

    def _of_test(self, failure: Failure, fingerprints: frozenset[str]) -> Verdict:
        nodeid, base = failure.nodeid, self._base
        if nodeid in self.flaky:
            return Verdict(Status.FLAKY, self.flaky[nodeid])
        touched = Verdict(Status.ACTIVE_DEV, f"{failure.file} itself is changed in this branch.")
        if base is None:
            if failure.file in self._changed:
                return touched
            return Verdict(Status.UNKNOWN, NO_BASE)
        there = base.tests.get(nodeid, base.others)
        if fingerprints & set(there.fingerprints):
            if not _GREEN.isdisjoint(there.outcomes):
                return Verdict(Status.FLAKY, "It passed and failed for this cause on the base.")
            return Verdict(Status.PRE_EXISTING, "It fails on the base for the same cause.")
        if there.outcomes == (ABSENT,):
            if fingerprints & base.fingerprints:
                return Verdict(
                    Status.PRE_EXISTING, "Other tests fail on the base for the same cause."
                )
            return Verdict(Status.NEW, "The test does not exist on the base.")
        if failure.file in self._changed:
            return touched
        if not there.outcomes:
            return Verdict(Status.UNKNOWN, there.reason)
        if FAILING_OUTCOMES & set(there.outcomes):
            return Verdict(Status.UNKNOWN, "It failed on the base too, but for another cause.")
        if "passed" in there.outcomes:
            if failure.phase == "collect":
                return Verdict(Status.REGRESSION, f"{failure.file} could be collected on the base.")
            return Verdict(Status.REGRESSION, "The test passed on the base.")
        return Verdict(
            Status.UNKNOWN, f"The test was {there.outcomes[0]} on the base, which tells nothing."
        )
