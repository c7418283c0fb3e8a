"""The command `why-not`: say why a test is not selected."""

from __future__ import annotations

import click

from gardener import config as settings
from gardener.disarm import in_a_line, path_in_a_line
from gardener.errors import SelectionError
from gardener.git import find_root
from gardener.model import Selection
from gardener.nodeid import NodeId

from .options import WORKTREE, change_options, requested_change

SHOWN = 5
"""Changed files that are named."""


@click.command("why-not")
@click.argument("nodeid")
@change_options
def why_not(*, nodeid: str, staged: bool, since: str | None, worktree: bool) -> int:
    """Say why the change does not select the test NODEID, or why it does.

    Without --staged or --since, judges the work tree with its untracked files against
    HEAD, as `gardener impacted` does.
    """
    change = requested_change(staged=staged, since=since, worktree=worktree) or WORKTREE
    from ..changes import compare
    from ..selection.request import Request
    from ..selection.selection import select

    root = find_root()
    test = NodeId.parse(nodeid)
    comparison = compare(root, change.mode, change.ref)
    if test.file not in comparison.files:
        raise SelectionError(
            f"There is no file {test.file!r} in the tree that would be tested; name another one."
        )
    selection = select(Request(root, change.mode, change.ref), settings.load(root))
    reason = why_selected(test, selection)
    if reason:
        click.echo(in_a_line(f"{path_in_a_line(nodeid)} is selected{reason}", 8_000))
    else:
        changed_files = [file_change.path for file_change in comparison.changes]
        why = why_not_selected(changed_files)
        click.echo(in_a_line(f"{path_in_a_line(nodeid)} is not selected: {why}", 8_000))
    return 0


def why_selected(test: NodeId, selection: Selection) -> str:
    """The end of a sentence that says why a test is selected; empty where it is not."""
    function = test.without_parameters
    for selected in selection.tests:
        chosen = NodeId.parse(selected.test).without_parameters
        if function.is_within(chosen) or chosen.is_within(function):
            return f": {selected.reason}"
    return f", as everything is: {selection.reason}" if selection.everything else ""


def why_not_selected(changed_files: list[str]) -> str:
    """Why none of the changes selects a test."""
    if not changed_files:
        return "nothing changed."
    names = ", ".join(changed_files[:SHOWN])
    if len(changed_files) > SHOWN:
        names += f" and {len(changed_files) - SHOWN} more"
    return (
        f"no symbol that differs in {names} is reachable through its calls, its imports, its "
        "fixtures or the names that it uses; or it passed with exactly these files."
    )
