"""Where a clock that got longer is broken, so that its line stays within the project's limit."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import libcst as cst

if TYPE_CHECKING:
    from ._utcnow import Utcnow

TAIL = ".replace(tzinfo=None)"


class Layout:
    """Knows how long the lines of a file have become."""

    def __init__(self, command: Utcnow) -> None:
        self.command = command
        self._grown: dict[int, int] = defaultdict(int)

    def break_after(self, node: cst.CSTNode, new: str) -> str | None:
        """The indentation of a node's line, if it is to be broken within `new`; None if not."""
        command, file = self.command, self.command.file
        limit = command.project.said_limit(file.path)
        if not limit or not new.endswith(TAIL) or file.path.endswith(".ipynb"):
            return None
        above = command.index.ancestors(node)
        if any(isinstance(n, (cst.FormattedString, cst.ConcatenatedString)) for n in above):
            return None
        _, end = file.span(node)
        line = file.data[file.line_start(end - 1) : file.line_end(end - 1)].decode().rstrip()
        written = command.code(node).rpartition("\n")[2]
        number = file.line_of(end - 1)
        before = self._grown[number]
        self._grown[number] += len(new.rpartition("\n")[2]) - len(written)
        if len(line) > limit or len(line) + self._grown[number] <= limit:
            return None
        self._grown[number] = before
        return line[: len(line) - len(line.lstrip())]


def no_zone() -> cst.Arg:
    """The argument `tzinfo=None`."""
    equal = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
    return cst.Arg(cst.Name("None"), keyword=cst.Name("tzinfo"), equal=equal)


def with_no_zone(value: cst.BaseExpression, indent: str | None = None, unit: str = "") -> cst.Call:
    """`value.replace(tzinfo=None)`, with the argument on a line of its own below an indentation."""
    call = cst.Call(cst.Attribute(value, cst.Name("replace")), [no_zone()])
    return call if indent is None else in_lines(call, indent, unit)


def in_lines(call: cst.Call, indent: str, unit: str) -> cst.Call:
    """A call with its one argument on a line of its own."""
    return call.with_changes(
        whitespace_before_args=_line(indent + unit),
        args=[call.args[0].with_changes(whitespace_after_arg=_line(indent))],
    )


def _line(indent: str) -> cst.ParenthesizedWhitespace:
    return cst.ParenthesizedWhitespace(last_line=cst.SimpleWhitespace(indent))
