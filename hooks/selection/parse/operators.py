"""The methods behind operators, statements and calls that name none of them."""

from __future__ import annotations

import ast
from collections.abc import Callable

_OPERATORS: dict[type[ast.AST], tuple[str, ...]] = {
    ast.With: ("__enter__", "__exit__"),
    ast.AsyncWith: ("__aenter__", "__aexit__"),
    ast.AsyncFor: ("__aiter__", "__anext__"),
    ast.Await: ("__await__",),
    ast.YieldFrom: ("__await__",),
    ast.UnaryOp: ("__neg__", "__pos__", "__invert__"),
}
OPERATING = {*_OPERATORS, ast.BinOp, ast.AugAssign, ast.Compare, ast.Subscript, ast.comprehension}
_ARITHMETIC: dict[type[ast.AST], str] = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "truediv", ast.FloorDiv: "floordiv",
    ast.Mod: "mod", ast.Pow: "pow", ast.MatMult: "matmul", ast.LShift: "lshift",
    ast.RShift: "rshift", ast.BitAnd: "and", ast.BitOr: "or", ast.BitXor: "xor",
}  # fmt: skip
ITERATING = {ast.For, ast.comprehension, ast.Starred, ast.YieldFrom}
_ORDER = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_EQUAL = (ast.Eq, ast.NotEq, ast.In, ast.NotIn)
_ORDERING = ("__lt__", "__le__", "__gt__", "__ge__")
OPERATORS = frozenset(
    (
        *(name for names in _OPERATORS.values() for name in names),
        *(f"__{mark}{name}__" for name in _ARITHMETIC.values() for mark in ("", "r", "i")),
        *_ORDERING,
        "__setitem__",
        "__delitem__",
        "__delattr__",
    )
)
"""Methods that run only through an operator or a statement, which counts as their name."""
MANAGING = (*_OPERATORS[ast.With], *_OPERATORS[ast.AsyncWith])
ITERATION = ("__iter__", "__next__")
NAMED_LATER = frozenset((*ITERATION, "__eq__"))
"""Methods whose uses are noted only in `touches`: what runs at import is told apart by them."""
ITERATING_CALLS = frozenset(("list", "tuple", "set", "frozenset", "sorted", "dict", "enumerate", "zip", "map", "filter",
                      "any", "all", "sum", "min", "max", "iter", "next", "join", "extend", "update", "chain",
                      "deque", "Counter", "reversed", "starmap", "product"))  # fmt: skip
STORING_CALLS = frozenset(("setitem", "delitem", "pop", "popitem", "clear", "update", "setdefault"))
"""Calls that store or remove an item of what they are given."""
OPERATING_CALLS: dict[str, tuple[str, ...]] = {
    # Calls that use operators on what they are given.
    **dict.fromkeys(("sorted", "sort", "min", "max", "heappush", "heappop", "heapify", "merge",
                     "nlargest", "nsmallest", "bisect", "insort", "bisect_left", "bisect_right"), _ORDERING),
    **dict.fromkeys(("sum", "accumulate", "reduce"), tuple(
        sorted(n for n in OPERATORS if n[2:-2].lstrip("ri") in _ARITHMETIC.values() or n[2:-2] in _ARITHMETIC.values()))),
    **dict.fromkeys(STORING_CALLS, ("__setitem__", "__delitem__")),
    **dict.fromkeys(("run", "gather", "wait", "wait_for", "create_task", "ensure_future", "shield",
                     "start_soon", "start", "run_until_complete", "as_completed", "to_thread"), ("__await__",)),
    **dict.fromkeys(("anext", "aiter"), _OPERATORS[ast.AsyncFor]),
    "closing": ("close",),
    "aclosing": ("aclose",),
}  # fmt: skip


def methods_behind(node: ast.AST, kind: type[ast.AST]) -> tuple[str, ...]:
    """The methods that an operator or statement of `OPERATING` may run, but for `NAMED_LATER`."""
    if kind in _OPERATORS:
        return _OPERATORS[kind]
    if kind is ast.BinOp or kind is ast.AugAssign:
        name = _ARITHMETIC.get(type(node.op))  # type: ignore[attr-defined]
        return (f"__{name}__", f"__r{name}__", f"__i{name}__") if name else ()
    if kind is ast.Compare:
        return _ORDERING if any(isinstance(op, _ORDER) for op in node.ops) else ()  # type: ignore[attr-defined]
    if kind is ast.Subscript and not isinstance(node.ctx, ast.Load):  # type: ignore[attr-defined]
        return ("__setitem__",) if isinstance(node.ctx, ast.Store) else ("__delitem__",)  # type: ignore[attr-defined]
    if kind is ast.comprehension and node.is_async:  # type: ignore[attr-defined]
        return _OPERATORS[ast.AsyncFor]
    return ()


def may_ask_equality(node: ast.Compare, foreign: Callable[[ast.expr], bool]) -> bool:
    """Whether a comparison may run an `__eq__` of the project.

    Not where a side of it holds only constants, or is `foreign`: of the standard library.
    """
    sides = (node.left, *node.comparators)
    return any(isinstance(op, _EQUAL) for op in node.ops) and not any(
        _is_constant(side) or foreign(side) for side in sides
    )


def _is_constant(node: ast.expr) -> bool:
    if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
        return all(map(_is_constant, node.elts))
    return isinstance(node, ast.Constant)
