"""Applies codemods to the files that have to be parsed, in this process or in several."""

from __future__ import annotations

import gc
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from gardener.codemod.candidates import candidates
from gardener.codemod.discovery import discover
from gardener.codemod.engine import mend
from gardener.codemod.model import Codemod
from gardener.codemod.project import TEXTS, Project
from gardener.codemod.vendored import VENDORED, folder_of_others
from gardener.worker import end_with_parent

from .clean_cache import Told
from .codemod_settings import load
from .find_files import PendingFile

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor

    from gardener.codemod.model import Mended

PARALLEL_FROM = 150
"""Number of files to parse from which further processes are worth starting."""

CHUNK = 20
"""Number of files that a process takes at once."""

MOST_WORKERS = 8

NEW_OBJECTS = 1_000_000
"""Objects that are made before dead cycles among them are sought: a tree is one object in a hundred
thousand, and nearly all of it goes without that."""


class Outcome(NamedTuple):
    """What codemods made of one file: None if none of them may change it, or why they cannot."""

    path: str
    mended: Mended | None
    problem: str = ""

    @property
    def told(self) -> Told:
        """What there is to say of the file and to change in it, as plain values."""
        mended = self.mended
        if mended is None:
            return (), self.problem, (), None
        notes = tuple((name, *note) for name, note in mended.remarks)
        return notes, "", mended.codemods, _change(mended)

    @property
    def is_change(self) -> bool:
        """Whether there is something to write."""
        return self.mended is not None and self.mended.after != self.mended.before

    @property
    def is_silent(self) -> bool:
        """Whether there is nothing to write and nothing to say."""
        if self.problem:
            return False
        mended = self.mended
        return mended is None or (mended.after == mended.before and not mended.remarks)


def _change(mended: Mended) -> tuple[bytes, int, int, bytes] | None:
    """The digest of the bytes before, the part that changes, and what comes in its place."""
    before, after = mended.before, mended.after
    if before == after:
        return None
    old, new = before.split(b"\n"), after.split(b"\n")
    start = min(_same_bytes(old, new), len(before), len(after))
    most = min(len(before), len(after)) - start
    same = min(_same_bytes(old[::-1], new[::-1]), most)
    return _digest(before), start, len(before) - same, after[start : len(after) - same]


def _same_bytes(lines: Sequence[bytes], old_lines: Sequence[bytes]) -> int:
    """How many bytes the lines have that two texts begin with (or end with)."""
    count = 0
    for line, old_line in zip(lines, old_lines, strict=False):
        if line != old_line:
            break
        count += len(line) + 1
    return count


def _digest(source: bytes) -> bytes:
    import hashlib

    return hashlib.sha256(source).digest()


def remembered(path: str, told: Told) -> Outcome | None:
    """The outcome of an earlier run for a file; None if its bytes are not those it had then."""
    from gardener.codemod.file_text import Remark
    from gardener.codemod.model import Mended

    notes, problem, codemods, change = told
    if problem:
        return Outcome(path, None, problem)
    remarks = tuple((name, Remark(line, text, alike)) for name, line, text, alike in notes)
    if change is None:
        return Outcome(path, Mended(b"", b"", codemods, remarks))
    digest, start, stop, text = change
    try:
        before = Path(path).read_bytes()
    except OSError:
        return None
    if _digest(before) != digest:
        return None
    after = before[:start] + text + before[stop:]
    return Outcome(path, Mended(before, after, codemods, remarks))


def apply_to_files(
    pending: Sequence[PendingFile], codemods: Sequence[Codemod], project: Project
) -> Iterator[Outcome]:
    """The outcome of each file, in their order."""
    gc.set_threshold(NEW_OBJECTS)
    workers = min(os.cpu_count() or 1, MOST_WORKERS)
    show_progress = _progress(len(pending))
    if len(pending) < PARALLEL_FROM or workers < 2:
        for number, file in enumerate(pending):
            show_progress(number)
            yield _apply_to_file(file, codemods, project)
    else:
        for number, outcomes in enumerate(_in_processes(pending, codemods, project, workers)):
            show_progress(number * CHUNK)
            yield from outcomes
    show_progress(-1)


def apply_to_source(
    source: bytes, name: str, codemods: Sequence[Codemod], project: Project
) -> Mended | None:
    """What codemods make of the bytes of a file; None if none of them may change it.

    Raises:
        gardener.codemod.file_text.Unparsable: it is no Python that this interpreter knows.
    """
    if name.endswith(".ipynb"):
        from gardener.codemod.notebook import mend_notebook

        def apply_to_cell(cell: bytes) -> Mended:
            return mend(cell, name, candidates(cell, name, codemods, project), project)

        return mend_notebook(source, apply_to_cell)
    chosen = candidates(source, name, codemods, project)
    return mend(source, name, chosen, project) if chosen else None


def _apply_to_file(file: PendingFile, codemods: Sequence[Codemod], project: Project) -> Outcome:
    from gardener.codemod.file_text import Unparsable

    try:
        folder = folder_of_others(project, file.name)
        if folder:
            return Outcome(file.path, _left_to_others(folder))
        with open(file.path, "rb") as opened:  # noqa: PTH123 - quicker
            source = opened.read()
        possible = [codemod for codemod in codemods if codemod.name not in file.ruled_out]
        return Outcome(file.path, apply_to_source(source, file.name, possible, project))
    except OSError as error:
        return Outcome(file.path, None, f"cannot be read: {error.strerror}")
    except Unparsable as error:
        return Outcome(file.path, None, str(error))
    except RecursionError:
        return Outcome(file.path, None, "is nested too deeply")


def _left_to_others(folder: str) -> Mended:
    from gardener.codemod.file_text import Remark
    from gardener.codemod.model import Mended

    return Mended(b"", b"", (), ((VENDORED, Remark(1, f"left alone in {folder}")),))


# --- in several processes -------------------------------------------------------------------


class _WorkerSettings(NamedTuple):
    """What a process needs to do the same as this one: plain values, which can be sent."""

    root: Path
    codemods: tuple[str, ...]
    unsafe: bool
    reports: tuple[Path, ...]
    treated: int
    searched: dict[str, list[str]]


def _in_processes(
    pending: Sequence[PendingFile], codemods: Sequence[Codemod], project: Project, workers: int
) -> Iterator[list[Outcome]]:
    for texts in TEXTS:
        project.containing(texts[0])  # searched once here, not in each process
    chunks = [pending[start : start + CHUNK] for start in range(0, len(pending), CHUNK)]
    with _pool(codemods, project, workers) as pool:
        yield from pool.map(_apply_to_chunk, chunks)


def _pool(codemods: Sequence[Codemod], project: Project, workers: int) -> ProcessPoolExecutor:
    """Processes that know what this one knows; they begin as copies of it where that is safe."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    if sys.platform == "linux" and threading.active_count() == 1:
        import gardener.codemod.together  # noqa: F401 - once, before there are copies

        project.is_narrowed = True
        _WORKER[:] = [(list(codemods), project)]
        return ProcessPoolExecutor(
            workers, mp_context=get_context("fork"), initializer=end_with_parent
        )
    settings = _WorkerSettings(
        project.root,
        tuple(codemod.name for codemod in codemods),
        project.unsafe,
        project.reports,
        project.treated,
        project.searched,
    )
    return ProcessPoolExecutor(
        workers,
        mp_context=get_context("spawn"),
        initializer=_start_worker,
        initargs=(settings,),
    )


_WORKER: list[tuple[list[Codemod], Project]] = []


def _start_worker(settings: _WorkerSettings) -> None:
    end_with_parent()
    gc.set_threshold(NEW_OBJECTS)
    config = load(settings.root)
    codemods = discover(config)
    project = Project(settings.root, config, unsafe=settings.unsafe, reports=settings.reports)
    project.treated = settings.treated
    project.is_narrowed = True
    for text, files in settings.searched.items():
        project.remember_containing(text, files)
    _WORKER[:] = [([codemods[name] for name in settings.codemods], project)]


def _apply_to_chunk(chunk: Sequence[PendingFile]) -> list[Outcome]:
    codemods, project = _WORKER[0]
    return [_apply_to_file(file, codemods, project) for file in chunk]


def _progress(total: int) -> Callable[[int], None]:
    """Shows on a terminal how many files are done; -1 takes it away."""
    if total < PARALLEL_FROM or not sys.stderr.isatty():
        return lambda _done: None

    def show(done: int) -> None:
        text = f"\r{done} of {total} files" if done >= 0 else "\r" + " " * 30 + "\r"
        click.echo(text, nl=False, err=True)

    return show
