"""One pytest from its start to what it wrote: in the background, or where the user sees it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from gardener.config import Config
from gardener.model import Selection, SelectionSummary

from .crash import explain
from .events import read, sizes_of
from .facts import Facts
from .hanging import with_stuck
from .injection import Extra, leave_out, pytest_command, pytest_environment, watch
from .interrupts import known_before, without_interrupted
from .logs import new_log
from .on_terminal import run_on_terminal
from .process import Command, Ending, run_to_end
from .rootdirs import Invocation
from .run_report import Ended
from .tail import Tail
from .watchdog import Watchdog

Progress = Callable[[Tail], None]
PYTEST_USAGE_ERROR = 4
"""The exit status of pytest when it refused its arguments or its configuration."""


class ExecutionRequest(NamedTuple):
    """Which tests to run, and how.

    `base` is the commit that the report is compared with. `seconds` is the time after which
    pytest is stopped; `progress` is called about ten times a second while it runs. `records`
    says whether to record what each test executes, `watched` in which folders files that are no
    Python may be opened by it. `terminal` gives the terminal to pytest, for its
    debugger; `jobs` is how many pytests may run side by side. `python_of` names the interpreter of
    a part of the repository, where parts may have one of their own.
    """

    root: Path
    python: str
    selection: Selection
    config: Config
    pytest_args: tuple[str, ...] = ()
    summary: SelectionSummary = SelectionSummary()
    base: str = ""
    seconds: float | None = None
    progress: Progress | None = None
    records: bool = False
    watched: tuple[str, ...] = ()
    terminal: bool = False
    jobs: int = 1
    python_of: Callable[[str], str] | None = None
    extra: Extra = Extra()
    cell: str = ""


class PytestRun(NamedTuple):
    """One pytest that was started and ended; `stream` is the folder that it wrote into."""

    command: tuple[str, ...]
    stream: Path
    log: Path
    ending: Ending
    ended: Ended

    @property
    def refused(self) -> bool:
        """Whether pytest refused its arguments and ran nothing."""
        return self.ending.status == PYTEST_USAGE_ERROR and not self.ended.facts.results


def run_pytest(
    request: ExecutionRequest,
    invocation: Invocation,
    stream: Path,
    started: float,
    on_tick: Callable[[], None] | None = None,
) -> PytestRun:
    """Run one pytest, and read what it wrote into the folder `stream`; `on_tick`: see `run_to_end`."""
    root = request.root
    extra = request.extra
    if invocation.ran:
        extra = extra.plus(leave_out(stream, invocation.ran))
    options = (*request.config.pytest_args, *request.pytest_args, *extra.arguments)
    if request.watched:
        watch(stream, request.watched)
    python = invocation.python or request.python
    arguments = pytest_command(python, (*options, *invocation.arguments), stream)
    environment = pytest_environment(root, python, stream, extra, records=request.records)
    log = new_log(root, request.config.evidence.days)
    command = Command(arguments, invocation.folder, environment, log)
    seconds = request.seconds
    if seconds is not None:
        seconds -= time.monotonic() - started
    if request.terminal:
        ending, facts = _run_on_terminal(command, seconds, stream)
    else:
        bound = request.config.run.test_seconds
        watchdog = Watchdog(stream, bound) if bound else None
        ending, facts = _run_in_background(command, seconds, stream, on_tick, watchdog)
    facts = explain(with_stuck(facts, ending, log, root), ending, log, root)
    return PytestRun(arguments, stream, log, ending, Ended(facts, ending.status))


def _run_on_terminal(command: Command, seconds: float | None, stream: Path) -> tuple[Ending, Facts]:
    """Run pytest where the user sees it and can answer it."""
    ending = run_on_terminal(command, seconds=seconds)
    facts = without_interrupted(read(stream)) if not ending.out_of_time else read(stream)
    return ending._replace(interrupted=facts.interrupted), facts


def _run_in_background(
    command: Command,
    seconds: float | None,
    stream: Path,
    on_tick: Callable[[], None] | None,
    watchdog: Watchdog | None,
) -> tuple[Ending, Facts]:
    """Run pytest with all that it prints in the log."""
    sizes: dict[str, int] = {}
    ending = run_to_end(
        command,
        seconds=seconds,
        on_tick=on_tick,
        on_interrupt=lambda: sizes.update(sizes_of(stream)),
        watchdog=watchdog,
    )
    facts = read(stream)
    if ending.interrupted:
        facts = known_before(facts, read(stream, sizes))
    return ending, facts
