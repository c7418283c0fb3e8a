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
_MOST_NODES = 3000
"""Nodes on the ways to one of these: where there are more, many tests come there."""


class MovedReaders(NamedTuple):
    """The tests, by their nodeids, that may look at lines of what moved.

    `certain` are those that need not have run it: they ask for lines of code, or what moved runs
    when its module is imported.
    """

    tests: frozenset[str] = frozenset()
    certain: frozenset[str] = frozenset()


class LineReaders:
    """Finds the tests that look at numbers of lines, and that come to code of which only those differ.

    A test does that which asks for such a number in its own file, or says one in a text. What
    others do with such numbers, helpers or the project itself, counts for the tests that come
    there where these are few, or where a record shows that they did run it.
    """

    def __init__(self, graph: Graph, moved: Iterable[Symbol]) -> None:
        self.graph = graph
        self._moved = frozenset(moved)
        self._files = frozenset(graph.tests)
        self._numbers = frozenset(graph.all_tests() if self._moved else ())
        self._most = max(_FEW, _FEW_OF_ALL * len(self._numbers))

    @cached_property
    def _by_frame(self) -> frozenset[str]:
        looking = self._defined(LINES) | self._defined(LINES_GIVEN)
        told = self._defined(LINES_TOLD)
        return looking | self._defined(LINES_SEEN) | told & self._defined(LINES_COMPARED)

    def _defined(self, node: Node) -> frozenset[str]:
        """The tests that come to a node in their own file, or with few others."""
        found: set[str] = set()
        symbols = _telling(self.graph, node)
        elsewhere = [symbol for symbol in symbols if symbol.file not in self._files]
        for symbol in symbols:
            if symbol.file in self._files:
                found.update(self._tests_around(symbol))
        for symbol in elsewhere if len(elsewhere) <= _MOST_DEFINERS else ():
            found.update(self._few_coming_to(symbol))
        return frozenset(found)

    def _few_coming_to(self, symbol: Symbol) -> Iterable[str]:
        """The tests that may come to a definition, if they are few: whoever uses a class counts."""
        graph, tests = self.graph, set[int]()
        todo = [graph.id(symbol)]
        visited = set(todo)
        while todo:
            number = todo.pop()
            file, name = graph.symbol(number) if self._is_symbol(number) else ("", "")
            owner = graph.id(Symbol(file, name.rpartition(".")[0])) if "." in name else -1
            fresh = {*graph.into(number), *((owner,) if owner >= 0 else ())} - visited
            visited |= fresh
            tests |= fresh & self._numbers
            todo += fresh - self._numbers
            if len(tests) > self._most or len(visited) > _MOST_NODES:
                return ()
        return map(graph.nodeid, tests)

    def _is_symbol(self, number: int) -> bool:
        return isinstance(self.graph.node(number), Symbol)

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
        return self._defined(LINES_SEEN) | self._defined(LINES_COMPARED)

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


def _telling(graph: Graph, node: Node) -> list[Symbol]:
    number = graph.id(node)
    users = map(graph.node, graph.into(number) if number >= 0 else ())
    return [user for user in users if isinstance(user, Symbol)]
