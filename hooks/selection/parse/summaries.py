"""The summaries of a project's files, kept by blob in a database under the git directory.

A summary depends on nothing but the bytes of its file, so all worktrees share the store
and switching branches costs nothing. It can be deleted at any time.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import sys
import weakref
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from gardener.errors import GitError
from gardener.git import store
from gardener.paths import is_python

from ...changes import SYMLINK, Entry, blob_sha, contents
from .extraction import summarize, summarize_text
from .summary import VERSION, Definition, DefinitionKind, Summary

KIND = f"{VERSION}.{sys.version_info[0]}.{sys.version_info[1]}"
_AT_MOST = 60_000  # blobs; above that the store is made anew
_Source = tuple[bytes, bool]  # the content of a file, and whether it is Python
_WORTH_A_PROCESS = 300  # files: below, starting processes costs more than it saves
_DECODER: msgspec.msgpack.Decoder[Summary] = msgspec.msgpack.Decoder(Summary)


class Summaries(Mapping[str, Summary]):
    """The summary of each file of a tree, made or read when it is asked for.

    One that cannot be read says so in `broken`. To iterate reads all.
    """

    def __init__(self, root: Path, files: dict[str, Entry], given: dict[str, Summary]) -> None:
        """`files` are Python files, and others with tests; `given` are summaries that are known already."""
        self._root = root
        self._files = files
        self._found = dict(given)
        self._store: _Store | None = None
        self._sources: dict[str, bytes] = {}
        self._packed: dict[str, bytes] = {}

    @property
    def paths(self) -> Iterable[str]:
        """The files, read or not."""
        return self._files.keys()

    def add(self, files: dict[str, Entry]) -> None:
        """Count more files among those of the tree."""
        self._files = {**self._files, **files}

    def __contains__(self, path: object) -> bool:
        return path in self._files

    def __len__(self) -> int:
        return len(self._files)

    def __iter__(self) -> Iterator[str]:
        self.fetch(self._files)
        return iter(self._files)

    def __getitem__(self, path: str) -> Summary:
        if path not in self._found:
            self.fetch([path])
        return self._found[path]

    def shas(self) -> dict[str, str]:
        """The blob of each file, also of those that only the disk has."""
        loose = {p: e for p, e in self._files.items() if not e.sha and p not in self._sources}
        for path, source in contents(self._root, loose).items():
            self._sources[path] = source
        return {
            path: _key(path, entry.sha)
            or (_key(path, blob_sha(self._sources[path])) if path in self._sources else "")
            for path, entry in self._files.items()
        }

    def older(self, shas: set[str]) -> dict[str, Summary]:
        """The summaries of other blobs, as far as they are kept."""
        return self._kept.read(shas) if shas else {}

    @property
    def _kept(self) -> _Store:
        if self._store is None:
            self._store = _Store.open(self._root)
        return self._store

    def saying(self, texts: Iterable[str]) -> Iterator[tuple[str, Summary]]:
        """The files in which one of these texts stands, and maybe others, with their summaries.

        To look into what is kept as it lies there takes a fifth of the time to unpack it.
        """
        wanted = [text.encode("utf-8", "surrogatepass") for text in texts]
        keys = {p: _key(p, e.sha) for p, e in self._files.items() if e.mode != SYMLINK}
        if not self._packed:
            self._packed = self._kept.packed({k for p, k in keys.items() if p not in self._found})
        known = {p: self._packed[k] for p, k in keys.items() if k in self._packed}
        found = {p for p, packed in known.items() if any(text in packed for text in wanted)}
        every = [p for p in self._files if p in found or p in self._found or p not in known]
        self.fetch(every)
        yield from ((path, self._found[path]) for path in every)

    def fetch(self, paths: Iterable[str]) -> None:
        """Read, or make, the summaries of these files at once."""
        files = {p: self._files[p] for p in paths if p in self._files and p not in self._found}
        if not files:
            return
        keys = {p: _key(p, e.sha) for p, e in files.items()}
        wanted = {p: key for p, key in keys.items() if files[p].mode != SYMLINK}
        known = self._kept.read({key for key in wanted.values() if key})
        missing = {p: key for p, key in wanted.items() if key not in known}
        # Equal files are summarized once.
        by_content = {key or p: p for p, key in missing.items()}
        sources = contents(self._root, {p: files[p] for p in by_content.values()})
        read = [(source, is_python(path)) for path, source in sources.items()]
        made = dict(zip(sources, _summarize(read), strict=True))
        self._kept.write({keys[p] or _key(p, blob_sha(sources[p])): s for p, s in made.items()})
        for path, key in keys.items():
            summary = known.get(key) if key else None
            summary = summary or made.get(by_content.get(key or path, ""))
            self._found[path] = summary or Summary(
                definitions=(Definition("", DefinitionKind.MODULE),),
                broken="cannot be read",
            )


def _key(path: str, sha: str) -> str:
    """Under what the summary of a blob is kept: a text may hold the bytes of a Python file."""
    return sha if not sha or is_python(path) else f"{sha}.text"


def _summarize(sources: list[_Source]) -> list[Summary]:
    workers = min(4, os.cpu_count() or 1)
    if len(sources) < _WORTH_A_PROCESS or workers == 1:
        return [_read(source) for source in sources]
    size = -(-len(sources) // (workers * 4))
    parts = [sources[at : at + size] for at in range(0, len(sources), size)]
    from concurrent.futures import ProcessPoolExecutor  # late: it costs what a warm run takes

    with ProcessPoolExecutor(workers) as pool:
        return [s for part in pool.map(_part, parts) for s in _PART.decode(part)]


_PART: msgspec.msgpack.Decoder[list[Summary]] = msgspec.msgpack.Decoder(list[Summary])


def _part(sources: list[_Source]) -> bytes:
    return msgspec.msgpack.encode([_read(source) for source in sources])


def _read(source: _Source) -> Summary:
    content, python = source
    return summarize(content) if python else summarize_text(content)


class _Store:
    """A table from blob to summary; without a usable database it just knows nothing."""

    def __init__(self, base: sqlite3.Connection | None) -> None:
        self.base = base
        if base is not None:
            # It is read from for as long as anything asks, so it has no other end.
            weakref.finalize(self, base.close)

    @classmethod
    def open(cls, root: Path) -> _Store:
        try:
            folder = store(root)
            folder.mkdir(parents=True, exist_ok=True)
        except (OSError, GitError):
            return cls(None)
        path = folder / "summaries.sqlite"
        for _ in range(2):
            base = None
            try:
                base = sqlite3.connect(path, timeout=5, isolation_level=None)
                base.execute(
                    "create table if not exists summary (kind text, sha text, data blob, primary key (sha, kind)) without rowid"
                )
                base.execute("pragma synchronous = off")
                return cls(base)
            except sqlite3.OperationalError:
                if base is not None:
                    base.close()
                return cls(None)  # locked or not writable: work without
            except sqlite3.DatabaseError:
                if base is not None:
                    base.close()
                # Damaged: nothing in it is worth more than the time to make it again.
                with contextlib.suppress(OSError):
                    path.unlink()
        return cls(None)

    def read(self, shas: set[str]) -> dict[str, Summary]:
        try:
            return {sha: _DECODER.decode(data) for sha, data in self.packed(shas).items()}
        except msgspec.MsgspecError:
            return {}

    def packed(self, shas: set[str]) -> dict[str, bytes]:
        """Summaries as they are kept."""
        if self.base is None:
            return {}
        found: dict[str, bytes] = {}
        wanted = list(shas)
        try:
            for at in range(0, len(wanted), 500):
                some = wanted[at : at + 500]
                rows = self.base.execute(
                    f"select sha, data from summary where kind = ? and sha in ({','.join('?' * len(some))})",  # noqa: S608
                    (KIND, *some),
                )
                found.update(rows)
        except sqlite3.Error:
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
                [(KIND, sha, encode(summary)) for sha, summary in made.items()],
            )
            self.base.execute("commit")
        except sqlite3.Error:
            with contextlib.suppress(sqlite3.Error):
                self.base.execute("rollback")
