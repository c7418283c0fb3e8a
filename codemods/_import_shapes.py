"""Shapes of `from` imports and of the lines around them, made out of those that a file has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import libcst as cst

_NOTHING = cst.SimpleWhitespace("")
_Space = cst.BaseParenthesizableWhitespace
Key = tuple[str, "str | None"]
"""The name and the `as` of an alias."""


class Move(NamedTuple):
    """One name of an import, where it is now, and `as` what it is imported from there."""

    alias: cst.ImportAlias
    module: str
    name: str
    asname: str = ""

    @property
    def local(self) -> str:
        """The name that the file knows it by."""
        return self.asname or self.name


def parted(old: cst.CSTNode, above: Sequence[cst.EmptyLine], is_first: bool) -> cst.CSTNode:
    """A statement that takes over the blank lines above what stood before it."""
    if isinstance(old, cst.FlattenSentinel):
        first, *rest = old
        return cst.FlattenSentinel([parted(first, above, is_first), *rest])  # type: ignore[return-value]
    lines: list[cst.EmptyLine] = list(old.leading_lines)  # type: ignore[attr-defined]
    blank = 0
    while blank < len(lines) and lines[blank].comment is None:
        blank += 1
    if is_first:
        return old.with_changes(leading_lines=[*above, *lines[blank:]])
    return old if blank else old.with_changes(leading_lines=[*above, *lines])


def followed(old: cst.CSTNode, new: Sequence[cst.CSTNode]) -> cst.FlattenSentinel[cst.CSTNode]:
    before = list(old) if isinstance(old, cst.FlattenSentinel) else [old]
    return cst.FlattenSentinel([*before, *new])


def is_imports(line: cst.CSTNode) -> bool:
    """Whether a line of a block holds imports and nothing else."""
    return isinstance(line, cst.SimpleStatementLine) and all(
        isinstance(part, (cst.Import, cst.ImportFrom)) for part in line.body
    )


def dotted(name: str) -> cst.Name | cst.Attribute:
    """The expression of a dotted name."""
    expression = cst.parse_expression(name)
    assert isinstance(expression, (cst.Name, cst.Attribute))
    return expression


def key_of(alias: cst.ImportAlias) -> tuple[str, str | None]:
    return alias.evaluated_name, alias.evaluated_alias


def named(alias: cst.ImportAlias, move: Move) -> cst.ImportAlias:
    """An alias that imports what moved, under the name that the file knows it by."""
    asname = alias.asname if move.asname and alias.asname else None
    if move.asname and asname is None:
        asname = cst.AsName(cst.Name(move.asname))
    return alias.with_changes(name=cst.Name(move.name), asname=asname)


def with_new_names(
    node: cst.ImportFrom, moves: dict[tuple[str, str | None], Move]
) -> cst.ImportFrom:
    assert not isinstance(node.names, cst.ImportStar)
    if not moves:
        return node
    names = [named(a, moves[key_of(a)]) if key_of(a) in moves else a for a in node.names]
    return node.with_changes(names=names)


def without(node: cst.ImportFrom, removed: set[tuple[str, str | None]]) -> cst.ImportFrom:
    """The import without some of its names, in the layout that it has."""
    assert not isinstance(node.names, cst.ImportStar)
    names = list(node.names)
    if not removed or all(key_of(alias) in removed for alias in names):
        return node
    has_comma = isinstance(names[-1].comma, cst.Comma)
    opening = node.lpar.whitespace_after if node.lpar else None
    closing = node.rpar.whitespace_before if node.rpar else None
    ends = [a.comma.whitespace_after if isinstance(a.comma, cst.Comma) else closing for a in names]
    spaces = [opening, *ends]
    for number in _headed(node, removed):
        spaces[number] = _uncommented(spaces[number])
    opening, ends = spaces[0], spaces[1:]
    kept, gaps = [], [opening]
    for number, (alias, end) in enumerate(zip(names, ends, strict=True)):
        if key_of(alias) in removed:
            gaps[-1] = _joined(gaps[-1], end, is_last=number == len(names) - 1)
        else:
            kept.append(alias)
            gaps.append(end)
    for number, alias in enumerate(kept):
        space = gaps[number + 1] or _NOTHING
        is_last = number == len(kept) - 1
        comma = alias.comma if isinstance(alias.comma, cst.Comma) else cst.Comma()
        kept[number] = alias.with_changes(
            comma=cst.MaybeSentinel.DEFAULT
            if is_last and not has_comma
            else comma.with_changes(whitespace_after=space)
        )
    changes: dict[str, object] = {}
    if node.lpar is not None and gaps[0] is not None:
        changes["lpar"] = node.lpar.with_changes(whitespace_after=gaps[0])
    if node.rpar is not None and not has_comma and gaps[-1] is not None:
        changes["rpar"] = node.rpar.with_changes(whitespace_before=gaps[-1])
    return node.with_changes(names=kept, **changes)


def _space_before(node: cst.ImportFrom) -> list[_Space | None]:
    """The white space before each name."""
    assert not isinstance(node.names, cst.ImportStar)
    commas = [alias.comma for alias in node.names[:-1]]
    between = [c.whitespace_after if isinstance(c, cst.Comma) else None for c in commas]
    return [node.lpar.whitespace_after if node.lpar else None, *between]


def _headed(node: cst.ImportFrom, removed: set[Key]) -> list[int]:
    """Numbers of names below whose comment, on lines of its own, no name is left that it stands above."""
    assert not isinstance(node.names, cst.ImportStar)
    lines = [getattr(space, "empty_lines", ()) for space in _space_before(node)]
    starts = [number for number, above in enumerate(lines) if above]
    ends = [*starts[1:], len(lines)]
    return [
        start
        for start, end in zip(starts, ends, strict=False)
        if all(key_of(alias) in removed for alias in node.names[start:end])
    ]


def _uncommented(space: _Space | None) -> _Space | None:
    if not isinstance(space, cst.ParenthesizedWhitespace):
        return space
    return space.with_changes(empty_lines=[e for e in space.empty_lines if e.comment is None])


def comments_above(
    node: cst.ImportFrom, aliases: Sequence[cst.ImportAlias], removed: set[Key]
) -> list[str]:
    """The comments on lines of their own that go where the names below them go."""
    assert not isinstance(node.names, cst.ImportStar)
    spaces = _space_before(node)
    numbers = [n for n in _headed(node, removed) if any(node.names[n] is a for a in aliases)]
    lines = (line for n in numbers for line in getattr(spaces[n], "empty_lines", ()))
    return [line.comment.value for line in lines if line.comment is not None]


def _joined(before: _Space | None, after: _Space | None, *, is_last: bool) -> _Space | None:
    """The white space where a name was, out of that before it and that behind it.

    The comment behind the name on a line of its own goes with it; all others stay.
    """
    if before is None or after is None:
        return None
    if not isinstance(before, cst.ParenthesizedWhitespace):
        if isinstance(after, cst.ParenthesizedWhitespace):
            return after
        return after if is_last or before.empty is False else before
    if isinstance(after, cst.ParenthesizedWhitespace):
        lines = [*before.empty_lines, *after.empty_lines]
        return after.with_changes(first_line=before.first_line, empty_lines=lines)
    if not is_last:
        return before
    if before.first_line.comment is None:
        return after
    return before.with_changes(last_line=_NOTHING)


def own_comment(node: cst.ImportFrom, alias: cst.ImportAlias) -> list[str]:
    """The comment behind a name that has a line of its own."""
    assert not isinstance(node.names, cst.ImportStar)
    names = list(node.names)
    number = names.index(alias)
    before = names[number - 1].comma if number else node.lpar
    after = alias.comma if isinstance(alias.comma, cst.Comma) else node.rpar
    if not isinstance(getattr(before, "whitespace_after", None), cst.ParenthesizedWhitespace):
        return []
    space = (
        after.whitespace_after
        if isinstance(after, cst.Comma)
        else getattr(after, "whitespace_before", None)
    )
    if not isinstance(space, cst.ParenthesizedWhitespace) or space.first_line.comment is None:
        return []
    return [space.first_line.comment.value]


def is_commented(line: cst.SimpleStatementLine) -> bool:
    """Whether a comment stands in a line, behind it or directly above it."""
    above = any(empty.comment is not None for empty in line.leading_lines)
    return above or "#" in cst.Module([]).code_for_node(line)
