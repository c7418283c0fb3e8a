"""Which function, class or module has a name at a place of a libcst tree, by the interpreter's tables."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import libcst as cst

from gardener.codemod.symbols import Symbols

if TYPE_CHECKING:
    from gardener.codemod.node_index import NodeIndex

_HOLDERS = (cst.FunctionDef, cst.ClassDef)


class TreeSymbols(Symbols[cst.CSTNode]):
    """The symbol tables of one tree, and what they say of a place in it."""

    def __init__(self, index: NodeIndex) -> None:
        super().__init__(index.text, index.module, self._definitions)
        self.index = index

    def owner_at(self, name: str, node: cst.CSTNode) -> cst.CSTNode | None:
        """The function, the class or the module whose name one is at a place; None = not told."""
        above = self.index.parent.get(node)
        if isinstance(above, cst.Param) and above.name is node:
            return None
        scope = self._around(node)
        owner = self.owner(name, scope)
        return None if owner is None or self.is_in_part(name, scope, owner) else owner

    def owner_in(self, name: str, holder: cst.CSTNode) -> cst.CSTNode | None:
        """The same in a whole function, class or module, in a lambda or in a comprehension."""
        is_whole = isinstance(holder, (*_HOLDERS, cst.Module))
        return self.owner(name, holder) if is_whole else self.owner_at(name, holder)

    def holder(self, node: cst.CSTNode) -> cst.CSTNode:
        """The function, the class or the module that a statement stands in."""
        holders = (*_HOLDERS, cst.Module)
        return next(each for each in self.index.ancestors(node) if isinstance(each, holders))

    def _around(self, node: cst.CSTNode) -> cst.CSTNode:
        """The innermost function or class in whose body a node is, else the module."""
        inner = node
        for around in self.index.ancestors(node):
            if isinstance(around, _HOLDERS) and inner is around.body:
                return around
            inner = around
        return self.index.module

    def _definitions(self) -> dict[cst.CSTNode, list[tuple[str, cst.CSTNode]]]:
        """The functions and classes in each, and in the module."""
        inside: dict[cst.CSTNode, list[tuple[str, cst.CSTNode]]] = defaultdict(list)
        functions, classes = self.index.find(cst.FunctionDef), self.index.find(cst.ClassDef)
        nodes: list[cst.FunctionDef | cst.ClassDef] = [*functions, *classes]
        for node in sorted(nodes, key=self.index.order.__getitem__):
            inside[self.holder(node)].append((node.name.value, node))
        return inside
