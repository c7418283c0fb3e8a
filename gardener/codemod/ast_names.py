"""What names of a tree of `ast` mean that imports bind, for what is told without libcst.

It answers less than `gardener.codemod.meaning`, and never otherwise: a name that anything but imports
of one and the same object gives its value is left to libcst.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property, partial

from gardener.codemod.bindings import DEFINITIONS, Function, definitions_in
from gardener.codemod.symbols import Symbols


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
        return next((each for each in self.around(node) if isinstance(each, Function)), None)

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
        imports = self._imports.get(node.id, ())
        if not imports:
            return None if node.id in self._aliases else ""
        scope, symbols = self._scope(node), self.symbols
        owner = symbols.owner(node.id, scope)
        if owner is None or isinstance(owner, ast.ClassDef):
            return None
        if symbols.is_in_part(node.id, scope, owner) or symbols.is_shared(node.id, owner):
            return None
        if not symbols.binds(node.id, owner):
            return ""
        targets = {target for statement, target in imports if self._scope(statement) is owner}
        is_certain = len(targets) == 1 and symbols.is_only_imported(node.id, owner)
        return targets.pop() if is_certain else None

    def _scope(self, node: ast.AST) -> ast.AST:
        """The innermost function or class in whose body a node is, else the module."""
        inner = node
        for around in self.around(node):
            if isinstance(around, DEFINITIONS) and inner in around.body:
                return around
            inner = around
        return self.tree

    @cached_property
    def symbols(self) -> Symbols[ast.AST]:
        """What the interpreter tells of the names."""
        return Symbols(self.data, self.tree, partial(definitions_in, self.tree))

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
