"""Doctests as pytest finds them in docstrings and text files, without running anything."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

DOCTESTS = ">>>"
"""The symbol of a file that stands for all its doctests."""
_BLOCK = re.compile(r"^[ \t]*>>>(?: .*)?(?:\n[ \t]*\S.*)*", re.MULTILINE)
_DEFINITION = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def docstrings(body: list[ast.stmt], inside: str = "") -> Iterator[tuple[str, str]]:
    """The docstrings of a module, its classes and functions, with the names of these."""
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
    found: list[str] = []
    for block in blocks(text):
        for line in block.splitlines():
            prompt, code = line.lstrip()[:3], line.lstrip()[4:]
            if prompt == DOCTESTS:
                found.append(code)
            elif prompt == "..." and found:
                found[-1] += f"\n{code}"
    return found
