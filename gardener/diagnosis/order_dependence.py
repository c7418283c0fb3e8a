"""Traces failures that an earlier test left behind to where they began."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from gardener.diagnosis.grouping import Group
from gardener.model import FAILING_OUTCOMES, Report
from gardener.text import clean

_LEFT_BEHIND = re.compile(
    r"(?i)event loop is closed|attached to a different loop|event loop is already running"
    r"|address already in use|\[errno (?:98|48)\]|\[winerror 10048\]"
    r"|database (?:table )?is locked|duplicated timeseries"
    r"|already (?:been )?(?:registered|running|started|patched|mapped|initiali[sz]ed|configured)"
    r"|i/o operation on closed|operation on closed"
    r"|(?:session|connection|pool|client|socket) is (?:already )?closed"
)
"""What a process is still in when a test did not clean up after itself."""


class Aftermath(NamedTuple):
    """Where it began: the sentence that says so, and the test that came before (empty: none).

    `next_step` is what to do first where that test is red, else empty.
    """

    sentence: str
    first: str
    after: str
    next_step: str = ""


class Order(NamedTuple):
    """When each test of a run first came to its end, and which were red."""

    position: dict[str, int]
    tests: list[str]
    red: frozenset[str]


def order_of(report: Report) -> Order:
    """The order of a run; that of a worker's tests among each other where there are several."""
    tests = list(dict.fromkeys(result.nodeid for result in report.results))
    red = frozenset(
        result.nodeid for result in report.results if result.outcome in FAILING_OUTCOMES
    )
    return Order({nodeid: n for n, nodeid in enumerate(tests)}, tests, red)


def aftermath(group: Group, order: Order, flaky: Mapping[str, str]) -> Aftermath | None:
    """Where failures began that say, or are known, to come from what an earlier test left.

    They are known to where reruns showed that each passes alone. A report tells what ran
    before, never that it is to blame: the sentence says `may`.
    """
    tests = sorted(
        {f.nodeid for f in group.failures if f.nodeid in order.position},
        key=order.position.__getitem__,
    )
    alone = bool(tests) and all("passes alone" in flaky.get(nodeid, "") for nodeid in tests)
    said = _LEFT_BEHIND.search(group.evidence.root.message[:2000]) is not None
    if not tests or not (alone or said):
        return None
    first = tests[0]
    earlier = _before(first, order, frozenset(tests))
    known = "pass" if len(tests) > 1 else "passes"
    proof = f" {'They' if len(tests) > 1 else 'It'} {known} alone." if alone else ""
    if earlier and earlier in order.red:
        step = f"Mend `{clean(earlier, 200)}` first, then run again."
        what = "these may be its aftermath" if len(tests) > 1 else "this may be its aftermath"
        sentence = f"It began after `{clean(earlier, 200)}` failed: mend that first, {what}."
        return Aftermath(sentence + proof, first, earlier, step)
    if len(tests) > 1:
        sentence = f"The first to fail so was `{clean(first, 200)}`: look there"
        sentence += f", and at `{clean(earlier, 200)}` just before it." if earlier else "."
        sentence += " The others may be its aftermath."
    elif earlier:
        sentence = f"`{clean(earlier, 200)}` ran just before it and may have left this behind."
    else:
        return None
    return Aftermath(sentence + proof, first, earlier)


def _before(first: str, order: Order, own: frozenset[str]) -> str:
    """The last red test before, in the same file or right before; else the test right before."""
    at = order.position[first]
    previous = order.tests[at - 1] if at else ""
    if previous in order.red:
        return previous
    file = first.partition("::")[0]
    near: Sequence[str] = order.tests[max(0, at - 1000) : at]
    for nodeid in reversed(near):
        if nodeid.partition("::")[0] != file:
            break
        if nodeid in order.red and nodeid not in own:
            return nodeid
    return previous
