"""Uses of a name within a function, and which of them give it another value."""

from __future__ import annotations

from collections.abc import Mapping

import libcst as cst


def uses_of(function: cst.FunctionDef, name: str) -> list[cst.Name]:
    """The places where a function says a name: no attributes, no keywords of calls."""
    uses: list[cst.Name] = []
    stack: list[cst.CSTNode] = [function.params, function.body]
    while stack:
        node = stack.pop()
        if isinstance(node, cst.Name) and node.value == name:
            uses.append(node)
        elif isinstance(node, (cst.Attribute, cst.Arg)):
            stack.append(node.value)
        else:
            stack += node.children
    return uses


def gives_value(parent: Mapping[cst.CSTNode, cst.CSTNode], node: cst.CSTNode) -> bool:
    """Whether a place gives what a node names another value, or takes it away."""
    inner, above = node, parent[node]
    while isinstance(above, (cst.BaseElement, cst.Tuple, cst.List)):
        inner, above = above, parent[above]
    if isinstance(above, (cst.AssignTarget, cst.Del, cst.AsName)):
        return True
    return inner in (getattr(above, "target", None), getattr(above, "name", None))
