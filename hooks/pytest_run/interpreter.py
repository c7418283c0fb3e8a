"""Finds the project's own Python: the one that can import pytest."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from gardener.config import Config
from gardener.errors import GitError, InterpreterError
from gardener.git import child_environment, store
from gardener.paths import write_whole

SECONDS = 60
"""How long another tool may take to name its environment."""


class _Tool(NamedTuple):
    """A tool that keeps a project's environment: the files that show it, and how to ask it."""

    name: str
    files: tuple[str, ...]
    command: tuple[str, ...]
    is_folder: bool = False


_PRINT = "import sys; print(sys.executable)"
_TOOLS = (
    _Tool("uv", ("uv.lock",), ("uv", "run", "--no-sync", "python", "-c", _PRINT)),
    _Tool("poetry", ("poetry.lock",), ("poetry", "env", "info", "-e")),
    _Tool("hatch", ("hatch.toml",), ("hatch", "env", "find"), is_folder=True),
)


def find(root: Path, config: Config, explicit: str = "") -> str:
    """The path of a Python that can import pytest.

    Looks at `explicit` and `tool.gardener.python` (which must work when given), then
    `VIRTUAL_ENV` unless it is gardener's own, `CONDA_PREFIX`, `.venv` and `venv` of the
    repository, what uv, poetry and hatch name, and `.tox`. Only a project that has none
    of these gets the Python that gardener runs on or the one on PATH.

    Raises:
        InterpreterError: none can; the text names those that were tried.
    """
    named = explicit or config.python
    if named:
        return _named_interpreter(named, root)
    unusable: list[str] = []
    python = _first_usable(_candidates(root), root, unusable)
    if not python and not unusable:
        # A project without an environment of its own (a container, a CI job): where gardener
        # was installed beside pytest, else what a shell would start. Never instead of an
        # environment that the project has.
        python = _first_usable(_ambient(), root, unusable)
    if python:
        return python
    tried = f" Tried: {'; '.join(unusable)}." if unusable else ""
    raise InterpreterError(
        "No Python of this project can import pytest: activate its virtual environment, "
        f"or name its Python with --python or `python` in [tool.gardener].{tried}"
    )


def _named_interpreter(name: str, root: Path) -> str:
    """The interpreter that the user names, which must work."""
    path = _path_of(name, root)
    reason = _why_unusable(path, root)
    if reason:
        raise InterpreterError(f"{name} (given as the project's Python) {reason}.")
    return str(path)


def _first_usable(candidates: Iterable[Path], root: Path, unusable: list[str]) -> str:
    """The first that can import pytest, or an empty string; adds to `unusable` why others cannot."""
    for path in candidates:
        if not _can_be_run(path):
            continue
        reason = _why_unusable(path, root)
        if not reason:
            return str(path)
        unusable.append(f"{path} {reason}")
    return ""


def _path_of(name: str, root: Path) -> Path:
    """An interpreter by path (relative to the repository), by folder, or by name on PATH."""
    path = (root / Path(name).expanduser()).absolute()
    if path.is_dir():
        return _inside(path)
    if not path.exists() and os.sep not in name:
        return Path(shutil.which(name) or path)
    return path


def _inside(folder: Path) -> Path:
    """The interpreter of a virtual environment."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _candidates(root: Path) -> Iterator[Path]:
    gardeners = Path(sys.prefix).resolve()
    for variable in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        folder = os.environ.get(variable)
        if folder and (Path(folder).resolve() != gardeners or _is_within(gardeners, root)):
            yield _inside(Path(folder))
    for name in (".venv", "venv"):
        yield _inside(root / name)
    for tool in _TOOLS:
        if _uses(tool, root) and shutil.which(tool.name):
            yield from _ask(tool, root)
    for tox in sorted(root.glob(".tox/py*")):
        yield _inside(tox)


def _ambient() -> Iterator[Path]:
    yield Path(sys.executable)
    for name in ("python3", "python"):
        on_path = shutil.which(name)
        if on_path:
            yield Path(on_path)


def _is_within(path: Path, root: Path) -> bool:
    """Whether gardener itself lives in this project's environment."""
    return path.is_relative_to(root.resolve())


def _uses(tool: _Tool, root: Path) -> bool:
    if any((root / name).exists() for name in tool.files):
        return True
    try:
        return f"[tool.{tool.name}".encode() in (root / "pyproject.toml").read_bytes()
    except OSError:
        return False


def _ask(tool: _Tool, root: Path) -> Iterator[Path]:
    try:
        done = subprocess.run(
            tool.command,
            cwd=root,
            env=child_environment(),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return
    for line in done.stdout.splitlines():
        if line.strip():
            yield _inside(Path(line.strip())) if tool.is_folder else Path(line.strip())


def _can_be_run(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


def _why_unusable(path: Path, root: Path) -> str:
    """Why this interpreter will not do; empty when it can import pytest.

    Starting an interpreter to import pytest costs 0.2 s, so a success is remembered until the
    interpreter or its site-packages change; a failure is tried again.
    """
    if not path.exists():
        return "does not exist"
    if not _can_be_run(path):
        return "cannot be run"
    stamp = stamp_of(path)
    successes = _Successes(root)
    if stamp and successes.stamps.get(str(path)) == stamp:
        return ""
    reason = _import_error(path)
    if not reason and stamp:
        successes.add(str(path), stamp)
    return reason


def stamp_of(path: Path) -> str:
    """Changes when the interpreter or what is installed beside it changes."""
    places = [path, *sorted(path.parent.parent.glob("lib/python*/site-packages"))]
    try:
        return ",".join(str(place.stat().st_mtime_ns) for place in places)
    except OSError:
        return ""


def _import_error(path: Path) -> str:
    """Why an interpreter cannot import pytest; empty when it can."""
    try:
        done = subprocess.run(
            [str(path), "-c", "import pytest"],
            env=child_environment(),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except OSError as error:
        return f"cannot be run ({error.strerror})"
    except subprocess.TimeoutExpired:
        return f"did not import pytest within {SECONDS} s"
    if not done.returncode:
        return ""
    lines = done.stderr.strip().splitlines()
    return f"cannot import pytest ({lines[-1] if lines else f'exit status {done.returncode}'})"


class _Successes:
    """Interpreters that could import pytest, in gardener's store; never more than a saving of time.

    `stamps` are by the path of the interpreter.
    """

    def __init__(self, root: Path) -> None:
        self._path: Path | None = None
        self.stamps: dict[str, str] = {}
        load: Callable[[bytes], object] = json.loads
        try:
            self._path = store(root) / "interpreters.json"
            stored = load(self._path.read_bytes())
        except (OSError, ValueError, GitError):
            return
        if isinstance(stored, dict):
            self.stamps = {str(path): str(stamp) for path, stamp in stored.items()}

    def add(self, interpreter: str, stamp: str) -> None:
        """Remember one more, and the latest of the others."""
        if self._path is None:
            return
        stamps = dict(list(self.stamps.items())[-20:]) | {interpreter: stamp}
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self._path, json.dumps(stamps).encode())
