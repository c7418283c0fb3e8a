"""Whether code of the project is called by nobody: by the garbage collector, a signal. PYTEST_DONT_REWRITE"""

from __future__ import annotations

import ast
import types
from typing import Dict

from .sites import UNREADABLE

HOOKS = frozenset({"addaudithook", "unraisablehook", "excepthook"})
"""Names of `sys` and `threading` for what Python calls by itself."""
REGISTERING = {
    "weakref": frozenset({"finalize"}),
    "signal": frozenset({"signal", "setitimer"}),
    "gc": frozenset({"callbacks"}),
}
"""By module: the names by which it is given what is called later."""
WITH_CALLBACK = frozenset({"ref", "proxy", "WeakMethod"})
"""Functions of `weakref` that may be given a second argument, which is called later."""
NAMES = WITH_CALLBACK.union(*REGISTERING.values())


class Callbacks:
    """Finds the code of the project after whose run any other may run at any time."""

    def __init__(self) -> None:
        self._files: Dict[str, bool] = {}

    def registers(self, code: types.CodeType) -> bool:
        """Whether a code object may register what is called by nobody."""
        names = code.co_names
        if not HOOKS.isdisjoint(names):
            return True
        if NAMES.isdisjoint(names):
            return False
        file = code.co_filename
        if file not in self._files:
            self._files[file] = _file_registers(file)
        return self._files[file]


def _file_registers(file: str) -> bool:
    """Whether a file gives a callback to what calls it at any time; so do files that cannot be read."""
    try:
        with open(file, "rb") as opened:
            tree = ast.parse(opened.read())
    except UNREADABLE:
        return True
    nodes = list(ast.walk(tree))
    modules: Dict[str, str] = {}  # by what they are called in the file
    for node in nodes:
        if isinstance(node, ast.Import):
            modules.update({alias.asname or alias.name: alias.name for alias in node.names})
    return any(_imports(node) or _registers(node, modules) for node in nodes)


def _imports(node: ast.AST) -> bool:
    """Whether a statement imports what registers a callback, by its own name or another one."""
    if not isinstance(node, ast.ImportFrom) or node.module not in REGISTERING:
        return False
    wanted = {"*", *REGISTERING[node.module]}
    if node.module == "weakref":
        wanted |= WITH_CALLBACK  # how it is called is not followed
    return any(alias.name in wanted for alias in node.names)


def _registers(node: ast.AST, modules: Dict[str, str]) -> bool:
    """Whether an expression uses a module of `modules` to register a callback."""
    called = node.func if isinstance(node, ast.Call) else node
    if not isinstance(called, ast.Attribute) or not isinstance(called.value, ast.Name):
        return False
    module = modules.get(called.value.id, "")
    if called.attr in REGISTERING.get(module, ()):
        return True
    if not isinstance(node, ast.Call) or module != "weakref" or called.attr not in WITH_CALLBACK:
        return False
    return len(node.args) + len(node.keywords) > 1
