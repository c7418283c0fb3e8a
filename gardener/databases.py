"""What becomes of a database of gardener's own that is damaged: it is made anew, with a word, once.

None of them holds anything that a run would not find out again.
"""

from __future__ import annotations

import contextlib
import sqlite3
import sys
from pathlib import Path


def is_damage(error: Exception) -> bool:
    """Whether a database is damaged, and not merely locked, full, or somebody else's."""
    return type(error) in (sqlite3.DatabaseError, sqlite3.IntegrityError)


def drop(path: Path) -> None:
    """Remove a database, so that the next who writes makes it anew."""
    for ending in ("", "-journal", "-wal", "-shm"):
        with contextlib.suppress(OSError):
            path.with_name(path.name + ending).unlink(missing_ok=True)


def drop_damaged(base: sqlite3.Connection, error: Exception, name: str) -> bool:
    """Close and remove a database on disk if the error says that it is damaged, and say so."""
    if not is_damage(error):
        return False
    path = next((file for _, _, file in base.execute("pragma database_list") if file), "")
    base.close()
    if path:
        drop(Path(path))
        say_dropped(name)
    return True


def say_dropped(name: str) -> None:
    """Say that a store was damaged."""
    with contextlib.suppress(OSError, AttributeError):
        sys.stderr.write(f"gardener: {name} was damaged and is made anew.\n")
