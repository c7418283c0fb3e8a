"""What a test may use that an earlier one made: what ran once, and what was read once."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple


class Lifetime(NamedTuple):
    """How long an instance lived, by the numbers of owners; `last_test` is None to the end."""

    first_test: int
    last_test: int | None

    def reaches(self, number: int) -> bool:
        """Whether the instance, made by an earlier owner, was alive when this one ran."""
        return self.first_test < number and (self.last_test is None or number <= self.last_test)


class LazyInitSite(NamedTuple):
    """Code that runs once per instance or process: whose test came first pays for all.

    `functions` are those that the code is in, `codes` is what ran in it. `lifetimes` are
    those of the instances that it made ready; None where it may matter to all tests. `read`
    are files that were read there.
    """

    functions: frozenset[int]
    codes: frozenset[int]
    lifetimes: tuple[Lifetime, ...] | None
    read: tuple[str, ...] = ()

    def matters(self, direct: Collection[int], shared: Collection[int], number: int) -> bool:
        """Whether a test may skip what ran here, because an earlier one ran it.

        It executed `direct` itself and `shared` together with other tests. For a fixture of a
        wider scope, which goes on for longer than its own number says, lifetimes tell nothing.
        """
        directly = not self.functions.isdisjoint(direct)
        by_sharing = not self.functions.isdisjoint(shared)
        if self.lifetimes is None:
            return directly or by_sharing
        if directly and any(lifetime.reaches(number) for lifetime in self.lifetimes):
            return True
        return by_sharing and bool(self.lifetimes)


class Reader(NamedTuple):
    """Functions that may hand out what one of them read before; `read` says what."""

    functions: frozenset[int]
    read: tuple[str, ...]


PROCESS = "\0process "
"""Begins what stands among the files for a process that was started, as the plugin names it."""
