"""Reads reports of pytest-json-report.

What the format does not hold stays empty: no symbols, no facts. Frames carry the origin that
their path tells; causes come out of the text of a traceback.
"""

from __future__ import annotations

from collections.abc import Iterator

from gardener.errors import ReportError
from gardener.model import (
    FAILING_OUTCOMES,
    Environment,
    Failure,
    Frame,
    Outcome,
    Output,
    Phase,
    Report,
    Result,
    WarningCount,
)
from gardener.nodeid import file_of
from gardener.reports.fields import (
    Json,
    function_of,
    mapping,
    mappings,
    number,
    sum_warnings,
    text,
    utc_time,
    whole_number,
)
from gardener.reports.tracebacks import (
    chain_of,
    error_lines,
    frames_of,
    origin_of,
    relative,
    split_message,
)

_TEST_PHASES = (Phase.SETUP, Phase.CALL, Phase.TEARDOWN)
_OUTCOMES: dict[str, Outcome] = {
    "passed": "passed",
    "failed": "failed",
    "error": "error",
    "skipped": "skipped",
    "xfailed": "xfailed",
    "xpassed": "xpassed",
    "rerun": "failed",
}


def is_json_report(document: Json) -> bool:
    """Whether a JSON object looks like a report of pytest-json-report."""
    return "summary" in document and ("tests" in document or "exitcode" in document)


def read(document: Json, name: str) -> Report:
    """Read a report of pytest-json-report; `name` is what an error calls it.

    Raises:
        ReportError: a test in it has no nodeid or no outcome.
    """
    root = text(document.get("root"))
    failures = [
        _failed_collector(text(collector.get("nodeid")), text(collector.get("longrepr")))
        for collector in mappings(document.get("collectors"))
        if collector.get("outcome") == "failed"
    ]
    results: list[Result] = []
    for test in mappings(document.get("tests")):
        result = _result(test, name)
        results.append(result)
        failures += _failures(test, result, root)
    summary, environment = mapping(document.get("summary")), mapping(document.get("environment"))
    exit_status = document.get("exitcode")
    return Report(
        created=utc_time(number(document.get("created"))),
        source="pytest-json-report",
        environment=Environment(
            python=text(environment.get("Python")), platform=text(environment.get("Platform"))
        ),
        exit_status=exit_status if isinstance(exit_status, int) else None,
        complete=exit_status in (0, 1, 5, None),
        collected=whole_number(summary.get("collected")) or len(results),
        deselected=whole_number(summary.get("deselected")),
        duration=number(document.get("duration")),
        results=tuple(results),
        failures=tuple(failures),
        warnings=sum_warnings(_warnings(document, root)),
    )


def _failed_collector(nodeid: str, longrepr: str) -> Failure:
    type_, message = split_message(error_lines(longrepr))
    return Failure(
        nodeid=nodeid,
        phase=Phase.COLLECT,
        type=type_,
        message=message,
        frames=frames_of(longrepr),
    )


def _result(test: Json, name: str) -> Result:
    nodeid, outcome = text(test.get("nodeid")), text(test.get("outcome"))
    if not nodeid or not outcome:
        raise ReportError(
            f"{name} is not a valid report: a test has no nodeid or no outcome; write it anew."
        )
    if outcome not in _OUTCOMES:
        raise ReportError(
            f"{name} is not a valid report: there is no outcome {outcome[:40]!r}; write it anew."
        )
    duration = sum(number(mapping(test.get(phase)).get("duration")) for phase in _TEST_PHASES)
    return Result(nodeid, _OUTCOMES[outcome], duration)


def _failures(test: Json, result: Result, root: str) -> list[Failure]:
    """The failing phases of a test; of failed subtests the report keeps no more than the outcome."""
    phases = {phase: mapping(test.get(phase)) for phase in _TEST_PHASES}
    failures = [
        _failure(result.nodeid, phase, details, root)
        for phase, details in phases.items()
        if details.get("outcome") == "failed"
    ]
    if result.outcome in FAILING_OUTCOMES and not failures:
        message = "The report does not say why it failed."
        return [Failure(nodeid=result.nodeid, phase=Phase.CALL, type="", message=message)]
    return failures


def _failure(nodeid: str, phase: Phase, details: Json, root: str) -> Failure:
    longrepr = text(details.get("longrepr"))
    error = text(mapping(details.get("crash")).get("message")) or error_lines(longrepr)
    type_, message = split_message(error)
    chain = chain_of(longrepr, file_of(nodeid))
    return Failure(
        nodeid=nodeid,
        phase=phase,
        type=type_,
        message=message,
        frames=(chain[0].frames if chain else ()) or tuple(_frames(details, root)),
        causes=tuple(chain[1:]),
        duration=number(details.get("duration")),
        output=tuple(_output(phase, details)),
    )


def _output(phase: Phase, details: Json) -> Iterator[Output]:
    """What the phase printed and logged; the log is a list of records."""
    for stream in ("stdout", "stderr"):
        if text(details.get(stream)).strip():
            yield Output(f"{stream} {phase}", text(details.get(stream)))
    records = [
        f"{text(r.get('levelname')):8} {text(r.get('name'))}:{text(r.get('filename'))}"
        f":{whole_number(r.get('lineno'))} {text(r.get('msg'))}"
        for r in mappings(details.get("log"))
    ]
    if records:
        yield Output(f"log {phase}", "\n".join(records))


def _frames(details: Json, root: str) -> Iterator[Frame]:
    for entry in mappings(details.get("traceback")):
        path = relative(text(entry.get("path")), root)
        function = function_of(text(entry.get("message")))
        yield Frame(path, whole_number(entry.get("lineno")), function, origin_of(path))


def _warnings(document: Json, root: str) -> Iterator[WarningCount]:
    for warning in mappings(document.get("warnings")):
        yield WarningCount(
            category=text(warning.get("category")) or "Warning",
            message=text(warning.get("message")),
            file=relative(text(warning.get("filename")), root),
            line=whole_number(warning.get("lineno")),
            count=whole_number(warning.get("count")) or 1,
            when=text(warning.get("when")) or "runtest",
        )
