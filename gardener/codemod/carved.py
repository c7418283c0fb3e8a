"""The text of a file without what cannot matter, at the same offsets: quick to parse with libcst.

libcst needs ten times as long for a file as `ast`. So the bodies of functions, and the values of
other statements, in which no word in question occurs, become `0` and spaces before it reads the file.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_LONG = 40
"""Bytes from which a value is worth leaving out."""

_NAMES = (ast.Name, ast.Attribute, ast.Starred)
"""Values that may be another name of what is sought."""
_BINDS_OUTSIDE = re.compile(rb"\bglobal\b|\bnonlocal\b|:=")
_BLOCKS = ("body", "orelse", "finalbody", "handlers")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class LeftOut(Exception):
    """A name is asked for that occurs in what was left out; without a name: the whole is needed."""


class Carved(NamedTuple):
    """The shorter text, and the ranges of bytes that were left out of it."""

    text: bytes
    left_out: tuple[tuple[int, int], ...] = ()


def carved(
    text: bytes, tree: ast.Module, starts: Sequence[int], keep: Sequence[re.Pattern[bytes]]
) -> Carved:
    """The text of a tree whose lines begin at `starts`, with all in it that one of `keep` occurs in."""
    ranges: list[tuple[int, int]] = []
    for first, last, begin, end in _parts(tree.body, starts):
        code = text[first:last]
        if not _BINDS_OUTSIDE.search(code) and not any(word.search(code) for word in keep):
            ranges.append((begin, end))
    parts: list[bytes] = []
    at = 0
    for begin, end in ranges:
        parts += [text[at:begin], b"0".ljust(end - begin)]
        at = end
    return Carved(b"".join([*parts, text[at:]]), tuple(ranges))


def _parts(body: Sequence[ast.AST], starts: Sequence[int]) -> Iterator[tuple[int, int, int, int]]:
    """Functions and values: where each is, and where what can be left out of it is."""
    for node in body:
        if isinstance(node, _FUNCTIONS):
            first = min(_span(each, starts)[0] for each in (node, *node.decorator_list))
            begin = _span(node.body[0], starts)[0]
            # A decorated class or function begins with its decorator.
            for decorator in getattr(node.body[0], "decorator_list", ()):
                begin = min(begin, _span(decorator, starts)[0] - 1)
            end = _span(node, starts)[1]
            yield first, end, begin, end
        elif isinstance(node, (ast.Assign, ast.AnnAssign, ast.Expr)):
            if node.value is not None and not isinstance(node.value, _NAMES):
                begin, end = _span(node.value, starts)
                if end - begin > _LONG:
                    yield begin, end, begin, end
        else:
            for block in _BLOCKS:
                yield from _parts(getattr(node, block, ()), starts)


def _span(node: ast.AST, starts: Sequence[int]) -> tuple[int, int]:
    assert isinstance(node, (ast.stmt, ast.expr))
    start = starts[node.lineno - 1] + node.col_offset
    return start, starts[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0)
