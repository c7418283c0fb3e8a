"""Reports on disk: read, write, refuse what cannot be trusted."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any

import msgspec

from gardener.disarm import in_a_line
from gardener.errors import ReportError
from gardener.model import SCHEMA, Report
from gardener.paths import write_whole
from gardener.reports.redacting import redacted

_MOST_BYTES = 512 * 1024 * 1024


def save(report: Report, path: Path) -> None:
    """Write a report as JSON without its secrets, whole or not at all.

    Raises:
        ReportError: the file cannot be written.
    """
    write(path, encode(redacted(report), indent=1))


def encode(document: object, indent: int = 2) -> bytes:
    """JSON of a document; lone surrogates, which no UTF-8 can hold, become U+FFFD."""
    try:
        encoded = msgspec.json.encode(document)
    except UnicodeEncodeError:
        encoded = msgspec.json.encode(_without_surrogates(msgspec.to_builtins(document)))
    return msgspec.json.format(encoded, indent=indent) + b"\n"


def _without_surrogates(document: object) -> object:
    if isinstance(document, str):
        return document.encode("utf-8", "replace").decode()
    if isinstance(document, dict):
        pairs = document.items()
        return {_without_surrogates(key): _without_surrogates(field) for key, field in pairs}
    if isinstance(document, (list, tuple)):
        return [_without_surrogates(element) for element in document]
    return document


def write(path: Path, data: bytes) -> None:
    """Write a file, whole or not at all; folders are made. Raises: see `save`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, data)
    except OSError as error:
        raise ReportError(f"{path} cannot be written: {error.strerror}.") from None


def check_writable(path: Path) -> None:
    """Find out before a long run whether its report can be written; folders are made.

    Raises: see `save`.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ReportError(f"{path} cannot be written: {error.strerror}.") from None
    if not os.access(path.parent, os.W_OK):
        raise ReportError(f"{path} cannot be written: {path.parent} is read-only.")


def load(path: Path) -> Report:
    """Read a report without its secrets; foreign formats give what they hold and no guess.

    Raises:
        ReportError: the file is missing, truncated, of a newer version, or no report.
    """
    try:
        if str(path) == "-":
            content = sys.stdin.buffer.read(_MOST_BYTES + 1)
        else:
            with path.open("rb") as file:
                content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise ReportError(f"{path} cannot be read: {error.strerror}.") from None
    if len(content) > _MOST_BYTES:
        raise ReportError(
            f"{path} is larger than {_MOST_BYTES >> 20} MB; give its shards one by one."
        )
    return parse(content, str(path))


def parse(data: bytes, name: str) -> Report:
    """Read a report from bytes, without its secrets; `name` is what an error calls it.

    Raises: see `load`.
    """
    return redacted(_parse(data, name))


def _parse(data: bytes, name: str) -> Report:
    if not data.strip():
        raise ReportError(f"{name} is empty; the run that wrote it did not finish.")
    if _is_xml(data):
        from gardener.reports import junit

        return junit.read(data, name)
    if data.startswith((b"\x1f\x8b", b"PK\x03\x04")):
        raise ReportError(f"{name} is compressed; unpack it first.")
    try:
        document = decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return _parse_lines(data, name, error)
    if not isinstance(document, dict):
        raise ReportError(
            f"{name} is not a report: its JSON is not an object; name what `gardener run --report` wrote."
        )
    return _from_object(document, name)


def _is_xml(data: bytes) -> bool:
    first = data[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    return first.startswith(b"<") or data.startswith((b"\xff\xfe", b"\xfe\xff"))


_LONE_SURROGATE = re.compile(
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
    except msgspec.DecodeError as error:
        if "surrogate" not in str(error):
            raise
        return msgspec.json.decode(_LONE_SURROGATE.sub(rb"\1\\ufffd", data))


def _from_object(document: dict[str, Any], name: str) -> Report:
    if "schema" not in document:
        from gardener.reports import json_report, reportlog

        if json_report.is_json_report(document):
            return json_report.read(document, name)
        if reportlog.is_reportlog(document):
            return reportlog.read([document], cut=False)
    if {"findings", "summary"} <= document.keys():
        raise ReportError(
            f"{name} is what `gardener report --format json` prints, without the failures: "
            "name the report that `gardener run --report` wrote."
        )
    version = document.get("schema")
    if not isinstance(version, int) or isinstance(version, bool) or "created" not in document:
        from gardener.reports.foreign import READS, name_of_json

        format_name = name_of_json(document)
        raise ReportError(
            f"{name} is not a report that gardener knows: it is {format_name}; {READS}."
        )
    if version > SCHEMA or version < 1:
        raise ReportError(
            f"{name} has schema {version}, this gardener reads up to {SCHEMA}; upgrade gardener."
        )
    try:
        return msgspec.convert(document, Report)
    except msgspec.ValidationError as error:
        raise ReportError(f"{name} is not a valid report: {in_a_line(str(error), 300)}.") from None


def _parse_lines(data: bytes, name: str, error: Exception) -> Report:
    """Read JSON lines (pytest-reportlog), of which the last may be cut off.

    `error` is what is wrong with the data as one JSON document.
    """
    from gardener.reports import reportlog

    rows = [row for row in data.splitlines() if row.strip()]
    first = _decoded_line(rows[0])
    if first is not None and len(rows) > 1 and not reportlog.is_reportlog(first):
        from gardener.reports.foreign import READS, name_of_json

        format_name = name_of_json(first)
        raise ReportError(
            f"{name} holds JSON lines, but not those of pytest-reportlog: they are {format_name}; {READS}."
        )
    if first is None or not reportlog.is_reportlog(first):
        from gardener.reports.foreign import READS, name_of_text

        format_name = name_of_text(data)
        if format_name:
            raise ReportError(f"{name} is no report: it is {format_name}; {READS}.")
        is_cut = "truncated" in str(error)
        details = (
            "nested too deeply" if isinstance(error, RecursionError) else in_a_line(str(error), 300)
        )
        raise ReportError(
            f"{name} is {'cut off (truncated JSON)' if is_cut else 'not JSON'}: {details}."
        )
    lines: list[dict[str, Any]] = []
    for number, row in enumerate(rows, 1):
        line = _decoded_line(row)
        if line is None and number == len(rows):
            return reportlog.read(lines, cut=True)
        if line is None:
            raise ReportError(
                f"{name} is not a valid report: line {number} is not JSON; write it anew."
            )
        lines.append(line)
    return reportlog.read(lines, cut=False)


def _decoded_line(row: bytes) -> dict[str, Any] | None:
    """The JSON object of a line; None where it holds none."""
    try:
        line = decode(row)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return line if isinstance(line, dict) else None
