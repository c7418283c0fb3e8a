"""Names the function that a wrong value most likely comes from, by what each test executed.

An assertion says where a wrong value was noticed, not where it was made. A function that
only failing tests execute explains them; the idea is spectrum-based fault localization
(Jones and Harrold, Tarantula, 2005), for several causes at once: the function that
explains the most comes first, and what it explains is taken away.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from msgspec import structs

from gardener.fingerprint import WEAK, evidence_of
from gardener.model import RED, Report

PURITY = 0.8
"""Of the tests that execute a function, how many must fail; the best of a sweep over
0.6 to 1.0 on the libraries of bench/grouping that are not kept aside."""


def suspect(report: Report, executed: Mapping[str, frozenset[str]]) -> Report:
    """The report with a suspect for failures that only an assertion tells of.

    `executed` holds the project's functions (`path.py:Qualified.name`) by nodeid. Failures
    whose traceback already leads into the project count against a function: they have
    their explanation, and what runs beside them would be taken for theirs.
    """
    evidence = [(failure, evidence_of(failure)) for failure in report.failures]
    weak = {f.nodeid for f, e in evidence if e.rule in WEAK and f.nodeid in executed}
    if len(weak) < 2:
        return report
    found = _explained(
        {nodeid: executed[nodeid] for nodeid in weak}, _others(report, weak, executed)
    )
    if not found:
        return report
    failures = tuple(
        structs.replace(f, suspect=found[f.nodeid]) if e.rule in WEAK and f.nodeid in found else f
        for f, e in evidence
    )
    return structs.replace(report, failures=failures)


def _others(report: Report, weak: set[str], executed: Mapping[str, frozenset[str]]) -> Counter[str]:
    """How many tests that are not explained by a suspect execute each function."""
    near = frozenset().union(*(executed[nodeid] for nodeid in weak))
    counts: Counter[str] = Counter()
    ran = {r.nodeid for r in report.results if r.outcome == "passed" or r.outcome in RED}
    for nodeid in ran - weak:
        if nodeid in executed:
            counts.update(near & executed[nodeid])
    return counts


def _explained(weak: dict[str, frozenset[str]], others: Counter[str]) -> dict[str, str]:
    """The suspect of each failing test that has one, most explaining first."""
    tests: dict[str, set[str]] = {}
    for nodeid, symbols in weak.items():
        for symbol in symbols:
            tests.setdefault(symbol, set()).add(nodeid)
    pure = {
        symbol: members
        for symbol, members in tests.items()
        if len(members) > 1 and len(members) >= PURITY * (len(members) + others[symbol])
    }
    found: dict[str, str] = {}
    while pure:
        best = min(pure, key=lambda symbol: (others[symbol] > 0, -len(pure[symbol]), symbol))
        taken = pure.pop(best)
        found.update(dict.fromkeys(taken, best))
        left = {symbol: members - taken for symbol, members in pure.items()}
        pure = {symbol: members for symbol, members in left.items() if len(members) > 1}
    return found
