"""Which scope a name of a libcst tree belongs to, as the interpreter itself tells it (`symtable`).

Its analysis, written in C, takes a hundredth of the time of libcst's scopes. What it cannot tell, as
the syntax of a newer Python, is left to these.
"""

from __future__ import annotations

import symtable
import warnings
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

import libcst as cst

if TYPE_CHECKING:
    from gardener.codemod.node_index import NodeIndex

_HOLDERS = (cst.FunctionDef, cst.ClassDef)


class Symbols:
    """The symbol tables of one tree, each with the module, the function or the class that it is of."""

    def __init__(self, index: NodeIndex) -> None:
        self.index = index

    def owner(self, name: str, node: cst.CSTNode) -> cst.CSTNode | None:
        """The function, the class or the module whose name one is at a place; None = not told.

        The module has all names that nothing else binds.
        """
        above = self.index.parent.get(node)
        is_parameter = isinstance(above, cst.Param) and above.name is node
        if above is None or is_parameter or self._changes_hands(name):
            return None
        scope = self._around(node)
        is_first = True
        while scope is not self.index.module:
            if is_first or not isinstance(scope, cst.ClassDef):
                if any(_binds(table, name) for table in self._inner[scope]):
                    return None  # in a part of an expression it may be another one
                if _binds(self.tables[scope], name):
                    return scope
            is_first = False
            scope = self.holder(scope)
        is_other = any(_binds(table, name) for table in self._inner[scope])
        return None if is_other else scope

    def is_only_imported(self, name: str, owner: cst.CSTNode) -> bool:
        """Whether imports, and nothing else, give a name its value in the scope that has it."""
        table = self.tables[owner]
        if name not in table.get_identifiers():
            return False
        symbol = table.lookup(name)
        return symbol.is_imported() and not (symbol.is_assigned() or symbol.is_parameter())

    def is_bound(self, name: str) -> bool:
        """Whether anything in the tree may bind a name; true also where nobody can tell."""
        if not self.tables or _is_mangled(name):
            return True
        return self._changes_hands(name) or any(_binds(table, name) for table in self._all)

    def holder(self, node: cst.CSTNode) -> cst.CSTNode:
        """The function, the class or the module that a statement stands in."""
        holders = (*_HOLDERS, cst.Module)
        return next(each for each in self.index.ancestors(node) if isinstance(each, holders))

    def _around(self, node: cst.CSTNode) -> cst.CSTNode:
        """The innermost function or class in whose body a node is, else the module."""
        inner = node
        for around in self.index.ancestors(node):
            if isinstance(around, _HOLDERS) and inner is around.body:
                return around
            inner = around
        return self.index.module

    def _changes_hands(self, name: str) -> bool:
        """Whether a name has no scope of its own that is told: it is global or nonlocal somewhere."""
        if name not in self._known:
            self._known[name] = not self.tables or _is_mangled(name) or self._is_shared(name)
        return self._known[name]

    def _is_shared(self, name: str) -> bool:
        symbols = (table.lookup(name) for table in self._all if name in table.get_identifiers())
        return any(symbol.is_declared_global() or symbol.is_nonlocal() for symbol in symbols)

    @cached_property
    def _known(self) -> dict[str, bool]:
        return {}

    # --- tables of the interpreter, and nodes of libcst -----------------------------------------

    @cached_property
    def tables(self) -> dict[cst.CSTNode, symtable.SymbolTable]:
        """The table of each function and class and of the module; none if the interpreter cannot read it."""
        tables: dict[cst.CSTNode, symtable.SymbolTable] = {}
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # invalid escapes and the like of user code
                top = symtable.symtable(self.index.text.decode(), "<file>", "exec")
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return {}
        below: dict[cst.CSTNode, list[cst.CSTNode]] = defaultdict(list)
        definitions = [*self.index.find(cst.FunctionDef), *self.index.find(cst.ClassDef)]
        for node in sorted(definitions, key=self.index.order.__getitem__):
            below[self.holder(node)].append(node)
        waiting: list[tuple[cst.CSTNode, symtable.SymbolTable]] = [(self.index.module, top)]
        while waiting:
            scope, table = waiting.pop()
            tables[scope] = table
            inner = list(self._within(table, scope))
            nodes = below[scope]
            if [each.get_name() for each in inner] != [_name(node) for node in nodes]:
                return {}
            waiting += zip(nodes, inner, strict=True)
        return tables

    def _within(
        self, table: symtable.SymbolTable, scope: cst.CSTNode
    ) -> Iterator[symtable.SymbolTable]:
        """The tables of the functions and classes that stand in a scope; those of expressions are kept."""
        for child in table.get_children():
            if _is_of_definition(child):
                yield child
            else:  # a lambda, a comprehension, parameters of a type
                self._inner[scope].append(child)
                yield from self._within(child, scope)

    @cached_property
    def _inner(self) -> dict[cst.CSTNode, list[symtable.SymbolTable]]:
        return defaultdict(list)

    @cached_property
    def _all(self) -> list[symtable.SymbolTable]:
        return [*self.tables.values(), *(each for some in self._inner.values() for each in some)]


def _name(node: cst.CSTNode) -> str:
    assert isinstance(node, _HOLDERS)
    return node.name.value


def _is_of_definition(table: symtable.SymbolTable) -> bool:
    if table.get_type() == "class":
        return True
    is_expression = table.get_name() == "lambda" or ".0" in table.get_identifiers()
    return table.get_type() == "function" and not is_expression


def _binds(table: symtable.SymbolTable, name: str) -> bool:
    """Whether something in a scope gives a name a value."""
    if name not in table.get_identifiers():
        return False
    symbol = table.lookup(name)
    return symbol.is_assigned() or symbol.is_imported() or symbol.is_parameter()


def _is_mangled(name: str) -> bool:
    """Whether a class may make another name of one."""
    return name.startswith("__") and not name.endswith("__")
