"""Which names are local where an expression stands."""

from __future__ import annotations

import ast
from collections.abc import Callable

from .syntax import FunctionNode, parameters_of, parts_of


class Scope:
    """What the names mean that are not global where an expression stands.

    `local` are the local names; nothing is known of what they hold. `self_name` is what the method
    around calls its instance; empty outside of methods. `aliases` map names to what they stand for
    in chains: names that the function imports to their local aliases, and in the body of a class
    the members that it has so far to their full names (`Class.member`).
    """

    __slots__ = ("aliases", "local", "self_name")

    def __init__(self, local: set[str], self_name: str, aliases: dict[str, str]):
        self.local = local
        self.self_name = self_name
        self.aliases = aliases

    def inside(self, function: FunctionNode | ast.Lambda, *, walrus: bool) -> Scope:
        """The scope in a function: its parameters and what its body binds are local.

        Without `walrus` no expression of the file binds a name (`:=`), which saves looking.
        """
        names = set(parameters_of(function.args))
        self_name = self.self_name if self.self_name not in names or not self.local else ""
        bindings = Bindings()
        if not isinstance(function, ast.Lambda):
            bindings.read(function.body, walrus=walrus)
        local = (self.local | names | bindings.bound) - bindings.declared_global
        if self_name in bindings.bound:
            self_name = ""
        aliases = {name: key for name, key in self.aliases.items() if name not in names}
        return Scope(local, self_name, aliases)

    def is_self(self, node: ast.expr) -> bool:
        """Whether an expression is `self`, as the method at hand calls it, or `super()`."""
        if isinstance(node, ast.Name):
            return bool(self.self_name) and node.id == self.self_name
        return (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "super"
        )

    def is_global(self, name: str) -> bool:
        """Whether a name is none of the local ones; not so for the empty name."""
        return bool(name) and name not in self.local


TOP = Scope(set(), "", {})
"""The scope of the code at the top level of a file."""


class Bindings:
    """The names that the statements of a function bind, but not those in functions inside it.

    Targets of comprehensions are left out: they are local to the comprehension only.
    """

    def __init__(self) -> None:
        self.bound: set[str] = set()
        self.declared_global: set[str] = set()

    def read(self, body: list[ast.stmt], *, walrus: bool) -> None:
        """Take in the statements of a function; `walrus` as in `Scope.inside`."""
        places = {} if walrus else _TARGETS
        pending: list[ast.AST] = list(body)
        while pending:
            node = pending.pop()
            kind = type(node)
            reader = _READERS.get(kind)
            if reader is not None:
                pending += reader(self, node)
            else:
                name = getattr(node, "name", None)  # except ... as name, case ... as name
                if isinstance(name, str):
                    self.bound.add(name)
                pending += parts_of(node, places.get(kind))

    def _name(self, node: ast.Name) -> list[ast.AST]:
        if isinstance(node.ctx, ast.Store):
            self.bound.add(node.id)
        return []

    def _definition(self, node: FunctionNode | ast.ClassDef) -> list[ast.AST]:
        self.bound.add(node.name)
        return []

    def _lambda(self, _node: ast.Lambda) -> list[ast.AST]:
        return []

    def _comprehension(self, node: ast.AST) -> list[ast.AST]:
        return [part for part in ast.walk(node) if isinstance(part, ast.NamedExpr)]

    def _global(self, node: ast.Global) -> list[ast.AST]:
        self.declared_global.update(node.names)
        return []

    def _nonlocal(self, _node: ast.Nonlocal) -> list[ast.AST]:
        return []

    def _import(self, node: ast.Import | ast.ImportFrom) -> list[ast.AST]:
        self.bound.update((a.asname or a.name).partition(".")[0] for a in node.names)
        return []


_READERS: dict[type[ast.AST], Callable[..., list[ast.AST]]] = {
    ast.Name: Bindings._name,
    ast.FunctionDef: Bindings._definition,
    ast.AsyncFunctionDef: Bindings._definition,
    ast.ClassDef: Bindings._definition,
    ast.Lambda: Bindings._lambda,
    ast.ListComp: Bindings._comprehension,
    ast.SetComp: Bindings._comprehension,
    ast.DictComp: Bindings._comprehension,
    ast.GeneratorExp: Bindings._comprehension,
    ast.Global: Bindings._global,
    ast.Nonlocal: Bindings._nonlocal,
    ast.Import: Bindings._import,
    ast.ImportFrom: Bindings._import,
}
"""How a node is read for names that it binds; each returns what is to be read after it."""

_TARGETS: dict[type[ast.AST], tuple[str, ...]] = {
    # Where in a statement names may be bound, if no expression binds one.
    ast.Assign: ("targets",), ast.AnnAssign: ("target",), ast.AugAssign: ("target",),
    ast.For: ("target", "body", "orelse"), ast.AsyncFor: ("target", "body", "orelse"),
    ast.With: ("items", "body"), ast.AsyncWith: ("items", "body"), ast.withitem: ("optional_vars",),
    ast.If: ("body", "orelse"), ast.While: ("body", "orelse"),
    ast.Expr: (), ast.Return: (), ast.Raise: (), ast.Assert: (), ast.Delete: (),
}  # fmt: skip
