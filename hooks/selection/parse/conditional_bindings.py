"""An `if` or `try` that only gives values to names, such as the import of an optional library."""

from __future__ import annotations

import ast
import builtins
from typing import TypeGuard

from .imports import Imported, requests_of
from .syntax import chain_of, is_constant

_BUILTINS = frozenset(dir(builtins))
_MISSING_MODULE = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}
"""Exceptions by whose names a `try` catches that a module is not there."""
_PLATFORM = {"sys.version_info", "sys.platform", "os.name", "sys.implementation.name"}


def only_binds(node: ast.stmt) -> TypeGuard[ast.If | ast.Try]:
    """Whether an `if` or `try` only gives values to names, and surely ends without an error.

    As in `try: import x` with `except ImportError: x = None`, and in `if sys.platform == ...`
    with constants.
    """
    if isinstance(node, ast.If):
        return _asks_platform(node.test) and all(map(_binds_constant, (*node.body, *node.orelse)))
    return isinstance(node, ast.Try) and _only_tries_imports(node)


def _only_tries_imports(node: ast.Try) -> bool:
    after = (*node.orelse, *(s for handler in node.handlers for s in handler.body))
    return (
        not node.finalbody
        and any(map(_catches_missing_module, node.handlers))
        and all(_imports_names(s) or _binds_constant(s) for s in node.body)
        and all(map(_binds_constant, after))
    )


def statements_in(node: ast.If | ast.Try) -> list[ast.stmt]:
    """The statements of such an `if` or `try`, whichever of them run."""
    handlers = node.handlers if isinstance(node, ast.Try) else []
    return [*node.body, *(s for handler in handlers for s in handler.body), *node.orelse]


def names_bound(node: ast.stmt) -> list[str]:
    """The names that one of these statements binds."""
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return [name for _, name in requests_of(node)]
    targets = node.targets if isinstance(node, ast.Assign) else []
    return [target.id for target in targets if isinstance(target, ast.Name)]


def imports_in(node: ast.If | ast.Try) -> list[Imported]:
    """What such a statement imports."""
    return [
        imported
        for statement in statements_in(node)
        if isinstance(statement, (ast.Import, ast.ImportFrom))
        for imported, _ in requests_of(statement)
    ]


def _catches_missing_module(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or chain_of(kind) in _MISSING_MODULE for kind in kinds)


def _imports_names(node: ast.stmt) -> bool:
    if isinstance(node, ast.ImportFrom):
        return node.module != "__future__" and all(alias.name != "*" for alias in node.names)
    return isinstance(node, ast.Import)


def _binds_constant(node: ast.stmt) -> bool:
    if isinstance(node, ast.Assign):
        names = names_bound(node)
        binds_names = len(names) == len(node.targets) and "__all__" not in names
        return binds_names and _never_fails(node.value)
    return isinstance(node, ast.Pass)


def _never_fails(node: ast.expr) -> bool:
    """Whether evaluating it surely raises nothing: constants, and names of builtins."""
    return is_constant(node) or (isinstance(node, ast.Name) and node.id in _BUILTINS)


def _asks_platform(test: ast.expr) -> bool:
    """Whether a condition asks only for the interpreter and the platform."""
    if isinstance(test, ast.Compare):
        return _asks_platform(test.left) and all(map(_never_fails, test.comparators))
    if isinstance(test, ast.Subscript):
        return _asks_platform(test.value) and isinstance(test.slice, (ast.Constant, ast.Slice))
    return chain_of(test) in _PLATFORM
