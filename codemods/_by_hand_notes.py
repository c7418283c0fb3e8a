"""What `by-hand` tells of a file, asked of `ast`: it changes nothing, so most files need no tree of libcst."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import lru_cache

from gardener.codemod.ast_names import AstNames
from gardener.codemod.by_ast import tree_of
from gardener.codemod.file_text import FileText, Remark
from gardener.codemod.project import Project
from gardener.codemod.protection import may_protect

from ._by_hand_table import FIXTURES, ByHandRow, holding

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_BRANCHES = (ast.Try, getattr(ast, "TryStar", ast.Try), ast.If)


class _Unclear(Exception):
    """Only libcst can tell."""


@lru_cache(maxsize=1)  # asked of the file, then for libcst's tree
def notes_of(data: bytes, path: str, project: Project) -> list[Remark] | None:
    """All that there is to say of a file; None where libcst has to look.

    Raises:
        gardener.codemod.file_text.Unparsable: nobody can tell what the file says.
    """
    text = FileText(data, path).data
    tree = tree_of(text)
    if tree is None or may_protect(text):
        return None
    try:
        return list(_Notes(text, tree, path, project).all())
    except _Unclear:
        return None


class _Notes:
    """The notes of one file."""

    def __init__(self, data: bytes, tree: ast.Module, path: str, project: Project) -> None:
        self.data = data
        self.path = path
        self.project = project
        self.names = AstNames(data, tree)
        self.rows = list(holding(project, path, data))

    def all(self) -> Iterator[Remark]:
        """Imports, uses and fixtures of the rows that hold for the file."""
        noted: set[ByHandRow] = set()
        for row, statement in self._imports():
            noted.add(row)
            yield _told(row, row.name, statement.end_lineno)
        by_name = {row.name: row for row in self.rows if row.kind == "use" and row not in noted}
        yield from self._uses(by_name)
        self._refuse_methods({row.needle for row in self.rows if row.kind == "method"})
        yield from self._fixtures([row for row in self.rows if row.kind == "fixture"])

    def _imports(self) -> Iterator[tuple[ByHandRow, ast.stmt]]:
        rows = [row for row in self.rows if row.kind in ("import", "use")]
        own_path = self.project.full(self.path)
        roots = {row.name.partition(".")[0] for row in rows}
        own = {r for r in roots if self.project.modules.location(r, own_path).files}
        for kind in (ast.Import, ast.ImportFrom):
            for statement in self.names.nodes:
                if not isinstance(statement, kind):
                    continue
                imported = _imported(statement)
                for row in rows:
                    inside = any(name.startswith(f"{row.name}.") for name in imported)
                    if row.name in imported or (row.kind == "import" and inside):
                        if row.name.partition(".")[0] not in own:
                            self._refuse_choice(statement)
                            yield row, statement

    def _refuse_choice(self, statement: ast.stmt) -> None:
        """Leave an import to libcst that may be one of several."""
        for around in self.names.around(statement):
            if isinstance(around, (*_FUNCTIONS, ast.ClassDef)):
                return
            if isinstance(around, _BRANCHES):
                raise _Unclear

    def _uses(self, by_name: dict[str, ByHandRow]) -> Iterator[Remark]:
        last_names = {name.rpartition(".")[2] for name in by_name}
        for node in self.names.nodes if by_name else ():
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                parts = {part for name in _imported(node) for part in name.split(".")}
                if parts & last_names:
                    raise _Unclear  # a module in an import is read like a use of it
            elif isinstance(node, ast.Attribute) and node.attr in last_names:
                row = by_name.get(self._meaning(node))
                if row is not None:
                    yield _told(row, row.name, node.end_lineno)

    def _refuse_methods(self, methods: set[str]) -> None:
        """Leave methods to libcst: what they are called on is asked of its scopes."""
        for node in self.names.nodes if methods else ():
            if isinstance(node, ast.Attribute) and node.attr in methods:
                raise _Unclear

    def _fixtures(self, rows: Iterable[ByHandRow]) -> Iterator[Remark]:
        by_name = {row.name: row for row in rows}
        for node in self.names.nodes if by_name else ():
            row = by_name.get(node.name) if isinstance(node, _FUNCTIONS) else None
            if row is None or not isinstance(node, _FUNCTIONS):
                continue
            for decorator in node.decorator_list:
                named = decorator.func if isinstance(decorator, ast.Call) else decorator
                if self._meaning(named) in FIXTURES:
                    yield _told(row, row.name, node.lineno)

    def _meaning(self, node: ast.expr) -> str:
        """The dotted name of what an expression means.

        Raises:
            _Unclear: only libcst can tell, or where it stands.
        """
        meaning = self.names.meaning(node)
        if meaning is None:
            raise _Unclear
        if not meaning or self.project.is_beside(meaning.partition(".")[0], self.path, self.data):
            return ""
        if any(isinstance(around, ast.JoinedStr) for around in self.names.around(node)):
            raise _Unclear
        return meaning


def _told(row: ByHandRow, name: str, line: int | None) -> Remark:
    return Remark(line or 0, f"{name} {row.text}")


def _imported(statement: ast.Import | ast.ImportFrom) -> set[str]:
    """Dotted names that an import names."""
    if isinstance(statement, ast.Import):
        return {alias.name for alias in statement.names}
    if statement.module is None or statement.level:
        return set()
    aliases = [alias for alias in statement.names if alias.name != "*"]
    return {statement.module, *(f"{statement.module}.{alias.name}" for alias in aliases)}
