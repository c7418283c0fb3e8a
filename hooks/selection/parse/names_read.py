"""Which names code mentions, and which it reads when it runs."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable


def names_in(node: ast.AST) -> set[str]:
    """All names in some code, wherever in it they stand."""
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def names_read(node: ast.AST) -> set[str]:
    """Names that an expression or statement reads when it runs, not later in a function.

    Left out are those that it binds itself.
    """
    read: set[str] = set()
    bound: set[str] = set()
    pending = [node]
    while pending:
        part = pending.pop()
        if isinstance(part, ast.Name):
            (read if isinstance(part.ctx, ast.Load) else bound).add(part.id)
        elif isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            bound.add(part.name)
        pending += _RUN_NOW.get(type(part), ast.iter_child_nodes)(part)
    return read - bound


def _defaults(node: ast.Lambda) -> list[ast.expr]:
    return [d for d in (*node.args.defaults, *node.args.kw_defaults) if d]


_RUN_NOW: dict[type[ast.AST], Callable[..., Iterable[ast.AST]]] = {
    ast.FunctionDef: lambda node: node.decorator_list,
    ast.AsyncFunctionDef: lambda node: node.decorator_list,
    ast.ClassDef: lambda node: node.decorator_list,
    ast.Lambda: _defaults,
    ast.GeneratorExp: lambda node: [node.generators[0].iter],
}
"""The parts of a node that run with it, where those are not all."""
