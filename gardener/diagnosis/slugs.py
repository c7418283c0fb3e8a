"""Slugs: the words at the end of a finding's name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from msgspec import structs

from gardener.model import Finding
from gardener.nodeid import NodeId

MOST_WORDS = 6
_MOST_SUBJECT_WORDS = 4

_TEST_WORDS = ("test", "tests")
_STOP_WORDS = frozenset({
    *_TEST_WORDS, "should", "must", "can", "with", "the", "a", "an", "and", "or", "of", "for",
    "in", "on", "to", "is", "are", "when", "if", "that", "its", "it", "py", "src", "lib", "init",
})  # fmt: skip
_PLACEHOLDER = re.compile(r"\{\w+\}")


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
        parts = [_module_name(symbol)]
    elif not place and len(parts) > 2 and not re.search("[A-Z]", name):
        parts = parts[-2:]  # a dotted module: its last two names
    if not parts and place:
        parts = [_module_name(place)]
    return list(dict.fromkeys(word for part in parts for word in words(part)))


def _module_name(path: str) -> str:
    """The name of a file without its folders and `.py`."""
    return path.rpartition("/")[2].removesuffix(".py")


def subject_words(nodeids: Iterable[str]) -> list[str]:
    """What the tests are about: words of their names that most share and their file lacks."""
    counts: Counter[str] = Counter()
    total = 0
    for nodeid in nodeids:
        total += 1
        counts.update(_words_of_test(NodeId.parse(nodeid)))
    shared = [word for word, count in counts.items() if count * 2 > total]
    return shared[:_MOST_SUBJECT_WORDS]


def _words_of_test(test: NodeId) -> list[str]:
    """The words of a test's name that tell it from its neighbours, each once."""
    file_name = test.file.rpartition("/")[2]
    ignored = _STOP_WORDS if test.is_file else {*_STOP_WORDS, *words(file_name)}
    name_words = words(test.name or file_name)
    telling = [word for word in name_words if word not in ignored]
    telling = telling or [word for word in name_words if word not in _TEST_WORDS]
    return list(dict.fromkeys(telling))


def slug(parts: Sequence[str]) -> str:
    """Join words into a slug of 2 to 6 different words."""
    distinct = list(dict.fromkeys(word for part in parts for word in words(part)))[:MOST_WORDS]
    distinct += ["failure", "unnamed"][: max(2 - len(distinct), 0)]
    return "-".join(distinct)


def fill(pattern: str, replacements: Mapping[str, Sequence[str]]) -> str:
    """Fill `{symbol}`, `{subject}` and `{type}` of a pattern; its own words are kept whole.

    Where the words are too many, those of the placeholders give way, from the left.
    """
    fixed = {word for word in _PLACEHOLDER.sub(" ", pattern).replace("-", " ").split() if word}
    filled: dict[str, None] = {}
    for piece in re.findall(r"\{\w+\}|[^{}]+", pattern):
        if piece.startswith("{"):
            inserted = replacements.get(piece.strip("{}"), ())
            filled.update(dict.fromkeys(word for word in inserted if word not in fixed))
        else:
            filled.update(dict.fromkeys(words(piece)))
    too_many = max(len(filled) - MOST_WORDS, 0)
    dropped = [word for word in filled if word not in fixed][:too_many]
    return slug([word for word in filled if word not in dropped])


def told_apart(findings: Iterable[Finding]) -> list[Finding]:
    """Findings, each with a slug of its own.

    Where two would share one, the later gets words of its symbol, then the start of its hash.
    """
    used: set[str] = set()
    distinct = []
    for finding in findings:
        choice = finding.slug
        if choice in used:
            first_words = choice.split("-")[: MOST_WORDS - 2]
            extra = [word for word in symbol_words(finding.symbol) if word not in first_words]
            choice = slug([*first_words, *extra[-2:]])
        if choice in used:
            first_words = choice.split("-")[: MOST_WORDS - 1]
            digest = finding.fingerprint.partition(":")[2]
            choice = "-".join([*first_words, digest[:6]])
        used.add(choice)
        distinct.append(
            finding if choice == finding.slug else structs.replace(finding, slug=choice)
        )
    return distinct
