"""Attributes of `self` and attributes that are known in part, and what they may mean."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gardener.model import Symbol

from ..link.nodes import ANY_ATTRIBUTE, NodeKind, VirtualNode, attribute
from .node_table import NodeTable
from .stored_graph import StoredGraph


class SelfAttribute(NamedTuple):
    """The node of an attribute of `self`, and that of the class in which it is used."""

    node: int
    klass: int


class Pattern(NamedTuple):
    """The node of an attribute of which only a part is known.

    `klass` is the class if it is one of `self`, else -1; `glob` is what its name fits.
    """

    node: int
    klass: int
    glob: str


class AttributeIndex:
    """Finds the nodes for attributes that may mean a symbol."""

    def __init__(self, stored: StoredGraph, nodes: NodeTable) -> None:
        self._stored = stored
        self._nodes = nodes
        self._by_attribute: dict[int, list[SelfAttribute]] | None = None
        self._patterns: list[Pattern] | None = None

    def of_self(self, attribute_node: int) -> Sequence[SelfAttribute]:
        """The uses on `self` of an attribute, given by the node for a value of unknown type."""
        return self._index().get(attribute_node, ())

    def _index(self) -> dict[int, list[SelfAttribute]]:
        if self._by_attribute is None:
            self._by_attribute = defaultdict(list)
            attributes, owners = self._stored.arrays["attribute"], self._stored.arrays["holder"]
            for number in self._stored.arrays["self_attributes"]:
                if not self._nodes.stale[number]:
                    use = SelfAttribute(number, owners[number])
                    self._by_attribute[attributes[number]].append(use)
            add = self._nodes.add
            for node in dict.fromkeys(self._relinked()):
                use = SelfAttribute(add(node), add(Symbol(node.file, node.owner)))
                self._by_attribute[add(attribute(node.name))].append(use)
        return self._by_attribute

    def _relinked(self) -> Iterator[VirtualNode]:
        """The attributes of `self` in files that were laid over."""
        for file in self._nodes.relinked.values():
            for dependencies in file.edges.values():
                for node in dependencies:
                    if isinstance(node, VirtualNode) and node.kind is NodeKind.SELF_ATTRIBUTE:
                        yield node

    def patterns(self) -> list[Pattern]:
        """Attributes known in part; those of which nothing is known only where they are of `self`."""
        if self._patterns is None:
            index = self._index()
            self._patterns = []
            for number in self._nodes.attribute_patterns():
                node = self._nodes.node(number)
                if node == ANY_ATTRIBUTE:
                    glob = "*"
                else:
                    glob = node.name if isinstance(node, VirtualNode) else ""
                    self._patterns.append(Pattern(number, -1, glob))
                uses = index.get(number, ())
                self._patterns += [Pattern(use.node, use.klass, glob) for use in uses]
        return self._patterns
