"""Expressions that give a part of what a list, a dictionary or the like holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import libcst as cst

from gardener.codemod.class_facts import Form


class Container(NamedTuple):
    """What holds a part, and the forms in which it has to hold it for the part to be one."""

    expression: cst.BaseExpression
    forms: tuple[Form, ...]


def element_of(node: cst.Subscript) -> Container | None:
    """What `held[key]` is taken from; a slice is no element."""
    if len(node.slice) == 1 and isinstance(node.slice[0].slice, cst.Index):
        return Container(node.value, ("many", "values"))
    return None


def taken_from(call: cst.Call) -> Container | None:
    """What `held.get(key)` or `held.pop()` takes a part of: without a default, which may be anything."""
    method = call.func
    if not isinstance(method, cst.Attribute) or any(arg.star or arg.keyword for arg in call.args):
        return None
    name, number = method.attr.value, len(call.args)
    if number == 1 and name in ("get", "pop"):
        return Container(method.value, ("values", "many") if name == "pop" else ("values",))
    return Container(method.value, ("many",)) if name == "pop" and not number else None


def iterated(
    target: cst.Name, parent: Mapping[cst.CSTNode, cst.CSTNode], enumerates: bool
) -> Container | None:
    """What a loop takes the part from that it gives to a name.

    `enumerates` says that `enumerate` is the built-in function.
    """
    above = parent.get(target)
    place = -1
    if isinstance(above, cst.Element):
        pair = parent[above]
        if not isinstance(pair, cst.Tuple) or len(pair.elements) != 2:
            return None
        place = pair.elements.index(above)
        above, inner = parent[pair], pair
    else:
        inner = target  # type: ignore[assignment]
    if not isinstance(above, (cst.For, cst.CompFor)) or above.target is not inner:
        return None
    if above.asynchronous is not None:
        return None
    return _iterated(above.iter, place, enumerates)


def _iterated(node: cst.BaseExpression, place: int, enumerates: bool) -> Container | None:
    """What an iterated expression takes its parts from; `place` is that in a pair, or -1."""
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and not node.args:
        number = {"values": -1, "items": 1}.get(node.func.attr.value)
        if number is not None:
            return Container(node.func.value, ("values",)) if place == number else None
    if place == -1:
        return Container(node, ("many",))
    if place == 1 and enumerates and isinstance(node, cst.Call) and len(node.args) == 1:
        if isinstance(node.func, cst.Name) and node.func.value == "enumerate":
            return Container(node.args[0].value, ("many",))
    return None
