"""Hidden markers: what the bot writes into its own texts to find them and its facts again.

A marker is one HTML comment on the first line, `<!-- gardener:KIND {json} -->`. Text from
reports never holds one (`bot/content/text.py` breaks them), and it counts only in a text that the
bot itself wrote, which the caller checks by author.
"""

from __future__ import annotations

import re
from typing import TypeVar

import msgspec

T = TypeVar("T")

_MARKER = re.compile(r"^<!-- gardener:([a-z]+) (\{[^\n]*\}) -->", re.MULTILINE)


def write(kind: str, facts: msgspec.Struct) -> str:
    """The marker line; its JSON holds no `<`, `>`, `--` or line break."""
    text = msgspec.json.encode(facts).decode()
    for letter in "<>-":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return f"<!-- gardener:{kind} {text} -->"


def read(kind: str, body: str, facts: type[T]) -> T | None:
    """The facts of the first marker of that kind; None without one or when it is damaged."""
    for match in _MARKER.finditer(body):
        if match[1] == kind:
            try:
                return msgspec.json.decode(match[2], type=facts)
            except (msgspec.DecodeError, RecursionError):
                return None
    return None
