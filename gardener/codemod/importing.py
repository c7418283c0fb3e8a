"""Edits of import statements that keep their layout."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from gardener.codemod.name_order import place_among
from gardener.codemod.scopes import only_target
from gardener.codemod.source import Edit, Source

if TYPE_CHECKING:
    from gardener.codemod.scopes import Binding, NameScope


def extended(source: Source, node: ast.ImportFrom, wanted: str) -> list[Edit]:
    """Edits that make `from m import a, b` import `wanted` (maybe with `as`) as well."""
    lines = [alias.lineno for alias in node.names]
    first = re.split(r"[ ,]", wanted)[0]
    place = place_among([alias.name for alias in node.names], first)
    one_a_line = len(set(lines)) == len(lines) and lines[0] > node.lineno
    if one_a_line:
        return _own_line(source, node, wanted, place)
    if place == 0:
        start = source.raw_span(node.names[0])[0]
        return [Edit(start, start, f"{wanted}, ")]
    end = source.raw_span(node.names[place - 1])[1]
    return [Edit(end, end, f", {wanted}")]


def _own_line(source: Source, node: ast.ImportFrom, wanted: str, place: int) -> list[Edit]:
    if place < len(node.names):
        start = source.raw_span(node.names[place])[0]
        indent = source.data[source.line_start(start) : start].decode()
        wanted = wanted.replace(", ", f",{source.newline}{indent}")
        return [Edit(start, start, f"{wanted},{source.newline}{indent}")]
    last = node.names[-1]
    start, end = source.raw_span(last)
    indent = source.data[source.line_start(start) : start].decode()
    wanted = wanted.replace(", ", f",{source.newline}{indent}")
    stop = source.raw_span(node)[1]
    line_end = source.line_end(end)
    comma = source.code[end:stop].find(b",")
    if line_end >= stop:  # `b)` on the same line: no line of its own to add after
        return [Edit(end, end, f",{source.newline}{indent}{wanted}")]
    if comma < 0 and line_end == end:
        return [Edit(end, end, f",{source.newline}{indent}{wanted},")]
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


def visible(source: Source, node: ast.AST) -> Iterator[Binding]:
    """Imports that are surely done, and still mean the same, where `node` is evaluated."""
    seen: set[str] = set()
    scope: NameScope | None = source.names.scope_of[node]
    first = scope
    line = node.lineno  # type: ignore[attr-defined]
    while scope is not None:
        if scope.is_class and scope is not first:
            scope = scope.parent
            continue
        body = getattr(scope.node, "body", [])
        for name, bindings in scope.bindings.items():
            if name in seen:
                continue
            seen.add(name)
            done = isinstance(body, list) and any(
                b.node in body and b.node.lineno < line  # type: ignore[attr-defined]
                for b in bindings
            )
            last = bindings[-1].node.lineno  # type: ignore[attr-defined]
            if (
                only_target(bindings)
                and done
                and not any(star.lineno > last for star in scope.stars)
            ):
                yield bindings[0]
        scope = scope.parent


def free_name(source: Source, name: str, target: str, prefix: str) -> str:
    """`name`, or another name if the file may bind it to anything but `target`."""
    starred = any(a.name == "*" for n in source.find(ast.ImportFrom) for a in n.names)
    taken = [b for b in source.names.bound_anywhere(name) if b.target != target]
    if not taken and not starred:
        return name
    number, other = 1, f"{prefix}{name}"
    while source.names.bound_anywhere(other):
        number += 1
        other = f"{prefix}{name}{number}"
    return other


def exchanged(
    source: Source, node: ast.ImportFrom, gone: Sequence[ast.alias], wanted: str
) -> list[Edit]:
    """Edits that take names out of a `from` import and put `wanted` (maybe '') in."""
    if not gone:
        return extended(source, node, wanted) if wanted else []
    if not wanted:
        return (
            without(source, node, gone)
            if len(gone) < len(node.names)
            else statement_gone(source, node)
        )
    first, *rest = gone
    return [source.replace(first, wanted), *(without(source, node, rest) if rest else [])]


def top_import(source: Source, statement: str, is_local: Callable[[ast.stmt], bool]) -> Edit:
    """An edit that adds an import at the top of a file, before the imports of its own project."""
    body = source.tree.body
    docstring = (
        bool(body) and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)
    )
    start = 1 if docstring else 0
    block: list[ast.stmt] = []
    for item in body[start:]:
        if not isinstance(item, (ast.Import, ast.ImportFrom)):
            break
        block.append(item)
    foreign = [item for item in block if not is_local(item) and not _future(item)]
    newline = source.newline
    if foreign:
        at = source.line_end(source.raw_span(foreign[-1])[1])
        return Edit(at, at, f"{newline}{statement}")
    local = [item for item in block if is_local(item)]
    if local:
        at = source.line_start(source.raw_span(local[0])[0])
        return Edit(at, at, f"{statement}{newline}{newline}")
    if block or docstring:
        last = block[-1] if block else body[0]
        at = source.line_end(source.raw_span(last)[1])
        return Edit(at, at, f"{newline}{newline}{statement}")
    at = source.line_start(source.raw_span(body[0])[0]) if body else 0
    if body and isinstance(body[0], (ast.ClassDef, ast.FunctionDef)) and body[0].decorator_list:
        at = source.line_start(source.raw_span(body[0].decorator_list[0])[0])
    return Edit(at, at, f"{statement}{newline}{newline}{newline}")


def _future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"
