"""Parts of a report that belong together, and what tells each whole of them from others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Marks(NamedTuple):
    """What tells a part from another one that looks alike.

    `suspects` are what a trace names, `shown` the exceptions that its assertions show; `types`
    those that each test function fails with, where there is a suspect.
    """

    suspects: frozenset[str] = frozenset()
    shown: frozenset[str] = frozenset()
    types: Mapping[str, frozenset[str]] = {}


class Components:
    """Parts by number, each a whole of its own until it is joined to another."""

    def __init__(self, marks: Sequence[Marks]) -> None:
        self._above = list(range(len(marks)))
        self._suspects = [own.suspects for own in marks]
        self._shown = [own.shown for own in marks]
        self._types = [dict(own.types) for own in marks]

    def top(self, n: int) -> int:
        """The first part of those that a part belongs to."""
        above = self._above
        while above[n] != n:
            above[n] = above[above[n]]
            n = above[n]
        return n

    def join(self, one: int, other: int) -> None:
        """Make two parts and all that belongs to them one whole."""
        one, other = sorted((self.top(one), self.top(other)))
        if one == other:
            return
        self._above[other] = one
        self._suspects[one] |= self._suspects[other]
        self._shown[one] |= self._shown[other]
        less, more = sorted((self._types[one], self._types[other]), key=len)
        for test, types in less.items():
            more[test] = more.get(test, types) | types
        self._types[one], self._types[other] = more, {}

    def join_alike(self, one: int, other: int) -> bool:
        """Join two wholes, but not where both have suspects, or show exceptions, and share none."""
        one, other = self.top(one), self.top(other)
        if one != other and (
            _differ(self._suspects[one], self._suspects[other])
            or _differ(self._shown[one], self._shown[other])
        ):
            return False
        self.join(one, other)
        return True

    def join_suspected(self, one: int, other: int) -> bool:
        """Join two wholes, but not where variants of one test fail here and there with another type."""
        one, other = self.top(one), self.top(other)
        less, more = sorted((self._types[one], self._types[other]), key=len)
        nothing: frozenset[str] = frozenset()
        if one != other and any(
            _differ(own, more.get(test, nothing)) for test, own in less.items()
        ):
            return False
        self.join(one, other)
        return True


def _differ(ours: frozenset[str], theirs: frozenset[str]) -> bool:
    return bool(ours) and bool(theirs) and ours.isdisjoint(theirs)
