"""What every test did in every run: an embedded SQLite file under the git common directory.

It is shared by all work trees of a clone and never committed. Runs are kept by the
*content* they ran on (the id of a git tree), so that what was proved about a tree holds
for every commit with that tree.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Literal, NamedTuple

from gardener.databases import drop, is_damage
from gardener.errors import GardenerError

VERSION = 1
"""Version of the store; an older gardener leaves a newer store alone."""
WAIT = 5.0
"""Seconds to wait for another process that is writing."""
RUNS_KEPT = 400
ROWS_KEPT = 2_000_000

State = Literal["failing", "passing", "not run"]
Purpose = Literal["run", "base", "bisect", "carried"]
"""Why tests ran; `carried` is no run: what was proved on another tree and holds on this one."""

_TABLES = """
create table runs (
    id integer primary key,
    created text not null,
    "commit" text not null,
    tree text not null,
    untracked text not null,
    environment text not null,
    branch text not null,
    purpose text not null,
    complete integer not null
);
create index runs_by_tree on runs (tree);
create table tests (id integer primary key, nodeid text not null unique);
create table results (
    run integer not null references runs (id) on delete cascade,
    test integer not null references tests (id),
    outcome text not null,
    duration real not null,
    fingerprints text not null,
    primary key (test, run)
) without rowid;
create index results_by_run on results (run);
"""


class HistoryError(GardenerError):
    """The history cannot be read."""


class RunState(NamedTuple):
    """What a run was made on: the content of the files, and the interpreter.

    `tree` is the id of a git tree with the tracked files, empty when there is none (then
    the run proves nothing about any commit). `untracked` stands for the files beside it,
    empty when there were none. `environment` stands for the interpreter and what is
    installed in it. `commit` and `branch` are where HEAD was.
    """

    tree: str = ""
    untracked: str = ""
    environment: str = ""
    commit: str = ""
    branch: str = ""


class Row(NamedTuple):
    """What one test did in one run; a test that was tried again has several `outcomes`."""

    nodeid: str
    outcomes: tuple[str, ...]
    duration: float = 0.0
    fingerprints: tuple[str, ...] = ()


class PastResult(NamedTuple):
    """What one test did, with the run that it belongs to; `created` is ISO 8601 in UTC."""

    row: Row
    state: RunState
    created: str
    purpose: Purpose


class Cause(NamedTuple):
    """A root cause as the history knows it: by its fingerprints, in the results of its tests."""

    fingerprints: frozenset[str]
    tests: tuple[str, ...]


class PastRun(NamedTuple):
    """What a cause did in one run: `failing`, `passing`, or nothing that its tests could tell."""

    created: str
    commit: str
    state: State


class History:
    """The store of one repository. What goes wrong with it never stops a run.

    After any call `trouble` says in one line why the store is not used; empty when it is.
    A store that cannot be used is left as it is; one that is damaged is made anew.
    """

    def __init__(self, store: Path) -> None:
        self.path = store / "history.sqlite"
        self.trouble = ""
        self._was_damaged = False

    def add(
        self,
        state: RunState,
        purpose: Purpose,
        created: str,
        rows: Iterable[Row],
        *,
        complete: bool,
    ) -> None:
        """Write one run, whole or not at all."""
        rows = [row for row in rows if row.outcomes]

        def write() -> None:
            with self._open(write=True) as db:
                if db is not None:
                    run = _insert_run(db, state, purpose, created, complete=complete)
                    _insert_results(db, run, rows)
                    _drop_oldest(db)

        write()
        if self._was_damaged:
            trouble, self.trouble, self._was_damaged = self.trouble, "", False
            write()
            self.trouble = self.trouble or trouble

    def on_tree(self, state: RunState, nodeids: Iterable[str]) -> dict[str, tuple[Row, ...]]:
        """What is known of tests on this very content and interpreter, the newest run first.

        A run beside untracked files counts only when the same ones are there now, since
        they may have changed what it did.
        """
        if not state.tree:
            return {}
        rows: dict[str, list[Row]] = {}
        with self._open() as db:
            if db is None:
                return {}
            _ask_for(db, nodeids)
            for columns in db.execute(
                "select tests.nodeid, outcome, duration, fingerprints from asked"
                " join tests on tests.id = asked.test join results on results.test = asked.test"
                " join runs on runs.id = results.run where runs.tree = ?"
                " and runs.environment = ? and runs.untracked in ('', ?) order by runs.id desc",
                (state.tree, state.environment, state.untracked),
            ):
                row = _row(*columns)
                rows.setdefault(row.nodeid, []).append(row)
        return {nodeid: tuple(of_test) for nodeid, of_test in rows.items()}

    def trees(self, state: RunState, nodeids: Iterable[str], limit: int) -> list[str]:
        """Other trees on which these tests are known, the newest first."""
        with self._open() as db:
            if db is None:
                return []
            _ask_for(db, nodeids)
            rows = db.execute(
                "select runs.tree from asked join results on results.test = asked.test"
                " join runs on runs.id = results.run where runs.tree not in ('', ?)"
                " and runs.environment = ? and runs.untracked in ('', ?)"
                " group by runs.tree order by max(runs.id) desc limit ?",
                (state.tree, state.environment, state.untracked, limit),
            )
            return [tree for (tree,) in rows]
        return []

    def of_test(self, nodeid: str, limit: int = 50) -> list[PastResult]:
        """The runs of one test, the newest first."""
        with self._open() as db:
            if db is None:
                return []
            rows = db.execute(
                "select tests.nodeid, outcome, duration, fingerprints, tree, untracked, environment,"
                ' "commit", branch, created, purpose from tests'
                " join results on results.test = tests.id join runs on runs.id = results.run"
                " where nodeid = ? and purpose != 'carried' order by runs.id desc limit ?",
                (_text(nodeid), limit),
            )
            return [
                PastResult(_row(*columns[:4]), RunState(*columns[4:9]), *columns[9:])
                for columns in rows
            ]
        return []

    def of_causes(
        self, causes: Mapping[str, Cause], limit: int = 20
    ) -> dict[str, tuple[PastRun, ...]]:
        """What each cause did in the last runs, the oldest first; causes are named by their keys."""
        with self._open() as db:
            if db is None:
                return {}
            runs = db.execute(
                "select id, created, \"commit\" from runs where purpose = 'run'"
                " order by id desc limit ?",
                (limit,),
            ).fetchall()
            _ask_for(db, {nodeid for cause in causes.values() for nodeid in cause.tests})
            rows = db.execute(
                "select run, nodeid, outcome, duration, fingerprints from asked"
                " join tests on tests.id = asked.test join results on results.test = asked.test"
                " where run >= ?",
                (min((id_ for id_, *_ in runs), default=0),),
            )
            results: dict[int, dict[str, Row]] = {}
            for run, *columns in rows:
                row = _row(*columns)
                results.setdefault(run, {})[row.nodeid] = row
            return {
                key: tuple(
                    PastRun(created, commit, _state(cause, results.get(id_, {})))
                    for id_, created, commit in reversed(runs)
                )
                for key, cause in causes.items()
            }
        return {}

    def latest(self) -> dict[str, Row]:
        """What each test did when it last ran here, whatever the content was."""
        with self._open() as db:
            if db is None:
                return {}
            rows = db.execute(
                "select nodeid, outcome, duration, fingerprints from results"
                " join tests on tests.id = results.test"
                " join (select max(run) as run, test from results join runs on runs.id = run"
                " where purpose = 'run' group by test) as last"
                " on last.run = results.run and last.test = results.test"
            )
            return {row.nodeid: row for row in (_row(*columns) for columns in rows)}
        return {}

    def nodeids(self) -> list[str]:
        """All tests that were ever seen."""
        with self._open() as db:
            if db is None:
                return []
            return [name for (name,) in db.execute("select nodeid from tests order by nodeid")]
        return []

    @contextlib.contextmanager
    def _open(self, *, write: bool = False) -> Iterator[sqlite3.Connection | None]:
        """A connection in one transaction, or None and `trouble`."""
        if self.trouble or not (write or self.path.exists()):
            yield None
            return
        db = None
        try:
            db = self._connect(write=write)
        except (sqlite3.Error, OSError, HistoryError) as error:
            self._set_trouble(error)
        if db is None:
            yield None
            return
        try:
            yield db
            db.execute("commit")
        except sqlite3.Error as error:
            self._set_trouble(error)
        finally:
            # An open transaction is rolled back: after Ctrl-C nothing is half written.
            db.close()

    def _connect(self, *, write: bool) -> sqlite3.Connection:
        if write:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(self.path, timeout=WAIT, isolation_level=None)
        try:
            db.execute("begin immediate" if write else "begin")
            (version,) = db.execute("pragma user_version").fetchone()
            if version > VERSION:
                raise HistoryError(
                    f"it has version {version}, this gardener knows {VERSION}; upgrade gardener"
                )
            if not version:
                if not write:
                    raise HistoryError("it holds nothing that gardener wrote")
                # Not executescript: it would end the transaction.
                for statement in _TABLES.split(";"):
                    db.execute(statement)
                db.execute(f"pragma user_version = {VERSION}")
        except BaseException:
            db.close()
            raise
        return db

    def _set_trouble(self, error: Exception) -> None:
        if is_damage(error):
            drop(self.path)
            self._was_damaged = True
            self.trouble = f"The history {self.path} was damaged; it is made anew."
            return
        reason = str(error)
        if isinstance(error, OSError):
            reason = error.strerror or reason
        if reason == "database is locked":
            reason = f"another process has been writing to it for {WAIT:.0f} s"
        self.trouble = f"The history {self.path} is not used: {reason.rstrip('.')}."


def _state(cause: Cause, rows: Mapping[str, Row]) -> State:
    """What a cause did in a run, by what its tests did there."""
    results = [rows[nodeid] for nodeid in cause.tests if nodeid in rows]
    if any(print_ in cause.fingerprints for row in results for print_ in row.fingerprints):
        return "failing"
    passed = any(outcome == "passed" for row in results for outcome in row.outcomes)
    return "passing" if passed else "not run"


def _insert_run(
    db: sqlite3.Connection, state: RunState, purpose: Purpose, created: str, *, complete: bool
) -> int | None:
    """Add a run; returns its id."""
    cursor = db.execute(
        'insert into runs (created, "commit", tree, untracked, environment, branch, purpose,'
        " complete) values (?,?,?,?,?,?,?,?)",
        (
            created,
            state.commit,
            state.tree,
            state.untracked,
            state.environment,
            state.branch,
            purpose,
            complete,
        ),
    )
    return cursor.lastrowid


def _insert_results(db: sqlite3.Connection, run: int | None, rows: Iterable[Row]) -> None:
    rows = [row._replace(nodeid=_text(row.nodeid)) for row in rows]
    names = [(row.nodeid,) for row in rows]
    db.executemany("insert or ignore into tests (nodeid) values (?)", names)
    db.executemany(
        "insert or replace into results (run, test, outcome, duration, fingerprints)"
        " select ?, id, ?, ?, ? from tests where nodeid = ?",
        (
            (run, ",".join(row.outcomes), row.duration, ",".join(row.fingerprints), row.nodeid)
            for row in rows
        ),
    )


def _text(nodeid: str) -> str:
    """A nodeid that SQLite can hold: no lone surrogates."""
    return nodeid.encode("utf-8", "backslashreplace").decode()


def _ask_for(db: sqlite3.Connection, nodeids: Iterable[str]) -> None:
    """Put tests into a table of their own: a list in the statement has a limit."""
    db.execute("create temp table asked (test integer primary key)")
    db.executemany(
        "insert or ignore into asked select id from tests where nodeid = ?",
        ((_text(nodeid),) for nodeid in nodeids),
    )


def _row(nodeid: str, outcomes: str, duration: float, fingerprints: str) -> Row:
    prints = tuple(fingerprints.split(",")) if fingerprints else ()
    return Row(nodeid, tuple(outcomes.split(",")), duration, prints)


def _drop_oldest(db: sqlite3.Connection) -> None:
    """Drop the oldest runs, so that the store does not grow for ever."""
    (last,) = db.execute("select max(id) from runs").fetchone()
    (rows,) = db.execute("select count(*) from results").fetchone()
    floor = last - RUNS_KEPT
    if rows > ROWS_KEPT:
        (middle,) = db.execute("select (min(id) + max(id)) / 2 from runs").fetchone()
        floor = max(floor, min(middle, last - 1))
    if db.execute("select id from runs where id <= ? limit 1", (floor,)).fetchone():
        db.execute("delete from results where run <= ?", (floor,))
        db.execute("delete from runs where id <= ?", (floor,))
