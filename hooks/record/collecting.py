"""Whether collecting the tests would still do what it was recorded to do."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import NamedTuple

from gardener.model import Symbol

from ..changes import FileChange
from .recording import Run
from .states import States, changed_since


class ValidCollection(NamedTuple):
    """A recorded collection of tests that may still execute what it executed then.

    `files` are the test files that were collected to their end. It is valid if none of
    `unverified` runs while tests are collected, which only the graph can say: these symbols are
    new, or differ in more than their bodies. `unseen` are files in which it is not known what ran.
    """

    files: frozenset[str]
    unverified: frozenset[Symbol]
    unseen: frozenset[str]


def executed_at_collection(runs: Iterable[Run]) -> frozenset[Symbol]:
    """All functions that were seen to run before the first test did."""
    executed: set[Symbol] = set()
    for run in runs:
        executed.update(run.collected.always, *run.modules.values())
    return frozenset(executed)


def valid_collection(
    run: Run,
    states: States,
    changes: Iterable[FileChange],
    changed: Iterable[Symbol],
    bodies: Mapping[Symbol, frozenset[Symbol]],
) -> ValidCollection | None:
    """What a run still says of collecting the tests of today; None if nothing.

    `states` are those of what was read, `changes` are the Python files that differ since, `changed` the symbols in them that do, and
    `bodies` those of which only the body does, with the functions in them.
    """
    imported = run.modules.keys() | run.collected.unseen
    if any(_may_change_imports(change, imported) for change in changes):
        return None
    if changed_since(run.data.items(), states):
        return None
    executed = executed_at_collection([run])
    unverified = set()
    for symbol in changed:
        file, name = symbol
        if file not in imported:
            continue
        if symbol in bodies:
            if not executed.isdisjoint(bodies[symbol]):
                return None
        elif not name or symbol in executed:
            return None
        else:
            unverified.add(symbol)
    return ValidCollection(run.collected.files, frozenset(unverified), run.collected.unseen)


def _may_change_imports(change: FileChange, imported: Container[str]) -> bool:
    """Whether a file may be imported now and was not, or was and is no more."""
    if change.before is None or not change.before.sha:
        return True  # in the place of another file, or because a folder is listed
    return change.after is None and change.path in imported
