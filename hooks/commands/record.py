"""The commands `record push`, `pull`, `merge` and `show`: share what tests executed."""

from __future__ import annotations

import os
from pathlib import Path

import click

from gardener.config import Config, load
from gardener.errors import CLEAN, ConfigError, InterpreterError, RecordError
from gardener.git import find_root
from gardener.redaction import redact

_URL = "A folder, http(s)://, or s3://, gs://, az:// (`test-gardener[remote]`); a file ends in .record."


@click.group(
    epilog="Exit codes: 0 done, 2 the record could not be used, or it is not to be written."
)
def record() -> None:
    """Share what tests executed: push, pull and merge records."""


@record.command(epilog=_URL)
@click.argument("url", required=False)
@click.option(
    "--any-branch",
    is_flag=True,
    help="Push although this is no run of the default branch: others will skip tests by it.",
)
def push(*, url: str | None, any_branch: bool) -> int:
    """Write the record of this repository to URL (default: `remote` of [tool.gardener.record])."""
    from ..sharing import sharing
    from ..sharing.publishing import why_not_published

    root = find_root()
    place = _place(url, load(root))
    reason = "" if any_branch else why_not_published(root, os.environ)
    if reason:
        raise RecordError(
            f"The record was not pushed: {reason}. Only runs of the default branch write what others "
            "skip tests by; --any-branch does it all the same."
        )
    pushed = sharing.push(root, place)
    size = f"{pushed.tests} tests, {pushed.size / 1024:.0f} KB"
    done = "is there already" if pushed.was_there else "pushed"
    click.echo(redact(f"{done}: {pushed.name} ({size})"))
    return CLEAN


@record.command(epilog=_URL)
@click.argument("url", required=False)
@click.option("--python", metavar="EXE", default="", help="The project's Python.")
def pull(*, url: str | None, python: str) -> int:
    """Merge the record at URL that fits HEAD best into the one of this repository."""
    from ..pytest_run.interpreter import find
    from ..sharing import sharing

    root = find_root()
    config = load(root)
    place = _place(url, config)
    try:
        interpreter = find(root, config, python)
    except InterpreterError:
        if python:
            raise
        interpreter = ""  # a job that only plans has none
    pulled = sharing.pull(root, place, interpreter)
    for note in pulled.notes:
        click.echo(redact(f"gardener: {note}"), err=True)
    of_commit = f" of commit {pulled.commit}" if pulled.commit else ""
    click.echo(f"pulled: {pulled.tests} tests{of_commit}")
    return CLEAN


@record.command("merge")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path), metavar="OUT"
)
def merge_files(*, files: tuple[Path, ...], output: Path) -> int:
    """Join the records of shards into one: in any order, twice or not, it is the same."""
    from ..sharing import sharing

    joined = sharing.joined(files, output)
    click.echo(f"wrote {output}: {len(joined.tests)} tests of {len(joined.runs)} runs")
    return CLEAN


@record.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
def show(*, file: Path | None) -> int:
    """Say what is recorded here, or in FILE."""
    from ..sharing.sharing import read
    from ..sharing.transfer import exported

    try:
        shared = read([file]) if file else exported(find_root())
    except RecordError as error:
        raise RecordError(f"Nothing can be shown: {error}.") from None
    for run in sorted(shared.runs.values()):
        click.echo(f"{run.created[:19]}  {run.commit[:12] or 'no commit':12}  {run.interpreter}")
    click.echo(
        f"{len(shared.tests)} tests of {len(shared.runs)} runs, {len(shared.symbols)} functions"
    )
    return CLEAN


def _place(url: str | None, config: Config) -> str:
    place = url or config.record_remote
    if not place:
        raise ConfigError(
            "No remote is named: give a URL, or set `remote` in [tool.gardener.record]."
        )
    return place
