"""The command `run`: its options become one request; `hooks/run/` does the work."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import click

from gardener.config import LEVELS, Config, load
from gardener.errors import ConfigError
from gardener.git import find_root
from gardener.model import Mode
from gardener.nodeid import NodeId

from ..run.plan_file import Shard
from ..run.request import RunRequest
from .options import Change, change_options, requested_change
from .pytest_words import passed_on, pytest_options, write_options

_NO_COMMIT = "0" * 40
"""What git gives to a pre-push hook for a branch that the remote does not have yet."""
_SECONDS = {"ms": 0.001, "s": 1, "": 1, "m": 60, "h": 3600}


class _WithPytestArguments(click.Command):
    """A command whose words after `--` are not its own."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if "--" in args:
            separator = args.index("--")
            ctx.meta["pytest_args"] = tuple(args[separator + 1 :])
            args = args[:separator]
        return super().parse_args(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        write_options(self, ctx, formatter)


def _in_seconds(
    _context: click.Context, _option: click.Parameter, time: str | None
) -> float | None:
    """A time such as `10s`, in seconds; None where the option was not given."""
    if not time:
        return None
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|)\s*", time)
    if not match or float(match[1]) == 0:
        raise click.UsageError(f"--budget {time!r} is not a time such as 10s or 2m.")
    return float(match[1]) * _SECONDS[match[2]]


def _as_shard(_context: click.Context, _option: click.Parameter, text: str | None) -> Shard | None:
    """A shard such as `3/8`; None where the option was not given."""
    if text is None:
        return None
    match = re.fullmatch(r"([0-9]{1,4})/([0-9]{1,4})", text.strip())
    if not match or not 1 <= int(match[1]) <= int(match[2]):
        raise click.UsageError(f"--shard {text!r} is not a shard such as 3/8.")
    return Shard(int(match[1]) - 1, int(match[2]))


@click.command(
    cls=_WithPytestArguments,
    epilog="Arguments after -- go to pytest. Exit codes: 0 nothing blocks, 1 something does, "
    "2 pytest could not run the tests, 130 interrupted.",
)
@click.pass_context
@click.argument("paths", nargs=-1, metavar="[PATH|NODEID]...")
@click.option("--focus", metavar="NAME", help="Only tests of this focus (built in: websocket).")
@click.option("--level", type=click.Choice(LEVELS), help="unit: no integration, e2e, ... tests.")
@change_options
@click.option("--all", "everything", is_flag=True, help="All tests (the default without paths).")
@click.option(
    "--hook",
    is_flag=True,
    help="As a git hook: focus and level of [tool.gardener.hook]; staged at pre-commit, "
    "since the pushed range at pre-push.",
)
@click.option(
    "--audit",
    is_flag=True,
    help="Select, but run everything, and list each failing test that was not selected.",
)
@click.option(
    "--report",
    "report_file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the report of the run here, as JSON.",
)
@click.option(
    "--cell",
    metavar="NAME",
    default="",
    help="The cell of a matrix, or the service, that this run is (default: the CI's job).",
)
@click.option(
    "--budget",
    metavar="TIME",
    callback=_in_seconds,
    help="Stop pytest after this time (10s, 2m) and say what did not run. What failed last "
    "time runs first, then new and changed tests, then the quick ones.",
)
@click.option(
    "--reruns",
    type=click.IntRange(0, 10),
    default=0,
    metavar="N",
    help="Run what failed N more times, together and alone: finds flaky and order-dependent tests.",
)
@click.option(
    "--verify-base",
    is_flag=True,
    help="Run the failing tests on the merge base too, to see which failed before the change. "
    "--hook does so by itself.",
)
@click.option(
    "--base-report",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A report of the base: separates regressions from tests that failed before.",
)
@click.option(
    "--shard",
    metavar="I/N",
    callback=_as_shard,
    help="Only the I-th of N parts; with --plan of equal durations, else by the files' names.",
)
@click.option(
    "--plan",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="What `gardener plan` wrote: which tests run, and in which shard.",
)
@click.option(
    "--likeliest-first",
    is_flag=True,
    help="What failed last time first, then new and changed tests, then the quick ones.",
)
@click.option(
    "--also-failed",
    is_flag=True,
    help="Beside what the change affects, also what failed when it last ran.",
)
@click.option(
    "--watch",
    is_flag=True,
    help="Run again on every save, until q or Ctrl-C (needs the extra `watch`).",
)
@click.option("--python", metavar="EXE", default="", help="The project's Python.")
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    default=1,
    metavar="N",
    help="How many pytests may run side by side, where a repository needs more than one.",
)
@pytest_options
@click.option(
    "--worklog", is_flag=True, help="Write the worklog into FAILING-TEST/gardener, or update it."
)
@click.option("-v", "--verbose", is_flag=True, help="Show what pytest printed.")
@click.option("-q", "--quiet", is_flag=True, help="Only findings, no talk.")
@click.option("--color/--no-color", default=None, help="Colour (default: on a terminal).")
def run(context: click.Context, /, **options: Any) -> int:
    """Run the tests a change can affect and explain what fails.

    Without a change option and without paths all tests are taken; a focus narrows them.
    """
    watches = options["watch"]
    if watches:
        from .watch_words import refuse_with_watch

        refuse_with_watch(options)
    request = request_of(find_root(), options, context.meta.get("pytest_args", ()))
    if watches:
        from ..run.watching import watch_tests
        from .watch_words import watch_request

        return watch_tests(watch_request(request))
    from ..run.stages import run_tests  # late: `--help` needs none of it

    return run_tests(request)


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
