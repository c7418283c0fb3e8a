"""The nodes of a libcst tree, found without a visit."""

from __future__ import annotations

import dataclasses
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import TypeVar

import libcst as cst

NodeT = TypeVar("NodeT", bound=cst.CSTNode)

_LAYOUT = re.compile(
    r"whitespace|leading_lines|lines_after|trailing_whitespace|(?:header|footer|indent|newline)$"
    r"|[lr](?:par|bracket|brace)$|^(?:comma|equal|dot|semicolon|colon|operator|relative|asynchronous"
    r"|encoding|bar|first|last)$"
)
"""Fields of nodes that hold no code."""

_FIRST = ("decorators", "lpar", "test", "key", "elt", "target")
_FIELDS: dict[type[cst.CSTNode], tuple[str, ...]] = {}


class NodeIndex:
    """All nodes of code in a tree by their type, the parent of each, and their order.

    `text` is what the tree was read from.
    """

    def __init__(self, module: cst.Module, text: bytes) -> None:
        self.module = module
        self.text = text
        self.parent: dict[cst.CSTNode, cst.CSTNode] = {}
        self.order: dict[cst.CSTNode, int] = {}
        self._by_type: dict[type, list[cst.CSTNode]] = defaultdict(list)
        parent, order, by_type = self.parent, self.order, self._by_type
        stack: list[cst.CSTNode] = [module]
        while stack:
            node = stack.pop()
            order[node] = len(order)
            kind = type(node)
            by_type[kind].append(node)
            for name in _FIELDS.get(kind) or _fields(kind):
                value = getattr(node, name)
                if isinstance(value, cst.CSTNode):
                    parent[value] = node
                    stack.append(value)
                elif value.__class__ is tuple or value.__class__ is list:
                    for child in reversed(value):
                        parent[child] = node
                        stack.append(child)

    def find(self, *kinds: type[NodeT]) -> Iterator[NodeT]:
        """All nodes of some kinds, in the order of the text for each of them."""
        for kind in kinds:
            for type_, nodes in self._by_type.items():
                if issubclass(type_, kind):
                    yield from nodes  # type: ignore[misc]

    def ancestors(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """The nodes around a node, from the nearest outwards."""
        parent = self.parent.get(node)
        while parent is not None:
            yield parent
            parent = self.parent.get(parent)


def _fields(kind: type[cst.CSTNode]) -> tuple[str, ...]:
    """The fields of a kind of node that may hold code; the last one in the text comes first."""
    names = [field.name for field in dataclasses.fields(kind) if not _LAYOUT.search(field.name)]
    names.sort(key=lambda name: name not in _FIRST)
    _FIELDS[kind] = tuple(reversed(names))
    return _FIELDS[kind]
