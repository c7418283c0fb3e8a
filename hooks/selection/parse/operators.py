"""The methods behind operators, statements and calls that name none of them."""

from __future__ import annotations

import ast
from collections.abc import Callable

from .syntax import is_constant

_STATEMENTS: dict[type[ast.AST], tuple[str, ...]] = {
    ast.With: ("__enter__", "__exit__"),
    ast.AsyncWith: ("__aenter__", "__aexit__"),
    ast.AsyncFor: ("__aiter__", "__anext__"),
    ast.Await: ("__await__",),
    ast.YieldFrom: ("__await__",),
    ast.UnaryOp: ("__neg__", "__pos__", "__invert__"),
}
"""Statements and expressions that always may run the same methods."""
_ARITHMETIC: dict[type[ast.AST], str] = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "truediv", ast.FloorDiv: "floordiv",
    ast.Mod: "mod", ast.Pow: "pow", ast.MatMult: "matmul", ast.LShift: "lshift",
    ast.RShift: "rshift", ast.BitAnd: "and", ast.BitOr: "or", ast.BitXor: "xor",
}  # fmt: skip
_ARITHMETIC_METHODS: dict[type[ast.AST], tuple[str, ...]] = {
    kind: (f"__{name}__", f"__r{name}__", f"__i{name}__") for kind, name in _ARITHMETIC.items()
}
_ORDER = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_EQUALITY = (ast.Eq, ast.NotEq, ast.In, ast.NotIn)
_ORDERING = ("__lt__", "__le__", "__gt__", "__ge__")
OPERATORS = frozenset(
    (
        *(name for names in _STATEMENTS.values() for name in names),
        *(name for names in _ARITHMETIC_METHODS.values() for name in names),
        *_ORDERING,
        "__setitem__",
        "__delitem__",
        "__delattr__",
    )
)
"""Methods that run only through an operator or a statement, which counts as their name."""
CONTEXT_MANAGER_METHODS = (*_STATEMENTS[ast.With], *_STATEMENTS[ast.AsyncWith])
"""The methods of context managers."""
ITERATOR_METHODS = ("__iter__", "__next__")
ITERATING_NODES = frozenset((ast.comprehension, ast.YieldFrom))
"""Expressions that iterate over a value."""
_DISPLAYS = (ast.Tuple, ast.List, ast.Set, ast.Dict, ast.Constant, ast.JoinedStr)
_GIVING_PLAIN = frozenset(("range", "partition", "rpartition", "split", "rsplit", "splitlines",
                           "splitext", "divmod", "items", "keys", "values"))  # fmt: skip
"""Calls that give what no class of the project is."""
DIRECT_ONLY = frozenset((*ITERATOR_METHODS, "__eq__"))
"""Methods that are noted only in `Direct.attributes`, where the import-time view of the graph reads them."""
ITERATING_CALLS = frozenset(("list", "tuple", "set", "frozenset", "sorted", "dict", "enumerate", "zip", "map", "filter",
                      "any", "all", "sum", "min", "max", "iter", "next", "join", "extend", "update", "chain",
                      "deque", "Counter", "reversed", "starmap", "product"))  # fmt: skip
"""Calls that iterate over what they are given."""
STORING_CALLS = frozenset(("setitem", "delitem", "pop", "popitem", "clear", "update", "setdefault"))
"""Calls that store or remove an item of what they are given."""
OPERATING_CALLS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("sorted", "sort", "min", "max", "heappush", "heappop", "heapify", "merge",
                     "nlargest", "nsmallest", "bisect", "insort", "bisect_left", "bisect_right"), _ORDERING),
    **dict.fromkeys(("sum", "accumulate", "reduce"), tuple(
        sorted(name for names in _ARITHMETIC_METHODS.values() for name in names))),
    **dict.fromkeys(STORING_CALLS, ("__setitem__", "__delitem__")),
    **dict.fromkeys(("run", "gather", "wait", "wait_for", "create_task", "ensure_future", "shield",
                     "start_soon", "start", "run_until_complete", "as_completed", "to_thread"), ("__await__",)),
    **dict.fromkeys(("anext", "aiter"), _STATEMENTS[ast.AsyncFor]),
    "closing": ("close",),
    "aclosing": ("aclose",),
}  # fmt: skip
"""Calls that use operators on what they are given."""


def methods_behind(node: ast.AST) -> tuple[str, ...]:
    """The methods that an operator or statement of `OPERATING_NODES` may run, but for `DIRECT_ONLY`."""
    kind = type(node)
    methods = _STATEMENTS.get(kind)
    return _METHODS[kind](node) if methods is None else methods


def _methods_of_item(node: ast.Subscript) -> tuple[str, ...]:
    if isinstance(node.ctx, ast.Load):
        return ()
    return ("__setitem__",) if isinstance(node.ctx, ast.Store) else ("__delitem__",)


def _methods_of_comparison(node: ast.Compare) -> tuple[str, ...]:
    return _ORDERING if any(isinstance(op, _ORDER) for op in node.ops) else ()


_METHODS: dict[type[ast.AST], Callable[..., tuple[str, ...]]] = {
    ast.BinOp: lambda node: _ARITHMETIC_METHODS.get(type(node.op), ()),
    ast.AugAssign: lambda node: _ARITHMETIC_METHODS.get(type(node.op), ()),
    ast.Compare: _methods_of_comparison,
    ast.Subscript: _methods_of_item,
    ast.comprehension: lambda node: _STATEMENTS[ast.AsyncFor] if node.is_async else (),
}
OPERATING_NODES = frozenset((*_STATEMENTS, *_METHODS))
"""The nodes behind which `methods_behind` sees methods."""


def may_ask_equality(node: ast.Compare, foreign: Callable[[ast.expr], bool]) -> bool:
    """Whether a comparison may run an `__eq__` of the project.

    Not where a side of it holds only constants, or is `foreign`: of the standard library.
    """
    sides = (node.left, *node.comparators)
    return any(isinstance(op, _EQUALITY) for op in node.ops) and not any(
        is_constant(side) or foreign(side) for side in sides
    )


def may_iterate(value: ast.expr) -> bool:
    """Whether taking a value apart, or going through it, may run an `__iter__` of the project."""
    if isinstance(value, ast.Call):
        function = value.func
        name = function.attr if isinstance(function, ast.Attribute) else ""
        name = function.id if isinstance(function, ast.Name) else name
        return name not in _GIVING_PLAIN
    return not isinstance(value, _DISPLAYS)
