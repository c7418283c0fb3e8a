"""Holds what was asked for last, as far as there is room."""

from __future__ import annotations

from typing import Generic, TypeVar

_K = TypeVar("_K")
_V = TypeVar("_V")


class Recent(Generic[_K, _V]):
    """Things by keys, of a weight that is known: those that were asked for last stay.

    There are two generations, each of so much weight: what is asked for comes into the younger
    one, and when that is full, it takes the place of the older. That costs a look-up less than
    to keep all in the order in which they were asked for.
    """

    def __init__(self, room: int) -> None:
        self._room = room
        self._young: dict[_K, _V] = {}
        self._old: dict[_K, _V] = {}
        self._weights: dict[_K, int] = {}
        self._weight = 0

    def __contains__(self, key: object) -> bool:
        return key in self._young or key in self._old

    def get(self, key: _K) -> _V | None:
        """What is held for a key; None if that is gone."""
        entry = self._young.get(key)
        if entry is None and (entry := self._old.pop(key, None)) is not None:
            self.put(key, entry, self._weights[key])
        return entry

    def put(self, key: _K, entry: _V, weight: int) -> None:
        """Hold an entry for a key, which is not held."""
        self._young[key] = entry
        self._weights[key] = weight
        self._weight += weight
        if self._weight > self._room:
            self._old, self._young, self._weight = self._young, {}, 0
