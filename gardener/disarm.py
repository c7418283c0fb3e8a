"""Foreign text that is printed where a CI runner reads along: it must find no command in it."""

from __future__ import annotations

import re

_AT_THE_START = re.compile(r"^((?:\x1b\[[0-9;]*m|[^\S\n])*):(?=:)", re.MULTILINE)
_ANYWHERE = re.compile(r"#(?=#(?:\[|vso\[|teamcity\[))")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def disarmed(text: str) -> str:
    """Text in which no CI runner finds a command of its own when it is printed to a log.

    GitHub's obeys `::` at the start of a line, spaces aside, and `##[` anywhere; Azure's and
    TeamCity's `##vso[` and `##teamcity[`.
    """
    if "::" not in text and "##" not in text:
        return text
    return _ANYWHERE.sub("# ", _AT_THE_START.sub(r"\1: ", text))


def disarmed_anywhere(text: str) -> str:
    """The same for text that will not begin a line."""
    return _ANYWHERE.sub("# ", text) if "##" in text else text


def in_a_line(text: str, longest: int = 1_000) -> str:
    """Text on one line without a command: control characters as Python writes them, cut in the middle."""
    if len(text) > longest:
        text = f"{text[: longest // 2]} … {text[len(text) - longest // 2 :]}"
    escaped = _CONTROL.sub(lambda match: ascii(match[0])[1:-1], text)
    return disarmed(escaped)


def from_here(path: str) -> str:
    """A path that begins a line: the same file, by a name that is no command."""
    return f"./{path}" if path.startswith("::") else path


def path_in_a_line(path: str) -> str:
    """A path that begins a line of a log, on that one line."""
    return in_a_line(from_here(path), 4_000)


def disarmed_json(document: str) -> str:
    """The same JSON in other letters, in which no runner finds a command."""
    return _ANYWHERE.sub(r"\\u0023", document)


def disarmed_xml(document: str) -> str:
    """The same XML in other letters, in which no runner finds a command."""
    return _ANYWHERE.sub("&#35;", _AT_THE_START.sub(r"\1&#58;", document))
