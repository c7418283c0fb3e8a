"""Keeps what each test executed, and says which tests passed with the content of today.

The record lies in `record.sqlite` of gardener's store. A run has the snapshot of the tree
it ran on (path -> blob); a test belongs to the run it was last recorded in. Nothing in it
is compared by time. A record that is damaged or of a newer gardener is left out with a word.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import zlib
from array import array
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from gardener.errors import GitError
from gardener.git import store
from gardener.model import Report

from ..changes import Entry, blob_sha, blobs, compare
from ..pytest_run.events import Collected, Executed, Node, Trace
from .environment import Environment, difference, look, settings_on_disk

VERSION = 5
GREEN = frozenset({"passed", "skipped", "xfailed", "xpassed"})
_TABLES = """
create table run (id integer primary key, snapshot blob, modules blob, collected blob,
                  environment text);
create table symbol (id integer primary key, file text, name text, unique (file, name));
create table test (nodeid text, run integer, green integer, symbols blob, files text,
                   opaque text, primary key (nodeid, run));
create table content (sha text primary key, data blob);
"""
_FORGET = """
delete from test where nodeid = :nodeid and run < :run and run is not
    (select max(run) from test t where t.nodeid = :nodeid and t.green and t.run < :run)
"""
"""Beside the newest record of a test one is kept with which it passed: going back to another branch
runs nothing again."""


class Run(NamedTuple):
    """One recorded run: the tree it ran on (path -> blob), and what imports executed.

    `collected` is what else collecting did; `data` are the files that were read for it, with
    their blobs.
    """

    snapshot: dict[str, str]
    modules: dict[str, frozenset[Node]]
    environment: Environment
    collected: Collected = Collected()
    data: Mapping[str, str] = MappingProxyType({})


class Recorded(NamedTuple):
    """One test as it was last recorded.

    `symbols` are numbers of `Recording.symbols`. `files` are the files (no Python) that
    it opened, with their blobs. `opaque` says why it may depend on more than that.
    """

    run: int
    green: bool
    symbols: array[int]
    files: dict[str, str]
    opaque: str


class Recording(NamedTuple):
    """All that is known of the tests; empty (with `note`) where nothing can be used.

    `tests` are as they were last recorded, `before` as they last passed on other content.
    `on_disk` are contents by blob that git does not have yet.
    """

    runs: dict[int, Run]
    tests: dict[str, Recorded]
    symbols: dict[Node, int]
    root: Path
    note: str = ""
    before: Mapping[str, Recorded] = MappingProxyType({})
    on_disk: Mapping[str, bytes] = MappingProxyType({})

    def content(self, shas: Iterable[str]) -> dict[str, bytes]:
        """Contents by blob: on disk, out of git or, where a tree was not committed, the record."""
        asked = [sha for sha in dict.fromkeys(shas) if sha]
        found = {sha: self.on_disk[sha] for sha in asked if sha in self.on_disk}
        wanted = [sha for sha in asked if sha not in found]
        found.update(blobs(self.root, wanted))
        missing = [sha for sha in wanted if sha not in found]
        if missing:
            with contextlib.suppress(sqlite3.Error, OSError, GitError):
                base = sqlite3.connect(_path(self.root))
                with contextlib.closing(base):
                    for sha in missing:
                        row = base.execute("select data from content where sha = ?", (sha,))
                        for (data,) in row:
                            found[sha] = zlib.decompress(data)
        return found


def recorded(root: Path) -> Recording:
    """Read the record of a repository; empty when there is none or it cannot be used."""
    empty = Recording({}, {}, {}, root)
    try:
        path = _path(root)
        if not path.is_file():
            return empty
        with contextlib.closing(_open(path)) as base:
            return _read(base, root)
    except _Newer:
        return empty._replace(note="the record is of a newer gardener and was left out.")
    except (sqlite3.Error, ValueError, zlib.error, OSError, KeyError, TypeError):
        return empty._replace(note="the record of earlier runs is damaged and was left out.")
    except GitError:
        return empty


def snapshot(root: Path) -> dict[str, Entry]:
    """The tree on disk as it is now: every file git would see, with its blob."""
    found = {}
    for path, entry in compare(root, "all").files.items():
        if entry.sha:
            found[path] = entry
        else:
            with contextlib.suppress(OSError):
                found[path] = Entry(entry.mode, blob_sha((root / path).read_bytes()))
    return found


def is_kept(root: Path) -> bool:
    """Whether anything is recorded."""
    return _path(root).is_file()


def keep(
    root: Path,
    before: Mapping[str, Entry],
    traces: Iterable[Trace],
    report: Report,
    python: str = "",
) -> str:
    """Write what a run of `python` recorded; returns a word when that was not possible.

    `before` is the tree when the run started. A file that changed while the tests ran is
    kept without its content, so that it counts as changed from then on.
    """
    tests: dict[str, Executed] = {}
    modules: dict[str, frozenset[Node]] = {}
    sites: tuple[str, ...] = ()
    collected = Collected()
    ran = python
    for trace in traces:
        if not trace.python:
            continue  # it was killed before it said what its tests share
        for nodeid, executed in trace.tests.items():
            old = tests.get(nodeid)
            tests[nodeid] = _union(old, executed) if old else executed
        for file, found in trace.modules.items():
            modules[file] = modules.get(file, frozenset()) | found
        sites, ran = sites or trace.sites, trace.python
        collected = collected.joined(trace.collected)
    if not tests:
        if not sites and report and report.results and python:
            forget(root, python)
        return ""
    last = {one.nodeid: one.outcome for one in report.results}
    try:
        after = snapshot(root)
        with contextlib.closing(_open(_path(root), create=True)) as base:
            _write(
                base,
                root,
                tree={p: e.sha if after.get(p) == e else "" for p, e in before.items()},
                modules=modules,
                collected=collected,
                environment=look(root, ran, sites, settings_on_disk(root, before), python),
                tests={n: (t, last.get(n) in GREEN) for n, t in tests.items()},
            )
    except _Newer:
        return "the record is of a newer gardener; this run was not recorded."
    except (sqlite3.Error, OSError, GitError) as wrong:
        return f"this run could not be recorded ({wrong})."
    return ""


def forget(root: Path, python: str) -> None:
    """Drop what another interpreter recorded: this one ran the tests and cannot record."""
    with contextlib.suppress(sqlite3.Error, OSError, GitError, ValueError, TypeError, _Newer):
        path = _path(root)
        if not path.is_file():
            return
        with contextlib.closing(_open(path)) as base:
            rows = base.execute("select id, environment from run").fetchall()
            for number, text in rows:
                then = Environment.loads(text)
                now = look(root, then.python, then.sites, settings_on_disk(root, then.settings))
                if not then.is_of(python) or difference(then, now):
                    base.execute("delete from test where run = ?", (number,))
                    base.execute("delete from run where id = ?", (number,))


def _union(one: Executed, two: Executed) -> Executed:
    return Executed(one.symbols | two.symbols, one.files | two.files, one.opaque or two.opaque)


# --- the database -----------------------------------------------------------------------


class _Newer(Exception):
    """The record was written by a newer gardener."""


def _path(root: Path) -> Path:
    return store(root) / "record.sqlite"


def _open(path: Path, *, create: bool = False) -> sqlite3.Connection:
    if create:
        path.parent.mkdir(parents=True, exist_ok=True)
    base = sqlite3.connect(path, timeout=20, isolation_level=None)
    try:
        [(version,)] = base.execute("pragma user_version")
        if version > VERSION:
            raise _Newer
        if version < VERSION and create:
            base.execute("begin immediate")
            [(version,)] = base.execute("pragma user_version")  # another process was quicker?
            if version < VERSION:
                for table in ("run", "symbol", "test", "content"):  # of an older gardener
                    base.execute(f"drop table if exists {table}")
                for statement in _TABLES.split(";"):
                    base.execute(statement)
                base.execute(f"pragma user_version = {VERSION}")
            base.execute("commit")
    except sqlite3.DatabaseError as wrong:
        base.close()
        if create and "locked" not in str(wrong):
            # Damaged: it holds nothing that a run would not record again.
            path.unlink(missing_ok=True)
            return _open(path, create=True) if not path.exists() else base
        raise
    except BaseException:
        base.close()
        raise
    return base


def _read(base: sqlite3.Connection, root: Path) -> Recording:
    [(version,)] = base.execute("pragma user_version")
    if version < VERSION:
        return Recording({}, {}, {}, root)
    symbols = {(f, n): i for i, f, n in base.execute("select id, file, name from symbol")}
    runs: dict[int, Run] = {}
    for number, tree, modules, collected, text in base.execute(
        "select id, snapshot, modules, collected, environment from run"
    ):
        environment = Environment.loads(text)
        if not environment.is_there:
            continue
        found: dict[str, list[list[str]]] = json.loads(zlib.decompress(modules))
        files, always, data, unseen = json.loads(zlib.decompress(collected))
        runs[number] = Run(
            snapshot=json.loads(zlib.decompress(tree)),
            modules={f: frozenset((s[0], s[1]) for s in names) for f, names in found.items()},
            environment=environment,
            collected=Collected(
                frozenset(files),
                frozenset((s[0], s[1]) for s in always),
                frozenset(data),
                frozenset(unseen),
            ),
            data=data,
        )
    tests: dict[str, Recorded] = {}
    before: dict[str, Recorded] = {}
    for nodeid, run, green, numbers, files, opaque in base.execute(
        "select nodeid, run, green, symbols, files, opaque from test order by run desc"
    ):
        if run in runs:
            packed = array("I")
            packed.frombytes(zlib.decompress(numbers))
            one = Recorded(run, bool(green), packed, json.loads(files), opaque)
            (before if nodeid in tests else tests)[nodeid] = one
    return Recording(runs, tests, symbols, root, before=before)


def _write(
    base: sqlite3.Connection,
    root: Path,
    *,
    tree: dict[str, str],
    modules: dict[str, frozenset[Node]],
    collected: Collected,
    environment: Environment,
    tests: dict[str, tuple[Executed, bool]],
) -> None:
    base.execute("begin immediate")
    try:
        python = {p: sha for p, sha in tree.items() if p.endswith((".py", ".pyi"))}
        opened = {f: tree.get(f, "") for f in collected.opened}
        run = base.execute(
            "insert into run (snapshot, modules, collected, environment) values (?, ?, ?, ?)",
            (
                _packed(python),
                _packed({f: sorted(found) for f, found in modules.items()}),
                _packed(
                    [
                        sorted(collected.files),
                        sorted(collected.always),
                        opened,
                        sorted(collected.unseen),
                    ]
                ),
                environment.dumps(),
            ),
        ).lastrowid
        wanted = {node for executed, _ in tests.values() for node in executed.symbols}
        base.executemany("insert or ignore into symbol (file, name) values (?, ?)", sorted(wanted))
        numbers = {(f, n): i for i, f, n in base.execute("select id, file, name from symbol")}
        base.executemany(
            "insert or replace into test values (?, ?, ?, ?, ?, ?)",
            [
                (
                    nodeid,
                    run,
                    green,
                    zlib.compress(array("I", sorted(numbers[s] for s in one.symbols)).tobytes(), 1),
                    json.dumps({f: tree.get(f, "") for f in sorted(one.files)}),
                    one.opaque,
                )
                for nodeid, (one, green) in tests.items()
            ],
        )
        base.executemany(_FORGET, [{"nodeid": n, "run": run} for n in tests])
        _keep_contents(base, root, python)
        base.execute("delete from run where id not in (select run from test)")
        base.execute("commit")
    except BaseException:
        base.execute("rollback")
        raise


def _keep_contents(base: sqlite3.Connection, root: Path, tree: dict[str, str]) -> None:
    """Keep Python files that git does not have: later changes are compared with them."""
    for entry_path, entry in compare(root, "all").files.items():
        sha = tree.get(entry_path)
        if entry.sha or not sha:
            continue
        with contextlib.suppress(OSError):
            data = (root / entry_path).read_bytes()
            if blob_sha(data) == sha:
                base.execute(
                    "insert or ignore into content values (?, ?)", (sha, zlib.compress(data))
                )


def _packed(value: object) -> bytes:
    return zlib.compress(json.dumps(value).encode(), 1)
