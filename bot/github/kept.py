"""What jobs of the bot keep for the next ones: the settings with their tag, reports of bases.

It lies in the folder that `GARDENER_BOT_CACHE` names, which the written workflow keeps by
`actions/cache`. Only jobs of the default branch's workflow write there. Whatever is damaged or
missing is asked for again.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import os
from pathlib import Path
from typing import NamedTuple

import msgspec

from gardener.errors import ReportError
from gardener.model import Report
from gardener.paths import write_whole
from gardener.reports import store

_MOST_REPORTS = 20
_MOST_BYTES = 64 * 1024 * 1024


class Tagged(NamedTuple):
    """A file as the site gave it, and the tag by which it says whether it changed."""

    tag: str
    content: bytes


class Kept:
    """The folder of one repository; without one nothing is kept."""

    def __init__(self, api: str, repository: str) -> None:
        folder = os.environ.get("GARDENER_BOT_CACHE", "")
        name = hashlib.sha256(f"{api}\0{repository}".encode()).hexdigest()[:16]
        self._folder = Path(folder).expanduser() / name if folder else None

    def settings(self) -> Tagged | None:
        """The settings of the default branch as they were at the last look."""
        data = self._read("settings.json")
        try:
            tag, content = msgspec.json.decode(data, type=tuple[str, str])
            is_tag = tag.isascii() and tag.isprintable() and tag == tag.strip() != ""
            return Tagged(tag, base64.b64decode(content, validate=True)) if is_tag else None
        except (msgspec.DecodeError, binascii.Error, ValueError):
            return None

    def keep_settings(self, settings: Tagged) -> None:
        """Keep the settings for the next job."""
        text = base64.b64encode(settings.content).decode()
        if settings.tag:
            self._write("settings.json", msgspec.json.encode((settings.tag, text)))

    def report(self, run: int, attempt: int) -> Report | None:
        """All that an attempt of a run left behind, if an earlier job read it."""
        data = self._read(f"run-{run}-{attempt}.json")
        try:
            return store.parse(data, "kept") if data else None
        except ReportError:
            return None

    def keep_report(self, run: int, attempt: int, report: Report) -> None:
        """Keep what an attempt of a run left behind; of all reports the newest few stay."""
        data = store.encode(report, indent=0)
        if self._folder is None or len(data) > _MOST_BYTES // 2:
            return
        self._write(f"run-{run}-{attempt}.json", data)
        with contextlib.suppress(OSError):
            reports = sorted(self._folder.glob("run-*.json"), key=_age)
            total = 0
            for number, path in enumerate(reports):
                total += path.stat().st_size
                if number >= _MOST_REPORTS or total > _MOST_BYTES:
                    path.unlink(missing_ok=True)

    def _read(self, name: str) -> bytes:
        try:
            return (self._folder / name).read_bytes() if self._folder else b""
        except OSError:
            return b""

    def _write(self, name: str, data: bytes) -> None:
        if self._folder is None:
            return
        with contextlib.suppress(OSError):  # a job without it asks again
            self._folder.mkdir(parents=True, exist_ok=True)
            write_whole(self._folder / name, data)


def _age(path: Path) -> tuple[int, str]:
    """The newest first, and of one moment by name."""
    return -path.stat().st_mtime_ns, path.name
