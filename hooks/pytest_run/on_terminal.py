"""A pytest that has the terminal to itself: `--pdb`, `--trace` and `-s` talk with the user."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

from .process import GRACE, Command, Ending

_WORDS = frozenset({"--pdb", "--trace", "-s", "--capture=no"})
"""Arguments of pytest that show on the terminal, or ask there, while a test runs."""


def wants_terminal(arguments: tuple[str, ...]) -> bool:
    """Whether pytest talks with the user while it runs."""
    return not _WORDS.isdisjoint(arguments)


def without_terminal(arguments: tuple[str, ...]) -> tuple[str, ...]:
    """The same arguments for a run that nobody watches."""
    return tuple(argument for argument in arguments if argument not in _WORDS)


def run_on_terminal(command: Command, *, seconds: float | None = None) -> Ending:
    """Run pytest with the user's own terminal, for at most `seconds`.

    Ctrl-C is pytest's and its debugger's: it reaches them from the terminal. Where stdout is
    no terminal it is for gardener's results, so pytest prints on stderr.
    """
    deadline = None if seconds is None else time.monotonic() + max(seconds, 0.0)
    command.log.touch()
    with _interrupts_are_pytests():
        child = subprocess.Popen(
            command.arguments,
            cwd=command.folder,
            env=command.environment,
            stdout=None if sys.stdout.isatty() else sys.stderr.fileno(),
        )
        try:
            remaining = None if deadline is None else max(deadline - time.monotonic(), 0.0)
            return Ending(child.wait(remaining))
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGINT)
            return Ending(_ended(child), out_of_time=True)
        finally:
            if child.poll() is None:
                child.kill()
                child.wait()


def _ended(child: subprocess.Popen[bytes]) -> int:
    with contextlib.suppress(subprocess.TimeoutExpired):
        return child.wait(GRACE)
    child.kill()
    return child.wait()


@contextlib.contextmanager
def _interrupts_are_pytests() -> Iterator[None]:
    """Let Ctrl-C pass gardener by; not by ignoring it, which pytest would inherit."""
    try:
        previous = signal.signal(signal.SIGINT, lambda *_: None)
    except ValueError:  # not the main thread
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)
