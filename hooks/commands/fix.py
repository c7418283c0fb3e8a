"""The command `gardener fix`: codemods over files, written whole or not at all."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gardener.codemod.discovery import choose, discover
from gardener.codemod.engine import Codemod, candidates, mend
from gardener.codemod.project import TEXTS, Project
from gardener.config import load
from gardener.errors import CLEAN, FOUND, USAGE, GardenerError, GitError
from gardener.git import find_root

from ..fix.find_files import Wrong, inputs, sift

if TYPE_CHECKING:
    from gardener.codemod.engine import Mended

PARALLEL_FROM = 150
"""Number of files to parse from which further processes are worth starting."""


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--only", multiple=True, metavar="NAME", help="Run only this codemod.")
@click.option("--skip", multiple=True, metavar="NAME", help="Do not run this codemod.")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if a file would change.")
@click.option("--diff", is_flag=True, help="Write nothing; print a diff for `git apply`.")
@click.option("--unsafe", is_flag=True, help="Allow changes of behaviour (aware datetimes).")
@click.option(
    "--from-report",
    "reports",
    multiple=True,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Take rules for imports from the deprecation warnings of a run.",
)
@click.option(
    "--format",
    "layout",
    type=click.Choice(["text", "concise", "json", "github"]),
    default="text",
    help="How to tell what was changed and what is left to you.",
)
@click.option("--list-rules", is_flag=True, help="Show every rule for imports, and who told it.")
@click.option("--stdin-filename", default="", metavar="NAME", help="Name of what `-` reads.")
@click.option("--color/--no-color", default=None, help="Colour the diff (default: on a terminal).")
def fix(
    paths: tuple[str, ...],
    only: tuple[str, ...],
    skip: tuple[str, ...],
    check: bool,
    diff: bool,
    unsafe: bool,
    reports: tuple[Path, ...],
    layout: str,
    list_rules: bool,
    stdin_filename: str,
    color: bool | None,
) -> int:
    """Repair what is mechanical: deprecated imports, utcnow, Pydantic class Config.

    Without PATHs, all Python files that git knows; `-` reads from standard input. Exit
    code 1: something was changed, or needs a human; 2: a file could not be read or parsed.
    """
    root = _root(paths)
    config = load(root)
    codemods = choose(discover(config), only, (*skip, *config.codemods.skip), unsafe)
    project = Project(root, config, unsafe=unsafe, reports=reports)
    if list_rules:
        return _list_rules(codemods, project)
    if "-" in paths:
        if len(paths) > 1:
            raise GardenerError("`-` stands alone: give either standard input or files.")
        return _standard_input(stdin_filename or "stdin.py", codemods, project, check, diff)
    telling = _telling(layout, diff, check, root, color)
    found = inputs(paths, root)
    sifted = sift(found, codemods, project)
    wrong = list(sifted.wrong)
    silent: list[str] = []
    for path, mended, why in _all_mended(sifted.pending, codemods, project):
        if why:
            if found.given:
                wrong.append(Wrong(path, f"{why}; left alone"))
            else:
                click.echo(f"{path}: {why}; left alone", err=True)
            continue
        if mended is None or (mended.after == mended.before and not mended.remarks):
            silent.append(path)
            continue
        if mended.after != mended.before and not check and not diff:
            from ..fix.write import write

            failed = write(path, mended.after)
            if failed:
                wrong.append(Wrong(path, failed))
                continue
        telling.file(path, mended)
    telling.end(wrong)
    if sifted.record is not None:
        sifted.record.conclude([path for path, _ in sifted.pending], silent, project)
    if wrong and found.given:
        return USAGE
    return FOUND if telling.changed or telling.remarks else CLEAN


class _Quiet:
    """Nothing to tell yet: the no-op path needs no more than this."""

    def __init__(self, layout: str, diff: bool, dry: bool, root: Path, color: bool | None) -> None:
        self.layout, self.diff, self.dry, self.root, self.color = layout, diff, dry, root, color
        self.real: object = None
        self.changed = 0
        self.remarks = 0

    def file(self, path: str, mended: Mended) -> None:
        from ..fix.output import Telling

        if not isinstance(self.real, Telling):
            self.real = Telling(self.layout, self.diff, self.dry, self.root, self.color)
        self.real.file(path, mended)
        self.changed, self.remarks = self.real.changed, self.real.remarks

    def end(self, wrong: Sequence[Wrong]) -> None:
        for bad in wrong:
            click.echo(f"{bad.path}: {bad.why}", err=True)
        if self.real is not None or self.layout == "json":
            from ..fix.output import Telling

            if not isinstance(self.real, Telling):
                self.real = Telling(self.layout, self.diff, self.dry, self.root, self.color)
            self.real.end(wrong)


def _telling(layout: str, diff: bool, check: bool, root: Path, color: bool | None) -> _Quiet:
    return _Quiet(layout, diff, diff or check, root, color)


def _list_rules(codemods: Sequence[Codemod], project: Project) -> int:
    for codemod in codemods:
        for line in codemod.rules(project) if codemod.rules else ():
            click.echo(f"{codemod.name}: {line}")
    return CLEAN


def _standard_input(
    name: str, codemods: Sequence[Codemod], project: Project, check: bool, diff: bool
) -> int:
    """Mend what comes in, and print it; what does not parse comes out as it was."""
    from gardener.codemod.source import Unparsable

    data = sys.stdin.buffer.read()
    path = project.name_of(name)
    try:
        mended = _mended(data, path, codemods, project)
    except Unparsable as error:
        if not check and not diff:
            sys.stdout.buffer.write(data)
        click.echo(f"{name}: {error}; left alone", err=True)
        return USAGE
    for codemod, remark in mended.remarks if mended else ():
        click.echo(f"{name}:{remark.line}: {codemod}: {remark.message}", err=True)
    after = mended.after if mended else data
    if diff and after != data:
        from ..fix.write import unified

        sys.stdout.buffer.write(unified(name, data, after))
    elif not check and not diff:
        sys.stdout.buffer.write(after)
    sys.stdout.buffer.flush()
    return FOUND if mended and (after != data or mended.remarks) else CLEAN


def _root(paths: Sequence[str]) -> Path:
    """The repository of the current directory; outside of one, that directory if files are given."""
    try:
        return find_root()
    except GitError:
        if not paths:
            raise
        return Path.cwd()


# --- mending, in this process or in several -------------------------------------------------

Outcome = tuple[str, "Mended | None", str]


def _all_mended(
    pending: Sequence[tuple[str, str]], codemods: Sequence[Codemod], project: Project
) -> Iterator[Outcome]:
    workers = min(os.cpu_count() or 1, 8)
    progress = _progress(len(pending))
    if len(pending) < PARALLEL_FROM or workers < 2:
        for number, (path, name) in enumerate(pending):
            progress(number)
            yield _one(path, name, codemods, project)
        progress(-1)
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    settings = (str(project.root), [c.name for c in codemods], project.unsafe, project.reports)
    project.containing(TEXTS[0])
    chunks = [pending[n : n + 20] for n in range(0, len(pending), 20)]
    context = get_context("spawn")
    with ProcessPoolExecutor(
        workers,
        mp_context=context,
        initializer=_start_worker,
        initargs=(settings, project.treated, project.searched),
    ) as pool:
        for number, outcomes in enumerate(pool.map(_chunk, chunks)):
            progress(number * 20)
            yield from outcomes
    progress(-1)


_WORKER: list[tuple[list[Codemod], Project]] = []


def _start_worker(
    settings: tuple[str, list[str], bool, tuple[Path, ...]],
    treated: int,
    searched: dict[str, list[str]],
) -> None:
    root, names, unsafe, reports = settings
    config = load(Path(root))
    known = discover(config)
    project = Project(Path(root), config, unsafe=unsafe, reports=reports)
    project.treated = treated
    for text, holding in searched.items():
        project.remember_containing(text, holding)
    _WORKER[:] = [([known[name] for name in names], project)]


def _chunk(chunk: list[tuple[str, str]]) -> list[Outcome]:
    codemods, project = _WORKER[0]
    return [_one(path, name, codemods, project) for path, name in chunk]


def _one(path: str, name: str, codemods: Sequence[Codemod], project: Project) -> Outcome:
    from gardener.codemod.source import Unparsable

    try:
        with open(path, "rb") as file:  # noqa: PTH123
            data = file.read()
        return path, _mended(data, name, codemods, project), ""
    except OSError as error:
        return path, None, f"cannot be read: {error.strerror}"
    except Unparsable as error:
        return path, None, str(error)
    except RecursionError:
        return path, None, "is nested too deeply"


def _mended(data: bytes, name: str, codemods: Sequence[Codemod], project: Project) -> Mended | None:
    if name.endswith(".ipynb"):
        from gardener.codemod.notebook import mend_notebook

        def cell(text: bytes) -> Mended:
            return mend(text, name, candidates(text, name, codemods, project), project)

        return mend_notebook(data, cell)
    chosen = candidates(data, name, codemods, project)
    return mend(data, name, chosen, project) if chosen else None


def _progress(total: int) -> Callable[[int], None]:
    if total < PARALLEL_FROM or not sys.stderr.isatty():
        return lambda _done: None

    def show(done: int) -> None:
        text = f"\r{done} of {total} files" if done >= 0 else "\r" + " " * 30 + "\r"
        click.echo(text, nl=False, err=True)

    return show
