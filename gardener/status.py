"""Whether a change caused a finding: compared with the base, with other attempts, with the diff."""

from __future__ import annotations

from typing import NamedTuple

from gardener.model import RED, Failure, Report, Status


class Verdict(NamedTuple):
    """A status and, in one sentence, what it rests on."""

    status: Status
    reason: str


class Base(NamedTuple):
    """What is known of the base: outcomes by nodeid, and the fingerprints seen there."""

    outcomes: dict[str, str]
    fingerprints: dict[str, frozenset[str]]
    complete: bool


# What the reader must see first when the tests of one finding differ.
_ORDER: tuple[Status, ...] = ("regression", "new", "active-dev", "unknown", "pre-existing", "flaky")


def final_outcomes(report: Report) -> dict[str, str]:
    """What each test came to: the outcome of its last attempt."""
    last: dict[str, tuple[int, str]] = {}
    for result in report.results:
        if result.nodeid not in last or result.attempt >= last[result.nodeid][0]:
            last[result.nodeid] = (result.attempt, result.outcome)
    return {nodeid: outcome for nodeid, (_, outcome) in last.items()}


def flaky_tests(report: Report) -> frozenset[str]:
    """Tests that passed in one attempt and were red in another, on the same commit."""
    passed = {r.nodeid for r in report.results if r.outcome in ("passed", "xpassed")}
    return frozenset(r.nodeid for r in report.results if r.outcome in RED and r.nodeid in passed)


def judge(
    failures: tuple[Failure, ...],
    fingerprints: frozenset[str],
    report: Report,
    base: Base | None,
    flaky: frozenset[str],
) -> Verdict:
    """The status of one finding, out of those of its tests."""
    verdicts: dict[Status, str] = {}
    for failure in failures:
        one = _judge_test(failure, fingerprints, report, base, flaky)
        verdicts.setdefault(one.status, one.reason)
    worst = next(status for status in _ORDER if status in verdicts)
    return Verdict(worst, verdicts[worst])


def _judge_test(
    failure: Failure,
    fingerprints: frozenset[str],
    report: Report,
    base: Base | None,
    flaky: frozenset[str],
) -> Verdict:
    nodeid = failure.nodeid
    if nodeid in flaky:
        return Verdict("flaky", "It passed and failed on the same commit.")
    touched = report.changed_files is not None and failure.file in report.changed_files
    if base is None:
        if touched:
            return Verdict("active-dev", f"{failure.file} itself is changed in this branch.")
        return Verdict("unknown", "There is no run of the base to compare with.")
    if any(fingerprints & base.fingerprints.get(name, frozenset()) for name in (nodeid, "")):
        return Verdict("pre-existing", "The base fails for the same cause.")
    outcome = base.outcomes.get(nodeid)
    if outcome in RED:
        return Verdict("unknown", f"{nodeid} failed on the base too, but for another cause.")
    if outcome is None:
        if not base.complete:
            return Verdict("unknown", "The run of the base is not complete and lacks this test.")
        if failure.phase == "collect":
            return Verdict("regression", f"{failure.file} could be collected on the base.")
        return Verdict("new", "The test does not exist on the base.")
    if touched:
        return Verdict("active-dev", f"{failure.file} itself is changed in this branch.")
    if outcome == "passed":
        return Verdict("regression", "The test passed on the base.")
    return Verdict("unknown", f"The test was {outcome} on the base, which tells nothing.")
