"""Which tests reach a symbol, and by which way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Set
from functools import cached_property

from gardener.model import Symbol

from ..link.linked_file import SymbolKind
from ..link.nodes import Node, sort_key, type_check
from .closure import Members, Walk
from .graph import Graph
from .network import Network, solve


class Reach:
    """Tests that reach some nodes, and on demand the short ways from them.

    A method is reached by the tests that reach both its class and a mention of its
    name: the rapid type analysis of Bacon and Sweeney, once per test.
    """

    def __init__(self, graph: Graph, starts: Iterable[Node]) -> None:
        self.graph = graph
        numbers = sorted({n for s in with_checks(graph, starts) if (n := graph.id(s)) >= 0})
        self._parts = [_Part(group, numbers) for group in _groups(graph)] if numbers else []

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


_MOST_GROUPS = 5
_SMALLEST_GROUP = 0.05
"""Of all tests: fewer are no group of their own."""


class _Base:
    """What all groups of tests reach together: each goes on from there, so it is walked once."""

    def __init__(self, members: Members, roots: frozenset[int]) -> None:
        self.members = members
        self._roots = roots

    @cached_property
    def walk(self) -> Walk:
        """The walk over it."""
        return Walk(self.members, self._roots)

    @cached_property
    def certain(self) -> frozenset[int]:
        """What it came to."""
        return frozenset(self.walk.live)


class _Group:
    """Some of the tests, what each of them reaches, and what they reach together.

    That is the same for whatever is changed, so all walks over a graph share it. `roots` are what
    each of them leads to directly.
    """

    def __init__(self, base: _Base, tests: list[int], roots: frozenset[int]) -> None:
        self.tests = tests
        self.members = base.members
        self._base = base
        self._roots = roots

    @cached_property
    def _walk(self) -> Walk:
        walk = self._base.walk.copy()
        walk.add(self._roots)
        return walk

    @cached_property
    def certain(self) -> frozenset[int]:
        """What each of the tests reaches."""
        if self._roots <= self._base.certain:
            return self._base.certain
        return frozenset(self._walk.live)

    @cached_property
    def live(self) -> Set[int]:
        """What any of the tests reaches."""
        walk = self._walk
        self.certain  # noqa: B018  first, for the walk goes on from there
        walk.add(self.tests)
        return walk.live


class _Groups(list[_Group]):
    """All tests of a graph, in groups."""


def _groups(graph: Graph) -> list[_Group]:
    if not isinstance(graph.derived, _Groups):
        grouped = _grouped(graph)
        roots = [frozenset(_common(graph, tests)) for tests in grouped]
        of_all = frozenset.intersection(*roots) if roots else frozenset[int]()
        base = _Base(Members(graph), of_all)
        graph.derived = _Groups(_Group(base, *group) for group in zip(grouped, roots, strict=True))
    return graph.derived


def _grouped(graph: Graph) -> list[list[int]]:
    """The tests, those of one `conftest.py` together: what that leads to, all of them reach."""
    tests = graph.all_tests()
    rest = set(tests)
    names = [p for p in graph.paths if p.rpartition("/")[2] == "conftest.py"]
    users = [rest.intersection(graph.into(graph.id(Symbol(path, "")))) for path in names]
    found: list[list[int]] = []
    while users and rest and len(found) < _MOST_GROUPS - 1:
        users = [tests_here & rest for tests_here in users]
        most = max(users, key=len)
        if len(most) < _SMALLEST_GROUP * len(tests):
            break
        found.append(sorted(most))
        rest -= most
    return [*found, sorted(rest)] if rest else found


class _Part:
    """A group of tests, and what they reach of the nodes where the walk began."""

    def __init__(self, group: _Group, starts: list[int]) -> None:
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
        network = Network(self._members, self._certain, self._certain)
        network.walk_back(self._certain_starts)
        return _Ways(self._members.graph, network, dict.fromkeys(network.distance, 1))


def _common(graph: Graph, tests: list[int]) -> Collection[int]:
    """What all of these tests lead to directly."""
    everyone = set(tests)
    return [
        node
        for node in dict.fromkeys(graph.out(tests[0]))
        if len(into := graph.into(node)) >= len(tests) and everyone.issubset(into)
    ]


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
