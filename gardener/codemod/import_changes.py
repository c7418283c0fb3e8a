"""All changes of a file's imports at once: names that come and go, each in the layout that is there."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import libcst as cst

from gardener.codemod.imports import free_name, in_parentheses, is_one_line, with_name
from gardener.codemod.meant import module_of

if TYPE_CHECKING:
    from gardener.codemod.command import Command
    from gardener.codemod.meaning import Bound

_BLANK = cst.EmptyLine(indent=False)


class ImportChanges:
    """What a command needs of imports; `make` turns it into changes of statements."""

    def __init__(self, command: Command) -> None:
        self.command = command
        self._added: dict[cst.ImportFrom, list[tuple[str, str]]] = defaultdict(list)
        self._gone: dict[cst.ImportFrom, list[cst.ImportAlias]] = defaultdict(list)
        self._lines: list[tuple[str, str, str]] = []

    # --- what is needed -----------------------------------------------------------------------

    def written(
        self, node: cst.CSTNode, module: str, name: str, prefix: str, near: Sequence[Bound] = ()
    ) -> str:
        """How `module.name` is written where `node` stands; imported if it has to be.

        `near` are imports to add the name to if nothing better is sure to be done there.
        """
        names = self.command.names
        reliable = list(names.visible(node))
        inner = f"{module}."
        for bound in reliable:
            if bound.target.startswith(inner) and bound.target.rpartition(".")[2] == name:
                return bound.name
        local = free_name(names, name, f"{module}.{name}", prefix)
        nodes = [b.node for b in reliable if self._is_from(b.node, module)][:1]
        nodes = nodes or [b.node for b in near if self._is_from(b.node, module)]
        for statement in nodes:
            assert isinstance(statement, cst.ImportFrom)
            self._added[statement].append((name, local))
        if nodes:
            return local
        for bound in reliable:
            if bound.target == module and isinstance(bound.node, cst.Import):
                return f"{bound.name}.{name}"
        self._lines.append((module, name, local))
        return local

    def _is_from(self, node: cst.CSTNode, module: str) -> bool:
        return (
            isinstance(node, cst.ImportFrom)
            and not isinstance(node.names, cst.ImportStar)
            and module_of(node) == module
            and not self.command.protected(node)
        )

    def drop(self, node: cst.ImportFrom, alias: cst.ImportAlias) -> None:
        """Take a name out of a `from` import."""
        self._gone[node].append(alias)

    # --- the changes ---------------------------------------------------------------------------

    def make(self) -> None:
        """Say to the command how statements change."""
        removed: list[cst.SimpleStatementLine] = []
        for node in dict.fromkeys((*self._added, *self._gone)):
            dropped = self._gone.get(node, [])
            added = list(dict.fromkeys(self._added.get(node, [])))
            assert not isinstance(node.names, cst.ImportStar)
            line = self.command.index.parent[node]
            if not added and len(dropped) == len(node.names):
                if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1:
                    removed.append(line)
                continue
            self.command.change(node, partial(self._changed, node, dropped, added))
        for line in removed:
            self._remove(line)
        if self._lines:
            self._import_lines()

    def _changed(
        self,
        node: cst.ImportFrom,
        dropped: list[cst.ImportAlias],
        added: list[tuple[str, str]],
        updated: cst.ImportFrom,
    ) -> cst.ImportFrom:
        assert not isinstance(node.names, cst.ImportStar)
        rest = [alias for alias in node.names if alias not in dropped]
        if rest:
            updated = only(updated, [node.names.index(alias) for alias in rest])
        else:
            (name, local), *added = added
            updated = updated.with_changes(names=[_alias(name, local, node.names[-1].comma)])
        there = {(a.evaluated_name, a.evaluated_alias or a.evaluated_name) for a in rest}
        for name, local in added:
            if (name, local) not in there:
                updated = with_name(updated, name, local)
        return self._in_lines(node, updated)

    def _in_lines(self, node: cst.ImportFrom, updated: cst.ImportFrom) -> cst.ImportFrom:
        """The import broken into lines where it has become too long for one."""
        command = self.command
        limit = command.project.line_limit(command.file.path)
        before, code = command.code(node), command.code(updated)
        column = column_of(command, node)
        if column + len(code) <= limit or column + len(before) > limit or not is_one_line(code):
            return updated
        return in_parentheses(updated, command.module.default_indent)

    def _remove(self, line: cst.SimpleStatementLine) -> None:
        command = self.command
        block = command.index.parent[line]
        body = list(getattr(block, "body", ()))
        if len(body) == 1 and block is not command.module:
            command.change(line, lambda old: old.with_changes(body=[cst.Pass()]))
            return
        following = body[body.index(line) + 1 :][:1]
        if line.leading_lines and following and hasattr(following[0], "leading_lines"):
            before = line.leading_lines
            command.change(following[0], partial(_below, before))
        command.change(line, lambda _: cst.RemoveFromParent())

    def _import_lines(self) -> None:
        """Import from modules that the file imports nothing from, before those of its project."""
        by_module: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for module, name, local in self._lines:
            if (name, local) not in by_module[module]:
                by_module[module].append((name, local))
        places: dict[cst.BaseStatement, tuple[str, list[cst.SimpleStatementLine]]] = {}
        for module, names in sorted(by_module.items()):
            anchor, place = self._anchor(module)
            places.setdefault(anchor, (place, []))[1].append(_line(module, names))
        for anchor, (place, new) in places.items():
            self.command.change(anchor, partial(_beside, new, place))

    def _anchor(self, module: str) -> tuple[cst.BaseStatement, str]:
        """The statement beside which a module is imported, and where that goes."""
        body = [s for s in self.command.module.body if isinstance(s, cst.BaseStatement)]
        first = 1 if body and _is_text(body[0]) else 0
        imports: list[cst.BaseStatement] = []
        for statement in body[first:]:
            if not _is_import(statement):
                break
            imports.append(statement)
        foreign = [s for s in imports if not self._is_local(s) and not _is_future(s)]
        standard = [s for s in foreign if _is_standard(_module(s))]
        if foreign and _is_standard(module):
            return (standard[-1], "behind") if standard else (foreign[0], "before")
        if foreign:
            return foreign[-1], "apart" if foreign[-1] in standard else "behind"
        local = [s for s in imports if self._is_local(s)]
        if local:
            return local[0], "before"
        if imports or first:
            return (imports or body[:1])[-1], "apart"
        return body[0], "on top"

    def _is_local(self, statement: cst.BaseStatement) -> bool:
        """Whether an import is one of the project's own modules."""
        project = self.command.project
        name = _module(statement).partition(".")[0]
        if not name:
            return True
        path = project.modules.locate(name, project.full(self.command.file.path))
        return (bool(path) and project.modules.in_project(path)) or (project.root / name).is_dir()


# --- statements -----------------------------------------------------------------------------------


def column_of(command: Command, node: cst.CSTNode) -> int:
    """The width of the white space before a statement."""
    blocks = (n for n in command.index.ancestors(node) if isinstance(n, cst.IndentedBlock))
    unit = len(command.module.default_indent)
    return sum(unit if block.indent is None else len(block.indent) for block in blocks)


def only(node: cst.ImportFrom, keep: Sequence[int]) -> cst.ImportFrom:
    """The import with some of its names, in the layout that it has; comments behind them stay."""
    assert not isinstance(node.names, cst.ImportStar)
    names = [node.names[number] for number in keep]
    if not names or keep[-1] == len(node.names) - 1:
        return node.with_changes(names=names)
    last, closing = names[-1], node.names[-1].comma
    behind = last.comma.whitespace_after if isinstance(last.comma, cst.Comma) else None
    if isinstance(closing, cst.Comma):
        after = _with_comment_of(behind, closing.whitespace_after)
        names[-1] = last.with_changes(comma=closing.with_changes(whitespace_after=after))
        return node.with_changes(names=names)
    names[-1] = last.with_changes(comma=cst.MaybeSentinel.DEFAULT)
    node = node.with_changes(names=names)
    if node.rpar is None:
        return node
    space = _with_comment_of(behind, node.rpar.whitespace_before)
    return node.with_changes(rpar=node.rpar.with_changes(whitespace_before=space))


def _with_comment_of(
    behind: cst.BaseParenthesizableWhitespace | None, closing: cst.BaseParenthesizableWhitespace
) -> cst.BaseParenthesizableWhitespace:
    """The white space before a parenthesis, with the comment that stands behind the last name."""
    broken = cst.ParenthesizedWhitespace
    if isinstance(behind, broken) and isinstance(closing, broken):
        return closing.with_changes(first_line=behind.first_line)
    return closing


def _alias(name: str, local: str, comma: cst.Comma | cst.MaybeSentinel) -> cst.ImportAlias:
    asname = None if local == name else cst.AsName(cst.Name(local))
    return cst.ImportAlias(cst.Name(name), asname, comma)


def _line(module: str, names: Iterable[tuple[str, str]]) -> cst.SimpleStatementLine:
    dotted = cst.parse_expression(module)
    assert isinstance(dotted, (cst.Name, cst.Attribute))
    none = cst.MaybeSentinel.DEFAULT
    aliases = [_alias(name, local, none) for name, local in names]
    return cst.SimpleStatementLine([cst.ImportFrom(dotted, aliases)])


def _beside(
    new: list[cst.SimpleStatementLine], place: str, old: cst.BaseStatement
) -> cst.FlattenSentinel[cst.BaseStatement]:
    if place == "behind":
        return cst.FlattenSentinel([old, *new])
    first, *rest = new
    if place == "apart":
        return cst.FlattenSentinel([old, first.with_changes(leading_lines=[_BLANK]), *rest])
    lines: Sequence[cst.EmptyLine] = old.leading_lines  # type: ignore[attr-defined]
    if place == "before":
        first = first.with_changes(leading_lines=lines)
        return cst.FlattenSentinel([first, *rest, old.with_changes(leading_lines=[_BLANK])])
    below = [_BLANK, _BLANK, *_without_blanks(lines)]
    return cst.FlattenSentinel([first, *rest, old.with_changes(leading_lines=below)])


def _below(lines: Sequence[cst.EmptyLine], old: cst.BaseStatement) -> cst.BaseStatement:
    """A statement below the lines that stood before a removed one."""
    leading: Sequence[cst.EmptyLine] = old.leading_lines  # type: ignore[attr-defined]
    if leading and leading[0].comment is None:
        lines = [line for line in lines if line.comment is not None]
    return old.with_changes(leading_lines=[*lines, *leading])


def _without_blanks(lines: Sequence[cst.EmptyLine]) -> Sequence[cst.EmptyLine]:
    first = next((n for n, line in enumerate(lines) if line.comment is not None), len(lines))
    return lines[first:]


def _is_import(statement: cst.BaseStatement) -> bool:
    body = statement.body if isinstance(statement, cst.SimpleStatementLine) else ()
    return bool(body) and all(isinstance(part, (cst.Import, cst.ImportFrom)) for part in body)


def _module(statement: cst.BaseStatement) -> str:
    """The module that an import names first, with its leading dots."""
    part = statement.body[0]  # type: ignore[attr-defined]
    return module_of(part) if isinstance(part, cst.ImportFrom) else part.names[0].evaluated_name


def _is_standard(module: str) -> bool:
    return module.partition(".")[0] in sys.stdlib_module_names


def _is_future(statement: cst.BaseStatement) -> bool:
    return _module(statement) == "__future__"


def _is_text(statement: cst.BaseStatement) -> bool:
    """Whether a statement is a docstring."""
    parts = statement.body if isinstance(statement, cst.SimpleStatementLine) else ()
    first = parts[0] if parts else None
    return isinstance(first, cst.Expr) and isinstance(
        first.value, (cst.SimpleString, cst.ConcatenatedString)
    )
