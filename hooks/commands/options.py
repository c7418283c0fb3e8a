"""The options that say which change is meant: the same for all commands, parsed in one place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import click

from gardener.model import Mode

_Command = TypeVar("_Command", bound=Callable[..., Any])


class Change(NamedTuple):
    """Which change is meant; `ref` is the commit to compare with, where the mode needs one."""

    mode: Mode
    ref: str = ""


WORKTREE = Change(Mode.WORKTREE)


def not_blank(_context: click.Context, option: click.Parameter, ref: str | None) -> str | None:
    """The ref that an option was given; None without the option.

    Raises:
        click.UsageError: the ref is empty, as `--since "$UNSET"` makes it.
    """
    if ref is not None and not ref.strip():
        raise click.UsageError(f"{option.opts[-1]} is empty: name a commit, a branch or a tag.")
    return ref


def change_options(command: _Command) -> _Command:
    """Add `--staged`, `--since` and `--worktree` to a command; see `requested_change`."""
    for option in (
        click.option(
            "--worktree", is_flag=True, help="The work tree with new files, against HEAD."
        ),
        click.option(
            "--since",
            metavar="REF",
            callback=not_blank,
            help="What this branch changed since it left REF.",
        ),
        click.option(
            "--staged", is_flag=True, help="What `git commit` would commit, against HEAD."
        ),
    ):
        command = option(command)
    return command


def requested_change(
    *, staged: bool, since: str | None, worktree: bool, everything: bool = False
) -> Change | None:
    """The change that the options name; None where no option does.

    Raises:
        click.UsageError: more than one is named.
    """
    changes = {
        "--staged": Change(Mode.STAGED) if staged else None,
        "--since": Change(Mode.SINCE, since) if since is not None else None,
        "--worktree": WORKTREE if worktree else None,
        "--all": Change(Mode.ALL) if everything else None,
    }
    named = {option: change for option, change in changes.items() if change}
    if len(named) > 1:
        raise click.UsageError(f"{' and '.join(named)} exclude each other.")
    return next(iter(named.values()), None)
