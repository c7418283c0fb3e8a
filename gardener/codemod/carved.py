"""The text of a file without what cannot matter, at the same offsets: quick to parse with libcst.

libcst needs ten times as long for a file as `ast`. So the bodies of functions, and the values of
other statements, in which no word in question occurs, become `0` and spaces before it reads the file.
Of a function in which one occurs, the statements without it can become the same, if those who seek
this word do not ask for them.
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
_SIMPLE = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr, ast.Return)


class LeftOut(Exception):
    """A name is asked for that occurs in what was left out; without a name: the whole is needed."""


class Carved(NamedTuple):
    """The shorter text, and the ranges of bytes that were left out of it."""

    text: bytes
    left_out: tuple[tuple[int, int], ...] = ()


def carved(
    text: bytes,
    tree: ast.Module,
    starts: Sequence[int],
    keep: Sequence[re.Pattern[bytes]],
    inside: Sequence[re.Pattern[bytes] | None] = (),
) -> Carved:
    """The text of a tree whose lines begin at `starts`, with all in it that one of `keep` occurs in.

    `inside` says for each of `keep` what else matters in a function in which it occurs: None is all
    of it. Statements are left out too in which neither this nor any of `keep` occurs.
    """
    ranges = list(_Parts(text, starts, keep, inside).in_body(tree.body))
    parts: list[bytes] = []
    at = 0
    for begin, end in ranges:
        parts += [text[at:begin], b"0".ljust(end - begin)]
        at = end
    return Carved(b"".join([*parts, text[at:]]), tuple(ranges))


class _Parts:
    """The parts of one text that can be left out, each with its first and last offset."""

    def __init__(
        self,
        text: bytes,
        starts: Sequence[int],
        keep: Sequence[re.Pattern[bytes]],
        inside: Sequence[re.Pattern[bytes] | None],
    ) -> None:
        self.text = text
        self.starts = starts
        self.keep = keep
        self.inside = inside or [None] * len(keep)

    def in_body(self, body: Sequence[ast.AST]) -> Iterator[tuple[int, int]]:
        """Functions and values of a module or a class."""
        for node in body:
            if isinstance(node, _FUNCTIONS):
                yield from self._of_function(node)
            elif isinstance(node, (ast.Assign, ast.AnnAssign, ast.Expr)):
                yield from self._of_value(node.value, self.keep)
            else:
                for block in _BLOCKS:
                    yield from self.in_body(getattr(node, block, ()))

    def _of_function(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef
    ) -> Iterator[tuple[int, int]]:
        starts = self.starts
        first = min(_span(each, starts)[0] for each in (node, *node.decorator_list))
        begin = _span(node.body[0], starts)[0]
        # A decorated class or function begins with its decorator.
        for decorator in getattr(node.body[0], "decorator_list", ()):
            begin = min(begin, _span(decorator, starts)[0] - 1)
        end = _span(node, starts)[1]
        code = self.text[first:end]
        inside = [
            marks for word, marks in zip(self.keep, self.inside, strict=True) if word.search(code)
        ]
        if not inside and not _BINDS_OUTSIDE.search(code):
            yield begin, end
        elif None not in inside:
            yield from self._in_function(node.body, (*self.keep, *filter(None, inside)))

    def _in_function(
        self, body: Sequence[ast.AST], marks: Sequence[re.Pattern[bytes]]
    ) -> Iterator[tuple[int, int]]:
        for node in body:
            if isinstance(node, _FUNCTIONS):
                yield from self._of_function(node)
            elif isinstance(node, ast.ClassDef):
                yield from self.in_body(node.body)
            elif isinstance(node, _SIMPLE):
                yield from self._of_value(node.value, marks)
            else:
                for block in _BLOCKS:
                    yield from self._in_function(getattr(node, block, ()), marks)

    def _of_value(
        self, value: ast.expr | None, marks: Sequence[re.Pattern[bytes]]
    ) -> Iterator[tuple[int, int]]:
        if value is not None and not isinstance(value, _NAMES):
            begin, end = _span(value, self.starts)
            if end - begin > _LONG and not self._matters(begin, end, marks):
                yield begin, end

    def _matters(self, first: int, last: int, marks: Sequence[re.Pattern[bytes]]) -> bool:
        code = self.text[first:last]
        return bool(_BINDS_OUTSIDE.search(code)) or any(word.search(code) for word in marks)


def _span(node: ast.AST, starts: Sequence[int]) -> tuple[int, int]:
    assert isinstance(node, (ast.stmt, ast.expr))
    start = starts[node.lineno - 1] + node.col_offset
    return start, starts[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0)
