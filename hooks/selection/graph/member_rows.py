"""Which members a class or module has, and which ones a name may mean: kept with the graph.

To find them out of what each member says of itself takes longer than a small change's answer.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import accumulate

from .stored_graph import StoredGraph


def member_parts(
    holders: Sequence[int], attributes: Sequence[int], apart: Iterable[int], size: int
) -> dict[str, array[int]]:
    """The parts of a stored graph that hold the members by their holder and by their attribute.

    `apart` are nodes that have a holder and are no members, `size` is how many nodes there are.
    """
    no_members = set(apart)
    members = [n for n, h in enumerate(holders) if h >= 0 and n not in no_members]
    parts: dict[str, array[int]] = {}
    for name, keys in (("held_by", holders), ("meant_by", attributes)):
        counts = array("i", bytes(4 * (size + 1)))
        for member in members:
            counts[keys[member] + 1] += 1
        parts[f"{name}_keys"] = array("i", (key for key in range(size) if counts[key + 1]))
        parts[f"{name}_at"] = starts = array("i", accumulate(counts))
        free = starts[:]
        parts[name] = flat = array("i", bytes(4 * len(members)))
        for member in members:
            key = keys[member]
            flat[free[key]] = member
            free[key] += 1
    return parts


class MemberRows:
    """The members by the node that has them, or by that which may mean them."""

    def __init__(self, stored: StoredGraph, name: str, added: Iterable[tuple[int, int]]) -> None:
        """`added` are members that were laid over, each with its node now; -1 for none."""
        self._flat, self._at = stored.arrays[name], stored.arrays[f"{name}_at"]
        self._size = len(self._at) - 1
        self._gone: set[int] = set()
        self._added: dict[int, list[int]] = defaultdict(list)
        for member, key in added:
            self._gone.add(member)
            if key >= 0:
                self._added[key].append(member)
        self.keys = frozenset((*stored.arrays[f"{name}_keys"], *self._added))
        """All nodes that have a member, or had one."""

    def __getitem__(self, key: int) -> Sequence[int]:
        rows: Sequence[int] = ()
        if key < self._size:
            rows = self._flat[self._at[key] : self._at[key + 1]]
            if not self._gone.isdisjoint(rows):
                rows = [member for member in rows if member not in self._gone]
        added = self._added.get(key)
        return [*rows, *added] if added else rows
