"""Whether what a decorator wraps around others runs while test files are imported."""

from __future__ import annotations

import ast
from collections.abc import Callable

from ..link.nodes import Node
from ..parse.syntax import FUNCTIONS, chain_of, last_of, parameters_of
from .graph import Net
from .import_time import ImportTime


def wraps_early(node: Node, net: Net, early: ImportTime, source: Callable[[str], bytes]) -> bool:
    """Whether functions two levels inside a function may run while test files are imported.

    They do not where all that is imported then only puts it before functions, as `@node(...)`
    or `@node`, and calls none of these. `source` gives the content of a file.
    """
    number = net.id(node)
    name = node[1]
    callers = [net.node(n) for n in early.found() if number in net.calls(n)]
    if not callers or "." in name or any(inside for _, inside in callers):
        return True
    # Coroutines, too: they are called, and what runs them is not seen.
    running = {net.node(c) for n in early.found() for c in (n, *net.calls(n))}
    for path, _ in callers:
        names = frozenset(function for file, function in running if file == path)
        if not _only_decorates(source(path), name, names):
            return True
    return False


def _only_decorates(source: bytes, name: str, running: frozenset[str]) -> bool:
    """Whether a file does nothing with a name but decorate functions that do not run yet."""
    try:
        body = ast.parse(source).body
        return _Uses(name, running, body).harmless(body, "")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


def _hands_back(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a function only uses what it is given in functions inside it, and by `wraps`."""
    given = set(parameters_of(function.args))
    todo: list[ast.AST] = [*function.body]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Name) and node.id in given:
            return False
        if isinstance(node, (*FUNCTIONS, ast.Lambda)):
            todo += [node.args, *getattr(node, "decorator_list", ())]
        elif not (isinstance(node, ast.Call) and last_of(node.func) == "wraps"):
            todo += ast.iter_child_nodes(node)
    return True


class _Uses:
    """Looks through the uses of a name in a file; `running` are its functions that run at import."""

    def __init__(self, name: str, running: frozenset[str], body: list[ast.stmt]) -> None:
        self.name = name
        self.running = running
        self.functions = {f.name: f for f in body if isinstance(f, ast.FunctionDef)}

    def harmless(self, nodes: list[ast.stmt], inside: str) -> bool:
        """Whether all uses in some statements are decorators of functions that do not run yet."""
        return all(self._statement(node, inside) for node in nodes)

    def _statement(self, node: ast.stmt, inside: str) -> bool:
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            return self._definition(node, inside)
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            return all(a.name.rpartition(".")[2] != self.name or not a.asname for a in node.names)
        return not self._said(node)

    def _definition(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, inside: str
    ) -> bool:
        ours = [d for d in node.decorator_list if self._is(d)]
        others = [d for d in node.decorator_list if d not in ours]
        full = inside + node.name
        unknown = isinstance(node, ast.AsyncFunctionDef) and bool(inside)  # who calls it
        if ours and (isinstance(node, ast.ClassDef) or full in self.running or unknown):
            return False
        if ours and not all(map(self._waits, others)):
            return False  # it may call what it is given
        arguments = [a for d in ours if isinstance(d, ast.Call) for a in (*d.args, *d.keywords)]
        if any(map(self._said, (*others, *arguments))):
            return False
        if isinstance(node, ast.ClassDef):
            header = any(map(self._said, (*node.bases, *node.keywords)))
            return not header and self.harmless(node.body, f"{full}.")
        body = node.body if full in self.running and full != self.name else ()
        return not any(map(self._said, (node.args, *body)))

    def _is(self, decorator: ast.expr) -> bool:
        return (
            last_of(decorator.func if isinstance(decorator, ast.Call) else decorator) == self.name
        )

    def _waits(self, decorator: ast.expr) -> bool:
        """Whether another decorator does not call what it is put before."""
        called = isinstance(decorator, ast.Call)
        chain = chain_of(decorator.func if isinstance(decorator, ast.Call) else decorator)
        if ".mark." in f".{chain}." or chain in ("staticmethod", "classmethod", "property"):
            return True
        function = self.functions.get(chain)
        if function is None or function.decorator_list:
            return False
        inner = [f for f in function.body if isinstance(f, FUNCTIONS)] if called else [function]
        return bool(inner) and all(map(_hands_back, inner))

    def _said(self, node: ast.AST) -> bool:
        """Whether the name is said anywhere in a node, also as a text."""
        return any(
            self.name in (getattr(n, "id", ""), getattr(n, "attr", ""), getattr(n, "value", ""))
            for n in ast.walk(node)
        )
