"""Writes events as JSON lines, each whole. PYTEST_DONT_REWRITE"""

from __future__ import annotations

import json
import os

from .text import Json

quoted = json.encoder.encode_basestring_ascii
"""A string as JSON has it."""


class Stream:
    """The file of this process; every event is one `write` to the system.

    Raises:
        OSError: the file cannot be made.
    """

    def __init__(self, folder: str, worker: str) -> None:
        os.makedirs(folder, exist_ok=True)
        self._pid = os.getpid()
        self._is_worker = bool(worker)
        self._delayed = ""
        name = "%s-%d.jsonl" % (worker or "main", self._pid)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_CLOEXEC", 0)
        self._descriptor = os.open(os.path.join(folder, name), flags, 0o644)

    def write(self, event: Json) -> None:
        """Write an event now."""
        self.write_line(compact(event))

    def write_line(self, line: str) -> None:
        """Write an event that is JSON already, now."""
        if os.getpid() == self._pid:  # a forked child of a test is not this process
            text = self._delayed + line + "\n"
            os.write(self._descriptor, text.encode("ascii", "backslashreplace"))
            self._delayed = ""

    def delay_line(self, line: str) -> None:
        """Write it together with the next event, which is the start of the next test.

        A worker of pytest-xdist may have to wait for its next test, so it does not wait here.
        """
        if self._is_worker:
            self.write_line(line)
        else:
            self._delayed += line + "\n"


def compact(event: Json) -> str:
    """An event as one line of JSON."""
    return json.dumps(event, separators=(",", ":"))
