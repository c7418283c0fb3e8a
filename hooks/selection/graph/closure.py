"""What some nodes reach together: the cheap form of reach that keeps no tests apart."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase, translate
from functools import cached_property

from ..link.nodes import ANY_ATTRIBUTE
from .graph import Graph
from .words import Said


class Members:
    """What classes and modules have as attributes, and which nodes may mean each by its name."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.holder = graph.holders()
        self.attribute = graph.attribute_nodes()
        self.of_holder = graph.members_by_holder()
        self.of_attribute = graph.members_by_attribute()
        self.anything = graph.id(ANY_ATTRIBUTE)
        self.dynamic = self.anything >= 0 and len(graph.into(self.anything)) > 0
        self._fitting: dict[int, dict[int, list[int]]] = {}
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
                n for n in self.of_attribute.keys if fits(self.name(n))
            )
        return members

    def ways(self, member: int) -> list[int]:
        """The attributes that may mean a member."""
        last, related = self.attribute[member], self.graph.hierarchy.related(self.holder[member])
        known_in_part = self._fitting_patterns(last)
        ways = [last, *known_in_part.get(-1, ())]
        for by_class in (self.graph.attributes.by_class(last), known_in_part):
            # Whether two classes are related does not depend on which of them is asked.
            for klass in by_class.keys() & related:
                ways += by_class[klass]
        return sorted(ways)

    def strings(self, attribute: int) -> Sequence[int]:
        """Who holds a string that is the name of an attribute, or a part of one."""
        return self.graph.words.holding(self.name(attribute))

    def name(self, attribute: int) -> str:
        """The name of an attribute."""
        name = self._names.get(attribute)
        if name is None:
            name = self._names[attribute] = self.graph.name_of(attribute)
        return name

    def _fitting_patterns(self, attribute: int) -> dict[int, list[int]]:
        """The attributes known in part that may be this one, by class; -1: of any type."""
        fitting = self._fitting.get(attribute)
        if fitting is None:
            name = self.name(attribute)
            fitting = self._fitting[attribute] = defaultdict(list)
            for number, klass, glob in self.graph.attributes.patterns():
                if glob == "*" or fnmatchcase(name, glob):
                    fitting[klass].append(number)
        return fitting


class Walk:
    """A walk forward from some nodes over all that they reach; more may be added to them later.

    A member is reached if its class and a mention of its name are.
    """

    def __init__(self, members: Members, roots: Iterable[int]) -> None:
        self._members = members
        self.live: set[int] = set()
        self._row: set[int] = set()
        """Nodes that are live, from which it did not go on yet."""
        self._said: set[int] = set()
        """Attributes that are said by a string or by a part of their name."""
        self._related: dict[int, list[frozenset[int]]] = {}
        """By attribute: the classes that its uses on `self` may mean."""
        self._globs: dict[int, set[str]] = {}
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
        twin = Walk(self._members, ())
        twin.live |= self.live
        twin._said |= self._said
        twin._open |= self._open
        twin._words = self._words.copy(twin.live)
        twin._related = {name: [*related] for name, related in self._related.items()}
        twin._globs = {klass: {*globs} for klass, globs in self._globs.items()}
        return twin

    def _reach(self, nodes: Iterable[int]) -> None:
        fresh = set(nodes) - self.live
        self.live |= fresh
        self._row |= fresh

    def _follow(self) -> None:
        """Go on from all nodes that are new, one row of them after the other."""
        members, live = self._members, self.live
        ends_of, check = members.graph.ends_of, members.graph.patience.check
        on_self, patterns = members.graph.attributes.on_self(), members.patterns
        while self._row:
            check()
            row = self._row
            new = ends_of(row)
            self._hold(row & members.of_holder.keys, new)
            for attribute in row & members.of_attribute.keys:
                new.update(self._held(members.of_attribute[attribute]))
            for node in row & on_self:
                self._mean(node, new)
            for node in row & patterns.keys():
                for klass, glob in patterns[node]:
                    new.update(self._mean_fitting(klass, glob))
            new -= live
            live |= new
            self._row = new

    def _hold(self, holders: Iterable[int], new: set[int]) -> None:
        """Add those members of classes that are reached that something may mean."""
        attributes, of_holder, live = self._members.attribute, self._members.of_holder, self.live
        said, related, still_open = self._said, self._related, self._open
        for holder in holders:
            globs = self._globs.get(holder, ())
            for member in of_holder[holder]:
                attribute = attributes[member]
                if (
                    attribute in live
                    or attribute in said
                    or (
                        attribute in related
                        and any(holder in classes for classes in related[attribute])
                    )
                    or (globs and any(self._fits(attribute, glob) for glob in globs))
                ):
                    new.add(member)
                else:
                    still_open.add(attribute)

    def _fits(self, attribute: int, glob: str) -> bool:
        return glob == "*" or attribute in self._members.fitting(glob)

    def _held(self, members: Iterable[int]) -> list[int]:
        """Those of these members whose class is reached."""
        holder, live = self._members.holder, self.live
        return [m for m in members if holder[m] in live]

    def _mean(self, node: int, new: set[int]) -> None:
        """Add the members that an attribute, used on `self` of a class, makes reached."""
        members = self._members
        meant = members.graph.attributes.meant_by(node)
        if meant is None:
            return
        attribute, klass = meant
        called = members.of_attribute[attribute]
        if not called or attribute in self.live or attribute in self._said:
            return
        related = members.graph.hierarchy.related(klass)
        self._related.setdefault(attribute, []).append(related)
        holder, live = members.holder, self.live
        new.update([m for m in called if holder[m] in related and holder[m] in live])

    def _mean_fitting(self, klass: int, glob: str) -> list[int]:
        """The members that an attribute known in part makes reached, on any class where it is -1."""
        members, of_instances = self._members, list[int]()
        if klass < 0:
            for attribute in members.fitting(glob) - self._said:
                self._said.add(attribute)
                of_instances += self._held(members.of_attribute[attribute])
            return of_instances
        for holder in members.graph.hierarchy.related(klass):
            globs = self._globs.setdefault(holder, set())
            if glob in globs:
                continue
            globs.add(glob)
            if holder in self.live:
                of_holder = members.of_holder[holder]
                of_instances += [m for m in of_holder if self._fits(members.attribute[m], glob)]
        return of_instances

    def _look_up_strings(self) -> bool:
        """Reach the members whose names are strings that are reached; whether there are new ones."""
        self._members.graph.patience.check()
        members, says = self._members, self._words.says
        self._words.grown()
        self._open -= self.live
        self._open -= self._said
        spelled = {a for a in self._open if says(a, members.name(a))}
        self._open -= spelled
        self._said |= spelled
        for attribute in spelled:
            self._reach(self._held(members.of_attribute[attribute]))
        return bool(self._row)
