"""Which tests may look at numbers of lines of code that only moved."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple

from gardener.model import Symbol

from ..link.linked_file import FUNCTIONS
from ..link.nodes import (
    LINES,
    LINES_COMPARED,
    LINES_GIVEN,
    LINES_OF_CODE,
    LINES_SEEN,
    LINES_TOLD,
    Node,
    lines_in,
)
from .graph import Graph
from .reach import Reach, reach

_FEW = 20
_FEW_OF_ALL = 0.05
"""Tests that come to what gives numbers of lines: where more do, it is a log, or a page of errors."""
_MOST_DEFINERS = 50
"""Definitions that do: where more do, most tests come to some, and that is not worked out."""


class MovedReaders(NamedTuple):
    """The tests, by their nodeids, that may look at lines of what moved.

    `certain` are those that need not have run it: they ask for lines of code, or what moved runs
    when its module is imported.
    """

    tests: frozenset[str] = frozenset()
    certain: frozenset[str] = frozenset()


def line_nodes(graph: Graph, moved: Iterable[Symbol]) -> set[Node]:
    """The nodes for which `LineReaders` needs to know who comes there.

    Those in files of tests are for the tests of their own file: that needs no walk.
    """
    files = {file for file, _ in moved}
    if not files:
        return set()
    tests = frozenset(graph.tests)
    nodes: set[Node] = set()
    for node in (*_BY_DEFINER, *map(lines_in, files)):
        elsewhere = [symbol for symbol in _telling(graph, node) if symbol.file not in tests]
        nodes.update(elsewhere if len(elsewhere) <= _MOST_DEFINERS else ())
    if len(_telling(graph, LINES_TOLD)) <= _MOST_DEFINERS:
        nodes |= {LINES_TOLD, LINES_COMPARED}
    return nodes


class LineReaders:
    """Finds the tests that look at numbers of lines, and that come to code of which only those differ.

    A test does that which asks for such a number in its own file, or says one in a text while
    something that it comes to makes texts with them. What others do with such numbers, helpers
    or the project itself, counts for the tests that come there where these are few, or where a
    record shows that they did run it.
    """

    def __init__(self, graph: Graph, reached: Reach, moved: Iterable[Symbol]) -> None:
        """`reached` began at what `line_nodes` gives."""
        self.graph = graph
        self._moved = frozenset(moved)
        self._nodes = line_nodes(graph, self._moved)
        self._looking = reached
        self._files = frozenset(graph.tests)
        self._most = max(_FEW, _FEW_OF_ALL * len(graph.all_tests())) if self._moved else 0

    @cached_property
    def _by_frame(self) -> frozenset[str]:
        looking = self._defined(LINES) | self._defined(LINES_GIVEN)
        seeing = self._defined(LINES_SEEN)
        if LINES_TOLD not in self._nodes:
            return looking | seeing
        told = self._coming_to([LINES_TOLD])
        compared = self._coming_to([LINES_COMPARED]) if len(told) <= self._most else frozenset()
        return looking | told & (seeing | compared)

    def _coming_to(self, nodes: Iterable[Node]) -> frozenset[str]:
        return frozenset(self._looking.names(self._looking.tests(nodes)))

    def _defined(self, node: Node) -> frozenset[str]:
        """The tests that come to a node in their own file, or with few others."""
        found: set[str] = set()
        for symbol in _telling(self.graph, node):
            if symbol.file in self._files:
                found.update(self._tests_around(symbol))
            elif symbol in self._nodes:
                tests = self._looking.tests([symbol])
                found.update(self._looking.names(tests) if len(tests) <= self._most else ())
        return frozenset(found)

    def _tests_around(self, symbol: Symbol) -> Iterable[str]:
        """The test that a definition in a file of tests is, or else all that may use it."""
        tests = self.graph.tests_in(symbol.file)
        nodeid = "::".join((symbol.file, *symbol.qualname.split(".")))
        return [nodeid] if nodeid in tests else tests

    @cached_property
    def _by_code(self) -> frozenset[str]:
        return self._defined(LINES_OF_CODE)

    def _by_name(self, files: Iterable[str]) -> frozenset[str]:
        return frozenset[str]().union(*(self._defined(lines_in(file)) for file in files))

    @cached_property
    def lookers(self) -> frozenset[str]:
        """All tests that look at lines of some code."""
        return self._by_frame | self._by_code | self._by_name({file for file, _ in self._moved})

    @cached_property
    def comparing(self) -> frozenset[str]:
        """All tests that compare texts which may have numbers of lines in them."""
        compared = (LINES_COMPARED,) if LINES_COMPARED in self._nodes else ()
        return self._defined(LINES_SEEN) | self._coming_to(compared)

    def telling(self, *nodes: Node) -> frozenset[Symbol]:
        """What gives such numbers, or makes texts with them."""
        return frozenset(symbol for node in nodes for symbol in _telling(self.graph, node))

    def tests(self, moved: frozenset[Symbol]) -> MovedReaders:
        """The tests that may look at lines of some of the symbols."""
        if not moved or not self.lookers:
            return MovedReaders()
        reading = self._users(moved) & (self._by_frame | self._by_code)
        for file in {file for file, _ in moved}:
            named = self._by_name([file]) - reading
            reading |= self._users(s for s in moved if s.file == file) & named if named else named
        imported = [s for s in moved if self.graph.kind(self.graph.id(s)) not in FUNCTIONS]
        return MovedReaders(reading, reading & (self._by_code | self._users(imported)))

    def _users(self, symbols: Iterable[Symbol]) -> frozenset[str]:
        return frozenset(self._reached.names(self._reached.tests(symbols)))

    @cached_property
    def _reached(self) -> Reach:
        return reach(self.graph, self._moved)


_BY_DEFINER: tuple[Node, ...] = (LINES, LINES_GIVEN, LINES_OF_CODE, LINES_SEEN)


def _telling(graph: Graph, node: Node) -> list[Symbol]:
    number = graph.id(node)
    users = map(graph.node, graph.into(number) if number >= 0 else ())
    return [user for user in users if isinstance(user, Symbol)]
