"""Reads the JSON lines of pytest-reportlog.

What the format does not hold stays empty: no symbols, no facts. Frames carry the origin that
their path tells.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, NamedTuple

from gardener.model import (
    Cause,
    Environment,
    Failure,
    Frame,
    Outcome,
    Output,
    Phase,
    RaisedException,
    Report,
    Result,
    WarningCount,
)
from gardener.reports.fields import (
    Json,
    elements,
    function_of,
    mapping,
    mappings,
    number,
    sum_warnings,
    text,
    whole_number,
)
from gardener.reports.tracebacks import error_lines, frames_of, origin_of, split_message

_TEST_REPORTS = ("TestReport", "SubTestReport", "SubtestReport")
_COLLECT_REPORT = "CollectReport"
_FUNCTION_HEAD = re.compile(r"\s*(?:async )?def (\w+)")


def is_reportlog(first: Json) -> bool:
    """Whether the first line of a file is one of pytest-reportlog."""
    return "$report_type" in first or "pytest_version" in first


def read(lines: Iterable[Json], *, cut: bool) -> Report:
    """Read the lines of pytest-reportlog; `cut` = the last line was cut off."""
    log = _Log()
    for line in lines:
        log.add(line)
    return log.report(cut=cut)


class _PhaseReport(NamedTuple):
    """What a line tells of one phase of a test; `duration` in seconds."""

    outcome: str
    duration: float
    has_xfail: bool


class _Log:
    """What the lines of a log tell together."""

    def __init__(self) -> None:
        self._pytest_version = ""
        self._exit_status: int | None = None
        self._finished = False
        self._phases: dict[str, dict[str, _PhaseReport]] = {}
        self._failures: list[Failure] = []
        self._warnings: list[WarningCount] = []

    def add(self, line: Json) -> None:
        """Take in one line; one of a kind that is not known tells nothing."""
        self._pytest_version = self._pytest_version or text(line.get("pytest_version"))
        kind = line.get("$report_type")
        if kind == "SessionFinish" or "exitstatus" in line:
            exit_status = line.get("exitstatus")
            self._finished = True
            self._exit_status = exit_status if isinstance(exit_status, int) else None
        elif kind == "WarningMessage":
            self._warnings.append(_warning(line))
        elif not isinstance(line.get("nodeid"), str):
            return
        elif kind == _COLLECT_REPORT:
            self._add_failure(line, Phase.COLLECT)
        elif kind in _TEST_REPORTS:
            self._add_phase(line)

    def _add_phase(self, line: Json) -> None:
        when = text(line.get("when"))
        phases = self._phases.setdefault(line["nodeid"], {})
        # One failed subtest fails the test, though its own report may say passed.
        if when not in phases or phases[when].outcome != "failed":
            outcome, duration = text(line.get("outcome")), number(line.get("duration"))
            phases[when] = _PhaseReport(outcome, duration, "wasxfail" in line)
        if when in (Phase.COLLECT, Phase.SETUP, Phase.CALL, Phase.TEARDOWN):
            self._add_failure(line, Phase(when))

    def _add_failure(self, line: Json, phase: Phase) -> None:
        if line.get("outcome") == "failed":
            self._failures.append(_failure(line["nodeid"], phase, line))

    def report(self, *, cut: bool) -> Report:
        """The report of all lines so far."""
        results = tuple(
            Result(nodeid, _outcome(phases), sum(phase.duration for phase in phases.values()))
            for nodeid, phases in self._phases.items()
        )
        return Report(
            created="",
            source="pytest-reportlog",
            environment=Environment(pytest=self._pytest_version),
            exit_status=self._exit_status,
            complete=self._finished and not cut,
            collected=len(results),
            duration=sum(result.duration for result in results),
            results=results,
            failures=tuple(self._failures),
            warnings=sum_warnings(self._warnings),
        )


def _warning(line: Json) -> WarningCount:
    return WarningCount(
        category=text(line.get("category")),
        message=text(line.get("message")),
        file=text(line.get("filename")),
        line=whole_number(line.get("lineno")),
        when=text(line.get("when")) or "runtest",
    )


def _outcome(phases: Mapping[str, _PhaseReport]) -> Outcome:
    """What a test came to, by the outcomes of its phases."""
    outcomes = {when: phase.outcome for when, phase in phases.items()}
    setup, call = outcomes.get(Phase.SETUP, ""), outcomes.get(Phase.CALL, "")
    if setup == "failed":
        return "error"
    if call == "failed":
        return "failed"
    if outcomes.get(Phase.TEARDOWN) == "failed":
        return "error"
    has_xfail = any(phase.has_xfail for phase in phases.values())
    if "skipped" in (setup, call):
        return "xfailed" if has_xfail else "skipped"
    if call == "passed":
        return "xpassed" if has_xfail else "passed"
    return "unfinished"


def _failure(nodeid: str, phase: Phase, line: Json) -> Failure:
    longrepr = line.get("longrepr")
    if isinstance(longrepr, str):
        type_, message = split_message(error_lines(longrepr))
        return Failure(
            nodeid=nodeid, phase=phase, type=type_, message=message, frames=frames_of(longrepr)
        )
    *inner, last = _chain(mapping(longrepr))
    raised = _raised(last)
    type_, message = raised.type, raised.message
    if not message and not type_:
        type_, message = split_message(error_lines(text(mapping(longrepr).get("longrepr"))))
    return Failure(
        nodeid=nodeid,
        phase=phase,
        type=type_,
        message=message,
        frames=raised.frames,
        causes=tuple(_cause(link) for link in reversed(inner)),
        duration=number(line.get("duration")),
        output=tuple(_output(line)),
    )


def _output(line: Json) -> Iterator[Output]:
    """The sections of a report: what was captured, each with its title."""
    for section in elements(line.get("sections")):
        if isinstance(section, list) and len(section) == 2 and text(section[1]).strip():
            yield Output(text(section[0]).removeprefix("Captured "), text(section[1]))


class _ChainLink(NamedTuple):
    """One exception of a chain, as pytest wrote it; `description` says how it led to the next."""

    traceback: Json
    crash: Json
    description: str


def _chain(longrepr: Json) -> list[_ChainLink]:
    """The exceptions of a failure, the root cause first."""
    chain = [
        _ChainLink(mapping(link[0]), mapping(link[1]), text(link[2]))
        for link in elements(longrepr.get("chain"))
        if isinstance(link, list) and len(link) == 3
    ]
    traceback, crash = mapping(longrepr.get("reprtraceback")), mapping(longrepr.get("reprcrash"))
    return chain or [_ChainLink(traceback, crash, "")]


def _cause(chain_link: _ChainLink) -> Cause:
    raised = _raised(chain_link)
    is_direct = "direct cause" in chain_link.description
    link: Literal["cause", "context"] = "cause" if is_direct else "context"
    return Cause(type=raised.type, message=raised.message, frames=raised.frames, link=link)


def _raised(chain_link: _ChainLink) -> RaisedException:
    frames = []
    for entry in mappings(chain_link.traceback.get("reprentries")):
        frame = _frame(mapping(entry.get("data")))
        if frame:
            frames.append(frame)
    type_, message = split_message(text(chain_link.crash.get("message")))
    return RaisedException(type=type_, message=message, frames=tuple(frames))


def _frame(entry: Json) -> Frame | None:
    """The frame of an entry; None for one without a place: the reason why a test failed."""
    place = mapping(entry.get("reprfileloc"))
    path = text(place.get("path"))
    if not path:
        return None
    lines = [line for line in elements(entry.get("lines")) if isinstance(line, str)]
    function = function_of(text(place.get("message")))
    if not function:
        heads = (_FUNCTION_HEAD.match(line) for line in lines)
        function = next((head[1] for head in heads if head), "")
    source = next((line[1:].strip() for line in lines if line.startswith(">")), "")
    return Frame(path, whole_number(place.get("lineno")), function, origin_of(path), source)
