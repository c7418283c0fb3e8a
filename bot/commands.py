"""The commands `gardener comment` and `gardener issues`: the thin shells around the plans."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from gardener import config as settings
from gardener import git
from gardener.config import Config
from gardener.errors import CLEAN, GardenerError, GitError
from gardener.model import Diagnosis, Report

from . import comment as comments
from . import issues as causes
from . import plan

_FILES = click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))

_BASE = click.option(
    "--base-report",
    type=click.Path(path_type=Path),
    help="A report of the merge base: tells regressions from what was red before.",
)


@click.command()
@_FILES
@click.option("--pr", "number", type=click.IntRange(min=1), metavar="N", help="The pull request.")
@_BASE
@click.option("--dry-run", is_flag=True, help="Print the comment; no network, no token.")
def comment(
    files: tuple[Path, ...], number: int | None, base_report: Path | None, dry_run: bool
) -> int:
    """Write the one comment on a pull request from reports of its run."""
    report, diagnosis, _ = _read(files, base_report)
    if not dry_run:
        raise GardenerError("gardener comment can only --dry-run so far.")
    del number  # the text is the same for every pull request
    click.echo(comments.render(report, diagnosis), nl=False)
    return CLEAN


@click.command()
@_FILES
@_BASE
@click.option(
    "--dry-run", is_flag=True, help="Print what would be done to no issues; no network, no token."
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def issues(files: tuple[Path, ...], base_report: Path | None, dry_run: bool, form: str) -> int:
    """Keep one issue per root cause, from reports of the default branch."""
    report, diagnosis, config = _read(files, base_report)
    if not dry_run:
        raise GardenerError("gardener issues can only --dry-run so far.")
    planned = causes.plan(report, diagnosis, (), config.github, "")
    show(planned, form)
    return CLEAN


def show(planned: plan.IssuePlan, form: str) -> None:
    """Print a plan on stdout, for people or as JSON."""
    if form == "json":
        import msgspec

        click.echo(msgspec.json.format(msgspec.json.encode(planned), indent=1).decode())
        return
    for action in planned.actions:
        click.echo(plan.describe(action))
    for note in planned.notes:
        click.echo(f"note    {note}")
    if not planned.actions:
        click.echo("nothing to do")


def _read(files: Sequence[Path], base: Path | None) -> tuple[Report, Diagnosis, Config]:
    from gardener import report as reports
    from gardener.diagnosis import diagnose

    try:
        config = settings.load(git.find_root())
    except GitError:
        config = settings.load(Path.cwd())  # a job that only reports needs no checkout
    run = reports.merge([reports.load(path) for path in files])
    return run, diagnose(run, config, reports.load(base) if base else None), config
