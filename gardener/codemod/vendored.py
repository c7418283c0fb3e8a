"""Code of others that a project carries along: it is mended where it comes from, not here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gardener.codemod.project import Project

VENDORED = "vendored"
"""Stands where a codemod's name stands, for what is said of such a file."""

_FOLDERS = re.compile(
    r"(?:^|.*/)(?:_?vendored|_vendor|third[-_]?party|3rd[-_]?party|_?extern|site-packages)/"
)
_MAYBE = re.compile(r"((?:^|.*/)vendor)/")
"""A shop has vendors too: such a folder counts where a linter leaves it out."""
_LINTERS = (
    *("pyproject.toml", "setup.cfg", "tox.ini", ".flake8", "ruff.toml", ".ruff.toml"),
    *(".pre-commit-config.yaml", ".coveragerc", "mypy.ini", ".pylintrc"),
)


def folder_of_others(project: Project, path: str) -> str:
    """The folder with code of others that a file lies in; '' for the project's own code."""
    match = _FOLDERS.match(path)
    if match:
        return match[0].rstrip("/")
    maybe = _MAYBE.match(path)
    return maybe[1] if maybe and _is_left_out(project, maybe[1]) else ""


def _is_left_out(project: Project, folder: str) -> bool:
    """Whether the settings of a linter name the folder, or all folders called so."""
    named = re.compile(rb"(?<![\w./-])(?:[*./^(]*/)?(?:%b|vendor)\b" % re.escape(folder.encode()))

    def is_named() -> bool:
        return any(named.search(project.read(name)) for name in _LINTERS)

    return project.memo(f"{folder} is left out", is_named)
