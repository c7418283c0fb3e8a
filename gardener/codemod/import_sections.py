"""The order of the imports at the top of a file: where a new one goes, and one that has changed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import NamedTuple, TypeAlias

import libcst as cst

from gardener.codemod.meant import module_of

_BLANK = cst.EmptyLine(indent=False)

_Order: TypeAlias = Callable[["cst.SimpleStatementLine"], tuple[bool, str] | tuple[str, bool]]
_Section: TypeAlias = "Sequence[cst.SimpleStatementLine]"


class Place(NamedTuple):
    """A line of imports that a new one comes before, behind, or above with a blank line between."""

    anchor: cst.SimpleStatementLine
    side: str


def place_of(module: cst.Module, name: str, removed: Collection[cst.CSTNode] = ()) -> Place | None:
    """Where `import name` goes in the order that the file's own imports have.

    None where they have none, or where nothing is waiting beside what is `removed`.
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


def _place_among(section: _Section, name: str) -> int | None:
    """Where a line goes in a section: in its order, or behind the last `import` of a section alone."""
    new = cst.SimpleStatementLine([cst.Import([cst.ImportAlias(_dotted(name))])])
    for order in _orders_of(section):
        return _place_by(order, section, new)
    if not all(map(_is_standard, section)):
        return None
    return max(
        (n + 1 for n, line in enumerate(section) if not _is_from(line)), default=len(section)
    )


def _dotted(name: str) -> cst.Name | cst.Attribute:
    expression = cst.parse_expression(name)
    assert isinstance(expression, (cst.Name, cst.Attribute))
    return expression


def _orders_of(section: _Section) -> Iterator[_Order]:
    """The orders that all lines of a section are in."""
    for order in (_imports_first, _by_module):
        keys = [order(line) for line in section]
        if keys == sorted(keys):
            yield order


def _imports_first(line: cst.SimpleStatementLine) -> tuple[bool, str]:
    return _is_from(line), _module(line).lower()


def _by_module(line: cst.SimpleStatementLine) -> tuple[str, bool]:
    return _module(line).lower(), _is_from(line)


def _place_by(order: _Order, section: _Section, new: cst.SimpleStatementLine) -> int:
    key = order(new)
    return next((n for n, line in enumerate(section) if order(line) > key), len(section))


# --- lines that have changed ----------------------------------------------------------------------


def in_order(before: cst.Module, after: cst.Module) -> cst.Module:
    """A module whose changed lines of imports stand where the order has them that a section had."""
    sections_before = _sections(before)
    old = {id(line) for section in sections_before for line in section}
    moved: dict[int, _Section] = {}
    for section in _sections(after):
        unchanged = [line for line in section if id(line) in old]
        had = next((s for s in sections_before if unchanged and unchanged[0] in s), [])
        ordered = _ordered(list(_orders_of(had)) if len(had) > 1 else [], section, unchanged)
        if ordered is not None:
            moved[id(section[0])] = ordered
    if not moved:
        return after
    body: list[cst.BaseStatement] = []
    waiting = 0
    for statement in after.body:
        if id(statement) in moved:
            body += moved[id(statement)]
            waiting = len(moved[id(statement)])
        elif not waiting:
            body.append(statement)
        waiting = max(waiting - 1, 0)
    return after.with_changes(body=body)


def _ordered(orders: Sequence[_Order], section: _Section, unchanged: _Section) -> _Section | None:
    """A section with what is new in it at its place; None where it stays as it is."""
    if not orders or any(order in orders for order in _orders_of(section)):
        return None
    first = section[0]
    if any(line.comment for line in first.leading_lines):
        return None  # it may speak of all of the section
    lines = list(unchanged)
    for line in section:
        if line not in unchanged:
            lines.insert(_place_by(orders[0], lines, line), line)
    blanks = first.leading_lines
    if lines[0] is not first:
        at = lines.index(first)
        lines[at] = first.with_changes(leading_lines=[])
        if any(line.comment for line in lines[0].leading_lines):
            return None
        lines[0] = lines[0].with_changes(leading_lines=blanks)
    return lines


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
