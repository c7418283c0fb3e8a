"""Which scope a name belongs to, and whether it gets its value there, as the interpreter tells it.

Its own analysis (`symtable`, written in C) takes a tenth of the time of a tree, and a hundredth of
that of libcst's scopes. It is asked for trees of `ast` and of libcst alike. What it cannot tell, as
the syntax of a newer Python, is left to libcst's scopes, or is unknown.
"""

from __future__ import annotations

import re
import symtable
import warnings
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Generic, TypeVar

NodeT = TypeVar("NodeT", bound=Hashable)

_SHARES = re.compile(rb"\bglobal\b|\bnonlocal\b|:=")
"""What a file must hold in which a scope binds a name of another one."""


class Symbols(Generic[NodeT]):
    """The symbol tables of a text, each with the module, function or class that it is of in some tree."""

    def __init__(
        self,
        text: bytes,
        module: NodeT,
        definitions: Callable[[], Mapping[NodeT, Sequence[tuple[str, NodeT]]]],
    ) -> None:
        """`definitions` gives the functions and classes in each, by name and in the order of the text."""
        self.module = module
        self._text = text
        self._find_definitions = definitions

    def owner(self, name: str, scope: NodeT) -> NodeT | None:
        """The function, the class or the module whose variable a name is in one of them; None = not told.

        The module has all names that nothing else binds.
        """
        if self._top is None or (self._may_share and not self._tables):
            return None
        around: NodeT | None = scope
        while around is not None and around is not self.module:
            if around not in self._tables or _is_mangled(name):
                return None
            table = self._tables[around]
            if name in table.get_identifiers():
                symbol = table.lookup(name)
                if symbol.is_global():
                    return self.module
                if not symbol.is_free():
                    return around
            around = self._function_around(around)
        return self.module

    def binds(self, name: str, scope: NodeT) -> bool:
        """Whether something in a function, a class or the module itself gives a name of it a value."""
        table = self._table(scope)
        return table is not None and _binds(table, name)

    def is_only_imported(self, name: str, owner: NodeT) -> bool:
        """Whether imports, and nothing else, give a name its value in the scope that has it."""
        table = self._table(owner)
        if table is None or name not in table.get_identifiers():
            return False
        symbol = table.lookup(name)
        return symbol.is_imported() and not (symbol.is_assigned() or symbol.is_parameter())

    def is_shared(self, name: str, owner: NodeT) -> bool:
        """Whether other scopes may give a scope's name a value: they say `global`, `nonlocal` or `:=`."""
        symbols = self._shared_symbols(name)
        if owner is self.module:
            return any(symbol.is_declared_global() for symbol in symbols)
        return any(symbol.is_nonlocal() for symbol in symbols)

    def sharing(self, name: str, owner: NodeT) -> list[NodeT]:
        """The functions and classes that say `global` or `nonlocal` of a scope's name."""
        if not self._may_share:
            return []
        tables = self._tables.items()
        scopes = (scope for scope, t in tables if scope is not owner and _shares(t, name))
        return [scope for scope in scopes if self.owner(name, scope) is owner]

    def may_give(self, name: str, scope: NodeT) -> bool:
        """Whether a scope gives a name a value, or says `global` or `nonlocal` of it."""
        table = self._table(scope)
        return table is not None and (_binds(table, name) or _shares(table, name))

    def is_in_part(self, name: str, scope: NodeT, owner: NodeT) -> bool:
        """Whether in a part of an expression, as a lambda, a name may be another one than its scope's."""
        around: NodeT | None = scope
        while around is not None:
            if around not in self._tables or any(_has(t, name) for t in self._parts[around]):
                return True
            around = self._function_around(around) if around is not owner else None
        return False

    def is_bound(self, name: str) -> bool:
        """Whether anything in the text may bind a name; true also where nobody can tell."""
        if self._top is None or _is_mangled(name):
            return True
        is_given = any(_binds(table, name) for table in self._all)
        return is_given or any(each.is_declared_global() for each in self._shared_symbols(name))

    def _shared_symbols(self, name: str) -> Iterator[symtable.Symbol]:
        if self._may_share:
            yield from (t.lookup(name) for t in self._all if name in t.get_identifiers())

    # --- tables of the interpreter, and nodes of the tree ---------------------------------------

    @cached_property
    def _may_share(self) -> bool:
        return bool(_SHARES.search(self._text))

    @cached_property
    def _top(self) -> symtable.SymbolTable | None:
        """The table of the module; None if the interpreter cannot read the text."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # invalid escapes and the like of user code
                return symtable.symtable(self._text.decode(), "<file>", "exec")
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None

    @cached_property
    def _all(self) -> list[symtable.SymbolTable]:
        tables = [self._top] if self._top is not None else []
        for table in tables:
            tables += table.get_children()
        return tables

    def _table(self, scope: NodeT) -> symtable.SymbolTable | None:
        return self._top if scope is self.module else self._tables.get(scope)

    @cached_property
    def _tables(self) -> dict[NodeT, symtable.SymbolTable]:
        """The table of each function and class and of the module; none if they do not go together."""
        tables: dict[NodeT, symtable.SymbolTable] = {}
        waiting = [(self.module, self._top)] if self._top is not None else []
        for scope, table in waiting:
            tables[scope] = table
            # `else` of a `try` comes before its handlers there: lines tell the order of the text.
            inner = sorted(self._within(table, scope), key=lambda each: each.get_lineno())
            nodes = self._inside.get(scope, ())
            if [each.get_name() for each in inner] != [name for name, _ in nodes]:
                return {}
            waiting += zip((node for _, node in nodes), inner, strict=True)
        return tables

    @cached_property
    def _inside(self) -> Mapping[NodeT, Sequence[tuple[str, NodeT]]]:
        return self._find_definitions()

    @cached_property
    def _holders(self) -> dict[NodeT, NodeT]:
        return {node: holder for holder, inside in self._inside.items() for _, node in inside}

    def _function_around(self, scope: NodeT) -> NodeT | None:
        """The function or the module whose names are seen in a scope; None around the module."""
        around = self._holders.get(scope)
        while around in self._tables and self._tables[around].get_type() == "class":
            around = self._holders.get(around)
        return around

    def _within(self, table: symtable.SymbolTable, scope: NodeT) -> Iterator[symtable.SymbolTable]:
        """The tables of the functions and classes that stand in a scope; those of expressions are kept."""
        for child in table.get_children():
            if _is_of_definition(child):
                yield child
            else:  # a lambda, a comprehension, parameters of a type
                self._parts[scope].append(child)
                yield from self._within(child, scope)

    @cached_property
    def _parts(self) -> dict[NodeT, list[symtable.SymbolTable]]:
        return defaultdict(list)


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


def _shares(table: symtable.SymbolTable, name: str) -> bool:
    """Whether a scope says of a name that it is another one's; the module of one that others share."""
    if name not in table.get_identifiers():
        return False
    symbol = table.lookup(name)
    return symbol.is_declared_global() or symbol.is_nonlocal()


def _has(table: symtable.SymbolTable, name: str) -> bool:
    """Whether a name is a scope's own."""
    return name in table.get_identifiers() and table.lookup(name).is_local()


def _is_mangled(name: str) -> bool:
    """Whether a class may make another name of one."""
    return name.startswith("__") and not name.endswith("__")
