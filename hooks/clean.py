"""Remembers which files held nothing to mend, so that a second run need not read them."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import NamedTuple

State = tuple[int, int, int, int]
_RACY = 2_000_000_000
"""Nanoseconds: a file changed so shortly before the record was written is not trusted."""


class Record(NamedTuple):
    """Clean files by name, and the modules that deprecate something."""

    clean: dict[str, State]
    deprecating: list[str]


def store(root: Path) -> Path | None:
    """Where the record lies: under the git common directory; None without a repository."""
    git = root / ".git"
    try:
        if git.is_file():
            git = (root / git.read_text(encoding="utf-8").removeprefix("gitdir:").strip()).resolve()
            common = git / "commondir"
            if common.is_file():
                git = (git / common.read_text(encoding="utf-8").strip()).resolve()
    except (OSError, UnicodeDecodeError):
        return None
    return git / "gardener" / "fix-clean" if git.is_dir() else None


def state(path: str) -> State | None:
    """What tells that a file is the one it was: times, size, inode; None when it is not there."""
    try:
        found = os.stat(path)  # noqa: PTH116
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino


def load(root: Path, key: str) -> Record | None:
    """The record that was written under the same key, if any."""
    import marshal  # far quicker than JSON for 8,000 entries; a broken record is only ignored

    path = store(root)
    if path is None:
        return None
    try:
        found = marshal.loads(path.read_bytes())  # noqa: S302 - our own file, read as plain data
        written_key, clean, deprecating = found
    except (OSError, EOFError, ValueError, TypeError):
        return None
    if written_key != key or not isinstance(clean, dict) or not isinstance(deprecating, list):
        return None
    return Record(clean, deprecating)


def save(root: Path, key: str, record: Record) -> None:
    """Write the record, whole or not at all; that it cannot be written is no error."""
    import marshal

    path = store(root)
    if path is None:
        return
    late = time.time_ns() - _RACY
    clean = {name: s for name, s in record.clean.items() if max(s[0], s[1]) < late}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f"{path.name}.{os.getpid()}")
        temporary.write_bytes(marshal.dumps((key, clean, record.deprecating)))
        temporary.replace(path)
    except OSError:
        return
