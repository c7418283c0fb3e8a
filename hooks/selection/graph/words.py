"""Which symbols hold a string that could be a name: what `getattr` may look up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import NamedTuple

from gardener.model import Symbol

from ..parse.spoken import JOINED_END
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
        self._said_in = stored.arrays["said_in"]
        self._saying: dict[int, Sequence[int]] = {}
        self._known_affixes: dict[str, tuple[str, ...]] = {}
        self._added: _Added | None = None

    def holding(self, name: str) -> list[int]:
        """Symbols with a string that is this name, but for case, or the beginning or end of it."""
        symbols = self._cache.get(name)
        if symbols is None:
            symbols = self._cache[name] = list(dict.fromkeys(self._find(name)))
        return symbols

    def _find(self, name: str) -> Iterator[int]:
        yield from self.with_word(name)
        for affix in affixes_of(name):
            yield from self.with_affix(affix)

    def with_word(self, name: str) -> Sequence[int]:
        """Symbols with a string that is this name, but for case."""
        lower = name.lower()
        return self._with_row(self._stored.strings("words").find(lower), lower)

    def saying(self, attribute: int, name: str) -> Sequence[int]:
        """The same for the name of an attribute, given with its node: that is looked up once."""
        users = self._saying.get(attribute)
        if users is None:
            place = attribute - self._nodes.first_shared
            if 0 <= place < len(self._said_in):
                users = self._with_row(self._said_in[place], name.lower())
            else:
                users = self.with_word(name)
            self._saying[attribute] = users
        return users

    def _with_row(self, row: int, lower: str) -> Sequence[int]:
        users: Sequence[int] = self._stored.row("mentioning", row) if row >= 0 else ()
        stale = self._nodes.stale_numbers
        if not stale.isdisjoint(users):
            users = [n for n in users if n not in stale]
        more = self._added_words.words.get(lower)
        return [*users, *more] if more else users

    def with_affix(self, affix: str) -> Sequence[int]:
        """Symbols with a string that is this beginning or end of names."""
        return self._added_words.affixes.get(affix, ())

    def known_affixes(self, name: str) -> tuple[str, ...]:
        """The beginnings and ends of a name that any string is."""
        known = self._known_affixes.get(name)
        if known is None:
            affixes = self._added_words.affixes
            known = tuple(affix for affix in affixes_of(name) if affix in affixes)
            self._known_affixes[name] = known
        return known

    @property
    def _added_words(self) -> _Added:
        if self._added is None:
            self._added = self._index()
        return self._added

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


class Said:
    """Which names the strings of some symbols say, of which there are more and more."""

    def __init__(self, index: WordIndex, symbols: Set[int]) -> None:
        self._index = index
        self._symbols = symbols
        self._affixes: dict[str, bool] = {}

    def copy(self, symbols: Set[int]) -> Said:
        """The same for other symbols, which have at least these strings."""
        twin = Said(self._index, symbols)
        twin._affixes = dict(self._affixes)
        return twin

    def grown(self) -> None:
        """There may be more symbols now."""
        self._affixes = {affix: True for affix, is_said in self._affixes.items() if is_said}

    def says(self, attribute: int, name: str) -> bool:
        """Whether any of the symbols has a string that `WordIndex.holding` finds for this name."""
        if not self._symbols.isdisjoint(self._index.saying(attribute, name)):
            return True
        return any(map(self._says_affix, self._index.known_affixes(name)))

    def _says_affix(self, affix: str) -> bool:
        is_said = self._affixes.get(affix)
        if is_said is None:
            is_said = not self._symbols.isdisjoint(self._index.with_affix(affix))
            self._affixes[affix] = is_said
        return is_said


def is_affix(word: str) -> bool:
    """Whether a string may be put before or after another to make a name: `visit_`, `_handler`."""
    return word[0] == "_" or word[-1] == "_"


def affixes_of(name: str) -> Iterator[str]:
    """The beginnings and ends of a name that are affixes: each stops at an underscore.

    A beginning with an underscore first is one without the last underscore, too: `f"{start}_{end}"`.
    """
    for index, letter in enumerate(name):
        if letter == "_":
            yield name[: index + 1]
            yield name[index:]
            if index and name[0] == "_":
                yield name[:index]
    if name[-1:] == "_":
        yield JOINED_END
