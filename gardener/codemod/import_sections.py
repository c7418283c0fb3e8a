"""Where the import of a module of the standard library goes among those at the top of a file."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

import libcst as cst

from gardener.codemod.meant import module_of

_BLANK = cst.EmptyLine(indent=False)


class Place(NamedTuple):
    """A line of imports that a new one comes before, behind, or above with a blank line between."""

    anchor: cst.SimpleStatementLine
    side: str


def place_of(module: cst.Module, name: str, removed: Collection[cst.CSTNode] = ()) -> Place | None:
    """Where `import name` goes in the order that the file's own imports have.

    None where they have none, or where nothing is left beside what is `removed`.
    """
    sections = [
        rest
        for section in _sections(module)
        if (rest := [line for line in section if line not in removed])
    ]
    standard = [s for s in sections if any(map(_is_standard, s))]
    if standard:
        at = _place_among(standard[0], name)
        if at is None:
            return None
        return Place(standard[0][at - 1], "behind") if at else Place(standard[0][0], "before")
    return Place(sections[0][0], "above") if sections else None


def at_top(module: cst.Module) -> list[cst.SimpleStatementLine]:
    """The lines of imports before all other code of a file, but for those from `__future__`."""
    return [line for section in _sections(module) for line in section]


def inserted(
    line: cst.SimpleStatementLine, new: Sequence[tuple[str, cst.SimpleStatementLine]]
) -> cst.FlattenSentinel[cst.SimpleStatementLine]:
    """A line with new ones, each by the side of its place."""
    above = [each for side, each in new if side != "behind"]
    behind = [each for side, each in new if side == "behind"]
    if above:
        above[0] = above[0].with_changes(leading_lines=line.leading_lines)
        is_apart = any(side == "above" for side, _ in new)
        line = line.with_changes(leading_lines=[_BLANK] if is_apart else [])
    return cst.FlattenSentinel([*above, line, *behind])


def closed_up(
    module: cst.Module, line: cst.SimpleStatementLine
) -> tuple[cst.BaseStatement, Callable[[cst.BaseStatement], cst.BaseStatement]] | None:
    """What takes over the blank lines above a line of imports that goes, and how; None = nothing."""
    body = list(module.body)
    at = body.index(line)
    following = body[at + 1] if at + 1 < len(body) else None
    starts = any(section[0] is line for section in _sections(module))
    if not starts or not isinstance(following, cst.BaseStatement):
        return None
    in_section = any(line in s and following in s for s in _sections(module))
    if not in_section and at:
        return None
    lines = line.leading_lines
    return following, lambda old: old.with_changes(leading_lines=lines)


def _sections(module: cst.Module) -> list[list[cst.SimpleStatementLine]]:
    """Lines of imports at the top, divided where a blank line stands between them."""
    sections: list[list[cst.SimpleStatementLine]] = []
    is_new = True
    for number, statement in enumerate(module.body):
        if not isinstance(statement, cst.SimpleStatementLine):
            break
        if not all(isinstance(part, (cst.Import, cst.ImportFrom)) for part in statement.body):
            if number == 0 and isinstance(statement.body[0], cst.Expr):
                continue  # a docstring
            break
        if _module(statement) == "__future__":
            is_new = True
            continue
        if is_new or any(line.comment is None for line in statement.leading_lines):
            sections.append([])
        sections[-1].append(statement)
        is_new = False
    return sections


def _place_among(section: Sequence[cst.SimpleStatementLine], name: str) -> int | None:
    """Where a line goes in a section: in its order, or behind the last `import` of a section alone."""
    orders: tuple[Callable[[bool, str], tuple[object, ...]], ...] = (
        lambda is_from, module: (is_from, module.lower()),
        lambda is_from, module: (module.lower(), is_from),
    )
    for order in orders:
        keys = [order(_is_from(line), _module(line)) for line in section]
        if keys == sorted(keys):
            new = order(False, name)
            return next((n for n, key in enumerate(keys) if key > new), len(keys))
    if not all(map(_is_standard, section)):
        return None
    return max(
        (n + 1 for n, line in enumerate(section) if not _is_from(line)), default=len(section)
    )


def _is_from(line: cst.SimpleStatementLine) -> bool:
    return isinstance(line.body[0], cst.ImportFrom)


def _module(line: cst.SimpleStatementLine) -> str:
    """The module that a line of imports names first, with its leading dots."""
    part = line.body[0]
    if isinstance(part, cst.ImportFrom):
        return module_of(part)
    return part.names[0].evaluated_name if isinstance(part, cst.Import) else ""


def _is_standard(line: cst.SimpleStatementLine) -> bool:
    return _module(line).partition(".")[0] in sys.stdlib_module_names
