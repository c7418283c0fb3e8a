"""Objects that are made to be handed to code outside the project."""

from __future__ import annotations

import ast
from collections.abc import Container

from .body import Body
from .operators import STORING_CALLS
from .scope import Scope
from .syntax import arguments_of, chain_of, last_of

_KEEPING = frozenset({"append", "add", "setdefault", "update", "extend", "insert", "appendleft", *STORING_CALLS})  # fmt: skip


def note_handed(call: ast.Call, body: Body, scope: Scope, defined: Container[str]) -> None:
    """Note what is made right among the arguments of a method: `jar.extract(Response())`.

    Whose method that is only run time knows, so it may be one of a library, which then calls methods
    by names of its own. What is put into a container is not called by that.
    """
    function = call.func
    if not isinstance(function, ast.Attribute) or function.attr in _KEEPING:
        return
    if chain_of(function).partition(".")[0] in defined:
        return
    for argument in arguments_of(call):
        if isinstance(argument, ast.Call) and last_of(argument.func).lstrip("_")[:1].isupper():
            chain = chain_of(argument.func)
            root, dot, rest = chain.partition(".")
            if chain and (root not in scope.local or root in scope.aliases):
                body.handed[scope.aliases.get(root, root) + dot + rest] = None
