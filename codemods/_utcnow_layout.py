"""Where a clock that got longer is broken, so that its line stays within the project's limit."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import libcst as cst

if TYPE_CHECKING:
    from gardener.codemod.command import Command

TAIL = ".replace(tzinfo=None)"
_TOKENS = re.compile(r"""(["'])(?:\\.|(?!\1).)*\1|[()\[\]{}#]""")
_NOTHING = cst.SimpleWhitespace("")
_TEXTS_OVER_LINES = ('"""', "'''")


class Layout:
    """Knows how long the lines of a file have become."""

    def __init__(self, command: Command) -> None:
        self.command = command
        self._grown: dict[int, int] = defaultdict(int)
        self._broken: set[int] = set()

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
        if number in self._broken or self._at_another_call(node, line, limit):
            return None
        self._grown[number] = before
        return line[: len(line) - len(line.lstrip())]

    def _at_another_call(self, node: cst.CSTNode, line: str, limit: int) -> bool:
        """Break a line at another call, as formatters do: the last on it, or the one around its arguments."""
        file, unit = self.command.file, self.command.module.default_indent
        offset = file.span(node)[1] - 1
        number, start = file.line_of(offset), file.line_start(offset)
        indent = line[: len(line) - len(line.lstrip())]
        last = _last_pair(line)
        for call in self._calls_near(node):
            first, end = file.span(call)
            around = any(above is call for above in self.command.index.ancestors(node))
            if call is node or not call.args:
                continue
            if first >= start and end == start + len(line[: last + 1].encode()):
                grown = self._grown[number]
                opening = file.span(call.args[0])[0]
                head = len(file.data[start:opening].decode()) + (0 if around else grown)
                if head > limit or (not around and offset > first):
                    continue
                inner = indent + unit + file.data[opening : end - 1].decode().rstrip(" ,")
                is_short = len(inner) + (grown if around else 0) <= limit
                how = partial(_opened, indent=indent, unit=unit, by_argument=not is_short)
            elif around and self._holds_the_line(call, start, file.line_end(offset)):
                how = partial(_spread, indent=indent)
            else:
                continue
            self.command.change(call, how)
            self._broken.add(number)
            return True
        for above in self.command.index.ancestors(node):
            if isinstance(above, (cst.Dict, cst.List)) and above.elements:
                first, end = file.span(above)
                if first >= start and end == start + len(line[: last + 1].encode()):
                    self.command.change(above, partial(_displayed, indent=indent, unit=unit))
                    self._broken.add(number)
                    return True
        return False

    def _calls_near(self, node: cst.CSTNode) -> Iterator[cst.Call]:
        """The calls of the statement around a node, inner ones last."""
        small = (cst.BaseSmallStatement, cst.BaseCompoundStatement)
        around = self.command.index.ancestors(node)
        statement = next((above for above in around if isinstance(above, small)), None)
        is_small = isinstance(statement, cst.BaseSmallStatement)
        waiting: list[cst.CSTNode] = [statement] if is_small and statement is not None else []
        while waiting:
            current = waiting.pop()
            if isinstance(current, cst.Call):
                yield current
            waiting += current.children

    def _holds_the_line(self, call: cst.Call, start: int, end: int) -> bool:
        """Whether a line holds all arguments of a call, several, and nothing else."""
        file = self.command.file
        first, last = file.span(call.args[0])[0], file.span(call.args[-1])[1]
        alone = file.data[start:first].strip() == b"" and file.data[last:end].strip() in (b"", b",")
        return len(call.args) > 1 and alone and start <= first and last <= end


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


def _opened(call: cst.Call, indent: str, unit: str, *, by_argument: bool) -> cst.Call:
    """A call with its arguments on a line of their own, or each on one."""
    inner = _line(indent + unit)
    args = [*call.args[:-1], _ended(call.args[-1], _line(indent), with_comma=by_argument)]
    call = call.with_changes(whitespace_before_args=inner, args=args)
    return _spread(call, indent + unit, ended=True) if by_argument else call


def _spread(call: cst.Call, indent: str, *, ended: bool = False) -> cst.Call:
    """A call with each argument on a line of its own."""
    comma = cst.Comma(whitespace_after=_line(indent))
    args = [arg.with_changes(comma=comma) for arg in call.args[:-1]]
    last = call.args[-1]
    if not ended and not isinstance(last.comma, cst.Comma):
        behind = last.whitespace_after_arg
        last = last.with_changes(
            comma=cst.Comma(whitespace_after=behind), whitespace_after_arg=_NOTHING
        )
    return call.with_changes(args=[*args, last])


def _displayed(node: cst.Dict | cst.List, indent: str, unit: str) -> cst.Dict | cst.List:
    """A dictionary or a list with each element on a line of its own."""
    commas = [cst.Comma(whitespace_after=_line(indent + unit))] * (len(node.elements) - 1)
    commas.append(cst.Comma(whitespace_after=_NOTHING))
    pairs = zip(node.elements, commas, strict=True)
    elements = [element.with_changes(comma=comma) for element, comma in pairs]
    inner, outer = _line(indent + unit), _line(indent)
    if isinstance(node, cst.Dict):
        left, right = cst.LeftCurlyBrace(inner), cst.RightCurlyBrace(outer)
        return node.with_changes(elements=elements, lbrace=left, rbrace=right)
    return node.with_changes(
        elements=elements,
        lbracket=cst.LeftSquareBracket(inner),
        rbracket=cst.RightSquareBracket(outer),
    )


def _ended(arg: cst.Arg, space: cst.BaseParenthesizableWhitespace, *, with_comma: bool) -> cst.Arg:
    """The last argument with white space before the parenthesis."""
    if with_comma or isinstance(arg.comma, cst.Comma):
        comma = cst.Comma(whitespace_after=space)
        return arg.with_changes(comma=comma, whitespace_after_arg=_NOTHING)
    return arg.with_changes(whitespace_after_arg=space)


def _last_pair(line: str) -> int:
    """The place of the last bracket that closes a pair which no other on the line is around.

    -1 where the line has none, or brackets that it does not both open and close.
    """
    last, depth = -1, 0
    if any(quotes in line for quotes in _TEXTS_OVER_LINES):
        return -1
    for token in _TOKENS.finditer(line):
        if token[0] == "#":
            break
        if token[0] in "([{":
            depth += 1
        elif token[0] in ")]}":
            depth -= 1
            if depth < 0:
                return -1
            last = token.start() if depth == 0 else last
    return last if depth == 0 else -1
