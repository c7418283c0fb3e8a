"""What the files of a graph were linked from: which of them a change makes stale."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from zlib import crc32

from ..link.facts import NAMED_ASPECTS, Aspect, Fact
from .node_table import NodeTable
from .stored_graph import StoredGraph, encode


class FactIndex:
    """Finds files by the facts that they were linked from; see `link.facts`."""

    def __init__(self, stored: StoredGraph, nodes: NodeTable) -> None:
        self._stored = stored
        self._arrays = stored.arrays
        self._nodes = nodes

    def dependents(self, facts: Iterable[Fact]) -> list[str]:
        """The files that were linked from one of these facts.

        Of the aspects `NAME` and `MEMBERS` only those of the very name count.
        """
        aspects: set[int] = set()
        files: set[int] = set()
        for fact in facts:
            if fact.aspect in NAMED_ASPECTS:
                files.update(self._with_hash("asked", "askers", name_hash(fact_key(fact))))
            elif fact.file in self._nodes.number_of_path:
                aspects.add(aspect_number(self._nodes.number_of_path[fact.file], fact.aspect))
        return self._paths(files | self._with_aspects(aspects))

    def dependents_on_any(self, paths: Iterable[str]) -> list[str]:
        """The files that were linked from anything in one of some files."""
        numbers = self._nodes.number_of_path
        files = [numbers[path] for path in paths if path in numbers]
        aspects = {aspect_number(file, aspect) for file in files for aspect in Aspect}
        return self._paths(self._with_aspects(aspects))

    def _with_aspects(self, aspects: set[int]) -> set[int]:
        if not aspects:
            return set()
        starts = self._arrays["aspects_at"]
        every = enumerate(self._arrays["aspects"])
        return {bisect_right(starts, n) - 1 for n, aspect in every if aspect in aspects}

    def importers(self, words: Iterable[str]) -> list[str]:
        """The files that mention a module's name with one of these parts."""
        files: set[int] = set()
        for word in words:
            files.update(self._with_hash("parts", "importers", name_hash(word)))
        return self._paths(files)

    def mentions(self, name: str) -> int:
        """How many files mentioned a name in the tree that the graph was made of."""
        place = self._place("mentioned", name_fingerprint(name))
        return 0 if place < 0 else self._arrays["mentions"][place]

    def _with_hash(self, hashes: str, rows: str, key: int) -> Sequence[int]:
        """The numbers in the row that goes with a hash."""
        place = self._place(hashes, key)
        return () if place < 0 else self._stored.row(rows, place)

    def _place(self, hashes: str, key: int) -> int:
        """Where a hash stands in an array of them that is sorted; -1 if it is not there."""
        every = self._arrays[hashes]
        place = bisect_left(every, key)
        return place if place < len(every) and every[place] == key else -1

    def _paths(self, files: set[int]) -> list[str]:
        return [self._nodes.paths[file] for file in sorted(files)]


_ASPECTS = len(Aspect)


def aspect_number(file: int, aspect: Aspect) -> int:
    """One number for an aspect of a file."""
    return file * _ASPECTS + aspect


def fact_key(fact: Fact) -> str:
    """A text for a fact with a name, to be hashed."""
    return f"{fact.file}\0{fact.aspect:d}\0{fact.name}"


def name_fingerprint(name: str) -> int:
    """A number for a name, the same in every process."""
    return int.from_bytes(blake2b(encode(name), digest_size=8).digest(), "little")


def name_hash(text: str) -> int:
    """A small number for a text; two may share one."""
    return crc32(encode(text))
