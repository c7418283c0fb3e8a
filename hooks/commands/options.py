"""The options that say which change is meant, alike for all commands that only select."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from gardener.model import Mode

_Command = TypeVar("_Command", bound=Callable[..., Any])


def change_options(command: _Command) -> _Command:
    """Add `--staged`, `--since` and `--worktree` to a command; see `mode_of`."""
    for option in (
        click.option("--worktree", is_flag=True, help="Judge the work tree (the default)."),
        click.option("--since", metavar="REF", help="Judge HEAD against its merge base with REF."),
        click.option(
            "--staged", is_flag=True, help="Judge what is staged (the index against HEAD)."
        ),
    ):
        command = option(command)
    return command


def mode_of(*, staged: bool, since: str | None, worktree: bool) -> tuple[Mode, str]:
    """The change that is asked for, with its ref; without any option the work tree.

    Raises:
        click.UsageError: more than one is asked for.
    """
    given = (("--staged", staged), ("--since", since is not None), ("--worktree", worktree))
    chosen = [name for name, is_given in given if is_given]
    if len(chosen) > 1:
        raise click.UsageError(f"{' and '.join(chosen)} exclude each other.")
    if since is not None:
        return Mode.SINCE, since
    return (Mode.STAGED if staged else Mode.WORKTREE), ""
