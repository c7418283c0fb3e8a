"""The nodes of a graph by their numbers: those that are stored, and those that were added."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

from gardener.model import Symbol

from ..link.linked_file import LinkedFile
from ..link.nodes import Node, NodeKind, VirtualNode, kind_of, module_value
from .stored_graph import StoredGraph

SHARED_KINDS = tuple(kind for kind in NodeKind if kind < NodeKind.MODULE_VALUE)
"""Kinds of nodes that belong to no file."""
_KINDS = tuple(NodeKind)


class NodeTable:
    """Numbers nodes: file by file, then those that all files share, then those added later.

    `relinked` are files whose part of the graph was replaced, and `removed` those that are
    gone; the stored nodes of both are `stale`: what was stored of them counts no more.
    """

    def __init__(self, stored: StoredGraph) -> None:
        self.stored = stored
        self.paths = stored.header.paths
        self.number_of_path = {path: number for number, path in enumerate(self.paths)}
        self._keys = stored.strings("keys")
        self._shared_names = stored.strings("names")
        self._shared_starts = stored.arrays["shared"]
        self._starts = stored.arrays["base"]
        self._virtual_starts = stored.arrays["virtual"]
        self.node_kinds = stored.texts["node_kinds"]
        self._holders = stored.arrays["holder"]
        self.first_shared = self._starts[-1]
        self._symbols: dict[int, dict[str, int]] = {}
        self._virtual: dict[int, dict[Node, int]] = {}
        self.size = self.first_shared + len(self._shared_names)
        self.relinked: dict[str, LinkedFile] = {}
        self.removed: frozenset[str] = frozenset()
        self.stale = bytearray(self.size)
        self.stale_numbers: set[int] = set()
        self.added: dict[Node, int] = {}
        self._added_nodes: list[Node] = []

    def __len__(self) -> int:
        return self.size + len(self._added_nodes)

    def replace(self, relinked: dict[str, LinkedFile], removed: frozenset[str]) -> set[int]:
        """Let nothing count that is stored of these files; returns their numbers."""
        self.relinked = relinked
        self.removed = removed
        numbers = {self.number_of_path.get(path, -1) for path in (*relinked, *removed)} - {-1}
        for file in numbers:
            start, end = self._starts[file], self._starts[file + 1]
            self.stale[start:end] = b"\1" * (end - start)
            self.stale_numbers.update(range(start, end))
        return numbers

    def id(self, node: Node) -> int:
        """The number of a node; -1 if there is none."""
        number = self._stored_id(node)
        return self.added.get(node, -1) if number < 0 else number

    def _stored_id(self, node: Node) -> int:
        if isinstance(node, Symbol):
            file = self._stored_file(node.file)
            return -1 if file < 0 else self.symbols_in(file).get(node.qualname, -1)
        if node.file:
            file = self._stored_file(node.file)
            return -1 if file < 0 else self._virtual_in(file).get(node, -1)
        low, high = self._shared_starts[node.kind], self._shared_starts[node.kind + 1]
        index = self._shared_names.find(node.name, low, high)
        return -1 if index < 0 else self.first_shared + index

    def _stored_file(self, path: str) -> int:
        return -1 if path in self.removed else self.number_of_path.get(path, -1)

    def add(self, node: Node) -> int:
        """The number of a node, a new one if there is none."""
        number = self.id(node)
        if number < 0:
            number = self.added[node] = len(self)
            self._added_nodes.append(node)
        return number

    def add_all(self, nodes: Iterable[Node]) -> list[int]:
        """The numbers of nodes."""
        return [self.add(node) for node in nodes]

    def node(self, number: int) -> Node:
        """The node of a number."""
        if number >= self.size:
            return self._added_nodes[number - self.size]
        if number >= self.first_shared:
            index = number - self.first_shared
            kind = _KINDS[bisect_right(self._shared_starts, index) - 1]
            return VirtualNode(kind, self._shared_names[index])
        path = self.path(number)
        kind, key = _KINDS[self.node_kinds[number]], self._keys[number]
        if kind is NodeKind.SYMBOL:
            return Symbol(path, key)
        if kind is NodeKind.TEST:
            return VirtualNode(kind, path + key, path)
        if kind is NodeKind.SELF_ATTRIBUTE:
            return VirtualNode(kind, key, path, self._keys[self._holders[number]])
        return module_value(path) if kind is NodeKind.MODULE_VALUE else VirtualNode(kind, key, path)

    def name_of(self, number: int) -> str:
        """The name of a node that is no symbol."""
        if self.first_shared <= number < self.size:
            return self._shared_names[number - self.first_shared]
        node = self.node(number)
        return node.name if isinstance(node, VirtualNode) else ""

    def symbol(self, number: int) -> Symbol:
        """The symbol of a number that is known to be one."""
        node = self.node(number)
        if not isinstance(node, Symbol):
            raise TypeError(f"{node} is no symbol")
        return node

    def nodeid(self, number: int) -> str:
        """The nodeid of a test."""
        if number < self.size:
            return self.path(number) + self._keys[number]
        node = self._added_nodes[number - self.size]
        return node.name if isinstance(node, VirtualNode) else ""

    def path(self, number: int) -> str:
        """The file of a stored node."""
        return self.paths[bisect_right(self._starts, number) - 1]

    def file_of(self, number: int) -> str:
        """The file that a node belongs to; empty for one that all files share."""
        if number < self.first_shared:
            return self.path(number)
        return "" if number < self.size else self._added_nodes[number - self.size].file

    def by_file(self) -> dict[str, list[int]]:
        """All nodes that belong to a file, by file."""
        pairs = zip(self._starts, self._starts[1:], strict=False)
        found = {p: [*range(*pair)] for p, pair in zip(self.paths, pairs, strict=True)}
        for node, number in self.added.items():
            if node.file:
                found.setdefault(node.file, []).append(number)
        return found

    def symbols_in(self, file: int) -> dict[str, int]:
        """The stored symbols of a file, given by its number: qualified names with their nodes."""
        symbols = self._symbols.get(file)
        if symbols is None:
            numbers = range(self._starts[file], self._virtual_starts[file])
            symbols = self._symbols[file] = {self._keys[n]: n for n in numbers}
        return symbols

    def _virtual_in(self, file: int) -> dict[Node, int]:
        nodes = self._virtual.get(file)
        if nodes is None:
            numbers = range(self._virtual_starts[file], self._starts[file + 1])
            nodes = self._virtual[file] = {self.node(n): n for n in numbers}
        return nodes

    def modules(self, paths: Iterable[str]) -> set[int]:
        """The nodes of the modules of stored files."""
        return {self.symbols_in(self.number_of_path[path])[""] for path in paths}

    def all_modules(self) -> set[int]:
        """The nodes of all modules, but for those of files that are gone."""
        # The name of a module is empty, so it comes first among the symbols of its file.
        stored = {n for n in self._starts[:-1] if not self.stale[n]}
        return stored.union(self.modules(self.relinked.keys() & self.number_of_path.keys())).union(
            n for node, n in self.added.items() if isinstance(node, Symbol) and not node.qualname
        )

    def stored_tests_in(self, path: str) -> list[str]:
        """The nodeids that are stored of a file."""
        file = self.number_of_path.get(path)
        if file is None:
            return []
        numbers = range(self._virtual_starts[file], self._starts[file + 1])
        return [path + self._keys[n] for n in numbers if self.node_kinds[n] == NodeKind.TEST]

    def attribute_patterns(self) -> list[int]:
        """All nodes for attributes of which only a part is known, or nothing."""
        kinds = (NodeKind.ATTRIBUTE_PATTERN, NodeKind.ANY_ATTRIBUTE)
        low, high = self._shared_starts[kinds[0]], self._shared_starts[kinds[-1] + 1]
        stored = range(self.first_shared + low, self.first_shared + high)
        return [*stored, *(n for node, n in self.added.items() if kind_of(node) in kinds)]
