"""Names that a module leaves out because a package is not installed. PYTEST_DONT_REWRITE

    try:
        from .redis import RedisStrategy
    except ImportError:
        pass

Whoever imports `RedisStrategy` is told that the module has no such name, and not why.
"""

from __future__ import annotations

import ast
import importlib.util
from typing import Any, Iterator, List, Optional, Tuple, Union

_CAUGHT = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})
_DEEPEST = 5
"""Modules that are followed to the import that fails."""

Import = Union[ast.Import, ast.ImportFrom]


def left_out(module: Any, name: str) -> str:
    """The package that is not installed, for which a loaded module lacks a name; empty: none."""
    filename, package = vars(module).get("__file__"), vars(module).get("__package__") or ""
    tree = parsed(filename)
    if tree is None:
        return ""
    for statement in _guarded(tree):
        if any(name in (alias.asname, alias.name) for alias in statement.names):
            return _absent_in(statement, package, _DEEPEST)
    return ""


def caught_imports(module: Any, name: str) -> List[str]:
    """The modules that a loaded module imports to have a name, in order, and does without if it must."""
    tree, package = parsed(vars(module).get("__file__")), vars(module).get("__package__") or ""
    targets: List[str] = []
    for node in ast.walk(tree) if tree is not None else ():
        if not isinstance(node, ast.Try) or not any(map(_catches_imports, node.handlers)):
            continue
        imports = [node for node in node.body if isinstance(node, (ast.Import, ast.ImportFrom))]
        if any(_brings(statement, name, package, _DEEPEST) for statement in imports):
            targets += [t for statement in imports for t in _targets(statement, package)]
    return targets


def _brings(statement: Import, name: str, package: str, depth: int) -> bool:
    """Whether an import binds a name; `from .part import *` does if the part does."""
    names = [alias.asname or alias.name for alias in statement.names]
    if name in names or names != ["*"]:
        return name in names
    return any(_binds(target, name, depth) for target in _targets(statement, package))


def _binds(target: str, name: str, depth: int) -> bool:
    """Whether a module, which may be one that cannot be imported, binds a name as it is read."""
    try:
        spec = importlib.util.find_spec(target)
    except (ImportError, ValueError, AttributeError):
        return False
    tree = parsed(spec.origin) if spec and depth else None
    if tree is None or spec is None:
        return False
    inner = spec.name if spec.submodule_search_locations else spec.parent or ""
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            is_bound = node.name == name
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            bound = node.targets if isinstance(node, ast.Assign) else [node.target]
            is_bound = any(isinstance(target, ast.Name) and target.id == name for target in bound)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            is_bound = _brings(node, name, inner, depth - 1)
        else:
            is_bound = False
        if is_bound:
            return True
    return False


def parsed(filename: Any) -> Optional[ast.Module]:
    """The tree of a file of Python; None where there is none."""
    if not isinstance(filename, str) or not filename.endswith(".py"):
        return None
    try:
        with open(filename, "rb") as file:
            return ast.parse(file.read())
    except (OSError, SyntaxError, ValueError):
        return None


def _guarded(tree: ast.Module) -> Iterator[Import]:
    """Imports whose failure the module itself catches."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Try) and any(map(_catches_imports, node.handlers)):
            for statement in node.body:
                if isinstance(statement, (ast.Import, ast.ImportFrom)):
                    yield statement


def _catches_imports(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(isinstance(kind, ast.Name) and kind.id in _CAUGHT for kind in kinds)


def _absent_in(statement: Import, package: str, depth: int) -> str:
    """The top-level package that an import does not find, in its module or in what that imports."""
    for target in _targets(statement, package):
        top = target.partition(".")[0]
        try:
            if importlib.util.find_spec(top) is None:
                return top
            spec = importlib.util.find_spec(target)
        except (ImportError, ValueError, AttributeError):
            continue
        tree = parsed(spec.origin) if spec and depth else None
        if tree is None or spec is None:
            continue
        inner = spec.name if spec.submodule_search_locations else spec.parent or ""
        for node in tree.body:
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                absent = _absent_in(node, inner, depth - 1)
                if absent:
                    return absent
    return ""


def _targets(statement: Import, package: str) -> List[str]:
    """The modules that an import loads, by their whole names."""
    if isinstance(statement, ast.Import):
        return [alias.name for alias in statement.names]
    if not statement.level:
        return [statement.module or ""]
    parents: Tuple[str, ...] = tuple(package.split("."))
    ancestors = parents[: len(parents) - statement.level + 1]
    if not ancestors:
        return []
    base = ".".join((*ancestors, *filter(None, [statement.module])))
    return (
        [base] if statement.module else ["%s.%s" % (base, alias.name) for alias in statement.names]
    )
