"""Names the function that a wrong value most likely comes from, by what each test executed.

An assertion says where a wrong value was noticed, not where it was made. A function that
only failing tests execute explains them; the idea is spectrum-based fault localization
(Jones and Harrold, Tarantula, 2005), for several causes at once: the function that
explains the most comes first, and what it explains is taken away. An exception that came up
in the project and was swallowed there, so that a test sees only a wrong status or nothing,
tells even more, where no passing test meets it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from msgspec import structs

from gardener.diagnosis.fingerprint import WEAK
from gardener.diagnosis.grouping import Group, alike
from gardener.diagnosis.messages import LONGEST
from gardener.model import FAILING_OUTCOMES, Failure, Report

Born = tuple[str, str]
"""Where an exception came up (`path.py:Qualified.name`), and the name of its type."""

PURITY = 0.51
"""Of the tests that execute a function, how many must fail for want of another explanation;
of a sweep over 0.35 to 0.8 on the libraries of bench/grouping that are not kept aside."""
PLACE = 0.8
"""A place where this share of the tests that get there fails explains itself."""
_LEAVING = ("SystemExit", "KeyboardInterrupt")
"""Exceptions that say only that a program ended."""
ODD = 0.9
"""Of the tests that meet an exception, how many must fail for it to explain them."""
_SHOWS = (".__repr__", ".__str__")


class _Part(NamedTuple):
    """Failing tests that surely have one cause, and the functions that all of them execute."""

    tests: frozenset[str]
    shared: frozenset[str]


def suspect(
    report: Report,
    executed: Mapping[str, frozenset[str]],
    born: Mapping[str, Collection[Born]] = {},
) -> Report:
    """The report with a suspect for failures whose traceback does not tell their cause.

    `executed` holds the project's functions (`path.py:Qualified.name`) by nodeid, `born` the
    exceptions that came up in them, in order. Failures that a symbol or a place explains
    count against a function: what runs beside them would be taken for theirs.
    """
    executed = {nodeid: _telling(own) for nodeid, own in executed.items()}
    groups = [(one, _part(one, executed)) for one in alike(report.failures)]
    groups = [(one, part) for one, part in groups if part.tests]
    near = frozenset().union(*(part.shared for _, part in groups))
    red = frozenset().union(*(part.tests for _, part in groups))
    ran = {
        r.nodeid for r in report.results if r.outcome == "passed" or r.outcome in FAILING_OUTCOMES
    }
    green = _count(ran - red, near, executed)
    named = _swallowed([one for one, _ in groups], ran - red, executed, born)
    parts = [part for one, part in groups if _unexplained(one, part, green, named)]
    if sum(len(part.tests) for part in parts) > 1:
        found = _explained(parts, green, _count(red, near, executed), _purity(red, ran, executed))
        for one, part in groups:
            for failure in one.failures if part in found else ():
                named.setdefault(id(failure), (found[part], ""))
    if not named:
        return report
    return structs.replace(
        report, failures=tuple(_named(failure, named) for failure in report.failures)
    )


def _purity(
    red: Collection[str], ran: Collection[str], executed: Mapping[str, frozenset[str]]
) -> float:
    """Of the tests that execute a function, how many must fail for it to be a suspect.

    Where most tests of a run are red, most tests that execute anything are: then more is asked.
    """
    share = len(red) / max(sum(nodeid in executed for nodeid in ran), 1)
    return max(PURITY, 2 * share - 1)


def _telling(symbols: frozenset[str]) -> frozenset[str]:
    """Without what shows a value: pytest calls that when an assertion fails, so it marks failing tests."""
    return frozenset(s for s in symbols if not s.endswith(_SHOWS))


def _named(failure: Failure, named: Mapping[int, Born]) -> Failure:
    if id(failure) not in named:
        return failure
    place, error = named[id(failure)]
    return structs.replace(failure, suspect=place, suspect_raised=error)


def _swallowed(
    groups: Iterable[Group],
    passed: Collection[str],
    executed: Mapping[str, frozenset[str]],
    born: Mapping[str, Collection[Born]],
) -> dict[int, Born]:
    """By failure, the exception in its test that its message names, or hardly any passing test meets.

    Of several the last that is named, as `<Result KeyError('x')>` does, else the first. Where it
    is not named, most passing tests that get to the place where it comes up must not meet it:
    else it tells no more than the place itself.
    """
    blind = [one for one in groups if _blind(one)]
    failed = {f.nodeid for one in groups for f in one.failures}
    red = Counter(e for t in failed for e in set(born.get(t, ())) if e[1] not in _LEAVING)
    green = Counter(e for t in passed for e in set(born.get(t, ())))
    reached = _count(passed, frozenset(place for place, _ in red), executed)
    odd = {e for e, n in red.items() if n >= ODD * (n + green[e]) and 2 * green[e] < reached[e[0]]}
    rare = {e for e, n in red.items() if n >= PURITY * (n + green[e])}
    found: dict[int, Born] = {}
    for one in blind:
        for failure in one.failures:
            own = born.get(failure.nodeid, ())
            said = failure.message[:LONGEST]
            told = [e for e in own if e in rare and f"{e[1]}(" in said]
            first = told[-1:] or [e for e in own if e in odd][:1]
            if first:
                found[id(failure)] = first[0]
    return found


def _blind(one: Group) -> bool:
    """Whether failures only tell where something was noticed, and not by a plain `raise`."""
    frame = one.evidence.root.crash_frame
    raised = frame is not None and frame.source.startswith("raise ")
    return one.evidence.rule in WEAK and not (one.evidence.rule == "helper" and raised)


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


def _unexplained(one: Group, part: _Part, green: Counter[str], named: Collection[int]) -> bool:
    """Whether nothing names the cause: an assertion, or a place that many pass unharmed."""
    if all(id(failure) in named for failure in one.failures):
        return False
    if one.evidence.rule in WEAK:
        return _blind(one)
    symbol = one.evidence.symbol
    if one.evidence.rule != "frame" or symbol not in part.shared:
        return False
    return len(part.tests) < PLACE * (len(part.tests) + green[symbol])


def _explained(
    parts: list[_Part], green: Counter[str], red: Counter[str], purity: float
) -> dict[_Part, str]:
    """The suspect of each part that has one, most explaining first."""
    users: dict[str, list[_Part]] = {}
    for part in parts:
        for symbol in part.shared:
            users.setdefault(symbol, []).append(part)
    weights = {}
    for symbol, own in users.items():
        weight = len(frozenset().union(*(part.tests for part in own)))
        if weight > 1 and weight >= purity * (red[symbol] + green[symbol]):
            weights[symbol] = weight
    found: dict[_Part, str] = {}
    while weights:
        best = min(
            weights, key=lambda s: (weights[s] < red[s] + green[s], -weights[s], _made(s), s)
        )
        taken = [part for part in users[best] if part not in found]
        found.update(dict.fromkeys(taken, best))
        weights = _without(taken, weights, users, found, green, red, purity)
    return found


def _made(symbol: str) -> bool:
    """Whether it is a constructor or the like: it runs wherever the method beside it does."""
    return symbol.endswith("__")


def _without(
    taken: list[_Part],
    weights: dict[str, int],
    users: Mapping[str, list[_Part]],
    found: Mapping[_Part, str],
    green: Counter[str],
    red: Counter[str],
    purity: float,
) -> dict[str, int]:
    """The weights of the functions once the tests of some parts are explained."""
    touched = frozenset().union(*(part.shared for part in taken))
    left = {}
    for symbol, weight in weights.items():
        now = weight
        if symbol in touched:
            own = [part.tests for part in users[symbol] if part not in found]
            now = len(frozenset().union(*own))
        if now > 1 and now >= purity * (red[symbol] + green[symbol]):
            left[symbol] = now
    return left
