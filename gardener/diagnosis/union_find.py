"""Union-find over clusters of failures, with what keeps two similar clusters apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Distinction(NamedTuple):
    """What tells a cluster from another one that looks similar.

    `suspects` are the functions that traces of the run blame, `shown_errors` the exceptions that
    assertions show; `types` are the exception types that each test function fails with, where
    there is a suspect.
    """

    suspects: frozenset[str] = frozenset()
    shown_errors: frozenset[str] = frozenset()
    types: Mapping[str, frozenset[str]] = {}


class UnionFind:
    """Clusters by their index, each a set of its own until it is united with another."""

    def __init__(self, distinctions: Sequence[Distinction]) -> None:
        self._parent = list(range(len(distinctions)))
        self._suspects = [distinction.suspects for distinction in distinctions]
        self._shown_errors = [distinction.shown_errors for distinction in distinctions]
        self._types = [dict(distinction.types) for distinction in distinctions]

    def find(self, index: int) -> int:
        """The representative of the set that a cluster belongs to: its lowest index."""
        parent = self._parent
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    def union(self, first: int, second: int) -> None:
        """Unite the sets of two clusters."""
        root, absorbed = sorted((self.find(first), self.find(second)))
        if root == absorbed:
            return
        self._parent[absorbed] = root
        self._suspects[root] |= self._suspects[absorbed]
        self._shown_errors[root] |= self._shown_errors[absorbed]
        smaller, larger = sorted((self._types[root], self._types[absorbed]), key=len)
        for test, types in smaller.items():
            larger[test] = larger.get(test, types) | types
        self._types[root], self._types[absorbed] = larger, {}

    def union_unless_conflicting(self, first: int, second: int) -> bool:
        """Unite two sets, unless both have suspects, or show errors, and share none of them."""
        first, second = self.find(first), self.find(second)
        if first != second and (
            _conflict(self._suspects[first], self._suspects[second])
            or _conflict(self._shown_errors[first], self._shown_errors[second])
        ):
            return False
        self.union(first, second)
        return True

    def union_unless_types_differ(self, first: int, second: int) -> bool:
        """Unite two sets, unless variants of one test fail in each with types of its own."""
        first, second = self.find(first), self.find(second)
        if first != second and self._types_differ(first, second):
            return False
        self.union(first, second)
        return True

    def _types_differ(self, first: int, second: int) -> bool:
        smaller, larger = sorted((self._types[first], self._types[second]), key=len)
        return any(
            test in larger and _conflict(types, larger[test]) for test, types in smaller.items()
        )


def _conflict(first: frozenset[str], second: frozenset[str]) -> bool:
    return bool(first) and bool(second) and first.isdisjoint(second)
