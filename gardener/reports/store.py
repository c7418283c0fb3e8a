"""Reports on disk: read, write, refuse what cannot be trusted."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
from msgspec import structs

from gardener.errors import ReportError
from gardener.model import SCHEMA, Failure, PriorResult, Report, Result, WarningCount


def save(report: Report, path: Path) -> None:
    """Write a report as JSON, whole or not at all.

    Raises:
        ReportError: the file cannot be written.
    """
    write(path, encode(report, indent=1))


def encode(value: object, indent: int = 2) -> bytes:
    """JSON of a value; lone surrogates, which no UTF-8 can hold, become U+FFFD."""
    try:
        text = msgspec.json.encode(value)
    except UnicodeEncodeError:
        text = msgspec.json.encode(_encodable(msgspec.to_builtins(value)))
    return msgspec.json.format(text, indent=indent) + b"\n"


def _encodable(value: object) -> object:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_encodable(key): _encodable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_encodable(item) for item in value]
    return value


def write(path: Path, data: bytes) -> None:
    """Write a file, whole or not at all; folders are made. Raises: see `save`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}.")
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(data)
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as wrong:
        raise ReportError(f"{path} cannot be written: {wrong.strerror}.") from None


def load(path: Path) -> Report:
    """Read a report; foreign formats give what they hold and no guess for the rest.

    Raises:
        ReportError: the file is missing, truncated, of a newer version, or no report.
    """
    try:
        data = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except OSError as wrong:
        raise ReportError(f"{path} cannot be read: {wrong.strerror}.") from None
    return parse(data, str(path))


def parse(data: bytes, name: str) -> Report:
    """Read a report from bytes; `name` is what an error calls it. Raises: see `load`."""
    head = data[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not data.strip():
        raise ReportError(f"{name} is empty; the run that wrote it did not finish.")
    if head.startswith(b"<") or data.startswith((b"\xff\xfe", b"\xfe\xff")):
        from gardener.reports import junit

        return junit.read(data, name)
    if data.startswith((b"\x1f\x8b", b"PK\x03\x04")):
        raise ReportError(f"{name} is compressed; unpack it first.")
    try:
        document: Any = decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as wrong:
        return _parse_lines(data, name, wrong)
    if not isinstance(document, dict):
        raise ReportError(f"{name} is not a report: its JSON is not an object.")
    return _from_object(document, name)


_LONE = re.compile(
    rb"(?<!\\)((?:\\\\)*)(?:\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])"
    rb"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2})"
)


def decode(data: bytes) -> Any:
    """JSON out of bytes; escapes of lone surrogates, which Python's json writes, become U+FFFD.

    Raises:
        msgspec.DecodeError, UnicodeDecodeError, RecursionError: it is not JSON.
    """
    try:
        return msgspec.json.decode(data)
    except msgspec.DecodeError as wrong:
        if "surrogate" not in str(wrong):
            raise
        return msgspec.json.decode(_LONE.sub(rb"\1\\ufffd", data))


def _from_object(document: dict[str, Any], name: str) -> Report:
    from gardener.reports import foreign

    if "schema" not in document:
        if foreign.is_json_report(document):
            return foreign.from_json_report(document, name)
        if foreign.is_reportlog(document):
            return foreign.from_reportlog([document], cut=False)
    version = document.get("schema")
    if not isinstance(version, int) or isinstance(version, bool) or "created" not in document:
        raise ReportError(f"{name} is not a report that gardener knows.")
    if version > SCHEMA or version < 1:
        raise ReportError(
            f"{name} has schema {version}, this gardener reads up to {SCHEMA}; upgrade gardener."
        )
    try:
        return msgspec.convert(document, Report)
    except msgspec.ValidationError as wrong:
        raise ReportError(f"{name} is not a valid report: {wrong}.") from None


def _parse_lines(data: bytes, name: str, wrong: Exception) -> Report:
    """Read JSON lines (pytest-reportlog); their last line may be cut off."""
    from gardener.reports import foreign

    lines: list[dict[str, Any]] = []
    rows = [row for row in data.splitlines() if row.strip()]
    for number, row in enumerate(rows, 1):
        try:
            line = decode(row)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            line = None
        if number == 1 and not (isinstance(line, dict) and foreign.is_reportlog(line)):
            cut = "truncated" in str(wrong)
            said = "nested too deeply" if isinstance(wrong, RecursionError) else str(wrong)
            raise ReportError(
                f"{name} is {'cut off (truncated JSON)' if cut else 'not JSON'}: {said}."
            )
        if not isinstance(line, dict):
            if number == len(rows):
                return foreign.from_reportlog(lines, cut=True)
            raise ReportError(f"{name} is not a valid report: line {number} is not JSON.")
        lines.append(line)
    return foreign.from_reportlog(lines, cut=False)


def merge(reports: list[Report]) -> Report:
    """Join shards and attempts into one report.

    Every attempt of a test is kept in `results`; what a test came to in the end is its
    last attempt (`model.Result.attempt`), and one that passed and failed is known to be
    flaky. Attempts of the same shard are told apart by their number.

    Raises:
        ReportError: there is nothing to merge, or the reports are of different commits.
    """
    if not reports:
        raise ReportError("There is no report to merge.")
    commits = sorted({report.commit for report in reports if report.commit})
    if len(commits) > 1:
        raise ReportError(
            f"The reports are of different commits ({', '.join(c[:12] for c in commits)});"
            " merge only runs of the same one."
        )
    if len(reports) == 1:
        return reports[0]
    ordered = sorted(reports, key=lambda report: report.attempt)
    results: dict[tuple[str, int], Result] = {}
    failures: dict[tuple[str, str, int], Failure] = {}
    for report in ordered:
        for result in report.results:
            number = max(result.attempt, report.attempt)
            results[result.nodeid, number] = structs.replace(result, attempt=number)
        for failure in report.failures:
            number = max(failure.attempt, report.attempt)
            key = (failure.nodeid, failure.phase, number)
            failures[key] = structs.replace(failure, attempt=number)
    last, first = ordered[-1], ordered[0]
    latest = {report.shard: report for report in ordered}
    changed = [report.changed_files for report in ordered]
    return structs.replace(
        last,
        created=min(report.created for report in ordered),
        commit=next((r.commit for r in ordered if r.commit), ""),
        base=next((r.base for r in ordered if r.base), ""),
        branch=next((r.branch for r in ordered if r.branch), ""),
        source=first.source if len({r.source for r in ordered}) == 1 else "several",
        shard="",
        exit_status=max((r.exit_status or 0 for r in latest.values()), default=None),
        complete=all(report.complete for report in latest.values()),
        internal_error=next((r.internal_error for r in latest.values() if r.internal_error), ""),
        collected=len({nodeid for nodeid, _ in results}),
        deselected=max(report.deselected for report in ordered),
        duration=sum(report.duration for report in ordered),
        results=tuple(results.values()),
        failures=tuple(failures.values()),
        warnings=_sum_warnings(ordered),
        changed_files=None
        if any(files is None for files in changed)
        else tuple(sorted({file for files in changed for file in files or ()})),
        compared=next((r.compared for r in ordered if r.compared), ""),
        before=None
        if all(report.before is None for report in ordered)
        else _joined(one for report in ordered for one in report.before or ()),
        earlier=_joined(one for report in ordered for one in report.earlier),
    )


def _joined(several: Iterable[PriorResult]) -> tuple[PriorResult, ...]:
    """What the shards found out; two that disagree both count."""
    found: dict[str, PriorResult] = {}
    for one in several:
        old = found.get(one.nodeid, one)
        found[one.nodeid] = PriorResult(
            one.nodeid,
            tuple(dict.fromkeys((*old.outcomes, *one.outcomes))),
            tuple(dict.fromkeys((*old.fingerprints, *one.fingerprints))),
            one.reason or old.reason,
        )
    return tuple(found.values())


def _sum_warnings(reports: list[Report]) -> tuple[WarningCount, ...]:
    counts: dict[WarningCount, int] = {}
    for report in reports:
        for warning in report.warnings:
            bare = structs.replace(warning, count=1)
            counts[bare] = counts.get(bare, 0) + warning.count
    return tuple(structs.replace(bare, count=count) for bare, count in counts.items())
