"""The summaries of a project's files, kept by blob in a database under the git directory.

A summary depends on nothing but the bytes of its file, so all worktrees share the store
and switching branches costs nothing. It can be deleted at any time.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import msgspec

from gardener.errors import GitError
from gardener.git import store

from .changes import SYMLINK, Entry, contents
from .summary import VERSION, Summary, summarize

_KIND = f"{VERSION}.{sys.version_info[0]}.{sys.version_info[1]}"
_AT_MOST = 60_000  # blobs; above that the store is made anew
_WORTH_A_PROCESS = 300  # files: below, starting processes costs more than it saves
_DECODER: msgspec.msgpack.Decoder[Summary] = msgspec.msgpack.Decoder(Summary)


def load(root: Path, files: dict[str, Entry]) -> dict[str, Summary]:
    """The summary of each file; one that cannot be read says so in `broken`."""
    shas = {e.sha for e in files.values() if e.sha and e.mode != SYMLINK}
    kept = _Store.open(root)
    known = kept.read(shas)
    missing = {
        p: e for p, e in files.items() if e.mode != SYMLINK and (not e.sha or e.sha not in known)
    }
    # Equal files are summarized once.
    by_content = {e.sha or p: p for p, e in missing.items()}
    sources = contents(root, {p: missing[p] for p in by_content.values()})
    made = dict(zip(sources, _summarize(list(sources.values())), strict=True))
    kept.write({files[p].sha: s for p, s in made.items() if files[p].sha})
    found: dict[str, Summary] = {}
    for path, entry in files.items():
        summary = known.get(entry.sha) if entry.sha else None
        summary = summary or made.get(by_content.get(entry.sha or path, ""))
        found[path] = summary or Summary(dynamic="cannot be read", broken="cannot be read")
    return found


def _summarize(sources: list[bytes]) -> list[Summary]:
    workers = min(4, os.cpu_count() or 1)
    if len(sources) < _WORTH_A_PROCESS or workers == 1:
        return [summarize(source) for source in sources]
    size = -(-len(sources) // (workers * 4))
    parts = [sources[at : at + size] for at in range(0, len(sources), size)]
    with ProcessPoolExecutor(workers) as pool:
        return [s for part in pool.map(_part, parts) for s in _PART.decode(part)]


_PART: msgspec.msgpack.Decoder[list[Summary]] = msgspec.msgpack.Decoder(list[Summary])


def _part(sources: list[bytes]) -> bytes:
    return msgspec.msgpack.encode([summarize(source) for source in sources])


class Shelf:
    """A few larger things that are kept beside the summaries, by key; the latest stay."""

    def __init__(self, root: Path) -> None:
        """Keep them in the store of the repository `root`."""
        self._base = _Store.open(root).base

    def get(self, key: str) -> bytes | None:
        """What was put under this key, if it is still there."""
        if self._base is None:
            return None
        try:
            row = self._base.execute("select data from shelf where key = ?", (key,)).fetchone()
        except sqlite3.Error:
            return None
        return bytes(row[0]) if row else None

    def put(self, key: str, data: bytes) -> None:
        """Keep `data`, and drop all but the latest few."""
        if self._base is None:
            return
        with contextlib.suppress(sqlite3.Error):
            self._base.execute(
                "insert or replace into shelf (key, data) values (?, ?)", (key, data)
            )
            self._base.execute(
                "delete from shelf where id not in (select id from shelf order by id desc limit 8)"
            )


class _Store:
    """A table from blob to summary; without a usable database it just knows nothing."""

    def __init__(self, base: sqlite3.Connection | None) -> None:
        self.base = base

    @classmethod
    def open(cls, root: Path) -> _Store:
        try:
            folder = store(root)
            folder.mkdir(parents=True, exist_ok=True)
        except (OSError, GitError):
            return cls(None)
        path = folder / "summaries.sqlite"
        for _ in range(2):
            try:
                base = sqlite3.connect(path, timeout=5, isolation_level=None)
                base.execute(
                    "create table if not exists summary (kind text, sha text, data blob, primary key (sha, kind)) without rowid"
                )
                base.execute(
                    "create table if not exists shelf (id integer primary key, key text unique, data blob)"
                )
                base.execute("pragma synchronous = off")
                return cls(base)
            except sqlite3.OperationalError:
                return cls(None)  # locked or not writable: work without
            except sqlite3.DatabaseError:
                # Damaged: nothing in it is worth more than the time to make it again.
                with contextlib.suppress(OSError):
                    path.unlink()
        return cls(None)

    def read(self, shas: set[str]) -> dict[str, Summary]:
        if self.base is None:
            return {}
        found: dict[str, Summary] = {}
        wanted = list(shas)
        try:
            for at in range(0, len(wanted), 500):
                some = wanted[at : at + 500]
                rows = self.base.execute(
                    f"select sha, data from summary where kind = ? and sha in ({','.join('?' * len(some))})",  # noqa: S608
                    (_KIND, *some),
                )
                for sha, data in rows:
                    found[sha] = _DECODER.decode(data)
        except (sqlite3.Error, msgspec.MsgspecError):
            return {}
        return found

    def write(self, made: dict[str, Summary]) -> None:
        if self.base is None or not made:
            return
        encode = msgspec.msgpack.Encoder().encode
        try:
            [(count,)] = self.base.execute("select count(*) from summary")
            self.base.execute("begin immediate")
            if count > _AT_MOST:
                self.base.execute("delete from summary")
            self.base.executemany(
                "insert or replace into summary values (?, ?, ?)",
                [(_KIND, sha, encode(summary)) for sha, summary in made.items()],
            )
            self.base.execute("commit")
        except sqlite3.Error:
            with contextlib.suppress(sqlite3.Error):
                self.base.execute("rollback")
