"""What a `raise` statement itself says, told from the values that it puts into its text."""

from __future__ import annotations

import ast
import re
from functools import lru_cache

_PERCENT = re.compile(r"%(?:\(\w+\))?[-#0 +]*\d*(?:\.\d+)?[a-zA-Z]")
_BRACES = re.compile(r"\{[^{}]*\}")
_VALUE = None
"""Stands for a value between the literal parts of a text."""


def without_values(message: str, statement: str) -> str:
    """The message with the values of one word masked that a `raise` statement puts into it.

    A name that is made at random may look like any word: `f"no room {name}"` says where it
    stands. Values of several words stay: the text of another error tells what went wrong.
    """
    pieces = _pieces_of(statement)
    if _VALUE not in pieces:
        return message
    first, separator, rest = message.partition("\n")
    return _masked(first, pieces) + separator + rest


def _masked(text: str, pieces: tuple[str | None, ...]) -> str:
    done: list[str] = []
    position, has_value = 0, False
    for literal in pieces:
        if literal is _VALUE:
            has_value = True
            continue
        start = text.find(literal, position)
        if start < 0:
            return text
        between = text[position:start]
        done += [_word_masked(between) if has_value else between, literal]
        position, has_value = start + len(literal), False
    rest = text[position:]
    return "".join((*done, _word_masked(rest) if has_value else rest))


def _word_masked(value: str) -> str:
    """`_` for one word, which may be in quotes or have a full stop behind it."""
    return "_" if value and not re.search(r"\s", value) else value


@lru_cache(maxsize=1024)
def _pieces_of(statement: str) -> tuple[str | None, ...]:
    """The literal parts of the text that a statement raises; `_VALUE` between them."""
    try:
        tree = ast.parse(statement)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    raised = tree.body[0] if tree.body else None
    if not isinstance(raised, ast.Raise) or not isinstance(raised.exc, ast.Call):
        return ()
    arguments = raised.exc.args
    pieces = _pieces(arguments[0]) if len(arguments) == 1 else []
    literals = [piece for piece in pieces if piece]
    # What is all value tells nothing apart, so its text is all there is.
    if not any(re.search(r"[A-Za-z]{3}", literal) for literal in literals):
        return ()
    return tuple(piece for piece in pieces if piece != "")


def _pieces(node: ast.expr) -> list[str | None]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value.partition("\n")[0]]
    if isinstance(node, ast.JoinedStr):
        return [piece for part in node.values for piece in _pieces(part)]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return [*_pieces(node.left), *_pieces(node.right)]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        return _split(node.left, _PERCENT)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr == "format":
            return _split(node.func.value, _BRACES)
    return [_VALUE]


def _split(pattern: ast.expr, placeholder: re.Pattern[str]) -> list[str | None]:
    if not isinstance(pattern, ast.Constant) or not isinstance(pattern.value, str):
        return [_VALUE]
    literals = placeholder.split(pattern.value.partition("\n")[0])
    pieces: list[str | None] = [literals[0]]
    for literal in literals[1:]:
        pieces += [_VALUE, literal]
    return pieces
