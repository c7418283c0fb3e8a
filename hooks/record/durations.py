"""How long tests took when they were last recorded, in whatever environment."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from gardener.errors import GitError

from .database import NewerError, connect
from .place import path_of


def recorded_seconds(root: Path) -> dict[str, float]:
    """The seconds of each test by nodeid; of none where nothing can be read."""
    with contextlib.suppress(sqlite3.Error, OSError, GitError, NewerError):
        path = path_of(root)
        if path.is_file():
            with connect(path) as base:
                rows = base.execute("select nodeid, seconds from test order by run")
                return {nodeid: float(seconds or 0.0) for nodeid, seconds in rows}
    return {}
