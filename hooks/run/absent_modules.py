"""Modules that tests could not import because the environment lacks them: which, and where."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from gardener.model import Report
from gardener.text import shortened

from ..pytest_run.interpreter import Interpreter

_MISSING = re.compile(r"No module named '(?P<name>\w+)")


def absent_modules(report: Report, root: Path) -> list[str]:
    """Top-level modules that failures miss and that the repository does not have itself."""
    names: dict[str, None] = {}
    for failure in report.failures:
        match = _MISSING.match(failure.message)
        if match and failure.type.endswith("ModuleNotFoundError"):
            names[match["name"]] = None
    return [name for name in names if not _is_own(name, root)]


def _is_own(name: str, root: Path) -> bool:
    """Whether a folder or file of the repository, or of its `src`, would be that module."""
    return any(
        (folder / name).is_dir() or (folder / f"{name}.py").is_file()
        for folder in (root, root / "src", root / "lib")
    )


def told(report: Report, root: Path, interpreters: Sequence[Interpreter]) -> str:
    """One sentence about what is not installed there; empty where nothing is missing."""
    names = absent_modules(report, root)
    if not names:
        return ""
    places = " or ".join(interpreter.place(root) for interpreter in interpreters)
    return (
        f"not installed in {places}: {shortened(names)}. "
        "Install it there, or name another Python with --python."
    )
