"""Reports of other tools, read for what they hold: pytest-json-report, pytest-reportlog, JUnit XML.

What a format does not hold stays empty: no symbols from any of them. Frames carry the
origin that their path tells; causes come out of the text of a traceback.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any, Literal

from gardener.errors import ReportError
from gardener.model import (
    FAILING_OUTCOMES,
    Cause,
    Environment,
    Failure,
    Frame,
    Outcome,
    Phase,
    Report,
    Result,
    WarningCount,
)
from gardener.reports.tracebacks import (
    chain_of,
    error_lines,
    frames_of,
    origin_of,
    relative,
    split_message,
)

Json = dict[str, Any]

_PHASES: tuple[Phase, ...] = (Phase.SETUP, Phase.CALL, Phase.TEARDOWN)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return 0.0
    return float(value) if 0 <= value < 1e12 else 0.0  # false for NaN too


def _whole(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0


def _object(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _objects(value: object) -> list[Json]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _time(seconds: float) -> str:
    try:
        return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="seconds")
    except (OverflowError, OSError, ValueError):
        return ""


# --- pytest-json-report -----------------------------------------------------------------


def is_json_report(document: Json) -> bool:
    """Whether a JSON object looks like a report of pytest-json-report."""
    return "summary" in document and ("tests" in document or "exitcode" in document)


def from_json_report(document: Json, name: str) -> Report:
    """Read a report of pytest-json-report.

    Raises:
        ReportError: a test in it has no nodeid or no outcome.
    """
    root = _text(document.get("root"))
    results, failures = [], []
    for collector in _objects(document.get("collectors")):
        if collector.get("outcome") == "failed":
            text = _text(collector.get("longrepr"))
            failures.append(_failed_collector(_text(collector.get("nodeid")), text))
    for test in _objects(document.get("tests")):
        nodeid, outcome = _text(test.get("nodeid")), _text(test.get("outcome"))
        if not nodeid or not outcome:
            raise ReportError(f"{name} is not a valid report: a test has no nodeid or no outcome.")
        phases = {phase: _object(test.get(phase)) for phase in _PHASES}
        spent = sum(_number(phases[phase].get("duration")) for phase in _PHASES)
        results.append(Result(nodeid, _outcome(outcome, name), spent))
        told = [
            _json_failure(nodeid, phase, stage, root)
            for phase, stage in phases.items()
            if stage.get("outcome") == "failed"
        ]
        if (
            results[-1].outcome in FAILING_OUTCOMES and not told
        ):  # of subtests it keeps no more than that
            text = "The report does not say why it failed."
            told = [Failure(nodeid=nodeid, phase=Phase.CALL, type="", message=text)]
        failures += told
    summary, environment = _object(document.get("summary")), _object(document.get("environment"))
    exit_status = document.get("exitcode")
    return Report(
        created=_time(_number(document.get("created"))),
        source="pytest-json-report",
        environment=Environment(
            python=_text(environment.get("Python")), platform=_text(environment.get("Platform"))
        ),
        exit_status=exit_status if isinstance(exit_status, int) else None,
        complete=exit_status in (0, 1, 5, None),
        collected=_whole(summary.get("collected")) or len(results),
        deselected=_whole(summary.get("deselected")),
        duration=_number(document.get("duration")),
        results=tuple(results),
        failures=tuple(failures),
        warnings=tuple(_json_warnings(document, root)),
    )


def _outcome(word: str, name: str) -> Outcome:
    known: dict[str, Outcome] = {
        "passed": "passed",
        "failed": "failed",
        "error": "error",
        "skipped": "skipped",
        "xfailed": "xfailed",
        "xpassed": "xpassed",
        "rerun": "failed",
    }
    if word not in known:
        raise ReportError(f"{name} is not a valid report: there is no outcome {word[:40]!r}.")
    return known[word]


def _json_failure(nodeid: str, phase: Phase, stage: Json, root: str) -> Failure:
    longrepr = _text(stage.get("longrepr"))
    told = _text(_object(stage.get("crash")).get("message")) or error_lines(longrepr)
    type_, message = split_message(told)
    chain = chain_of(longrepr, nodeid.partition("::")[0])
    return Failure(
        nodeid=nodeid,
        phase=phase,
        type=type_,
        message=message,
        frames=(chain[0].frames if chain else ()) or tuple(_json_frames(stage, root)),
        causes=tuple(chain[1:]),
        duration=_number(stage.get("duration")),
    )


def _json_frames(stage: Json, root: str) -> Iterator[Frame]:
    for entry in _objects(stage.get("traceback")):
        path = relative(_text(entry.get("path")), root)
        function = _function(_text(entry.get("message")))
        yield Frame(path, _whole(entry.get("lineno")), function, origin_of(path))


def _function(message: str) -> str:
    return message[3:] if message.startswith("in ") else ""


def _json_warnings(document: Json, root: str) -> list[WarningCount]:
    seen: dict[WarningCount, int] = {}
    for item in _objects(document.get("warnings")):
        when = _text(item.get("when"))
        bare = WarningCount(
            category=_text(item.get("category")) or "Warning",
            message=_text(item.get("message")),
            file=relative(_text(item.get("filename")), root),
            line=_whole(item.get("lineno")),
            when=when or "runtest",
        )
        seen[bare] = seen.get(bare, 0) + (_whole(item.get("count")) or 1)
    return [
        WarningCount(w.category, w.message, w.file, w.line, count, w.when)
        for w, count in seen.items()
    ]


def _failed_collector(nodeid: str, longrepr: str) -> Failure:
    type_, message = split_message(error_lines(longrepr))
    return Failure(
        nodeid=nodeid, phase=Phase.COLLECT, type=type_, message=message, frames=frames_of(longrepr)
    )


# --- pytest-reportlog -------------------------------------------------------------------


_REPORTS = ("TestReport", "CollectReport", "SubTestReport", "SubtestReport")


def is_reportlog(first: Json) -> bool:
    """Whether the first line of a file is one of pytest-reportlog."""
    return "$report_type" in first or "pytest_version" in first


def from_reportlog(lines: list[Json], *, cut: bool) -> Report:
    """Read the lines of pytest-reportlog; `cut` = the last line was cut off."""
    version, exit_status, finished = "", None, False
    failures: list[Failure] = []
    phases: dict[str, dict[str, tuple[str, float, bool]]] = {}
    warnings: dict[WarningCount, int] = {}
    for line in lines:
        version = version or _text(line.get("pytest_version"))
        kind = line.get("$report_type")
        if kind == "SessionFinish" or "exitstatus" in line:
            finished, status = True, line.get("exitstatus")
            exit_status = status if isinstance(status, int) else None
        elif kind == "WarningMessage":
            bare = WarningCount(
                category=_text(line.get("category")),
                message=_text(line.get("message")),
                file=_text(line.get("filename")),
                line=_whole(line.get("lineno")),
                when=_text(line.get("when")) or "runtest",
            )
            warnings[bare] = warnings.get(bare, 0) + 1
        elif kind in _REPORTS and isinstance(line.get("nodeid"), str):
            nodeid, outcome = line["nodeid"], _text(line.get("outcome"))
            when = "collect" if kind == "CollectReport" else _text(line.get("when"))
            if kind != "CollectReport":
                stages = phases.setdefault(nodeid, {})
                # One failed subtest fails the test, though its own report may say passed.
                if stages.get(when, ("",))[0] != "failed":
                    stages[when] = (outcome, _number(line.get("duration")), "wasxfail" in line)
            if outcome == "failed" and when in ("collect", *_PHASES):
                failures.append(_log_failure(nodeid, Phase(when), line))
    results = [
        Result(nodeid, _log_outcome(stages), sum(spent for _, spent, _ in stages.values()))
        for nodeid, stages in phases.items()
    ]
    return Report(
        created="",
        source="pytest-reportlog",
        environment=Environment(pytest=version),
        exit_status=exit_status,
        complete=finished and not cut,
        collected=len(results),
        duration=sum(result.duration for result in results),
        results=tuple(results),
        failures=tuple(failures),
        warnings=tuple(
            WarningCount(w.category, w.message, w.file, w.line, count, w.when)
            for w, count in warnings.items()
        ),
    )


def _log_outcome(stages: dict[str, tuple[str, float, bool]]) -> Outcome:
    def of(phase: str) -> str:
        return stages.get(phase, ("", 0.0, False))[0]

    if of("setup") == "failed":
        return "error"
    if of("call") == "failed":
        return "failed"
    if of("teardown") == "failed":
        return "error"
    expected = any(xfail for _, _, xfail in stages.values())
    if "skipped" in (of("setup"), of("call")):
        return "xfailed" if expected else "skipped"
    if of("call") == "passed":
        return "xpassed" if expected else "passed"
    return "unfinished"


def _log_failure(nodeid: str, phase: Phase, line: Json) -> Failure:
    longrepr = line.get("longrepr")
    if isinstance(longrepr, str):
        type_, message = split_message(error_lines(longrepr))
        return Failure(
            nodeid=nodeid, phase=phase, type=type_, message=message, frames=frames_of(longrepr)
        )
    whole = _object(longrepr)
    links = [
        link for link in whole.get("chain") or [] if isinstance(link, list) and len(link) == 3
    ] or [[whole.get("reprtraceback"), whole.get("reprcrash"), None]]
    type_, message, frames = _log_raised(_object(links[-1][0]), _object(links[-1][1]))
    if not message and not type_:
        type_, message = split_message(error_lines(_text(whole.get("longrepr"))))
    causes = []
    for traceback, crash, told in reversed(links[:-1]):
        cause_type, cause_message, cause_frames = _log_raised(_object(traceback), _object(crash))
        link: Literal["cause", "context"] = "cause" if "direct cause" in _text(told) else "context"
        causes.append(Cause(type=cause_type, message=cause_message, frames=cause_frames, link=link))
    return Failure(
        nodeid=nodeid,
        phase=phase,
        type=type_,
        message=message,
        frames=frames,
        causes=tuple(causes),
        duration=_number(line.get("duration")),
    )


def _log_raised(traceback: Json, crash: Json) -> tuple[str, str, tuple[Frame, ...]]:
    frames = []
    for entry in _objects(traceback.get("reprentries")):
        data = _object(entry.get("data"))
        place = _object(data.get("reprfileloc"))
        path = _text(place.get("path"))
        if not path:  # the reason why a test failed, without a place
            continue
        lines = [text for text in data.get("lines") or [] if isinstance(text, str)]
        function = _function(_text(place.get("message")))
        if not function:
            heads = (re.match(r"\s*(?:async )?def (\w+)", text) for text in lines)
            function = next((head[1] for head in heads if head), "")
        source = next((text[1:].strip() for text in lines if text.startswith(">")), "")
        frames.append(Frame(path, _whole(place.get("lineno")), function, origin_of(path), source))
    type_, message = split_message(_text(crash.get("message")))
    return type_, message, tuple(frames)
