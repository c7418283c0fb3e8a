"""Whether what a stored graph says of import time still holds with files laid over it."""

from __future__ import annotations

from collections.abc import Iterable

from gardener.model import Symbol

from ..link.linked_file import LinkedFile, SymbolKind
from ..link.nodes import LOADING, Node, NodeKind, kind_of
from .hierarchy import Hierarchy, StoredClass
from .node_table import NodeTable
from .stored_graph import StoredGraph


class StoredImportTime:
    """The symbols that were found to run while test files are imported, as they are stored."""

    def __init__(self, stored: StoredGraph, nodes: NodeTable, hierarchy: Hierarchy) -> None:
        self._stored = stored
        self._nodes = nodes
        self._hierarchy = hierarchy
        self._running = frozenset(stored.arrays["import_time"])

    def valid(self, added_roots: set[int]) -> frozenset[int] | None:
        """What runs then; None where what was laid over may change that.

        `added_roots` are modules that pytest imports directly and did not before.
        """
        for path in self._nodes.removed:
            symbols = self._nodes.symbols_in(self._nodes.number_of_path[path])
            if not self._running.isdisjoint(symbols.values()):
                return None
        for path, file in self._nodes.relinked.items():
            if path in self._nodes.number_of_path:
                if not self._runs_as_before(file):
                    return None
            elif self._nodes.add(Symbol(path, "")) in added_roots:
                return None
        return self._running

    def _runs_as_before(self, file: LinkedFile) -> bool:
        """Whether a file that was laid over does at import what it did before."""
        symbols = self._nodes.symbols_in(self._nodes.number_of_path[file.path])
        kinds = self._stored.texts["symbol_kinds"]
        if {name: kinds[number] for name, number in symbols.items()} != file.kinds:
            return False
        classes = {
            name: StoredClass(set(bases), name in file.uncertain)
            for name, bases in file.bases.items()
        }
        if self._hierarchy.stored_classes(file.path) != classes:
            return False
        for name, number in symbols.items():
            if number in self._running and not (
                self._nodes_of("calls", number) == set(file.calls.get(name, ()))
                and self._nodes_of("touches", number) == set(file.touches.get(name, ()))
            ):
                return False
        loading = self._nodes.id(LOADING)
        loaded = any(loading in self._stored.row("out", number) for number in symbols.values())
        if loaded != any(LOADING in ends for ends in file.edges.values()):
            return False
        return self._imports_before(symbols[""]) == set(self._imports_now(file))

    def _nodes_of(self, part: str, number: int) -> set[Node]:
        return {self._nodes.node(n) for n in self._stored.row(part, number)}

    def _imports_before(self, module: int) -> set[Node]:
        kinds, node_kinds = self._stored.texts["symbol_kinds"], self._nodes.node_kinds
        return {
            self._nodes.node(n)
            for n in self._stored.row("out", module)
            if n < self._nodes.first_shared
            and (kinds[n] == SymbolKind.MODULE or node_kinds[n] == NodeKind.SCRIPT_NAMED)
        }

    def _imports_now(self, file: LinkedFile) -> Iterable[Node]:
        for node in file.edges.get(Symbol(file.path, ""), ()):
            is_module = isinstance(node, Symbol) and not node.qualname
            if is_module or kind_of(node) is NodeKind.SCRIPT_NAMED:
                if node.file in self._nodes.number_of_path or node.file in self._nodes.relinked:
                    yield node
