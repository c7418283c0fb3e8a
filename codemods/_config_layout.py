"""How the keys of a `class Config` are written as arguments: on one line, or each on its own."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import libcst as cst

_NONE = cst.SimpleWhitespace("")
_SPACE = cst.SimpleWhitespace(" ")
_EQUAL = cst.AssignEqual(whitespace_before=_NONE, whitespace_after=_NONE)
_BREAK = cst.TrailingWhitespace()


class Key(NamedTuple):
    """One key: its statement, its new name ('' = it goes), and its value."""

    statement: cst.BaseSmallStatement
    old: str
    new: str
    value: cst.BaseExpression


_PRAGMA = re.compile(
    r"#\s*(?:type:\s*ignore|noqa|pylint:|pyright:|mypy:|nosec|pragma:)", re.IGNORECASE
)


def argument(name: str, value: cst.BaseExpression) -> cst.Arg:
    """`name=value` as an argument."""
    return cst.Arg(in_parentheses(value), cst.Name(name), equal=_EQUAL)


def in_parentheses(value: cst.BaseExpression) -> cst.BaseExpression:
    """A value as one argument: a bare tuple would be several."""
    if isinstance(value, cst.Tuple) and not value.lpar:
        return value.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    return value


def parts(config: cst.ClassDef) -> Iterator[cst.BaseSmallStatement]:
    """The small statements of a body that holds nothing else."""
    for line in config.body.body:
        if isinstance(line, cst.SimpleStatementLine):
            yield from line.body
        elif isinstance(line, cst.BaseSmallStatement):
            yield line


def is_text(part: cst.CSTNode) -> bool:
    """Whether a statement is a docstring, or another string that stands alone."""
    texts = (cst.SimpleString, cst.ConcatenatedString)
    return isinstance(part, cst.Expr) and isinstance(part.value, texts)


def without_pragmas(config: cst.ClassDef, keys: Sequence[Key]) -> cst.ClassDef:
    """The class without what linters and type checkers are told of lines that are gone."""
    if not isinstance(config.body, cst.IndentedBlock):
        return config
    kept = {id(key.statement) for key in keys if key.new}
    lines: list[cst.BaseStatement] = []
    for line in config.body.body:
        if isinstance(line, cst.SimpleStatementLine):
            comment = line.trailing_whitespace.comment
            is_gone = not any(id(part) in kept or is_text(part) for part in line.body)
            if is_gone and comment is not None and _PRAGMA.match(comment.value):
                bare = cst.TrailingWhitespace(newline=line.trailing_whitespace.newline)
                lines.append(line.with_changes(trailing_whitespace=bare))
                continue
        lines.append(line)
    return config.with_changes(body=config.body.with_changes(body=lines))


def has_comments(config: cst.ClassDef) -> bool:
    """Whether a class holds comments in its body, or a text that would become one."""
    return "#" in _layout(config) or any(is_text(part) for part in parts(config))


def _layout(config: cst.ClassDef) -> str:
    """What stands between the statements of a class."""
    body = config.body
    if isinstance(body, cst.SimpleStatementSuite):
        return ""
    assert isinstance(body, cst.IndentedBlock)
    spaces: list[cst.CSTNode] = [body.header, *body.footer]
    for line in body.body:
        if isinstance(line, cst.SimpleStatementLine):
            spaces += [*line.leading_lines, line.trailing_whitespace]
    return "".join(cst.Module([]).code_for_node(space) for space in spaces)


def blank_end(config: cst.ClassDef) -> Sequence[cst.EmptyLine]:
    """Blank lines below a class that hold its indentation, and so count as a part of it."""
    footer = config.body.footer if isinstance(config.body, cst.IndentedBlock) else ()
    last = max((n for n, line in enumerate(footer) if line.comment is not None), default=-1)
    return footer[last + 1 :]


def one_line(target: str, call: cst.Call, config: cst.ClassDef) -> cst.SimpleStatementLine:
    """The statement for arguments that fit on a line."""
    body = config.body
    behind = body.trailing_whitespace if isinstance(body, cst.SimpleStatementSuite) else _BREAK
    return cst.SimpleStatementLine(
        [_assigned(target, call)], leading_lines=config.leading_lines, trailing_whitespace=behind
    )


def _assigned(target: str, call: cst.Call) -> cst.Assign:
    return cst.Assign([cst.AssignTarget(cst.Name(target))], call)


class Block:
    """Writes each argument on a line of its own; comments stay where they are."""

    def __init__(self, config: cst.ClassDef, keys: Sequence[Key], unit: str) -> None:
        self.config = config
        self.keys = {id(key.statement): key for key in keys}
        self.unit = unit
        self.args: list[cst.Arg] = []
        self.first = _BREAK
        self.lines: list[cst.EmptyLine] = []
        """Blank lines and comments that wait for the argument below them."""

    def statement(self, target: str, func: cst.BaseExpression) -> cst.SimpleStatementLine:
        """The statement in the place of the class."""
        body = self.config.body
        self.first = body.header if isinstance(body, cst.IndentedBlock) else _BREAK
        start: cst.ParenthesizedWhitespace | None = None
        behind = self.first
        for line in body.body:
            if isinstance(line, cst.SimpleStatementLine):
                self.lines += map(self._moved, line.leading_lines)
                trailing = line.trailing_whitespace
                small: Sequence[cst.BaseSmallStatement] = line.body
            else:
                assert isinstance(body, cst.SimpleStatementSuite)
                trailing, small = body.trailing_whitespace, body.body
                line = small[-1]  # noqa: PLW2901 - all of them are seen at once
            arguments = list(self._arguments(small))
            for number, arg in enumerate(arguments):
                space = self._space(behind, self.unit, is_first=not self.args)
                if start is None:
                    start = space
                else:
                    self.args[-1] = _followed(self.args[-1], space)
                self.args.append(arg)
                is_last = number == len(arguments) - 1
                behind = trailing if is_last else _BREAK
            if not arguments and trailing.comment is not None:
                self.lines.append(self._line(trailing.comment))
            if isinstance(body, cst.SimpleStatementSuite):
                break
        if isinstance(body, cst.IndentedBlock):
            end_of_comments = len(body.footer) - len(blank_end(self.config))
            self.lines += map(self._moved, body.footer[:end_of_comments])
        end = self._space(behind, "", is_first=not self.args)
        if start is None:
            start = end
        else:
            self.args[-1] = _followed(self.args[-1], end)
        call = cst.Call(func, self.args, whitespace_before_args=start)
        leading = self.config.leading_lines
        return cst.SimpleStatementLine([_assigned(target, call)], leading_lines=leading)

    def _arguments(self, small: Sequence[cst.BaseSmallStatement]) -> Iterator[cst.Arg]:
        for part in small:
            key = self.keys.get(id(part))
            if key is not None and key.new:
                yield argument(key.new, key.value.visit(_Deeper(self.unit)))  # type: ignore[arg-type]
            elif is_text(part):
                assert isinstance(part, cst.Expr)
                text = part.value.evaluated_value  # type: ignore[attr-defined]
                lines = inspect.cleandoc(str(text)).splitlines() or [""]
                self.lines += [self._line(cst.Comment(f"# {line}".rstrip())) for line in lines]

    def _space(
        self, behind: cst.TrailingWhitespace, indent: str, *, is_first: bool
    ) -> cst.ParenthesizedWhitespace:
        """The line break before an argument, with the lines that wait for it."""
        lines, self.lines = self.lines, []
        while is_first and lines and lines[0].comment is None:
            lines = lines[1:]
        while not indent and lines and lines[-1].comment is None:
            lines = lines[:-1]
        last = cst.SimpleWhitespace(indent)
        return cst.ParenthesizedWhitespace(behind, lines, indent=True, last_line=last)

    def _line(self, comment: cst.Comment) -> cst.EmptyLine:
        return cst.EmptyLine(True, cst.SimpleWhitespace(self.unit), comment)

    def _moved(self, line: cst.EmptyLine) -> cst.EmptyLine:
        if line.comment is None:
            return cst.EmptyLine(indent=False)
        white = cst.SimpleWhitespace(self.unit + line.whitespace.value)
        return line.with_changes(indent=True, whitespace=white)


def _followed(arg: cst.Arg, space: cst.ParenthesizedWhitespace) -> cst.Arg:
    return arg.with_changes(comma=cst.Comma(whitespace_after=space))


class _Deeper(cst.CSTTransformer):
    """Keeps the lines of a value in their columns when the block around it is a level less deep."""

    def __init__(self, unit: str) -> None:
        super().__init__()
        self.unit = unit

    def leave_ParenthesizedWhitespace(  # noqa: N802 - libcst's name
        self, original_node: cst.ParenthesizedWhitespace, updated_node: cst.ParenthesizedWhitespace
    ) -> cst.ParenthesizedWhitespace:
        """Write the indentation out that the block gives no longer."""
        del original_node
        lines = [
            line.with_changes(whitespace=self._wider(line.whitespace))
            if line.indent and line.comment
            else line
            for line in updated_node.empty_lines
        ]
        last = updated_node.last_line
        last = self._wider(last) if updated_node.indent else last
        return updated_node.with_changes(empty_lines=lines, last_line=last)

    def _wider(self, space: cst.SimpleWhitespace) -> cst.SimpleWhitespace:
        return cst.SimpleWhitespace(self.unit + space.value)


# --- more entries in a call or a dictionary that is there ----------------------------------------


def with_arguments(call: cst.Call, new: Sequence[cst.Arg], *, in_lines: bool) -> cst.Call:
    """A call with more arguments, in the layout that it has; `in_lines` breaks one line into many."""
    args = list(call.args)
    opening = call.whitespace_before_args
    if in_lines or isinstance(opening, cst.ParenthesizedWhitespace):
        if not isinstance(opening, cst.ParenthesizedWhitespace):
            opening = cst.ParenthesizedWhitespace(
                indent=True, last_line=cst.SimpleWhitespace("    ")
            )
        joined = _in_lines([*args], new, opening, args[-1].whitespace_after_arg if args else _NONE)
        joined = [arg.with_changes(whitespace_after_arg=_NONE) for arg in joined]
        return call.with_changes(args=joined, whitespace_before_args=opening)
    return call.with_changes(args=_on_one_line(args, new))


def with_entries(node: cst.Dict, new: Sequence[cst.DictElement]) -> cst.Dict:
    """A dictionary with more entries, in the layout that it has."""
    elements = list(node.elements)
    opening = node.lbrace.whitespace_after
    if isinstance(opening, cst.ParenthesizedWhitespace):
        closing = node.rbrace.whitespace_before
        joined = _in_lines(elements, new, opening, closing)
        rbrace = node.rbrace.with_changes(whitespace_before=_NONE)
        return node.with_changes(elements=joined, rbrace=rbrace)
    return node.with_changes(elements=_on_one_line(elements, new))


def _on_one_line(old: Sequence, new: Sequence) -> list:  # type: ignore[type-arg]
    comma = cst.Comma(whitespace_after=_SPACE)
    last_comma = old[-1].comma if old else cst.MaybeSentinel.DEFAULT
    joined = [*old[:-1], *(each.with_changes(comma=comma) for each in (*old[-1:], *new[:-1]))]
    return [*joined, new[-1].with_changes(comma=last_comma)]


def _in_lines(
    old: Sequence,  # type: ignore[type-arg]
    new: Sequence,  # type: ignore[type-arg]
    opening: cst.ParenthesizedWhitespace,
    closing: cst.BaseParenthesizableWhitespace,
) -> list:  # type: ignore[type-arg]
    """Entries each on a line of its own; comments behind the old ones stay there."""
    between = opening.with_changes(first_line=_BREAK, empty_lines=[])
    end = cst.ParenthesizedWhitespace(indent=True)
    joined = []
    for number, each in enumerate((*old, *new)):
        space = each.comma.whitespace_after if isinstance(each.comma, cst.Comma) else closing
        is_old, is_last = number < len(old), number == len(old) + len(new) - 1
        if is_old and number < len(old) - 1:
            joined.append(
                each if isinstance(space, cst.ParenthesizedWhitespace) else _comma(each, between)
            )
            continue
        if is_old and isinstance(space, cst.ParenthesizedWhitespace):
            end = space.with_changes(first_line=_BREAK, empty_lines=[])
            moved = space.with_changes(indent=between.indent, last_line=between.last_line)
            joined.append(_comma(each, moved))
        else:
            joined.append(_comma(each, end if is_last else between))
    return joined


def _comma(entry: cst.Arg, space: cst.BaseParenthesizableWhitespace):  # type: ignore[no-untyped-def]
    return entry.with_changes(comma=cst.Comma(whitespace_after=space))
