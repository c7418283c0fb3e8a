"""Expressions that surely run no code of the project and do not fail: names, containers, types."""

from __future__ import annotations

import ast
import builtins
import collections.abc
import typing
from collections.abc import Callable

from .syntax import arguments_of, chain_of, is_marker, last_of

_GENERIC = frozenset(
    {
        *(name for name, value in vars(builtins).items() if isinstance(value, type)),
        *(*typing.__all__, *collections.__all__, *collections.abc.__all__),
        *("ndarray", "NDArray", "Mapped", "ReadOnly", "TypeIs", "LiteralString"),
    }
)
"""Last names of what is subscripted to make a type."""
_LONGEST_VARIABLE = 3
"""Letters of a type variable such as `T` or `KT`; what is longer and in capitals is a constant."""


def is_pure(node: ast.AST) -> bool:
    """Whether evaluating it surely runs no code of the project: names, containers, types."""
    rule = _PURE.get(type(node))
    return rule is not None and rule(node)


def only_binds(targets: list[ast.expr], value: ast.expr) -> bool:
    """Whether an assignment of a value that is there surely does nothing but bind names.

    A tuple of names takes the value apart, which must be a display of as many.
    """
    return all(_is_bound_surely(target, value) for target in targets)


def _is_bound_surely(target: ast.expr, value: ast.expr) -> bool:
    if isinstance(target, ast.Name):
        return True
    return (
        isinstance(target, (ast.Tuple, ast.List))
        and isinstance(value, (ast.Tuple, ast.List))
        and len(target.elts) == len(value.elts)
        and not any(isinstance(element, ast.Starred) for element in value.elts)
        and all(map(_is_bound_surely, target.elts, value.elts))
    )


def _are_pure(nodes: list[ast.expr]) -> bool:
    return all(map(is_pure, nodes))


def _marker_is_pure(node: ast.Call) -> bool:
    return is_marker(chain_of(node.func)) and _are_pure(arguments_of(node))


def _is_type(node: ast.Subscript) -> bool:
    """Whether `a[b]` is a type, and no key that may not be there."""
    last = last_of(node.value)
    if last in _GENERIC:
        return is_pure(node.slice)
    return _is_called_like_type(last) and _consists_of_types(node.slice)


def _is_called_like_type(name: str) -> bool:
    letters = name.lstrip("_")
    return letters[:1].isupper() and (not name.isupper() or len(letters) <= _LONGEST_VARIABLE)


def _consists_of_types(node: ast.expr) -> bool:
    match node:
        case ast.Tuple(elts) | ast.List(elts):
            return all(map(_consists_of_types, elts))
        case ast.BinOp(left, ast.BitOr(), right):
            return _consists_of_types(left) and _consists_of_types(right)
        case ast.Subscript():
            return _is_type(node)
        case ast.Constant(value):
            return value is None or value is ...
    name = last_of(node)
    return name in _GENERIC or _is_called_like_type(name)


_PURE: dict[type[ast.AST], Callable[..., bool]] = {
    ast.Constant: lambda node: True,
    ast.Name: lambda node: True,
    ast.Attribute: lambda node: True,
    ast.Lambda: lambda node: True,
    ast.Load: lambda node: True,
    ast.Store: lambda node: True,
    ast.List: lambda node: _are_pure(node.elts),
    ast.Tuple: lambda node: _are_pure(node.elts),
    ast.Set: lambda node: _are_pure(node.elts),
    ast.Dict: lambda node: _are_pure([k for k in node.keys if k]) and _are_pure(node.values),
    ast.Subscript: _is_type,
    ast.BinOp: lambda node: isinstance(node.op, ast.BitOr) and _are_pure([node.left, node.right]),
    ast.UnaryOp: lambda node: isinstance(node.operand, ast.Constant),
    ast.Call: _marker_is_pure,
}
"""For each kind of expression: whether such a one is pure. What is not here never is."""
