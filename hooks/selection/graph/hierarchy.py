"""The classes of a graph: bases, subclasses, members."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from gardener.model import Symbol

from ..link.linked_file import SymbolKind
from ..link.nodes import NodeKind, attribute, reachable
from .node_table import NodeTable
from .stored_graph import StoredGraph


class StoredClass(NamedTuple):
    """A class in the tree that a graph was made of; see `LinkedFile`."""

    bases: set[Symbol]
    uncertain: bool


class Hierarchy:
    """The classes of a graph, by the numbers of their nodes."""

    def __init__(self, stored: StoredGraph, nodes: NodeTable) -> None:
        self._stored = stored
        self._nodes = nodes
        self._bases: dict[int, list[int]] | None = None
        self._subclasses: dict[int, list[int]] = defaultdict(list)
        self._stored_bases: dict[int, list[int]] | None = None
        self._related: dict[int, frozenset[int]] = {}

    def reset(self) -> None:
        """Forget what was found out before files were laid over."""
        self._bases = None
        self._subclasses.clear()
        self._related.clear()

    def _all_bases(self) -> dict[int, list[int]]:
        if self._bases is None:
            stale = self._nodes.stale
            self._bases = {k: b for k, b in self._bases_as_stored().items() if not stale[k]}
            for path, file in self._nodes.relinked.items():
                for name, bases in file.bases.items():
                    self._bases[self._nodes.add(Symbol(path, name))] = self._nodes.add_all(bases)
            for klass, bases_of_class in self._bases.items():
                for base in bases_of_class:
                    self._subclasses[base].append(klass)
        return self._bases

    def _bases_as_stored(self) -> dict[int, list[int]]:
        if self._stored_bases is None:
            self._stored_bases = defaultdict(list)
            pairs = self._stored.arrays["bases"]
            for klass, base in zip(pairs[::2], pairs[1::2], strict=True):
                self._stored_bases[klass].append(base)
        return self._stored_bases

    def ancestry(self, klass: int) -> list[int]:
        """A class and all its ancestors in the project, nearest first."""
        bases = self._all_bases()
        return reachable(klass, lambda ancestor: bases.get(ancestor, ()))

    def subclasses(self, klass: int) -> list[int]:
        """The direct subclasses of a class."""
        self._all_bases()
        return self._subclasses.get(klass, [])

    def related(self, klass: int) -> frozenset[int]:
        """Classes whose methods `self.x` may mean in a method of a class."""
        related = self._related.get(klass)
        if related is None:
            descendants = reachable(klass, self.subclasses)
            related = frozenset(a for d in descendants for a in self.ancestry(d))
            self._related[klass] = related
        return related

    def members(self, klass: int) -> list[tuple[str, int]]:
        """What a class body defines: names with their nodes."""
        path, qualname = self._nodes.symbol(klass)
        relinked = self._nodes.relinked.get(path)
        if relinked is not None:
            symbols = {name: self._nodes.add(Symbol(path, name)) for name in relinked.kinds}
        else:
            symbols = self._nodes.symbols_in(self._nodes.number_of_path[path])
        start = f"{qualname}."
        return [
            (name[len(start) :], number)
            for name, number in symbols.items()
            if name.startswith(start) and "." not in name[len(start) :]
        ]

    def stored_classes(self, path: str) -> dict[str, StoredClass]:
        """The classes of a file in the tree that the graph was made of, by qualified name."""
        file = self._nodes.number_of_path.get(path)
        if file is None:
            return {}
        bases, uncertain = self._bases_as_stored(), self._stored.arrays["uncertain"]
        kinds = self._stored.texts["symbol_kinds"]
        return {
            name: StoredClass(
                {self._nodes.symbol(base) for base in bases.get(number, ())}, number in uncertain
            )
            for name, number in self._nodes.symbols_in(file).items()
            if kinds[number] == SymbolKind.CLASS
        }

    def files_with_members(self, names: Iterable[str]) -> list[str]:
        """The files of the tree that the graph was made of, with a member called so in a class."""
        attributes = {self._nodes.id(attribute(name)) for name in names} - {-1}
        if not attributes:
            return []
        arrays, kinds = self._stored.arrays, self._stored.texts["symbol_kinds"]
        holders = arrays["holder"]
        files = {
            self._nodes.path(number)
            for number, last_name in enumerate(arrays["attribute"])
            if last_name in attributes
            and holders[number] >= 0
            and kinds[holders[number]] == SymbolKind.CLASS
            and self._nodes.node_kinds[number] == NodeKind.SYMBOL
        }
        return sorted(files)
