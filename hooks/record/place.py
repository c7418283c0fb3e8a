"""Where the record of a repository lies: asked by who may need no more of it."""

from __future__ import annotations

from pathlib import Path

from gardener.errors import GitError
from gardener.git import store


def path_of(root: Path) -> Path:
    """Where the record of a repository lies. Raises: GitError."""
    return store(root) / "record.sqlite"


def is_kept(root: Path) -> bool:
    """Whether anything is recorded."""
    try:
        return path_of(root).is_file()
    except GitError:
        return False
