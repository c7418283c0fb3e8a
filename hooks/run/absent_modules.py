"""Modules that tests could not import because the environment lacks them: which, and where."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from gardener.model import Report
from gardener.text import shortened

from ..plugin.removals import GONE_MODULES, STANDARD
from ..pytest_run.interpreter import Interpreter

_INSTEAD = {"distutils": "setuptools has it, where that is installed"}
"""What is closer than a successor."""
_MISSING = re.compile(r"No module named '(?P<name>\w+)(?P<rest>[\w.]*)'")


def absent_modules(report: Report, root: Path) -> list[str]:
    """Top-level modules that failures miss and that the repository does not have itself."""
    names: dict[str, None] = {}
    for failure in report.failures:
        match = _MISSING.match(failure.message)
        if not match or not failure.type.endswith("ModuleNotFoundError"):
            continue
        if not match["rest"] or match["name"] in GONE_MODULES:  # else the package itself is there
            names[match["name"]] = None
    return [name for name in names if not _is_own(name, root)]


def _is_own(name: str, root: Path) -> bool:
    """Whether a folder or file of the repository, or of its `src`, would be that module."""
    return any(
        (folder / name).is_dir() or (folder / f"{name}.py").is_file()
        for folder in (root, root / "src", root / "lib")
    )


def told(report: Report, root: Path, interpreters: Sequence[Interpreter]) -> str:
    """One sentence or two about what is not there; empty where nothing is missing."""
    names = absent_modules(report, root)
    removed = [name for name in names if _is_removed(name, interpreters)]
    lacking = [name for name in names if name not in removed]
    sentences = [_of_removed(removed)] if removed else []
    if lacking:
        places = " or ".join(interpreter.place(root) for interpreter in interpreters)
        sentences.append(
            f"not installed in {places}: {shortened(lacking)}. "
            "Install it there, or name another Python with --python."
        )
    return " ".join(sentences)


def _is_removed(name: str, interpreters: Iterable[Interpreter]) -> bool:
    """Whether a module was Python's own and one of these is too new for it."""
    first = GONE_MODULES.get(name)
    return first is not None and any(
        _release(one.python) >= _release(first) for one in interpreters
    )


def _release(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:2])


def _of_removed(names: Sequence[str]) -> str:
    """What Python no longer has, since when, and what there is in its place."""
    told = [
        f"{name} is gone since Python {GONE_MODULES[name]} ({_INSTEAD.get(name, STANDARD[name])})"
        for name in names
    ]
    return f"{'; '.join(told)}: go over to what takes its place, or name an older Python with --python."
