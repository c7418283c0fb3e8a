"""Expressions with holes, `get($name)`: what looks like one, and what fills another one."""

from __future__ import annotations

import dataclasses
import re

import libcst as cst

_HOLE = r"\$(\w+)"
_LAYOUT = re.compile(
    r"whitespace|trailing|^(?:[lr](?:par|bracket|brace)|comma|equal|dot|semicolon|colon)$"
)
Holes = dict[str, cst.BaseExpression]


def parsed(pattern: str) -> cst.BaseExpression:
    """The tree of an expression whose holes are names."""
    return cst.parse_expression(re.sub(_HOLE, r"__hole_\1", pattern))


def holes_of(pattern: cst.BaseExpression, node: cst.CSTNode) -> Holes | None:
    """What stands in the holes of a pattern if a node looks like it; else None."""
    holes: Holes = {}
    return holes if _matches(pattern, node, holes) else None


def names_in(pattern: str) -> set[str]:
    """The names of the holes."""
    return set(re.findall(_HOLE, pattern))


def filled(pattern: str, holes: Holes) -> cst.BaseExpression:
    """A pattern with its holes filled, in parentheses where they are needed."""
    texts = {name: cst.Module([]).code_for_node(node) for name, node in holes.items()}
    plain = re.sub(_HOLE, lambda hole: texts[hole[1]], pattern)
    safe = cst.parse_expression(re.sub(_HOLE, lambda hole: f"({texts[hole[1]]})", pattern))
    try:
        expression = cst.parse_expression(plain)
    except cst.ParserSyntaxError:
        return safe
    return expression if _matches(safe, expression, {}) else safe


def _matches(pattern: cst.CSTNode, node: cst.CSTNode, holes: Holes) -> bool:
    if isinstance(pattern, cst.Name) and pattern.value.startswith("__hole_"):
        name = pattern.value.removeprefix("__hole_")
        if not isinstance(node, cst.BaseExpression):
            return False
        if name in holes:
            return _matches(holes[name], node, {})
        holes[name] = node
        return True
    if type(pattern) is not type(node):
        return False
    if isinstance(pattern, cst.SimpleString) and isinstance(node, cst.SimpleString):
        return pattern.evaluated_value == node.evaluated_value
    fields = [f.name for f in dataclasses.fields(pattern) if not _LAYOUT.search(f.name)]
    return all(_equal(getattr(pattern, f), getattr(node, f), holes) for f in fields)


def _equal(pattern: object, part: object, holes: Holes) -> bool:
    if isinstance(pattern, cst.CSTNode):
        return isinstance(part, cst.CSTNode) and _matches(pattern, part, holes)
    if isinstance(pattern, (list, tuple)) and isinstance(part, (list, tuple)):
        pairs = zip(pattern, part, strict=False)
        return len(pattern) == len(part) and all(_equal(a, b, holes) for a, b in pairs)
    return pattern == part
