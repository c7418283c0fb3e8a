"""Compares a record with the tree of today: which recorded tests are still valid."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from gardener.model import Symbol

from ..changes import Entry
from .collecting import ValidCollection
from .environment import Environment, difference, look, look_elsewhere
from .module_reads import read_by_imports, read_in
from .recording import RecordedTest, Recording, Run
from .since_run import FAILED, ChangedSymbols, Judged, SinceRun, since_each
from .states import States
from .text_changes import TextChanges
from .variables import changed_variables


class Validity(NamedTuple):
    """What a record says about the tree of today.

    `valid`: tests whose recorded dependencies are unchanged since they passed, as they were
    recorded then. They run only if the graph reaches them from `unrecorded_changes[run]`:
    changes since that run that a recording cannot see.
    `invalid`: recorded tests that have to run, with the reason: what they executed or opened has
    changed since they passed, or they did not pass. A test in neither (it is `opaque`) runs if
    the graph reaches it from the change.
    `touched`: tests that executed or opened what the change touches, whether the graph reaches
    them or not.
    `changed_bodies`: functions of which only the body changed since some run, each with the
    functions in it whose own code did.
    `opened`: those of the changed non-Python files that a test was seen to open.
    `readers`: modules that read what the judged change touches while they were imported.
    `collections`: recorded collections of tests that may still execute what they executed.
    `other_environment`: why no recorded test passed in the environment of today; else empty.
    """

    invalid: dict[str, str]
    valid: dict[str, RecordedTest]
    unrecorded_changes: dict[int, dict[Symbol, str]]
    touched: frozenset[str]
    changed_bodies: dict[Symbol, frozenset[Symbol]]
    opened: frozenset[str]
    readers: dict[Symbol, str]
    collections: tuple[ValidCollection, ...]
    changed_beyond_bodies: frozenset[Symbol]
    """Symbols of which more than the body differs from any of the runs."""
    other_environment: str
    texts: dict[int, TextChanges]
    """For each run with valid tests what changed since for those who read code as text."""

    @property
    def all_unrecorded_changes(self) -> dict[Symbol, str]:
        """The unrecorded changes since any of the runs, each with the reason."""
        return {
            node: why
            for changes in self.unrecorded_changes.values()
            for node, why in changes.items()
        }


def validity_of(
    recording: Recording,
    tree: Mapping[str, Entry],
    changed_symbols: ChangedSymbols,
    judged: Judged,
    *,
    settings: dict[str, str],
    python: str,
) -> Validity:
    """Compare the recorded runs with `tree`.

    `settings` is what the configuration files of the tree say about pytest, and `python` is the
    interpreter that will run, if that is known. A variable of the environment that holds something
    else than when it was read counts as a part of the change.
    """
    environments = _environment_differences(recording, settings, python)
    states = States(lambda path: _blob(tree, path), tree)
    judged = judged._replace(files=judged.files | changed_variables(recording, states))
    runs = since_each(recording, tree, states, changed_symbols, judged, environments)
    invalid, valid = _divided(recording, runs, states)
    failing = _failing_as_before(recording, invalid, judged)
    valid.update(failing)
    for nodeid in [*failing, *_failing_unseen(recording, invalid)]:
        del invalid[nodeid]
    opened = {
        path for test in recording.tests.values() for path in judged.files & test.files.keys()
    }
    readers = read_by_imports(recording.runs.values(), judged.files)
    opened.update(path for run in recording.runs.values() for path in judged.files & read_in(run))
    differences = set(environments.values())
    return Validity(
        invalid=invalid,
        valid=valid,
        unrecorded_changes={
            run: runs[run].unrecorded
            if run in runs
            else _since_failed(recording.runs[-run], runs[-run], judged)
            for run in {t.run for t in valid.values()}
        },
        touched=_touched(recording, runs, judged.files)
        | {nodeid for nodeid, why in invalid.items() if why == FAILED},
        changed_bodies=_union(since.bodies for since in runs.values()),
        opened=frozenset(opened),
        readers=readers,
        collections=tuple(s.collection for s in runs.values() if s.collection is not None),
        changed_beyond_bodies=frozenset(
            node for since in runs.values() for node in since.unrecorded
        ),
        other_environment=min(differences) if differences and "" not in differences else "",
        texts={
            run: runs[run].texts if run in runs else runs[-run].texts.joined(judged.texts())
            for run in {t.run for t in valid.values()}
        },
    )


def _divided(
    recording: Recording, runs: Mapping[int, SinceRun], states: States
) -> tuple[dict[str, str], dict[str, RecordedTest]]:
    """The invalid tests, with the reason, and the valid ones; see `Validity`."""
    invalid: dict[str, str] = {}
    valid: dict[str, RecordedTest] = {}
    for nodeid, test in recording.tests.items():
        why = runs[test.run].reason_to_run(test, states)
        passes = [] if why else [test]
        earlier = recording.last_passed.get(nodeid) if why or runs[test.run].unrecorded else None
        if earlier is not None and not runs[earlier.run].reason_to_run(earlier, states):
            passes.append(earlier)
        if not passes:
            invalid[nodeid] = why
            continue
        nearest = min(passes, key=lambda recorded: len(runs[recorded.run].unrecorded))
        if not nearest.opaque:
            valid[nodeid] = nearest
    return invalid, valid


def _since_failed(run: Run, since: SinceRun, judged: Judged) -> dict[Symbol, str]:
    """What a test that failed in a run may fail for, or may pass with now.

    Where the run was before the whole change of a file, a changed body is known not to be it.
    """
    bodies = {s for s in since.bodies if run.snapshot.get(s.file) == judged.before.get(s.file, "")}
    return {**dict.fromkeys(judged.symbols - bodies, FAILED), **since.unrecorded}


def _failing_as_before(
    recording: Recording, invalid: Mapping[str, str], judged: Judged
) -> dict[str, RecordedTest]:
    """The failing tests for which nothing changed since, and that ran no changed code.

    They would fail again. But the change may be what they fail for, if they ran on it already. So
    they count as of another run, by the negative of its number: see `_since_failed`.
    """
    numbers = {recording.symbols[s] for s in judged.symbols if s in recording.symbols}
    return {
        nodeid: test._replace(run=-test.run)
        for nodeid, test in recording.tests.items()
        if invalid.get(nodeid) == FAILED
        and not test.opaque
        and numbers.isdisjoint(test.symbols)
        and judged.files.isdisjoint(test.files)
    }


def _failing_unseen(recording: Recording, invalid: Mapping[str, str]) -> list[str]:
    """The failing tests that never came to their own code, as where a fixture fails.

    What they executed says little, so they are left to the graph like others that are opaque.
    """
    return [n for n, why in invalid.items() if why == FAILED and recording.tests[n].opaque]


def _touched(
    recording: Recording, runs: Mapping[int, SinceRun], files: frozenset[str]
) -> frozenset[str]:
    """The tests that executed or opened what the judged change touches, or may have."""
    return frozenset(
        nodeid
        for nodeid, test in recording.tests.items()
        if runs[test.run].environment
        or not runs[test.run].judged.isdisjoint(test.symbols)
        or not files.isdisjoint(test.files)
    )


def _union(
    several: Iterable[Mapping[Symbol, frozenset[Symbol]]],
) -> dict[Symbol, frozenset[Symbol]]:
    united: dict[Symbol, frozenset[Symbol]] = {}
    for bodies in several:
        for node, inners in bodies.items():
            united[node] = united.get(node, frozenset()) | inners
    return united


def _environment_differences(
    recording: Recording, settings: dict[str, str], python: str
) -> dict[int, str]:
    """By run: why what passed there may fail here; empty if the environment is the same."""
    differences = {}
    known: dict[str, str] = {}
    for number, run in recording.runs.items():
        then = run.environment
        key = then.dumps()
        if key not in known:
            known[key] = _difference_now(recording.root, then, settings, python)
        why = known[key]
        differences[number] = (
            f"the environment changed since the tests were recorded: {why}" if why else ""
        )
    return differences


def _difference_now(root: Path, then: Environment, settings: dict[str, str], python: str) -> str:
    """What differs between the environment of a run and the one that will run tests now."""
    if not python or then.is_of(python):
        return difference(then, look(root, then.python, then.sites, settings))
    now = look_elsewhere(root, then, python, settings)
    differs = difference(then, now) if now else "another checkout is installed there"
    return f"it was {then.python} that ran them ({differs})" if differs else ""


def _blob(tree: Mapping[str, Entry], path: str) -> str:
    entry = tree.get(path)
    return entry.sha if entry else ""
