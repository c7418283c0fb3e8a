"""What leads to some nodes, as a network of alternatives and conjunctions, and who gets there."""

from __future__ import annotations

import itertools
from collections import defaultdict, deque
from collections.abc import Collection, Iterable

from .closure import Members
from .patience import Patience


class Network:
    """The nodes behind some others, and between them gates that open by two inputs together.

    `after` leads from each node to the next ones; a node in `gates` needs both of its
    inputs, all others one. Nodes that are no nodes of the graph have numbers behind its last.
    `distance` is that to the nodes where the walk began. Left out is what no test reaches (what is
    not in `live`), and in `certain` lies what all tests reach: nothing that is not certain
    depends on that alone.
    """

    def __init__(self, members: Members, live: Collection[int], certain: Collection[int]) -> None:
        self._members = members
        self._live = live
        self._certain = certain
        self._next = self.first_gate = len(members.graph)
        self.distance: dict[int, int] = {}
        self.after: dict[int, list[int]] = defaultdict(list)
        self.gates: dict[int, tuple[int, int]] = {}
        self._either: dict[tuple[int, ...], int] = {}
        self._spelled: dict[int, int] = {}

    def walk_back(self, starts: Iterable[int]) -> None:
        """Add all that leads to these nodes."""
        row = sorted(n for n in starts if n in self._live)
        self.distance.update(dict.fromkeys(row, 0))
        into, certain = self._members.graph.walker(back=True), self._certain
        holder, live, distance, after = self._members.holder, self._live, self.distance, self.after
        at = 0
        while row:
            self._members.graph.patience.check()
            at += 1
            further: list[int] = []
            for node in row:
                if node in certain:
                    before = [n for n in into(node) if n in live]
                else:
                    before = [n for n in into(node) if n in live and n not in certain]
                for neighbour in before:
                    after[neighbour].append(node)
                    if neighbour not in distance:
                        distance[neighbour] = at
                        further.append(neighbour)
                if holder[node] >= 0:
                    further += self._by_name(node, at)
            row = further

    def _by_name(self, member: int, at: int) -> list[int]:
        """Add what leads to a member by its class and its name; returns what is new."""
        members, live, certain = self._members, self._live, self._certain
        holder = members.holder[member]
        if holder not in live:
            return []
        ways = [n for n in members.ways(member) if n in live]
        new: list[int] = []
        if member in certain:
            # It is reached by all, whichever of the ways it is: those that are reached by all.
            return self._link(member, [n for n in (*ways, holder) if n in certain], at)
        mentioned = any(n in certain for n in ways)
        name = -1
        if not mentioned:
            spelled, mentioned = self._spelling(members.attribute[member], at, new)
            inputs = [*ways, spelled] if spelled >= 0 else ways
            if not mentioned and inputs:
                name = self._any_of(inputs, at, new)
        if mentioned:
            return new if holder in certain else new + self._link(member, [holder], at)
        if name < 0:
            return new
        if holder in certain:
            return new + self._link(member, [name], at)
        gate = self._gate(holder, name, at, new)
        return new + self._link(member, [gate], at)

    def _link(self, node: int, before: list[int], at: int) -> list[int]:
        """Let nodes lead to another; those that are new, at this distance."""
        new = []
        for neighbour in before:
            self.after[neighbour].append(node)
            if neighbour not in self.distance:
                self.distance[neighbour] = at
                new.append(neighbour)
        # Nodes between those of the graph take no step of their own.
        return [n for n in new if n < self.first_gate]

    def _make(self, at: int) -> int:
        number = self._next
        self._next += 1
        self.distance[number] = at - 1
        return number

    def _gate(self, one: int, other: int, at: int, new: list[int]) -> int:
        gate = self._make(at)
        self.gates[gate] = one, other
        new += self._link(gate, [one, other], at)
        return gate

    def _any_of(self, inputs: list[int], at: int, new: list[int]) -> int:
        """A node that any of these leads to; those with the same inputs share one."""
        if len(inputs) == 1:
            new += self._link_only(inputs, at)
            return inputs[0]
        key = tuple(inputs)
        node = self._either.get(key, -1)
        if node < 0:
            node = self._either[key] = self._make(at)
            new += self._link(node, inputs, at)
        return node

    def _link_only(self, nodes: list[int], at: int) -> list[int]:
        """Note the distance of nodes that are about to be linked."""
        new = [n for n in nodes if n not in self.distance]
        self.distance.update(dict.fromkeys(new, at))
        return [n for n in new if n < self.first_gate]

    def _spelling(self, attribute: int, at: int, new: list[int]) -> tuple[int, bool]:
        """The node for `getattr` with a name that only run time knows; whether all reach it.

        It may mean a name that a string says which the test reaches too.
        """
        members, live, certain = self._members, self._live, self._certain
        if not members.dynamic or members.anything not in live:
            return -1, False
        node = self._spelled.get(attribute)
        if node is not None:
            return max(node, -1), node == _CERTAIN
        strings = [n for n in members.strings(attribute) if n in live]
        mentioned = any(n in certain for n in strings)
        anyone = members.anything in certain
        node = -1
        if mentioned and anyone:
            node = _CERTAIN
        elif mentioned:
            node = self._any_of([members.anything], at, new)
        elif strings:
            name = self._any_of(strings, at, new)
            node = name if anyone else self._gate(members.anything, name, at, new)
        self._spelled[attribute] = node
        return max(node, -1), node == _CERTAIN


_CERTAIN = -2


_STEPS_PER_CHECK = 10_000


def solve(network: Network, bits: dict[int, int], patience: Patience) -> None:
    """Let what is known of the first nodes go on to all: `bits` is changed in place.

    Raises:
        OutOfPatience: it takes longer than it may.
    """
    after, gates = network.after, network.gates
    todo = deque(bits)
    queued = set(bits)
    have_of = bits.get
    for count in itertools.count():
        if not todo:
            break
        if not count % _STEPS_PER_CHECK:
            patience.check()
        node = todo.popleft()
        queued.discard(node)
        have = bits[node]
        for neighbour in after.get(node, ()):
            before = have_of(neighbour, 0)
            if neighbour in gates:
                one, two = gates[neighbour]
                now = before | have_of(one, 0) & have_of(two, 0)
            else:
                now = before | have
            if now != before:
                bits[neighbour] = now
                if neighbour not in queued:
                    queued.add(neighbour)
                    todo.append(neighbour)
