"""The database of the record: `record.sqlite` of gardener's store, and how it is laid out.

A run has the snapshot of the tree it ran on (path -> blob); a test belongs to the run it was
recorded in. Whether a test is still valid is never asked of a time: the `name` of a run, which no
other has anywhere, and when it was `created` tell records of several machines apart and order them.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timezone
from pathlib import Path
from uuid import uuid4

from gardener.databases import drop, is_damage, say_dropped
from gardener.model import Symbol
from gardener.paths import is_python

from ..pytest_run.traces import Collected
from .environment import Environment, is_usable
from .packing import packed, packed_numbers, unpacked, unpacked_numbers
from .place import path_of
from .recording import FinishedRun, RecordedTest, Recording, Run
from .states import States

VERSION = 9
_TABLES = """
create table run (id integer primary key, snapshot blob, modules blob, collected blob,
                  environment text, name text unique, created text, tip text);
create table symbol (id integer primary key, file text, name text, unique (file, name));
create table test (nodeid text, run integer, green integer, symbols blob, shared blob,
                   files text, opaque text, seconds real, primary key (nodeid, run));
create table content (sha text primary key, data blob);
"""
_FORGET_OLDER = """
delete from test where nodeid = :nodeid and run < :run and run is not
    (select max(run) from test t where t.nodeid = :nodeid and t.green and t.run < :run)
"""
"""Beside the newest record of a test one is kept with which it passed: going back to another branch
runs nothing again."""


Unstored = Callable[[Mapping[str, str]], Iterable[tuple[str, bytes]]]


class NewerError(Exception):
    """The record was written by a newer gardener."""


@contextlib.contextmanager
def connect(path: Path, *, create: bool = False) -> Iterator[sqlite3.Connection]:
    """Open the record, and close it at the end.

    With `create` it is made where there is none, and made anew where it is older or damaged.

    Raises:
        NewerError: a newer gardener wrote it.
        sqlite3.Error, OSError: it cannot be opened.
    """
    with contextlib.closing(_open(path, create=create)) as base:
        yield base


def _open(path: Path, *, create: bool) -> sqlite3.Connection:
    if create:
        path.parent.mkdir(parents=True, exist_ok=True)
    base = sqlite3.connect(path, timeout=20, isolation_level=None)
    try:
        _prepare(base, create=create)
    except sqlite3.DatabaseError as error:
        base.close()
        if create and is_damage(error):
            drop(path)
            say_dropped("the record of earlier runs")
            return _open(path, create=True) if not path.exists() else base
        raise
    except BaseException:
        base.close()
        raise
    return base


def _prepare(base: sqlite3.Connection, *, create: bool) -> None:
    """Make the tables where there are none of this version and `create` allows it."""
    version = _version(base)
    if version > VERSION:
        raise NewerError
    if version == VERSION or not create:
        return
    base.execute("begin immediate")
    if _version(base) < VERSION:  # else another process was quicker
        for table in ("run", "symbol", "test", "content"):  # of an older gardener
            base.execute(f"drop table if exists {table}")
        for statement in _TABLES.split(";"):
            base.execute(statement)
        base.execute(f"pragma user_version = {VERSION}")
    base.execute("commit")


def _version(base: sqlite3.Connection) -> int:
    [(version,)] = base.execute("pragma user_version")
    return int(version)


# --- reading ----------------------------------------------------------------------------


def read(base: sqlite3.Connection, root: Path, python: str = "") -> Recording:
    """All that is recorded of environments of use; nothing where an older gardener wrote it.

    Raises:
        sqlite3.Error, ValueError, zlib.error, KeyError, TypeError: it is damaged.
    """
    if _version(base) < VERSION:
        return Recording({}, {}, {}, root)
    symbols = {Symbol(f, n): i for i, f, n in base.execute("select id, file, name from symbol")}
    runs = _read_runs(base, root, python)
    tests: dict[str, RecordedTest] = {}
    last_passed: dict[str, RecordedTest] = {}
    for nodeid, run, passed, numbers, shared, files, opaque in base.execute(
        "select nodeid, run, green, symbols, shared, files, opaque from test order by run desc"
    ):
        if run not in runs:
            continue
        test = RecordedTest(
            run,
            bool(passed),
            unpacked_numbers(numbers),
            json.loads(files),
            opaque,
            unpacked_numbers(shared),
        )
        (last_passed if nodeid in tests else tests)[nodeid] = test
    return Recording(runs, tests, symbols, root, last_passed=last_passed)


def _read_runs(base: sqlite3.Connection, root: Path, python: str) -> dict[int, Run]:
    """The runs by number, without those whose environment is gone and `python` is no other of."""
    usable: dict[str, bool] = {}
    runs: dict[int, Run] = {}
    for number, snapshot, modules, collected, text in base.execute(
        "select id, snapshot, modules, collected, environment from run"
    ):
        environment = Environment.loads(text)
        if text not in usable:
            usable[text] = is_usable(root, environment, python)
        if not usable[text]:
            continue
        executed: dict[str, list[list[str]]] = unpacked(modules)
        files, always, data, unseen, read_by_module, asks, hidden = unpacked(collected)
        runs[number] = Run(
            snapshot=unpacked(snapshot),
            modules={f: frozenset(Symbol(*s) for s in names) for f, names in executed.items()},
            environment=environment,
            collected=Collected(
                frozenset(files),
                frozenset(Symbol(*s) for s in always),
                frozenset(data),
                frozenset(unseen),
                sees_asks=asks,
                hidden=None if hidden is None else frozenset(hidden),
            ),
            data=data,
            read=read_by_module,
        )
    return runs


def stored_contents(root: Path, shas: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """Blobs with the contents of Python files that git did not have when they were recorded.

    Raises:
        sqlite3.Error, zlib.error, OSError: the record cannot be read, or is damaged.
    """
    with contextlib.closing(sqlite3.connect(path_of(root))) as base:
        for sha in shas:
            for (packed,) in base.execute("select data from content where sha = ?", (sha,)):
                yield sha, zlib.decompress(packed)


# --- writing ----------------------------------------------------------------------------


def write(
    base: sqlite3.Connection,
    run: FinishedRun,
    unstored: Unstored,
) -> None:
    """Add a run, and drop what nobody needs any more.

    `unstored` gives, of Python files with their blobs, each blob that git does not have with its
    content: later changes are compared with them.

    Raises:
        sqlite3.Error: it cannot be written; nothing of the run was.
    """
    base.execute("begin immediate")
    try:
        python = {path: sha for path, sha in run.snapshot.items() if is_python(path)}
        number = _insert_run(base, run, python)
        _insert_tests(base, run, number)
        base.executemany(_FORGET_OLDER, [{"nodeid": n, "run": number} for n in run.tests])
        base.executemany(
            "insert or ignore into content values (?, ?)",
            ((sha, zlib.compress(content)) for sha, content in unstored(python)),
        )
        base.execute("delete from run where id not in (select run from test)")
        base.execute("commit")
    except BaseException:
        base.execute("rollback")
        raise


def _insert_run(base: sqlite3.Connection, run: FinishedRun, python: dict[str, str]) -> int | None:
    collected = run.collected
    states = _states(run)
    opened = {name: states.of(name) for name in sorted(collected.opened)}
    read_by_module = {
        file: {name: states.of(name) for name in sorted(names)}
        for file, names in collected.read.items()
    }
    always = sorted(collected.always)
    files, unseen = sorted(collected.files), sorted(collected.unseen)
    hidden = None if collected.hidden is None else sorted(collected.hidden)
    return base.execute(
        "insert into run (snapshot, modules, collected, environment, name, created, tip)"
        " values (?, ?, ?, ?, ?, ?, ?)",
        (
            packed(python),
            packed({file: sorted(executed) for file, executed in run.modules.items()}),
            packed([files, always, opened, unseen, read_by_module, collected.sees_asks, hidden]),
            run.environment.dumps(),
            uuid4().hex,
            datetime.now(timezone.utc).isoformat(timespec="microseconds"),
            run.commit,
        ),
    ).lastrowid


def _insert_tests(base: sqlite3.Connection, run: FinishedRun, number: int | None) -> None:
    executed = {symbol for test in run.tests.values() for symbol in test.executed.symbols}
    base.executemany("insert or ignore into symbol (file, name) values (?, ?)", sorted(executed))
    numbers = {(f, n): i for i, f, n in base.execute("select id, file, name from symbol")}
    states = _states(run)
    rows = []
    for nodeid, test in run.tests.items():
        symbols = packed_numbers(numbers[symbol] for symbol in test.executed.symbols)
        only_shared = test.executed.symbols - test.executed.ran
        shared = packed_numbers(numbers[symbol] for symbol in only_shared)
        files = {name: states.of(name) for name in sorted(test.executed.files)}
        opaque = test.executed.opaque
        facts = (symbols, shared, json.dumps(files), opaque, test.seconds)
        rows.append((nodeid, number, test.passed, *facts))
    base.executemany("insert or replace into test values (?, ?, ?, ?, ?, ?, ?, ?)", rows)


def _states(run: FinishedRun) -> States:
    return States(lambda path: run.snapshot.get(path, ""), run.snapshot)


def forget_runs(base: sqlite3.Connection, is_forgotten: Callable[[Environment], bool]) -> None:
    """Drop the runs of some environments, with their tests."""
    for number, text in base.execute("select id, environment from run").fetchall():
        if is_forgotten(Environment.loads(text)):
            base.execute("delete from test where run = ?", (number,))
            base.execute("delete from run where id = ?", (number,))
