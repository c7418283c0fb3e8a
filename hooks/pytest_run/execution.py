"""Runs selected tests in the project's interpreter, one pytest for each of its rootdirs."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from gardener.config import Config
from gardener.errors import GitError
from gardener.git import git, lines, untracked
from gardener.model import Report, Selection, SelectionSummary
from gardener.nodeid import NodeId

from .crash import explain
from .events import read, sizes_of
from .evidence import with_evidence
from .facts import Facts
from .injection import Extra, pytest_command, pytest_environment, watch
from .interrupts import known_before, without_interrupted
from .logs import new_log
from .on_terminal import run_on_terminal
from .process import Command, Ending, run_to_end
from .rootdirs import Invocation, invocations
from .run_report import Ended, joined_report, placed
from .tail import Tail
from .traces import Trace

Progress = Callable[[Tail], None]
PYTEST_USAGE_ERROR = 4
"""The exit status of pytest when it refused its arguments or its configuration."""


class ExecutionRequest(NamedTuple):
    """Which tests to run, and how.

    `base` is the commit that the report is compared with. `seconds` is the time after which
    pytest is stopped; `progress` is called about ten times a second while it runs. `records`
    says whether to record what each test executes, `watched` in which folders files that are no
    Python may be opened by it. `terminal` gives the terminal to pytest, for its debugger.
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
    extra: Extra = Extra()
    cell: str = ""


class Execution(NamedTuple):
    """A run and what the report does not say: `logs` are the files with what pytest printed."""

    report: Report
    logs: tuple[Path, ...] = ()
    interrupted: bool = False
    out_of_time: bool = False
    notes: tuple[str, ...] = ()
    traces: tuple[Trace, ...] = ()


class _PytestRun(NamedTuple):
    """One pytest that was started and ended."""

    command: tuple[str, ...]
    log: Path
    ending: Ending
    ended: Ended

    @property
    def refused(self) -> bool:
        """Whether pytest refused its arguments and ran nothing."""
        return self.ending.status == PYTEST_USAGE_ERROR and not self.ended.facts.results


def execute(request: ExecutionRequest) -> Execution:
    """Run the tests; Ctrl-C, SIGTERM and the end of the time give what was known by then.

    Raises:
        ReportError: what the plugin wrote is damaged.
    """
    started = time.monotonic()
    queue = _invocations(request)
    runs: list[_PytestRun] = []
    notes: list[str] = []
    refused: set[int] = set()
    with tempfile.TemporaryDirectory(prefix="gardener-", ignore_cleanup_errors=True) as name:
        for number, invocation in enumerate(queue):
            stream = Path(name) / f"stream-{number}"
            stream.mkdir()
            run = _run_pytest(request, invocation, stream, started)
            runs.append(run)
            wider = _widened(invocation)
            if run.refused and wider != invocation:
                # One nodeid that is gone makes pytest refuse them all: ask for the files.
                notes.append("pytest did not find a selected test; its whole file runs instead.")
                refused.add(number)
                queue.append(wider)
            if run.ending.reason:
                break
    counted = [run.ended for number, run in enumerate(runs) if number not in refused]
    last = runs[-1]
    report = placed(
        with_evidence(
            joined_report(counted, all_started=len(runs) == len(queue)),
            request.root,
            request.config.evidence,
        ),
        request.root,
        request.summary,
        base=request.base,
        command=last.command,
        duration=time.monotonic() - started,
        cell=request.cell,
    )
    return Execution(
        report,
        logs=tuple(run.log for run in runs),
        interrupted=last.ending.interrupted,
        out_of_time=last.ending.out_of_time,
        notes=tuple(notes),
        traces=tuple(trace for ended in counted for trace in ended.facts.traces),
    )


def _invocations(request: ExecutionRequest) -> list[Invocation]:
    if request.selection.everything:
        return invocations(request.root, None, _files(request.root))
    tests = tuple(selected.test for selected in request.selection.tests)
    return invocations(request.root, tests, ())


def _files(root: Path) -> list[str]:
    with contextlib.suppress(GitError):
        return lines(git("ls-files", "-z", root=root)) + untracked(root)
    return []


def _run_pytest(
    request: ExecutionRequest, invocation: Invocation, stream: Path, started: float
) -> _PytestRun:
    """Run one pytest, and read what it wrote into the folder `stream`."""
    root = request.root
    options = (*request.config.pytest_args, *request.pytest_args, *request.extra.arguments)
    if request.watched:
        watch(stream, request.watched)
    arguments = pytest_command(request.python, (*options, *invocation.arguments), stream)
    environment = pytest_environment(
        root, request.python, stream, request.extra, records=request.records
    )
    log = new_log(root, request.config.evidence.days)
    command = Command(arguments, invocation.folder, environment, log)
    seconds = request.seconds
    if seconds is not None:
        seconds -= time.monotonic() - started
    if request.terminal:
        ending, facts = _run_on_terminal(command, seconds, stream)
    else:
        ending, facts = _run_in_background(command, seconds, stream, request.progress)
    return _PytestRun(
        arguments, log, ending, Ended(explain(facts, ending, log, root), ending.status)
    )


def _run_on_terminal(command: Command, seconds: float | None, stream: Path) -> tuple[Ending, Facts]:
    """Run pytest where the user sees it and can answer it."""
    ending = run_on_terminal(command, seconds=seconds)
    facts = without_interrupted(read(stream)) if not ending.out_of_time else read(stream)
    return ending._replace(interrupted=facts.interrupted), facts


def _run_in_background(
    command: Command, seconds: float | None, stream: Path, progress: Progress | None
) -> tuple[Ending, Facts]:
    """Run pytest with all that it prints in the log."""
    sizes: dict[str, int] = {}
    ending = run_to_end(
        command,
        seconds=seconds,
        on_tick=_reporter(progress, stream),
        on_interrupt=lambda: sizes.update(sizes_of(stream)),
    )
    facts = read(stream)
    if ending.interrupted:
        facts = known_before(facts, read(stream, sizes))
    return ending, facts


def _reporter(progress: Progress | None, stream: Path) -> Callable[[], None] | None:
    """What tells `progress` how far pytest is."""
    if progress is None:
        return None
    tail = Tail(stream)

    def report() -> None:
        tail.poll()
        progress(tail)

    return report


def _widened(invocation: Invocation) -> Invocation:
    """The same run with whole files in place of the tests in them."""
    wider = dict.fromkeys(wider_argument(argument) for argument in invocation.arguments)
    return invocation._replace(arguments=tuple(wider))


def wider_argument(argument: str) -> str:
    """The file of a nodeid; for a file that is no Python, which pytest may pass by, its folder."""
    nodeid = NodeId.parse(argument)
    path = PurePosixPath(nodeid.file)
    if not nodeid.is_file or path.suffix in (".py", ""):
        return nodeid.file
    return str(path.parent)
