"""Notes the names and attributes that a body uses, apart from its local names."""

from __future__ import annotations

import ast

from .body import Body
from .scope import Scope
from .summary import DefinitionKind
from .syntax import chain_of


def note_chain(root: str, rest: str, body: Body, scope: Scope) -> None:
    """Note that a body reads the chain that begins with the name `root`; `rest` is `.b.c`, or empty."""
    key = scope.aliases.get(root)
    if key is None:
        if root not in scope.local:
            body.names[root + rest] = None
            if root in {"globals", "__builtins__"}:
                body.uses_globals = True
        return
    if "." not in key:
        body.names[key + rest] = None
        return
    # A member of the class around, which may not be bound yet. With the class it is only
    # passed on: what is called there and then is noted where it is called.
    if body.kind is not DefinitionKind.MODULE:
        body.names[key + rest] = None
    body.names[root + rest] = None


def note_attribute(target: ast.expr, name: str, body: Body, scope: Scope) -> bool:
    """Note that a body uses the attribute `name` of `target`; False where its owner is unknown.

    The owner is known where `target` is `self` or a chain. What linking cannot resolve of the
    chain counts there as an attribute of a value of unknown type.
    """
    if isinstance(target, ast.Name) and target.id == scope.self_name and target.id:
        body.attributes_on_self[name] = None
        return True
    root, dot, rest = chain_of(target).partition(".")
    if not scope.is_global(root):
        return False
    note_chain(root, f"{dot}{rest}.{name}", body, scope)
    return True
