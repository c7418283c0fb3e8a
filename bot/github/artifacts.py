"""Reads reports out of the files and zip archives that a workflow run left behind.

An archive may come from a fork. Nothing is unpacked to disk, so no name in it can lead
anywhere, and what is read is bounded whatever sizes the archive claims.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import Path
from typing import IO

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
        with path.open("rb") as file:
            # A pipe can be read once, and what says nothing of its size may have no end.
            seekable = file if file.seekable() else io.BytesIO(file.read(_MOST_BYTES + 1))
            return read(seekable, name, budget or Budget())
    except OSError as wrong:
        raise ReportError(f"{name} cannot be read: {wrong.strerror}.") from None


def read(file: IO[bytes], name: str, budget: Budget) -> list[Report]:
    """The reports in an open file, which is read to its end or to the bound.

    Raises: see `load`.
    """
    file.seek(0)
    zipped = file.read(4) == b"PK\x03\x04"
    file.seek(0)
    if zipped:
        return _from_zip(file, name, budget)
    content = file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise _too_large(name)
    budget.spend(len(content))
    return [reports.parse(content, name)]


def _from_zip(file: IO[bytes], name: str, budget: Budget) -> list[Report]:
    loaded: list[Report] = []
    room = _MOST_BYTES
    try:
        with zipfile.ZipFile(file) as archive:
            named = [m for m in archive.infolist() if m.filename.lower().endswith(_SUFFIXES)]
            if len(named) > _MOST_FILES:
                raise ReportError(f"{name} holds {len(named):,} reports, more than {_MOST_FILES}.")
            for number, member in enumerate(named, 1):
                with archive.open(member) as unpacked:
                    data = unpacked.read(room + 1)
                if len(data) > room:
                    raise _too_large(name)
                room -= len(data)
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
