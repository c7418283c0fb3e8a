"""The database of summaries under the git directory, by blob.

A summary depends on nothing but the bytes of its file, so all worktrees share the store
and switching branches costs nothing. It can be deleted at any time.
"""

from __future__ import annotations

import contextlib
import sqlite3
import sys
import time
import weakref
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from gardener.databases import drop, drop_damaged, say_dropped
from gardener.errors import GitError
from gardener.git import store

from .summary import VERSION, Summary

KIND = f"{VERSION}.{sys.version_info[0]}.{sys.version_info[1]}"
"""The form of summaries that this gardener makes, on this Python: others are not read."""
_MOST_BYTES = 1_000_000_000
"""Of summaries: above that those go that were not read for longest."""
_IN_USE = 3600
"""Seconds for which a summary stays in any case: a tree larger than the store is not read twice."""
_AT_ONCE = 500  # keys in one query
_DECODER: msgspec.msgpack.Decoder[Summary] = msgspec.msgpack.Decoder(Summary)
_NAME = "the store of what files say"
_TABLES = (
    "create table if not exists summary"
    " (kind text, sha text, data blob, primary key (sha, kind)) without rowid",
    # Apart from the summaries: to note that one was read rewrites no more than this row.
    "create table if not exists used (sha text primary key, time integer) without rowid",
)


class SummaryStore:
    """A table from keys of blobs to summaries; without a usable database it is just empty."""

    def __init__(self, database: sqlite3.Connection | None) -> None:
        self._database = database
        if database is not None:
            # It is read from for as long as anything asks, so it has no other end.
            weakref.finalize(self, database.close)

    @classmethod
    def open(cls, root: Path) -> SummaryStore:
        """The store of the repository at `root`."""
        try:
            folder = store(root)
            folder.mkdir(parents=True, exist_ok=True)
        except (OSError, GitError):
            return cls(None)
        path = folder / "summaries.sqlite"
        try:
            return cls(_connected(path))
        except sqlite3.OperationalError:
            return cls(None)  # locked or not writable: work without
        except sqlite3.DatabaseError:
            # Damaged: nothing in it is worth more than the time to make it again.
            drop(path)
            say_dropped(_NAME)
        try:
            return cls(_connected(path))
        except sqlite3.DatabaseError:
            return cls(None)

    def read(self, keys: set[str]) -> dict[str, Summary]:
        """The summaries of these blobs, as far as they are stored."""
        try:
            return {key: _DECODER.decode(data) for key, data in self.packed(keys).items()}
        except msgspec.MsgspecError:
            return {}

    def packed(self, keys: set[str]) -> dict[str, bytes]:
        """The same as they are stored."""
        if self._database is None:
            return {}
        packed: dict[str, bytes] = {}
        try:
            for some in _some_at_once(keys):
                rows = self._database.execute(
                    f"select sha, data from summary where kind = ? and sha in ({_question_marks(some)})",  # noqa: S608 - only question marks
                    (KIND, *some),
                )
                packed.update(rows)
        except sqlite3.Error as error:
            self._left(error)
            return {}
        return packed

    def known(self, keys: set[str]) -> set[str]:
        """Those of these keys under which a summary is stored."""
        if self._database is None:
            return set()
        known: set[str] = set()
        try:
            for some in _some_at_once(keys):
                rows = self._database.execute(
                    f"select sha from summary where kind = ? and sha in ({_question_marks(some)})",  # noqa: S608 - only question marks
                    (KIND, *some),
                )
                known.update(key for (key,) in rows)
        except sqlite3.Error as error:
            self._left(error)
        return known

    def write(self, summaries: dict[str, Summary]) -> None:
        """Store summaries by the keys of their blobs."""
        encode = msgspec.msgpack.Encoder().encode
        self.write_packed({key: encode(summary) for key, summary in summaries.items()})

    def write_packed(self, packed: dict[str, bytes]) -> bool:
        """The same, of summaries in the form in which they are stored; whether that was possible."""
        if self._database is None:
            return False
        now = int(time.time())
        try:
            self._database.execute("begin immediate")
            if self._bytes() > _MOST_BYTES:
                self._evict(now)
            self._database.executemany(
                "insert or replace into summary values (?, ?, ?)",
                [(KIND, key, data) for key, data in packed.items()],
            )
            self._use(packed, now)
            self._database.execute("commit")
        except sqlite3.Error as error:
            if not self._left(error):
                with contextlib.suppress(sqlite3.Error):
                    self._database.execute("rollback")
            return False
        return True

    def note_read(self, keys: Iterable[str]) -> None:
        """Let these summaries count as used now; at a time when nothing waits for it."""
        if self._database is None:
            return
        with contextlib.suppress(sqlite3.Error):
            self._database.execute("begin immediate")
            self._use(keys, int(time.time()))
            self._database.execute("commit")

    def _left(self, error: sqlite3.Error) -> bool:
        """Whether this process goes on without the database, which was damaged."""
        if self._database is None or not drop_damaged(self._database, error, _NAME):
            return False
        self._database = None
        return True

    def _use(self, keys: Iterable[str], now: int) -> None:
        if self._database is not None:
            rows = [(key, now) for key in keys]
            self._database.executemany("insert or replace into used values (?, ?)", rows)

    def _bytes(self) -> int:
        """How much of the database is in use: what is deleted leaves room, not a smaller file."""
        if self._database is None:
            return 0
        ask = ("page_count", "freelist_count", "page_size")
        pages, free, size = (self._database.execute(f"pragma {a}").fetchone()[0] for a in ask)
        return int((pages - free) * size)

    def _evict(self, now: int) -> None:
        """Drop the quarter of the summaries that was not used for longest."""
        if self._database is None:
            return
        [(count,)] = self._database.execute("select count(*) from summary")
        self._database.execute(
            "delete from summary where (sha, kind) in (select summary.sha, kind from summary"
            " left join used on used.sha = summary.sha where coalesce(time, 0) < ?"
            " order by coalesce(time, 0) limit ?)",
            (now - _IN_USE, count // 4 + 1),
        )
        self._database.execute("delete from used where sha not in (select sha from summary)")


def _some_at_once(keys: set[str]) -> Iterator[list[str]]:
    every = list(keys)
    for start in range(0, len(every), _AT_ONCE):
        yield every[start : start + _AT_ONCE]


def _question_marks(keys: list[str]) -> str:
    return ",".join("?" * len(keys))


def _connected(path: Path) -> sqlite3.Connection:
    """Open the database, with its table.

    Raises:
        sqlite3.OperationalError: it is locked or cannot be written.
        sqlite3.DatabaseError: it is damaged.
    """
    database = sqlite3.connect(path, timeout=5, isolation_level=None)
    try:
        for table in _TABLES:
            database.execute(table)
        database.execute("pragma synchronous = off")
    except sqlite3.DatabaseError:
        database.close()
        raise
    return database
