"""Which tests the git hook takes: a focus is proposed on evidence, shown, and asked for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import click

from gardener import git
from gardener.config import WEBSOCKET
from gardener.setup.websocket_imports import websocket_imports

_PATIENCE = 60
"""Seconds for the list of the focus's tests: a proposal is not worth more."""
_SHOWN = 5
_HOW_TO_NARROW = "`focus` below [tool.gardener.hook] narrows them"


class Choice(NamedTuple):
    """A focus for the hook ("" takes every test), and why."""

    focus: str
    reason: str


def choose_focus(root: Path, demanded: str | None, *, ask: bool) -> Choice:
    """The focus of the hook: the one that is given, else the built-in one where imports show it."""
    every = "the hook takes all unit tests"
    if demanded is not None:
        return Choice(demanded, "as asked" if demanded else every)
    evidence = websocket_imports(root)
    if not evidence:
        return Choice("", f"no WebSocket code found, {every} ({_HOW_TO_NARROW})")
    name = WEBSOCKET.name
    count = len(evidence)
    rest = f" and {count - 1} more" if count > 1 else ""
    _say(f"this project uses WebSockets ({evidence[0]}{rest}).")
    _show_tests(root, name)
    if ask and not click.confirm(
        f"Shall the git hook run only tests of the focus `{name}`? "
        "It tells how many affected tests lie outside",
        default=False,
        err=True,
    ):
        return Choice("", every)
    if not ask:
        _say(
            f"nobody was asked: the hook takes the focus `{name}`, as proposed; for every test write "
            '`focus = ""` below [tool.gardener.hook], or use `gardener init --focus ""`.'
        )
    return Choice(name, f"because of {evidence[0]}{rest}")


def _show_tests(root: Path, name: str) -> None:
    """Say what the focus contains, as `gardener focus` does."""
    _say(f"looking which tests the focus `{name}` has, for {_PATIENCE} s at most.")
    try:
        listed = subprocess.run(
            [sys.executable, "-m", "gardener", "focus", name],
            cwd=root,
            env=git.child_environment(),
            check=False,
            capture_output=True,
            timeout=_PATIENCE,
        )
    except subprocess.TimeoutExpired:
        _say(f"`gardener focus {name}` lists its tests (it takes a while here).")
        return
    tests = listed.stdout.decode(errors="replace").splitlines()
    _say(f"the focus `{name}` has {len(tests)} tests and test files (gardener focus {name}):")
    for test in tests[:_SHOWN]:
        click.echo(f"  {test}", err=True)
    if len(tests) > _SHOWN:
        click.echo(f"  ... and {len(tests) - _SHOWN} more", err=True)


def _say(text: str) -> None:
    click.echo(f"gardener: {text}", err=True)
