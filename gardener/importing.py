"""Edits of import statements that keep their layout."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence

from gardener.source import Edit, Source


def spelled(name: str, asname: str = "") -> str:
    """`name` or `name as asname`."""
    return f"{name} as {asname}" if asname and asname != name else name


def extended(source: Source, node: ast.ImportFrom, wanted: str) -> list[Edit]:
    """Edits that make `from m import a, b` import `wanted` (maybe with `as`) as well."""
    lines = [alias.lineno for alias in node.names]
    place = _place(node.names, wanted)
    one_a_line = len(set(lines)) == len(lines) and lines[0] > node.lineno
    if one_a_line:
        return _own_line(source, node, wanted, place)
    if place == 0:
        start = source.raw_span(node.names[0])[0]
        return [Edit(start, start, f"{wanted}, ")]
    end = source.raw_span(node.names[place - 1])[1]
    return [Edit(end, end, f", {wanted}")]


def _place(names: Sequence[ast.alias], wanted: str) -> int:
    """Where a name goes: in order if the names are in order, else last."""
    keys = [alias.name.lower() for alias in names]
    if keys != sorted(keys):
        return len(names)
    key = wanted.split(" ", maxsplit=1)[0].lower()
    return next((n for n, other in enumerate(keys) if other > key), len(names))


def _own_line(source: Source, node: ast.ImportFrom, wanted: str, place: int) -> list[Edit]:
    if place < len(node.names):
        start = source.raw_span(node.names[place])[0]
        indent = source.data[source.line_start(start) : start].decode()
        return [Edit(start, start, f"{wanted},{source.newline}{indent}")]
    last = node.names[-1]
    start, end = source.raw_span(last)
    indent = source.data[source.line_start(start) : start].decode()
    stop = source.raw_span(node)[1]
    line_end = source.line_end(end)
    comma = source.code[end:stop].find(b",")
    if line_end >= stop:  # `b)` on the same line: no line of its own to add after
        return [Edit(end, end, f",{source.newline}{indent}{wanted}")]
    edits = [] if comma >= 0 else [Edit(end, end, ",")]
    return [*edits, Edit(line_end, line_end, f"{source.newline}{indent}{wanted},")]


def without(
    source: Source, node: ast.ImportFrom | ast.Import, gone: Iterable[ast.alias]
) -> list[Edit]:
    """Edits that take some (not all) names out of an import statement, with their own lines."""
    gone = list(gone)
    edits = []
    names = node.names
    for number, alias in enumerate(names):
        if alias not in gone:
            continue
        start, end = source.raw_span(alias)
        after = re.compile(rb"[ \t]*,[ \t]*").match(source.code, end)
        rest_gone = all(other in gone for other in names[number:])
        before_line = source.data[source.line_start(start) : start]
        if after and not before_line.strip() and _ends_line(source, after.end()):
            # A line of its own: the line goes, with the comment behind the name.
            edits.append(Edit(source.line_start(start), source.next_line(end), ""))
        elif rest_gone and number:
            kept = max(n for n in range(number) if names[n] not in gone)
            begin = source.raw_span(names[kept])[1]
            last = source.raw_span(names[-1])[1]
            edits.append(Edit(begin, last, ""))
            break
        else:
            edits.append(Edit(start, after.end() if after else end, ""))
    return edits


def _ends_line(source: Source, offset: int) -> bool:
    return not source.code[offset : source.line_end(offset)].strip()


def statement_gone(source: Source, node: ast.stmt) -> list[Edit]:
    """Edits that take a whole statement away; `pass` where its block would be empty."""
    start, end = source.raw_span(node)
    parent = source.names.parent_of[node]
    block = next(
        (
            value
            for _, value in ast.iter_fields(parent)
            if isinstance(value, list) and node in value
        ),
        [node],
    )
    if len(block) == 1 and not isinstance(parent, ast.Module):
        return [Edit(start, end, "pass")]
    line, stop = source.line_start(start), source.line_end(end)
    if not source.data[line:start].strip() and not source.data[end:stop].strip():
        return [Edit(line, source.next_line(end), "")]
    after = re.compile(rb"[ \t]*;[ \t]*").match(source.code, end)
    if after:
        return [Edit(start, after.end(), "")]
    before = re.compile(rb".*?([ \t]*;[ \t]*)$", re.DOTALL).match(source.code[line:start])
    if before:
        return [Edit(line + before.start(1), end, "")]
    return [Edit(start, end, "")]
