"""Names the function that a wrong value most likely comes from, by what each test executed.

An assertion says where a wrong value was noticed, not where it was made. A function that
only failing tests execute explains them; the idea is spectrum-based fault localization
(Jones and Harrold, Tarantula, 2005), for several causes at once: the function that
explains the most comes first, and what it explains is taken away.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from msgspec import structs

from gardener.fingerprint import WEAK
from gardener.grouping import Group, alike
from gardener.model import RED, Report

PURITY = 0.6
"""Of the tests that execute a function, how many must fail for want of another explanation;
the best of a sweep over 0.4 to 0.95 on the libraries of bench/grouping that are not kept
aside."""
PLACE = 0.8
"""A place where this share of the tests that get there fails explains itself."""


class _Part(NamedTuple):
    """Failing tests that surely have one cause, and the functions that all of them execute."""

    tests: frozenset[str]
    shared: frozenset[str]


def suspect(report: Report, executed: Mapping[str, frozenset[str]]) -> Report:
    """The report with a suspect for failures whose traceback does not tell their cause.

    `executed` holds the project's functions (`path.py:Qualified.name`) by nodeid. Failures
    that a symbol or a place explains count against a function: what runs beside them would
    be taken for theirs.
    """
    groups = [(one, _part(one, executed)) for one in alike(report.failures)]
    groups = [(one, part) for one, part in groups if part.tests]
    near = frozenset().union(*(part.shared for _, part in groups))
    red = frozenset().union(*(part.tests for _, part in groups))
    ran = {r.nodeid for r in report.results if r.outcome == "passed" or r.outcome in RED}
    green = _count(ran - red, near, executed)
    parts = [part for one, part in groups if _unexplained(one, part, green)]
    if sum(len(part.tests) for part in parts) < 2:
        return report
    found = _explained(parts, green, _count(red, near, executed))
    named = {
        id(failure): found[part]
        for one, part in groups
        if part in found
        for failure in one.failures
    }
    if not named:
        return report
    failures = tuple(
        structs.replace(failure, suspect=named[id(failure)]) if id(failure) in named else failure
        for failure in report.failures
    )
    return structs.replace(report, failures=failures)


def _part(one: Group, executed: Mapping[str, frozenset[str]]) -> _Part:
    tests = frozenset(f.nodeid for f in one.failures if f.nodeid in executed)
    known = [executed[nodeid] for nodeid in tests]
    return _Part(tests, frozenset.intersection(*known) if known else frozenset())


def _count(
    tests: Iterable[str], near: frozenset[str], executed: Mapping[str, frozenset[str]]
) -> Counter[str]:
    """How many of these tests execute each of the functions in question."""
    counts: Counter[str] = Counter()
    for nodeid in tests:
        if nodeid in executed:
            counts.update(near & executed[nodeid])
    return counts


def _unexplained(one: Group, part: _Part, green: Counter[str]) -> bool:
    """Whether nothing names the cause: an assertion, or a place that many pass unharmed."""
    if one.evidence.rule in WEAK:
        return True
    symbol = one.evidence.symbol
    if one.evidence.rule != "frame" or symbol not in part.shared:
        return False
    return len(part.tests) < PLACE * (len(part.tests) + green[symbol])


def _explained(parts: list[_Part], green: Counter[str], red: Counter[str]) -> dict[_Part, str]:
    """The suspect of each part that has one, most explaining first."""
    users: dict[str, list[_Part]] = {}
    for part in parts:
        for symbol in part.shared:
            users.setdefault(symbol, []).append(part)
    weights = {}
    for symbol, own in users.items():
        weight = len(frozenset().union(*(part.tests for part in own)))
        if weight > 1 and weight >= PURITY * (red[symbol] + green[symbol]):
            weights[symbol] = weight
    found: dict[_Part, str] = {}
    while weights:
        best = min(weights, key=lambda s: (weights[s] < red[s] + green[s], -weights[s], s))
        taken = [part for part in users[best] if part not in found]
        found.update(dict.fromkeys(taken, best))
        weights = _without(taken, weights, users, found, green, red)
    return found


def _without(
    taken: list[_Part],
    weights: dict[str, int],
    users: Mapping[str, list[_Part]],
    found: Mapping[_Part, str],
    green: Counter[str],
    red: Counter[str],
) -> dict[str, int]:
    """The weights of the functions once the tests of some parts are explained."""
    touched = frozenset().union(*(part.shared for part in taken))
    left = {}
    for symbol, weight in weights.items():
        now = weight
        if symbol in touched:
            own = [part.tests for part in users[symbol] if part not in found]
            now = len(frozenset().union(*own))
        if now > 1 and now >= PURITY * (red[symbol] + green[symbol]):
            left[symbol] = now
    return left
