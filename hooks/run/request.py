"""What `gardener run` is asked to do."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import click

from gardener.config import Config
from gardener.model import Mode

from .plan_file import Plan, Shard


class RunRequest(NamedTuple):
    """One run as it is asked for: which tests, how far to judge them, what to show.

    `mode` and `ref` name the change; `tests` are paths and nodeids, relative to the
    repository. `budget` is in seconds. `python` is empty where the project's interpreter has
    to be looked for. `pytest_args` are the arguments behind `--`. `cell` names the cell of
    a CI's matrix that the run is.
    """

    root: Path
    config: Config
    mode: Mode
    ref: str = ""
    tests: tuple[str, ...] = ()
    focus: str = ""
    level: str = "any"
    hook: bool = False
    audit: bool = False
    budget: float | None = None
    reruns: int = 0
    verify_base: bool = False
    base_report: Path | None = None
    python: str = ""
    jobs: int = 1
    pytest_args: tuple[str, ...] = ()
    cell: str = ""
    report_file: Path | None = None
    worklog: bool = False
    verbose: bool = False
    quiet: bool = False
    color: bool | None = None
    likeliest_first: bool = False
    also_failed: bool = False
    shard: Shard | None = None
    plan: Plan | None = None
    shadow: bool = False


class Talk:
    """Tells the user on stderr what goes on."""

    def __init__(self, *, quiet: bool = False) -> None:
        self.quiet = quiet

    def __call__(self, text: str) -> None:
        """Say it, unless the user wants findings only."""
        if not self.quiet:
            self.always(text)

    def always(self, text: str) -> None:
        """Say what must not be missed."""
        click.echo(f"gardener: {text}", err=True)
