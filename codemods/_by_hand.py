"""The command behind `by-hand`."""

from __future__ import annotations

import re
from collections.abc import Iterable

import libcst as cst

from gardener.codemod.command import NOTHING_ELSE, Command
from gardener.codemod.project import Project

from ._by_hand_table import FIXTURES, ByHandRow, holding
from ._import_choices import alternatives


class ByHand(Command):
    """Tell of deprecated names that have no successor with the same behaviour."""

    NAME = "by-hand"
    INSIDE = NOTHING_ELSE

    @classmethod
    def keeps(cls, source: bytes, path: str, project: Project) -> re.Pattern[bytes] | None:
        """The names that are noted."""
        parts = {part for row in holding(project, path, source) for part in _parts(row)}
        return re.compile(rf"\b(?:{'|'.join(sorted(parts))})\b".encode()) if parts else None

    def find(self, module: cst.Module) -> None:
        """Find imports, uses, calls and fixtures of the rows that hold for the file."""
        del module
        rows = list(holding(self.project, self.file.path, self.file.data))
        noted = set(self._imports([row for row in rows if row.kind in ("import", "use")]))
        by_name = {row.name: row for row in rows if row.kind == "use" and row not in noted}
        last_names = {name.rpartition(".")[2] for name in by_name}
        for node in self.index.find(cst.Attribute):
            # What names mean is asked of those alone that may be told of: that takes longest.
            row = by_name.get(self.meaning(node)) if node.attr.value in last_names else None
            if row is not None:
                self._tell(node, row, row.name)
        methods = [row for row in rows if row.kind == "method"]
        for call in self.index.find(cst.Call) if methods else ():
            self._method(call, methods)
        for function in self.index.find(cst.FunctionDef):
            for row in rows:
                if row.kind == "fixture" and row.name == function.name.value:
                    self._fixture(function, row)

    def _tell(self, node: cst.CSTNode, row: ByHandRow, name: str) -> None:
        if not self.protected(node):
            self.note(node, f"{name} {row.text}")

    def _imports(self, rows: Iterable[ByHandRow]) -> Iterable[ByHandRow]:
        """Note the imports of some rows; those whose name was told of at its import."""
        own_path = self.project.full(self.file.path)
        roots = {row.name.partition(".")[0] for row in rows}
        own = {r for r in roots if self.project.modules.location(r, own_path).files}
        for statement in self.index.find(cst.Import, cst.ImportFrom):
            names = self._imported(statement)
            for row in rows:
                inside = any(name.startswith(f"{row.name}.") for name in names)
                if row.name in names or (row.kind == "import" and inside):
                    if row.name.partition(".")[0] not in own:
                        if not self._has_other(statement):
                            self._tell(statement, row, row.name)
                        yield row

    def _has_other(self, statement: cst.BaseSmallStatement) -> bool:
        """Whether another branch of a `try` or an `if` imports something in the place of it."""
        branches = alternatives(self.index, statement)
        return any(
            above in branches
            for other in (self.index.find(cst.Import, cst.ImportFrom) if branches else ())
            for above in self.index.ancestors(other)
        )

    def _imported(self, statement: cst.BaseSmallStatement) -> set[str]:
        """Dotted names that an import names."""
        if isinstance(statement, cst.Import):
            return {alias.evaluated_name for alias in statement.names}
        if not isinstance(statement, cst.ImportFrom) or statement.module is None:
            return set()
        if statement.relative:
            return set()
        base = self.code(statement.module)
        aliases = () if isinstance(statement.names, cst.ImportStar) else statement.names
        return {base, *(f"{base}.{alias.evaluated_name}" for alias in aliases)}

    def _method(self, call: cst.Call, rows: Iterable[ByHandRow]) -> None:
        method = call.func
        if not isinstance(method, cst.Attribute) or not isinstance(method.value, cst.Name):
            return
        if method.attr.value not in {row.needle for row in rows}:
            return
        bindings = self.names.bound(method.value)
        value = bindings[0].value if len(bindings) == 1 else None
        if not isinstance(value, cst.Call):
            return
        maker = self.meaning(value.func)
        for row in rows:
            if row.needle == method.attr.value and maker == row.name:
                self._tell(call, row, row.needle)

    def _fixture(self, function: cst.FunctionDef, row: ByHandRow) -> None:
        for decorator in function.decorators:
            named = decorator.decorator
            named = named.func if isinstance(named, cst.Call) else named
            if self.meaning(named) in FIXTURES:
                self._tell(function.name, row, row.name)


def _parts(row: ByHandRow) -> Iterable[str]:
    return (re.escape(row.needle), *row.name.split("."))
