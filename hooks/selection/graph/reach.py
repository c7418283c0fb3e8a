"""Which tests reach a symbol, and by which way."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import NamedTuple

from gardener.model import Symbol

from ..link.linked_file import FUNCTIONS, SymbolKind
from ..link.nodes import ANY_ATTRIBUTE, Node, VirtualNode, sort_key, type_check
from .graph import Graph


class Reach:
    """Tests that reach each node of a slice, and the shortest ways from them."""

    def __init__(self, graph: Graph, slice_: _Slice) -> None:
        self.graph = graph
        self._slice = slice_
        self._order = sorted(n for n in slice_.distance if graph.is_test(n))
        self._bits = _forward(graph, slice_, self._order)
        self._nearer: dict[int, list[tuple[int, bool]]] = {}
        self._ways: dict[int, list[list[tuple[int, bool]]]] = {}
        self._numbers: dict[str, int] | None = None
        self._anything = self._bits.get(graph.id(ANY_ATTRIBUTE), 0)

    def tests(self, nodes: Iterable[Node]) -> int:
        """The tests that reach any of `nodes`, as bits."""
        found = 0
        for node in _with_checks(self.graph, nodes):
            found |= self._bits.get(self.graph.id(node), 0)
        return found

    def names(self, bits: int) -> list[str]:
        """The nodeids of the tests behind bits, sorted."""
        return sorted(self.graph.nodeid(n) for at, n in enumerate(self._order) if bits >> at & 1)

    def way(self, nodeid: str) -> list[Node]:
        """The nodes on a short way from a test to where the slice began; it takes each step."""
        if self._numbers is None:
            self._numbers = {self.graph.nodeid(n): n for n in self._order}
        found = [self._numbers[nodeid]]
        bit = 1 << bisect_left(self._order, found[0])
        while self._slice.distance.get(found[-1], 0):
            node = found[-1]
            steps = self._nearer_than(node)
            near = next((n for n, direct in steps if self._leads(node, n, bit, direct)), None)
            if near is None:
                found = self._turned_back(found, bit)
                break
            found.append(near)
        return [self.graph.node(n) for n in found[1:]]

    def _turned_back(self, steps: list[int], bit: int) -> list[int]:
        """Steps that end where the slice began, in the place of some that do not."""
        for at in range(len(steps), 0, -1):
            onward = self._onward(steps[at - 1], bit)
            if onward:
                return [*steps[:at], *onward]
        return steps[:1]

    def _onward(self, node: int, bit: int) -> list[int]:
        """A way from where none of the nearer nodes is reached; that of another test, if it fits."""
        known = self._ways.setdefault(node, [])
        for way in known:
            at = [node, *(n for n, _ in way)]
            if all(self._leads(at[i], n, bit, direct) for i, (n, direct) in enumerate(way)):
                return at[1:]
        found = self._search(node, bit)
        if found:
            known.append(found)
        return [n for n, _ in found]

    def _nearer_than(self, node: int) -> list[tuple[int, bool]]:
        """The nodes after one that are nearer to where the slice began; see `_after`."""
        found = self._nearer.get(node)
        if found is None:
            distance = self._slice.distance
            nearer = distance[node] - 1
            found = [one for one in self._after(node) if distance.get(one[0]) == nearer]
            # By name, so that it does not depend on how nodes are numbered.
            found = self._nearer[node] = sorted(found, key=lambda one: self._sort_key(one[0]))
        return found

    def _sort_key(self, number: int) -> tuple[int, str, str, str]:
        return sort_key(self.graph.node(number))

    def _after(self, node: int) -> Iterator[tuple[int, bool]]:
        """The nodes after one: whether it leads there by itself, or only with another."""
        for other in self.graph.out(node):
            yield other, True
        for other in self._slice.waits.get(node, ()):
            yield other, False

    def _leads(self, node: int, other: int, bit: int, direct: bool) -> bool:
        """Whether a test comes by one node to the other, and not only to both of them."""
        bits = self._bits
        if direct or not bits.get(other, 0) & bit:
            return bool(bits.get(other, 0) & bit)
        holder, ways = self._slice.holder[other], self._slice.triggers[other]
        if not bits.get(holder, 0) & bit:
            return False
        if node in ways or (node == holder and any(bits.get(w, 0) & bit for w in ways)):
            return True
        named = self._slice.named.get(other, ()) if self._anything & bit else ()
        return any(bits.get(n, 0) & bit for n in named)

    def _search(self, first: int, bit: int) -> list[tuple[int, bool]]:
        """The shortest way that a test takes from a node, with how each step leads on."""
        before: dict[int, tuple[int, bool]] = {first: (first, True)}
        row = [first]
        while row:
            after: dict[int, tuple[int, bool]] = {}
            for node in row:
                for other, direct in self._after(node):
                    if other not in before and self._leads(node, other, bit, direct):
                        after.setdefault(other, (node, direct))
            before.update(after)
            row = sorted(after, key=self._sort_key)
            for node in row:
                if not self._slice.distance[node]:
                    return _back(before, node)
        return []


def _back(before: dict[int, tuple[int, bool]], node: int) -> list[tuple[int, bool]]:
    """The steps that lead to a node from the one that nothing is before."""
    found = []
    while before[node][0] != node:
        last, direct = before[node]
        found.append((node, direct))
        node = last
    return found[::-1]


class _Slice:
    """What leads to some nodes: each with its distance, and how members are found.

    Of each member: the attributes that may mean it, its class, and who says its name.
    `waits` has the same the other way round.
    """

    def __init__(self) -> None:
        self.distance: dict[int, int] = {}
        self.triggers: dict[int, list[int]] = {}
        self.holder: dict[int, int] = {}
        self.named: dict[int, list[int]] = {}
        self.waits: dict[int, list[int]] = defaultdict(list)


def reach(graph: Graph, starts: Iterable[Node]) -> Reach:
    """Walk back from `starts` to the tests, then forward again to keep only real ways.

    A method is reached by the tests that reach both its class and a mention of its
    name: the rapid type analysis of Bacon and Sweeney, once per test.
    """
    anything = graph.id(ANY_ATTRIBUTE)
    dynamic = anything >= 0 and len(graph.into(anything)) > 0
    slice_ = _Slice()
    distance = slice_.distance
    row = sorted({n for s in _with_checks(graph, starts) if (n := graph.id(s)) >= 0})
    distance.update(dict.fromkeys(row, 0))
    fitting: dict[int, list[tuple[int, int]]] = {}
    at = 0
    while row:
        at += 1
        after: list[int] = []
        for node in row:
            before = graph.into(node)
            holder = graph.holder(node)
            if holder >= 0:
                last = graph.attribute_of(node)
                ways = _ways(graph, last, holder, fitting)
                slice_.triggers[node] = ways
                slice_.holder[node] = holder
                more = [*ways, holder]
                if dynamic:
                    # getattr with a name that only run time knows: one of the strings
                    # that the test reaches too.
                    slice_.named[node] = graph.words.holding(_name(graph, last))
                    more += [*slice_.named[node], anything]
                for other in more:
                    slice_.waits[other].append(node)
                before = [*before, *more]
            for other in before:
                if other not in distance:
                    distance[other] = at
                    after.append(other)
        row = after
    return Reach(graph, slice_)


class Frontier(NamedTuple):
    """The first functions on every path back from some symbols: only through these it is reached.

    A test that reaches one of the symbols executes one of `functions`, or it is one of `tests`
    (nodeids), which reach it by imports, classes and fixtures alone.
    """

    functions: frozenset[Symbol]
    tests: frozenset[str]


def frontier(graph: Graph, starts: Iterable[Symbol]) -> Frontier:
    """Walk back from `starts` as far as the first functions on each path.

    A member needs its class as well as a mention of its name; the mention alone is followed
    here, which finds no function too few.
    """
    anything = graph.id(ANY_ATTRIBUTE)
    worklist = sorted({n for s in _with_checks(graph, starts) if (n := graph.id(s)) >= 0})
    functions = {graph.symbol(n) for n in worklist if graph.kind(n) in FUNCTIONS}
    tests: set[str] = set()
    fitting: dict[int, list[tuple[int, int]]] = {}
    visited = set(worklist)
    while worklist:
        node = worklist.pop()
        holder = graph.holder(node)
        before = [*graph.into(node)]
        if holder >= 0:
            before += _ways(graph, graph.attribute_of(node), holder, fitting)
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


def _with_checks(graph: Graph, nodes: Iterable[Node]) -> Iterator[Node]:
    """Nodes, with the comparisons that depend on those that are classes."""
    for node in nodes:
        yield node
        if isinstance(node, Symbol):
            number = graph.id(node)
            if number >= 0 and graph.kind(number) is SymbolKind.CLASS:
                yield type_check(node)


def _name(graph: Graph, attribute: int) -> str:
    node = graph.node(attribute)
    return node.name if isinstance(node, VirtualNode) else ""


def _ways(
    graph: Graph, last: int, holder: int, fitting: dict[int, list[tuple[int, int]]]
) -> list[int]:
    """The attributes that may mean a member."""
    ways = [last]
    ways += [
        own
        for own, klass in graph.attributes.of_self(last)
        if holder in graph.hierarchy.related(klass)
    ]
    found = fitting.get(last)
    if found is None:
        name = _name(graph, last)
        found = [(n, k) for n, k, glob in graph.attributes.patterns() if fnmatchcase(name, glob)]
        fitting[last] = found
    ways += [node for node, klass in found if klass < 0 or holder in graph.hierarchy.related(klass)]
    return ways


def _forward(graph: Graph, slice_: _Slice, order: list[int]) -> dict[int, int]:
    anything = graph.id(ANY_ATTRIBUTE)
    triggers, holder, named = slice_.triggers, slice_.holder, slice_.named
    bits: dict[int, int] = dict.fromkeys(slice_.distance, 0)
    for at, test in enumerate(order):
        bits[test] = 1 << at
    inner: dict[int, list[int]] = {}
    todo = deque(order)
    queued = set(order)
    while todo:
        node = todo.popleft()
        queued.discard(node)
        have = bits[node]
        ends = inner.get(node)
        if ends is None:
            ends = inner[node] = [o for o in graph.out(node) if o in bits]
        for other in ends:
            if have & ~bits[other]:
                bits[other] |= have
                if other not in queued:
                    queued.add(other)
                    todo.append(other)
        for member in slice_.waits.get(node, ()):
            # Whatever is new comes by this node: all else came when another one changed.
            missing = have & bits[holder[member]] & ~bits[member]
            if not missing:
                continue
            said = 0
            for way in triggers[member]:
                said |= bits.get(way, 0)
            dynamic = bits.get(anything, 0) & missing & ~said if member in named else 0
            if dynamic:
                words = 0
                for way in named[member]:
                    words |= bits[way]
                    if not dynamic & ~words:
                        break
                said |= words & dynamic
            new = said & missing
            if new:
                bits[member] |= new
                if member not in queued:
                    queued.add(member)
                    todo.append(member)
    return bits
