"""A tree without the bodies of functions that cannot matter, to find out quickly what names mean.

libcst needs longer for the scopes of a file than for all else together. What a function binds is
seen in it alone, unless it says `global`: one in which none of the names in question occurs can be
left out.
"""

from __future__ import annotations

import re

import libcst as cst
from libcst import metadata

from gardener.codemod.node_index import NodeIndex

_EMPTY = cst.SimpleStatementSuite([cst.Pass()])


class Pruned:
    """The rest of a tree, and how its nodes that had to be built anew go with those of the tree."""

    def __init__(self, index: NodeIndex, words: re.Pattern[str]) -> None:
        self.new: dict[cst.CSTNode, cst.CSTNode] = {}
        self.old: dict[cst.CSTNode, cst.CSTNode] = {}
        self.left_out: set[cst.CSTNode] = set()
        self._kept = _mattering(index, words)
        module = index.module
        body = [self._statement(statement) for statement in module.body]
        self._built(module, module.with_changes(body=body))
        self.wrapper = metadata.MetadataWrapper(self.new[module], unsafe_skip_copy=True)  # type: ignore[arg-type]

    def _built(self, old: cst.CSTNode, new: cst.CSTNode) -> cst.CSTNode:
        self.new[old], self.old[new] = new, old
        return new

    def _statement(self, node: cst.CSTNode) -> cst.CSTNode:
        if isinstance(node, cst.FunctionDef) and node not in self._kept:
            self.left_out.add(node)
            return self._built(node, node.with_changes(body=_EMPTY))
        if not isinstance(node, cst.ClassDef):
            return node
        inner = [self._statement(statement) for statement in node.body.body]
        if all(new is old for new, old in zip(inner, node.body.body, strict=True)):
            return node
        block = self._built(node.body, node.body.with_changes(body=inner))
        return self._built(node, node.with_changes(body=block))


def _mattering(index: NodeIndex, words: re.Pattern[str]) -> set[cst.CSTNode]:
    """The nodes around all that a name in question occurs in, and around `global`."""
    nodes: list[cst.CSTNode] = [n for n in index.find(cst.Name) if words.search(n.value)]
    nodes += index.find(cst.Global)
    mattering: set[cst.CSTNode] = set()
    for node in nodes:
        for around in index.ancestors(node):
            if around in mattering:
                break
            mattering.add(around)
    return mattering
