"""What jobs of the bot keep for the next ones: settings, reports of bases, the numbers of issues.

It lies in the folder that `GARDENER_BOT_CACHE` names. The written workflow keeps it by
`actions/cache` as the job of the default branch leaves it; those of pull requests only read it.
Whatever is damaged or missing is asked for again.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import os
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import msgspec

from gardener.errors import ReportError
from gardener.model import Report
from gardener.paths import write_whole
from gardener.reports import store

_MOST_REPORTS = 20
_MOST_BYTES = 64 * 1024 * 1024
_MOST_ISSUES = 20_000


class Tagged(NamedTuple):
    """A file as the site gave it, the tag by which it says whether it changed, and at which commit."""

    tag: str
    content: bytes
    tip: str = ""


class Numbers(NamedTuple):
    """Which issue each fingerprint has, as the last job that keeps issues left them.

    `numbers` are 0 where the issue is closed; `tip` is the commit of the default branch then.
    """

    label: str = ""
    author: str = ""
    tip: str = ""
    numbers: Mapping[str, int] = MappingProxyType({})

    def open_issues(self) -> dict[str, int]:
        """Only those to link."""
        return {key: number for key, number in self.numbers.items() if number}

    def knows(self, keys: AbstractSet[str], tip: str) -> bool:
        """Whether it says all there is to say of a cause: nothing can have come since, or it is there."""
        return bool((tip and tip == self.tip) or keys & self.numbers.keys())


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
            tip, tag, content = msgspec.json.decode(data, type=tuple[str, str, str])
            is_tag = tag.isascii() and tag.isprintable() and tag == tag.strip()
            is_known = is_tag and (tag or tip)
            return Tagged(tag, base64.b64decode(content, validate=True), tip) if is_known else None
        except (msgspec.DecodeError, binascii.Error, ValueError):
            return None

    def keep_settings(self, settings: Tagged) -> None:
        """Keep the settings for the next job."""
        text = base64.b64encode(settings.content).decode()
        if settings.tag or settings.tip:
            self._write("settings.json", msgspec.json.encode((settings.tip, settings.tag, text)))

    def issues(self, label: str, author: str) -> Numbers:
        """Which issue each fingerprint has; nothing where those of others were kept."""
        try:
            numbers = msgspec.json.decode(self._read("issues.json"), type=Numbers)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return Numbers()
        return numbers if (numbers.label, numbers.author) == (label, author) else Numbers()

    def keep_issues(self, numbers: Numbers) -> None:
        """Keep which issue each cause has; too many are not kept at all."""
        if len(numbers.numbers) <= _MOST_ISSUES:
            self._write("issues.json", msgspec.json.encode(numbers))

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
