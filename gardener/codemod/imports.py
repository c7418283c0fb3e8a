"""Import statements of libcst's trees with one more name, in the layout that they have."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import libcst as cst

from gardener.codemod.name_order import place_among

if TYPE_CHECKING:
    from gardener.codemod.meaning import Names

_SPACE = cst.SimpleWhitespace(" ")
_NOTHING = cst.SimpleWhitespace("")


def with_name(node: cst.ImportFrom, name: str, asname: str = "") -> cst.ImportFrom:
    """`from m import a, b` that imports one more name, maybe under another one."""
    assert not isinstance(node.names, cst.ImportStar)
    names = list(node.names)
    alias = cst.ImportAlias(cst.Name(name))
    if asname and asname != name:
        alias = alias.with_changes(asname=cst.AsName(cst.Name(asname)))
    place = place_among([item.evaluated_name for item in names], name)
    between = _between(node, names)
    if place < len(names):
        names.insert(place, alias.with_changes(comma=cst.Comma(whitespace_after=between or _SPACE)))
        return node.with_changes(names=names)
    if between is None:
        last = names[-1]
        names[-1] = last.with_changes(comma=cst.Comma(whitespace_after=_SPACE))
        return node.with_changes(names=[*names, alias.with_changes(comma=last.comma)])
    return _own_line(node, names, alias, between)


def _own_line(
    node: cst.ImportFrom,
    names: list[cst.ImportAlias],
    alias: cst.ImportAlias,
    between: cst.ParenthesizedWhitespace,
) -> cst.ImportFrom:
    """One more name on a line of its own behind the others, whose comments stay with them."""
    last = names[-1]
    has_comma = isinstance(last.comma, cst.Comma)
    assert node.rpar is not None
    end = last.comma.whitespace_after if has_comma else node.rpar.whitespace_before  # type: ignore[union-attr]
    if not isinstance(end, cst.ParenthesizedWhitespace):  # `b)`: the parenthesis stays behind
        names[-1] = last.with_changes(comma=cst.Comma(whitespace_after=between))
        comma = last.comma if has_comma else cst.MaybeSentinel.DEFAULT
        return node.with_changes(names=[*names, alias.with_changes(comma=comma)])
    behind = end.with_changes(indent=between.indent, last_line=between.last_line, empty_lines=[])
    names[-1] = last.with_changes(comma=cst.Comma(whitespace_after=behind))
    closing = end.with_changes(first_line=_bare(end.first_line))
    rpar = node.rpar.with_changes(whitespace_before=_NOTHING)
    alias = alias.with_changes(comma=cst.Comma(whitespace_after=closing))
    return node.with_changes(names=[*names, alias], rpar=rpar)


def _between(
    node: cst.ImportFrom, names: Sequence[cst.ImportAlias]
) -> cst.ParenthesizedWhitespace | None:
    """The line break between two names, if each stands on a line of its own."""
    opening = node.lpar.whitespace_after if node.lpar else None
    if not isinstance(opening, cst.ParenthesizedWhitespace):
        return None
    breaks = [alias.comma.whitespace_after for alias in names[:-1]]  # type: ignore[union-attr]
    if not all(isinstance(space, cst.ParenthesizedWhitespace) for space in breaks):
        return None
    return opening.with_changes(first_line=_bare(opening.first_line), empty_lines=[])


def _bare(line: cst.TrailingWhitespace) -> cst.TrailingWhitespace:
    return line.with_changes(whitespace=_NOTHING, comment=None)


def free_name(names: Names, name: str, target: str, prefix: str) -> str:
    """`name`, or another name if the file may bind it to anything but `target`."""
    meanings = [bound for bound in names.bound_anywhere(name) if bound.target != target]
    if not meanings and not names.stars:
        return name
    number, free = 1, f"{prefix}{name}"
    while names.bound_anywhere(free):
        number += 1
        free = f"{prefix}{name}{number}"
    return free


def in_parentheses(node: cst.ImportFrom, indent: str) -> cst.ImportFrom:
    """The same import with each name on a line of its own, as formatters break a long one."""
    assert not isinstance(node.names, cst.ImportStar)
    inner = cst.ParenthesizedWhitespace(indent=True, last_line=cst.SimpleWhitespace(indent))
    outer = cst.ParenthesizedWhitespace(indent=True)
    commas = [cst.Comma(whitespace_after=inner)] * (len(node.names) - 1)
    commas.append(cst.Comma(whitespace_after=outer))
    names = [a.with_changes(comma=comma) for a, comma in zip(node.names, commas, strict=True)]
    lpar = cst.LeftParen(whitespace_after=inner)
    return node.with_changes(names=names, lpar=lpar, rpar=cst.RightParen())


def is_one_line(code: str) -> bool:
    """Whether an import is written on one line without parentheses."""
    return not re.search(r"[\n\r(]", code)
