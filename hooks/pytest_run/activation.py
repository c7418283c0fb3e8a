"""The environment for processes of the project: as if its Python's environment were activated."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from gardener.git import child_environment

FROM_INTERPRETER = frozenset(
    {
        *("VIRTUAL_ENV", "VIRTUAL_ENV_PROMPT", "PYTHONHOME", "__PYVENV_LAUNCHER__"),
        *("CONDA_PREFIX", "CONDA_DEFAULT_ENV", "CONDA_PROMPT_MODIFIER", "CONDA_SHLVL"),
    }
)
"""Variables that follow from the interpreter that runs the tests."""


def activated(python: str) -> dict[str, str]:
    """The variables for processes that this interpreter starts.

    `PATH` and `VIRTUAL_ENV` are those of its environment; nothing of a hook manager's, of
    another environment that was active, or of gardener's own is left.
    """
    variables = without_environments()
    scripts = Path(python).parent
    home = scripts.parent
    if is_conda(home):
        variables["CONDA_PREFIX"] = str(home)
        # What it was called is known only where it was active.
        if os.environ.get("CONDA_PREFIX") == str(home):
            for name in FROM_INTERPRETER & os.environ.keys():
                if name.startswith("CONDA_"):
                    variables[name] = os.environ[name]
    elif is_venv(home):
        variables["VIRTUAL_ENV"] = str(home)
    else:
        return variables
    variables["PATH"] = os.pathsep.join(filter(None, (str(scripts), variables.get("PATH", ""))))
    return variables


def without_environments() -> dict[str, str]:
    """The variables as they are outside of every virtual environment."""
    variables = child_environment()
    away = {scripts_of(home) for home in _active(variables)}
    git_programs = os.environ.get("GIT_EXEC_PATH")  # git puts it before PATH in its hooks
    if git_programs and "GIT_INDEX_FILE" in os.environ:
        away.add(Path(git_programs))
    folders = variables.get("PATH", "").split(os.pathsep)
    path = [folder for folder in folders if folder and not _is_any(Path(folder), away)]
    kept = {name: value for name, value in variables.items() if name not in FROM_INTERPRETER}
    return {**kept, "PATH": os.pathsep.join(path)}


def _active(variables: Mapping[str, str]) -> list[Path]:
    """The environments that are active here, gardener's own included."""
    named = [variables.get(name, "") for name in ("VIRTUAL_ENV", "CONDA_PREFIX")]
    own = [sys.prefix] if sys.prefix != sys.base_prefix else []
    return [Path(home) for home in (*named, *own) if home]


def _is_any(folder: Path, others: set[Path]) -> bool:
    return folder in others or folder.resolve() in {other.resolve() for other in others}


def scripts_of(home: Path) -> Path:
    """The folder of an environment that is put on PATH."""
    return home / ("Scripts" if os.name == "nt" else "bin")


def is_venv(home: Path) -> bool:
    """Whether a folder is a virtual environment (PEP 405)."""
    return (home / "pyvenv.cfg").is_file()


def is_conda(home: Path) -> bool:
    """Whether a folder is an environment of conda or pixi."""
    return (home / "conda-meta").is_dir()
