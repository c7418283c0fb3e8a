"""Which tests reach a symbol, and by which way."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import NamedTuple

from .graph import Graph
from .nodes import ANY, ATTRIBUTE, OWN, VALUE, Node, owner


class Reach(NamedTuple):
    """Tests (as bits of the numbers in `order`) that reach each node of a slice."""

    order: list[Node]
    bits: dict[Node, int]
    toward: dict[Node, Node]

    def tests(self, nodes: Iterable[Node]) -> int:
        """The tests that reach any of `nodes`."""
        found = 0
        for node in nodes:
            found |= self.bits.get(node, 0)
        return found

    def names(self, bits: int) -> list[Node]:
        """The tests behind bits."""
        return [test for at, test in enumerate(self.order) if bits >> at & 1]


def reach(graph: Graph, starts: Iterable[Node]) -> Reach:
    """Walk back from `starts` to the tests, then forward again to keep only real ways.

    A method is reached by the tests that reach both its class and a mention of its
    name: the rapid type analysis of Bacon and Sweeney, once per test.
    """
    own: dict[str, list[Node]] = defaultdict(list)
    patterns: list[Node] = []
    for node in list(graph.needed_by):
        mark, name = node
        if mark.startswith(OWN + "\0"):
            own[name].append(node)
            if "*" in name:
                patterns.append(node)
        elif mark == ATTRIBUTE and "*" in name and node != ANY:
            patterns.append(node)
    slice_: set[Node] = set()
    toward: dict[Node, Node] = {}
    triggers: dict[Node, list[Node]] = {}
    holder: dict[Node, Node] = {}
    named: dict[Node, list[Node]] = {}
    todo = deque(sorted(starts))
    slice_.update(todo)
    while todo:
        node = todo.popleft()
        before = set(graph.needed_by.get(node, ()))
        path, name = node
        if path in graph.symbols and name:
            outer, _, member = name.rpartition(".")
            klass = (path, outer) if outer else (f"{VALUE}\0{path}", "")
            if not outer or (
                outer in graph.symbols[path] and graph.symbols[path][outer].kind == "class"
            ):
                ways = [(ATTRIBUTE, member)]
                if outer:
                    ways += [
                        o for o in own.get(member, ()) if klass in graph.classes.related(owner(o))
                    ]
                for pattern in patterns:
                    if fnmatchcase(member, pattern[1]) and (
                        pattern[0] == ATTRIBUTE
                        or (outer and klass in graph.classes.related(owner(pattern)))
                    ):
                        ways.append(pattern)
                if ANY in graph.needed_by:
                    # getattr with a name that only run time knows: one of the strings
                    # that the test reaches too.
                    named[node] = graph.saying(member)
                    before.update(named[node])
                    before.add(ANY)
                triggers[node] = ways
                holder[node] = klass
                before.update(ways)
                before.add(klass)
        # In order, so that the way shown does not depend on the hash seed.
        for other in sorted(before - slice_):
            slice_.add(other)
            toward[other] = node
            todo.append(other)
    return _forward(graph, slice_, _Members(triggers, holder, named), toward)


class _Members(NamedTuple):
    """Of each method in a slice: what mentions its name, its class, and who says its name."""

    triggers: dict[Node, list[Node]]
    holder: dict[Node, Node]
    named: dict[Node, list[Node]]


def _forward(graph: Graph, slice_: set[Node], members: _Members, toward: dict[Node, Node]) -> Reach:
    triggers, holder, named = members
    order = sorted(n for n in slice_ if n in graph.test_nodes)
    bits: dict[Node, int] = dict.fromkeys(slice_, 0)
    waits: dict[Node, list[Node]] = defaultdict(list)
    for member, ways in triggers.items():
        for other in (*ways, holder[member]):
            waits[other].append(member)
        for other in (ANY, *named[member]) if member in named else ():
            waits[other].append(member)
    inner = {n: [o for o in graph.needs.get(n, ()) if o in bits] for n in slice_}
    todo = deque(order)
    for at, test in enumerate(order):
        bits[test] = 1 << at
    queued = set(order)
    while todo:
        node = todo.popleft()
        queued.discard(node)
        have = bits[node]
        for other in inner[node]:
            if have & ~bits[other]:
                bits[other] |= have
                if other not in queued:
                    queued.add(other)
                    todo.append(other)
        for member in waits.get(node, ()):
            said = 0
            for way in triggers[member]:
                said |= bits[way]
            if member in named and (dynamic := bits[ANY]):
                words = 0
                for way in named[member]:
                    words |= bits[way]
                said |= words & dynamic
            new = said & bits[holder[member]]
            if new & ~bits[member]:
                bits[member] |= new
                if member not in queued:
                    queued.add(member)
                    todo.append(member)
    return Reach(order, bits, toward)
