"""What names of a tree of `ast` mean that imports bind, for what is told without libcst.

It answers less than `gardener.codemod.meaning`, and never otherwise: a name that anything but imports
of one and the same object binds somewhere in the file is left to libcst.
"""

from __future__ import annotations

import ast
import symtable
import warnings
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_HOLDERS = (*_FUNCTIONS, ast.ClassDef)


class AstNames:
    """The names of one file, given with its text and its tree."""

    def __init__(self, data: bytes, tree: ast.Module) -> None:
        self.data = data
        self.tree = tree

    def meaning(self, node: ast.expr) -> str | None:
        """The dotted name of what an expression means by the file's imports, '' for nothing; None = not told."""
        if isinstance(node, ast.Attribute):
            base = self.meaning(node.value)
            return f"{base}.{node.attr}" if base else base
        return self._target(node) if isinstance(node, ast.Name) else ""

    def function(self, node: ast.AST) -> ast.AST | None:
        """The innermost function that a node is a part of; None in none."""
        return next((each for each in self.around(node) if isinstance(each, _FUNCTIONS)), None)

    def around(self, node: ast.AST) -> Iterator[ast.AST]:
        """The nodes around a node, from the nearest outwards."""
        parent = self._parents.get(node)
        while parent is not None:
            yield parent
            parent = self._parents.get(parent)

    @cached_property
    def nodes(self) -> Sequence[ast.AST]:
        """All nodes, outer ones before inner ones."""
        return list(ast.walk(self.tree))

    def _target(self, node: ast.Name) -> str | None:
        if node.id.startswith("__") and not node.id.endswith("__"):
            return None  # a class may make another name of it
        imports = self._imports.get(node.id, ())
        if not imports:
            return None if node.id in self._aliases else ""
        targets = {target for _, target in imports}
        if len(targets) > 1 or None in targets or not self._is_only_imported(node.id):
            return None
        homes = {self._home(statement) for statement, _ in imports}
        if any(isinstance(home, ast.ClassDef) for home in homes):
            return None
        if self.tree not in homes:
            seen = {each for each in self.around(node) if isinstance(each, _FUNCTIONS)}
            if not homes & seen:
                return ""
            if not homes & set(self._bodies_around(node)):
                return None  # in a decorator or a default
        return targets.pop()

    def _home(self, statement: ast.AST) -> ast.AST:
        """The function, the class or the module that a statement stands in."""
        return next(
            each for each in self.around(statement) if isinstance(each, (*_HOLDERS, ast.Module))
        )

    def _bodies_around(self, node: ast.AST) -> Iterator[ast.AST]:
        """The functions in whose body a node is."""
        inner = node
        for around in self.around(node):
            if isinstance(around, _FUNCTIONS) and inner in around.body:
                yield around
            inner = around

    def _is_only_imported(self, name: str) -> bool:
        """Whether in the whole file imports alone give a name its value, each in its own scope."""
        if self._tables is None:
            return False
        symbols = [t.lookup(name) for t in self._tables if name in t.get_identifiers()]
        return not any(
            each.is_assigned()
            or each.is_parameter()
            or each.is_declared_global()
            or each.is_nonlocal()
            for each in symbols
        )

    @cached_property
    def _tables(self) -> list[symtable.SymbolTable] | None:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # invalid escapes and the like of user code
                tables = [symtable.symtable(self.data.decode(), "<file>", "exec")]
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
        for table in tables:
            tables += table.get_children()
        return tables

    @cached_property
    def _imports(self) -> dict[str, list[tuple[ast.AST, str | None]]]:
        """The statements that import each name, with what it means by them; None for what stars may hide."""
        imports: dict[str, list[tuple[ast.AST, str | None]]] = defaultdict(list)
        has_star = any(isinstance(n, ast.ImportFrom) and n.names[0].name == "*" for n in self.nodes)
        for node in self.nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    top = alias.name.partition(".")[0]
                    target = alias.name if alias.asname else top
                    imports[alias.asname or top].append((node, None if has_star else target))
            elif isinstance(node, ast.ImportFrom):
                base = "." * node.level + (node.module or "")
                base += "" if base.endswith(".") else "."
                for alias in node.names:
                    target = f"{base}{alias.name}"
                    imports[alias.asname or alias.name].append((node, None if has_star else target))
        return imports

    @cached_property
    def _aliases(self) -> set[str]:
        """Names that are assigned another name or an attribute."""
        aliases: set[str] = set()
        for node in self.nodes:
            if isinstance(node, ast.Assign):
                targets: Sequence[ast.expr] = node.targets
            elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)):
                targets = [node.target]
            else:
                continue
            if isinstance(node.value, (ast.Name, ast.Attribute)):
                aliases |= {each.id for each in targets if isinstance(each, ast.Name)}
        return aliases

    @cached_property
    def _parents(self) -> dict[ast.AST, ast.AST]:
        return {child: node for node in self.nodes for child in ast.iter_child_nodes(node)}
