"""Moves names from one `from` import to another: in place, beside, or into one that is there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

import libcst as cst

from gardener.codemod.command import Command
from gardener.codemod.imports import in_parentheses, is_one_line, with_name

from ._import_shapes import (
    Move,
    comments_above,
    dotted,
    followed,
    is_commented,
    is_imports,
    key_of,
    named,
    own_comment,
    parted,
    with_new_names,
    without,
)
from ._own_module import OwnModule

_NOTHING = cst.SimpleWhitespace("")
_SPACE = cst.SimpleWhitespace(" ")


class ImportEdits:
    """The changes of the imports of one file."""

    def __init__(self, command: Command) -> None:
        self.command = command
        self.file_module = OwnModule(command.run)
        self.index = command.index
        self._in_place: dict[cst.ImportFrom, str] = {}
        self._merged: dict[cst.ImportFrom, set[tuple[str, str]]] = {}
        self._removed: list[cst.SimpleStatementLine] = []

    def move(self, node: cst.ImportFrom, moves: Sequence[Move]) -> None:
        """Import some names of a statement from where they are now."""
        assert not isinstance(node.names, cst.ImportStar)
        module = self.file_module.module_of(node)
        moved = {id(move.alias) for move in moves}
        staying = [alias for alias in node.names if id(alias) not in moved]
        renamed = [move for move in moves if move.module == module]  # only the name is another one
        groups: dict[str, list[Move]] = {}
        for move in moves:
            if move.module != module:
                groups.setdefault(move.module, []).append(move)
        if not staying and not renamed and len(groups) == 1:
            ((target, group),) = groups.items()
            self._move_all(node, target, group)
            return
        target = ""
        if groups and not staying and not renamed:
            target = next(iter(groups))
            renamed = groups.pop(target)
        self._beside(node, groups, target, renamed)

    def _move_all(self, node: cst.ImportFrom, target: str, group: list[Move]) -> None:
        """Import all names of a statement from one other module."""
        sibling = self.sibling(node, target)
        line = self.line_of(node)
        exported = any(m.alias.evaluated_alias == m.alias.evaluated_name for m in group)  # `X as X`
        if sibling is not None and line is not None and not exported and not is_commented(line):
            self.merge(sibling, group)
            self._removed.append(line)
            return
        self._change(node, target, group, ())

    def _beside(
        self, node: cst.ImportFrom, groups: dict[str, list[Move]], target: str, renamed: list[Move]
    ) -> None:
        """Take the names of some groups out of a statement, and import them beside it."""
        line = self.line_of(node)
        lines: list[cst.SimpleStatementLine] = []
        removed = {key_of(move.alias) for group in groups.values() for move in group}
        for module, group in groups.items():
            sibling = self.sibling(node, module)
            comments = [text for move in group for text in own_comment(node, move.alias)]
            above = comments_above(node, [move.alias for move in group], removed)
            if sibling is not None and not comments and not above:
                self.merge(sibling, group)
                continue
            statement = self._fitting(self._statement(node, module, group), node)
            behind = cst.Comment("  ".join(comments)) if comments and line is not None else None
            trailing = cst.TrailingWhitespace(
                whitespace=cst.SimpleWhitespace("  ") if behind else _NOTHING, comment=behind
            )
            leading = [cst.EmptyLine(comment=cst.Comment(text)) for text in above]
            lines.append(cst.SimpleStatementLine([statement], leading, trailing))
        moved_away = [move.alias for group in groups.values() for move in group]
        self._change(node, target, renamed, moved_away)
        if lines:
            self.append(node, lines)

    def _change(
        self,
        node: cst.ImportFrom,
        target: str,
        group: Sequence[Move],
        moved_away: Iterable[cst.ImportAlias],
    ) -> None:
        """Change a statement's module, the names that are called otherwise there, and which it has."""
        if target:
            self._in_place[node] = target
        moves = {
            key_of(move.alias): move for move in group if move.name != move.alias.evaluated_name
        }
        keys = {key_of(alias) for alias in moved_away}

        def changed(old: cst.ImportFrom) -> cst.ImportFrom:
            new = with_new_names(without(old, keys), moves)
            return self._fitting(self._from(new, node, target), node) if target else new

        self.command.change(node, changed)

    def add(self, node: cst.ImportFrom, move: Move) -> None:
        """Import one more name beside a statement, or by one that is there."""
        if self.file_module.module_of(node) == move.module:
            self.merge(node, [move])
            return
        sibling = self.sibling(node, move.module)
        if sibling is not None:
            self.merge(sibling, [move])
            return
        statement = self._fitting(self._statement(node, move.module, [move]), node)
        self.append(node, [cst.SimpleStatementLine([statement])])

    def append(self, node: cst.CSTNode, lines: list[cst.SimpleStatementLine]) -> None:
        """New statements behind one, in the same block."""
        line = self.line_of(node)
        if line is not None:
            self.command.change(line, partial(followed, new=lines))
            return
        small = [part for each in lines for part in each.body]
        self.command.change(node, partial(followed, new=small))

    def line_of(self, node: cst.CSTNode) -> cst.SimpleStatementLine | None:
        """The line that holds a statement, and nothing else."""
        line = self.index.parent[node]
        return line if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 else None

    # --- new statements -------------------------------------------------------------------------

    def _statement(
        self, node: cst.ImportFrom, module: str, group: Sequence[Move]
    ) -> cst.ImportFrom:
        names = [named(cst.ImportAlias(cst.Name(m.name)), m) for m in group]
        for number in range(len(names) - 1):
            names[number] = names[number].with_changes(comma=cst.Comma(whitespace_after=_SPACE))
        return self._from(cst.ImportFrom(cst.Name("_"), names), node, module)

    def _from(self, new: cst.ImportFrom, node: cst.ImportFrom, module: str) -> cst.ImportFrom:
        """An import from a module, written as the file writes modules: relative where it was so."""
        spelled = self._spelled(node, module)
        name = spelled.lstrip(".")
        dots = [cst.Dot()] * (len(spelled) - len(name))
        changes: dict[str, object] = {}
        if not dots and new.whitespace_after_from.empty:
            changes["whitespace_after_from"] = _SPACE
        if new.whitespace_before_import.empty:
            changes["whitespace_before_import"] = _SPACE
        return new.with_changes(module=dotted(name) if name else None, relative=dots, **changes)

    def _spelled(self, node: cst.ImportFrom, module: str) -> str:
        this_module = self.file_module.name
        if not node.relative or not this_module:
            return module
        package = this_module.split(".")
        if not self.file_module.is_package:
            package = package[:-1]
        parts = module.split(".")
        shared = 0
        while shared < min(len(package), len(parts)) and package[shared] == parts[shared]:
            shared += 1
        if not shared:
            return module
        return "." * (len(package) - shared + 1) + ".".join(parts[shared:])

    def _fitting(self, new: cst.ImportFrom, node: cst.ImportFrom) -> cst.ImportFrom:
        """The import on several lines, if it has become too long for one line."""
        code = cst.Module([]).code_for_node(new)
        line = self.line_of(node)
        if line is None or not is_one_line(code):
            return new
        limit = self.command.project.line_limit(self.command.file.path)
        indent = sum(isinstance(a, cst.IndentedBlock) for a in self.index.ancestors(node)) * 4
        before = indent + len(self.command.code(node))
        if before > limit or indent + len(code) <= limit or is_commented(line):
            return new
        return in_parentheses(new, self.command.file.module.default_indent)

    # --- merging with an import that is there -----------------------------------------------

    def sibling(self, node: cst.CSTNode, module: str) -> cst.ImportFrom | None:
        """An import from `module` in the same block, with nothing but imports in between."""
        line = self.index.parent[node]
        block = self.index.parent[line]
        if not isinstance(block, (cst.Module, cst.IndentedBlock)):
            return None
        body: list[cst.CSTNode] = list(block.body)
        at = body.index(line)
        for number, other in enumerate(body):
            if other is line or other in self._removed:
                continue
            if not all(map(is_imports, body[min(at, number) : max(at, number) + 1])):
                continue
            assert isinstance(other, cst.SimpleStatementLine)
            for part in other.body:
                if isinstance(part, cst.ImportFrom) and self._is_from(part, module):
                    return part
        return None

    def _is_from(self, node: cst.ImportFrom, module: str) -> bool:
        if isinstance(node.names, cst.ImportStar) or self.command.protected(node):
            return False
        return (self._in_place.get(node) or self.file_module.module_of(node)) == module

    def merge(self, sibling: cst.ImportFrom, group: Sequence[Move]) -> None:
        """Import names by a statement that is there, if it does not import them yet."""
        assert not isinstance(sibling.names, cst.ImportStar)
        done = self._merged.setdefault(
            sibling,
            {(a.evaluated_name, a.evaluated_alias or a.evaluated_name) for a in sibling.names},
        )
        for move in group:
            pair = (move.name, move.local)
            if pair not in done:
                done.add(pair)
                self.command.change(sibling, partial(self._with, sibling=sibling, move=move))

    def _with(self, old: cst.ImportFrom, sibling: cst.ImportFrom, move: Move) -> cst.ImportFrom:
        return self._fitting(with_name(old, move.name, move.asname), sibling)

    # --- lines that go ---------------------------------------------------------------------------

    def remove(self, line: cst.SimpleStatementLine) -> None:
        """Take a line away."""
        self._removed.append(line)

    def finish(self) -> None:
        """Take the lines away; the blank lines above them stay where they separate something."""
        for line in self._removed:
            self.command.change(line, lambda _: cst.RemoveFromParent())
        blocks = {id(block): block for block in (self.index.parent[line] for line in self._removed)}
        for block in blocks.values():
            above: list[cst.EmptyLine] = []
            is_first = True
            for line in block.body:  # type: ignore[attr-defined]
                if line in self._removed:
                    above += line.leading_lines
                elif any(body in self._removed for body in _before(block, line)):
                    self.command.change(
                        line, partial(parted, above=tuple(above), is_first=is_first)
                    )
                    above, is_first = [], False
                else:
                    above, is_first = [], False


def _before(block: cst.CSTNode, line: cst.CSTNode) -> Sequence[cst.CSTNode]:
    """The line before another one in its block; none for the first."""
    body = list(block.body)  # type: ignore[attr-defined]
    at = body.index(line)
    return body[at - 1 : at] if at else ()
