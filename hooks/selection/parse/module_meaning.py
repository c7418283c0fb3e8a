"""The parts of a module by name, and in order what runs when it is imported."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterable
from typing import NamedTuple

from .conditional_bindings import imports_in, names_bound, only_binds, statements_in
from .doctests import DOCTESTS, blocks, docstrings
from .imports import Imported, requests_of
from .lines import lines_of
from .names_read import names_in, names_read
from .program import PROGRAM
from .pure import is_pure
from .pure import only_binds as binds_surely
from .side_effects import are_effect_free_bases, is_effect_free, is_effect_free_decorator
from .structure import structure_of, structure_of_all
from .syntax import (
    AssignmentNode,
    FunctionNode,
    ImportNode,
    all_arguments,
    bound_by,
    called_by,
    chain_of,
    defaults_of,
    is_constant,
    is_main,
    is_type_checking,
    targets_of,
)

ALWAYS_BOUND = frozenset(dir(builtins)) | {
    "__file__",
    "__path__",
    "__module__",
    "__qualname__",
    "__annotations__",
}
"""Names that code at the top level of a module, or in a class, always finds."""
_BLOCK_FIELDS = ("body", "orelse", "finalbody", "handlers")


class Place(NamedTuple):
    """Where a statement stands.

    `owner` is the dotted name of the class around with a dot behind; empty at the top level.
    `guard` is the structure of the conditions and blocks around.
    """

    owner: str = ""
    guard: str = ""

    def under(self, condition: str) -> Place:
        """The place in a block with this condition."""
        return self._replace(guard=self.guard + condition)


class Effect(NamedTuple):
    """Something that runs when the module is imported; `guard` as in `Place`."""

    guard: str
    code: str


class Defines(NamedTuple):
    """A name is bound; it matters where, if what runs later with the module reads it."""

    name: str


class ModuleMeaning:
    """What a module means to those that use it.

    `parts` are the structures of its definitions by their dotted names: several where one is
    defined again, or under conditions. `docstrings` are by name, too. `effects` are what runs when
    it is imported, in order. `exports` are the values of `__all__`, `future` its `__future__`
    imports. `guarded` are imports in a `try` that goes on without the module, each with the
    structure of that `try`. `lines` are hashes of the lines on which definitions stand.

    `unbound` are names that are read while the module runs and that nothing bound before: an
    error, unless it is a star import that binds them. What matters is what is new.
    """

    def __init__(self, tree: ast.Module) -> None:
        self.parts: dict[str, list[str]] = {}
        self.imports: set[Imported] = set()
        self.guarded: set[tuple[str, Imported]] = set()
        self.exports: list[str] = []
        self.future: set[str] = set()
        self.unbound: set[str] = set()
        self._functions: dict[str, list[tuple[str, FunctionNode]]] = {}
        self._origins: dict[str, str] = {}  # of top-level names: what each imported one stands for
        self._imported: set[str] = set()  # top-level names that an import binds
        self._bound: set[str] = set()  # and those that something else binds
        self._effects: list[Effect | Defines] = []
        self._used: set[str] = set()  # names in what runs when the module is imported
        self._read(tree.body, Place())
        self.docstrings = dict(docstrings(tree.body))
        self.lines = lines_of(tree)
        doctests = [block for text in self.docstrings.values() for block in blocks(text)]
        if doctests:
            self.parts[DOCTESTS] = doctests

    @property
    def effects(self) -> list[Effect | Defines]:
        """What runs; the order of definitions matters where one is used while the module runs."""
        return [e for e in self._effects if isinstance(e, Effect) or e.name in self._used]

    @property
    def only_imported(self) -> set[str]:
        """Top-level names that an import binds and nothing else does."""
        return self._imported - self._bound

    def without_nested_functions(self, name: str) -> list[str]:
        """A function without the bodies of those two levels inside it; empty for all else."""
        functions = self._functions.get(name, [])
        if len(functions) != len(self.parts.get(name, ())):
            return []
        return [guard + structure_of(node, 2) for guard, node in functions]

    # --- notes ---------------------------------------------------------------------------

    def _add_part(self, name: str, structure: str) -> None:
        self.parts.setdefault(name, []).append(structure)

    def _add_binding(self, name: str, structure: str) -> None:
        """Note what gives a name its value, other than an import."""
        self._add_part(name, structure)
        if "." not in name:
            self._effects.append(Defines(name))
            self._origins[name] = ""
            self._bound.add(name)

    def _add_to_owner(self, place: Place, structure: str) -> None:
        """Note code in a class that makes the class itself another one."""
        if place.owner:
            self._add_binding(place.owner[:-1], structure)

    def _add_effect(self, guard: str, code: str, nodes: Iterable[ast.AST]) -> None:
        self._effects.append(Effect(guard, code))
        for node in nodes:
            self._used.update(names_in(node))

    def _add_reads(self, place: Place, nodes: Iterable[ast.AST]) -> None:
        """Note the names that code reads when the module is imported.

        They may be bound in the class around or in the module, but not in a class further out.
        """
        for node in nodes:
            for name in names_read(node) - ALWAYS_BOUND:
                if name not in self.parts and place.owner + name not in self.parts:
                    self.unbound.add(name)

    # --- statements ----------------------------------------------------------------------

    def _read(self, body: list[ast.stmt], place: Place) -> None:
        for node in body:
            _READERS.get(type(node), ModuleMeaning._statement)(self, node, place)

    def _statement(self, node: ast.stmt, place: Place) -> None:
        structure = structure_of(node)
        self._add_reads(place, [node])
        self._add_effect(place.guard, structure, [node])
        self._add_to_owner(place, place.guard + structure)

    def _expression(self, node: ast.Expr, place: Place) -> None:
        if not isinstance(node.value, ast.Constant):
            self._statement(node, place)

    def _pass(self, _node: ast.Pass, _place: Place) -> None:
        pass

    def _import(self, node: ImportNode, place: Place) -> None:
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            self.future.update(alias.name for alias in node.names)
            return
        for imported, name in requests_of(node):
            self.imports.add(imported)
            self._add_part(place.owner + name, f"{place.guard}import {imported}")
            if not place.owner:
                self._origins[name] = imported.origin(name)
                self._imported.add(name)

    def _assignment(self, node: AssignmentNode, place: Place) -> None:
        targets, value = targets_of(node), node.value
        self._add_reads(place, [value] if value else [])
        self._add_reads(place, [t for t in targets if not isinstance(t, ast.Name)])
        if isinstance(node, ast.AnnAssign) and not self.future:
            self._add_reads(place, [node.annotation])
        structure = structure_of(node)
        names = [name for target in targets for name in bound_by(target)]
        for name in names:
            self._add_binding(place.owner + name, place.guard + structure)
        # Fields make __init__, slots, columns: the class itself is another one.
        self._add_to_owner(place, place.guard + structure)
        if names == ["__all__"] and isinstance(node, ast.Assign) and is_constant(node.value):
            self.exports.append(place.guard + structure_of(node.value))
        elif names == ["__all__"] or not self._only_binds_names(targets, value):
            self._add_effect(place.guard, structure, [node])

    def _only_binds_names(self, targets: list[ast.expr], value: ast.expr | None) -> bool:
        """Whether an assignment does nothing else: it calls nothing, changes no object, never fails."""
        if value is None:
            return all(isinstance(target, ast.Name) for target in targets)
        return binds_surely(targets, value) and (
            is_pure(value) or is_effect_free(value, self._origins)
        )

    # --- blocks --------------------------------------------------------------------------

    def _if(self, node: ast.If, place: Place) -> None:
        if is_type_checking(node):
            self._read(node.orelse, place)
        elif is_main(node.test) and not place.owner:
            program = structure_of_all([node.test, *node.body])
            self._add_part(PROGRAM, place.guard + program)
            self._read(node.orelse, place.under("not a program:"))
        else:
            self._block(node, place)

    def _block(self, node: ast.stmt, place: Place) -> None:
        if only_binds(node):
            self._conditional_bindings(node, place)
            return
        head = _head_of(node)
        condition = "".join(map(structure_of, head))
        self._add_effect(place.guard, f"{type(node).__name__} {condition}", head)
        if isinstance(node, (ast.For, ast.With)):
            structure = place.guard + structure_of(node)
            for name in bound_by(node):
                self._add_binding(place.owner + name, structure)
        self._add_reads(place, head)
        for field in ("body", "orelse", "finalbody"):
            self._read(getattr(node, field, []), place.under(f"{condition}{field}:"))
        for handler in getattr(node, "handlers", []):
            self._handler(handler, place)

    def _handler(self, node: ast.ExceptHandler, place: Place) -> None:
        kinds = [node.type] if node.type else []
        condition = f"except {structure_of_all(kinds)}"
        self._add_effect(place.guard, condition, kinds)
        self._add_reads(place, kinds)
        if node.name:
            self.parts.setdefault(place.owner + node.name, [])
        self._read(node.body, place.under(f"{condition}:"))

    def _conditional_bindings(self, node: ast.If | ast.Try, place: Place) -> None:
        """It does nothing but bind names: they are what differs where it differs."""
        structure = place.guard + structure_of(node)
        self.guarded.update((structure, imported) for imported in imports_in(node))
        for statement in statements_in(node):
            for name in names_bound(statement):
                self._add_part(place.owner + name, structure)
                self._bound.add(name)
                self._effects.append(Defines(name))
            if isinstance(statement, ast.Assign):
                self._add_reads(place, [statement.value])
        if isinstance(node, ast.If):
            self._add_reads(place, [node.test])
        self._add_to_owner(place, structure)

    # --- functions and classes -----------------------------------------------------------

    def _function(self, node: FunctionNode, place: Place) -> None:
        name, defaults = place.owner + node.name, defaults_of(node.args)
        self._decorators(node, place)
        self._add_reads(place, [*node.decorator_list, *defaults])
        if not self.future:
            annotations = [argument.annotation for argument in all_arguments(node.args)]
            self._add_reads(place, [a for a in (node.returns, *annotations) if a])
        for default in defaults:
            if not is_pure(default):
                self._add_effect(place.guard, structure_of(default), [default])
        structure = place.guard + structure_of(node)
        self._add_binding(name, structure)
        self._functions.setdefault(name, []).append((place.guard, node))
        if any("abstract" in chain_of(called_by(d)) for d in node.decorator_list):
            self._add_to_owner(place, structure)

    def _class(self, node: ast.ClassDef, place: Place) -> None:
        name = place.owner + node.name
        header = [*node.bases, *node.keywords, *node.decorator_list]
        structure = f"class {node.name}({structure_of_all(header)})"
        self._decorators(node, place)
        self._add_reads(place, header)
        if not place.owner:
            self._origins[name] = ""
            self._bound.add(name)
        self._add_part(name, place.guard + structure)
        if node.keywords or not are_effect_free_bases(node.bases, self._origins):
            self._add_effect(place.guard, structure, header)
        self._read(node.body, place._replace(owner=f"{name}."))

    def _decorators(self, node: FunctionNode | ast.ClassDef, place: Place) -> None:
        for decorator in node.decorator_list:
            if not is_effect_free_decorator(decorator, self._origins):
                code = f"@{node.name} {structure_of(decorator)}"
                self._add_effect(place.guard, code, [decorator])


def _head_of(node: ast.stmt) -> list[ast.AST]:
    """What stands in the first line of a block: its condition, what it iterates over or opens."""
    head: list[ast.AST] = []
    for field in node._fields:
        part = getattr(node, field) if field not in _BLOCK_FIELDS else None
        if isinstance(part, ast.AST):
            head.append(part)
        elif isinstance(part, list):
            head += part
    return head


_READERS: dict[type[ast.AST], Callable[..., None]] = {
    ast.FunctionDef: ModuleMeaning._function,
    ast.AsyncFunctionDef: ModuleMeaning._function,
    ast.ClassDef: ModuleMeaning._class,
    ast.Import: ModuleMeaning._import,
    ast.ImportFrom: ModuleMeaning._import,
    ast.Assign: ModuleMeaning._assignment,
    ast.AnnAssign: ModuleMeaning._assignment,
    ast.AugAssign: ModuleMeaning._assignment,
    ast.Expr: ModuleMeaning._expression,
    ast.If: ModuleMeaning._if,
    **dict.fromkeys((ast.Try, ast.With, ast.For, ast.While), ModuleMeaning._block),
    ast.Pass: ModuleMeaning._pass,
}
"""How each kind of statement is read; all others just run."""
