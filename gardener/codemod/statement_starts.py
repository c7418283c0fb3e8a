"""Where the simple statements of a libcst tree begin, as `ast` tells: libcst's own positions cost half of parsing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

import libcst as cst

from gardener.codemod.by_ast import tree_of
from gardener.codemod.file_text import line_starts

if TYPE_CHECKING:
    from gardener.codemod.node_index import NodeIndex

_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")
_CALLED = {"Delete": "Del"}
"""What libcst calls a statement of `ast`, if otherwise."""


def starts_of(index: NodeIndex) -> dict[cst.CSTNode, int]:
    """The offset of each simple statement in the text of a tree; none where `ast` sees other ones."""
    tree = tree_of(index.text)
    if tree is None:
        return {}
    lines = line_starts(index.text)
    places = [(lines[s.lineno - 1] + s.col_offset, _kind(s)) for s in _simple(tree)]
    small = index.find(cst.BaseSmallStatement)  # type: ignore[type-abstract]
    nodes = sorted(small, key=index.order.__getitem__)
    if [type(node).__name__ for node in nodes] != [kind for _, kind in places]:
        return {}
    return {node: at for node, (at, _) in zip(nodes, places, strict=True)}


def _simple(node: ast.AST) -> Iterator[ast.stmt]:
    """The simple statements below a node, in the order of the text."""
    parts = [part for block in _BLOCKS for part in _block(node, block)]
    if not parts and isinstance(node, ast.stmt):
        yield node
    for part in sorted(parts, key=_place):
        yield from _simple(part)


def _block(node: ast.AST, name: str) -> list[ast.AST]:
    block = getattr(node, name, ())
    return block if isinstance(block, list) else []


def _place(node: ast.AST) -> tuple[int, int]:
    """Where a part begins; a `case` by its first statement."""
    first = node if hasattr(node, "lineno") else _block(node, "body")[0]
    assert isinstance(first, (ast.stmt, ast.ExceptHandler))
    return first.lineno, first.col_offset


def _kind(statement: ast.stmt) -> str:
    name = type(statement).__name__
    return _CALLED.get(name, name)
