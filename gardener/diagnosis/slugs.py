"""Slugs: the words at the end of a finding's name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

MOST_WORDS = 6

_NOISE = frozenset(
    [
        "test",
        "tests",
        "should",
        "must",
        "can",
        "with",
        "the",
        "a",
        "an",
        "and",
        "or",
        "of",
        "for",
        "in",
        "on",
        "to",
        "is",
        "are",
        "when",
        "if",
        "that",
        "its",
        "it",
        "py",
        "src",
        "lib",
        "py",
        "init",
    ]
)


def words(text: str) -> list[str]:
    """Split identifiers of any style and paths into lower-case ASCII words."""
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", text)
    return [word.lower() for word in re.findall(r"[A-Za-z0-9]+", text)]


def symbol_words(symbol: str) -> list[str]:
    """The telling words of `path/file.py:Class.method`, `module:Name` or `a.b.Name`.

    Dunder methods and the directories of a path say nothing that the rest does not.
    """
    place, _, name = symbol.rpartition(":")
    parts = [part for part in name.split(".") if not re.fullmatch(r"__\w+__|<\w+>", part)]
    if symbol.endswith(".py"):
        parts = [symbol.rpartition("/")[2].removesuffix(".py")]
    elif not place and len(parts) > 2 and not re.search("[A-Z]", name):
        parts = parts[-2:]  # a dotted module: its last two names
    if not parts and place:
        parts = [place.rpartition("/")[2].removesuffix(".py")]
    found: list[str] = []
    for part in parts:
        found += words(part)
    return list(dict.fromkeys(found))


def subject_words(nodeids: Iterable[str]) -> list[str]:
    """What the tests are about: words of their names that most share and their file lacks."""
    counts: Counter[str] = Counter()
    order: dict[str, None] = {}
    total = 0
    for nodeid in nodeids:
        total += 1
        path, *inner = nodeid.partition("[")[0].split("::")
        name = inner[-1] if inner else path.rpartition("/")[2]
        known = (set(words(path.rpartition("/")[2])) if inner else set()) | _NOISE
        own = [w for w in words(name) if w not in known] or [
            w for w in words(name) if w not in ("test", "tests")
        ]
        counts.update(set(own))
        order.update(dict.fromkeys(own))
    shared = [word for word in order if counts[word] * 2 > total]
    return shared[:4]


def slug(parts: Sequence[str]) -> str:
    """Join words into a slug of 2 to 6 different words."""
    found: list[str] = []
    for part in parts:
        found += [word for word in words(part) if word not in found]
    found = found[:MOST_WORDS] if len(found) > MOST_WORDS else found
    if len(found) < 2:
        found += ["failure", "unnamed"][: 2 - len(found)]
    return "-".join(found)


def fill(pattern: str, values: dict[str, list[str]]) -> str:
    """Fill `{symbol}`, `{subject}` and `{type}` of a pattern; its own words are kept whole.

    Where the words are too many, those of the placeholders give way, from the left.
    """
    fixed = [word for word in re.sub(r"\{\w+\}", " ", pattern).replace("-", " ").split() if word]
    filled: list[str] = []
    for piece in re.findall(r"\{\w+\}|[^{}]+", pattern):
        inner = values.get(piece.strip("{}"), []) if piece.startswith("{") else None
        filled += words(piece) if inner is None else [w for w in inner if w not in fixed]
    filled = list(dict.fromkeys(filled))
    spare = len(filled) - MOST_WORDS
    kept = []
    for word in filled:
        if spare > 0 and word not in fixed:
            spare -= 1
            continue
        kept.append(word)
    return slug(kept)
