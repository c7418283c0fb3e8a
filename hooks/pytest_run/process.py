"""One child process from its start to its end, or to ours: time limit, Ctrl-C, SIGTERM."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import NamedTuple

from .guardian import guarded
from .watchdog import STACK_GRACE, Stuck, Watchdog, abort, descendants, send

GRACE = 10.0
"""Seconds that pytest gets to end by itself before it is killed."""
LAST_STATUS = 5
"""The highest exit status of pytest that is its own."""
TICK = 0.1
"""Seconds between two looks at a running process."""


class Command(NamedTuple):
    """What to start, where, and the file for all that it prints."""

    arguments: tuple[str, ...]
    folder: Path
    environment: Mapping[str, str]
    log: Path


class Ending(NamedTuple):
    """How a process ended: its exit status, and whether gardener ended it.

    `stuck` is what did not end; with `gave_up` the whole process was ended for it.
    """

    status: int
    interrupted: bool = False
    out_of_time: bool = False
    stuck: tuple[Stuck, ...] = ()
    gave_up: bool = False

    @property
    def reason(self) -> str:
        """Why gardener ended it; empty when it ended by itself."""
        if self.interrupted:
            return "the run was interrupted"
        return "the time for the run was up" if self.out_of_time else ""


def run_to_end(
    command: Command,
    *,
    seconds: float | None = None,
    on_tick: Callable[[], None] | None = None,
    on_interrupt: Callable[[], None] | None = None,
    watchdog: Watchdog | None = None,
) -> Ending:
    """Run a process for at most `seconds`; `on_tick` is called about ten times a second.

    Ctrl-C and SIGTERM end it too; `on_interrupt` is called before it hears of them. So does the
    watchdog. No process that it started outlives it where it did not end by itself.
    """
    deadline = None if seconds is None else time.monotonic() + max(seconds, 0.0)
    with command.log.open("wb") as output, sigterm_interrupts():
        child = subprocess.Popen(
            command.arguments,
            cwd=command.folder,
            env=command.environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # so that all that tests start can be ended with them
        )
        if watchdog:
            watchdog.pytest = child.pid
        try:
            with guarded(child.pid):
                return _wait(child, deadline, on_tick, watchdog)
        except KeyboardInterrupt:
            if on_interrupt:
                on_interrupt()
            return Ending(_end(child), interrupted=True)
        finally:
            if child.poll() is None:
                _kill(child, signal.SIGKILL)
                child.wait()
            if watchdog:
                watchdog.close()


def _wait(
    child: subprocess.Popen[bytes],
    deadline: float | None,
    on_tick: Callable[[], None] | None,
    watchdog: Watchdog | None,
) -> Ending:
    pause = TICK if on_tick or deadline is not None or watchdog else None
    while True:
        try:
            status = child.wait(pause)
        except subprocess.TimeoutExpired:
            if on_tick:
                on_tick()
            if deadline is not None and time.monotonic() > deadline:
                return Ending(_end(child), out_of_time=True)
            stuck = watchdog.look() if watchdog else None
            if watchdog and stuck:
                return Ending(_give_up(child, stuck), stuck=tuple(watchdog.stuck), gave_up=True)
            continue
        if on_tick:
            on_tick()
        if not 0 <= status <= LAST_STATUS:
            # What its tests had started holds ports and locks that the next process needs.
            _kill(child, signal.SIGKILL)
        return Ending(status, stuck=tuple(watchdog.stuck) if watchdog else ())


def _give_up(child: subprocess.Popen[bytes], stuck: Stuck) -> int:
    """End a pytest that does not go on, and all that it started; its stack is in what it printed.

    Ctrl-C shows best where it is, but code in C, or a test that catches everything, does not heed it.
    """
    family = descendants(child.pid)
    try:
        if stuck.process in (None, child.pid):
            send(child.pid, "SIGINT")
            with contextlib.suppress(subprocess.TimeoutExpired):
                return child.wait(GRACE)
        abort(stuck.process or child.pid)
        with contextlib.suppress(subprocess.TimeoutExpired):
            return child.wait(STACK_GRACE)
        _kill(child, signal.SIGKILL)
        return child.wait()
    finally:
        _kill(child, signal.SIGKILL)
        for process in family:
            send(process, "SIGKILL")


def _end(child: subprocess.Popen[bytes]) -> int:
    """Ask pytest to stop as Ctrl-C would, then insist; what its tests had started ends with it."""
    family = descendants(child.pid)
    _kill(child, signal.SIGINT)
    try:
        return child.wait(GRACE)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        _kill(child, signal.SIGKILL)
        return child.wait()
    finally:
        _kill(child, signal.SIGKILL)
        for process in family:
            send(process, "SIGKILL")


def _kill(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(child.pid, number)
        else:
            child.kill()


@contextlib.contextmanager
def sigterm_interrupts() -> Iterator[None]:
    """Treat SIGTERM like Ctrl-C while pytest runs: end it, keep what is known.

    Where SIGINT is ignored (in the background of a script) it stays so for gardener, but
    not for pytest, which would inherit it and could not be asked to stop.
    """

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    try:
        previous = signal.signal(signal.SIGTERM, stop)
    except ValueError:  # not the main thread
        yield
        return
    is_ignored = signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    if is_ignored:
        signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)
        if is_ignored:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
