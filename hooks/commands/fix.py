"""The command `gardener fix`: codemods over files, written whole or not at all."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click

from gardener.codemod.discovery import choose, discover
from gardener.codemod.model import Codemod
from gardener.codemod.project import Project
from gardener.disarm import path_in_a_line
from gardener.errors import CLEAN, FOUND, USAGE, GardenerError, GitError
from gardener.git import find_root

from ..fix.apply import Outcome, apply_to_files, apply_to_source, remembered
from ..fix.clean_cache import Told
from ..fix.codemod_settings import load
from ..fix.fast_path import take_over
from ..fix.find_files import Candidates, PendingFile, find
from ..fix.inputs import Problem
from ..fix.output import LAYOUTS, OutputOptions, TextOutput


class Request(NamedTuple):
    """What the command line asks for; the names are those of its options."""

    paths: tuple[str, ...]
    only: tuple[str, ...]
    skip: tuple[str, ...]
    check: bool
    diff: bool
    unsafe: bool
    reports: tuple[Path, ...]
    layout: str
    strict: bool
    list_rules: bool
    stdin_filename: str
    color: bool | None

    @property
    def dry(self) -> bool:
        """Whether nothing is written."""
        return self.check or self.diff


class Setup(NamedTuple):
    """The repository, what is known of it, and the codemods to apply."""

    root: Path
    project: Project
    codemods: list[Codemod]


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
    type=click.Choice(list(LAYOUTS)),
    default="text",
    help="How to print what was changed and what is to be fixed by hand.",
)
@click.option("--strict", is_flag=True, help="Exit 1 for places to fix by hand too.")
@click.option("--list-rules", is_flag=True, help="Show every rule for imports and its source.")
@click.option("--stdin-filename", default="", metavar="NAME", help="Name of what `-` reads.")
@click.option("--color/--no-color", default=None, help="Colour the diff (default: on a terminal).")
def fix(**options: Any) -> int:
    """Repair what is mechanical: deprecated imports, utcnow, Pydantic class Config.

    Without PATHs, all Python files that git knows; `-` reads from standard input. Exit
    code 1: something was changed; with --strict also: something is to be fixed by hand. 2: a
    file that was given could not be read or parsed, or one could not be written.
    """
    request = Request(**options)
    setup = prepare(request)
    if request.list_rules:
        return list_rules(setup)
    if "-" in request.paths:
        return fix_standard_input(request, setup)
    return fix_files(request, setup)


def prepare(request: Request) -> Setup:
    """Find the repository and its settings, and choose the codemods.

    Raises:
        GardenerError: there is no repository, or a setting or a codemod's name is wrong.
    """
    root = _root(request.paths)
    config = load(root)
    skip = (*request.skip, *config.codemods.skip)
    codemods = choose(discover(config), request.only, skip, request.unsafe)
    project = None if request.reports else take_over(root, config, unsafe=request.unsafe)
    if project is None:
        project = Project(root, config, unsafe=request.unsafe, reports=request.reports)
    return Setup(root, project, codemods)


def _root(paths: Sequence[str]) -> Path:
    """The repository of the current directory; outside of one, that directory if files are given."""
    try:
        return find_root()
    except GitError:
        if not paths:
            raise
        return Path.cwd()


def list_rules(setup: Setup) -> int:
    """Print the rules of the codemods that have any."""
    for codemod in setup.codemods:
        for line in codemod.rules(setup.project) if codemod.rules else ():
            # What is to be pasted stands alone.
            click.echo(line if line.startswith("#") else f"{codemod.name}: {line}")
    return CLEAN


def fix_files(request: Request, setup: Setup) -> int:
    """Find the files, apply the codemods, write and print what changes; the exit code."""
    inputs, candidates = find(request.paths, setup.codemods, setup.project)
    options = OutputOptions(setup.root, request.diff, request.dry, request.color)
    output = LAYOUTS[request.layout](options)
    problems = list(candidates.problems)
    silent: list[str] = []
    told: dict[str, Told] = {}
    for outcome in _outcomes(candidates, setup):
        reason = _write_and_print(outcome, request.dry, output)
        if reason and outcome.problem and not inputs.by_name:
            click.echo(f"{path_in_a_line(outcome.path)}: {reason}", err=True)
        elif reason:
            problems.append(Problem(outcome.path, reason))
        elif outcome.is_silent:
            silent.append(outcome.path)
        if not outcome.is_silent and (request.dry or not outcome.is_change):
            told[outcome.path] = outcome.told
    for problem in problems:
        click.echo(f"{path_in_a_line(problem.path)}: {problem.reason}", err=True)
    output.end(problems)
    if candidates.cache is not None:
        pending = [file.path for file in candidates.pending]
        candidates.cache.conclude(pending, silent, told, setup.project)
    if problems:
        return USAGE
    return FOUND if output.changed or (output.notes and request.strict) else CLEAN


def _outcomes(candidates: Candidates, setup: Setup) -> Iterator[Outcome]:
    """What is remembered of files, and what codemods make of the others."""
    again: list[PendingFile] = []
    for file, told in candidates.told:
        outcome = remembered(file.path, told)
        if outcome is None:
            again.append(file)
        else:
            yield outcome
    yield from apply_to_files((*again, *candidates.pending), setup.codemods, setup.project)


def _write_and_print(outcome: Outcome, dry: bool, output: TextOutput) -> str:
    """Write a file if it changed, unless `dry`, and print what happened; '' or why it cannot be."""
    if outcome.problem:
        return f"{outcome.problem}; left alone"
    mended = outcome.mended
    if mended is None or outcome.is_silent:
        return ""
    if mended.after != mended.before and not dry:
        from ..fix.write import write

        failure = write(outcome.path, mended.after)
        if failure:
            return failure
    output.file(outcome.path, mended)
    return ""


def fix_standard_input(request: Request, setup: Setup) -> int:
    """Print what comes in with its changes; what does not parse comes out as it was.

    Raises:
        GardenerError: there are files beside `-`.
    """
    from gardener.codemod.file_text import Unparsable

    if len(request.paths) > 1:
        raise GardenerError("`-` stands alone: give either standard input or files.")
    name = request.stdin_filename or "stdin.py"
    before = sys.stdin.buffer.read()
    try:
        path = setup.project.name_of(name)
        mended = apply_to_source(before, path, setup.codemods, setup.project)
    except Unparsable as error:
        if not request.dry:
            sys.stdout.buffer.write(before)
        click.echo(f"{name}: {error}; left alone", err=True)
        return USAGE
    remarks = mended.remarks if mended else ()
    for codemod, remark in remarks:
        click.echo(f"{name}:{remark.line}: {codemod}: {remark.message}", err=True)
    after = mended.after if mended else before
    _print_source(request, name, before, after)
    return FOUND if after != before or (remarks and request.strict) else CLEAN


def _print_source(request: Request, name: str, before: bytes, after: bytes) -> None:
    """Print the changed source, or the diff, or nothing with `--check`."""
    if request.diff and after != before:
        from ..fix.write import unified

        sys.stdout.buffer.write(unified(name, before, after))
    elif not request.dry:
        sys.stdout.buffer.write(after)
    sys.stdout.buffer.flush()
