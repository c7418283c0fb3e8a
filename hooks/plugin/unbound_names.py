"""Names that a module never binds, however far its import comes. PYTEST_DONT_REWRITE

    from . import _version

in a package for which nobody made a `_version.py` fails while the package is being imported, and
Python takes that for an import cycle.
"""

from __future__ import annotations

import ast
from importlib.machinery import PathFinder
from typing import Any, Dict, Iterator

from .frames import Trace
from .guarded_imports import parsed

_BY_NAME = frozenset(
    ["__getattr__", "globals", "vars", "locals", "setattr", "exec", "eval", "import_module"]
)
"""Names in a module that may bind others by strings."""


def is_never_bound(module: str, name: str, trace: Trace) -> bool:
    """Whether a module whose import fails neither gives a name a value nor has a module of that name.

    False where nobody knows.
    """
    variables = _variables_of(module, trace)
    tree = parsed(variables.get("__file__"))
    if tree is None or any(bound in _BY_NAME or bound in (name, "*") for bound in _names(tree)):
        return False
    folders = variables.get("__path__")
    return folders is None or PathFinder.find_spec("%s.%s" % (module, name), folders) is None


def _variables_of(module: str, trace: Trace) -> Dict[str, Any]:
    """The variables of a module while it is imported: `sys.modules` has lost it already."""
    for step in trace:
        if step.frame.f_globals.get("__name__") == module:
            return step.frame.f_globals
    return {}


def _names(tree: ast.Module) -> Iterator[str]:
    """All names that a module writes, in whatever scope, but for those that it asks this package for."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            asks_itself = isinstance(node, ast.ImportFrom) and node.level == 1 and not node.module
            for alias in node.names:
                if not asks_itself or alias.asname or alias.name == "*":
                    yield alias.asname or alias.name.partition(".")[0]
