"""A record apart from its database, and how several become one.

Merging is associative, commutative and idempotent, so that it does not matter which shard comes
first, twice, or by which way: of each test and interpreter the newest entry stays, and the newest
other one with which it passed, as `hooks/record/database.py` keeps them.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from gardener.model import Symbol
from gardener.nodeid import file_of

from ..record.audits import Audit, merged


class SharedRun(NamedTuple):
    """A run: when and where, and the names of the `parts` that hold what it was.

    `interpreter` is the language version, for which alone it says something (`CPython 3.12`).
    """

    created: str
    commit: str
    interpreter: str
    environment: str
    snapshot: str
    modules: str
    collected: str

    @property
    def parts(self) -> tuple[str, str, str]:
        """The names of all its parts."""
        return (self.snapshot, self.modules, self.collected)


class SharedTest(NamedTuple):
    """What one test did in the run of that name; symbols are positions in those of the record."""

    run: str
    passed: bool
    seconds: float
    symbols: array[int]
    shared: array[int]
    files: Mapping[str, str]
    opaque: str


class SharedRecord(NamedTuple):
    """All that several runs recorded; `parts` are JSON texts by their digests.

    `audits` are those of the selection, by change.
    """

    symbols: tuple[Symbol, ...] = ()
    runs: Mapping[str, SharedRun] = {}
    parts: Mapping[str, bytes] = {}
    tests: Mapping[str, tuple[SharedTest, ...]] = {}
    audits: Mapping[str, Audit] = {}

    @property
    def newest(self) -> SharedRun | None:
        """The run that was made last."""
        return max(self.runs.values(), default=None, key=lambda run: run.created)


def merge(records: Sequence[SharedRecord]) -> SharedRecord:
    """One record out of several: what is the newest of each test, in one order of symbols."""
    symbols = tuple(sorted({symbol for record in records for symbol in record.symbols}))
    positions = {symbol: position for position, symbol in enumerate(symbols)}
    runs: dict[str, SharedRun] = {}
    entries: dict[str, list[SharedTest]] = {}
    for record in records:
        for name, run in record.runs.items():
            runs[name] = max(run, runs.get(name, run))
        moved = array("I", [positions[symbol] for symbol in record.symbols])
        for nodeid, of_test in record.tests.items():
            entries.setdefault(nodeid, []).extend(_moved(entry, moved) for entry in of_test)
    parts = {name: part for record in records for name, part in record.parts.items()}
    newest = {nodeid: _newest(of_test, runs) for nodeid, of_test in entries.items()}
    audits = merged(audit for record in records for audit in record.audits.values())
    return compact(SharedRecord(symbols, runs, parts, newest, audits))


def _moved(entry: SharedTest, positions: array[int]) -> SharedTest:
    symbols, shared = (
        array("I", sorted([positions[n] for n in numbers]))
        for numbers in (entry.symbols, entry.shared)
    )
    return entry._replace(symbols=symbols, shared=shared)


def _newest(entries: Iterable[SharedTest], runs: Mapping[str, SharedRun]) -> tuple[SharedTest, ...]:
    """Of each interpreter the newest entry, and the newest other one that passed; in order."""
    by_interpreter: dict[str, dict[str, SharedTest]] = {}
    for entry in entries:
        of_run = by_interpreter.setdefault(runs[entry.run].interpreter, {})
        of_run[entry.run] = max(entry, of_run.get(entry.run, entry), key=_content)
    chosen: list[SharedTest] = []
    for of_run in by_interpreter.values():
        newest, *older = sorted(of_run.values(), key=lambda e: _age(e, runs), reverse=True)
        chosen += [newest, *[entry for entry in older if entry.passed][:1]]
    return tuple(sorted(chosen, key=lambda entry: _age(entry, runs)))


def _age(entry: SharedTest, runs: Mapping[str, SharedRun]) -> tuple[str, str]:
    return (runs[entry.run].created, entry.run)


def _content(entry: SharedTest) -> tuple[object, ...]:
    """What orders two that say they are of one run: one of them must stay, whichever."""
    return (*entry[1:5], sorted(entry.files.items()), entry.opaque)


def compact(record: SharedRecord) -> SharedRecord:
    """The record without runs, parts and symbols that no test refers to."""
    tests = dict(sorted(record.tests.items()))
    every = [entry for of_test in tests.values() for entry in of_test]
    named = {entry.run for entry in every}
    runs = {name: run for name, run in sorted(record.runs.items()) if name in named}
    used_parts = {part for run in runs.values() for part in run.parts}
    used = sorted(
        {n for entry in every for n in entry.symbols} | {n for e in every for n in e.shared}
    )
    positions = array("I", bytes(4 * len(record.symbols)))
    for position, number in enumerate(used):
        positions[number] = position
    if len(used) < len(record.symbols):
        tests = {n: tuple(_moved(e, positions) for e in of_test) for n, of_test in tests.items()}
    return SharedRecord(
        tuple(record.symbols[number] for number in used),
        runs,
        {name: part for name, part in sorted(record.parts.items()) if name in used_parts},
        tests,
        dict(sorted(record.audits.items())),
    )


def of_files(record: SharedRecord, files: Collection[str]) -> SharedRecord:
    """The record of the tests whose files are among these: the others are gone for good."""
    tests = {n: of_test for n, of_test in record.tests.items() if file_of(n) in files}
    return compact(record._replace(tests=tests))


def of_newest_runs(record: SharedRecord, count: int) -> SharedRecord:
    """The record of its newest runs alone."""
    ordered = sorted(record.runs, key=lambda name: (record.runs[name].created, name))
    newest = frozenset(ordered[-count:])
    tests = {n: tuple(e for e in of if e.run in newest) for n, of in record.tests.items()}
    return compact(record._replace(tests={n: of for n, of in tests.items() if of}))


def of_interpreter(record: SharedRecord, interpreter: str) -> SharedRecord:
    """The record of the runs of one interpreter."""
    runs = {name for name, run in record.runs.items() if run.interpreter == interpreter}
    tests = {n: tuple(e for e in of if e.run in runs) for n, of in record.tests.items()}
    return compact(record._replace(tests={n: of for n, of in tests.items() if of}))
