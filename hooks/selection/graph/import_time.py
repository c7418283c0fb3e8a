"""Which functions run while test files are imported, before any test."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from gardener.model import Symbol

from ..link.linked_file import FUNCTIONS, SymbolKind
from ..link.nodes import LOADING, NodeKind, VirtualNode, attribute
from ..parse.operators import DIRECT_ONLY, OPERATORS
from .graph import Graph

_NOT_AT_IMPORT = {"__call__", "__repr__", "__str__", "__await__", "__aenter__", "__aexit__", "__del__",
                  "__aiter__", "__anext__", "__exit__", "__html__", "__format__", *OPERATORS, *DIRECT_ONLY}  # fmt: skip


class ImportTime:
    """Functions that probably run while the test files are imported.

    An error in one of these stops pytest before any test runs. Only what is called
    there and then counts, not what is merely passed on, so this is a narrower view than
    the graph: it decides about the tests that do not depend on such a function. It is a rapid
    type analysis: a method runs if its class is instantiated and its name is used.
    """

    def __init__(self, graph: Graph, *, anew: bool = False) -> None:
        """Take over what `graph` has stored of it, or (where that may differ, or if `anew`) find it."""
        self._graph = graph
        stored = None if anew else graph.stored_import_time()
        self._running: set[int] = set(stored or ())
        self._instantiated: set[int] = set()
        self._used_attributes: set[int] = set()
        self._users_of_self: dict[int, set[int]] = defaultdict(set)
        """Classes whose methods use an attribute of `self`, by the attribute."""
        self._methods: dict[int, set[int]] = defaultdict(set)
        """Methods of instantiated classes, by the attribute that may mean them."""
        if stored is None:
            self._walk(self._modules())

    def nodes(self) -> list[int]:
        """All of them, as nodes of the graph."""
        return sorted(self._running)

    def runs(self, symbol: Symbol) -> bool:
        """Whether a function (or a module) runs then."""
        return self._graph.id(symbol) in self._running

    def _modules(self) -> set[int]:
        """All that is imported; also what may be loaded by a path then, where anything can do so."""
        graph = self._graph
        modules = self._imported_by(graph.roots)
        loading = graph.id(LOADING)
        users = graph.into(loading) if loading >= 0 else ()
        loaders = {Symbol(graph.file_of(n), "") for n in users}
        if not modules.isdisjoint(map(graph.id, loaders)):
            modules = self._imported_by(graph.roots, also_named=True)
        return modules

    def _imported_by(self, roots: Iterable[int], *, also_named: bool = False) -> set[int]:
        graph = self._graph
        modules: set[int] = set()
        worklist = list(roots)
        while worklist:
            module = worklist.pop()
            if module in modules:
                continue
            modules.add(module)
            ends = graph.out(module)
            worklist += [n for n in ends if n not in modules and graph.kind(n) is SymbolKind.MODULE]
            if also_named:
                named = (graph.file_of(n) for n in ends if graph.is_script_named(n))
                worklist += [graph.id(Symbol(file, "")) for file in named]
        return modules

    def _walk(self, modules: Iterable[int]) -> None:
        graph = self._graph
        worklist = list(modules)
        while worklist:
            symbol = worklist.pop()
            if symbol in self._running or graph.kind(symbol) not in _RUNS_WHEN_CALLED:
                continue
            self._running.add(symbol)
            for callee in graph.calls(symbol):
                if graph.kind(callee) is SymbolKind.CLASS:
                    worklist += self._instantiate(callee)
                else:
                    worklist.append(callee)
            for used in graph.touches(symbol):
                if used not in self._used_attributes:
                    self._used_attributes.add(used)
                    worklist += self._use(used)

    def _use(self, number: int) -> list[int]:
        """The methods of instances that an attribute may mean, one of `self` or not."""
        graph = self._graph
        node = graph.node(number)
        if not isinstance(node, VirtualNode) or node.kind is not NodeKind.SELF_ATTRIBUTE:
            return list(self._methods.get(number, ()))
        name, klass = graph.id(attribute(node.name)), graph.id(Symbol(node.file, node.owner))
        self._users_of_self[name].add(klass)
        related = graph.hierarchy.related(klass)
        return [method for method in self._methods.get(name, ()) if graph.holder(method) in related]

    def _instantiate(self, klass: int) -> list[int]:
        """What runs when a class is instantiated; notes its methods under the names that run them."""
        if klass in self._instantiated:
            return []
        self._instantiated.add(klass)
        running = []
        for ancestor in self._graph.hierarchy.ancestry(klass):
            for name, method in self._graph.hierarchy.members(ancestor):
                if self._graph.kind(method) not in FUNCTIONS:
                    continue
                if name.startswith("__") and name not in _NOT_AT_IMPORT:
                    running.append(method)  # its constructor, and more
                    continue
                called = self._graph.attribute_of(method)
                self._methods[called].add(method)
                if called in self._used_attributes or self._is_used_on_self(called, ancestor):
                    running.append(method)
        return running

    def _is_used_on_self(self, name: int, klass: int) -> bool:
        """Whether a running method uses an attribute of `self` that may be one of a class."""
        users = self._users_of_self.get(name, ())
        return any(klass in self._graph.hierarchy.related(user) for user in users)


_RUNS_WHEN_CALLED = frozenset({SymbolKind.MODULE, SymbolKind.FUNCTION})
