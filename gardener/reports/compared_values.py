"""Values that differ, masked by what leads to them: the recorder keeps them apart from their names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from msgspec import structs

from gardener.model import RaisedException
from gardener.redaction import MASK, redact
from gardener.redaction.names import kind_of

_VALUES = ("differs_left", "differs_right")
_SHORTEST = 5
"""Characters of a value, quotes included, that is sought in the message: a shorter one is in any text."""
_NAMES = re.compile(r"[A-Za-z_]\w*")


def with_values_masked(raised: RaisedException) -> RaisedException:
    """An exception whose values that differ hold no secret which their path or expression names."""
    values = {fact: raised.facts[fact] for fact in _VALUES if fact in raised.facts}
    if not values:
        return raised
    names = set(_NAMES.findall(raised.facts.get("differs_at", "")))
    if not names:  # then the values are those of the compared expressions themselves
        names = {name for frame in raised.frames for name in _compared(frame.source)}
    secret_names = sorted(name for name in names if kind_of(name) is not None)
    masked = {fact: _masked(value, secret_names) for fact, value in values.items()}
    if masked == values:
        return raised
    message = raised.message
    for fact, value in values.items():  # it may show them too: `assert 'secret' == 'other'`
        if masked[fact] != value and len(value) >= _SHORTEST:
            message = message.replace(value, masked[fact])
    return structs.replace(raised, message=message, facts={**raised.facts, **masked})


def _masked(value: str, names: list[str]) -> str:
    """A value without what is a secret if it has one of some names."""
    for name in names:
        begin, end = f"{{'{name}': ", "}"
        text = redact(f"{begin}{value}{end}")
        is_whole = text.startswith(begin) and text.endswith(end)
        value = text[len(begin) : -len(end)] if is_whole else MASK
    return value


def _compared(source: str) -> Iterator[str]:
    """The last names of the expressions that a statement compares; none of one that is cut."""
    try:
        statements = ast.parse(source.strip()).body
    except (SyntaxError, ValueError):
        statements = []
    for statement in statements:
        if isinstance(statement, ast.Assert) and isinstance(statement.test, ast.Compare):
            yield from map(_last_name, (statement.test.left, *statement.test.comparators))
        elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
            yield from map(_last_name, statement.value.args)


def _last_name(node: ast.expr) -> str:
    """What an expression calls its value; empty for one that does not."""
    if isinstance(node, ast.Call):
        return _last_name(node.func)
    if isinstance(node, ast.Subscript):
        key = node.slice
        is_text = isinstance(key, ast.Constant) and isinstance(key.value, str)
        return key.value if is_text else _last_name(node.value)  # type: ignore[attr-defined]
    return getattr(node, "attr", getattr(node, "id", ""))
