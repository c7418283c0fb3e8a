"""The first functions on the paths back from some symbols."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import NamedTuple

from gardener.model import Symbol

from ..link.linked_file import FUNCTIONS
from ..link.nodes import ANY_ATTRIBUTE, Node
from .closure import Members
from .graph import Graph
from .reach import with_checks

_STEPS_PER_CHECK = 10_000


class Frontier(NamedTuple):
    """The first functions on every path back from some symbols: only through these it is reached.

    A test that reaches one of the symbols executes one of `functions`, or it is one of `tests`
    (nodeids), which reach it by imports, classes and fixtures alone.
    """

    functions: frozenset[Symbol]
    tests: frozenset[str]


def frontier(graph: Graph, starts: Iterable[Node]) -> Frontier:
    """Walk back from `starts` as far as the first functions on each path.

    A member needs its class as well as a mention of its name; the mention alone is followed
    here, which finds no function too few.
    """
    anything = graph.id(ANY_ATTRIBUTE)
    worklist = sorted({n for s in with_checks(graph, starts) if (n := graph.id(s)) >= 0})
    functions = {graph.symbol(n) for n in worklist if graph.kind(n) in FUNCTIONS}
    tests: set[str] = set()
    members = Members(graph)
    visited = set(worklist)
    for count in itertools.count():
        if not worklist:
            break
        if not count % _STEPS_PER_CHECK:
            graph.patience.check()
        node = worklist.pop()
        holder = graph.holder(node)
        before = [*graph.into(node)]
        if holder >= 0:
            before += members.ways(node)
            if anything >= 0:
                before.append(anything)
        for source in before:
            if source in visited:
                continue
            visited.add(source)
            if graph.kind(source) in FUNCTIONS:
                functions.add(graph.symbol(source))
            elif graph.is_test(source):
                tests.add(graph.nodeid(source))
            else:
                worklist.append(source)
    return Frontier(frozenset(functions), frozenset(tests))
