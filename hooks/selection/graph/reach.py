"""Which tests reach a symbol, and by which way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Set
from functools import cached_property

from gardener.model import Symbol

from ..link.linked_file import SymbolKind
from ..link.nodes import Node, sort_key, type_check
from .graph import Graph
from .groups import TestGroup, groups_of
from .network import Network, solve


class Reach:
    """Tests that reach some nodes, and on demand the short ways from them.

    A method is reached by the tests that reach both its class and a mention of its
    name: the rapid type analysis of Bacon and Sweeney, once per test.
    """

    def __init__(self, graph: Graph, starts: Iterable[Node]) -> None:
        self.graph = graph
        numbers = sorted({n for s in with_checks(graph, starts) if (n := graph.id(s)) >= 0})
        self._parts = [_Part(group, numbers) for group in groups_of(graph)] if numbers else []

    def tests(self, nodes: Iterable[Node]) -> frozenset[int]:
        """The tests that reach any of `nodes`, which are among those where this began."""
        numbers = [self.graph.id(node) for node in with_checks(self.graph, nodes)]
        return frozenset().union(*(part.reaching(numbers) for part in self._parts))

    def names(self, tests: Iterable[int]) -> list[str]:
        """The nodeids of tests, sorted."""
        return sorted(map(self.graph.nodeid, tests))

    def way(self, nodeid: str) -> list[Node]:
        """The nodes on a short way from a test to where this began; it takes each step."""
        part, test = self._numbers[nodeid]
        return [self.graph.node(n) for n in part.ways.way(test)]

    @cached_property
    def _numbers(self) -> dict[str, tuple[_Part, int]]:
        return {self.graph.nodeid(n): (part, n) for part in self._parts for n in part.tests}


def reach(graph: Graph, starts: Iterable[Node]) -> Reach:
    """Find which tests reach some nodes."""
    return Reach(graph, starts)


def with_checks(graph: Graph, nodes: Iterable[Node]) -> Iterator[Node]:
    """Nodes, with the comparisons that depend on those that are classes."""
    for node in nodes:
        yield node
        if isinstance(node, Symbol):
            number = graph.id(node)
            if number >= 0 and graph.kind(number) is SymbolKind.CLASS:
                yield type_check(node)


class _Part:
    """A group of tests, and what they reach of the nodes where the walk began."""

    def __init__(self, group: TestGroup, starts: list[int]) -> None:
        self.tests = group.tests
        self._group = group
        self._members = group.members
        self._certain = group.certain
        self._certain_starts = [n for n in starts if n in self._certain]
        self._starts = [n for n in starts if n not in self._certain]

    def reaching(self, nodes: Iterable[int]) -> Iterable[int]:
        """The tests of this part that reach any of some nodes."""
        if any(node in self._certain for node in nodes):
            return self.tests
        network, bits = self._solved
        found = 0
        for node in nodes:
            found |= bits.get(node, 0)
        return [t for t in self.tests if t in network.distance and bits[t] & found]

    @cached_property
    def _solved(self) -> tuple[Network, dict[int, int]]:
        """What leads to the nodes that not all tests reach, and the tests that get there as bits.

        Tests with the same ways on have one bit together.
        """
        live: Set[int] = self._group.live if self._starts else frozenset()
        network = Network(self._members, live, self._certain)
        network.walk_back(self._starts)
        numbers: dict[tuple[int, ...], int] = {}
        bits: dict[int, int] = {}
        for test in self.tests:
            if test in network.distance:
                key = tuple(network.after[test])
                bits[test] = 1 << numbers.setdefault(key, len(numbers))
        solve(network, bits, self._members.graph.patience)
        return network, bits

    @cached_property
    def ways(self) -> _Ways:
        """The ways to the nodes where the walk began."""
        if not self._certain_starts:
            return _Ways(self._members.graph, *self._solved)
        before = self._group.before
        network = Network(self._members, self._certain | before, self._certain)
        network.walk_back(self._certain_starts)
        return _Ways(self._members.graph, network, dict.fromkeys(network.distance, 1))


class _Ways:
    """Short ways through a network of which is known who gets where."""

    def __init__(self, graph: Graph, network: Network, bits: dict[int, int]) -> None:
        self._graph = graph
        self._network = network
        self._bits = bits
        self._nearer: dict[int, list[int]] = {}
        self._known: dict[int, list[list[int]]] = defaultdict(list)

    def way(self, test: int) -> list[int]:
        """The nodes of the graph after a test on a way that it takes."""
        found, bit = [test], self._bits[test]
        while not self._is_end(found[-1]):
            near = next(
                (n for n in self._nearer_than(found[-1]) if self._bits.get(n, 0) & bit), None
            )
            if near is None:
                found = self._turned_back(found, bit)
                break
            found.append(near)
        return [n for n in found[1:] if n < self._network.first_gate]

    def _is_end(self, node: int) -> bool:
        return not self._network.distance[node] and node < self._network.first_gate

    def _nearer_than(self, node: int) -> list[int]:
        """The nodes after one that are nearer to where the walk began."""
        found = self._nearer.get(node)
        if found is None:
            network = self._network
            nearer = network.distance[node] - (node < network.first_gate)
            found = [n for n in network.after[node] if network.distance[n] == nearer]
            # By name, so that it does not depend on how nodes are numbered.
            found = self._nearer[node] = sorted(found, key=self._sort_key)
        return found

    def _sort_key(self, node: int) -> tuple[int, str, str, str]:
        if node < self._network.first_gate:
            return sort_key(self._graph.node(node))
        return min(map(self._sort_key, self._network.after[node]))

    def _turned_back(self, steps: list[int], bit: int) -> list[int]:
        """Steps that end where the walk began, in the place of some that do not."""
        for at in range(len(steps), 0, -1):
            onward = self._onward(steps[at - 1], bit)
            if onward:
                return [*steps[:at], *onward]
        return steps[:1]

    def _onward(self, node: int, bit: int) -> list[int]:
        """A way from where none of the nearer nodes is reached; that of another test, if it fits."""
        known = self._known[node]
        for way in known:
            if all(self._bits.get(n, 0) & bit for n in way):
                return way
        found = self._search(node, bit)
        if found:
            known.append(found)
        return found

    def _search(self, first: int, bit: int) -> list[int]:
        """The shortest way that a test takes from a node."""
        before = {first: first}
        row = [first]
        while row:
            after: dict[int, int] = {}
            for node in row:
                for other in self._network.after[node]:
                    if other not in before and self._bits.get(other, 0) & bit:
                        after.setdefault(other, node)
            before.update(after)
            row = sorted(after, key=self._sort_key)
            for node in row:
                if self._is_end(node):
                    return _back(before, node)
        return []


def _back(before: dict[int, int], node: int) -> list[int]:
    """The steps that lead to a node from the one that nothing is before."""
    found = []
    while before[node] != node:
        found.append(node)
        node = before[node]
    return found[::-1]
