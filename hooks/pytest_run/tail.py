"""Follows the events of a run while pytest writes them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import msgspec

BROKE_OFF = "broke-off"
"""The file in the folder of a pytest that says so."""


class Tail:
    """How far a run is: tests in all (`total`), `done` and `failed`, and the one that runs.

    `folder` holds a folder for each pytest of the run, with a file for each of its processes. Of
    one that broke off only the tests count that it started: a fresh one runs the others.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._offsets: dict[Path, int] = {}
        self._collected: dict[Path, int] = {}
        self._started: Counter[Path] = Counter()
        self._ended: Counter[Path] = Counter()
        self.total = 0
        self.done = 0
        self.failed = 0
        self.current = ""

    def poll(self) -> None:
        """Read what is new."""
        for path in self._folder.glob("*/*.jsonl"):
            with path.open("rb") as stream:
                stream.seek(self._offsets.get(path, 0))
                for line in stream:
                    if not line.endswith(b"\n"):
                        break
                    self._offsets[path] = self._offsets.get(path, 0) + len(line)
                    self._count(line, path.parent)
        for pytest in self._collected:
            if (pytest / BROKE_OFF).exists():
                self._collected[pytest] = self._ended[pytest] = self._started[pytest]
        self.total = sum(self._collected.values())
        self.done = sum(self._ended.values())

    def _count(self, line: bytes, pytest: Path) -> None:
        # By their first bytes: most lines need no decoding.
        if line.startswith(b'{"k":"start"'):
            self.current = str(msgspec.json.decode(line)["id"])
            self._started[pytest] += 1
        elif line.startswith(b'{"k":"passed"'):
            self._ended[pytest] += 1
        elif line.startswith(b'{"k":"collected"'):
            # Each worker of pytest-xdist collects everything.
            count = int(msgspec.json.decode(line)["n"])
            self._collected[pytest] = max(self._collected.get(pytest, 0), count)
        elif line.startswith(b'{"k":"phase"'):
            event = msgspec.json.decode(line)
            self._ended[pytest] += event["when"] == "teardown" and not event.get("between")
            self.failed += event["outcome"] == "failed"
