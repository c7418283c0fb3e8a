"""Markdown: text of a report is data, whatever it says."""

from __future__ import annotations

import re
from html import escape

from gardener.disarm import disarmed
from gardener.text import clean

_MARKS = re.compile(r"([\\`*_\[\]<>#|~@$&])")
_BEGINNING = re.compile(r"^(\d{1,9}(?=[.)])|(?=[-+=]))")
"""What makes a list, a rule or a heading where it begins a line: `- x`, `1. x`, `1) x`, `===`."""

_LIVE = re.compile(r"(@(?=\w)|#(?=\d)|(?<=\b[Gg][Hh])-(?=\d)|:(?=//)|(?<=\b[Ww][Ww])[Ww](?=\.))")


def fence(text: str, language: str = "text") -> str:
    """A block of code that the text cannot end."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    ticks = "`" * max(3, longest + 1)
    return f"{ticks}{language}\n{disarmed(text)}\n{ticks}"


def folded(title: str, block: str) -> str:
    """A block behind a title that opens it."""
    # Within the tag no Markdown is read, so nothing of it is escaped there, only HTML.
    return f"<details><summary>{_in_a_tag(title)}</summary>\n\n{block}\n\n</details>"


def _in_a_tag(text: str) -> str:
    words = escape(disarmed(" ".join(clean(text, 200).split())))
    return _LIVE.sub(r"\1&#8203;", words)


def code(text: str) -> str:
    """A code span; empty for an empty text."""
    plain = " ".join(clean(text, 1000).split())
    longest = max((len(run) for run in re.findall(r"`+", plain)), default=0)
    ticks = "`" * (longest + 1)
    space = " " if plain.startswith("`") or plain.endswith("`") else ""
    return f"{ticks}{space}{disarmed(plain)}{space}{ticks}" if plain else ""


def inline(text: str) -> str:
    """Plain words with code spans kept; everything else that Markdown would read is escaped."""
    plain = disarmed(" ".join(clean(text, 2000).split()))
    pieces = re.split(r"(`[^`]+`)", plain)
    escaped = "".join(piece if n % 2 else _escaped(piece) for n, piece in enumerate(pieces))
    return _BEGINNING.sub(r"\1\\", escaped)


def cell(text: str) -> str:
    """The text of a cell of a table."""
    plain = " ".join(clean(text, 300).split())
    return _escaped(plain)


def _escaped(text: str) -> str:
    """Words without marks; a site links `@name`, `#1` and URLs even where their signs are escaped."""
    return _LIVE.sub(r"\1&#8203;", _MARKS.sub(r"\\\1", text))


def code_cell(text: str) -> str:
    """A code span in a cell of a table, in which even code must not hold a bare `|`."""
    return code(text).replace("|", "\\|")
