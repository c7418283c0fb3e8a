"""`gardener run --watch`: the words of the runs that it starts."""

from __future__ import annotations

import os
from typing import Any

import click

from ..pytest_run.on_terminal import wants_terminal
from ..run.request import RunRequest
from ..run.watching import WatchRequest

_NOT_WATCHED = ("staged", "since", "everything", "hook", "audit", "budget", "shard", "plan")


def refuse_with_watch(options: dict[str, Any]) -> None:
    """Refuse options that say something else than `--watch`. Raises: click.UsageError."""
    names = {"everything": "all"}
    for name in _NOT_WATCHED:
        if options[name]:
            word = f"--{names.get(name, name)}"
            raise click.UsageError(f"--watch and {word} exclude each other: a save says what runs.")


def watch_request(request: RunRequest) -> WatchRequest:
    """What to watch, with the options of a run as words for the runs that follow.

    Raises:
        click.UsageError: pytest would need the terminal, which `--watch` reads keys from.
    """
    if wants_terminal(request.pytest_args):
        raise click.UsageError("--watch needs the terminal for itself: leave --pdb and -s out.")
    words: list[str] = []
    for option, value in (
        ("--focus", request.focus),
        ("--level", request.level if request.level != "any" else ""),
        ("--python", request.python),
        ("--cell", request.cell),
        ("--jobs", str(request.jobs) if request.jobs > 1 else ""),
        ("--reruns", str(request.reruns) if request.reruns else ""),
        ("--report", os.fspath(request.report_file) if request.report_file else ""),
        ("--base-report", os.fspath(request.base_report) if request.base_report else ""),
    ):
        words += [option, value] if value else []
    for option, is_given in (
        ("--verify-base", request.verify_base),
        ("--worklog", request.worklog),
        ("--verbose", request.verbose),
        ("--quiet", request.quiet),
        ("--color", request.color is True),
        ("--no-color", request.color is False),
    ):
        words += [option] if is_given else []
    words += ["--", *request.pytest_args] if request.pytest_args else []
    written = (request.report_file,) if request.report_file else ()
    return WatchRequest(request.root, tuple(words), request.tests, written)
