"""Where a project's own Python may be: what is active, what lies in the repository, what tools keep."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from .activation import is_conda, is_venv, scripts_of, without_environments

SECONDS = 60
"""How long another tool may take to name its environment."""
_NAMES = ("python3", "python")


class Candidate(NamedTuple):
    """An interpreter that may be the project's, and how it was found."""

    path: Path
    how: str


class _Tool(NamedTuple):
    """A tool that keeps a project's environment: the files that show it, and how to ask it.

    No command may make an environment. `is_folder`: the tool names the environment's folder.
    `backend` is the module that builds the project where pyproject.toml has no table of the tool.
    """

    name: str
    files: tuple[str, ...]
    commands: tuple[tuple[str, ...], ...]
    is_folder: bool = False
    backend: str = ""


_TOOLS = (
    # `uv run` would create a `.venv`, even with `--no-sync`.
    _Tool("uv", ("uv.lock",), (("uv", "python", "find", "--no-python-downloads"),)),
    _Tool("poetry", ("poetry.lock",), (("poetry", "env", "info", "-e"),), backend="poetry.core"),
    _Tool("pdm", ("pdm.lock", ".pdm-python"), (("pdm", "info", "--python"),), backend="pdm."),
    _Tool("pipenv", ("Pipfile",), (("pipenv", "--py"),)),
    _Tool(
        "hatch",
        ("hatch.toml",),
        (("hatch", "env", "find"), ("hatch", "env", "find", "hatch-test")),
        is_folder=True,
        backend="hatchling",
    ),
)


def active(root: Path) -> Iterator[Candidate]:
    """The environment that is activated, even where a hook manager hides it behind its own."""
    gardeners = Path(sys.prefix).resolve()
    for variable in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        folder = os.environ.get(variable)
        # conda's base is active in every shell: it is nobody's choice for this project.
        if folder and not (variable == "CONDA_PREFIX" and _is_base()):
            is_own = Path(folder).resolve() == gardeners
            if not is_own or gardeners.is_relative_to(root.resolve()):
                yield Candidate(python_in(Path(folder)), variable)
    first = next(on_path(), None)
    if first and is_venv(first.path.parent.parent):
        yield first._replace(how="activated: first on PATH")


def _is_base() -> bool:
    return os.environ.get("CONDA_DEFAULT_ENV", "") in ("base", "root")


def in_project(root: Path) -> Iterator[Candidate]:
    """The environments that the repository holds, or that the project's tools keep for it."""
    for folder in _from_here(root):
        for name in (".venv", "venv", "env"):
            home = folder / name
            if name != "env" or is_venv(home):
                yield Candidate(python_in(home), f"{_shown(home, root)} of the repository")
    yield Candidate(python_in(root / ".pixi/envs/default"), "pixi's environment")
    for tool in _TOOLS:
        if _uses(tool, root) and shutil.which(tool.name):
            for path in _ask(tool, root):
                yield Candidate(path, f"{tool.name}'s environment")
    yield from _sessions(root, ".nox", "nox")
    yield from _sessions(root, ".tox", "tox")
    base = os.environ.get("CONDA_PREFIX")
    if base and _is_base():
        yield Candidate(python_in(Path(base)), "conda's base")


def _from_here(root: Path) -> list[Path]:
    """The folders from the working directory up to the top of the repository."""
    here = Path.cwd().resolve()
    top = root.resolve()
    if not here.is_relative_to(top):
        return [root]
    inner = [folder for folder in (here, *here.parents) if folder.is_relative_to(top)]
    return [root / folder.relative_to(top) for folder in inner]


def own_environments(root: Path, part: str) -> Iterator[Candidate]:
    """The environments of a part of the repository, or of a folder between it and the top."""
    folder = root / part
    while folder != root:
        for name in (".venv", "venv"):
            home = folder / name
            if is_venv(home):
                yield Candidate(python_in(home), f"{_shown(home, root)} of this part")
        folder = folder.parent


def of_packages(root: Path) -> list[Candidate]:
    """The environments of the packages of a repository that has none at its top."""
    homes = [home for depth in ("*", "*/*") for home in sorted(root.glob(f"{depth}/.venv"))]
    return [
        Candidate(python_in(home), f"{_shown(home, root)}, the only environment here")
        for home in homes
        if is_venv(home)
    ]


def ambient() -> Iterator[Candidate]:
    """For a project without an environment of its own, as in a container: what a shell would start."""
    yield Candidate(Path(sys.executable), "beside gardener")
    yield from on_path()


def on_path() -> Iterator[Candidate]:
    """The interpreters on PATH, behind the folders of hook managers and of gardener itself."""
    for folder in without_environments()["PATH"].split(os.pathsep):
        paths = (shutil.which(name, path=folder) for name in _NAMES)
        path = next(filter(None, paths), None)
        if path:
            yield Candidate(Path(path), "on PATH")


def python_in(folder: Path) -> Path:
    """The interpreter of an environment."""
    if os.name == "nt":
        return (folder if is_conda(folder) else scripts_of(folder)) / "python.exe"
    return scripts_of(folder) / "python"


def _shown(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()


def _sessions(root: Path, folder: str, tool: str) -> Iterator[Candidate]:
    """The environments that nox or tox made: those for tests first, then the newest Python."""

    def rank(home: Path) -> tuple[bool, bool, list[int]]:
        version = [
            -int(part) for part in "".join(c if c.isdigit() else " " for c in home.name).split()
        ]
        return ("test" not in home.name, not home.name.startswith("py"), version)

    for home in sorted((root / folder).glob("*"), key=rank):
        if is_venv(home):
            yield Candidate(python_in(home), f"{tool}'s environment {home.name}")


def _uses(tool: _Tool, root: Path) -> bool:
    if any((root / name).exists() for name in tool.files):
        return True
    try:
        settings = (root / "pyproject.toml").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    if f"[tool.{tool.name}" in settings:
        return True
    lines = [line for line in settings.splitlines() if line.startswith("build-backend")]
    return bool(tool.backend) and any(tool.backend in line for line in lines)


def _ask(tool: _Tool, root: Path) -> Iterator[Path]:
    """What a tool names; each of its commands is asked only when the ones before do not do."""
    for command in tool.commands:
        try:
            done = subprocess.run(
                command,
                cwd=root,
                # Most of them would name the environment that is active.
                env=without_environments(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return
        for line in done.stdout.splitlines() if not done.returncode else ():
            path = Path(line.strip())
            path = python_in(path) if tool.is_folder else path
            # uv answers with some Python where the project has no environment yet.
            if (
                line.strip()
                and path.is_absolute()
                and (tool.name != "uv" or is_venv(path.parent.parent))
            ):
                yield path
