"""The command `impacted`: print which tests a change can affect, and why."""

from __future__ import annotations

import os

import click

from gardener import config as settings
from gardener.disarm import disarmed_json, from_here, in_a_line, path_in_a_line
from gardener.git import find_root
from gardener.model import Selection

from .options import WORKTREE, change_options, requested_change

EVERYTHING = "ALL"
"""The line that stands for all tests."""


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
    "output_format",
    type=click.Choice(["nodeids", "json", "explain"]),
    default="nodeids",
    show_default=True,
    help="One test a line; all as JSON; or each with its reason.",
)
@click.option(
    "--python", metavar="EXE", default="", help="The project's Python: its records count."
)
def impacted(
    *,
    staged: bool,
    since: str | None,
    worktree: bool,
    focus: str | None,
    level: str,
    output_format: str,
    python: str,
) -> int:
    """List the tests a change can affect: one nodeid or test file a line, or ALL.

    Without --staged or --since, judges the work tree with its untracked files against
    HEAD. Prints nothing when no test is affected.
    """
    change = requested_change(staged=staged, since=since, worktree=worktree) or WORKTREE
    from ..selection.request import Request
    from ..selection.selection import select

    root = find_root()
    config = settings.load(root)
    asked = None
    if focus:
        from gardener.config.asked_focus import asked_focus

        asked = asked_focus(config, focus)
    if config.record_remote:
        from ..sharing.by_itself import pull_by_itself

        pull_by_itself(root, config, python, lambda text: click.echo(f"gardener: {text}", err=True))
    focused = asked.focus if asked else None
    reasons = output_format != "nodeids"
    interpreter = ""
    if python:
        from ..pytest_run.interpreter import find

        interpreter = find(root, config, python)
    request = Request(
        root, change.mode, change.ref, focused, level, python=interpreter, reasons=reasons
    )
    selection = select(request, config)
    for note in (*([asked.note] if asked and asked.note else ()), *selection.notes):
        click.echo(f"gardener: {note}", err=True)
    {"nodeids": _print_nodeids, "json": _print_json, "explain": _print_reasons}[output_format](
        selection
    )
    return 0


def _print_json(selection: Selection) -> None:
    import msgspec

    document = msgspec.json.format(msgspec.json.encode(selection), indent=1)
    click.echo(disarmed_json(document.decode()))


def _print_nodeids(selection: Selection) -> None:
    for line in nodeid_lines(selection):
        # Bytes, so that a file name that is not UTF-8 comes out as it is.
        click.echo(os.fsencode(from_here(line)))


def nodeid_lines(selection: Selection) -> list[str]:
    """The selected tests, one a line; everything where a nodeid does not fit on a line."""
    if selection.everything:
        return [EVERYTHING]
    tests = [selected.test for selected in selection.tests]
    for test in tests:
        if "\n" in test:
            click.echo(f"gardener: {test!r} does not fit on one line, so: everything.", err=True)
            return [EVERYTHING]
    return tests


def _print_reasons(selection: Selection) -> None:
    if selection.everything:
        click.echo(f"{EVERYTHING}: {in_a_line(selection.reason)}")
    for selected in selection.tests:
        words = f"{path_in_a_line(selected.test)}: {in_a_line(selected.reason)}"
        click.echo(os.fsencode(words))
    if not selection.everything and not selection.tests:
        reason = selection.reason or "no test depends on the change"
        click.echo(f"gardener: no test is affected ({reason}).", err=True)
