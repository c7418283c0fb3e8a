"""Keeps what each test executed and reads it back.

A record that is damaged or of a newer gardener is left out, with a note that says so.
"""

from __future__ import annotations

import contextlib
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from gardener.databases import drop, is_damage, say_dropped
from gardener.errors import GitError
from gardener.model import Mode, Report, Result, Symbol

from ..changes import Entry, blob_sha, blobs, compare
from ..pytest_run.traces import Collected, Executed, Trace
from .database import (
    NewerError,
    Unstored,
    connect,
    forget_runs,
    read,
    stored_contents,
    write,
)
from .environment import Environment, difference, look, settings_on_disk
from .place import path_of
from .recording import FinishedRun, FinishedTest, Recording

PASSING = frozenset({"passed", "skipped", "xfailed", "xpassed"})
"""Outcomes of tests that need not run again while nothing changes."""


def recorded(root: Path, python: str = "") -> Recording:
    """Read the record of a repository; empty when there is none or it cannot be used.

    `python` is the interpreter that will run tests, if that is known.
    """
    empty = Recording({}, {}, {}, root)
    try:
        path = path_of(root)
        if not path.is_file():
            return empty
        with connect(path) as base:
            return read(base, root, python)
    except NewerError:
        return empty._replace(note="the record is of a newer gardener and was left out.")
    except GitError:
        return empty
    except (sqlite3.OperationalError, OSError) as error:
        return empty._replace(note=f"the record of earlier runs was left out ({error}).")
    except (sqlite3.Error, ValueError, zlib.error, KeyError, TypeError):
        drop(path)
        return empty._replace(note="the record of earlier runs was damaged; it is made anew.")


def contents_of(recording: Recording, shas: Iterable[str]) -> dict[str, bytes]:
    """Contents by blob: on disk, out of git or, where a tree was not committed, the record."""
    distinct = [sha for sha in dict.fromkeys(shas) if sha]
    contents = {sha: recording.on_disk[sha] for sha in distinct if sha in recording.on_disk}
    contents.update(blobs(recording.root, [sha for sha in distinct if sha not in contents]))
    missing = [sha for sha in distinct if sha not in contents]
    if missing:
        with contextlib.suppress(sqlite3.Error, zlib.error, OSError, GitError):
            contents.update(stored_contents(recording.root, missing))
    return contents


def snapshot(root: Path) -> dict[str, Entry]:
    """The tree on disk as it is now: every file git would see, with its blob."""
    return _hashed(root, compare(root, Mode.ALL).files)


def _hashed(root: Path, listed: Mapping[str, Entry]) -> dict[str, Entry]:
    """Files with their blobs, also where git did not hash what is on disk."""
    files = {}
    for path, entry in listed.items():
        if entry.sha:
            files[path] = entry
        else:
            with contextlib.suppress(OSError):
                if (root / path).is_file():  # no link to a device, which never ends
                    files[path] = Entry(entry.mode, blob_sha((root / path).read_bytes()))
    return files


def keep(
    root: Path,
    before: Mapping[str, Entry],
    traces: Iterable[Trace],
    report: Report,
    python: str = "",
) -> str:
    """Write what a run of `python` recorded; returns why that was not possible, else nothing.

    `before` is the tree when the run started. A file that changed while the tests ran is
    kept without its content, so that it counts as changed from then on.
    """
    trace = _joined(traces, python)
    if not trace.tests:
        if not trace.sites and report and report.results and python:
            forget(root, python)
        return ""
    results = {result.nodeid: result for result in report.results}
    try:
        listed = compare(root, Mode.ALL).files
        after = _hashed(root, listed)
        run = FinishedRun(
            snapshot={p: e.sha if after.get(p) == e else "" for p, e in before.items()},
            modules=trace.modules,
            collected=trace.collected,
            environment=look(
                root, trace.python, trace.sites, settings_on_disk(root, before), python
            ),
            tests={
                nodeid: _finished(executed, results.get(nodeid))
                for nodeid, executed in trace.tests.items()
            },
            commit=report.commit,
        )
        path = path_of(root)
        try:
            _write(path, run, lambda files: _without_object(root, listed, files))
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            drop(path)
            say_dropped("the record of earlier runs")
            _write(path, run, lambda files: _without_object(root, listed, files))
    except NewerError:
        return "the record is of a newer gardener; this run was not recorded."
    except (sqlite3.Error, OSError, GitError) as error:
        return f"this run could not be recorded ({error})."
    return ""


def _write(path: Path, run: FinishedRun, unstored: Unstored) -> None:
    with connect(path, create=True) as base:
        write(base, run, unstored)


def _finished(executed: Executed, result: Result | None) -> FinishedTest:
    if result is None:
        return FinishedTest(executed, False)
    return FinishedTest(executed, result.outcome in PASSING, result.duration)


def _joined(traces: Iterable[Trace], python: str) -> Trace:
    """What all processes of one run executed; `python` is the interpreter if none says it."""
    tests: dict[str, Executed] = {}
    modules: dict[str, frozenset[Symbol]] = {}
    sites: tuple[str, ...] = ()
    collected: Collected | None = None
    for trace in traces:
        if not trace.python:
            continue  # it was killed before it said what its tests share
        for nodeid, executed in trace.tests.items():
            earlier = tests.get(nodeid)
            tests[nodeid] = earlier.joined(executed) if earlier else executed
        for file, symbols in trace.modules.items():
            modules[file] = modules.get(file, frozenset()) | symbols
        sites, python = sites or trace.sites, trace.python
        collected = collected.joined(trace.collected) if collected else trace.collected
    return Trace(tests, modules, sites, python, collected or Collected())


def _without_object(
    root: Path, listed: Mapping[str, Entry], files: Mapping[str, str]
) -> Iterator[tuple[str, bytes]]:
    """Of these files with their blobs: each blob that git has no object of, with the content.

    `listed` are the files on disk as git has them.
    """
    for path, entry in listed.items():
        sha = files.get(path)
        if entry.sha or not sha or not (root / path).is_file():
            continue
        with contextlib.suppress(OSError):
            content = (root / path).read_bytes()
            if blob_sha(content) == sha:
                yield sha, content


def forget(root: Path, python: str) -> None:
    """Drop what another interpreter recorded: this one ran the tests and cannot record."""

    def is_outdated(then: Environment) -> bool:
        now = look(root, then.python, then.sites, settings_on_disk(root, then.settings))
        return not then.is_of(python) or bool(difference(then, now))

    with contextlib.suppress(sqlite3.Error, OSError, GitError, ValueError, TypeError, NewerError):
        path = path_of(root)
        if path.is_file():
            with connect(path) as base:
                forget_runs(base, is_outdated)
