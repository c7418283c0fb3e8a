"""Slugs: the words at the end of a finding's name."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import structs

from gardener.diagnosis.templates import name_template
from gardener.model import Finding
from gardener.nodeid import NodeId

MOST_WORDS = 6
_MOST_SUBJECT_WORDS = 4
_FEWEST_SUBJECT_WORDS = 2

_TEST_WORDS = ("test", "tests")
_STOP_WORDS = frozenset({
    *_TEST_WORDS, "should", "must", "can", "with", "the", "a", "an", "and", "or", "of", "for",
    "in", "on", "to", "is", "are", "when", "if", "that", "its", "it", "py", "src", "lib", "init",
})  # fmt: skip
_SAYS_NOTHING = frozenset({
    *_TEST_WORDS, "testcase", "case", "suite", "base", "abstract", "mixin", "impl", "class",
    "object", "logic", "unit", "integration", "comprehensive",
})  # fmt: skip
"""Pieces of class names that tell how a class is used, not what it is about."""
_COMPOUNDS = {("set", "up"): "setup", ("tear", "down"): "teardown", ("time", "out"): "timeout"}
"""Words that names write as one or as two."""
_PLACEHOLDER = re.compile(r"\{\w+\}")


def words(text: str) -> list[str]:
    """Split identifiers of any style and paths into lower-case ASCII words."""
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", text)
    return [word.lower() for word in re.findall(r"[A-Za-z0-9]+", text)]


def symbol_words(symbol: str) -> list[str]:
    """The telling words of `path/file.py:Class.method`, `module:Name` or `a.b.Name`.

    Dunder methods, the directories of a path, what is made at random and pieces of class names
    such as `Base` say nothing that the rest does not.
    """
    place, _, name = symbol.rpartition(":")
    parts = [part for part in name.split(".") if not re.fullmatch(r"__\w+__|<\w+>", part)]
    if symbol.endswith(".py"):
        parts = [_module_name(symbol)]
    elif not place and len(parts) > 2 and not re.search("[A-Z]", name):
        parts = parts[-2:]  # a dotted module: its last two names
    if not parts and place:
        parts = [_module_name(place)]
    parts = [name_template(part).replace("<n>", " ") for part in parts]
    all_words = _distinct(word for part in parts for word in words(part))
    return [word for word in all_words if word not in _SAYS_NOTHING] or all_words


def _distinct(words: Iterable[str]) -> list[str]:
    """Words, each once: `set` and `up` are `setup`, and `events` are no other word than `event`."""
    joined: list[str] = []
    for word in words:
        compound = _COMPOUNDS.get((joined[-1], word)) if joined else None
        if compound:
            joined[-1] = compound
        else:
            joined.append(word)
    by_stem: dict[str, str] = {}
    for word in joined:
        by_stem.setdefault(_stem(word), word)
    return list(by_stem.values())


def _stem(word: str) -> str:
    """The word without the `s` of its plural."""
    return word[:-1] if len(word) > 3 and word.endswith("s") and word[-2] not in "siu" else word


def _module_name(path: str) -> str:
    """The name of a file without its folders and `.py`."""
    return path.rpartition("/")[2].removesuffix(".py")


def subject_words(nodeids: Iterable[str]) -> list[str]:
    """What the tests are about: words of their names that most share and their file lacks.

    Where that is one word, the words of their file come before it.
    """
    tests = [NodeId.parse(nodeid) for nodeid in nodeids]
    shared = _shared_by_most(map(_words_of_test, tests), len(tests))
    if len(shared) < _FEWEST_SUBJECT_WORDS:
        shared = [*_shared_by_most(map(_words_of_file, tests), len(tests))[:2], *shared]
    return _distinct(shared)[:_MOST_SUBJECT_WORDS]


def _shared_by_most(all_words: Iterable[list[str]], total: int) -> list[str]:
    counts = Counter(word for words_ in all_words for word in words_)
    return [word for word, count in counts.items() if count * 2 > total]


def _words_of_file(test: NodeId) -> list[str]:
    """The words of the name of a test's file that tell what is tested."""
    ignored = {*_STOP_WORDS, *_SAYS_NOTHING}
    names = _distinct(words(_module_name(test.file)))
    return [word for word in names if len(word) > 1 and word not in ignored]


def _words_of_test(test: NodeId) -> list[str]:
    """The words of a test's name that tell it from its neighbours, each once; numbers tell nothing."""
    file_name = test.file.rpartition("/")[2]
    ignored = _STOP_WORDS if test.is_file else {*_STOP_WORDS, *words(file_name)}
    name_words = [word for word in words(test.name or file_name) if not word.isdigit()]
    telling = [word for word in name_words if word not in ignored]
    telling = telling or [word for word in name_words if word not in _TEST_WORDS]
    return _distinct(telling)


def slug(parts: Sequence[str]) -> str:
    """Join words into a slug of 2 to 6 different words."""
    distinct = _distinct(word for part in parts for word in words(part))[:MOST_WORDS]
    distinct += ["failure", "unnamed"][: max(2 - len(distinct), 0)]
    return "-".join(distinct)


def fill(pattern: str, replacements: Mapping[str, Sequence[str]]) -> str:
    """Fill `{symbol}`, `{subject}` and `{type}` of a pattern; its own words are kept whole.

    Where the words are too many, those of the placeholders give way, from the left.
    """
    fixed = [word for word in _PLACEHOLDER.sub(" ", pattern).replace("-", " ").split() if word]
    fixed_stems = {_stem(word) for word in fixed}
    filled: list[str] = []
    for piece in re.findall(r"\{\w+\}|[^{}]+", pattern):
        if piece.startswith("{"):
            inserted = _distinct(replacements.get(piece.strip("{}"), ()))
            filled += [word for word in inserted if _stem(word) not in fixed_stems]
        else:
            filled += words(piece)
    filled = _distinct(filled)
    too_many = max(len(filled) - MOST_WORDS, 0)
    dropped = [word for word in filled if word not in fixed][:too_many]
    return slug([word for word in filled if word not in dropped])


def told_apart(findings: Iterable[Finding]) -> list[Finding]:
    """Findings, each with a slug of its own.

    Where two would share one, the later gets words of its symbol, of its tests, or of their
    file, and a number where these are the same too.
    """
    used: set[str] = set()
    distinct = []
    for finding in findings:
        choice = next(choice for choice in _choices(finding) if choice not in used)
        used.add(choice)
        distinct.append(
            finding if choice == finding.slug else structs.replace(finding, slug=choice)
        )
    return distinct


def _choices(finding: Finding) -> Iterator[str]:
    """The slug of a finding, then what may stand for it where another has it."""
    yield finding.slug
    own_words = finding.slug.split("-")
    for further in _further_words(finding):
        extra = [word for word in further if word not in own_words]
        if extra:
            yield slug([*own_words[: MOST_WORDS - 2], *extra[-2:]])
    for number in itertools.count(2):
        yield "-".join((*own_words[: MOST_WORDS - 1], str(number)))


def _further_words(finding: Finding) -> Iterator[list[str]]:
    """Words that may tell a finding from others of its kind."""
    yield symbol_words(finding.symbol)
    yield subject_words(finding.tests)
    file = NodeId.parse(finding.tests[0]).file if finding.tests else ""
    yield [word for word in words(_module_name(file)) if word not in _SAYS_NOTHING]
