"""The command `focus`: print which tests a focus contains, and why."""

from __future__ import annotations

import os

import click

from gardener import config as settings
from gardener.config.asked_focus import asked_focus
from gardener.git import find_root
from gardener.model import Mode


@click.command()
@click.argument("name", required=False)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["nodeids", "explain"]),
    default="nodeids",
    show_default=True,
    help="One test a line; or each with its reason.",
)
def focus(*, name: str | None, output_format: str) -> int:
    """List the tests of the focus NAME: one nodeid or test file a line.

    NAME is a focus of the settings, a checklist (a file whose lines are tests, globs or names),
    or words. Without it, the focus of the git hook is meant.
    """
    from ..selection.request import Request
    from ..selection.selection import select

    root = find_root()
    config = settings.load(root)
    name = (config.hook.focus or settings.WEBSOCKET.name) if name is None else name
    asked = asked_focus(config, name)
    if asked.note:
        click.echo(f"gardener: {asked.note}", err=True)
    selection = select(Request(root, Mode.ALL, focus=asked.focus), config)
    for selected in selection.tests:
        line = selected.test
        if output_format == "explain":
            line += f": {selected.reason.removeprefix(f'focus {asked.focus.name}: ')}"
        # Bytes, so that a file name that is not UTF-8 comes out as it is.
        click.echo(os.fsencode(line))
    if not selection.tests:
        click.echo(f"gardener: no test belongs to the focus {name}.", err=True)
    return 0
