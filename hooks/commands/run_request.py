"""What the options of the command `run` ask for, as one request; `hooks/run/` does the work."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from gardener.config import Config, load
from gardener.errors import ConfigError
from gardener.model import Mode
from gardener.nodeid import NodeId

from ..run.plan_file import Shard
from ..run.request import RunRequest
from .options import Change, requested_change
from .pytest_words import passed_on

_NO_COMMIT = "0" * 40
"""What git gives to a pre-push hook for a branch that the remote does not have yet."""


def request_of(root: Path, options: dict[str, Any], pytest_args: tuple[str, ...]) -> RunRequest:
    """The request that the options of the command line make, by their names.

    Raises:
        click.UsageError: options exclude each other.
        ConfigError: a setting is not understood, or a path does not exist.
    """
    config = load(root)
    options.pop("watch", None)  # of what starts the runs
    _refuse_two_selections(options)
    change = requested_change(
        staged=options.pop("staged"),
        since=options.pop("since"),
        worktree=options.pop("worktree"),
        everything=options.pop("everything"),
    )
    paths: tuple[str, ...] = options.pop("paths")
    pytest_args = (*passed_on(options), *pytest_args)
    hook, audit = options["hook"], options["audit"]
    change = change or _default_change(hook=hook, has_paths=bool(paths))
    if change.mode is Mode.ALL and paths:  # `--all PATH`: all tests in there
        change = Change(Mode.GIVEN)
    change, shadow = _shadowed(root, config, change, hook=hook)
    options["audit"] = audit = audit or shadow
    if audit and change.mode in (Mode.ALL, Mode.GIVEN):
        raise click.UsageError("--audit needs a change: --staged, --since REF or --worktree.")
    defaults = config.hook if hook else None
    focus = options.pop("focus") or (defaults.focus if defaults else "")
    level = options.pop("level") or (defaults.level if defaults else "any")
    plan_file: Path | None = options.pop("plan")
    request = RunRequest(
        root=root,
        config=config,
        mode=change.mode,
        ref=change.ref,
        tests=tuple(in_repository(path, root) for path in paths),
        focus=focus,
        level=level,
        pytest_args=pytest_args,
        shadow=shadow,
        **options,
    )
    return _planned(request, plan_file) if plan_file else request


def _shadowed(root: Path, config: Config, change: Change, *, hook: bool) -> tuple[Change, bool]:
    """The change that is meant, and whether everything runs beside it, as the settings say of CI."""
    if not config.selection.shadow or hook or change.mode is Mode.GIVEN:
        return change, False
    from ..run.shadow import is_ci, pushed_since

    if not is_ci():
        return change, False
    if change.mode is Mode.ALL:
        before = pushed_since(root)
        return (Change(Mode.SINCE, before), True) if before else (change, False)
    return change, True


def _refuse_two_selections(options: dict[str, Any]) -> None:
    """A plan says itself which tests are meant. Raises: click.UsageError."""
    if not options["plan"]:
        return
    if not options["shard"]:
        raise click.UsageError("--plan needs --shard I/N.")
    others = (
        "staged",
        "since",
        "worktree",
        "everything",
        "focus",
        "level",
        "hook",
        "audit",
        "also_failed",
        "paths",
    )
    if any(options[name] for name in others):
        raise click.UsageError("--plan says which tests are meant: leave other choices to it.")


def _planned(request: RunRequest, path: Path) -> RunRequest:
    """The request as it was when the plan was made. Raises: ConfigError, click.UsageError."""
    from ..run.plan_file import load as load_plan

    plan = load_plan(path, request.root)
    assert request.shard is not None
    if request.shard.count != plan.shards:
        raise click.UsageError(
            f"--shard {request.shard} is of another plan: {path} has {plan.shards}."
        )
    return request._replace(
        mode=plan.mode,
        ref=plan.ref,
        focus=plan.focus,
        level=plan.level,
        shard=Shard(request.shard.number, plan.shards, plan.assigned),
        plan=plan,
    )


def _default_change(*, hook: bool, has_paths: bool) -> Change:
    """What is meant without a change option."""
    if has_paths:
        return Change(Mode.GIVEN)
    return hook_change() if hook else Change(Mode.ALL)


def hook_change() -> Change:
    """What pre-commit and prek tell about the hook: staged, or at pre-push the pushed range."""
    start = os.environ.get("PRE_COMMIT_FROM_REF", "")
    if start and start != _NO_COMMIT:
        return Change(Mode.SINCE, start)
    pushes = "PRE_COMMIT_REMOTE_NAME" in os.environ or "PRE_COMMIT_TO_REF" in os.environ
    return Change(Mode.ALL if pushes or start else Mode.STAGED)


def in_repository(path: str, root: Path) -> str:
    """A path or nodeid as typed in the current directory, relative to the repository.

    Raises:
        ConfigError: there is no such file, or it lies outside of the repository.
    """
    nodeid = NodeId.parse(path)
    absolute = Path(os.path.normpath(Path.cwd() / nodeid.file))
    if not absolute.exists():
        raise ConfigError(f"There is no {nodeid.file!r} here to run tests from.")
    for candidate in (absolute, absolute.resolve()):
        if candidate.is_relative_to(root):
            return str(nodeid._replace(file=candidate.relative_to(root).as_posix()))
    raise ConfigError(f"{nodeid.file} lies outside of the repository {root}.")
