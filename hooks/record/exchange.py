"""The rows of the record as they leave the database for another one, and come into it."""

from __future__ import annotations

import json
import sqlite3
from array import array
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from gardener.model import Symbol

from .database import connect
from .environment import Environment
from .packing import packed, packed_numbers, unpacked, unpacked_numbers


class RunRow(NamedTuple):
    """A run; the last three are plain values, as the database keeps them packed."""

    name: str
    created: str
    commit: str
    environment: Environment
    snapshot: object
    modules: object
    collected: object


class RecordedRow(NamedTuple):
    """A test in the run of that name; symbols are numbers that the rows of symbols explain."""

    nodeid: str
    run: str
    passed: bool
    seconds: float
    symbols: array[int]
    shared: array[int]
    files: dict[str, str]
    opaque: str


class Rows(NamedTuple):
    """A whole record; the lists can be walked through once."""

    symbols: dict[int, Symbol]
    runs: list[RunRow]
    tests: Iterable[RecordedRow]


def rows_of(base: sqlite3.Connection) -> Rows:
    """All that is recorded, whatever its environment.

    Raises:
        sqlite3.Error, ValueError, zlib.error, KeyError, TypeError: it is damaged.
    """
    symbols = {i: Symbol(f, n) for i, f, n in base.execute("select id, file, name from symbol")}
    names: dict[int, str] = {}
    runs: list[RunRow] = []
    for number, name, created, commit, environment, *blobs in base.execute(
        "select id, name, created, tip, environment, snapshot, modules, collected from run order by id"
    ):
        names[number] = name
        snapshot, modules, collected = map(unpacked, blobs)
        loaded = Environment.loads(environment)
        runs.append(RunRow(name, created, commit, loaded, snapshot, modules, collected))
    return Rows(symbols, runs, _tests(base, names))


def _tests(base: sqlite3.Connection, names: dict[int, str]) -> Iterator[RecordedRow]:
    for nodeid, run, passed, seconds, symbols, shared, files, opaque in base.execute(
        "select nodeid, run, green, seconds, symbols, shared, files, opaque from test"
    ):
        yield RecordedRow(
            nodeid, names[run], bool(passed), seconds or 0.0, unpacked_numbers(symbols),
            unpacked_numbers(shared), json.loads(files), opaque,
        )  # fmt: skip


def replace(path: Path, successor: Callable[[Rows], Rows]) -> None:
    """Put other rows, runs from the oldest on, in the place of all that is recorded.

    No run of another process comes in between. Contents that git does not have stay.

    Raises:
        NewerError, sqlite3.Error, OSError, ValueError, zlib.error, KeyError, TypeError: the record
            cannot be read or written; what was there still is.
    """
    with connect(path, create=True) as base:
        base.execute("begin immediate")
        try:
            _write(base, successor(rows_of(base)))
            base.execute("commit")
        except BaseException:
            base.execute("rollback")
            raise


def _write(base: sqlite3.Connection, rows: Rows) -> None:
    for table in ("test", "run", "symbol"):
        base.execute(f"delete from {table}")  # noqa: S608 - names of this line
    base.executemany(
        "insert into symbol values (?, ?, ?)", ((i, *s) for i, s in rows.symbols.items())
    )
    numbers: dict[str, int] = {}
    for number, run in enumerate(rows.runs, 1):
        numbers[run.name] = number
        blobs = (packed(run.snapshot), packed(run.modules), packed(run.collected))
        base.execute(
            "insert into run (id, snapshot, modules, collected, environment, name, created, tip)"
            " values (?, ?, ?, ?, ?, ?, ?, ?)",
            (number, *blobs, run.environment.dumps(), run.name, run.created, run.commit),
        )
    base.executemany(
        "insert into test (nodeid, run, green, seconds, symbols, shared, files, opaque)"
        " values (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (
                t.nodeid, numbers[t.run], t.passed, t.seconds, packed_numbers(t.symbols),
                packed_numbers(t.shared), json.dumps(t.files), t.opaque,
            )
            for t in rows.tests
        ),
    )  # fmt: skip
