"""Foreign text made harmless: decoded, stripped, redacted, capped, escaped, in that order.

A report may come from a fork, so whoever wrote it is an attacker. Every function here
that returns Markdown takes raw text and runs the whole chain; nothing else in `bot/`
may put a word of a report into a comment or an issue.
"""

from __future__ import annotations

import html
import re

from gardener.disarm import disarmed_anywhere
from gardener.redaction import redact
from gardener.text import plain

LIMIT = 65_536
"""Characters that GitHub takes in the body of a comment or an issue."""

_WORK = 50_000
"""Characters that are looked at: far more than is ever shown, so that no secret that this
edge cuts can show, and few enough that a megabyte of nodeid costs nothing."""

_OUR_MARKER = re.compile(r"<!--(\s*)gardener", re.IGNORECASE)


def clean(value: str | bytes) -> str:
    """Text without hidden characters, in which neither the runner nor gardener sees a command."""
    text = plain(value.decode(errors="replace") if isinstance(value, bytes) else value)
    # Runners obey `##[command]` and the like anywhere in a line of a log, and `gardener`
    # would believe a marker of its own.
    if "<!--" in text:
        text = _OUR_MARKER.sub(r"<!- -\1gardener", text)
    return disarmed_anywhere(text)


def size(text: str) -> int:
    """Length in UTF-16 units: the strictest way in which a server may count characters."""
    return (
        len(text) + sum(1 for letter in text if letter > "\uffff")
        if not text.isascii()
        else len(text)
    )


def cap(text: str, limit: int, beyond: int = 0) -> str:
    """At most `limit` characters; what was cut off is counted at the end."""
    if len(text) <= limit and not beyond:
        return text
    room = max(limit - len(_more(len(text) + beyond)), 1)
    return text[:room] + _more(len(text) - room + beyond)


def _more(cut_off: int) -> str:
    return f" … ({cut_off:,} more characters)"


def _safe(value: str | bytes) -> tuple[str, int]:
    """Clean and redacted text, and how many characters beyond it were not looked at."""
    return redact(clean(value[:_WORK])), max(len(value) - _WORK, 0)


def line(value: str | bytes, limit: int = 200) -> str:
    """One harmless line of plain text (an issue's title, a log): not yet Markdown."""
    text, beyond = _safe(value)
    return cap(" ".join(text.split()), limit, beyond)


def lines(value: str | bytes, limit: int = 4_000, most: int = 60) -> str:
    """Harmless plain text of at most `most` lines: the first and the last ones of more."""
    text, beyond = _safe(value)
    shown = text.strip("\n").expandtabs(4).split("\n")
    if len(shown) > most:
        left_out = len(shown) - most
        shown = [
            *shown[: most // 2],
            f"... ({left_out:,} more lines)",
            *shown[-(most - most // 2) :],
        ]
    return cap("\n".join(shown), limit, beyond)


# --- escapes: each takes raw text and returns Markdown -------------------------------------


def code(value: str | bytes, limit: int = 200) -> str:
    """A code span that stays one span inside a table too.

    GitHub links no mention, issue or URL in code. Spaces at the ends keep backticks at
    the text's own ends apart from the delimiter.
    """
    return _span(line(value, limit))


def _span(text: str) -> str:
    if not text:
        return ""
    ticks = "`" * (_longest_run(text, "`") + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    if "|" in text:
        # A table would end the cell here, and the escape `\\|` works in tables only.
        return f"<code>{_entities(text)}</code>"
    return ticks + pad + text + pad + ticks


def block(value: str | bytes, limit: int = 4_000, prefix: str = "") -> str:
    """A fenced block whose fence is longer than any in the text.

    `prefix` begins every line. Bots and log readers obey a `/command`, an `@name` or a
    `::command::` at the start of a line, even inside a fence; `E   ` as pytest writes
    it leaves them none.
    """
    text = "\n".join(prefix + each for each in lines(value, limit).split("\n"))
    fence = "`" * max(3, _longest_run(text, "`") + 1)
    return f"{fence}text\n{text}\n{fence}"


def summary(value: str | bytes, limit: int = 200) -> str:
    """Code for the inside of an HTML tag such as `<summary>`, where no Markdown is read."""
    return f"<code>{html.escape(line(value, limit))}</code>"


def prose(value: str | bytes, limit: int = 400) -> str:
    """A sentence: pairs of backticks stay code, everything else shows as it was written."""
    text = line(value, limit)
    pieces = text.split("`")
    if len(pieces) % 2 == 0:
        return _plain(text)
    return "".join(_span(p) if n % 2 else _plain(p) for n, p in enumerate(pieces))


_MARKUP = re.compile(r"[\\`*_\[\]<>&|~$]|^[#+=/-]")
_LIVE = re.compile(r"@(?=\w)|(?<=\b[Gg][Hh])-(?=\d)|:(?=//)|(?<=\b[Ww][Ww])[Ww](?=\.)|[#!](?=\d)")
_NUMBERED = re.compile(r"^(\d{1,9})([.)])")
_BREAK = "&#8203;"  # zero width space: the site links `@name` and `#1` after decoding entities


def _plain(text: str) -> str:
    marked = _LIVE.sub(lambda match: match.group() + "\u200b", text)
    escaped = _MARKUP.sub(lambda match: f"&#{ord(match.group())};", marked)
    listed = _NUMBERED.sub(lambda match: f"{match[1]}&#{ord(match[2])};", escaped)
    return listed.replace("\u200b", _BREAK)


def _entities(text: str) -> str:
    """Every punctuation mark as an entity, with live references broken."""
    marked = _LIVE.sub(lambda match: match.group() + "\u200b", text)
    return "".join(
        letter if letter.isalnum() or letter == " " else f"&#{ord(letter)};" for letter in marked
    )


def _longest_run(text: str, letter: str) -> int:
    return max((len(run) for run in re.findall(re.escape(letter) + "+", text)), default=0)


def workflow_command(kind: str, message: str, **properties: str | int) -> str:
    """A command of the Actions runner, such as an annotation, escaped as its own toolkit does."""
    settings = ",".join(
        f"{key}={_property(str(value))}" for key, value in properties.items() if value
    )
    data = message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return f"::{kind}{' ' if settings else ''}{settings}::{data}"


def _property(value: str) -> str:
    for letter, written in (("%", "%25"), ("\r", "%0D"), ("\n", "%0A"), (":", "%3A"), (",", "%2C")):
        value = value.replace(letter, written)
    return value


def command(line_: str) -> str:
    """A shell command of ours in a fence; its foreign words come quoted and on one line."""
    fence = "`" * max(3, _longest_run(line_, "`") + 1)
    return f"{fence}sh\n{line_}\n{fence}"
