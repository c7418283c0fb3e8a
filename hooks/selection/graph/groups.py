"""The tests of a graph in groups, by what all tests of a group reach together.

That is walked over once and holds for whatever is changed; only on the ways to what is left are
tests told apart. A `conftest.py` makes such a group, and, where that leads to little, a module that
many test files import, over any number of others: the models of a Django project, an application.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Set
from functools import cached_property
from typing import NamedTuple

from gardener.model import Symbol

from ..link.nodes import reachable
from .closure import Members, Walk
from .graph import Graph
from .kept_groups import KeptGroup

_MOST_GROUPS = 5
_SMALLEST_GROUP = 0.05
"""Of all tests: fewer are no group of their own."""
_ENOUGH = 0.5
"""Of all nodes: what reaches so many together needs no module that leads to more."""
_CANDIDATES = 16
"""Modules of which is found out where they lead to and who leads to them."""


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


class TestGroup:
    """Some of the tests, what each of them reaches, and what they reach together.

    That is the same for whatever is changed, so all walks over a graph share it. `roots` are what
    each of them leads to, and `between` the modules over which it does, where that is not directly.
    """

    __test__ = False

    def __init__(
        self,
        base: _Base,
        tests: list[int],
        roots: frozenset[int],
        between: frozenset[int] = frozenset(),
    ) -> None:
        self.tests = tests
        self.members = base.members
        self.roots = roots
        self._base = base
        self.between = between

    @cached_property
    def _walk(self) -> Walk:
        walk = self._base.walk.copy()
        walk.add(self.roots)
        return walk

    @cached_property
    def certain(self) -> frozenset[int]:
        """What each of the tests reaches."""
        if self.roots <= self._base.certain:
            return self._base.certain
        return frozenset(self._walk.live)

    @cached_property
    def live(self) -> Set[int]:
        """What any of the tests reaches."""
        walk = self._walk
        self.certain  # noqa: B018  first, for the walk goes on from there
        walk.add(self.tests)
        return walk.live

    @cached_property
    def before(self) -> frozenset[int]:
        """The tests, and the modules on their ways to what all of them reach."""
        return self.between.union(self.tests)

    def split(self) -> list[TestGroup]:
        """Itself, or in its place those that import a module that leads to much, and the others."""
        graph = self.members.graph
        if len(self.certain) >= _ENOUGH * len(graph):
            return [self]
        found: list[TestGroup] = []
        imports, rest = _Imports(graph, self.tests), set(self.tests)
        while len(found) < _MOST_GROUPS - 1:
            hub = imports.hub(rest)
            if hub is None:
                break
            roots = self.roots | {hub.module}
            found.append(TestGroup(self._base, sorted(hub.tests), roots, hub.between))
            rest -= hub.tests
        if not found:
            return [self]
        return [*found, TestGroup(self._base, sorted(rest), self.roots)] if rest else found


class _StoredGroup(TestGroup):
    """A group of which the graph holds what it reaches."""

    def __init__(self, members: Members, kept: KeptGroup) -> None:
        super().__init__(_Base(members, frozenset()), kept.tests, frozenset(), kept.between)
        self._kept = kept

    @cached_property
    def certain(self) -> frozenset[int]:
        """What each of the tests reaches."""
        return self._kept.certain()

    @cached_property
    def live(self) -> Set[int]:
        """What any of the tests reaches."""
        return self._kept.live()


class _Groups(list[TestGroup]):
    """All tests of a graph, in groups."""


def groups_of(graph: Graph) -> list[TestGroup]:
    """All tests of a graph, in groups: the same ones at each call."""
    if isinstance(graph.derived, _Groups):
        return graph.derived
    members, kept = Members(graph), graph.kept_groups()
    if kept:
        graph.derived = _Groups(_StoredGroup(members, group) for group in kept)
    else:
        grouped = _grouped(graph)
        roots = [frozenset(_common(graph, tests)) for tests in grouped]
        of_all = frozenset.intersection(*roots) if roots else frozenset[int]()
        base = _Base(members, of_all)
        groups = [TestGroup(base, *group) for group in zip(grouped, roots, strict=True)]
        graph.derived = _Groups(part for group in groups for part in group.split())
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


def _common(graph: Graph, tests: list[int]) -> Collection[int]:
    """What all of these tests lead to directly."""
    everyone = set(tests)
    return [
        node
        for node in dict.fromkeys(graph.out(tests[0]))
        if len(into := graph.into(node)) >= len(tests) and everyone.issubset(into)
    ]


class _Hub(NamedTuple):
    """A module, the tests that lead to it, and the modules by which they do."""

    module: int
    tests: set[int]
    between: frozenset[int]


class _Imports:
    """Which modules some tests import, over any number of others."""

    def __init__(self, graph: Graph, tests: list[int]) -> None:
        modules = graph.modules()
        self._all = len(graph.all_tests())
        self._tests: dict[int, set[int]] = defaultdict(set)
        """By module: the tests that lead to it directly."""
        for test in tests:
            for module in modules.intersection(graph.out(test)):
                self._tests[module].add(test)
        self._out = {m: modules.intersection(graph.out(m)) for m in self._reached(graph, modules)}
        self._into: dict[int, list[int]] = defaultdict(list)
        for module, imported in self._out.items():
            for other in imported:
                self._into[other].append(module)

    def _reached(self, graph: Graph, modules: set[int]) -> set[int]:
        reached, row = set(self._tests), set(self._tests)
        while row:
            row = (graph.ends_of(row) & modules) - reached
            reached |= row
        return reached

    def hub(self, tests: Set[int]) -> _Hub | None:
        """The module by which the most of these tests lead to the most others; None: there is none."""
        found: _Hub | None = None
        most = 0
        for module in self._candidates(tests):
            between = reachable(module, lambda m: self._into.get(m, ()))
            users = set[int]().union(*(self._tests.get(m, ()) for m in between)) & tests
            if len(users) < _SMALLEST_GROUP * self._all:
                continue
            size = len(users) * len(reachable(module, lambda m: self._out.get(m, ())))
            if size > most:
                found, most = _Hub(module, users, frozenset(between)), size
        return found

    def _candidates(self, tests: Set[int]) -> Iterable[int]:
        """Modules that the most of these tests lead to over at most one other."""
        weights = Counter[int]()
        for module, users in self._tests.items():
            here = len(users & tests)
            for other in {module, *self._out[module]} if here else ():
                weights[other] += here
        # A package without imports of its own leads nowhere.
        return [m for m, _ in weights.most_common() if self._out.get(m)][:_CANDIDATES]
