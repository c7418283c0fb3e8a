"""Runs selected tests in the project's interpreter, one pytest for each of its configuration files."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path, PurePosixPath
from threading import Event
from typing import NamedTuple

from gardener.model import Mode, Report
from gardener.nodeid import NodeId
from gardener.text import count

from ..plugin import UNFOUND
from .evidence import with_evidence
from .facts import ENDED_BY_ITSELF
from .injection import Extra
from .logs import last_lines
from .one_run import (
    PYTEST_USAGE_ERROR,
    ExecutionRequest,
    Progress,
    PytestRun,
    run_pytest,
)
from .process import TICK, sigterm_interrupts
from .remainder import MOST_BREAKS, remainder, stops_early
from .rootdirs import ConfiguredTree, Invocation, invocations, repository_files
from .run_report import Ended, joined_report, placed
from .splitting import split
from .tail import BROKE_OFF, Tail
from .temporary import temporary_folder
from .traces import Trace

__all__ = ["PYTEST_USAGE_ERROR", "Execution", "ExecutionRequest", "Progress", "execute"]


class Execution(NamedTuple):
    """A run and what the report does not say: `logs` are the files with what pytest printed.

    `unstarted` counts the pytests that were given up before they began.
    """

    report: Report
    logs: tuple[Path, ...] = ()
    interrupted: bool = False
    out_of_time: bool = False
    notes: tuple[str, ...] = ()
    traces: tuple[Trace, ...] = ()
    unstarted: int = 0


def execute(request: ExecutionRequest) -> Execution:
    """Run the tests; Ctrl-C, SIGTERM and the end of the time give what was known by then.

    Raises:
        ReportError: what the plugin wrote is damaged.
    """
    started = time.monotonic()
    tree = ConfiguredTree(request.root, lambda: repository_files(request.root))
    # What the user named is run as it is named, or not at all.
    is_exact = request.summary.mode is Mode.GIVEN
    request = request._replace(extra=request.extra.plus(_going_on(request, is_exact=is_exact)))
    options = (*request.config.pytest_args, *request.pytest_args)
    plan = _Plan(
        tree,
        _invocations(request, tree),
        is_exact=is_exact,
        stops_early=stops_early(options),
    )
    with temporary_folder() as folder:
        for invocation, run in _runs(request, plan, folder, started):
            plan.take(invocation, run)
    report = placed(
        with_evidence(
            joined_report(plan.counted, all_started=not plan.unstarted),
            request.root,
            request.config.evidence,
        ),
        request.root,
        request.summary,
        base=request.base,
        command=plan.command,
        duration=time.monotonic() - started,
        cell=request.cell,
    )
    return Execution(
        report,
        logs=tuple(run.log for run in plan.runs),
        interrupted=any(run.ending.interrupted for run in plan.runs),
        out_of_time=any(run.ending.out_of_time for run in plan.runs),
        notes=(*plan.notes, *plan.told_fresh_starts()),
        traces=tuple(trace for ended in plan.counted for trace in ended.facts.traces),
        unstarted=plan.unstarted,
    )


def _going_on(request: ExecutionRequest, *, is_exact: bool) -> Extra:
    """What lets pytest go on where it does not find a test that gardener chose."""
    chosen = not is_exact or request.summary.focus or request.summary.level not in ("", "any")
    if not chosen or all(NodeId.parse(one.test).is_file for one in request.selection.tests):
        return Extra()
    environment = {"GARDENER_UNFOUND": "" if is_exact else "whole"}
    return Extra(arguments=("-p", UNFOUND), environment=environment)


def _invocations(request: ExecutionRequest, tree: ConfiguredTree) -> list[Invocation]:
    tests = tuple(selected.test for selected in request.selection.tests)
    given = None if request.selection.everything else tests
    if _names_configuration((*request.config.pytest_args, *request.pytest_args)):
        return [Invocation(request.root, given or ())]
    runs = invocations(tree, given)
    if request.python_of is None:
        return runs
    return [run._replace(python=request.python_of(run.part)) for run in runs]


def _names_configuration(options: tuple[str, ...]) -> bool:
    """Whether the user says which one configuration file, or rootdir, is meant."""
    named = ("-c", "--config-file", "--rootdir")
    return any(option.partition("=")[0] in named for option in options)


class _Plan:
    """The runs that are left to do, and those that were done.

    `counted` is what of them makes the report, `unstarted` how many were given up, `command` that
    of the last one that was no fresh start.
    """

    def __init__(
        self,
        tree: ConfiguredTree,
        first: list[Invocation],
        *,
        is_exact: bool,
        stops_early: bool,
    ) -> None:
        self._tree = tree
        self._is_exact = is_exact
        self._stops_early = stops_early
        self._broke_off = 0
        self._fresh_starts = 0
        self.command: tuple[str, ...] = ()
        self.left = deque(first)
        self.runs: list[PytestRun] = []
        self.counted: list[Ended] = []
        self.notes: list[str] = []
        self.unstarted = 0

    def stop(self) -> None:
        """Start nothing more."""
        self.unstarted += len(self.left)
        self.left.clear()

    def take(self, invocation: Invocation, run: PytestRun) -> None:
        """Count what a run tells, and plan what follows of it."""
        self.runs.append(run)
        if not invocation.ran:
            self.command = run.command
        if run.ending.reason:
            self.stop()
            # Whole files would have run instead of what was not found.
            self.unstarted += bool(run.ended.facts.unfound) and not self._is_exact
            self.counted.append(run.ended)
            return
        if self._stops_early and (run.ended.facts.stopped or run.ended.facts.broke_off):
            self.stop()
        elif run.ended.facts.ran:
            run = self._with_rest(invocation, run)
        parts = split(self._tree, invocation, run.ended, run.log)
        self.left.extendleft(reversed(parts.further))
        if parts.further:
            self.notes.append(_told(parts.further))
        again = self._again(invocation, run) if not parts.further and run.refused else invocation
        if again.paths and again != invocation:
            self.left.appendleft(again)
            return
        if parts.ended:
            self.counted.append(parts.ended)
        facts = run.ended.facts
        if facts.unfound and facts.status in ENDED_BY_ITSELF:
            missing = asked_for(invocation, facts.unfound)
            self._tell_missing(missing)
            if not self._is_exact:
                only = invocation._replace(arguments=(*missing, *invocation.ignored))
                self.left.appendleft(widened(only, missing))

    def _with_rest(self, invocation: Invocation, run: PytestRun) -> PytestRun:
        """Plan a fresh pytest for what is left of one that broke off; what of it counts."""
        if run.ending.gave_up and run.ending.stuck[-1].is_over:
            seconds = run.ending.stuck[-1].time
            self.notes.append(
                f"pytest did not end in {seconds} after its last test, so gardener ended it."
            )
        ended, rest = remainder(invocation, run.ended, run.ending, self._tree.root)
        if rest:
            (run.stream / BROKE_OFF).touch()
        if rest and self._broke_off < MOST_BREAKS:
            self._broke_off += 1
            self._fresh_starts += len(rest)
            self.left.extendleft(reversed(rest))
        else:
            self.unstarted += len(rest)
        return run._replace(ended=ended)

    def told_fresh_starts(self) -> list[str]:
        """What is said of the fresh starts."""
        if not self._fresh_starts:
            return []
        times = count(self._fresh_starts, "time")
        return [
            f"pytest was started anew {times}, for the tests behind one that ended its process or "
            "did not end."
        ]

    def _again(self, invocation: Invocation, run: PytestRun) -> Invocation:
        """The same run without what made pytest refuse it all: a nodeid that it did not find."""
        missing = named_arguments(invocation, run.log, NOT_FOUND)
        # Of a file that cannot be collected the file itself tells why.
        uncollected = named_arguments(invocation, run.log, NO_COLLECTORS)
        if self._is_exact:
            return widened(_without(invocation, missing), uncollected)
        self._tell_missing(missing)
        return widened(invocation, [*missing, *uncollected])

    def _tell_missing(self, missing: list[str]) -> None:
        if missing:
            instead = "" if self._is_exact else "; whole files run instead"
            self.notes.append(
                f"pytest did not find {count(len(missing), 'selected test')}{instead}."
            )


NOT_FOUND = "ERROR: not found: "
NO_COLLECTORS = "ERROR: found no collectors for "


def named_arguments(invocation: Invocation, log: Path, prefix: str) -> list[str]:
    """The arguments that pytest names behind a prefix; all where it does not say which."""
    printed = [line for line in last_lines(log, 4000) if line.startswith(prefix)]
    return asked_for(invocation, [line[len(prefix) :].strip() for line in printed])


def asked_for(invocation: Invocation, nodeids: Iterable[str]) -> list[str]:
    """The arguments that pytest calls so; all where it is none of them."""
    names = {_absolute(nodeid, invocation.folder) for nodeid in nodeids}
    arguments = [path for path in invocation.paths if _absolute(path, invocation.folder) in names]
    return arguments or (list(invocation.paths) if names else [])


def _absolute(argument: str, folder: Path) -> str:
    """A nodeid with the absolute path of its file."""
    nodeid = NodeId.parse(argument)
    return str(nodeid._replace(file=os.path.realpath(folder / nodeid.file)))


def _told(further: tuple[Invocation, ...]) -> str:
    return (
        "one pytest cannot run all of these tests: conftests that do not go together, a broken one, "
        f"or a file that ends pytest when it is imported; {count(len(further), 'more run')} for what it left."
    )


def _runs(
    request: ExecutionRequest, plan: _Plan, folder: Path, started: float
) -> Iterator[tuple[Invocation, PytestRun]]:
    """Each planned run as it ends, up to `jobs` of them side by side."""
    tick = _reporter(request.progress, folder)
    numbers = iter(range(1_000_000))

    def stream() -> Path:
        path = folder / f"stream-{next(numbers)}"
        path.mkdir()
        return path

    if request.jobs < 2 or request.terminal:
        while plan.left:
            invocation = plan.left.popleft()
            yield invocation, run_pytest(request, invocation, stream(), started, tick)
        return
    stop = Event()

    def heed() -> None:
        if stop.is_set():
            raise KeyboardInterrupt

    running: dict[Future[PytestRun], Invocation] = {}
    with ThreadPoolExecutor(request.jobs) as pool, sigterm_interrupts():
        while plan.left or running:
            if stop.is_set():
                plan.stop()
            while plan.left and len(running) < request.jobs:
                invocation = plan.left.popleft()
                future = pool.submit(run_pytest, request, invocation, stream(), started, heed)
                running[future] = invocation
            try:
                done, _ = wait(running, TICK, FIRST_COMPLETED)
                if tick:
                    tick()
            except KeyboardInterrupt:
                stop.set()
                done, _ = wait(running)
            for future in done:
                yield running.pop(future), future.result()


def _reporter(progress: Progress | None, folder: Path) -> Callable[[], None] | None:
    """What tells `progress` how far all pytests are."""
    if progress is None:
        return None
    tail = Tail(folder)

    def report() -> None:
        tail.poll()
        progress(tail)

    return report


def _without(invocation: Invocation, missing: list[str]) -> Invocation:
    """The same run without some of its paths."""
    kept = tuple(path for path in invocation.paths if path not in missing)
    return invocation._replace(arguments=(*kept, *invocation.ignored))


def widened(invocation: Invocation, missing: list[str]) -> Invocation:
    """The same run with whole files in place of the tests that pytest did not find."""
    wider = {wider_argument(path) if path in missing else path: None for path in invocation.paths}
    whole = {NodeId.parse(path).file for path in wider if NodeId.parse(path).is_file}
    kept = [path for path in wider if path in whole or NodeId.parse(path).file not in whole]
    return invocation._replace(arguments=(*kept, *invocation.ignored))


def wider_argument(argument: str) -> str:
    """The file of a nodeid; for a file that is no Python, which pytest may pass by, its folder."""
    nodeid = NodeId.parse(argument)
    path = PurePosixPath(nodeid.file)
    if not nodeid.is_file or path.suffix in (".py", ""):
        return nodeid.file
    return str(path.parent)
