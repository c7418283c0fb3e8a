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


class _Uses(NamedTuple):
    """The nodes of attributes of `self`, by the attribute that each means.

    `added` are those in files that were laid over, with what `meant_by` says of each.
    """

    by_attribute: dict[int, list[int]]
    added: dict[int, tuple[int, int]]


class AttributeIndex:
    """Finds the nodes for attributes that may mean a symbol."""

    def __init__(self, stored: StoredGraph, nodes: NodeTable) -> None:
        self._stored = stored
        self._nodes = nodes
        self._kinds = nodes.node_kinds
        self._attributes, self._owners = stored.arrays["attribute"], stored.arrays["holder"]
        self._uses: _Uses | None = None
        self._by_class: dict[int, dict[int, list[int]]] = {}
        self._patterns: list[Pattern] | None = None
        self._all_on_self: frozenset[int] | None = None

    def of_self(self, attribute_node: int) -> Sequence[SelfAttribute]:
        """The uses on `self` of an attribute, given by the node for a value of unknown type."""
        nodes = self._index().by_attribute.get(attribute_node, ())
        return [SelfAttribute(node, self._class_of(node)) for node in nodes]

    def by_class(self, attribute_node: int) -> dict[int, list[int]]:
        """The nodes of the uses on `self` of an attribute, by the class in which they are."""
        uses = self._by_class.get(attribute_node)
        if uses is None:
            uses = self._by_class[attribute_node] = defaultdict(list)
            for node in self._index().by_attribute.get(attribute_node, ()):
                uses[self._class_of(node)].append(node)
        return uses

    def _class_of(self, node: int) -> int:
        meant = self._index().added.get(node)
        return meant[1] if meant else self._owners[node]

    def meant_by(self, node: int) -> tuple[int, int] | None:
        """What an attribute of `self` means: the attribute, and the class in which it is used."""
        if node < self._nodes.first_shared and self._kinds[node] == NodeKind.SELF_ATTRIBUTE:
            return self._attributes[node], self._owners[node]
        return self._index().added.get(node) if node >= self._nodes.size else None

    def on_self(self) -> frozenset[int]:
        """All nodes for attributes of `self`: those of which `meant_by` knows something."""
        if self._all_on_self is None:
            stored = self._stored.arrays["self_attributes"]
            self._all_on_self = frozenset(stored).union(self._index().added)
        return self._all_on_self

    def _index(self) -> _Uses:
        if self._uses is None:
            uses = self._uses = _Uses(defaultdict(list), {})
            stale, attributes = self._nodes.stale, self._attributes
            for number in self._stored.arrays["self_attributes"]:
                if not stale[number]:
                    uses.by_attribute[attributes[number]].append(number)
            add = self._nodes.add
            for node in dict.fromkeys(self._relinked()):
                number, name = add(node), add(attribute(node.name))
                uses.added[number] = name, add(Symbol(node.file, node.owner))
                uses.by_attribute[name].append(number)
        return self._uses

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
            self._patterns = []
            for number in self._nodes.attribute_patterns():
                node = self._nodes.node(number)
                if node == ANY_ATTRIBUTE:
                    glob = "*"
                else:
                    glob = node.name if isinstance(node, VirtualNode) else ""
                    self._patterns.append(Pattern(number, -1, glob))
                uses = self.of_self(number)
                self._patterns += [Pattern(use.node, use.klass, glob) for use in uses]
        return self._patterns
