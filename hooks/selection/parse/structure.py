"""The structure of code as a text: equal where only comments, layout or docstrings differ."""

from __future__ import annotations

import ast

from .syntax import FUNCTIONS

_ALL_LEVELS = 1_000
_IGNORED_FIELDS = frozenset(("ctx", "type_comment", "kind"))


def structure_of(node: ast.AST, levels: int = _ALL_LEVELS) -> str:
    """The structure of a node without positions and docstrings.

    `levels` is how many functions may lie in each other, this one counted, before their bodies
    are left out.
    """
    out: list[str] = []
    _write(node, out, levels)
    return "".join(out)


def structure_of_all(nodes: list[ast.expr] | list[ast.AST]) -> str:
    """The structures of nodes that belong together."""
    return "|".join(map(structure_of, nodes))


def _write(part: object, out: list[str], levels: int) -> None:
    if isinstance(part, ast.AST):
        _write_node(part, out, levels)
    elif isinstance(part, list):
        out.append("[")
        for element in part:
            _write(element, out, levels)
            out.append(",")
        out.append("]")
    else:
        out.append(repr(part))


def _write_node(node: ast.AST, out: list[str], levels: int) -> None:
    out.append(type(node).__name__)
    out.append("(")
    for field in node._fields:
        if field in _IGNORED_FIELDS:
            continue
        if field == "body" and isinstance(node, FUNCTIONS):
            _write(_without_docstrings(node.body) if levels else [], out, levels - 1)
        elif field == "body" and isinstance(node, ast.ClassDef):
            _write(_without_docstrings(node.body), out, levels)
        else:
            _write(getattr(node, field, None), out, levels)
        out.append(",")
    out.append(")")


def _without_docstrings(body: list[ast.stmt]) -> list[ast.stmt]:
    return [s for s in body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]
