"""Hidden markers: what the bot writes into its own texts to find them and its facts again.

A marker is one HTML comment on a line of its own, `<!-- gardener:KIND {json} -->`. Text from
reports never holds one (`bot/content/text.py` breaks them). It counts only in a text that the bot
itself wrote, which the caller checks by author, and in one that is the bot's as a whole: other
workflows write under the same login, and may quote what a stranger made up.
"""

from __future__ import annotations

import hashlib
import re
from typing import TypeVar

import msgspec

T = TypeVar("T")

_MARKER = re.compile(r"<!-- gardener:([a-z]+) (\{[^\n]*\}) -->")
_ANY = re.compile(r"<!--\s*gardener:[a-z]+\s*\{")


def write(kind: str, facts: msgspec.Struct) -> str:
    """The marker line; its JSON holds no `<`, `>`, `--` or line break."""
    text = msgspec.json.encode(facts).decode()
    for letter in "<>-":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return f"<!-- gardener:{kind} {text} -->"


def read(kind: str, body: str, facts: type[T]) -> T | None:
    """The facts of the marker that a text begins with; None without one or when it is damaged."""
    first, _, rest = body.replace("\r\n", "\n").partition("\n")
    return None if _ANY.search(rest) else _decoded(kind, first, facts)


def read_line(kind: str, body: str, facts: type[T]) -> T | None:
    """The facts of the only marker of a text, on whatever line it stands; else as `read`."""
    lines = [line for line in body.replace("\r\n", "\n").split("\n") if _ANY.search(line)]
    return _decoded(kind, lines[0], facts) if len(lines) == 1 else None


def _decoded(kind: str, line: str, facts: type[T]) -> T | None:
    match = _MARKER.fullmatch(line.rstrip())
    if not match or match[1] != kind:
        return None
    try:
        return msgspec.json.decode(match[2], type=facts)
    except (msgspec.DecodeError, RecursionError):
        return None


def digest(text: str) -> str:
    """A hash of a text that does not see how the site gives line ends and last spaces back."""
    plain = text.replace("\r\n", "\n").rstrip()
    return hashlib.sha256(plain.encode(errors="replace")).hexdigest()[:16]
