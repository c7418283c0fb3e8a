"""Finds the project's own Python: the one that can import pytest."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from gardener.config import Config
from gardener.errors import GitError, InterpreterError
from gardener.git import store
from gardener.paths import write_whole

from .activation import activated
from .environments import (
    SECONDS,
    Candidate,
    active,
    ambient,
    in_project,
    of_packages,
    python_in,
)

_VERSIONS = "import sys, pytest; print('.'.join(map(str, sys.version_info[:3])), pytest.__version__, sys.executable)"
OLDEST_PYTEST = 7
"""The major version of the oldest pytest that the plugin works in."""


class SeveralError(InterpreterError):
    """Several packages have an environment, and the repository has none at its top."""

    def __init__(self, text: str, usable: list[Interpreter]) -> None:
        super().__init__(text)
        self.usable = usable


class Interpreter(NamedTuple):
    """The project's Python: how it was found, its version and that of its pytest.

    `is_active`: it is of an environment that is activated.
    """

    path: str
    how: str
    python: str
    pytest: str
    is_active: bool = False

    def told(self, root: Path) -> str:
        """One line that says which it is, and why this one."""
        return f"Python {self.python} with pytest {self.pytest}: {self.place(root)} ({self.how})."

    def place(self, root: Path) -> str:
        """Its path, relative to the repository where it lies in there."""
        path = Path(self.path)
        with contextlib.suppress(ValueError):
            path = path.relative_to(root)
        return str(path)


def find(root: Path, config: Config, explicit: str = "") -> str:
    """The path of a Python that can import pytest; see `locate`."""
    return locate(root, config, explicit).path


def locate(root: Path, config: Config, explicit: str = "") -> Interpreter:
    """The project's Python, which can import pytest.

    Looks at `explicit` and `tool.gardener.python` (which must work when given), then at the
    environment that is activated, those in the repository, and those that uv, poetry, pdm,
    pipenv, hatch, nox and tox keep. Only a project that has none of these gets the Python that
    gardener runs on or one on PATH.

    Raises:
        InterpreterError: none can; the text names those that were tried.
    """
    if explicit or config.python:
        return _named_interpreter(root, config, explicit)
    search = _Search(root)
    interpreter = search.first(active(root))
    if interpreter:
        return interpreter._replace(is_active=True)
    interpreter = search.first(in_project(root))
    if interpreter:
        return interpreter
    if not search.unusable:
        interpreter = search.only(of_packages(root)) or search.first(ambient())
    if interpreter:
        return interpreter
    tried = f" Tried: {'; '.join(search.unusable)}." if search.unusable else ""
    raise InterpreterError(
        "No Python of this project can import pytest: activate its virtual environment, "
        f"or name its Python with --python or `python` in [tool.gardener].{tried}{search.cure}"
    )


def _named_interpreter(root: Path, config: Config, explicit: str) -> Interpreter:
    """The interpreter that the user names, which must work."""
    name, how = (explicit, "--python") if explicit else (config.python, "[tool.gardener]")
    # As the shell completes it: relative to the working directory; settings, to the repository.
    places = (Path.cwd(), root) if explicit else (root,)
    paths = [_path_of(name, place) for place in places]
    path = next((path for path in paths if path.exists()), paths[0])
    outcome = examined(path, root)
    if isinstance(outcome, str):
        raise InterpreterError(f"{name} (given as the project's Python) {outcome}.")
    return outcome._replace(how=how)


class _Search:
    """Looks for an interpreter that will do, and keeps why others would not."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.unusable: list[str] = []
        self._without_pytest: Path | None = None

    @property
    def cure(self) -> str:
        """What to type where the project's environment is there and only pytest is not."""
        if self._without_pytest is None:
            return ""
        return f" `{self._without_pytest} -m pip install pytest` installs it there."

    def first(self, candidates: Iterable[Candidate]) -> Interpreter | None:
        """The first that can import pytest."""
        for candidate in candidates:
            interpreter = self._usable(candidate)
            if interpreter:
                return interpreter
        return None

    def only(self, candidates: list[Candidate]) -> Interpreter | None:
        """The one that can import pytest.

        Raises:
            SeveralError: there is more than one.
        """
        usable = list(filter(None, map(self._usable, candidates)))
        if len(usable) > 1:
            homes = " and ".join(
                Path(interpreter.path).parents[1].relative_to(self._root).as_posix()
                for interpreter in usable
            )
            raise SeveralError(
                f"Each of {homes} can import pytest, and the repository has no environment at "
                "its top: run gardener in one of these folders, or name a Python with --python.",
                usable,
            )
        return usable[0] if usable else None

    def _usable(self, candidate: Candidate) -> Interpreter | None:
        path = candidate.path
        if path.is_symlink() and not path.exists():
            reason = f"is a link to {path.readlink()}, which is gone: make the environment anew"
            self.unusable.append(f"{path} {reason}")
            return None
        if not _can_be_run(path):
            return None
        outcome = examined(path, self._root)
        if isinstance(outcome, str):
            self.unusable.append(f"{path} ({candidate.how}) {outcome}")
            if "No module named 'pytest'" in outcome:
                self._without_pytest = self._without_pytest or path
            return None
        return outcome._replace(how=candidate.how)


def _path_of(name: str, folder: Path) -> Path:
    """An interpreter by path (relative to `folder`), by its environment, or by name on PATH."""
    path = (folder / Path(name).expanduser()).absolute()
    if path.is_dir():
        return python_in(path)
    if not path.exists() and os.sep not in name:
        return Path(shutil.which(name) or path)
    return path


def _can_be_run(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


def examined(path: Path, root: Path) -> Interpreter | str:
    """What an interpreter is, or why it will not do.

    Starting an interpreter to import pytest costs 0.2 s, so a success is remembered until the
    interpreter or its site-packages change; a failure is tried again. What a shim starts is
    another one from folder to folder: it is asked each time.
    """
    if not path.exists():
        return "does not exist"
    if not _can_be_run(path):
        return "cannot be run"
    is_shim = path.parent.name == "shims"
    stamp = "" if is_shim else stamp_of(path)
    successes = _Successes(root)
    versions = successes.stamps.get(str(path), "").split(" ")
    if stamp and versions[0] == stamp and len(versions) == 3:
        return Interpreter(str(path), "", versions[1], versions[2])
    answer, reason = _ask(path, root)
    if reason:
        return reason
    python, pytest, executable = answer
    if pytest.split(".")[0].isdigit() and int(pytest.split(".")[0]) < OLDEST_PYTEST:
        return f"has pytest {pytest}, and gardener needs {OLDEST_PYTEST} or newer"
    if stamp:
        successes.add(str(path), f"{stamp} {python} {pytest}")
    return Interpreter(executable if is_shim else str(path), "", python, pytest)


def stamp_of(path: Path) -> str:
    """Changes when the interpreter or what is installed beside it changes."""
    places = [path, *sorted(path.parent.parent.glob("lib/python*/site-packages"))]
    try:
        return ",".join(str(place.stat().st_mtime_ns) for place in places)
    except OSError:
        return ""


def _ask(path: Path, root: Path) -> tuple[tuple[str, str, str], str]:
    """The versions of an interpreter and its pytest with its own path, or why it cannot import it."""
    nothing = ("", "", "")
    try:
        done = subprocess.run(
            [str(path), "-c", _VERSIONS],
            cwd=root,
            env=activated(str(path)),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except OSError as error:
        return nothing, f"cannot be run ({error.strerror})"
    except subprocess.TimeoutExpired:
        return nothing, f"did not import pytest within {SECONDS} s"
    printed = done.stdout.strip().rpartition("\n")[2].split(" ", 2)
    if not done.returncode and len(printed) == 3:
        return (printed[0], printed[1], printed[2]), ""
    lines = done.stderr.strip().splitlines()
    why = lines[-1] if lines else f"exit status {done.returncode}"
    return nothing, f"cannot import pytest ({why})"


class _Successes:
    """Interpreters that could import pytest, in gardener's store; never more than a saving of time.

    `stamps` are by the path of the interpreter, each with the versions of Python and pytest.
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
