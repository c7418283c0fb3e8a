"""Imports of importlib in the place of those of pkg_resources, where the file's order has them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import libcst as cst

from gardener.codemod.import_changes import only
from gardener.codemod.import_sections import at_top, closed_up, inserted, place_of
from gardener.codemod.meant import module_of

from ._import_choices import alternatives
from ._pkg_nodes import followed, import_line, imports_it, replaced, without

if TYPE_CHECKING:
    from gardener.codemod.command import Command

_Import: TypeAlias = "cst.Import | cst.ImportFrom"
_BACKPORTS = ("importlib_metadata", "importlib_resources")
_VERSION = re.compile(r"\b(?:version_info|hexversion|PY\d*|python_version)\b")


def imports_of(command: Command) -> list[_Import]:
    """The statements that import the module, or names from it."""
    return [s for s in _all_imports(command) if imports_it(s)]


def is_fallback(command: Command) -> bool:
    """Whether the file asks pkg_resources only where importlib cannot be asked.

    One of them stands in a branch of `try` or of a comparison of versions then, or a backport
    of importlib is imported.
    """
    for statement in _all_imports(command):
        if imports_it(statement):
            if any(isinstance(a, cst.ExceptHandler) for a in command.index.ancestors(statement)):
                return True
        elif not _is_importlib(command, statement):
            continue
        elif _is_backport(command, statement) or alternatives(command.index, statement):
            return True
        if _asks_version(command, statement):
            return True
    return False


def _all_imports(command: Command) -> Iterator[_Import]:
    yield from command.index.find(cst.Import)
    yield from command.index.find(cst.ImportFrom)


def _is_importlib(command: Command, statement: _Import) -> bool:
    return re.search(r"\bimportlib(?:[._]| import\b)", command.code(statement)) is not None


def _is_backport(command: Command, statement: _Import) -> bool:
    return any(name in command.code(statement) for name in _BACKPORTS)


def _asks_version(command: Command, statement: _Import) -> bool:
    return any(
        isinstance(around, cst.If) and _VERSION.search(command.code(around.test))
        for around in command.index.ancestors(statement)
    )


class PkgImports:
    """How what takes the place of pkg_resources is written, and the imports for it."""

    def __init__(self, command: Command) -> None:
        self.command = command
        self.index = command.index
        self.top = at_top(command.module)
        self._needs: dict[cst.CSTNode, str] = {}
        self._bound = dict(self._bound_by_top())
        self._there = {
            alias.evaluated_name
            for line in self.top
            for part in line.body
            if isinstance(part, cst.Import)
            for alias in part.names
            if alias.asname is None
        }

    def _bound_by_top(self) -> Iterator[tuple[str, str]]:
        """What the imports at the top give another name than its own, and nothing else has."""
        for part in (part for line in self.top for part in line.body):
            if not isinstance(part, (cst.Import, cst.ImportFrom)):
                continue
            names = () if isinstance(part.names, cst.ImportStar) else part.names
            inside = f"{module_of(part)}." if isinstance(part, cst.ImportFrom) else ""
            for alias in names:
                local = alias.evaluated_alias or (alias.evaluated_name if inside else "")
                target = inside + alias.evaluated_name
                is_sought = local and target.startswith("importlib.")
                if is_sought and len(self.command.names.bound_anywhere(local)) == 1:
                    yield target, local

    def written(self, node: cst.CSTNode, module: str, name: str) -> str:
        """How `module.name` is written where a node stood; the module is imported if it has to be."""
        if f"{module}.{name}" in self._bound:
            return self._bound[f"{module}.{name}"]
        if module in self._bound:
            return f"{self._bound[module]}.{name}"
        self._needs[node] = module
        return f"{module}.{name}"

    def write(self, dropped: Mapping[_Import, Collection[cst.ImportAlias]]) -> None:
        """Import what is needed beside, or in the place of, statements of which names are `dropped`."""
        by_line = {self._line_of(statement): statement for statement in dropped}
        ordered = sorted(by_line, key=lambda line: (line not in self.top, self.index.order[line]))
        for line in ordered:
            statement = by_line[line]
            needed = [name for name in self._needed_by(line) if name not in self._there]
            if line in self.top:
                self._there.update(needed)
            self._write(line, statement, dropped[statement], needed)

    def _line_of(self, statement: _Import) -> cst.SimpleStatementLine:
        line = self.index.parent[statement]
        assert isinstance(line, cst.SimpleStatementLine)
        return line

    def _needed_by(self, line: cst.CSTNode) -> list[str]:
        """The modules that what reads the names of an import needs."""
        holders = (a for a in self.index.ancestors(line) if isinstance(a, cst.FunctionDef))
        holder = next(holders, None)
        inside = (
            module
            for node, module in self._needs.items()
            if holder is None or holder in self.index.ancestors(node)
        )
        return sorted(set(inside))

    def _write(
        self,
        line: cst.SimpleStatementLine,
        statement: _Import,
        dropped: Collection[cst.ImportAlias],
        needed: list[str],
    ) -> None:
        names = () if isinstance(statement.names, cst.ImportStar) else statement.names
        goes = bool(names) and len(dropped) == len(names)
        if dropped and not goes:
            keep = [number for number, alias in enumerate(names) if alias not in dropped]
            how = only if isinstance(statement, cst.ImportFrom) else without
            self.command.change(statement, partial(how, keep=keep))
        is_commented = any(each.comment for each in line.leading_lines) or (
            line.trailing_whitespace.comment is not None
        )
        if line in self.top and not (goes and is_commented) and self._in_order(line, goes, needed):
            return
        lines = [import_line(name) for name in needed]
        if not goes:
            if lines:
                self.command.change(line, partial(followed, lines=lines))
            return
        if not lines and not is_commented and self._is_one_of_several(line):
            self.command.change(line, lambda _: cst.RemoveFromParent())
            return
        lines = lines or [import_line(name) for name in self._needed_by(line)]
        first = lines[0].with_changes(
            leading_lines=line.leading_lines, trailing_whitespace=line.trailing_whitespace
        )
        self.command.change(line, partial(replaced, lines=[first, *lines[1:]]))

    def _in_order(self, line: cst.SimpleStatementLine, goes: bool, needed: list[str]) -> bool:
        """Put imports where the file's order has them; False where it has no place for one."""
        module = self.command.module
        removed = (line,) if goes else ()
        places = [(name, place_of(module, name, removed)) for name in needed]
        new: dict[cst.SimpleStatementLine, list[tuple[str, cst.SimpleStatementLine]]]
        new = defaultdict(list)
        for name, place in places:
            if place is None:
                return False
            new[place.anchor].append((place.side, import_line(name)))
        closing = closed_up(module, line) if goes else None
        if closing is not None:
            self.command.change(*closing)
        if goes:
            self.command.change(line, lambda _: cst.RemoveFromParent())
        for anchor, lines in new.items():
            self.command.change(anchor, partial(inserted, new=lines))
        return True

    def _is_one_of_several(self, line: cst.CSTNode) -> bool:
        block = self.index.parent[line]
        return len(getattr(block, "body", ())) > 1
