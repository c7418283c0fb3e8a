"""Follows the events of a run while pytest writes them."""

from __future__ import annotations

from pathlib import Path

import msgspec


class Tail:
    """How far a run is: tests in all (`total`), `done` and `failed`, and the one that runs.

    `folder` holds a folder for each pytest of the run, with a file for each of its processes.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._offsets: dict[Path, int] = {}
        self._collected: dict[Path, int] = {}
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

    def _count(self, line: bytes, pytest: Path) -> None:
        # By their first bytes: most lines need no decoding.
        if line.startswith(b'{"k":"start"'):
            self.current = str(msgspec.json.decode(line)["id"])
        elif line.startswith(b'{"k":"passed"'):
            self.done += 1
        elif line.startswith(b'{"k":"collected"'):
            # Each worker of pytest-xdist collects everything.
            count = int(msgspec.json.decode(line)["n"])
            self._collected[pytest] = max(self._collected.get(pytest, 0), count)
            self.total = sum(self._collected.values())
        elif line.startswith(b'{"k":"phase"'):
            event = msgspec.json.decode(line)
            self.done += event["when"] == "teardown"
            self.failed += event["outcome"] == "failed"
