"""What the tests of a report came to: in their last attempt, and whether attempts disagree."""

from __future__ import annotations

from typing import NamedTuple

from gardener.model import FAILING_OUTCOMES, Identity, PriorResult, Report

PASSING_OUTCOMES = frozenset({"passed", "xpassed"})


def final_results(report: Report) -> dict[Identity, str]:
    """What each test came to in each cell: the outcome of its last attempt.

    Of several with one number the worst counts: a report that names a test twice does not
    say that one replaces the other.
    """
    last: dict[Identity, tuple[int, str]] = {}
    for result in report.results:
        previous = last.get(result.identity)
        if (
            previous is None
            or result.attempt > previous[0]
            or (result.attempt == previous[0] and previous[1] not in FAILING_OUTCOMES)
        ):
            last[result.identity] = (result.attempt, result.outcome)
    return {identity: outcome for identity, (_, outcome) in last.items()}


def final_outcomes(report: Report) -> dict[str, str]:
    """What each test came to: of several cells the one where it fails."""
    outcomes: dict[str, str] = {}
    for identity, outcome in final_results(report).items():
        if outcomes.get(identity.nodeid) not in FAILING_OUTCOMES:
            outcomes[identity.nodeid] = outcome
    return outcomes


class _Try(NamedTuple):
    """One attempt of a test: how it was run (see `model.Result`), and whether it passed."""

    how: str
    passed: bool


def flaky_results(report: Report) -> dict[Identity, str]:
    """Tests that passed in one attempt and failed in another, in one cell; and how.

    An attempt may be one of an earlier run on the very same files.
    """
    tries: dict[Identity, dict[tuple[int, str], _Try]] = {}
    for result in report.results:
        passed = result.outcome in PASSING_OUTCOMES
        if not passed and result.outcome not in FAILING_OUTCOMES:
            continue
        of_test = tries.setdefault(result.identity, {})
        attempt = (result.attempt, result.how)
        if attempt not in of_test or not passed:  # named twice in one attempt: the worst counts
            of_test[attempt] = _Try(result.how, passed)
    flaky = {
        identity: _flakiness(list(tries_of_test.values()))
        for identity, tries_of_test in tries.items()
        if len({attempt.passed for attempt in tries_of_test.values()}) == 2
    }
    for prior in report.earlier:
        tries_now = tries.get(prior.identity, {})
        failed_now = bool(tries_now) and not any(a.passed for a in tries_now.values())
        if failed_now and passed_before(prior):
            flaky[prior.identity] = "It passed in an earlier run of the same files."
    return flaky


def flaky_tests(report: Report) -> dict[str, str]:
    """The same by nodeid, whatever the cell."""
    return {identity.nodeid: how for identity, how in flaky_results(report).items()}


def passed_before(prior: PriorResult) -> bool:
    """Whether a test passed elsewhere."""
    return not PASSING_OUTCOMES.isdisjoint(prior.outcomes)


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
