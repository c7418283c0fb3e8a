"""Whether a text has the form of a secret: random letters and digits, not words, paths or code."""

from __future__ import annotations

import re
from collections.abc import Callable

Mask = Callable[[str], str]
"""Gives what is shown in place of a secret."""

MASK = "[redacted]"
"""What stands in place of a secret."""

_SEPARATORS = re.compile(r"[^A-Za-z0-9]+")
_CHUNK = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_NUMBERED_WORD = re.compile(r"(?P<word>[A-Za-z]{2,16})\d{1,4}|[A-Za-z]\d{1,4}|\d{1,8}[A-Za-z]{0,2}")
_LONGEST_WORD = 24
# After a letter those that hardly follow it in words: three of a hundred pairs in names and comments of
# Python code, but forty of a hundred where letters are drawn by chance.
_RARE_PAIRS = """
ajoqz bghknqvwxz cgjqvwxz dhjkqwxz ejz fhjkmqvwxz gbfjkqvwxyz hbcfghjknpqvwxz ihijquwy
jbcdfghijklmnpqrtvwxyz kbcdfghjkmnpqrvwxyz lhjqwxz mghjkqwz njqwxz ohjqyz pbgjkqvxz
qabcdefghijklmnopqrstvwxyz rhjqxz sjxz tjkqxz uhjkquvwxyz vbdfghjklnpqruwyz wbcdfgjkmpqtuvwxyz
xbghjklnoqrsuwz ybdfghjkqruvwxz zbcdfghjklmnopqrstuvwxy
"""
_RARE = frozenset(row[0] + letter for row in _RARE_PAIRS.split() for letter in row[1:])
_FEWEST_PAIRS = 8
_TURN = re.compile(r"[A-Za-z](?=\d)|\d(?=[A-Za-z])")
_SHORTEST_MIXTURE = 12
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_PLACEHOLDER = re.compile(
    r"[*x.X_#?-]+|\[redacted\].*|\[?(?:redacted|filtered|masked|hidden|removed|scrubbed|omitted|secure)\]?"
    r"|[<{$%].*|none|null|true|false|undefined|nan|your[_-].*|…",
    re.IGNORECASE | re.DOTALL,
)
_PATH = re.compile(
    r"[~.]{0,2}/(?:[\w.@-]+/)*[\w.@-]*|[A-Za-z]:\\.*|(?:[\w.-]+/)+[\w-]+\.[a-z]{1,4}"
)


def is_word(part: str) -> bool:
    """Whether letters and digits without a separator read as a word: `Session`, `sha256`, `2024`."""
    numbered = _NUMBERED_WORD.fullmatch(part)
    if numbered:
        return not numbered["word"] or len(numbered["word"]) <= 4 or is_word(numbered["word"])
    if not part.isalpha() or has_rare_pairs(part):
        return False
    if part.islower() or part.isupper() or part[1:].islower():
        return len(part) <= _LONGEST_WORD
    return 2 * len(part) >= 7 * len(_CHUNK.findall(part))


def is_random(text: str) -> bool:
    """Whether the text is made of more than words, numbers and what stands between them."""
    parts = [part for part in _SEPARATORS.split(text) if part]
    if all(map(is_word, parts)):
        return False
    return chunk_length(text) <= 4 or any(has_rare_pairs(part) or _is_mixed(part) for part in parts)


def has_rare_pairs(text: str) -> bool:
    """Whether letters follow each other as in no word; a few of them prove nothing."""
    folded = text.lower()
    pairs = [folded[n : n + 2] for n in range(len(folded) - 1)]
    pairs = [pair for pair in pairs if pair.isalpha() and pair.isascii()]
    return len(pairs) >= _FEWEST_PAIRS and 4 * sum(pair in _RARE for pair in pairs) >= len(pairs)


def _is_mixed(part: str) -> bool:
    """Whether letters and digits take turns, more often than in `v1beta1`."""
    return len(part) >= _SHORTEST_MIXTURE and len(_TURN.findall(part)) >= 3


def chunk_length(text: str) -> float:
    """How many letters of one kind follow each other on average: words have 4 and more.

    Digits count where nothing else is there.
    """
    chunks = _CHUNK.findall(text)
    chunks = [chunk for chunk in chunks if not chunk.isdigit()] or chunks
    return sum(map(len, chunks)) / len(chunks) if chunks else 0.0


def is_uuid(text: str) -> bool:
    """Whether the text is a UUID, which names something more often than it opens it."""
    return bool(_UUID.fullmatch(text))


def is_placeholder(text: str) -> bool:
    """Whether the text stands for a secret and is none: `***`, `<password>`, `$TOKEN`, `None`."""
    return text.endswith("...") or bool(_PLACEHOLDER.fullmatch(text))


def is_path(text: str) -> bool:
    """Whether the text is the path of a file."""
    return bool(_PATH.fullmatch(text)) and not is_random(text)


def has_digit_and_letter(text: str) -> bool:
    """Whether both kinds are there, as in nearly all passwords and in few words."""
    return any(map(str.isdigit, text)) and any(map(str.isalpha, text))


def without_secret(match: re.Match[str], mask: Mask) -> str:
    """A match of `before` and `secret` with its secret masked, unless that stands for one."""
    secret = match["secret"]
    return match["before"] + (secret if is_placeholder(secret) else mask(secret))
