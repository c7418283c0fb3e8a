"""Counts warnings, and writes the counts while they grow. PYTEST_DONT_REWRITE"""

from __future__ import annotations

import time
from typing import Any, Dict, Tuple

from .repository import Repository
from .stream import Stream
from .text import SOURCE_LIMIT, clean, type_name

FLUSH_SECONDS = 1.0
"""Counts are written at most this often: a kill loses little, and many warnings cost little."""


WarningKey = Tuple[str, str, str, int, str]
"""What tells one kind of warning from another: category, message, file, line, and when it came."""


class WarningCounts:
    """Writes each kind of warning at once, and then only how often it came again."""

    def __init__(self, repository: Repository, stream: Stream) -> None:
        self._repository = repository
        self._stream = stream
        self._unwritten: Dict[WarningKey, int] = {}
        self._flushed = time.monotonic()

    def add(self, warning: Any, when: str) -> None:
        """Count a `warnings.WarningMessage`."""
        key = (
            type_name(warning.category),
            clean(str(warning.message), SOURCE_LIMIT),
            self._repository.name(warning.filename or ""),
            int(warning.lineno or 0),
            when,
        )
        if key in self._unwritten:
            self._unwritten[key] += 1
        else:
            self._unwritten[key] = 0
            self._write(key, 1)

    def flush(self, *, now: bool = False) -> None:
        """Write the counts that grew, if `FLUSH_SECONDS` are over or it has to be now."""
        if not self._unwritten:
            return
        clock = time.monotonic()
        if not now and clock - self._flushed < FLUSH_SECONDS:
            return
        self._flushed = clock
        for key, count in self._unwritten.items():
            if count:
                self._write(key, count)
                self._unwritten[key] = 0

    def _write(self, key: WarningKey, count: int) -> None:
        category, message, file, line, when = key
        event = {"k": "warning", "category": category, "message": message, "file": file}
        self._stream.write({**event, "line": line, "when": when, "n": count})
