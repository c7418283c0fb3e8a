"""What a Python file defines and imports, read with `ast`: evidence for codemods, which never edit by it.

Which scope a name belongs to, and whether anything gives it a value there, is told by the interpreter's
own tables (`gardener.codemod.symbols`); the statements tell which value (`gardener.codemod.bindings`).
"""

from __future__ import annotations

import ast
import re
import warnings
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property, partial
from typing import Any, TypeVar

from gardener.codemod.bindings import (
    Binding,
    Bindings,
    bindings_in,
    bindings_of,
    definitions_in,
    stars_in,
)
from gardener.codemod.bound import only_target, only_value
from gardener.codemod.file_text import FileText, Unparsable
from gardener.codemod.symbols import Symbols

NodeT = TypeVar("NodeT", bound=ast.AST)
_DEEPEST = 8
"""How many names in a row are followed to what they stand for."""
_STAR = re.compile(rb"\bimport[\s\\]*\*")


class Definitions(FileText):
    """One file whose statements are read.

    Raises:
        gardener.codemod.file_text.Unparsable: nobody can tell what it says.
    """

    def __init__(self, raw: bytes, path: str = "<stdin>") -> None:
        super().__init__(raw, path)
        self._read = self.data
        try:
            self.tree = _parsed(self._read)
        except SyntaxError as wrong:
            from gardener.codemod.older_syntax import in_older_syntax

            older = in_older_syntax(raw, path)
            if older is None:
                raise Unparsable(f"does not parse: line {wrong.lineno}: {wrong.msg}") from None
            self._read = older
            self.tree = _parsed(self._read)
        except (RecursionError, MemoryError, ValueError) as wrong:
            raise Unparsable(f"does not parse: {wrong or type(wrong).__name__}") from None

    @cached_property
    def symbols(self) -> Symbols[ast.AST]:
        """What the interpreter tells of the names."""
        return Symbols(self._read, self.tree, partial(definitions_in, self.tree))

    @cached_property
    def names(self) -> list[str]:
        """The names that statements of the module bind, in their order."""
        return [name for name in self._inside(self.tree) if self.bound(name)]

    @cached_property
    def stars(self) -> list[ast.ImportFrom]:
        """The star imports."""
        return stars_in(self.tree) if _STAR.search(self._read) else []

    def find(self, kind: type[NodeT]) -> Iterator[NodeT]:
        """All nodes of a kind, outer ones before inner ones."""
        for type_, nodes in self._by_type.items():
            if issubclass(type_, kind):
                yield from nodes

    @cached_property
    def _by_type(self) -> dict[type[ast.AST], list[Any]]:
        by_type: dict[type[ast.AST], list[Any]] = defaultdict(list)
        for node in ast.walk(self.tree):
            by_type[type(node)].append(node)
        return by_type

    def bound(self, name: str, function: ast.AST | None = None) -> list[Binding]:
        """All that binds a name as it is seen in a function, or else in the module; none if nothing does."""
        owner = self.symbols.owner(name, function or self.tree)
        if owner is None:  # nobody tells which one it is
            return [_unseen(name)]
        if (owner, name) not in self._bound:
            self._bound[owner, name] = list(self._bound_in(owner, name))
        return self._bound[owner, name]

    def is_of_module(self, name: str, function: ast.AST) -> bool:
        """Whether a name is the module's, as it is seen in a function, and bound there."""
        is_outside = self.symbols.owner(name, function) is self.tree
        return is_outside and bool(self.bound(name))

    def _bound_in(self, owner: ast.AST, name: str) -> Iterator[Binding]:
        for scope in (owner, *self.symbols.sharing(name, owner)):
            may_give = self.symbols.may_give(name, scope)
            bindings = self._inside(scope).get(name, ()) if may_give else ()
            yield from bindings
            if not bindings and self.symbols.binds(name, scope):
                yield _unseen(name)

    def _inside(self, scope: ast.AST) -> Bindings:
        if scope not in self._bodies:
            self._bodies[scope] = bindings_in(scope, in_expressions=b":=" in self._read)
        return self._bodies[scope]

    @cached_property
    def _bodies(self) -> dict[ast.AST, Bindings]:
        return {}

    @cached_property
    def _bound(self) -> dict[tuple[ast.AST, str], list[Binding]]:
        return {}

    def meaning(self, expr: ast.AST, function: ast.AST | None = None, depth: int = 0) -> str:
        """The dotted name that an expression means by the imports of its function and of the module.

        A name that is bound in more than one way, or is anything but an import or an alias of
        one, is unknown: ''.
        """
        if isinstance(expr, ast.Attribute):
            base = self.meaning(expr.value, function, depth)
            return f"{base}.{expr.attr}" if base else ""
        if not isinstance(expr, ast.Name) or depth > _DEEPEST:
            return ""
        bindings = self.bound(expr.id, function)
        if not bindings or self._starred_after(bindings):
            return ""
        owner = self.symbols.owner(expr.id, function or self.tree)
        value = only_value(bindings)
        return only_target(bindings) or (self.meaning(value, owner, depth + 1) if value else "")

    def _starred_after(self, bindings: list[Binding]) -> bool:
        """Whether a star import may rebind what the last of some bindings gives."""
        last = max(getattr(bound.node, "lineno", 0) for bound in bindings)
        return any(star.lineno > last for star in self.stars)

    @cached_property
    def _anywhere(self) -> Bindings:
        """What imports and plain assignments give names, in whatever scope."""
        imports = (*self.find(ast.Import), *self.find(ast.ImportFrom))
        return bindings_of((*imports, *self.find(ast.Assign), *self.find(ast.AnnAssign)))

    def meanings(self, expr: ast.AST, depth: int = 0) -> set[str]:
        """All that an expression may mean by some import of the file, wherever it stands."""
        if isinstance(expr, ast.Attribute):
            return {f"{base}.{expr.attr}" for base in self.meanings(expr.value, depth)}
        if not isinstance(expr, ast.Name) or depth > _DEEPEST:
            return set()
        names: set[str] = set()
        for bound in self._anywhere.get(expr.id, ()):
            if bound.kind == "import":
                names.add(bound.target)
            elif bound.value is not None:
                names |= self.meanings(bound.value, depth + 1)
        return names

    def texts(self, expr: ast.AST) -> Iterator[str]:
        """The texts that an expression may be: a string, or a name that is bound to one anywhere."""
        if isinstance(expr, ast.Constant) and isinstance(expr.value, str):
            yield expr.value
        elif isinstance(expr, ast.Name):
            for bound in self._anywhere.get(expr.id, ()):
                if isinstance(bound.value, ast.Constant) and isinstance(bound.value.value, str):
                    yield bound.value.value


def _unseen(name: str) -> Binding:
    """What gives a name a value without a statement that was found."""
    return Binding("other", name, ast.Name(name, ast.Store()))


def _parsed(data: bytes) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # invalid escapes and the like of user code
        return ast.parse(data.decode())
