"""The command `why-not`: say why a test is not selected."""

from __future__ import annotations

import click

from gardener import config as settings
from gardener.errors import SelectionError
from gardener.git import find_root

from .options import change_options, mode_of


@click.command("why-not")
@click.argument("nodeid")
@change_options
def why_not(*, nodeid: str, staged: bool, since: str | None, worktree: bool) -> int:
    """Say why the change does not select the test NODEID, or why it does.

    Without --staged or --since, judges the work tree with its untracked files against
    HEAD, as `gardener impacted` does.
    """
    from ..changes import compare
    from ..selection.selection import select
    from ..selection.tree import Request

    mode, ref = mode_of(staged=staged, since=since, worktree=worktree)
    root = find_root()
    file = nodeid.partition("::")[0]
    comparison = compare(root, mode, ref)
    if file not in comparison.files:
        raise SelectionError(f"There is no file {file!r} in the tree that would be tested.")
    selection = select(Request(root, mode, ref), settings.load(root))
    bare = nodeid.partition("[")[0]
    for item in selection.tests:
        test = item.test.partition("[")[0]
        if bare == test or bare.startswith(f"{test}::") or test.startswith(f"{bare}::"):
            click.echo(f"{nodeid} is selected: {item.reason}")
            return 0
    if selection.everything:
        click.echo(f"{nodeid} is selected, as everything is: {selection.reason}")
        return 0
    changed = [change.path for change in comparison.changes]
    if not changed:
        click.echo(f"{nodeid} is not selected: nothing changed.")
        return 0
    shown = ", ".join(changed[:5]) + (f" and {len(changed) - 5} more" if len(changed) > 5 else "")
    click.echo(
        f"{nodeid} is not selected: nothing that it runs, imports, asks for as a fixture or "
        f"names leads to a symbol that differs in {shown}, or it passed with exactly these."
    )
    return 0
