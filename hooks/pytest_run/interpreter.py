"""Finds the project's own Python: the one that can import pytest."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from gardener.config import Config
from gardener.errors import GitError, InterpreterError
from gardener.git import child_environment, store

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
    given = explicit or config.python
    if given:
        path = _given(given, root)
        wrong = _verdict(path, root)
        if wrong:
            raise InterpreterError(f"{given} (given as the project's Python) {wrong}.")
        return str(path)
    tried: list[str] = []
    for path in _candidates(root):
        if not _runs(path):
            continue
        wrong = _verdict(path, root)
        if not wrong:
            return str(path)
        tried.append(f"{path} {wrong}")
    # A project without an environment of its own (a container, a CI job): where gardener
    # was installed beside pytest, else what a shell would start. Never instead of an
    # environment that the project has.
    for path in () if tried else _ambient():
        if _runs(path):
            wrong = _verdict(path, root)
            if not wrong:
                return str(path)
            tried.append(f"{path} {wrong}")
    looked = f" Tried: {'; '.join(tried)}." if tried else ""
    raise InterpreterError(
        "No Python of this project can import pytest: activate its virtual environment, "
        f"or name its Python with --python or `python` in [tool.gardener].{looked}"
    )


def _given(given: str, root: Path) -> Path:
    """An interpreter by path (relative to the repository), by folder, or by name on PATH."""
    path = (root / Path(given).expanduser()).absolute()
    if path.is_dir():
        return _inside(path)
    if not path.exists() and os.sep not in given:
        return Path(shutil.which(given) or path)
    return path


def _inside(folder: Path) -> Path:
    """The interpreter of a virtual environment."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _candidates(root: Path) -> Iterator[Path]:
    own = Path(sys.prefix).resolve()
    for variable in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        folder = os.environ.get(variable)
        if folder and (Path(folder).resolve() != own or _is_within(own, root)):
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


def _runs(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


def _verdict(path: Path, root: Path) -> str:
    """Why this interpreter will not do; empty when it can import pytest.

    Starting an interpreter to import pytest costs 0.2 s, so a good verdict is kept
    until the interpreter or its site-packages change; a bad one is asked again.
    """
    if not path.exists():
        return "does not exist"
    if not _runs(path):
        return "cannot be run"
    stamp = stamp_of(path)
    kept = _Kept(root)
    if stamp and kept.verdicts.get(str(path)) == stamp:
        return ""
    wrong = _try(path)
    if not wrong and stamp:
        kept.keep(str(path), stamp)
    return wrong


def stamp_of(path: Path) -> str:
    """Changes when the interpreter or what is installed beside it changes."""
    places = [path, *sorted(path.parent.parent.glob("lib/python*/site-packages"))]
    try:
        return ",".join(str(place.stat().st_mtime_ns) for place in places)
    except OSError:
        return ""


def _try(path: Path) -> str:
    try:
        done = subprocess.run(
            [str(path), "-c", "import pytest"],
            env=child_environment(),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except OSError as wrong:
        return f"cannot be run ({wrong.strerror})"
    except subprocess.TimeoutExpired:
        return f"did not import pytest within {SECONDS} s"
    if not done.returncode:
        return ""
    said = done.stderr.strip().splitlines()
    return f"cannot import pytest ({said[-1] if said else f'exit status {done.returncode}'})"


class _Kept:
    """Good verdicts of earlier runs, in gardener's store; never more than a saving of time."""

    def __init__(self, root: Path) -> None:
        self._path: Path | None = None
        self.verdicts: dict[str, str] = {}
        load: Callable[[bytes], object] = json.loads
        try:
            self._path = store(root) / "interpreters.json"
            found = load(self._path.read_bytes())
        except (OSError, ValueError, GitError):
            return
        if isinstance(found, dict):
            self.verdicts = {str(k): str(v) for k, v in found.items()}

    def keep(self, interpreter: str, stamp: str) -> None:
        if self._path is None:
            return
        verdicts = dict(list(self.verdicts.items())[-20:]) | {interpreter: stamp}
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            new = self._path.with_name(f"{self._path.name}.{os.getpid()}")
            new.write_text(json.dumps(verdicts), encoding="utf-8")
            new.replace(self._path)
        except OSError:
            return
