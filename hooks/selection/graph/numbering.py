"""Gives the nodes of linked files their numbers in a graph, and lays rows one after the other."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import NamedTuple

from gardener.model import Symbol

from ..link.nodes import (
    LOADING,
    Node,
    NodeKind,
    VirtualNode,
    attribute,
    kind_of,
    module_value,
    node_of_test,
    script_named,
)
from .compact import CompactFiles
from .node_table import SHARED_KINDS
from .stored_graph import encode

MutableParts = dict[str, "array[int] | bytes"]


class _Rows(NamedTuple):
    """Rows one after the other, and where each begins."""

    flat: array[int]
    starts: array[int]


def _rows(rows: Iterable[Iterable[int]]) -> _Rows:
    packed = _Rows(array("i"), array("i", [0]))
    for row in rows:
        packed.flat.extend(row)
        packed.starts.append(len(packed.flat))
    return packed


def strings(name: str, texts: Iterable[str]) -> MutableParts:
    """A part that holds texts one after the other, and one that says where each begins."""
    blob, starts = bytearray(), array("i", [0])
    for text in texts:
        blob += encode(text)
        starts.append(len(blob))
    return {name: bytes(blob), f"{name}_at": starts}


def with_rows(name: str, rows: Iterable[Iterable[int]]) -> MutableParts:
    """A part that holds rows one after the other, and one that says where each begins."""
    flat, starts = _rows(rows)
    return {name: flat, f"{name}_at": starts}


class Numbers:
    """Gives every node of all files a number: file by file, then those that all files share.

    `ids` are these numbers by node, `of` those by the numbers that linking gave.
    """

    def __init__(self, linked: CompactFiles) -> None:
        self.ids: dict[Node, int] = {}
        self.nodes: list[Node] = list(linked.nodes.numbers)
        self.starts = array("i", [0])
        self.virtual_starts = array("i")
        virtual, shared = self._virtual_nodes(linked)
        for file in linked.files:
            for symbol, _ in file.symbols():
                self._number(self.nodes[symbol])
            self.virtual_starts.append(len(self.ids))
            for node in virtual.pop(file.path):
                self._number(node)
            self.starts.append(len(self.ids))
        self.first_shared = len(self.ids)
        self.shared = sorted(shared, key=lambda node: (node.kind, encode(node.name)))
        for node in self.shared:
            self._number(node)
        self.of = array("i", map(self.ids.__getitem__, self.nodes))

    def _number(self, node: Node) -> None:
        self.ids[node] = len(self.ids)

    def _virtual_nodes(
        self, linked: CompactFiles
    ) -> tuple[dict[str, dict[VirtualNode, None]], set[VirtualNode]]:
        """The nodes of each file that are no symbols, and those that all files share."""
        shared: set[VirtualNode] = set()
        by_file: dict[str, dict[VirtualNode, None]] = {}
        for file in linked.files:
            path = file.path
            by_file[path] = {module_value(path): None}
            by_file[path].update(dict.fromkeys(node_of_test(test, path) for test in file.tests))
        for node in self.nodes:
            if isinstance(node, Symbol):
                shared.add(attribute(node.qualname.rpartition(".")[2]))
                continue
            if node.file:
                by_file[node.file][node] = None
            else:
                shared.add(node)
            if node.kind is NodeKind.SELF_ATTRIBUTE:
                shared.add(attribute(node.name))
            if node.kind is NodeKind.SCRIPT:
                shared.add(LOADING)
                by_file[node.file][script_named(node.file)] = None
        return by_file, shared

    def parts(self) -> MutableParts:
        """The parts from which the nodes can be read again."""
        local = list(self.ids)[: self.first_shared]
        kinds = [node.kind for node in self.shared]
        starts = [sum(kind < end for kind in kinds) for end in (*SHARED_KINDS, len(SHARED_KINDS))]
        return {
            "base": self.starts,
            "virtual": self.virtual_starts,
            "node_kinds": bytes(map(kind_of, local)),
            **strings("keys", map(_key, local)),
            **strings("names", (node.name for node in self.shared)),
            "shared": array("i", starts),
        }


def _key(node: Node) -> str:
    """The text that tells a node from others of its kind in its file (and class)."""
    if isinstance(node, Symbol):
        return node.qualname
    return node.name[len(node.file) :] if node.kind is NodeKind.TEST else node.name
