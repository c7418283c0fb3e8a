"""Which symbols hold a string that could be a name: what `getattr` may look up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from gardener.model import Symbol

from .node_table import NodeTable
from .stored_graph import StoredGraph


class _Added(NamedTuple):
    """Symbols by the strings in files that were laid over, and by affixes in all files."""

    words: Mapping[str, list[int]]
    affixes: Mapping[str, list[int]]


class WordIndex:
    """Finds the symbols with a string that is a name, or the beginning or end of one."""

    def __init__(self, stored: StoredGraph, nodes: NodeTable) -> None:
        self._stored = stored
        self._nodes = nodes
        self._cache: dict[str, list[int]] = {}
        self._added: _Added | None = None

    def holding(self, name: str) -> list[int]:
        """Symbols with a string that is this name, but for case, or the beginning or end of it."""
        symbols = self._cache.get(name)
        if symbols is None:
            symbols = self._cache[name] = list(dict.fromkeys(self._find(name)))
        return symbols

    def _find(self, name: str) -> Iterator[int]:
        lower = name.lower()
        row = self._stored.strings("words").find(lower)
        if row >= 0:
            stale = self._nodes.stale
            yield from (n for n in self._stored.row("mentioning", row) if not stale[n])
        if self._added is None:
            self._added = self._index()
        yield from self._added.words.get(lower, ())
        for affix in affixes_of(name):
            yield from self._added.affixes.get(affix, ())

    def _index(self) -> _Added:
        added = _Added(defaultdict(list), defaultdict(list))
        texts = self._stored.strings("affixes")
        for row, number in enumerate(self._stored.arrays["affixed"]):
            if not self._nodes.stale[number]:
                added.affixes[texts[row]].append(number)
        for path, file in self._nodes.relinked.items():
            for symbol, words in file.words.items():
                number = self._nodes.add(Symbol(path, symbol))
                for word in words:
                    added.words[word.lower()].append(number)
                    if is_affix(word):
                        added.affixes[word].append(number)
        return added


def is_affix(word: str) -> bool:
    """Whether a string may be put before or after another to make a name: `visit_`, `_handler`."""
    return word[0] == "_" or word[-1] == "_"


def affixes_of(name: str) -> Iterator[str]:
    """The beginnings and ends of a name that are affixes: each stops at an underscore."""
    for index, letter in enumerate(name):
        if letter == "_":
            yield name[: index + 1]
            yield name[index:]
