"""`gardener run --watch`: on each save the tests that it can affect, in a process of their own."""

from __future__ import annotations

import contextlib
import hashlib
import os
import select
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import click

from gardener.errors import CLEAN, INTERRUPTED, GitError, MissingExtraError
from gardener.git import git, lines
from gardener.paths import is_python

from .failed_before import failed_before

KEYS = "a = all tests, f = what failed, Enter = again, q = quit"
DEBOUNCE, POLL = 200, 200
"""Milliseconds: how long an editor may take to save, and between two looks at the keys."""
GRACE = 15
_ON_SAVE = ("--worktree", "--also-failed")


class WatchRequest(NamedTuple):
    """What to watch, and the options of every run.

    `names` are paths and nodeids, relative to the repository, that narrow it.
    """

    root: Path
    options: tuple[str, ...]
    names: tuple[str, ...] = ()
    ignored: tuple[Path, ...] = ()


def watch_tests(request: WatchRequest) -> int:
    """Run tests on every save until the user has enough.

    Raises:
        MissingExtraError: watchfiles is not there.
    """
    try:
        import watchfiles
    except ImportError:
        raise MissingExtraError("watchfiles", "watch", "`--watch` needs") from None
    saves = _Saves(request)
    runs = _Runs(request)
    with _keys() as pressed:
        runs.start(*_ON_SAVE)
        changes = watchfiles.watch(
            request.root, debounce=DEBOUNCE, rust_timeout=POLL, yield_on_timeout=True
        )
        try:
            for change in changes:
                saves.add((path for _, path in change), during_a_run=runs.is_running)
                key = pressed()
                if key == "q":
                    return CLEAN
                _next_run(runs, saves, key)
        except KeyboardInterrupt:
            return INTERRUPTED
        finally:
            runs.stop()
    return INTERRUPTED


def _next_run(runs: _Runs, saves: _Saves, key: str) -> None:
    """Start what a key or a save asks for, when nothing runs."""
    if runs.is_running:
        return
    if key == "a":
        runs.start("--all")
    elif key == "f":
        runs.start_failed()
    elif key in ("\r", "\n"):
        runs.start(*_ON_SAVE)
    elif saves.names:
        names = sorted(saves.names)
        rest = f" and {len(names) - 3} more" if len(names) > 3 else ""
        _say(f"saved: {', '.join(names[:3])}{rest}")
        runs.start(*_ON_SAVE)
    else:
        runs.say_that_it_waits()
        return
    saves.names.clear()


def _say(text: str) -> None:
    click.echo(f"gardener: {text}", err=True)


class _Runs:
    """The runs, one at a time."""

    def __init__(self, request: WatchRequest) -> None:
        self._request = request
        self._child: subprocess.Popen[bytes] | None = None
        self._waits = False

    @property
    def is_running(self) -> bool:
        """Whether a run is under way."""
        return self._child is not None and self._child.poll() is None

    def start(self, *words: str) -> None:
        """Run, within the paths that were asked for."""
        self._start(words, self._request.names)

    def start_failed(self) -> None:
        """Run what failed when it last ran."""
        failed = failed_before(self._request.root, self._request.names)
        if failed:
            self._start((), failed)
        else:
            _say("nothing failed when it last ran.")
            self._waits = False

    def _start(self, words: tuple[str, ...], names: Iterable[str]) -> None:
        command = [sys.executable, "-m", "gardener", "run", "--likeliest-first"]
        # No `Path`: parameters of a test may hold `//`.
        paths = [f"{self._request.root}/{name}" for name in names]
        self._child = subprocess.Popen(
            [*command, *words, *paths, *self._request.options], stdin=subprocess.DEVNULL
        )
        self._waits = False

    def say_that_it_waits(self) -> None:
        """Say once that a run has ended, and what the user may do."""
        if not self._waits:
            self._waits = True
            _say(f"waiting for a save ({KEYS}).")

    def stop(self) -> None:
        """End the run that is under way."""
        if self._child is None:
            return
        if self.is_running:
            self._child.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._child.wait(GRACE)
            return
        self._child.kill()
        self._child.wait()


class _Saves:
    """The files that were saved since the last run began, by their names."""

    def __init__(self, request: WatchRequest) -> None:
        self.names: set[str] = set()
        self._root = request.root
        self._ignored = {os.path.realpath(path) for path in request.ignored}
        self._seen: dict[str, bytes] = {}
        self._tracked: frozenset[str] = frozenset()

    def add(self, paths: Iterable[str], *, during_a_run: bool) -> None:
        """Add what was really changed; of what tests write themselves, nothing."""
        changed = {name: path for path in paths if (name := self._changed(path))}
        if not changed:
            return
        self._tracked = self._tracked_files()
        unknown = [name for name in changed if name not in self._tracked]
        left_out = self._git_ignores(unknown)
        for name in changed:
            is_known = name in self._tracked
            is_written_by_a_test = during_a_run and not is_known and not is_python(name)
            is_gone = not is_known and not (self._root / name).exists()
            if name not in left_out and not is_written_by_a_test and not is_gone:
                self.names.add(name)

    def _changed(self, path: str) -> str:
        """The name of a file whose content is another one than when it was last seen."""
        real = os.path.realpath(path)
        if real in self._ignored or Path(path).is_dir():
            return ""
        digest = b""
        with contextlib.suppress(OSError):
            digest = hashlib.sha1(Path(path).read_bytes(), usedforsecurity=False).digest()
        if self._seen.get(path) == digest:
            return ""
        self._seen[path] = digest
        return os.path.relpath(path, self._root).replace(os.sep, "/")

    def _tracked_files(self) -> frozenset[str]:
        with contextlib.suppress(GitError):
            return frozenset(lines(git("ls-files", "-z", root=self._root)))
        return self._tracked

    def _git_ignores(self, names: list[str]) -> frozenset[str]:
        if not names:
            return frozenset()
        with contextlib.suppress(GitError):  # exit status 1: it ignores none of them
            stdin = b"\0".join(map(os.fsencode, names))
            return frozenset(
                lines(git("check-ignore", "-z", "--stdin", root=self._root, stdin=stdin))
            )
        return frozenset()


@contextlib.contextmanager
def _keys() -> Iterator[Any]:
    """A function that tells the key that was pressed, if any; Enter is not waited for."""
    if os.name == "nt" or not sys.stdin.isatty():
        yield lambda: ""
        return
    import termios
    import tty

    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)

    def pressed() -> str:
        if not select.select([terminal], [], [], 0)[0]:
            return ""
        return os.read(terminal, 1).decode(errors="replace")

    try:
        tty.setcbreak(terminal)
        yield pressed
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
