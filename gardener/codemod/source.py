"""A Python file as codemods that yield edits see it: its `ast`, names and comments.

This is the older of two contracts, kept for codemods that define `rewrite(source, project)`.
New ones are commands of libcst: see `gardener.codemod.command`.
"""

from __future__ import annotations

import ast
import re
import sys
import warnings
from collections.abc import Iterator
from functools import cached_property
from typing import Any, TypeVar

from gardener.codemod.file_text import Comment, Edit, FileText, Remark, Unparsable
from gardener.codemod.protection import Protection, may_protect
from gardener.codemod.scopes import ScopeTree

__all__ = ["Comment", "Edit", "Protection", "Remark", "Source", "Unparsable"]

_NEWLINE = re.compile(rb"\r\n|\r|\n")
_AWAITS = r"\b(?:warns|deprecated_call|assertWarns\w*)\(|catch_warnings\(.*record=True"
Node = TypeVar("Node", bound=ast.AST)


class Source(FileText):
    """One parsed file. Offsets are bytes of its text in UTF-8, without a byte order mark."""

    def __init__(self, raw: bytes, path: str = "<stdin>") -> None:
        super().__init__(raw, path)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # invalid escapes and the like of user code
                self.tree = ast.parse(self.data.decode())
        except SyntaxError as wrong:
            raise Unparsable(f"does not parse: line {wrong.lineno}: {wrong.msg}") from None
        except (RecursionError, MemoryError, ValueError) as wrong:
            raise Unparsable(f"does not parse: {wrong or type(wrong).__name__}") from None

    # --- positions -----------------------------------------------------------------

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Offsets of the first byte of a node and of the byte after it.

        Decorators do not belong to the function or class that they decorate.

        Raises:
            ValueError: the interpreter does not know (inside an f-string before 3.12).
        """
        if sys.version_info < (3, 12) and self._formatted(node) is not None:
            return self._span_in_f_string(node)
        return self.raw_span(node)

    def whole_span(self, node: ast.AST) -> tuple[int, int]:
        """Like `raw_span`, with the decorators of a function or class."""
        decorators = getattr(node, "decorator_list", [])
        return min(self.raw_span(n)[0] for n in (node, *decorators)), self.raw_span(node)[1]

    def raw_span(self, node: ast.AST) -> tuple[int, int]:
        """Offsets as the parser says, which before Python 3.12 is wrong in f-strings."""
        first = self.starts[node.lineno - 1] + node.col_offset  # type: ignore[attr-defined]
        last = self.starts[node.end_lineno - 1] + node.end_col_offset  # type: ignore[attr-defined]
        return first, last

    def text(self, node: ast.AST) -> str:
        """The node as it is written."""
        start, end = self.span(node)
        return self.data[start:end].decode()

    def indent_of(self, node: ast.AST) -> str:
        """The white space before a node's line."""
        start = self.raw_span(node)[0]
        line = self.data[self.line_start(start) : start]
        return re.match(rb"[ \t\f]*", line)[0].decode()  # type: ignore[index]

    # --- tree ------------------------------------------------------------------------

    @cached_property
    def names(self) -> ScopeTree:
        """Scopes, parents and what names mean."""
        return ScopeTree(self.tree)

    def find(self, kind: type[Node]) -> Iterator[Node]:
        """All nodes of a kind, outer ones before inner ones."""
        for found, nodes in self._by_type.items():
            if issubclass(found, kind):
                yield from nodes

    @cached_property
    def _by_type(self) -> dict[type[ast.AST], list[Any]]:
        by_type: dict[type[ast.AST], list[Any]] = {}
        for node in ast.walk(self.tree):
            by_type.setdefault(type(node), []).append(node)
        return by_type

    def qualified(self, expr: ast.expr) -> str:
        """The dotted name that an expression means by the file's imports, or ''."""
        return self.names.resolve(expr)

    def awaits_warning(self, node: ast.AST) -> bool:
        """Whether a node stands in a `with` that waits for a warning, such as `pytest.warns`."""
        for above in self.names.ancestors(node):
            if isinstance(above, (ast.With, ast.AsyncWith)):
                if any(re.search(_AWAITS, ast.unparse(i.context_expr)) for i in above.items):
                    return True
        return False

    # --- edits -----------------------------------------------------------------------

    def replace(self, node: ast.AST, text: str) -> Edit:
        """An edit that puts `text` in the place of a node."""
        start, end = self.span(node)
        return Edit(start, end, text)

    def protected(self, node: ast.AST) -> bool:
        """Whether a comment of the user keeps the running codemod away from a node's lines."""
        start, end = self.raw_span(node)
        return self.protection.covers(self, start, end)

    @cached_property
    def protection(self) -> Protection:
        """What comments protect; the machine narrows it to the codemod that runs."""
        return Protection()

    # --- comments and plain code -------------------------------------------------------

    @cached_property
    def comments(self) -> list[Comment]:
        """All comments in order."""
        return self._tokens[0]

    @cached_property
    def may_protect(self) -> bool:
        """Whether the file holds anything like a protecting comment at all."""
        return may_protect(self.data)

    def belongs_to(self, comment: Comment) -> Iterator[tuple[int, int]]:
        """The range that a comment speaks of.

        Behind code: the lines of the innermost statement there (of a compound one, its
        head). On a line of its own: the next statement; before all code: the whole file.
        """
        start = self.line_start(comment.start)
        own_line = not self.data[start : comment.start].strip()
        if own_line and not self.code[: comment.start].strip():
            yield 0, len(self.data) + 1
            return
        if own_line:
            after = [s for s in self.find(ast.stmt) if self.raw_span(s)[0] > comment.end]
            if after:
                first = min(after, key=lambda s: (self.raw_span(s)[0], -self.raw_span(s)[1]))
                yield self.whole_span(first)
            return
        holding = [
            s
            for s in self.find(ast.stmt)
            if self._head(s)[0] <= comment.start <= self.line_end(self._head(s)[1])
        ]
        yield start, comment.start
        for statement in holding:
            first_byte, last = self._head(statement)
            if self.line_start(first_byte) <= comment.start:
                yield first_byte, last

    def _head(self, statement: ast.stmt) -> tuple[int, int]:
        """The range of a simple statement, or of a compound one up to its body."""
        start, end = self.raw_span(statement)
        body = getattr(statement, "body", None) or getattr(statement, "cases", None)
        if body:
            inside = body[0].pattern if isinstance(body[0], ast.match_case) else body[0]
            end = max(start, self.raw_span(inside)[0] - 1)
            end = start + len(self.data[start:end].rstrip())
        return start, end

    @cached_property
    def code(self) -> bytes:
        """The text with comments and strings blanked out; offsets stay what they were."""
        return self._tokens[1]

    @cached_property
    def _tokens(self) -> tuple[list[Comment], bytes]:
        import tokenize  # late: costs as much as the rest of a no-op run

        comments: list[Comment] = []
        blanked = bytearray(self.data)
        lines = [
            self.data[a:b].decode()
            for a, b in zip(self.starts, [*self.starts[1:], len(self.data)], strict=True)
        ]
        # Lone carriage returns end lines for the parser, not for tokenize.
        feed = iter([line[:-1] + "\n" if line.endswith("\r") else line for line in lines])
        text_kinds = {tokenize.COMMENT, tokenize.STRING}
        text_kinds |= {getattr(tokenize, "FSTRING_MIDDLE", -1)}
        try:
            for token in tokenize.generate_tokens(lambda: next(feed, "")):
                if token.type not in text_kinds:
                    continue
                start = self._offset(lines, token.start)
                end = self._offset(lines, token.end)
                blanked[start:end] = b" " * (end - start)
                if token.type == tokenize.COMMENT:
                    comments.append(Comment(token.start[0], start, end, token.string))
        except (tokenize.TokenError, IndentationError):  # the parser was content: keep what we have
            pass
        return comments, bytes(blanked)

    def _offset(self, lines: list[str], place: tuple[int, int]) -> int:
        row, column = place
        if row > len(lines):
            return len(self.data)
        return self.starts[row - 1] + len(lines[row - 1][:column].encode())

    # --- f-strings before Python 3.12 ---------------------------------------------------

    def _formatted(self, node: ast.AST) -> ast.JoinedStr | None:
        """The outermost f-string around a node."""
        around = [n for n in self.names.ancestors(node) if isinstance(n, ast.JoinedStr)]
        return around[-1] if around else None

    def _span_in_f_string(self, node: ast.AST) -> tuple[int, int]:
        """Find a node of an f-string by its field's text: its position is not to be trusted."""
        outer = self._formatted(node)
        assert outer is not None
        around = [node, *self.names.ancestors(node)]
        number = next(n for n, a in enumerate(around) if isinstance(a, ast.FormattedValue))
        field = around[number - 1]
        start, end = self.raw_span(outer)
        wanted = ast.dump(field)
        fields = [n for n in _fields(outer) if ast.dump(n.value) == wanted]
        found = _occurrences(self.data[start:end], wanted)
        if number == 0 or len(found) != len(fields):
            raise ValueError("its place inside the f-string is not certain")
        at, parsed, text = found[[f.value for f in fields].index(field)]  # type: ignore[arg-type]
        pairs = zip(ast.walk(field), ast.walk(parsed), strict=True)
        twin: ast.AST = next(there for here, there in pairs if here is node)
        starts = [0, *(m.end() for m in _NEWLINE.finditer(text))]
        first = starts[twin.lineno - 1] + twin.col_offset - 1  # type: ignore[attr-defined]
        last = starts[twin.end_lineno - 1] + twin.end_col_offset - 1  # type: ignore[attr-defined]
        return start + at + first, start + at + last


def _fields(text: ast.JoinedStr) -> Iterator[ast.FormattedValue]:
    """The replacement fields of an f-string in the order they are written."""
    for value in text.values:
        if isinstance(value, ast.FormattedValue):
            yield value
            for inner in ast.walk(value.value):
                if isinstance(inner, ast.JoinedStr):
                    yield from _fields(inner)
            if isinstance(value.format_spec, ast.JoinedStr):
                yield from _fields(value.format_spec)


def _occurrences(data: bytes, wanted: str) -> list[tuple[int, ast.expr, bytes]]:
    """Where a replacement field holds the wanted expression: offset, its tree and its text."""
    found: list[tuple[int, ast.expr, bytes]] = []
    for opening in re.finditer(rb"\{", data):
        at = opening.end()
        for closing in re.finditer(rb"[!:=}]", data[at:]):
            text = b"(" + data[at : at + closing.start()] + b")"
            try:
                parsed = ast.parse(text.decode(), mode="eval").body
            except (SyntaxError, ValueError):
                continue
            if ast.dump(parsed) == wanted:
                found.append((at, parsed, text))
                break
    return found
