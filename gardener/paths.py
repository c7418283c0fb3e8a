"""Paths of a repository, as `/`-separated text relative to its top."""

from __future__ import annotations


def is_python(path: str) -> bool:
    """Whether a file is Python, by its name."""
    return path.endswith((".py", ".pyi"))
