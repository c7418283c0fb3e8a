"""Runs pytest in the project's interpreter and makes a report of what it did."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timezone
from pathlib import Path, PurePosixPath
from types import FrameType, MappingProxyType
from typing import NamedTuple

from gardener import __version__
from gardener.config import Config
from gardener.errors import GitError
from gardener.git import branch, child_environment, fork_point, git, head, lines, store, untracked
from gardener.model import Environment, Failure, Report, Result, Selection, WarningCount
from gardener.model import SelectionSummary as Summary

from ..plugin import RECORDER, plugin_files, write_files
from .crash import Ending, explain
from .events import Facts, Tail, Trace, read
from .rootdirs import Invocation, invocations

COMMAND_LINE = 100_000
"""Bytes of arguments that every system takes; longer lists travel in a file."""
GRACE = 10.0
"""Seconds that pytest gets to end by itself before it is killed."""
LOGS_KEPT = 20

_FROM_FILE = (
    # `python -m pytest`, but with the arguments out of a file: no limit of the system, no
    # limit of the pytest (its own `@file` is new in 8.2 and cannot hold a newline).
    "import os, runpy, sys; sys.path[0] = os.getcwd(); "
    "sys.argv[1:] = open(sys.argv[1], encoding='utf-8', errors='surrogateescape', newline='')"
    ".read().split('\\0'); runpy.run_module('pytest', run_name='__main__', alter_sys=True)"
)


class Execution(NamedTuple):
    """A run and what the report does not say: where pytest's own words are."""

    report: Report
    logs: tuple[Path, ...] = ()
    interrupted: bool = False
    out_of_time: bool = False
    notes: tuple[str, ...] = ()
    traces: tuple[Trace, ...] = ()


class Extra(NamedTuple):
    """What a rerun gives pytest beyond the settings: arguments, PYTHONPATH, variables.

    `paths` come first on PYTHONPATH; `environment` is set on top of the user's own.
    """

    arguments: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    environment: Mapping[str, str] = MappingProxyType({})


class _Stopped(NamedTuple):
    """How one process ended."""

    status: int
    interrupted: bool = False
    out_of_time: bool = False

    @property
    def why(self) -> str:
        """Why it ended before its time, if gardener ended it."""
        if self.interrupted:
            return "the run was interrupted"
        return "the time for the run was up" if self.out_of_time else ""


def execute(
    root: Path,
    python: str,
    selection: Selection,
    config: Config,
    *,
    pytest_args: tuple[str, ...] = (),
    summary: Summary | None = None,
    base: str = "",
    seconds: float | None = None,
    progress: Callable[[Tail], None] | None = None,
    trace: bool = False,
    extra: Extra | None = None,
) -> Execution:
    """Run the selected tests, one process for each of pytest's rootdirs.

    `seconds` is the time after which pytest is stopped; `progress` is called about ten
    times a second while it runs. `trace` records what each test executes;
    `extra` is what a rerun needs. Ctrl-C, SIGTERM and the end of the time give a report
    of what was known by then, with `complete` false.

    Raises:
        ReportError: what the recorder wrote is damaged.
    """
    started = time.monotonic()
    tests = None if selection.everything else tuple(one.test for one in selection.tests)
    runs = invocations(root, tests, _tracked(root) if tests is None else ())
    extra = extra or Extra()
    options = (*config.pytest_args, *pytest_args, *extra.arguments)
    facts: list[Facts] = []
    logs: list[Path] = []
    notes: list[str] = []
    stopped = _Stopped(0)
    statuses: list[int] = []
    command: tuple[str, ...] = ()
    with tempfile.TemporaryDirectory(prefix="gardener-", ignore_cleanup_errors=True) as name:
        place = Path(name)
        queue = list(runs)
        for number, run in enumerate(queue):
            left = None if seconds is None else seconds - (time.monotonic() - started)
            folder = place / f"stream-{number}"
            folder.mkdir()
            command = _command(python, (*options, *run.arguments), folder)
            log = _log(root)
            logs.append(log)
            stopped = _pytest(
                command,
                run=run,
                root=root,
                folder=folder,
                log=log,
                seconds=left,
                progress=progress,
                trace=trace,
                extra=extra,
            )
            known = explain(read(folder), Ending(stopped.status, stopped.why), log, root)
            facts.append(known)
            statuses.append(stopped.status)
            wider = tuple(dict.fromkeys(map(_wider, run.arguments)))
            if stopped.status == 4 and not known.results and wider != run.arguments:
                # One nodeid that is gone makes pytest refuse them all: ask for the files.
                notes.append("pytest did not find a selected test; its whole file runs instead.")
                queue.append(Invocation(run.folder, wider))
                facts.pop()
                statuses.pop()
            if stopped.interrupted or stopped.out_of_time:
                break
        unstarted = len(queue) - len(logs)
    report = _report(facts, statuses, unstarted)
    return Execution(
        report=_dated(
            report,
            root=root,
            base=base,
            summary=summary or Summary(),
            command=command,
            duration=time.monotonic() - started,
        ),
        logs=tuple(logs),
        interrupted=stopped.interrupted,
        out_of_time=stopped.out_of_time,
        notes=tuple(notes),
        traces=tuple(trace for one in facts for trace in one.traces),
    )


def _wider(argument: str) -> str:
    """A nodeid's file; the folder of a file that is no Python, which pytest may pass by."""
    file, mark, _ = argument.partition("::")
    path = PurePosixPath(file)
    return file if mark or path.suffix in (".py", "") else str(path.parent)


def _tracked(root: Path) -> list[str]:
    with contextlib.suppress(GitError):
        return lines(git("ls-files", "-z", root=root)) + untracked(root)
    return []


def _command(python: str, arguments: tuple[str, ...], folder: Path) -> tuple[str, ...]:
    # One test file that cannot be imported must not keep all others from running.
    wanted = ("-p", RECORDER, "--continue-on-collection-errors", *arguments)
    if sum(len(os.fsencode(one)) + 1 for one in wanted) <= COMMAND_LINE:
        return (python, "-m", "pytest", *wanted)
    path = folder / "arguments"
    path.write_bytes(b"\0".join(os.fsencode(one) for one in wanted))
    return (python, "-c", _FROM_FILE, str(path))


def plugin(root: Path, place: Path) -> Path:
    """The folder that holds the recorder and the tracer under names of their own, nothing else.

    It is kept in gardener's store, so that the interpreter's byte code of it is kept too.
    """
    sources = plugin_files()
    with contextlib.suppress(GitError, OSError):
        import hashlib

        name = hashlib.sha256(b"\0".join(sources.values())).hexdigest()[:16]
        kept = store(root) / "plugin" / name
        kept.mkdir(parents=True, exist_ok=True)
        write_files(sources, kept)
        return kept
    folder = place / "plugin"
    folder.mkdir(exist_ok=True)
    write_files(sources, folder)
    return folder


def _log(root: Path) -> Path:
    """A new file for what pytest prints; old ones go."""
    try:
        folder = store(root) / "logs"
        folder.mkdir(parents=True, exist_ok=True)
        for old in sorted(folder.glob("pytest-*.log"))[:-LOGS_KEPT]:
            old.unlink(missing_ok=True)
    except (OSError, GitError):
        folder = Path(tempfile.gettempdir())
    now = datetime.now(timezone.utc).strftime("%Y%m%d-%H%M%S-%f")
    return folder / f"pytest-{now}-{os.getpid()}.log"


def _pytest(
    command: tuple[str, ...],
    *,
    run: Invocation,
    root: Path,
    folder: Path,
    log: Path,
    seconds: float | None,
    progress: Callable[[Tail], None] | None,
    trace: bool,
    extra: Extra,
) -> _Stopped:
    """Run one pytest to its end, or to ours."""
    environment = child_environment()
    own = str(plugin(root, folder))
    environment.update(extra.environment)
    theirs = environment.get("PYTHONPATH")
    paths = [own, *extra.paths, theirs] if theirs else [own, *extra.paths]
    environment["PYTHONPATH"] = os.pathsep.join(paths)
    environment["GARDENER_STREAM"] = str(folder)
    environment["GARDENER_ROOT"] = str(root)
    if trace:
        environment["GARDENER_TRACE"] = "1"
    tail = Tail(folder)
    deadline = None if seconds is None else time.monotonic() + max(seconds, 0.0)
    with log.open("wb") as out, _terminated():
        child = subprocess.Popen(
            command,
            cwd=run.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # so that all that tests start can be ended with them
        )
        try:
            while True:
                try:
                    status = child.wait(0.1 if progress or deadline else None)
                except subprocess.TimeoutExpired:
                    if progress:
                        tail.poll()
                        progress(tail)
                    if deadline is not None and time.monotonic() > deadline:
                        return _Stopped(_end(child), out_of_time=True)
                    continue
                if progress:
                    tail.poll()
                    progress(tail)
                return _Stopped(status)
        except KeyboardInterrupt:
            return _Stopped(_end(child), interrupted=True)
        finally:
            if child.poll() is None:
                _kill(child, signal.SIGKILL)
                child.wait()


def _end(child: subprocess.Popen[bytes]) -> int:
    """Ask pytest to stop as Ctrl-C would, then insist."""
    _kill(child, signal.SIGINT)
    try:
        return child.wait(GRACE)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        _kill(child, signal.SIGKILL)
        return child.wait()


def _kill(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(child.pid, number)
        else:
            child.kill()


@contextlib.contextmanager
def _terminated() -> Iterator[None]:
    """Treat SIGTERM like Ctrl-C while pytest runs: end it, keep what is known.

    Where SIGINT is ignored (in the background of a script) it stays so for gardener, but
    not for pytest, which would inherit it and could not be asked to stop.
    """

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGTERM, stop)
    except ValueError:  # not the main thread
        yield
        return
    ignored = signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    if ignored:
        signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
        if ignored:
            signal.signal(signal.SIGINT, signal.SIG_IGN)


def _report(facts: list[Facts], statuses: list[int], unstarted: int) -> Report:
    """Join the runs of several rootdirs into one report."""
    results: list[Result] = []
    failures: list[Failure] = []
    counts: dict[WarningCount, int] = {}
    for one in facts:
        results += one.results
        failures += one.failures
        for warning in one.warnings:
            key = WarningCount(
                warning.category, warning.message, warning.file, warning.line, 0, warning.when
            )
            counts[key] = counts.get(key, 0) + warning.count
    return Report(
        created="",
        environment=next((f.environment for f in facts if f.began), Environment()),
        exit_status=_status(statuses),
        complete=bool(facts)
        and not unstarted
        and all(f.complete and s in (0, 1, 5) for f, s in zip(facts, statuses, strict=True)),
        internal_error="\n".join(f.internal_error for f in facts if f.internal_error),
        collected=sum(f.collected for f in facts),
        deselected=sum(f.deselected for f in facts),
        results=tuple(results),
        failures=tuple(failures),
        warnings=tuple(
            WarningCount(k.category, k.message, k.file, k.line, count, k.when)
            for k, count in counts.items()
        ),
    )


def _status(statuses: list[int]) -> int | None:
    """The exit status of several runs: what could not run outweighs what failed.

    A rootdir without tests (5) does not spoil another one's success.
    """
    for wrong in statuses:
        if wrong not in (0, 1, 5):
            return wrong
    if 1 in statuses:
        return 1
    return 0 if 0 in statuses else statuses[0] if statuses else None


def _dated(
    report: Report,
    *,
    root: Path,
    base: str,
    summary: Summary,
    command: tuple[str, ...],
    duration: float,
) -> Report:
    import msgspec

    commit = head(root)
    fork = base or fork_point(root)
    return msgspec.structs.replace(
        report,
        created=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        gardener=__version__,
        commit=commit,
        base=fork,
        branch=branch(root),
        command=command,
        selection=summary,
        duration=round(duration, 3),
        changed_files=changed_files(root, fork) if commit else None,
    )


def changed_files(root: Path, base: str) -> tuple[str, ...] | None:
    """Files that differ between `base` and the work tree, new ones included."""
    if not base:
        return None
    try:
        differ = lines(git("diff", "--name-only", "-z", "--no-renames", base, root=root))
        fresh = untracked(root)
    except GitError:
        return None
    return tuple(sorted({*differ, *fresh}))


def log_text(path: Path, limit: int = 200) -> str:
    """The last lines of what pytest printed."""
    try:
        said = path.read_bytes().decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    return "\n".join(said[-limit:])


def unrun(root: Path, summary: Summary) -> Report:
    """The report of a run that had nothing to run."""
    return _dated(Report(created=""), root=root, base="", summary=summary, command=(), duration=0.0)
