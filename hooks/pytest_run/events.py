"""Reads the events that the plugin wrote and makes the facts of a run out of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from gardener.errors import ReportError
from gardener.model import (
    Cause,
    Environment,
    Failure,
    Frame,
    Outcome,
    Output,
    Phase,
    Result,
    WarningCount,
)

from .facts import Facts
from .shown_natively import read_from_text
from .traces import TRACE_EVENTS, Event, trace_of

VERSION = 1
"""Of the events; the plugin travels with gardener, so another one is a mix-up."""

_PHASES = {phase.value: phase for phase in Phase}


def read(folder: Path, sizes: Mapping[str, int] | None = None) -> Facts:
    """All facts of the streams in a folder, one for each process of the run.

    `sizes` are those that the streams had at an earlier time, for the facts of that time.

    Raises:
        ReportError: a stream holds something that the plugin does not write.
    """
    run = _Run()
    for path in sorted(folder.glob("*.jsonl")):
        stream = path.read_bytes()
        if sizes is not None:
            stream = stream[: sizes.get(path.name, 0)]
        run.read(path.stem, _events(stream, path.name))
    return run.facts()


def sizes_of(folder: Path) -> dict[str, int]:
    """How much the streams in a folder hold now, by the names of their files."""
    return {path.name: path.stat().st_size for path in folder.glob("*.jsonl")}


def _events(stream: bytes, name: str) -> Iterator[Event]:
    lines = stream.split(b"\n")
    for number, line in enumerate(lines, 1):
        if not line:
            continue
        try:
            yield msgspec.json.decode(line)
        except msgspec.DecodeError:
            if number == len(lines):  # cut off by a kill in the middle of a write
                return
            raise ReportError(
                f"The recorded events in {name}, line {number}, are damaged; run again."
            ) from None


class _Attempt:
    """One attempt at one test: the outcomes of its phases."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.phases: dict[str, str] = {}
        self.subtest_failed = False
        self.xfail = False
        self.duration = 0.0
        self.ended = False

    def outcome(self) -> Outcome:
        """One word for all phases, as pytest's summary would count them."""
        outcomes = self.phases.values()
        if not self.ended:
            return "unfinished"
        if self.phases.get("call") in ("failed", "rerun") or self.subtest_failed:
            return "failed"
        if "failed" in outcomes or "rerun" in outcomes:
            return "error"
        if self.xfail:
            return "xfailed" if "skipped" in outcomes else "xpassed"
        return "skipped" if "skipped" in outcomes else "passed"


class _WarningKey(NamedTuple):
    """What makes two warnings the same one."""

    category: str
    message: str
    file: str
    line: int
    when: str

    def count(self, by_process: dict[str, int]) -> int:
        """Every worker of pytest-xdist collects everything: only what tests did adds up."""
        counts = by_process.values()
        return sum(counts) if self.when == "runtest" else max(counts)


class _Process:
    """One process of a run: pytest itself, or a worker of pytest-xdist."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_worker = not name.startswith("main-")
        self.running = ""
        """The test that was started last."""
        self.importing = ""
        self.deselected = 0
        self.trace: list[Event] = []


class _Run:
    """Gathers the events of all processes of one run; a handler for each kind of event."""

    def __init__(self) -> None:
        self.processes: list[_Process] = []
        self.tests: dict[str, list[_Attempt]] = {}
        self.failures: list[Failure] = []
        self.collection_failures: dict[str, Failure] = {}
        self.warnings: dict[_WarningKey, dict[str, int]] = {}
        self.environment = Environment()
        self.status: int | None = None
        self.collected = 0
        self.unfound: dict[str, None] = {}
        self.files: dict[str, int] = {}
        self.began = False
        self.interrupted = False
        self.internal_error = ""
        self.stopped = ""
        self.troubles: list[str] = []
        self.crash_texts: dict[str, str] = {}
        """What pytest-xdist says of the worker that died in a test, by test."""
        self.stops: dict[str, Event] = {}
        """The exception that stopped pytest while a test ran, by test."""

    def read(self, name: str, events: Iterable[Event]) -> None:
        process = _Process(name)
        self.processes.append(process)
        for event in events:
            kind = event["k"]
            if kind in TRACE_EVENTS:
                process.trace.append(event)
            elif kind in _HANDLERS:
                _HANDLERS[kind](self, process, event)

    def began_session(self, _process: _Process, event: Event) -> None:
        if event["v"] != VERSION:
            raise ReportError("The recorder is of another version than gardener; run again.")
        self.began = True
        if event.get("worker") and self.environment.distributions:
            return  # the process that started the workers knows more
        self.environment = Environment(
            python=event["python"],
            pytest=event["pytest"],
            platform=event["platform"],
            distributions=event.get("installed", {}),
            own=tuple(event.get("own", ())),
        )

    def started(self, process: _Process, event: Event) -> None:
        process.running = event["id"]
        self._open_attempt(process.running, is_start=True)

    def passed(self, _process: _Process, event: Event) -> None:
        attempt = self._open_attempt(event["id"])
        attempt.duration += event["d"]
        attempt.ended = True

    def ended_phase(self, _process: _Process, event: Event) -> None:
        is_between = event.get("between", False)
        attempt = self._open_attempt(event["id"], is_between=is_between)
        when, outcome = event["when"], event["outcome"]
        if event.get("sub"):
            attempt.subtest_failed |= outcome == "failed"
        else:
            attempt.phases[when] = outcome
            attempt.xfail |= bool(event.get("xfail"))
            attempt.duration += event["d"]
            attempt.ended = when == "teardown" or outcome == "rerun"
        if "failure" in event and not _only_counts_subtests(event, attempt):
            phase = _PHASES.get(when, Phase.CALL)
            self.failures.append(
                failure_of(event["id"], phase, event["failure"], event["d"], attempt.number)
            )

    def failed_to_collect(self, _process: _Process, event: Event) -> None:
        failure = failure_of(event["id"], Phase.COLLECT, event["failure"])
        self.collection_failures.setdefault(event["id"], failure)

    def imports(self, process: _Process, event: Event) -> None:
        process.importing = event.get("id", "")

    def counted(self, process: _Process, event: Event) -> None:
        process.importing = ""
        self.collected = max(self.collected, event["n"])
        self.files.update(event.get("files", {}))

    def missed(self, _process: _Process, event: Event) -> None:
        self.unfound.update(dict.fromkeys(event["ids"]))

    def deselected(self, process: _Process, event: Event) -> None:
        process.deselected += event["n"]

    def warned(self, process: _Process, event: Event) -> None:
        key = _WarningKey(*(event[field] for field in _WarningKey._fields))
        by_process = self.warnings.setdefault(key, {})
        by_process[process.name] = by_process.get(process.name, 0) + event["n"]

    def crashed(self, _process: _Process, event: Event) -> None:
        self.crash_texts[event["id"]] = event["text"]

    def died_inside(self, process: _Process, event: Event) -> None:
        self.internal_error = self.internal_error or event["text"]
        self.stops.setdefault(process.running, event["failure"])

    def was_interrupted(self, process: _Process, event: Event) -> None:
        self.interrupted = True
        self.stops[process.running] = event["failure"]

    def had_trouble(self, _process: _Process, event: Event) -> None:
        self.troubles.append(event["text"])

    def finished(self, process: _Process, event: Event) -> None:
        if not process.is_worker:
            self.status = event["status"]
            self.stopped = event.get("stopped", "")

    def _open_attempt(
        self, nodeid: str, *, is_start: bool = False, is_between: bool = False
    ) -> _Attempt:
        """The attempt that is under way; a new one when the last has ended."""
        attempts = self.tests.setdefault(nodeid, [])
        if attempts and is_between:
            return attempts[-1]
        if not attempts or attempts[-1].ended or (is_start and attempts[-1].phases):
            attempts.append(_Attempt(len(attempts) + 1))
        return attempts[-1]

    def facts(self) -> Facts:
        """All that was gathered."""
        results: list[Result] = []
        unfinished: list[Failure] = []
        for nodeid, attempts in self.tests.items():
            for attempt in attempts:
                outcome = attempt.outcome()
                duration = round(attempt.duration, 6)
                results.append(Result(nodeid, outcome, duration, attempt.number))
                if outcome == "unfinished":
                    unfinished.append(self._unfinished(nodeid, attempt))
        return Facts(
            results=tuple(results),
            failures=(*self.collection_failures.values(), *self.failures),
            unfinished=tuple(unfinished),
            unfound=tuple(self.unfound),
            files=self.files,
            importing=next((p.importing for p in self.processes if p.importing), ""),
            stop=failure_of("", Phase.COLLECT, self.stops[""]) if "" in self.stops else None,
            warnings=tuple(
                WarningCount(
                    key.category, key.message, key.file, key.line, key.count(counts), key.when
                )
                for key, counts in self.warnings.items()
            ),
            environment=self.environment,
            status=self.status,
            collected=self.collected,
            deselected=max((process.deselected for process in self.processes), default=0),
            began=self.began,
            interrupted=self.interrupted,
            stopped=self.stopped,
            internal_error=self.internal_error,
            troubles=tuple(self.troubles),
            traces=tuple(trace_of(process.trace) for process in self.processes if process.trace),
        )

    def _unfinished(self, nodeid: str, attempt: _Attempt) -> Failure:
        """The failure of a test that did not end, by what stopped pytest or its worker."""
        crash = {"type": "", "message": self.crash_texts.get(nodeid, "")}
        exception = self.stops.get(nodeid, crash)
        return failure_of(nodeid, Phase.CALL, exception, attempt=attempt.number)


_HANDLERS: dict[str, Callable[[_Run, _Process, Event], None]] = {
    "session": _Run.began_session,
    "start": _Run.started,
    "passed": _Run.passed,
    "phase": _Run.ended_phase,
    "collect": _Run.failed_to_collect,
    "importing": _Run.imports,
    "imported": _Run.imports,
    "collected": _Run.counted,
    "unfound": _Run.missed,
    "deselected": _Run.deselected,
    "warning": _Run.warned,
    "crash": _Run.crashed,
    "internal": _Run.died_inside,
    "interrupted": _Run.was_interrupted,
    "trouble": _Run.had_trouble,
    "finish": _Run.finished,
}


def _only_counts_subtests(event: Event, attempt: _Attempt) -> bool:
    """Whether a failure is pytest 9's `contains 1 failed subtest`, which has no cause of its own."""
    message: str = event["failure"].get("message", "")
    return attempt.subtest_failed and not event.get("sub") and message.startswith("contains ")


def failure_of(
    nodeid: str, phase: Phase, exception: Event, duration: float = 0.0, attempt: int = 1
) -> Failure:
    """A failing phase with its exception, as the plugin describes one."""
    failure = Failure(
        nodeid=nodeid,
        phase=phase,
        type=exception["type"],
        message=exception["message"],
        frames=_frames(exception),
        facts=exception.get("facts", {}),
        causes=tuple(
            Cause(
                type=cause["type"],
                message=cause["message"],
                frames=_frames(cause),
                facts=cause["facts"],
                link=cause["link"],
            )
            for cause in exception.get("causes", ())
        ),
        statement_symbols=tuple(exception.get("statement_symbols", ())),
        body_symbols=tuple(exception.get("body_symbols", ())),
        markers=tuple(exception.get("markers", ())),
        output=tuple(Output(*section) for section in exception.get("output", ())),
        duration=duration,
        attempt=attempt,
    )
    return read_from_text(failure)


def _frames(exception: Event) -> tuple[Frame, ...]:
    return tuple(Frame(*fields) for fields in exception.get("frames", ()))
