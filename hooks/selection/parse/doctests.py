"""Doctests as pytest finds them in docstrings and text files, without running anything."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

DOCTESTS = ">>>"
"""The name of the definition that stands for all doctests of a file."""
_BLOCK = re.compile(r"^[ \t]*>>>(?: .*)?(?:\n[ \t]*\S.*)*", re.MULTILINE)
_DEFINITION = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def docstrings(body: list[ast.stmt], inside: str = "") -> Iterator[tuple[str, str]]:
    """The docstrings of a module, its classes and functions, each after the dotted name of these."""
    first = body[0] if body else None
    if (
        isinstance(first, ast.Expr)
        and isinstance(first.value, ast.Constant)
        and isinstance(first.value.value, str)
    ):
        yield inside, first.value.value
    for node in body:
        if isinstance(node, _DEFINITION):
            yield from docstrings(node.body, f"{inside}.{node.name}".lstrip("."))


def blocks(text: str) -> list[str]:
    """The parts of a text that are examples with what they print: each ends at a blank line."""
    return _BLOCK.findall(text)


def examples(text: str) -> list[str]:
    """The statements of the examples in a text, each without its prompts."""
    statements: list[str] = []
    for block in blocks(text):
        for line in block.splitlines():
            prompt, code = line.lstrip()[:3], line.lstrip()[4:]
            if prompt == DOCTESTS:
                statements.append(code)
            elif prompt == "..." and statements:
                statements[-1] += f"\n{code}"
    return statements
