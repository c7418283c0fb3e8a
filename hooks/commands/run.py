"""The command `run`: its options; `run_request.py` makes one request of them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click

from gardener.config import LEVELS
from gardener.git import find_root

from ..run.plan_file import Shard
from .options import change_options
from .pytest_words import pytest_options, write_options
from .run_request import request_of

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
