"""The groups of tests of a graph, and what they reach, as they are stored with it.

To find them takes longer than all else of an answer, and they hold for whatever is changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from itertools import compress
from typing import NamedTuple, Protocol

from .numbering import MutableParts, with_rows
from .stored_graph import StoredGraph

_TESTS, _BETWEEN, _CERTAIN, _LIVE = "grouped", "between", "certain", "live"


class Group(Protocol):
    """What is kept of a group of tests."""

    tests: list[int]

    @property
    def between(self) -> frozenset[int]:
        """The modules over which its tests lead to what all of them reach."""

    @property
    def certain(self) -> frozenset[int]:
        """What each of the tests reaches."""

    @property
    def live(self) -> Set[int]:
        """What any of the tests reaches."""


def group_parts(size: int, groups: Sequence[Group]) -> MutableParts:
    """The parts of a stored graph of so many nodes that hold its groups of tests."""
    return {
        **with_rows(_TESTS, (group.tests for group in groups)),
        **with_rows(_BETWEEN, (sorted(group.between) for group in groups)),
        _CERTAIN: _flags(size, (group.certain for group in groups)),
        _LIVE: _flags(size, (group.live for group in groups)),
    }


class KeptGroup(NamedTuple):
    """One group as it is stored; `size` is how many nodes the graph has."""

    stored: StoredGraph
    size: int
    number: int

    @property
    def tests(self) -> list[int]:
        """The tests in it."""
        return list(self.stored.row(_TESTS, self.number))

    @property
    def between(self) -> frozenset[int]:
        """The modules over which its tests lead to what all of them reach."""
        return frozenset(self.stored.row(_BETWEEN, self.number))

    def certain(self) -> frozenset[int]:
        """What each of the tests reaches."""
        return self._nodes(_CERTAIN)

    def live(self) -> frozenset[int]:
        """What any of the tests reaches."""
        return self._nodes(_LIVE)

    def _nodes(self, name: str) -> frozenset[int]:
        start = self.number * self.size
        flags = self.stored.texts[name][start : start + self.size]
        return frozenset(compress(range(self.size), flags))


def kept_groups(stored: StoredGraph, size: int) -> Iterator[KeptGroup]:
    """The groups of a stored graph of so many nodes; none where they are not stored (yet)."""
    count = len(stored.arrays.get(f"{_TESTS}_at", ())) - 1
    yield from (KeptGroup(stored, size, number) for number in range(count))


def _flags(size: int, groups: Iterable[Set[int]]) -> bytes:
    """One byte a node, of each group after the other."""
    flags = bytearray()
    for nodes in groups:
        start = len(flags)
        flags += bytes(size)
        for node in nodes:
            flags[start + node] = 1
    return bytes(flags)
