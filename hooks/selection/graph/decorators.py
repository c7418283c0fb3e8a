"""Whether what a decorator wraps around functions runs while test files are imported."""

from __future__ import annotations

import ast
from collections.abc import Callable

from gardener.model import Symbol

from ..parse.syntax import FUNCTIONS, chain_of, last_of, parameters_of
from .graph import Graph
from .import_time import ImportTime


def wrapper_runs_at_import(
    decorator: Symbol, graph: Graph, import_time: ImportTime, source: Callable[[str], bytes]
) -> bool:
    """Whether functions two levels inside a function may run while test files are imported.

    They do not where all that is imported then only decorates functions with it, as
    `@decorator(...)` or `@decorator`, and calls none of these. `source` gives the content of a file.
    """
    number = graph.id(decorator)
    callers = [graph.symbol(n) for n in import_time.nodes() if number in graph.calls(n)]
    if not callers or "." in decorator.qualname or any(caller.qualname for caller in callers):
        return True
    # Coroutines, too: they are called, and what runs them is not known.
    running = {graph.symbol(callee) for n in import_time.nodes() for callee in (n, *graph.calls(n))}
    for path, _ in callers:
        names = frozenset(symbol.qualname for symbol in running if symbol.file == path)
        if not _only_decorates(source(path), decorator.qualname, names):
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
    """Whether a function only uses its parameters in functions inside it, and by `wraps`."""
    parameters = set(parameters_of(function.args))
    worklist: list[ast.AST] = [*function.body]
    while worklist:
        node = worklist.pop()
        if isinstance(node, ast.Name) and node.id in parameters:
            return False
        if isinstance(node, (*FUNCTIONS, ast.Lambda)):
            worklist += [node.args, *getattr(node, "decorator_list", ())]
        elif not (isinstance(node, ast.Call) and last_of(node.func) == "wraps"):
            worklist += ast.iter_child_nodes(node)
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
        return not self._is_mentioned(node)

    def _definition(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, inside: str
    ) -> bool:
        uses = [d for d in node.decorator_list if self._is(d)]
        rest = [d for d in node.decorator_list if d not in uses]
        qualname = inside + node.name
        if uses and (self._may_run(node, qualname, inside) or not all(map(self._waits, rest))):
            return False
        arguments = [a for d in uses if isinstance(d, ast.Call) for a in (*d.args, *d.keywords)]
        if any(map(self._is_mentioned, (*rest, *arguments))):
            return False
        if isinstance(node, ast.ClassDef):
            header = any(map(self._is_mentioned, (*node.bases, *node.keywords)))
            return not header and self.harmless(node.body, f"{qualname}.")
        body = node.body if qualname in self.running and qualname != self.name else ()
        return not any(map(self._is_mentioned, (node.args, *body)))

    def _may_run(self, node: ast.stmt, qualname: str, inside: str) -> bool:
        """Whether what is decorated may run at import: who awaits a coroutine method is unknown."""
        unknown = isinstance(node, ast.AsyncFunctionDef) and bool(inside)
        return isinstance(node, ast.ClassDef) or qualname in self.running or unknown

    def _is(self, decorator: ast.expr) -> bool:
        return (
            last_of(decorator.func if isinstance(decorator, ast.Call) else decorator) == self.name
        )

    def _waits(self, decorator: ast.expr) -> bool:
        """Whether another decorator does not call what it decorates."""
        called = isinstance(decorator, ast.Call)
        chain = chain_of(decorator.func if isinstance(decorator, ast.Call) else decorator)
        if ".mark." in f".{chain}." or chain in ("staticmethod", "classmethod", "property"):
            return True
        function = self.functions.get(chain)
        if function is None or function.decorator_list:
            return False
        inner = [f for f in function.body if isinstance(f, FUNCTIONS)] if called else [function]
        return bool(inner) and all(map(_hands_back, inner))

    def _is_mentioned(self, node: ast.AST) -> bool:
        """Whether the name stands anywhere in a node, also as a text."""
        return any(
            self.name in (getattr(n, "id", ""), getattr(n, "attr", ""), getattr(n, "value", ""))
            for n in ast.walk(node)
        )
