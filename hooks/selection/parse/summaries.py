"""The summaries of the files of a tree, made or read from the store when they are asked for."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path

import msgspec

from gardener.paths import is_python

from ...changes import SYMLINK, Entry, blob_sha, contents
from .progress import Progress
from .recent import Recent
from .summary import Definition, DefinitionKind, Summary
from .summary_store import KIND, SummaryStore
from .workers import Source, Summarizer, summarizer

__all__ = ["KIND", "Summaries"]

_WORTH_NOTING = 100
"""Summaries read at once that count as used: a hook that reads fewer writes nothing."""
_UNREADABLE = Summary(definitions=(Definition("", DefinitionKind.MODULE),), broken="cannot be read")
_AT_ONCE = 400
"""Files that are read and stored at once: what an interrupted run loses at most."""
_MOST_HELD = 12_000_000
"""Bytes of stored summaries of which two times as many are held as objects: these take six times as much."""
_DECODER: msgspec.msgpack.Decoder[Summary] = msgspec.msgpack.Decoder(Summary)


class Summaries(Mapping[str, Summary]):
    """The summary of each file of a tree, made or read when it is asked for.

    One that cannot be read says so in `broken`. To iterate reads all, but of a large tree only
    those that were asked for last are held in memory: the others are read again from the store.
    """

    def __init__(self, root: Path, files: dict[str, Entry], ready: dict[str, Summary]) -> None:
        """`files` are Python files, and others with tests; `ready` are summaries that exist already."""
        self._root = root
        self._files = files
        self._ready = dict(ready)
        self._recent: Recent[str, Summary] = Recent(_MOST_HELD)
        self._sources: dict[str, bytes] = {}
        self._packed: dict[str, bytes] = {}
        self._not_stored: dict[str, bytes] = {}
        self._noted: set[str] = set()

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
        yield from self.in_turn(list(self._files))

    def in_turn(self, paths: list[str]) -> Iterator[str]:
        """These files, of which the next few are read at once: for who looks at one after the other."""
        self.make(paths)
        for start in range(0, len(paths), _AT_ONCE):
            some = paths[start : start + _AT_ONCE]
            self.fetch(some)
            yield from some

    def __getitem__(self, path: str) -> Summary:
        summary = self._recent.get(path) or self._ready.get(path)
        if summary is None:
            self._fetch_some({path: self._files[path]})
            summary = self._recent.get(path) or self._ready[path]
        return summary

    @cached_property
    def _store(self) -> SummaryStore:
        return SummaryStore.open(self._root)

    def shas(self) -> dict[str, str]:
        """The blob of each file, also of those that only the disk has; empty where it has none."""
        loose = {p: e for p, e in self._files.items() if not e.sha and p not in self._sources}
        self._sources.update(contents(self._root, loose))
        shas = {}
        for path, entry in self._files.items():
            source = None if entry.sha else self._sources.get(path)
            shas[path] = _key(path, entry.sha if source is None else blob_sha(source))
        return shas

    def stored(self, shas: set[str]) -> dict[str, Summary]:
        """The summaries of other blobs, as far as they are stored."""
        return self._store.read(shas) if shas else {}

    def mentioning(self, texts: Iterable[str | bytes]) -> Iterator[tuple[str, Summary]]:
        """The summaries of all files that hold one of these texts, and maybe of more.

        To look into what is stored as it lies there takes a fifth of the time to unpack it.
        """
        needles = [
            text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
            for text in texts
        ]
        packed = self._packed_by_path()
        hits = {path for path, data in packed.items() if any(n in data for n in needles)}
        paths = [p for p in self._files if p in hits or p in self._ready or p not in packed]
        yield from ((path, self[path]) for path in self.in_turn(paths))

    def _packed_by_path(self) -> dict[str, bytes]:
        keys = {p: _key(p, e.sha) for p, e in self._files.items() if e.mode != SYMLINK}
        if not self._packed:
            self._packed = self._store.packed({key for key in keys.values() if key})
        return {path: self._packed[key] for path, key in keys.items() if key in self._packed}

    def make(self, paths: Iterable[str]) -> None:
        """Make the summaries of these files that are not stored yet, all at once."""
        files = self._not_held(paths)
        keys = {path: key for path, entry in files.items() if (key := _stored_as(path, entry))}
        known = self._store.known(set(keys.values()))
        if len(known) > _WORTH_NOTING:
            self._store.note_read(known - self._noted)
            self._noted |= known
        known |= self._not_stored.keys()
        for _ in self._made({path: files[path] for path, key in keys.items() if key not in known}):
            pass  # they are stored: to hold them all would take the memory of a large tree

    def fetch(self, paths: Iterable[str]) -> None:
        """Read, or make, the summaries of these files at once."""
        files = self._not_held(paths)
        every = list(files)
        if len(every) > _WORTH_NOTING:
            self.make(every)
        for start in range(0, len(every), _AT_ONCE):
            self._fetch_some({path: files[path] for path in every[start : start + _AT_ONCE]})

    def _not_held(self, paths: Iterable[str]) -> dict[str, Entry]:
        held = (self._recent, self._ready)
        return {
            p: self._files[p] for p in paths if p in self._files and not any(p in h for h in held)
        }

    def _fetch_some(self, files: dict[str, Entry]) -> None:
        keys = {path: _stored_as(path, entry) for path, entry in files.items()}
        stored = {key for key in keys.values() if key}
        packed = self._store.packed(stored)
        packed.update((key, self._not_stored[key]) for key in stored & self._not_stored.keys())
        summaries = _decoded(packed)
        unknown = {p: e for p, e in files.items() if e.mode != SYMLINK and keys[p] not in summaries}
        for made in self._made(unknown):
            packed.update(made)
            summaries.update(_decoded(made))
        for path, key in keys.items():
            if key and key in summaries:
                self._recent.put(path, summaries[key], len(packed[key]))
            else:
                self._ready[path] = summaries.get(path, _UNREADABLE)

    def _made(self, files: dict[str, Entry]) -> Iterator[dict[str, bytes]]:
        """Summarize files, equal ones once, and store what comes out, some at a time.

        By the keys of their blobs; files that only the disk has are there by their paths.
        """
        chosen = {_key(path, entry.sha) or path: path for path, entry in files.items()}
        keys = {path: key for key, path in chosen.items()}
        paths = list(keys)
        progress = Progress("read", len(paths))
        with summarizer(len(paths)) as summarize_all:
            for start in range(0, len(paths), _AT_ONCE):
                some = {path: files[path] for path in paths[start : start + _AT_ONCE]}
                yield {keys[p]: data for p, data in self._made_at_once(some, summarize_all).items()}
                progress.at(start + len(some))
        progress.end()

    def _made_at_once(self, files: dict[str, Entry], summarize_all: Summarizer) -> dict[str, bytes]:
        """Summarize so many files as are read at once; what was stored stays if the next ones are not."""
        sources = contents(self._root, files)
        read = [Source(source, is_python(path)) for path, source in sources.items()]
        packed = dict(zip(sources, summarize_all(read), strict=True))
        by_key = {_key(p, files[p].sha or blob_sha(sources[p])): data for p, data in packed.items()}
        if not self._store.write_packed(by_key):
            self._not_stored.update(by_key)
        return packed


def _decoded(packed: dict[str, bytes]) -> dict[str, Summary]:
    """Summaries out of the form in which they are stored, but for damaged ones."""
    summaries = {}
    for key, data in packed.items():
        with contextlib.suppress(msgspec.MsgspecError):
            summaries[key] = _DECODER.decode(data)
    return summaries


def _stored_as(path: str, entry: Entry) -> str:
    """Under what the summary of a file is stored; empty where that is not known before it is read."""
    return "" if entry.mode == SYMLINK else _key(path, entry.sha)


def _key(path: str, sha: str) -> str:
    """Under what the summary of a blob is stored: a text may hold the bytes of a Python file."""
    return sha if not sha or is_python(path) else f"{sha}.text"
