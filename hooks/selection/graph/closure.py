"""What some nodes reach together: the cheap form of reach that keeps no tests apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from functools import cached_property

from ..link.nodes import ANY_ATTRIBUTE, VirtualNode
from .graph import Graph


class Members:
    """What classes and modules have as attributes, and which nodes may mean each by its name."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.holder: dict[int, int] = {}
        self.attribute: dict[int, int] = {}
        self.of_holder: dict[int, list[int]] = defaultdict(list)
        self.of_attribute: dict[int, list[int]] = defaultdict(list)
        for member, attribute, holder in graph.members():
            self.holder[member] = holder
            self.attribute[member] = attribute
            self.of_holder[holder].append(member)
            self.of_attribute[attribute].append(member)
        self.anything = graph.id(ANY_ATTRIBUTE)
        self.dynamic = self.anything >= 0 and len(graph.into(self.anything)) > 0
        self._fitting: dict[int, list[tuple[int, int]]] = {}

    @cached_property
    def on_self(self) -> dict[int, list[tuple[int, int]]]:
        """Of nodes that mean members of related classes only: the attribute and the class.

        That are attributes of `self`, known in whole or in part, and of what type ever where the
        class is -1 and only a part is known.
        """
        found: dict[int, list[tuple[int, int]]] = defaultdict(list)
        of_self = self.graph.attributes.of_self
        for attribute in self.of_attribute:
            for node, klass in of_self(attribute):
                found[node].append((attribute, klass))
        for attribute in self.of_attribute if self.graph.attributes.patterns() else ():
            for node, klass in self._fitting_patterns(attribute):
                found[node].append((attribute, klass))
        return found

    def ways(self, member: int) -> list[int]:
        """The attributes that may mean a member."""
        last, holder = self.attribute[member], self.holder[member]
        related = self.graph.hierarchy.related
        ways = [last]
        ways += [n for n, klass in self.graph.attributes.of_self(last) if holder in related(klass)]
        ways += [
            n for n, klass in self._fitting_patterns(last) if klass < 0 or holder in related(klass)
        ]
        return ways

    def strings(self, attribute: int) -> Sequence[int]:
        """Who holds a string that is the name of an attribute, or a part of one."""
        node = self.graph.node(attribute)
        return self.graph.words.holding(node.name if isinstance(node, VirtualNode) else "")

    def _fitting_patterns(self, attribute: int) -> list[tuple[int, int]]:
        """The attributes known in part that may be this one, each with its class or -1."""
        found = self._fitting.get(attribute)
        if found is None:
            node = self.graph.node(attribute)
            name = node.name if isinstance(node, VirtualNode) else ""
            patterns = self.graph.attributes.patterns()
            found = [(n, klass) for n, klass, glob in patterns if fnmatchcase(name, glob)]
            self._fitting[attribute] = found
        return found


def closure(members: Members, roots: Iterable[int]) -> set[int]:
    """All that is reached from the roots: a member, if its class and a mention of its name are."""
    walk = _Walk(members, roots)
    walk.follow()
    while members.dynamic and members.anything in walk.live and walk.look_up_strings():
        walk.follow()
    return walk.live


class _Walk:
    """A walk forward from some nodes over all that they reach."""

    def __init__(self, members: Members, roots: Iterable[int]) -> None:
        self._members = members
        self.live = set(roots)
        self._todo = list(self.live)
        self._said: set[int] = set()
        """Names of which strings are reached, as attributes."""
        self._related: dict[int, list[frozenset[int]]] = defaultdict(list)
        """By attribute: the classes that its uses on `self` may mean."""

    def follow(self) -> None:
        """Go on from all nodes that are new."""
        members, live, todo = self._members, self.live, self._todo
        ends = members.graph.walker()
        of_holder, of_attribute = members.of_holder, members.of_attribute
        on_self = members.on_self
        while todo:
            node = todo.pop()
            new = [end for end in ends(node) if end not in live]
            if node in of_holder:
                new += [m for m in of_holder[node] if m not in live and self._is_said(m, node)]
            if node in of_attribute:
                new += self._held(of_attribute[node])
            if node in on_self:
                for attribute, klass in on_self[node]:
                    new += self._mean(attribute, klass)
            fresh = set(new)
            live |= fresh
            todo += fresh

    def _is_said(self, member: int, holder: int) -> bool:
        """Whether something that may mean a member is reached."""
        attribute = self._members.attribute[member]
        if attribute in self.live or attribute in self._said:
            return True
        return any(holder in related for related in self._related.get(attribute, ()))

    def _held(self, members: Iterable[int]) -> Iterator[int]:
        """Those of these members whose class is reached."""
        holder, live = self._members.holder, self.live
        return (m for m in members if holder[m] in live and m not in live)

    def _mean(self, attribute: int, klass: int) -> list[int]:
        """The members that an attribute, used on `self` of a class (or -1), makes reached."""
        held = self._held(self._members.of_attribute.get(attribute, ()))
        if klass < 0:
            self._said.add(attribute)
            return list(held)
        related = self._members.graph.hierarchy.related(klass)
        self._related[attribute].append(related)
        return [m for m in held if self._members.holder[m] in related]

    def look_up_strings(self) -> bool:
        """Reach the members whose names are strings that are reached; whether there are new ones."""
        members, live = self._members, self.live
        for attribute, called in members.of_attribute.items():
            if attribute in live or attribute in self._said:
                continue
            held = list(self._held(called))
            if held and not live.isdisjoint(members.strings(attribute)):
                self._said.add(attribute)
                live.update(held)
                self._todo += held
        return bool(self._todo)
