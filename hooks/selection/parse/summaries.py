"""The summaries of the files of a tree, made or read from the store when they are asked for."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from gardener.paths import is_python

from ...changes import SYMLINK, Entry, blob_sha, contents
from .extraction import summarize, summarize_text
from .progress import Progress
from .summary import Definition, DefinitionKind, Summary
from .summary_store import KIND, SummaryStore

__all__ = ["KIND", "Summaries"]

_WORTH_A_PROCESS = 300  # files: below, starting processes costs more than it saves
_WORTH_NOTING = 100
"""Summaries read at once that count as used: a hook that reads fewer writes nothing."""
_UNREADABLE = Summary(definitions=(Definition("", DefinitionKind.MODULE),), broken="cannot be read")
_AT_ONCE = 400
"""Files that are read and stored at once: what an interrupted run loses at most."""
_DECODER: msgspec.msgpack.Decoder[Summary] = msgspec.msgpack.Decoder(Summary)
_ENCODE = msgspec.msgpack.Encoder().encode


if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess


class Summaries(Mapping[str, Summary]):
    """The summary of each file of a tree, made or read when it is asked for.

    One that cannot be read says so in `broken`. To iterate reads all.
    """

    def __init__(self, root: Path, files: dict[str, Entry], ready: dict[str, Summary]) -> None:
        """`files` are Python files, and others with tests; `ready` are summaries that exist already."""
        self._root = root
        self._files = files
        self._summaries = dict(ready)
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
        if path not in self._summaries:
            self.fetch([path])
        return self._summaries[path]

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

    def mentioning(self, texts: Iterable[str]) -> Iterator[tuple[str, Summary]]:
        """The summaries of all files that hold one of these texts, and maybe of more.

        To look into what is stored as it lies there takes a fifth of the time to unpack it.
        """
        needles = [text.encode("utf-8", "surrogatepass") for text in texts]
        packed = self._packed_by_path()
        hits = {path for path, data in packed.items() if any(n in data for n in needles)}
        paths = [p for p in self._files if p in hits or p in self._summaries or p not in packed]
        self.fetch(paths)
        yield from ((path, self._summaries[path]) for path in paths)

    def _packed_by_path(self) -> dict[str, bytes]:
        keys = {p: _key(p, e.sha) for p, e in self._files.items() if e.mode != SYMLINK}
        if not self._packed:
            unread = {key for path, key in keys.items() if path not in self._summaries}
            self._packed = self._store.packed(unread)
        return {path: self._packed[key] for path, key in keys.items() if key in self._packed}

    def fetch(self, paths: Iterable[str]) -> None:
        """Read, or make, the summaries of these files at once."""
        files = {p: self._files[p] for p in paths if p in self._files and p not in self._summaries}
        if not files:
            return
        keys = {p: _key(p, e.sha) for p, e in files.items() if e.mode != SYMLINK}
        stored = self._store.read({key for key in keys.values() if key})
        if len(stored) > _WORTH_NOTING:
            self._store.note_read(stored)
        fresh = self._make({p: files[p] for p, key in keys.items() if key not in stored})
        for path in files:
            key = keys.get(path, "") or path
            self._summaries[path] = stored.get(key) or fresh.get(key) or _UNREADABLE

    def _make(self, files: dict[str, Entry]) -> dict[str, Summary]:
        """Summarize files, equal ones once, and store what comes out.

        By the keys of their blobs; files that only the disk has are there by their paths.
        """
        chosen = {_key(path, entry.sha) or path: path for path, entry in files.items()}
        paths = list(chosen.values())
        summaries: dict[str, Summary] = {}
        progress = Progress("read", len(paths))
        with _summarizer(len(paths)) as summarize_all:
            for start in range(0, len(paths), _AT_ONCE):
                some = {path: files[path] for path in paths[start : start + _AT_ONCE]}
                summaries.update(self._make_some(some, summarize_all))
                progress.at(start + len(some))
        progress.end()
        return {key: summaries[path] for key, path in chosen.items() if path in summaries}

    def _make_some(self, files: dict[str, Entry], summarize_all: _Summarizer) -> dict[str, Summary]:
        """Summarize so many files as are read at once; what was stored stays if the next ones are not."""
        sources = contents(self._root, files)
        read = [_Source(source, is_python(path)) for path, source in sources.items()]
        packed = dict(zip(sources, summarize_all(read), strict=True))
        self._store.write_packed(
            {_key(p, files[p].sha or blob_sha(sources[p])): data for p, data in packed.items()}
        )
        return {path: _DECODER.decode(data) for path, data in packed.items()}


def _key(path: str, sha: str) -> str:
    """Under what the summary of a blob is stored: a text may hold the bytes of a Python file."""
    return sha if not sha or is_python(path) else f"{sha}.text"


class _Source(NamedTuple):
    """The content of a file, and whether it is Python."""

    content: bytes
    python: bool

    def summary(self) -> Summary:
        return summarize(self.content) if self.python else summarize_text(self.content)


_Summarizer = Callable[["list[_Source]"], "list[bytes]"]


@contextlib.contextmanager
def _summarizer(files: int) -> Iterator[_Summarizer]:
    """What summarizes many files: several processes where there are enough files for that."""
    workers = min(4, os.cpu_count() or 1)
    if files < _WORTH_A_PROCESS or workers == 1:
        yield _summarize_batch
        return
    from concurrent.futures import ProcessPoolExecutor  # late: it costs what a warm run takes

    with ProcessPoolExecutor(workers, initializer=_start_worker) as pool:

        def summarize_all(sources: list[_Source]) -> list[bytes]:
            size = -(-len(sources) // (workers * 4)) or 1
            batches = [sources[start : start + size] for start in range(0, len(sources), size)]
            return [data for batch in pool.map(_summarize_batch, batches) for data in batch]

        yield summarize_all


def _start_worker() -> None:
    """Leave Ctrl-C to the process that waits for this one, and end with it, however it ends."""
    from multiprocessing import parent_process  # late, as the pool

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)


def _summarize_batch(sources: list[_Source]) -> list[bytes]:
    return [_ENCODE(source.summary()) for source in sources]
