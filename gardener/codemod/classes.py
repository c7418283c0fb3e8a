"""Which class a class truly is: its bases over files and libraries."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from gardener.codemod.project import Project
    from gardener.codemod.source import Source


class ClassRef(NamedTuple):
    """A class of the repository: the file it stands in, parsed, and its definition."""

    source: Source
    path: str
    node: ast.ClassDef


class Bases(NamedTuple):
    """What a class comes from.

    `classes` are all classes of the repository that it inherits from, nearest first;
    `outside` the dotted names of what lies outside of it; `unknown` the bases, as they
    are written, that nothing is known about.
    """

    classes: tuple[ClassRef, ...] = ()
    outside: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def bases_of(project: Project, ref: ClassRef, seen: frozenset[int] = frozenset()) -> Bases:
    """All that a class inherits from, through whatever files of the repository."""
    classes: list[ClassRef] = []
    outside: list[str] = []
    unknown: list[str] = []
    if id(ref.node) in seen:
        return Bases()
    for base in ref.node.bases:
        while isinstance(base, ast.Subscript):
            base = base.value  # noqa: PLW2901 - Generic[T] is Generic
        found = class_of(project, ref.source, ref.path, base)
        if isinstance(found, ClassRef):
            above = bases_of(project, found, seen | {id(ref.node)})
            classes += [found, *above.classes]
            outside += above.outside
            unknown += above.unknown
        elif found:
            outside.append(found)
        else:
            unknown.append(ast.unparse(base))
    return Bases(
        tuple(dict.fromkeys(classes)),
        tuple(dict.fromkeys(outside)),
        tuple(dict.fromkeys(unknown)),
    )


def class_of(project: Project, source: Source, path: str, expr: ast.expr) -> ClassRef | str:
    """The class that an expression means: one of the repository, or a dotted name, or ''."""
    if isinstance(expr, ast.Name):
        found = source.names.lookup(expr)
        if found is None:
            starred = _starred(project, source, path, expr.id)
            return starred or (f"builtins.{expr.id}" if expr.id in _BUILTINS else "")
        bindings = found[1]
        if len(bindings) == 1 and isinstance(bindings[0].node, ast.ClassDef):
            return ClassRef(source, path, bindings[0].node)
        if len(bindings) == 1 and bindings[0].kind == "assign" and bindings[0].value is not None:
            value = bindings[0].value
            while isinstance(value, ast.Subscript):
                value = value.value
            if isinstance(value, (ast.Name, ast.Attribute)):
                return class_of(project, source, path, value)
    meaning = source.qualified(expr)
    if not meaning:
        return ""
    dotted = project.modules.absolute(meaning, path)
    defined = project.modules.define(dotted, path)
    if defined is None or not project.modules.in_project(defined.path):
        # A name of the repository that leads nowhere is unknown, one from outside is itself.
        top = dotted.partition(".")[0]
        if project.modules.location(top, path).is_ambiguous:
            return ""
        local = project.modules.locate(top, path)
        inside = bool(local) and project.modules.in_project(local)
        return (
            dotted if not inside and not meaning.startswith(".") else _beyond(project, dotted, path)
        )
    if defined.binding is None or not isinstance(defined.binding.node, ast.ClassDef):
        return ""
    other = project.modules.source(defined.path)
    assert other is not None
    return ClassRef(other, defined.path, defined.binding.node)


def _starred(project: Project, source: Source, path: str, name: str) -> ClassRef | str:
    """The class of the repository that a star import brings under a name; '' = none."""
    for star in reversed(source.names.module.stars):
        origin = project.modules.absolute("." * star.level + (star.module or ""), path)
        if not project.modules.exports(origin, path, name):
            continue
        found = project.modules.define(f"{origin}.{name}", path)
        if found is None or found.binding is None:
            return ""
        if not project.modules.in_project(found.path):
            return f"{found.module}.{found.binding.name}"
        other = project.modules.source(found.path)
        if other is None or not isinstance(found.binding.node, ast.ClassDef):
            return ""
        return ClassRef(other, found.path, found.binding.node)
    return ""


def _beyond(project: Project, dotted: str, near: str, depth: int = 0) -> str:
    """The name outside of the repository that a module of it re-exports as `dotted`."""
    module, _, name = dotted.rpartition(".")
    path = project.modules.locate(module, near)
    source = project.modules.source(path) if path else None
    if source is None or depth > 8:
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
