"""What some nodes reach together: the cheap form of reach that keeps no tests apart."""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase, translate
from functools import cached_property

from ..link.nodes import ANY_ATTRIBUTE, VirtualNode
from .graph import Graph
from .words import Said

_STEPS_PER_CHECK = 10_000


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
        self._fitted: dict[str, frozenset[int]] = {}
        self._names: dict[int, str] = {}

    @cached_property
    def patterns(self) -> dict[int, list[tuple[int, str]]]:
        """The nodes of attributes known in part: the class (-1: of any type) and what fits."""
        by_node: dict[int, list[tuple[int, str]]] = defaultdict(list)
        for node, klass, glob in self.graph.attributes.patterns():
            by_node[node].append((klass, glob))
        return by_node

    def fitting(self, glob: str) -> frozenset[int]:
        """The attributes whose name a pattern fits."""
        members = self._fitted.get(glob)
        if members is None:
            fits = re.compile(translate(glob)).match
            members = self._fitted[glob] = frozenset(
                n for n in self.of_attribute if fits(self.name(n))
            )
        return members

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
        return self.graph.words.holding(self.name(attribute))

    def name(self, attribute: int) -> str:
        """The name of an attribute."""
        name = self._names.get(attribute)
        if name is None:
            node = self.graph.node(attribute)
            name = self._names[attribute] = node.name if isinstance(node, VirtualNode) else ""
        return name

    def _fitting_patterns(self, attribute: int) -> list[tuple[int, int]]:
        """The attributes known in part that may be this one, each with its class or -1."""
        fitting = self._fitting.get(attribute)
        if fitting is None:
            name = self.name(attribute)
            patterns = self.graph.attributes.patterns()
            fitting = [(n, klass) for n, klass, glob in patterns if fnmatchcase(name, glob)]
            self._fitting[attribute] = fitting
        return fitting


class Walk:
    """A walk forward from some nodes over all that they reach; more may be added to them later.

    A member is reached if its class and a mention of its name are.
    """

    def __init__(self, members: Members, roots: Iterable[int]) -> None:
        self._members = members
        self.live: set[int] = set()
        self._todo: list[int] = []
        self._said: set[int] = set()
        """Attributes that are said by a string or by a part of their name."""
        self._related: dict[int, list[frozenset[int]]] = defaultdict(list)
        """By attribute: the classes that its uses on `self` may mean."""
        self._globs: dict[int, set[str]] = defaultdict(set)
        """By class: the parts of names that are looked up on `self` there."""
        self._open: set[int] = set()
        """Attributes of members whose class is reached, but nothing that may mean them."""
        self._words = Said(members.graph.words, self.live)
        self.add(roots)

    def add(self, roots: Iterable[int]) -> None:
        """Go on from further nodes."""
        self._reach(roots)
        self._follow()
        while self._members.anything in self.live and self._look_up_strings():
            self._follow()

    def copy(self) -> Walk:
        """A walk that has come as far as this one and goes on by itself."""
        other = Walk(self._members, ())
        other.live |= self.live
        other._said |= self._said
        other._open |= self._open
        other._words = self._words.copy(other.live)
        for attribute, related in self._related.items():
            other._related[attribute] = [*related]
        for klass, globs in self._globs.items():
            other._globs[klass] = {*globs}
        return other

    def _reach(self, nodes: Iterable[int]) -> None:
        fresh = set(nodes) - self.live
        self.live |= fresh
        self._todo += fresh

    def _follow(self) -> None:
        """Go on from all nodes that are new."""
        members, live, todo = self._members, self.live, self._todo
        ends, meant_by = members.graph.walker(), members.graph.attributes.meant_by
        of_holder, of_attribute, patterns = (
            members.of_holder,
            members.of_attribute,
            members.patterns,
        )
        check = members.graph.patience.check
        for count in itertools.count():
            if not todo:
                break
            if not count % _STEPS_PER_CHECK:
                check()
            node = todo.pop()
            new = set(ends(node))
            if node in of_holder:
                new.update(self._said_of(node, of_holder[node]))
            if node in of_attribute:
                new.update(self._held(of_attribute[node]))
            meant = meant_by(node)
            if meant is not None:
                new.update(self._mean(*meant))
            if node in patterns:
                for klass, glob in patterns[node]:
                    new.update(self._mean_fitting(klass, glob))
            new -= live
            live |= new
            todo += new

    def _said_of(self, holder: int, members: Iterable[int]) -> Iterator[int]:
        """Those members of a class that is reached that something may mean."""
        attributes, live, spelled = self._members.attribute, self.live, self._said
        for member in members:
            attribute = attributes[member]
            if attribute in live or attribute in spelled or self._is_meant(attribute, holder):
                yield member
            else:
                self._open.add(attribute)

    def _is_meant(self, attribute: int, holder: int) -> bool:
        """Whether an attribute of `self`, known in whole or in part, may be this one of a class."""
        if any(holder in related for related in self._related.get(attribute, ())):
            return True
        return any(self._fits(attribute, glob) for glob in self._globs.get(holder, ()))

    def _fits(self, attribute: int, glob: str) -> bool:
        return glob == "*" or attribute in self._members.fitting(glob)

    def _held(self, members: Iterable[int]) -> Iterator[int]:
        """Those of these members whose class is reached."""
        holder, live = self._members.holder, self.live
        return (m for m in members if holder[m] in live)

    def _unreached(self, attribute: int) -> list[int]:
        """The members of classes that are reached that an attribute would make reached, too."""
        called = self._members.of_attribute[attribute]
        return [m for m in self._held(called) if m not in self.live]

    def _mean(self, attribute: int, klass: int) -> Iterable[int]:
        """The members that an attribute, used on `self` of a class, makes reached."""
        members = self._members
        called = members.of_attribute.get(attribute)
        if not called or attribute in self.live or attribute in self._said:
            return ()
        related = members.graph.hierarchy.related(klass)
        self._related[attribute].append(related)
        return [m for m in self._held(called) if members.holder[m] in related]

    def _mean_fitting(self, klass: int, glob: str) -> list[int]:
        """The members that an attribute known in part makes reached, on any class where it is -1."""
        members, of_instances = self._members, list[int]()
        if klass < 0:
            for attribute in members.fitting(glob) - self._said:
                self._said.add(attribute)
                of_instances += self._held(members.of_attribute[attribute])
            return of_instances
        for holder in members.graph.hierarchy.related(klass):
            if glob in self._globs[holder]:
                continue
            self._globs[holder].add(glob)
            if holder in self.live:
                of_holder = members.of_holder.get(holder, ())
                of_instances += [m for m in of_holder if self._fits(members.attribute[m], glob)]
        return of_instances

    def _look_up_strings(self) -> bool:
        """Reach the members whose names are strings that are reached; whether there are new ones."""
        self._members.graph.patience.check()
        members = self._members
        self._words.grown()
        self._open = {name for name in self._open if self._unreached(name)}
        spelled = {name for name in self._open if self._words.says(members.name(name))}
        self._open -= spelled
        self._said |= spelled
        self._reach(m for name in spelled for m in self._unreached(name))
        return bool(self._todo)
