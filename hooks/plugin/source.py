"""Statements and functions of a source file, looked up by line. PYTEST_DONT_REWRITE"""

from __future__ import annotations

import ast
import linecache
from typing import Any, Dict, List, Optional, Sequence, Tuple, TypeVar

from .text import SOURCE_LIMIT, clean

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
COMPOUND: Tuple[Any, ...] = (
    *(ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try),
    *DEFINITIONS,
)
LINES_SHOWN = 41
"""The most lines that are shown of one statement."""


class Statement:
    """A statement and its lines; of a compound one, the lines of its head."""

    # No named tuples here: to make one takes as long as to import a file.
    __slots__ = ("first", "last", "node")

    def __init__(self, first: int, last: int, node: ast.stmt) -> None:
        self.first = first
        self.last = last
        self.node = node


class Scope:
    """A function or class and its lines."""

    __slots__ = ("first", "last", "node", "qualname")

    def __init__(self, first: int, last: int, qualname: str, node: Any) -> None:
        self.first = first
        self.last = last
        self.qualname = qualname
        self.node = node


Lines = TypeVar("Lines", Statement, Scope)


class Source:
    """The syntax tree of one file; empty where it cannot be read or parsed."""

    def __init__(self, filename: str) -> None:
        self.lines = linecache.getlines(filename)
        self.statements: List[Statement] = []
        self.scopes: List[Scope] = []
        try:
            self._add_children(ast.parse("".join(self.lines)), "")
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            pass

    def _add_children(self, node: ast.AST, prefix: str) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.stmt):
                self._add_children(child, self._add(child, prefix))
            else:
                self._add_children(child, prefix)

    def _add(self, statement: ast.stmt, prefix: str) -> str:
        """Note a statement; returns the prefix of qualified names inside it."""
        first = statement.lineno
        last = getattr(statement, "end_lineno", None) or first
        if isinstance(statement, DEFINITIONS):
            qualname = prefix + statement.name
            self.scopes.append(Scope(first, last, qualname, statement))
            is_class = isinstance(statement, ast.ClassDef)
            prefix = qualname + ("." if is_class else ".<locals>.")
        if isinstance(statement, COMPOUND):
            body = getattr(statement, "body")
            last = max(first, body[0].lineno - 1) if body else first
        if isinstance(statement, DEFINITIONS):  # its decorators are called as it is made
            first = min([first, *(node.lineno for node in statement.decorator_list)])
        self.statements.append(Statement(first, last, statement))
        return prefix

    def statement(self, line: int) -> Optional[Statement]:
        """The innermost statement at a line."""
        return _innermost(self.statements, line)

    def scope(self, line: int) -> Optional[Scope]:
        """The innermost function or class at a line."""
        return _innermost(self.scopes, line)

    def text(self, line: int) -> str:
        """The source of the statement at a line; of a compound one, its head."""
        statement = self.statement(line)
        if statement is None:
            lines = self.lines[line - 1 : line]
        else:
            lines = self.lines[statement.first - 1 : statement.last][:LINES_SHOWN]
        return clean(_dedent("".join(lines)).strip(), SOURCE_LIMIT)


class Sources:
    """The parsed files of this process; each is parsed once."""

    def __init__(self) -> None:
        self._parsed: Dict[str, Source] = {}

    def of(self, filename: str) -> Source:
        """The source of a file, by the name that its code objects have."""
        source = self._parsed.get(filename)
        if source is None:
            source = self._parsed[filename] = Source(filename)
        return source


def _innermost(candidates: Sequence[Lines], line: int) -> Optional[Lines]:
    innermost = None
    for candidate in candidates:
        if candidate.first <= line <= candidate.last:
            if innermost is None or candidate.first >= innermost.first:
                innermost = candidate
    return innermost


def _dedent(text: str) -> str:
    lines = text.split("\n")
    margin = min([len(line) - len(line.lstrip()) for line in lines if line.strip()] or [0])
    return "\n".join(line[margin:] for line in lines)


def head_of(statement: ast.stmt) -> ast.AST:
    """What a failing statement runs itself: of a compound one, its head without its body."""
    if not isinstance(statement, COMPOUND):
        return statement
    head: List[Any] = [
        child
        for child in ast.iter_child_nodes(statement)
        if not isinstance(child, (ast.stmt, ast.ExceptHandler))
    ]
    return ast.Tuple(elts=head, ctx=ast.Load())


def called_expressions(tree: ast.AST) -> List[ast.expr]:
    """The expressions that are called below a node (`a.b` of `a.b()`), outer calls first."""
    return [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
