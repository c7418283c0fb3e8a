"""How UTC is written where a clock stands, and the import that it takes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import libcst as cst

from gardener.codemod.imports import free_name, in_parentheses, is_one_line, with_name
from gardener.codemod.meaning import Bound
from gardener.codemod.oldest_python import oldest_python
from gardener.codemod.project import Project

from ._utcnow_nodes import Clock, note_at

if TYPE_CHECKING:
    from gardener.codemod.command import Command

_HAS_TIMEZONE, _HAS_UTC = (3, 2), (3, 11)
_STAR = rb"\bfrom(?:[ \t]|\\\r?\n)+([.a-zA-Z_0-9]+)(?:[ \t]|\\\r?\n)+import(?:[ \t]|\\\r?\n)*\*"


class Zones:
    """Writes UTC, and imports it once for each import of `datetime`."""

    def __init__(self, command: Command) -> None:
        self.command = command
        self.extended: set[tuple[cst.CSTNode, str]] = set()

    def written(self, clock: Clock) -> str:
        """How UTC is written there, imported if need be; '' if it cannot be, which is noted."""
        text, why = self._found(clock.node)
        if why:
            note_at(self.command, clock, why)
        return text

    def _found(self, node: cst.Attribute) -> tuple[str, str]:
        command = self.command
        project = command.project
        oldest = oldest_python(project, command.file.path)
        if oldest is not None and oldest < _HAS_TIMEZONE:
            return "", "not each Python of the project has datetime.timezone"
        short = project.config.codemods.prefer_utc and (oldest or (0, 0)) >= _HAS_UTC
        receiver = node.value
        if isinstance(receiver, cst.Attribute) and command.meaning(receiver.value) == "datetime":
            module = command.code(receiver.value)
            return (f"{module}.UTC" if short else f"{module}.timezone.utc"), ""
        constants = {"datetime.UTC": "", "datetime.timezone": ".utc"}
        if not short:
            constants = dict(reversed(constants.items()))
        constants["datetime"] = ".UTC" if short else ".timezone.utc"
        reliable = command.names.seen(node, constants)
        for constant, tail in constants.items():
            for target, name in reliable:
                if target == constant:
                    return name + tail, ""
        return self._imported(receiver, short)

    def _imported(self, receiver: cst.BaseExpression, short: bool) -> tuple[str, str]:
        command = self.command
        plain = command.names.plain.imports(receiver)
        bindings = self._class_imports(receiver) if plain is None else []
        statements = [bound.node for bound in bindings]
        if plain is not None:
            statements = [node for node in plain if _is_from_datetime(node)]
        if not statements:
            return "", "no import of datetime to add timezone to"
        zone_name = "UTC" if short else "timezone"
        local = free_name(command.names, zone_name, f"datetime.{zone_name}", "dt_")
        if _starred_over(command, local):
            local = f"_{local}"
        for bound in bindings:
            assert isinstance(bound.node, cst.ImportFrom)
            scope = command.names.scope(bound.node)
            if bound.scope is not scope:
                line = command.file.line(bound.node)
                return "", f"line {line} imports {bound.name} for another scope"
        for statement in statements:
            if command.protected(statement):
                return "", "the import of datetime is protected by a comment"
        for statement in statements:
            self._extend(statement, zone_name, local)
        return (local if short else f"{local}.utc"), ""

    def _extend(self, node: cst.CSTNode, zone_name: str, local: str) -> None:
        assert isinstance(node, cst.ImportFrom) and not isinstance(node.names, cst.ImportStar)
        imported = {(a.evaluated_name, a.evaluated_alias or a.evaluated_name) for a in node.names}
        if (zone_name, local) in imported or (node, local) in self.extended:
            return
        self.extended.add((node, local))
        limit = self.command.project.line_limit(self.command.file.path)
        unit = self.command.module.default_indent

        def extended(updated: cst.ImportFrom) -> cst.ImportFrom:
            new = with_name(updated, zone_name, local)
            code = self.command.code(new)
            before = self.command.code(updated)
            column = self._column(node)
            fits = column + len(code) <= limit or column + len(before) > limit
            return new if fits or not is_one_line(code) else in_parentheses(new, unit)

        self.command.change(node, extended)

    def _column(self, node: cst.CSTNode) -> int:
        blocks = (n for n in self.command.index.ancestors(node) if isinstance(n, cst.IndentedBlock))
        unit = len(self.command.module.default_indent)
        return sum(unit if block.indent is None else len(block.indent) for block in blocks)

    def _class_imports(self, receiver: cst.BaseExpression, depth: int = 0) -> list[Bound]:
        """The `from datetime import` statements that the receiver's class comes from."""
        names = self.command.names
        if isinstance(receiver, cst.Call) and depth < 8:  # super(): the base of the class around
            around = self.command.index.ancestors(receiver)
            holder = next((n for n in around if isinstance(n, cst.ClassDef)), None)
            return self._class_imports(holder.bases[0].value, depth + 1) if holder else []
        bindings = names.bound(receiver)
        if not bindings or depth > 8:
            return []
        only = bindings[0] if len(bindings) == 1 else None
        outer = bindings[0].scope is not None and bindings[0].scope is bindings[0].scope.globals
        if only is not None and isinstance(only.node, cst.ClassDef):
            base = only.node.bases[0].value
            return self._class_imports(base, depth + 1) if outer or not depth else []
        if only is not None and only.kind == "assign" and only.value is not None:
            return self._class_imports(only.value, depth + 1)
        if depth and not outer:
            return []
        return [bound for bound in bindings if _is_from_datetime(bound.node)]


def _is_from_datetime(node: cst.CSTNode) -> bool:
    module = node.module if isinstance(node, cst.ImportFrom) and not node.relative else None
    return isinstance(module, cst.Name) and module.value == "datetime"


def _starred_over(command: Command, name: str) -> bool:
    """Whether `from this import *` elsewhere would put a new name in the place of another."""
    project = command.project
    stars = project.memo("star imports", lambda: _stars(project))
    this_module = project.modules.name(project.full(command.file.path)) if stars else ""
    importers = stars.get(this_module, ())
    if not importers or command.names.bound_anywhere("__all__"):
        return False
    for path in importers:
        source = project.modules.source(project.full(path))
        if source is not None and source.symbols.is_bound(name):
            return True
    return False


def _stars(project: Project) -> dict[str, list[str]]:
    """Modules of which others import all names, each with the files that do."""
    importers: dict[str, list[str]] = {}
    for path in project.containing("import *"):
        for match in re.finditer(_STAR, project.read(path)):
            origin = project.modules.absolute(match[1].decode(), project.full(path))
            importers.setdefault(origin, []).append(path)
    return importers
