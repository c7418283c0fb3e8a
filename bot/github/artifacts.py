"""Reads reports out of the files and zip archives that a workflow run left behind.

An archive may come from a fork. Nothing is unpacked to disk, so no name in it can lead
anywhere, and what is read is bounded whatever sizes the archive claims.
"""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

from gardener.errors import ReportError
from gardener.model import Report
from gardener.reports import store as reports

_MOST_FILES = 100
_MOST_BYTES = 128 * 1024 * 1024
_MOST_OF_RUN = 512 * 1024 * 1024
_SUFFIXES = (".json", ".jsonl", ".xml")


class Budget:
    """What all reports of one run may take together, unpacked."""

    def __init__(self) -> None:
        self._left = _MOST_OF_RUN

    def spend(self, size: int) -> None:
        """Take so many bytes.

        Raises:
            ReportError: that is more than is left.
        """
        self._left -= size
        if self._left < 0:
            most = _MOST_OF_RUN // 1024 // 1024
            raise ReportError(f"The reports of one run take more than {most} MB together.")


def load(path: Path, name: str = "", budget: Budget | None = None) -> list[Report]:
    """The reports in a file: one, or all that a zip archive holds; `name` is for errors.

    Raises:
        ReportError: it is no report, a broken or locked archive, or too large.
    """
    if str(path) == "-":
        return [reports.load(path)]
    name = name or str(path)
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            zipped = file.read(4) == b"PK\x03\x04"
    except OSError as wrong:
        raise ReportError(f"{name} cannot be read: {wrong.strerror}.") from None
    if size > _MOST_BYTES:
        raise _too_large(name)
    budget = budget or Budget()
    if zipped:
        return _from_zip(path, name, budget)
    budget.spend(size)
    return [reports.parse(path.read_bytes(), name)]


def _from_zip(path: Path, name: str, budget: Budget) -> list[Report]:
    loaded: list[Report] = []
    left = _MOST_BYTES
    try:
        with zipfile.ZipFile(path) as archive:
            named = [m for m in archive.infolist() if m.filename.lower().endswith(_SUFFIXES)]
            if len(named) > _MOST_FILES:
                raise ReportError(f"{name} holds {len(named):,} reports, more than {_MOST_FILES}.")
            for number, member in enumerate(named, 1):
                with archive.open(member) as file:
                    data = file.read(left + 1)
                if len(data) > left:
                    raise _too_large(name)
                left -= len(data)
                budget.spend(len(data))
                loaded.append(reports.parse(data, f"file {number} of {name}"))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as wrong:
        raise ReportError(f"{name} is a broken archive ({wrong}); load it down again.") from None
    except RuntimeError:  # what zipfile raises for a password
        raise ReportError(f"{name} is locked with a password; unpack it first.") from None
    if not loaded:
        raise ReportError(f"{name} holds no report; name what `gardener run --report` wrote.")
    return loaded


def _too_large(name: str) -> ReportError:
    return ReportError(
        f"{name} is larger than {_MOST_BYTES // 1024 // 1024} MB unpacked; give its reports one by one."
    )
