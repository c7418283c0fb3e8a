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


class MovedReaders(NamedTuple):
    """The tests, by their nodeids, that may look at lines of what moved.

    `certain` are those that need not have run it: they ask for lines of code, or what moved runs
    when its module is imported.
    """

    tests: frozenset[str] = frozenset()
    certain: frozenset[str] = frozenset()


def line_nodes(graph: Graph, moved: Iterable[Symbol]) -> set[Node]:
    """The nodes for which `LineReaders` needs to know who comes there."""
    files = {file for file, _ in moved}
    if not files:
        return set()
    definers = (symbol for node in _BY_DEFINER for symbol in _telling(graph, node))
    return {*_BY_DEFINER, LINES_TOLD, LINES_COMPARED, *map(lines_in, files), *definers}


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
        self._looking = reached

    @cached_property
    def _by_frame(self) -> frozenset[int]:
        told = self._looking.tests([LINES_TOLD])
        compared = self._looking.tests([LINES_COMPARED])
        return (
            self._defined(LINES)
            | self._defined(LINES_GIVEN)
            | told & self._defined(LINES_SEEN)
            | self._if_few(told) & compared
        )

    def _defined(self, node: Node) -> frozenset[int]:
        """The tests that come to a node in their own file, or with few others."""
        found: set[int] = set()
        for symbol in _telling(self.graph, node):
            tests = self._looking.tests([symbol])
            few = self._if_few(tests)
            found |= few or {t for t in tests if self.graph.file_of(t) == symbol.file}
        return frozenset(found)

    def _if_few(self, tests: frozenset[int]) -> frozenset[int]:
        most = max(_FEW, _FEW_OF_ALL * len(self.graph.all_tests()))
        return tests if len(tests) <= most else frozenset()

    @cached_property
    def _by_code(self) -> frozenset[int]:
        return self._defined(LINES_OF_CODE)

    def _by_name(self, files: Iterable[str]) -> frozenset[int]:
        return self._looking.tests(lines_in(file) for file in files)

    @cached_property
    def lookers(self) -> frozenset[str]:
        """All tests that look at lines of some code."""
        named = self._by_name(file for file, _ in self._moved)
        return frozenset(self._looking.names(self._by_frame | self._by_code | named))

    @cached_property
    def comparing(self) -> frozenset[str]:
        """All tests that compare texts which may have numbers of lines in them."""
        return frozenset(self._looking.names(self._looking.tests([LINES_SEEN, LINES_COMPARED])))

    def telling(self, *nodes: Node) -> frozenset[Symbol]:
        """What gives such numbers, or makes texts with them."""
        return frozenset(symbol for node in nodes for symbol in _telling(self.graph, node))

    def tests(self, moved: frozenset[Symbol]) -> MovedReaders:
        """The tests that may look at lines of some of the symbols."""
        if not moved or not self.lookers:
            return MovedReaders()
        users = self._reached.tests
        looking = self._by_frame | self._by_code
        reading = users(moved) & looking
        for file in {file for file, _ in moved}:
            named = self._by_name([file]) - looking
            reading |= users(s for s in moved if s.file == file) & named if named else frozenset()
        imported = [s for s in moved if self.graph.kind(self.graph.id(s)) not in FUNCTIONS]
        certain = reading & (self._by_code | users(imported))
        return MovedReaders(
            frozenset(self._reached.names(reading)), frozenset(self._reached.names(certain))
        )

    @cached_property
    def _reached(self) -> Reach:
        return reach(self.graph, self._moved)


_BY_DEFINER: tuple[Node, ...] = (LINES, LINES_GIVEN, LINES_OF_CODE, LINES_SEEN)


def _telling(graph: Graph, node: Node) -> list[Symbol]:
    number = graph.id(node)
    users = map(graph.node, graph.into(number) if number >= 0 else ())
    return [user for user in users if isinstance(user, Symbol)]
