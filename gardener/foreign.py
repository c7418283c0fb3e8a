"""Reports of other tools, read for what they hold: pytest-json-report, pytest-reportlog, JUnit XML.

What a format does not hold stays empty: no chained causes from JUnit, no symbols from
any of them. Frames carry the origin that their path tells.
"""

from __future__ import annotations

import re
from datetime import datetime, timezone
from pathlib import PurePosixPath
from typing import Any, Literal

from gardener.errors import ReportError
from gardener.model import (
    Cause,
    Environment,
    Failure,
    Frame,
    Origin,
    Outcome,
    Phase,
    Report,
    Result,
    WarningCount,
)

Json = dict[str, Any]

_PHASES: tuple[Phase, ...] = ("setup", "call", "teardown")
_LIBRARY = re.compile(r"(?:^|/)(?:site-packages|dist-packages|lib/python3[.\d]*|Lib)/|^<")
_TEST_FOLDER = re.compile(r"(?:^|/)(?:tests?|testing)/")
_TYPED = re.compile(r"^(?P<type>(?:[^\W\d]\w*\.)*_?[A-Z]\w*)(?:: (?P<message>.*)|\s*)$", re.DOTALL)


def split_message(text: str) -> tuple[str, str]:
    """Split `ValueError: no` into type and message; an untyped text keeps an empty type."""
    first, _, _ = text.partition("\n")
    found = _TYPED.match(text)
    if found:
        return found["type"], found["message"] or ""
    if first.startswith("assert "):
        return "AssertionError", text
    return "", text


def origin_of(path: str) -> Origin:
    """Where a frame's file lies, by its path alone."""
    plain = path.replace("\\", "/")
    if _LIBRARY.search(plain) or plain.startswith("/"):
        return "library"
    name = PurePosixPath(plain).name
    if name == "conftest.py" or name.startswith("test_") or name.endswith("_test.py"):
        return "test"
    return "test" if _TEST_FOLDER.search(plain) else "project"


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


def _relative(path: str, root: str) -> str:
    plain, top = path.replace("\\", "/"), root.replace("\\", "/").rstrip("/")
    return plain[len(top) + 1 :] if top and plain.startswith(top + "/") else plain


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
        failures += [
            _json_failure(nodeid, phase, stage, root)
            for phase, stage in phases.items()
            if stage.get("outcome") == "failed"
        ]
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
    crash = _object(stage.get("crash"))
    text = _text(crash.get("message")) or error_lines(_text(stage.get("longrepr")))
    type_, message = split_message(text)
    frames = [
        Frame(
            file=_relative(_text(entry.get("path")), root),
            line=_whole(entry.get("lineno")),
            function=_function(_text(entry.get("message"))),
            origin=origin_of(_relative(_text(entry.get("path")), root)),
        )
        for entry in _objects(stage.get("traceback"))
    ]
    return Failure(
        nodeid=nodeid,
        phase=phase,
        type=type_,
        message=message,
        frames=tuple(frames),
        duration=_number(stage.get("duration")),
    )


def _function(message: str) -> str:
    return message[3:] if message.startswith("in ") else ""


def _json_warnings(document: Json, root: str) -> list[WarningCount]:
    seen: dict[WarningCount, int] = {}
    for item in _objects(document.get("warnings")):
        when = _text(item.get("when"))
        bare = WarningCount(
            category=_text(item.get("category")) or "Warning",
            message=_text(item.get("message")),
            file=_relative(_text(item.get("filename")), root),
            line=_whole(item.get("lineno")),
            when=when or "runtest",
        )
        seen[bare] = seen.get(bare, 0) + (_whole(item.get("count")) or 1)
    return [
        WarningCount(w.category, w.message, w.file, w.line, count, w.when)
        for w, count in seen.items()
    ]


def error_lines(longrepr: str) -> str:
    """The exception's text out of pytest's own traceback: its lines marked `E`."""
    marked = [line[1:].strip() for line in longrepr.splitlines() if re.match(r"E( |$)", line)]
    return "\n".join(marked) if marked else longrepr.strip()


def _failed_collector(nodeid: str, longrepr: str) -> Failure:
    type_, message = split_message(error_lines(longrepr))
    return Failure(
        nodeid=nodeid, phase="collect", type=type_, message=message, frames=frames_of(longrepr)
    )


_LOCATION = re.compile(
    r"^(?P<file>[^\s:][^:\n]*\.py):(?P<line>\d+): (?:in (?P<function>\S+)|[A-Z]\w*)?"
    r"|^ *File \"(?P<file2>[^\"\n]+)\", line (?P<line2>\d+)(?:, in (?P<function2>\S+))?",
    re.MULTILINE,
)


def frames_of(text: str, test_file: str = "") -> tuple[Frame, ...]:
    """Frames out of a traceback's text, as pytest (`path.py:12: in f`) or Python prints it.

    Where `test_file` (relative) is the end of an absolute path, what stands before it
    is taken for the repository, and other paths are made relative to it.
    """
    found = [
        (
            m["file"] or m["file2"],
            int((m["line"] or m["line2"])[:9]),
            m["function"] or m["function2"],
        )
        for m in _LOCATION.finditer(text)
    ]
    end = "/" + test_file
    root = next((path.removesuffix(end) for path, _, _ in found if path.endswith(end)), "")
    return tuple(
        Frame(_relative(path, root), line, function or "", origin_of(_relative(path, root)))
        for path, line, function in found
    )


# --- pytest-reportlog -------------------------------------------------------------------


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
        elif kind in ("TestReport", "CollectReport") and isinstance(line.get("nodeid"), str):
            nodeid, outcome = line["nodeid"], _text(line.get("outcome"))
            when = _text(line.get("when")) if kind == "TestReport" else "collect"
            if kind == "TestReport":
                stages = phases.setdefault(nodeid, {})
                stages[when] = (outcome, _number(line.get("duration")), "wasxfail" in line)
            if outcome == "failed" and when in ("collect", *_PHASES):
                failures.append(_log_failure(nodeid, when, line))
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
        lines = [text for text in data.get("lines") or [] if isinstance(text, str)]
        function = _function(_text(place.get("message")))
        if not function:
            heads = (re.match(r"\s*(?:async )?def (\w+)", text) for text in lines)
            function = next((head[1] for head in heads if head), "")
        source = next((text[1:].strip() for text in lines if text.startswith(">")), "")
        frames.append(Frame(path, _whole(place.get("lineno")), function, origin_of(path), source))
    type_, message = split_message(_text(crash.get("message")))
    return type_, message, tuple(frames)
