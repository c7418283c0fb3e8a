"""The command `impacted`: print which tests a change can affect, and why."""

from __future__ import annotations

import os

import click

from gardener import config as settings
from gardener.git import find_root
from gardener.model import Selection

from .options import change_options, mode_of


@click.command()
@change_options
@click.option("--focus", metavar="NAME", help="Only tests of this focus.")
@click.option(
    "--level",
    type=click.Choice(settings.LEVELS),
    default="any",
    show_default=True,
    help="Only tests of this level.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["nodeids", "json", "explain"]),
    default="nodeids",
    show_default=True,
    help="One test a line; all as JSON; or each with its reason.",
)
def impacted(
    *,
    staged: bool,
    since: str | None,
    worktree: bool,
    focus: str | None,
    level: str,
    form: str,
) -> int:
    """List the tests a change can affect: one nodeid or test file a line, or ALL.

    Without --staged or --since, judges the work tree with its untracked files against
    HEAD. Prints nothing when no test is affected.
    """
    mode, ref = mode_of(staged=staged, since=since, worktree=worktree)
    from ..selection.selection import select
    from ..selection.tree import Request

    root = find_root()
    config = settings.load(root)
    request = Request(root, mode, ref, config.focus(focus) if focus else None, level)
    selection = select(request, config)
    for note in selection.notes:
        click.echo(f"gardener: {note}", err=True)
    if form == "json":
        import msgspec

        click.echo(msgspec.json.format(msgspec.json.encode(selection), indent=1))
        return 0
    if form == "nodeids":
        for line in _plain(selection):
            # Bytes, so that a file name that is not UTF-8 comes out as it is.
            click.echo(os.fsencode(line))
        return 0
    if selection.everything:
        click.echo(f"ALL: {selection.reason}")
    for item in selection.tests:
        click.echo(os.fsencode(f"{item.test}: {item.reason}"))
    if not selection.everything and not selection.tests:
        click.echo(
            f"gardener: no test is affected ({selection.reason or 'nothing reaches one'}).",
            err=True,
        )
    return 0


def _plain(selection: Selection) -> list[str]:
    if selection.everything:
        return ["ALL"]
    odd = next((item.test for item in selection.tests if "\n" in item.test), None)
    if odd is not None:
        click.echo(f"gardener: {odd!r} does not fit on one line, so: everything.", err=True)
        return ["ALL"]
    return [item.test for item in selection.tests]
