"""Finds the files that a codemod has a reason to parse: a listing, a record, needles in bytes.

Nothing here is imported that costs more than the work itself: a hook with nothing to mend
gets no further than this.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from gardener import __version__
from gardener.codemod.engine import Codemod, candidates
from gardener.codemod.project import Project
from gardener.config import Config
from gardener.errors import GitError

from . import clean_cache

PARSED_AT_MOST = 400_000
"""Bytes of files given by name that are parsed only to tell that they do not parse."""

REMEMBERED_FROM = 50
"""Number of files from which the record of clean files is worth reading."""

KEPT_AT_MOST = 96_000_000
"""Bytes of files kept for a second look; what is beyond is read once more."""

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)

KINDS = ("*.py", "*.pyi", "*.ipynb")


class Wrong(NamedTuple):
    """A file that could not be treated, and why, as the rest of a sentence."""

    path: str
    why: str


class Sifted(NamedTuple):
    """What is left to do.

    `pending` are the files that have to be parsed, each with its name in the repository;
    `wrong` are files given by name that cannot be treated. `record` is to be told how the
    pending ones came out, if there are so many files that one is kept.
    """

    pending: tuple[tuple[str, str], ...] = ()
    wrong: tuple[Wrong, ...] = ()
    record: clean_cache.Record | None = None


class Inputs(NamedTuple):
    """The files to treat as the user spells them; `given` if by name, not listed by git."""

    paths: tuple[str, ...]
    given: bool
    wrong: tuple[Wrong, ...] = ()


# --- which files ----------------------------------------------------------------------------


def inputs(paths: Sequence[str], root: Path) -> Inputs:
    """The files given, those in folders given, or all that git knows here.

    Raises:
        GitError: git cannot list them.
    """
    if not paths:
        return Inputs(tuple(_tracked(root, root)), False)
    top = os.path.realpath(root)
    found: list[str] = []
    wrong: list[Wrong] = []
    for path in paths:
        if os.path.isdir(path):  # noqa: PTH112 - the no-op path stays free of Path's cost
            found += _tracked(root, Path(path))
        elif not os.path.realpath(path).startswith(top + os.sep):
            wrong.append(Wrong(path, "is outside of the repository, left alone"))
        else:
            found.append(path)
    return Inputs(tuple(dict.fromkeys(found)), True, tuple(wrong))


def _tracked(root: Path, folder: Path) -> Iterator[str]:
    from gardener.git import git

    try:
        listed = git("ls-files", "-z", "-s", "--", *KINDS, root=folder)
    except GitError:
        if (root / ".git").exists():
            raise
        yield from (os.path.relpath(p) for p in sorted(folder.rglob("*.py")))
        return
    at_home = os.path.realpath(folder) == os.getcwd()  # noqa: PTH109
    top = os.path.realpath(root) + os.sep
    before = ""
    for entry in os.fsdecode(listed).split("\0"):
        head, _, name = entry.partition("\t")
        if not name or name == before:
            continue  # an unmerged file is listed several times
        before = name
        path = name if at_home else os.path.relpath(os.path.join(folder, name))  # noqa: PTH118
        if head.startswith("12") and not os.path.realpath(path).startswith(top):
            continue
        yield path


# --- the sieve ------------------------------------------------------------------------------


def sift(found: Inputs, codemods: Sequence[Codemod], project: Project) -> Sifted:
    """The files that have to be parsed; remembers those that held nothing to mend."""
    return _Sieve(found, codemods, project).sifted()


class _Sieve:
    def __init__(self, found: Inputs, codemods: Sequence[Codemod], project: Project) -> None:
        self.paths = found.paths
        self.given = found.given
        self.codemods = codemods
        self.project = project
        project.treated = len(found.paths)
        self.wrong = list(found.wrong)
        # What other files say decides on some files: a part of them is not remembered.
        many = len(found.paths) >= REMEMBERED_FROM
        self.whole = many and not found.given and not project.reports
        self.late = [c for c in codemods if c.traces and self.whole]
        self.traces = sorted({trace for c in self.late for trace in c.traces})
        self.traced: dict[str, tuple[bytes, ...]] = {}
        self.pending: list[str] = []
        self.kept: dict[str, bytes | None] = {}
        self.compiled = 0
        self.excluded = _excluded(project.config)
        self.at_home = os.getcwd() == os.path.realpath(project.root)  # noqa: PTH109

    def sifted(self) -> Sifted:
        record = None
        if self.whole:
            record = clean_cache.Record(self.project.root, _key(self.codemods, self.project))
            record.compare(self.paths)
            if record.unchanged(self.project):
                self._share(record)
                self.pending = [path for path in self.paths if path in record.noted]
                return self._result(record)
        known = record.clean if record is not None else {}
        fresh = [path for path in self.paths if path not in known]
        self._read(fresh, record)
        if record is not None:
            if known and record.traced != self._all_traced(record):
                # Another module deprecates something now: every file may have to change.
                old = [path for path in self.paths if path in known]
                record.clean = {}
                self._read(old, record)
            record.traced = self._all_traced(record)
            self._share(record)
        self._second_look(record)
        if record is not None and (fresh or record.shrunk):
            record.save(dict.fromkeys(self.pending))
        return self._result(record)

    def _result(self, record: clean_cache.Record | None) -> Sifted:
        names = tuple((path, self._name(path)) for path in self.pending)
        return Sifted(names, tuple(self.wrong), record)

    def _all_traced(self, record: clean_cache.Record) -> dict[str, tuple[bytes, ...]]:
        kept = {path: t for path, t in record.traced.items() if path in record.clean}
        return {**kept, **self.traced}

    def _share(self, record: clean_cache.Record) -> None:
        for trace in self.traces:
            holding = sorted(self._name(p) for p, found in record.traced.items() if trace in found)
            self.project.remember_containing(trace.decode(), holding)

    def _name(self, path: str) -> str:
        return path if self.at_home and not self.given else self.project.name_of(path)

    def _read(self, paths: Iterable[str], record: clean_cache.Record | None) -> None:
        """The first look: at the bytes alone."""
        early = [c for c in self.codemods if c not in self.late]
        needles = tuple({n for c in early for n in c.needles(self.project)})
        traces, excluded, kept, size = self.traces, self.excluded, self.kept, 0
        for path in paths:
            try:
                data, state = _contents(path)
            except OSError as error:
                if self.given:
                    self.wrong.append(Wrong(path, f"cannot be read: {error.strerror}"))
                continue
            if excluded is not None and excluded(self._name(path)):
                continue
            if record is not None:
                record.states[path] = state
            for trace in traces:
                if trace in data:
                    self.traced[path] = (*self.traced.get(path, ()), trace)
            for needle in needles:
                if needle in data and self._wanted(path, data, early):
                    self.pending.append(path)
                    break
            else:
                size += len(data)
                kept[path] = data if size < KEPT_AT_MOST and self.late else None
                if self.given:
                    self._tell_unparsable(path, data)

    def _wanted(self, path: str, data: bytes, codemods: Sequence[Codemod]) -> bool:
        name = self._name(path)
        return bool(candidates(data, name, codemods, self.project)) and not _generated(data, name)

    def _second_look(self, record: clean_cache.Record | None) -> None:
        """Codemods whose needles are known only when the traces of all files are."""
        needles = {n for c in self.late for n in c.needles(self.project)} if self.kept else set()
        holds = _holds_one(needles)
        for path, held in self.kept.items():
            if needles:
                data = held if held is not None else _contents(path)[0]
                if holds(data) and self._wanted(path, data, self.late):
                    self.pending.append(path)
                    continue
            if record is not None:
                record.clean[path] = record.states[path]

    def _tell_unparsable(self, path: str, data: bytes) -> None:
        self.compiled += len(data)
        if self.compiled > PARSED_AT_MOST or not path.endswith((".py", ".pyi")):
            return
        import warnings

        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                compile(data, path, "exec", 0x400, dont_inherit=True)  # ast.PyCF_ONLY_AST
        except SyntaxError as error:
            place = f"line {error.lineno}: " if error.lineno else ""
            self.wrong.append(Wrong(path, f"does not parse: {place}{error.msg}; left alone"))
        except (ValueError, RecursionError, MemoryError) as error:
            self.wrong.append(Wrong(path, f"does not parse: {error}; left alone"))


def _holds_one(needles: Iterable[bytes]) -> Callable[[bytes], object]:
    """A test whether bytes hold one of many needles: one search instead of one for each."""
    import re

    return re.compile(b"|".join(re.escape(needle) for needle in sorted(needles))).search


def _contents(path: str) -> tuple[bytes, clean_cache.State]:
    """The bytes of a file, and what tells that it is still the same: four system calls."""
    handle = os.open(path, _FLAGS)
    try:
        found = os.fstat(handle)
        data = os.read(handle, found.st_size + 1)
        if len(data) != found.st_size:  # it grows, or a very large one comes in parts
            while more := os.read(handle, 1 << 24):
                data += more
        if not stat.S_ISREG(found.st_mode):
            raise OSError(0, "is not a regular file")
    finally:
        os.close(handle)
    return data, clean_cache.state_of(found)


def _excluded(config: Config) -> Callable[[str], bool] | None:
    """A test whether a name is excluded by the configuration."""
    globs = config.codemods.exclude
    if not globs:
        return None
    from fnmatch import fnmatch

    def test(name: str) -> bool:
        return any(fnmatch(name, glob) or fnmatch(name, f"{glob.rstrip('/')}/*") for glob in globs)

    return test


def _generated(data: bytes, name: str) -> bool:
    """Whether a file says in its head that a program wrote it."""
    head = data[:600].lower()
    if name.endswith(("_pb2.py", "_pb2_grpc.py", "_pb2.pyi")) or b"@generated" in head:
        return True
    return b"do not edit" in head and b"generated" in head


def _key(codemods: Sequence[Codemod], project: Project) -> str:
    """What the verdict "clean" depends on beside the files themselves."""
    parts = [__version__, sys.version, os.getcwd()]  # noqa: PTH109
    parts += [repr(project.config.codemods), repr(project.unsafe)]
    for codemod in codemods:
        changed = os.stat(codemod.file).st_mtime_ns if codemod.file else 0  # noqa: PTH116
        parts.append(f"{codemod.name} {codemod.origin} {changed}")
    return "\n".join(parts)
