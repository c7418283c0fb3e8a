"""Traces failures to the test that may have polluted the state that they share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from gardener.diagnosis.grouping import Group
from gardener.model import FAILING_OUTCOMES, Report
from gardener.nodeid import file_of
from gardener.text import clean

_NEIGHBOURHOOD = 1000
"""Tests before the first failing one among which a failed test of its file is looked for."""


class OrderDependence(NamedTuple):
    """Failures that may depend on the order of tests, and where they began.

    `sentence` says so to a reader. `first` is the first of the failing tests, `polluter` the test
    before it that may have polluted shared state (empty: none). `next_step` is what to do first
    where the polluter failed itself, else empty.
    """

    sentence: str
    first: str
    polluter: str
    next_step: str = ""


class RunOrder(NamedTuple):
    """The tests of a run in the order in which they first came to an end, and which failed."""

    position: dict[str, int]
    tests: list[str]
    failing: frozenset[str]


def order_of(report: Report) -> RunOrder:
    """The order of a run; that of a worker's tests among each other where there are several."""
    tests = list(dict.fromkeys(result.nodeid for result in report.results))
    failing = frozenset(r.nodeid for r in report.results if r.outcome in FAILING_OUTCOMES)
    return RunOrder({nodeid: n for n, nodeid in enumerate(tests)}, tests, failing)


def order_dependence(
    group: Group, order: RunOrder, flaky: Mapping[str, str]
) -> OrderDependence | None:
    """Where failures began whose reruns prove that they depend on what ran before.

    They do where each of the tests passes alone (`flaky` says how it is known); a word in a
    message proves nothing. A report tells what ran before, never that it is to blame: the sentence
    says `may`.
    """
    tests = sorted(
        {failure.nodeid for failure in group.failures if failure.nodeid in order.position},
        key=order.position.__getitem__,
    )
    pass_alone = bool(tests) and all("passes alone" in flaky.get(test, "") for test in tests)
    if not pass_alone:
        return None
    first = tests[0]
    polluter = _polluter_of(first, order, frozenset(tests))
    dependence = _dependence(first, polluter, order, are_several=len(tests) > 1)
    if dependence is None:
        return None
    proof = "They pass alone." if len(tests) > 1 else "It passes alone."
    return dependence._replace(sentence=f"{dependence.sentence} {proof}")


def _dependence(
    first: str, polluter: str, order: RunOrder, *, are_several: bool
) -> OrderDependence | None:
    shown_first, shown_polluter = clean(first, 200), clean(polluter, 200)
    if polluter and polluter in order.failing:
        sentence = (
            f"It began after `{shown_polluter}` failed: fix that test first,"
            " it may have polluted shared state."
        )
        next_step = f"Fix `{shown_polluter}` first, then run again."
        return OrderDependence(sentence, first, polluter, next_step)
    if are_several:
        place = f", and at `{shown_polluter}` just before it" if polluter else ""
        sentence = (
            f"The first to fail this way was `{shown_first}`: look there{place}."
            " It may have polluted shared state for the others."
        )
        return OrderDependence(sentence, first, polluter)
    if polluter:
        sentence = f"`{shown_polluter}` ran just before it and may have polluted shared state."
        return OrderDependence(sentence, first, polluter)
    return None


def _polluter_of(first: str, order: RunOrder, failing_so: frozenset[str]) -> str:
    """The test that ran before and is the likeliest to have polluted shared state.

    The test right before, if it failed; else the last failed one before in the same file; else
    the test right before; empty: none.
    """
    position = order.position[first]
    previous = order.tests[position - 1] if position else ""
    if previous in order.failing:
        return previous
    file = file_of(first)
    for nodeid in reversed(order.tests[max(0, position - _NEIGHBOURHOOD) : position]):
        if file_of(nodeid) != file:
            break
        if nodeid in order.failing and nodeid not in failing_so:
            return nodeid
    return previous
