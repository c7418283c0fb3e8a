"""Uses of a name within a function."""

from __future__ import annotations

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
