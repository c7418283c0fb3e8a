"""Temporary folders that are gone afterwards, also where gardener itself is killed (see `guardian`)."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

_FOLDERS: list[str] = []


@contextlib.contextmanager
def temporary_folder() -> Iterator[Path]:
    """A new folder, with its real path; removed at the end, as far as that is possible."""
    new_folder = tempfile.TemporaryDirectory(prefix="gardener-", ignore_cleanup_errors=True)
    with new_folder as name, temporary(Path(name)):
        yield Path(name).resolve()


@contextlib.contextmanager
def temporary(folder: Path) -> Iterator[None]:
    """Count a folder, which somebody else removes, among those that must not stay."""
    _FOLDERS.append(str(folder))
    try:
        yield
    finally:
        _FOLDERS.remove(str(folder))


def temporary_folders() -> tuple[str, ...]:
    """All that there are now."""
    return tuple(_FOLDERS)
