"""What class an expression means, and its bases, across files and libraries."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from gardener.codemod.name_resolver import ResolvedName
    from gardener.codemod.project import Project
    from gardener.codemod.source import Source

_MAX_REEXPORTS = 8
"""How many modules one name is followed through."""


class ClassRef(NamedTuple):
    """A class of the repository: the file it stands in, parsed, and its definition."""

    source: Source
    path: str
    node: ast.ClassDef


class BaseClasses(NamedTuple):
    """What a class comes from.

    `classes` are all classes of the repository that it inherits from, nearest first;
    `outside` the dotted names of what lies outside of it; `unknown` the bases, as they
    are written, that nothing is known about.
    """

    classes: tuple[ClassRef, ...] = ()
    outside: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def bases_of(project: Project, ref: ClassRef, below: frozenset[int] = frozenset()) -> BaseClasses:
    """All that a class inherits from, through whatever files of the repository.

    `below` are the classes on the way to it: a class that inherits from itself has no more bases.
    """
    classes: list[ClassRef] = []
    outside: list[str] = []
    unknown: list[str] = []
    if id(ref.node) in below:
        return BaseClasses()
    for base in ref.node.bases:
        base = _unsubscripted(base)  # noqa: PLW2901 - Generic[T] is Generic
        parent = class_of(project, ref.source, ref.path, base)
        if isinstance(parent, ClassRef):
            above = bases_of(project, parent, below | {id(ref.node)})
            classes += [parent, *above.classes]
            outside += above.outside
            unknown += above.unknown
        elif parent:
            outside.append(parent)
        else:
            unknown.append(ast.unparse(base))
    return BaseClasses(
        tuple(dict.fromkeys(classes)),
        tuple(dict.fromkeys(outside)),
        tuple(dict.fromkeys(unknown)),
    )


def _unsubscripted(expr: ast.expr) -> ast.expr:
    """`Generic` of `Generic[T]`."""
    while isinstance(expr, ast.Subscript):
        expr = expr.value
    return expr


def class_of(project: Project, source: Source, path: str, expr: ast.expr) -> ClassRef | str:
    """The class that an expression means: one of the repository, or a dotted name, or ''."""
    if isinstance(expr, ast.Name):
        bound = source.names.lookup(expr)
        if bound is None:
            starred = _starred(project, source, path, expr.id)
            return starred or (f"builtins.{expr.id}" if expr.id in _BUILTINS else "")
        binding = bound[1][0] if len(bound[1]) == 1 else None
        if binding is not None and isinstance(binding.node, ast.ClassDef):
            return ClassRef(source, path, binding.node)
        if binding is not None and binding.kind == "assign" and binding.value is not None:
            alias = _unsubscripted(binding.value)
            if isinstance(alias, (ast.Name, ast.Attribute)):
                return class_of(project, source, path, alias)
    meaning = source.qualified(expr)
    return _class_named(project, path, meaning) if meaning else ""


def _class_named(project: Project, path: str, meaning: str) -> ClassRef | str:
    """The class of a dotted name as imports in the file at `path` spell it."""
    modules = project.modules
    dotted = modules.absolute(meaning, path)
    definition = modules.define(dotted, path)
    if definition is not None and modules.in_project(definition.path):
        return _class_at(project, definition)
    # A name of the repository that leads nowhere is unknown, one from outside is itself.
    top = dotted.partition(".")[0]
    if modules.location(top, path).is_ambiguous:
        return ""
    file = modules.locate(top, path)
    if meaning.startswith(".") or (file and modules.in_project(file)):
        return _beyond(project, dotted, path)
    return dotted


def _class_at(project: Project, definition: ResolvedName) -> ClassRef | str:
    """The class of the repository that a name is resolved to; '' = it is no class."""
    source = project.modules.source(definition.path)
    if source is None or definition.binding is None:
        return ""
    node = definition.binding.node
    return ClassRef(source, definition.path, node) if isinstance(node, ast.ClassDef) else ""


def _starred(project: Project, source: Source, path: str, name: str) -> ClassRef | str:
    """The class of the repository that a star import brings under a name; '' = none."""
    for star in reversed(source.names.module.stars):
        origin = project.modules.absolute("." * star.level + (star.module or ""), path)
        if not project.modules.exports(origin, path, name):
            continue
        definition = project.modules.define(f"{origin}.{name}", path)
        if definition is None or definition.binding is None:
            return ""
        if not project.modules.in_project(definition.path):
            return f"{definition.module}.{definition.binding.name}"
        return _class_at(project, definition)
    return ""


def _beyond(project: Project, dotted: str, importing_file: str, depth: int = 0) -> str:
    """The name outside of the repository that a module of it re-exports as `dotted`."""
    module, _, name = dotted.rpartition(".")
    path = project.modules.locate(module, importing_file)
    source = project.modules.source(path) if path else None
    if source is None or depth > _MAX_REEXPORTS:
        return ""
    bindings = source.names.module.bindings.get(name, [])
    targets = {project.modules.absolute(b.target, path) for b in bindings}
    if len(targets) != 1 or any(b.kind != "import" for b in bindings):
        return ""
    target = targets.pop()
    top = project.modules.locate(target.partition(".")[0], path)
    if top and project.modules.in_project(top):
        return _beyond(project, target, path, depth + 1)
    return target


def inherits(project: Project, ref: ClassRef, ancestor: ClassRef) -> bool:
    """Whether a class is, or comes from, another one."""
    key = (ancestor.source.path, ancestor.node.lineno, ancestor.node.name)
    return any(
        (c.source.path, c.node.lineno, c.node.name) == key
        for c in (ref, *bases_of(project, ref).classes)
    )


def nested(node: ast.ClassDef, name: str) -> Iterator[ast.ClassDef]:
    """Classes of a name directly in the body of another."""
    for item in node.body:
        if isinstance(item, ast.ClassDef) and item.name == name:
            yield item


_BUILTINS = frozenset(dir(builtins))
