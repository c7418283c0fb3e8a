"""The command `doctor`: say what is set up, and what to do about what is not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from gardener.config import Config, load
from gardener.errors import CLEAN, FOUND, ConfigError
from gardener.git import find_root

from ..doctor.check import Check, Verdict


@click.command()
@click.option("--python", metavar="EXE", default="", help="The project's Python.")
def doctor(*, python: str) -> int:
    """Look at all that gardener works with, and say what to do.

    Python, pytest and its plugins, settings, git, hooks, the record, the focus, workflows and
    the token. Exit code 1: something is to be done.
    """
    root = find_root()
    verdicts = set()
    for check in _checks(root, python):
        _print(check)
        verdicts.add(check.verdict)
    return FOUND if Verdict.TODO in verdicts else CLEAN


def _checks(root: Path, python: str) -> Iterator[Check]:
    from ..doctor import project, shadow, surroundings

    error = ""
    try:
        config = load(root)
    except ConfigError as wrong:
        config, error = Config(root), str(wrong)
    yield from project.check_python(root, config, python)
    yield project.check_pytest_settings(root)
    yield project.check_settings(root, config, error)
    yield surroundings.check_git(root)
    yield from surroundings.check_hooks(root)
    yield project.check_record(root, config)
    yield from shadow.check_shadow(root, config)
    yield project.check_focus(root, config)
    yield from surroundings.check_workflows(root)
    yield surroundings.check_token(root)


def _print(check: Check) -> None:
    from gardener.redaction import redact
    from gardener.text import clean

    click.echo(redact(f"{check.verdict.value:5} {check.subject:10} {clean(check.state, 1000)}"))
    if check.remedy:
        click.echo(f"{'':16} -> {check.remedy}")
