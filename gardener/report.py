"""Reports on disk: read, write, refuse what cannot be trusted."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import msgspec

from gardener.errors import ReportError
from gardener.model import SCHEMA, Report


def save(report: Report, path: Path) -> None:
    """Write a report as JSON, whole or not at all.

    Raises:
        ReportError: the file cannot be written.
    """
    text = msgspec.json.format(msgspec.json.encode(report), indent=1)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(text + b"\n")
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
        data = path.read_bytes()
    except OSError as wrong:
        raise ReportError(f"{path} cannot be read: {wrong.strerror}.") from None
    return parse(data, str(path))


def parse(data: bytes, name: str) -> Report:
    """Read a report from bytes; `name` is what an error calls it. Raises: see `load`."""
    if not data.strip():
        raise ReportError(f"{name} is empty; the run that wrote it did not finish.")
    try:
        document: Any = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as wrong:
        cut = "truncated" in str(wrong)
        raise ReportError(
            f"{name} is {'cut off (truncated JSON)' if cut else 'not JSON'}: {wrong}."
        ) from None
    if not isinstance(document, dict):
        raise ReportError(f"{name} is not a report: its JSON is not an object.")
    version = document.get("schema")
    if not isinstance(version, int) or isinstance(version, bool):
        raise ReportError(f"{name} is not a report that gardener knows.")
    if version > SCHEMA:
        raise ReportError(
            f"{name} has schema {version}, this gardener reads up to {SCHEMA}; upgrade gardener."
        )
    try:
        return msgspec.convert(document, Report)
    except msgspec.ValidationError as wrong:
        raise ReportError(f"{name} is not a valid report: {wrong}.") from None
