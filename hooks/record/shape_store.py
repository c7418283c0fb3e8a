"""What is known of versions of files, by blob under the git directory: none is read twice.

A record that grew over many commits is compared with many versions of the same files. The store
can be deleted at any time.
"""

from __future__ import annotations

import contextlib
import sqlite3
import sys
from collections.abc import Callable, Iterable, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from gardener.databases import drop, drop_damaged, say_dropped
from gardener.errors import GitError
from gardener.git import store
from gardener.model import Symbol

from ..changes import FileChange
from .bodies import Shape, differing_bodies, shapes

Shapes = Mapping[str, Shape]
ReadBlobs = Callable[["list[str]"], Mapping[str, bytes]]
_T = TypeVar("_T")
_PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"
_VERSION = 1
"""Raised whenever the shapes of the same bytes would come out different."""
_KIND = f"{_VERSION}.{_PYTHON}"
_NAME = "the store of what functions of files are"
_MOST = 8000
"""Versions of files: above that those go that were stored first."""
_AT_ONCE = 500  # keys in one query
_DECODER = msgspec.msgpack.Decoder(dict[str, Shape])


class Bodies:
    """Finds the functions of which nothing but the body differs, in any of several changes."""

    def __init__(
        self, root: Path, several: Iterable[list[FileChange]], contents: ReadBlobs
    ) -> None:
        """`contents` reads blobs, as far as they are known."""
        versions = [v for changes in several for both in _versions(changes).values() for v in both]
        self._shapes = shapes_of(root, versions, contents)

    def changed(self, changes: list[FileChange]) -> dict[Symbol, frozenset[Symbol]]:
        """These functions in one of the changes: a record knows who executed them.

        With each the functions whose own code differs: itself, or only some that it defines.
        """
        bodies: dict[Symbol, frozenset[Symbol]] = {}
        for path, (before, after) in _versions(changes).items():
            old, new = self._shapes.get(before), self._shapes.get(after)
            if old is not None and new is not None:
                for name, inner in differing_bodies(old, new).items():
                    bodies[Symbol(path, name)] = frozenset(Symbol(path, n) for n in inner)
        return bodies


def _versions(changes: list[FileChange]) -> dict[str, tuple[str, str]]:
    """The blobs before and after of each file that both trees have."""
    blobs = {c.path: (c.before.sha, c.after.sha) for c in changes if c.before and c.after}
    return {path: versions for path, versions in blobs.items() if all(versions)}


def shapes_of(root: Path, shas: Iterable[str], contents: ReadBlobs) -> dict[str, Shapes]:
    """The shapes of these blobs, without those of which `contents` does not know the bytes."""
    return kept(root, shas, contents, Kind(_KIND, lambda s: _in_short(shapes(s)), _DECODER.decode))


class Kind(Generic[_T]):
    """Something that is kept of versions of files.

    `name` tells it, in its version and for this Python, from all else that is kept; `make` finds it
    out from the content of a file, and `decode` reads it as msgspec wrote it.
    """

    def __init__(
        self, name: str, make: Callable[[bytes], _T], decode: Callable[[bytes], _T]
    ) -> None:
        self.name = name
        self.make = make
        self.decode = decode


def kept(root: Path, shas: Iterable[str], contents: ReadBlobs, kind: Kind[_T]) -> dict[str, _T]:
    """What is kept of these blobs, or found out now; without those whose bytes are not known."""
    wanted = set(shas) - {""}
    if not wanted:
        return {}
    with contextlib.closing(_opened(root)) as base:
        stored = _stored(base, wanted, kind)
        missing = sorted(wanted - stored.keys())
        sources = contents(missing) if missing else {}
        made = {sha: kind.make(source) for sha, source in sources.items()}
        _store(base, made, kind.name)
    return {**stored, **made}


def _in_short(long: Shapes) -> Shapes:
    """The same shapes, with hashes for their texts: they are only compared."""
    return {name: Shape(_hash(s.header), _hash(s.body), s.inner) for name, s in long.items()}


def _hash(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def _opened(root: Path) -> sqlite3.Connection:
    """The store of a repository; one in memory where that cannot be used."""
    with contextlib.suppress(OSError, GitError):
        folder = store(root)
        path = folder / "shapes.sqlite"
        folder.mkdir(parents=True, exist_ok=True)
        for _ in range(2):
            try:
                return _with_table(sqlite3.connect(path, timeout=5, isolation_level=None))
            except sqlite3.OperationalError:
                break  # locked or not writable
            except sqlite3.DatabaseError:  # damaged: it is made again
                drop(path)
                say_dropped(_NAME)
    return _with_table(sqlite3.connect(":memory:", isolation_level=None))


def _with_table(base: sqlite3.Connection) -> sqlite3.Connection:
    try:
        base.execute(
            "create table if not exists shape"
            " (number integer primary key, kind text, sha text, data blob, unique (sha, kind))"
        )
        base.execute("pragma synchronous = off")
    except sqlite3.Error:
        base.close()
        raise
    return base


def _stored(base: sqlite3.Connection, shas: set[str], kind: Kind[_T]) -> dict[str, _T]:
    stored: dict[str, _T] = {}
    every = sorted(shas)
    try:
        for start in range(0, len(every), _AT_ONCE):
            some = every[start : start + _AT_ONCE]
            rows = base.execute(
                f"select sha, data from shape where kind = ? and sha in ({','.join('?' * len(some))})",  # noqa: S608 - only question marks
                (kind.name, *some),
            )
            stored.update((sha, kind.decode(data)) for sha, data in rows)
    except sqlite3.Error as error:
        drop_damaged(base, error, _NAME)
    except (msgspec.MsgspecError, TypeError):
        pass  # these rows are written anew
    return stored


def _store(base: sqlite3.Connection, made: Mapping[str, object], kind: str) -> None:
    if not made:
        return
    encode = msgspec.msgpack.Encoder().encode
    rows = [(kind, sha, encode(of_file)) for sha, of_file in made.items()]
    try:
        base.execute("begin immediate")
        base.executemany("insert or replace into shape (kind, sha, data) values (?, ?, ?)", rows)
        base.execute(
            "delete from shape where number <= (select max(number) from shape) - ?", (_MOST,)
        )
        base.execute("commit")
    except sqlite3.Error as error:
        drop_damaged(base, error, _NAME)
