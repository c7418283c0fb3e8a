"""Finds the files that a codemod has a reason to parse: a listing, a cache, needles in bytes.

Nothing here is imported that costs more than the work itself: a hook with nothing to change
gets no further than this.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from gardener import __version__
from gardener.codemod.candidates import candidates
from gardener.codemod.model import Codemod
from gardener.codemod.project import Project
from gardener.paths import matches

from .clean_cache import CleanCache, FileState, FileStates, Told, Traces, state_of
from .codemod_settings import values_of
from .git_search import WORTH_FROM, any_of, files_with, shape_of
from .inputs import FILE_PATTERNS, Inputs, Problem, list_inputs

REMEMBERED_FROM = 50
"""Number of files from which the cache of clean files is worth reading."""

KEPT_AT_MOST = 96_000_000
"""Bytes of files kept for a second look; what is beyond is read once more."""

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class PendingFile(NamedTuple):
    """A file that has to be parsed: as the user spells it, and its name in the repository.

    `ruled_out` are codemods that have nothing to do in it.
    """

    path: str
    name: str
    ruled_out: tuple[str, ...] = ()


class Candidates(NamedTuple):
    """What is left to do.

    `pending` are the files that have to be parsed; `problems` are files given by name that
    cannot be treated. `cache` is to be told how the pending ones came out, if there are so
    many files that one is kept. `told` is what an earlier run said of files that are what they were.
    """

    pending: tuple[PendingFile, ...] = ()
    problems: tuple[Problem, ...] = ()
    cache: CleanCache | None = None
    told: tuple[tuple[PendingFile, Told], ...] = ()


# --- which of them a codemod may change -----------------------------------------------------


def find(
    paths: Sequence[str], codemods: Sequence[Codemod], project: Project
) -> tuple[Inputs, Candidates]:
    """The files to treat, and those that have to be parsed; sought once for a project.

    Raises:
        GitError: git cannot list the files.
    """

    def search() -> tuple[Inputs, Candidates]:
        inputs = list_inputs(paths, project.root)
        return inputs, find_candidates(inputs, codemods, project)

    request = (tuple(paths), tuple(codemod.name for codemod in codemods))
    return project.memo(f"candidates of {request!r}", search)


def find_candidates(inputs: Inputs, codemods: Sequence[Codemod], project: Project) -> Candidates:
    """The files that have to be parsed; remembers those that hold nothing to change."""
    return _Search(inputs, codemods, project).run()


class _Search:
    """One search through the bytes of all inputs.

    Codemods that have `traces` are asked late, where all files are treated: their needles
    are known only when the first look has found which files hold a trace.
    """

    def __init__(self, inputs: Inputs, codemods: Sequence[Codemod], project: Project) -> None:
        self.paths = inputs.paths
        self.by_name = inputs.by_name
        self.codemods = codemods
        self.project = project
        project.treated = len(inputs.paths)
        self.problems = list(inputs.problems)
        # What other files say decides on some files: a part of them is not remembered.
        many = len(inputs.paths) >= REMEMBERED_FROM
        self.use_cache = many and not inputs.by_name and not project.reports
        self.late = [c for c in codemods if c.traces and self.use_cache]
        self.early = [c for c in codemods if c not in self.late]
        self.sought_traces = sorted({trace for c in self.late for trace in c.traces})
        self.traces: Traces = {}
        self.pending: dict[str, tuple[str, ...]] = {}
        self.told: tuple[tuple[str, Told], ...] = ()
        self.second_look: dict[str, bytes | None] = {}
        self.globs = project.config.codemods.exclude
        self.at_home = os.getcwd() == os.path.realpath(project.root)  # noqa: PTH109 - quicker

    def run(self) -> Candidates:
        """Look at all files, by the cache where there is one."""
        if not self.use_cache:
            self._first_look(self.paths, None)
            self._second_look(None)
            return self._candidates(None)
        cache = CleanCache(self.project.root, _key(self.codemods, self.project))
        cache.compare(self.paths)
        if cache.nothing_changed(self.project):
            self._share_traces(cache)
            noted = [path for path in self.paths if path in cache.noted]
            self.pending = {path: () for path in noted if path not in cache.told}
            self.told = tuple((path, cache.told[path]) for path in noted if path in cache.told)
        else:
            self._look_at_changed(cache)
        return self._candidates(cache)

    def _look_at_changed(self, cache: CleanCache) -> None:
        clean = cache.clean
        changed = [path for path in self.paths if path not in clean]
        self._first_look(changed, cache)
        if clean and cache.traces != self._all_traces(cache):
            # Another module deprecates something now: every file may have to change.
            rest = [path for path in self.paths if path in clean]
            cache.clean = {}
            self._first_look(rest, cache)
        cache.traces = self._all_traces(cache)
        self._share_traces(cache)
        self._second_look(cache)
        if changed or cache.has_shrunk:
            cache.save(self.pending)

    def _candidates(self, cache: CleanCache | None) -> Candidates:
        # Those of the second look come last.
        paths = self.paths if len(self.pending) > 1 else self.pending
        pending = tuple(
            PendingFile(path, self._name(path), self.pending[path])
            for path in paths
            if path in self.pending
        )
        known_outcomes = tuple((PendingFile(path, self._name(path)), t) for path, t in self.told)
        return Candidates(pending, tuple(self.problems), cache, known_outcomes)

    def _all_traces(self, cache: CleanCache) -> Traces:
        of_clean = {path: traces for path, traces in cache.traces.items() if path in cache.clean}
        return {**of_clean, **self.traces}

    def _share_traces(self, cache: CleanCache) -> None:
        for trace in self.sought_traces:
            holders = [path for path, traces in cache.traces.items() if trace in traces]
            names = sorted(self._name(path) for path in holders)
            self.project.remember_containing(trace.decode(), names)

    def _name(self, path: str) -> str:
        return path if self.at_home and not self.by_name else self.project.name_of(path)

    def _first_look(self, paths: Iterable[str], cache: CleanCache | None) -> None:
        """Find traces, and the needles of the early codemods, in the bytes of the files."""
        all_needles = {n for c in self.early for n in c.needles(self.project)}
        # What most files hold comes first: then nothing more has to be sought.
        needles = sorted(all_needles, key=lambda needle: needle not in (b"", b"import"))
        size = 0
        paths = list(paths)
        unread = self._without_matches(paths) if cache is not None else {}
        for path in paths:
            if cache is not None and path in unread:
                cache.states[path] = unread[path]
                self.second_look[path] = None
                continue
            try:
                source, state = _contents(path)
            except OSError as error:
                if self.by_name:
                    self.problems.append(Problem(path, f"cannot be read: {error.strerror}"))
                continue
            if cache is not None:
                cache.states[path] = state
            if self.sought_traces:
                self._note_traces(path, source)
            is_near = any(needle in source for needle in needles)
            if is_near and self._is_pending(path, source, self.early, ()):
                continue
            size += len(source)
            self.second_look[path] = source if size < KEPT_AT_MOST and self.late else None

    def _without_matches(self, paths: Sequence[str]) -> FileStates:
        """Files in which git finds nothing of what codemods look for, as they were before it looked."""
        if len(paths) < WORTH_FROM or not self.at_home:
            return {}
        states = {}
        for path in paths:
            try:
                status = os.lstat(path)
            except OSError:
                continue  # reading it says why
            if stat.S_ISREG(status.st_mode):  # git does not follow links
                states[path] = state_of(status)
        shape = shape_of(self.early, self.sought_traces, self.project)
        holders = files_with(shape, FILE_PATTERNS, self.project.root)
        if holders is None:
            return {}
        self.project.is_narrowed = True
        return {path: state for path, state in states.items() if path not in holders}

    def _note_traces(self, path: str, source: bytes) -> None:
        traces = tuple(trace for trace in self.sought_traces if trace in source)
        if traces and not self._is_excluded(path):
            self.traces[path] = traces

    def _is_pending(
        self, path: str, source: bytes, codemods: Sequence[Codemod], ruled_out: Sequence[Codemod]
    ) -> bool:
        """Whether one of some codemods may have to do with a file, for which others are ruled out."""
        name = self._name(path)
        chosen = candidates(source, name, codemods, self.project)
        if not chosen or self._is_excluded(path) or _is_generated(source, name):
            return False
        # The cells of a notebook are looked at once more: in its bytes their text is escaped.
        looked_at = () if name.endswith(".ipynb") else (*ruled_out, *codemods)
        self.pending[path] = tuple(c.name for c in looked_at if c not in chosen)
        return True

    def _is_excluded(self, path: str) -> bool:
        """Asked late: most files hold nothing of interest, and globs cost an import."""
        return self.globs != () and matches(self._name(path), *self.globs)

    def _second_look(self, cache: CleanCache | None) -> None:
        """Find the needles of the late codemods, now that the traces of all files are known."""
        needles = set()
        if self.second_look:
            needles = {n for c in self.late for n in c.needles(self.project)}
        holds_needle = _any_of(needles)
        holders = self._holders_among_unread(needles)
        for path, kept_source in self.second_look.items():
            if needles and (kept_source is not None or holders is None or path in holders):
                source = kept_source if kept_source is not None else _contents(path)[0]
                if holds_needle(source) and self._is_pending(path, source, self.late, self.early):
                    continue
            if cache is not None:
                cache.clean[path] = cache.states[path]

    def _holders_among_unread(self, needles: Iterable[bytes]) -> frozenset[str] | None:
        """Files that hold a needle, as far as git can tell; only unread ones are asked for."""
        unread = sum(source is None for source in self.second_look.values())
        if not needles or unread < WORTH_FROM or not self.at_home or self.by_name:
            return None
        return files_with(any_of(needles), FILE_PATTERNS, self.project.root)


def _any_of(needles: Iterable[bytes]) -> Callable[[bytes], object]:
    """A test whether bytes hold one of many needles: one search instead of one for each."""
    import re

    return re.compile(b"|".join(re.escape(needle) for needle in sorted(needles))).search


def _contents(path: str) -> tuple[bytes, FileState]:
    """The bytes of a file, and what tells that it is still the same: four system calls."""
    handle = os.open(path, _FLAGS)
    try:
        status = os.fstat(handle)
        source = os.read(handle, status.st_size + 1)
        if len(source) != status.st_size:  # it grows, or a very large one comes in parts
            while part := os.read(handle, 1 << 24):
                source += part
        if not stat.S_ISREG(status.st_mode):
            raise OSError(0, "is not a regular file")
    finally:
        os.close(handle)
    return source, state_of(status)


def _is_generated(source: bytes, name: str) -> bool:
    """Whether a file says in its head that a program wrote it."""
    head = source[:600].lower()
    if name.endswith(("_pb2.py", "_pb2_grpc.py", "_pb2.pyi")) or b"@generated" in head:
        return True
    return b"do not edit" in head and b"generated" in head


def _key(codemods: Sequence[Codemod], project: Project) -> str:
    """What the verdict "clean" depends on beside the files themselves."""
    parts = [__version__, sys.version, os.getcwd()]  # noqa: PTH109 - quicker
    parts += [repr(values_of(project.config)), repr(project.unsafe)]
    for codemod in codemods:
        changed = os.stat(codemod.file).st_mtime_ns if codemod.file else 0  # noqa: PTH116 - quicker
        parts.append(f"{codemod.name} {codemod.origin} {changed}")
    return "\n".join(parts)
