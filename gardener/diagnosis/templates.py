"""Templates of messages: the text without addresses, paths, numbers, names made at random."""

from __future__ import annotations

import re
from functools import lru_cache

_FORMER_MASK = re.compile(
    r"(?=[0-9a-fA-F/+-])(?:(?P<address>\b0x[0-9a-fA-F]+\b)"
    r"|(?P<uuid>\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b)"
    r"|(?P<time>\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)"
    r"|(?P<path>(?<![\w.])(?:/[\w.@+-]+){2,}/?)"
    r"|(?P<id>\b(?=[a-fA-F]*\d)[0-9a-fA-F]{12,}\b)"
    r"|(?P<n>(?<![A-Za-z_])[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?))"
)
_DAY = r"(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
_UNIT = r"(?:s|ms|us|ns|m|min|h|x|px|[KMGT]i?B|th|st|nd|rd)"
_END = r"(?![A-Za-z0-9])"
_MASK = re.compile(
    r"(?P<address>\b0x[0-9a-fA-F]+\b)"
    rf"|(?P<uuid>(?<![A-Za-z0-9])[0-9a-fA-F]{{8}}-(?:[0-9a-fA-F]{{4}}-){{3}}[0-9a-fA-F]{{12}}{_END})"
    r"|(?P<time>\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)"
    rf"|(?P<date>\b(?:{_DAY},? )?(?:\d\d? {_MONTH}|{_MONTH} +\d\d?)\b)"
    r"|(?P<path>(?<![\w.])(?:/[\w.@+~%=-]+){2,}/?|\b[A-Za-z]:\\[^\s'\"]+)"
    # What is made of hexadecimal digits reads as a number: one in forty ids of eight is one.
    rf"|(?P<n>(?<![A-Za-z0-9])(?=[0-9]*[a-fA-F])(?=[0-9a-fA-F]{{6}})(?:[0-9a-f]+|[0-9A-F]+){_END}"
    rf"|(?<![A-Za-z0-9])tmp[a-z0-9_]{{8}}(?![a-z0-9])"
    rf"|(?:(?<![A-Za-z_])[-+])?(?<![A-Za-z0-9_])\d+(?:\.\d+)?(?:e[-+]?\d+)?(?={_UNIT}?{_END})"
    rf"|(?<=_)\d{{4,}}{_END})"
)
_MAY_MASK = re.compile(r"\d|/|\\|tmp|[a-f]{6}|[A-F]{6}")
"""A quick look: without one of these there is nothing to mask."""
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_QUOTED_OR_NUMBER = re.compile(r"'[^']*'|\"[^\"]*\"|<n>|\.\.\.")
_LONG_TOKEN = re.compile(
    r"(?<![\w./+-])(?=[\w+/-]*\d)(?=[\w+/-]*[a-z])(?=[\w+/-]*[A-Z])[\w+/-]{16,}(?![\w+/-])={0,2}"
)
"""Base 64 and the like: 16 or more of letters of both cases, digits and a few signs."""
_WORD_WITH_DIGIT = re.compile(r"(?<![A-Za-z0-9])(?=[A-Za-z]*\d)[A-Za-z0-9]+")
"""A counter (`user17`), or a name made at random."""
_WORD_WITH_DIGITS = re.compile(r"(?<![A-Za-z0-9])(?=[A-Za-z]*\d[A-Za-z]*\d)[A-Za-z0-9]+")
"""The same in quotes, where a single digit is mostly a part of the name."""
_NAME_BY_CHANCE = re.compile(
    r"(?<![A-Za-z0-9])(?:(?=[a-fA-F]*\d)(?=\d*[a-fA-F])[0-9a-fA-F]{6,}|\d{6,}|[a-f]{8,}|[A-F]{8,}"
    r"|tmp(?=[a-z_]*\d)[a-z0-9_]{8})(?![A-Za-z0-9])"
)


@lru_cache(maxsize=256)
def template(message: str) -> str:
    """The first line of a message with its chance parts masked; quoted text is kept.

    `room 7 at 0x7f3c is full` becomes `room <n> at <address> is full`.
    """
    first_line = _first_line(message)[:1000]
    if _MAY_MASK.search(first_line):
        first_line = _MASK.sub(lambda match: f"<{match.lastgroup}>", first_line)
    return " ".join(first_line.split())[:500]


def _first_line(message: str) -> str:
    return next((line for line in message[:5000].splitlines() if line.strip()), "")


def bare_template(message: str) -> str:
    """The template of a message with quoted values, and words with a digit, masked as well."""
    bare = _QUOTED_OR_NUMBER.sub("_", template(_outside_quotes(_LONG_TOKEN, "_", message)))
    return _WORD_WITH_DIGIT.sub("_", bare)[:200]


def text_template(message: str) -> str:
    """The template of a message with words masked that hold digits; in quotes, two and more."""
    text = template(_LONG_TOKEN.sub("<n>", _first_line(message)[:1000]))
    text = _outside_quotes(_WORD_WITH_DIGIT, "<n>", text)
    return _WORD_WITH_DIGITS.sub("<n>", text)


def _outside_quotes(pattern: re.Pattern[str], mask: str, text: str) -> str:
    """The first line of a text with a pattern masked, except in quotes."""
    line = _first_line(text)[:1000]
    parts, end = [], 0
    for quoted in _QUOTED.finditer(line):
        parts += [pattern.sub(mask, line[end : quoted.start()]), quoted[0]]
        end = quoted.end()
    return "".join((*parts, pattern.sub(mask, line[end:])))


def name_template(name: str) -> str:
    """A name without what is made at random in it: `plugin_3fa8b1c2` becomes `plugin_<n>`."""
    return _NAME_BY_CHANCE.sub("<n>", name) if len(name) > 5 else name


@lru_cache(maxsize=256)
def former_template(message: str) -> str:
    """The template as it was before names made at random were masked: stored fingerprints hold it."""
    first_line = _first_line(message)[:500]
    if _MAY_MASK.search(first_line):
        first_line = _FORMER_MASK.sub(lambda match: f"<{match.lastgroup}>", first_line)
    return " ".join(first_line.split())


def former_bare_template(message: str) -> str:
    """The bare template as it was, likewise."""
    return _QUOTED_OR_NUMBER.sub("_", former_template(message))[:200]


@lru_cache(maxsize=8192)
def holds_words(text: str) -> bool:
    """Whether a text holds a word; `assert <n> == <n>` is said by unrelated tests."""
    return re.search(r"[A-Za-z]{3}", text.replace("<n>", "").replace("assert", "")) is not None


_NO_WORDS = re.compile(r"<n>|\b(?:assert|not|None|True|False)\b")


@lru_cache(maxsize=8192)
def says_more_than_values(text: str) -> bool:
    """Whether a text holds a word that is none of Python's own values: `assert None` says nothing."""
    return re.search(r"[A-Za-z]{3}", _NO_WORDS.sub("", text)) is not None
