"""Whether collecting the tests would still do what it was recorded to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ..changes import Entry, FileChange
from ..pytest_run.events import Node
from .store import Run


class Collection(NamedTuple):
    """A recorded collection, if nothing that changed since makes it do something else.

    `files` are the files of tests that were collected to their end. What it depends on is
    that none of `loose` runs while tests are collected, which only the graph can say: they are new,
    or are more than another body. `unseen` are files in which it is not known what ran.
    """

    files: frozenset[str]
    loose: frozenset[Node]
    unseen: frozenset[str]


def ran_while_collecting(runs: Iterable[Run]) -> frozenset[Node]:
    """All functions that were seen to run before the first test did."""
    everything = [ran for run in runs for ran in (run.collected.always, *run.modules.values())]
    return frozenset().union(*everything)


def collected_since(
    run: Run,
    tree: Mapping[str, Entry],
    changes: Iterable[FileChange],
    starts: Iterable[Node],
    bodies: Mapping[Node, frozenset[Node]],
) -> Collection | None:
    """What a run still says of collecting the tests of `tree`; None if nothing.

    `changes` are the Python files that differ since, `starts` the symbols in them that do, and
    `bodies` those of which only the body does, with the functions in them.
    """
    imported = run.modules.keys() | run.collected.unseen
    for change in changes:
        if change.before is None or not change.before.sha:
            return None  # it may be imported now, in the place of another or by a listing
        if change.after is None and change.path in imported:
            return None
    for path, sha in run.data.items():
        now = tree.get(path)
        if (now.sha if now else "") != sha:
            return None
    ran = ran_while_collecting([run])
    loose = set()
    for node in starts:
        if node[0] not in imported:
            continue
        if node in bodies:
            if not ran.isdisjoint(bodies[node]):
                return None
        elif not node[1] or node in ran:
            return None
        else:
            loose.add(node)
    return Collection(run.collected.files, frozenset(loose), run.collected.unseen)
