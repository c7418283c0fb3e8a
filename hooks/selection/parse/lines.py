"""On which lines the code of each definition stands, to tell code that only moved."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from hashlib import blake2b

from .syntax import FUNCTIONS


def lines_of(tree: ast.Module) -> dict[str, str]:
    """For each function and class, and the code of the module (an empty name), a hash of its lines.

    Of a class and the module these are the lines of what runs when they are made.
    """
    numbers: dict[str, list[int]] = {}
    for name, line in _lines(tree.body, ""):
        numbers.setdefault(name, []).append(line)
    return {name: _hash(lines) for name, lines in numbers.items()}


def _lines(body: list[ast.stmt], owner: str) -> Iterator[tuple[str, int]]:
    """The names of definitions, each with the lines of code in it."""
    start = f"{owner}." if owner else ""
    for statement in body:
        if isinstance(statement, FUNCTIONS):
            name = start + statement.name
            yield from ((name, line) for line in _all_lines(statement))
        elif isinstance(statement, ast.ClassDef):
            name = start + statement.name
            yield name, statement.lineno
            yield from ((name, part.lineno) for part in statement.decorator_list)
            yield from _lines(statement.body, name)
        elif not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)):
            yield from ((owner, line) for line in _all_lines(statement))


def _all_lines(node: ast.AST) -> Iterator[int]:
    return (part.lineno for part in ast.walk(node) if isinstance(part, (ast.stmt, ast.expr)))


def _hash(lines: list[int]) -> str:
    return blake2b(repr(lines).encode(), digest_size=6).hexdigest()
