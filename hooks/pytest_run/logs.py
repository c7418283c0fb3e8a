"""What pytest prints: a file for each run, in gardener's store."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import time
from datetime import datetime, timezone
from pathlib import Path

from gardener.errors import GitError
from gardener.git import store

LOGS_KEPT = 20
_ROOM = 64 * 1024
"""Bytes that must be free: a pytest that cannot print dies of it."""
_SLOWEST = re.compile(r"^=+ (slowest(?: \d+)? durations) =+$")


def new_log(root: Path, days: int) -> Path:
    """The path for a new log; those that are older than `days`, and the oldest of many, are deleted."""
    try:
        folder = store(root) / "logs"
        folder.mkdir(parents=True, exist_ok=True)
        logs = sorted(folder.glob("pytest-*.log"))
        oldest = time.time() - days * 86_400
        for log in logs:
            if log in logs[:-LOGS_KEPT] or log.stat().st_mtime < oldest:
                log.unlink(missing_ok=True)
        is_full = shutil.disk_usage(folder).free < _ROOM
    except (OSError, GitError):
        is_full = True
    if is_full:
        folder = Path(tempfile.gettempdir())
    now = datetime.now(timezone.utc).strftime("%Y%m%d-%H%M%S-%f")
    return folder / f"pytest-{now}-{os.getpid()}.log"


def without_room(log: Path) -> str:
    """The folder in which neither pytest's output nor what gardener notes finds room; else empty."""
    for folder in (log.parent, Path(tempfile.gettempdir())):
        try:
            if shutil.disk_usage(folder).free < _ROOM:
                return str(folder)
        except OSError:
            continue
    return ""


def last_lines(log: Path, limit: int = 200) -> list[str]:
    """The last lines of what pytest printed; none where that cannot be read."""
    try:
        lines = log.read_bytes().decode("utf-8", "replace").splitlines()
    except OSError:
        return []
    return lines[-limit:]


def slowest(log: Path) -> list[str]:
    """The lines of the section in which pytest lists the slowest tests; none without one."""
    section: list[str] = []
    for line in last_lines(log, 100_000):
        if section and line.startswith("="):
            break
        header = _SLOWEST.match(line)
        if header or section:
            section.append(f"{header[1]}:" if header else line)
    return section
