"""The command `plan`: select once, and divide it into shards that run side by side."""

from __future__ import annotations

import json
from pathlib import Path

import click

from gardener import config as settings
from gardener.disarm import disarmed_json, in_a_line
from gardener.git import find_root
from gardener.model import Mode
from gardener.text import count, say_selected

from ..run.plan_file import Plan, save
from ..run.request import RunRequest, Talk
from .options import Change, change_options, requested_change


@click.command(epilog="Each shard then is `gardener run --shard I/N --plan FILE`.")
@change_options
@click.option("--all", "everything", is_flag=True, help="All tests (the default).")
@click.option("--focus", metavar="NAME", help="Only tests of this focus.")
@click.option(
    "--level", type=click.Choice(settings.LEVELS), default="any", help="Only tests of this level."
)
@click.option(
    "--shards",
    type=click.IntRange(1, 256),
    required=True,
    metavar="N",
    help="At most so many shards; fewer where there are not as many tests.",
)
@click.option("--keep-files", is_flag=True, help="Keep the tests of a file together.")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "github-matrix", "json"]),
    default="text",
    show_default=True,
    help="What each shard takes; the matrix of a job on GitHub; or the plan itself.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the plan here, for `gardener run --shard I/N --plan FILE`.",
)
def plan(
    *,
    staged: bool,
    since: str | None,
    worktree: bool,
    everything: bool,
    focus: str | None,
    level: str,
    shards: int,
    keep_files: bool,
    output_format: str,
    output: Path | None,
) -> int:
    """Divide the tests a change can affect into shards of equal predicted durations.

    Needs neither the project nor its dependencies installed. No test affected: no shard.
    """
    change = requested_change(staged=staged, since=since, worktree=worktree, everything=everything)
    change = change or Change(Mode.ALL)
    from ..run.planning import plan_of

    root = find_root()
    request = RunRequest(
        root, settings.load(root), change.mode, change.ref, focus=focus or "", level=level
    )
    planned = plan_of(request, shards, keep_files=keep_files)
    for note in planned.selection.notes:
        Talk()(note)
    if output:
        save(planned, output)
    elif output_format == "github-matrix":
        Talk()("without -o FILE each shard selects by itself, and takes what its files' names say.")
    {"text": _print_text, "github-matrix": _print_matrix, "json": _print_json}[output_format](
        planned
    )
    return 0


def _print_text(planned: Plan) -> None:
    size = (
        "all tests"
        if planned.selection.everything
        else say_selected(selected.test for selected in planned.selection.tests)
    )
    reason = f" ({in_a_line(planned.selection.reason)})" if planned.selection.reason else ""
    click.echo(f"{size} in {count(planned.shards, 'shard')}{reason}")
    if not planned.timed:
        click.echo("No test was timed yet, so they are divided by their number.")
        return
    for name, seconds in zip(planned.names, planned.seconds, strict=False):
        click.echo(f"{name:>7}  {seconds:8.1f} s")


def _print_matrix(planned: Plan) -> None:
    """One line: it becomes an output of the job."""
    click.echo(json.dumps({"shard": planned.names}, separators=(",", ":")))


def _print_json(planned: Plan) -> None:
    import msgspec

    document = msgspec.json.format(msgspec.json.encode(planned), indent=1)
    click.echo(disarmed_json(document.decode()))
