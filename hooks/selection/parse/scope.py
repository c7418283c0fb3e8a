"""Which names are local where an expression stands."""

from __future__ import annotations

import ast

from .syntax import last_of, parts_of


class Scope:
    """Names that are local where an expression stands, and what is known of them."""

    __slots__ = ("aliases", "local", "own")

    def __init__(self, local: set[str], own: str, aliases: dict[str, str]):
        self.local = local
        self.own = own
        self.aliases = aliases


TOP = Scope(set(), "", {})


_BINDING = {
    # Where in a statement names may be bound, if no expression binds one.
    ast.Assign: ("targets",), ast.AnnAssign: ("target",), ast.AugAssign: ("target",),
    ast.For: ("target", "body", "orelse"), ast.AsyncFor: ("target", "body", "orelse"),
    ast.With: ("items", "body"), ast.AsyncWith: ("items", "body"), ast.withitem: ("optional_vars",),
    ast.If: ("body", "orelse"), ast.While: ("body", "orelse"),
    ast.Expr: (), ast.Return: (), ast.Raise: (), ast.Assert: (), ast.Delete: (),
}  # fmt: skip


def bindings_of(
    body: list[ast.stmt], bound: set[str], outside: set[str], *, expressions: bool
) -> None:
    """Names that statements of a function bind, not those in functions inside it.

    Targets of comprehensions are left out: they are local to the comprehension only.
    Without `expressions` none of these binds a name (`:=`), which saves looking.
    """
    todo: list[ast.AST] = list(body)
    while todo:
        node = todo.pop()
        kind = type(node)
        if kind is ast.Name:
            if isinstance(node.ctx, ast.Store):  # type: ignore[attr-defined]
                bound.add(node.id)  # type: ignore[attr-defined]
        elif kind in (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef):
            bound.add(node.name)  # type: ignore[attr-defined]
        elif kind is ast.Lambda:
            continue
        elif kind in (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp):
            todo += [n for n in ast.walk(node) if isinstance(n, ast.NamedExpr)]
        elif kind in (ast.Global, ast.Nonlocal):
            if kind is ast.Global:
                outside.update(node.names)  # type: ignore[attr-defined]
        elif kind in (ast.Import, ast.ImportFrom):
            bound.update((a.asname or a.name).partition(".")[0] for a in node.names)  # type: ignore[attr-defined]
        else:
            name = getattr(node, "name", None)  # except ... as name, case ... as name
            if isinstance(name, str):
                bound.add(name)
            todo += parts_of(node, None if expressions else _BINDING.get(kind))


def is_own(node: ast.expr, scope: Scope) -> bool:
    """Whether an expression is `self`, as the method at hand calls it, or `super()`."""
    if isinstance(node, ast.Name):
        return bool(scope.own) and node.id == scope.own
    return (
        isinstance(node, ast.Call)
        and last_of(node.func) == "super"
        and isinstance(node.func, ast.Name)
    )
