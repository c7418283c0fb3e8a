"""What libcst's own tool is given: the command of a codemod's module, and the project around a file."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gardener.codemod.project import Project

Face = tuple[Callable[[str], Any], Callable[[], list[str]]]


def command_of(module: str, transformer: str) -> Face:
    """`__getattr__` and `__dir__` of a module whose `TRANSFORMER` names a class of another one.

    libcst's tool asks the module for the class, gardener `TRANSFORMER`: only the first pays for
    libcst at once.
    """
    home, _, command = transformer.partition(":")

    def attribute(name: str) -> Any:
        if name != command:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        return getattr(importlib.import_module(home), command)

    def names() -> list[str]:
        return [*vars(sys.modules[module]), command]

    return attribute, names


def surroundings(filename: str | None) -> tuple[Project, str]:
    """The project that a file lies in, with its settings, and the name of the file there.

    Raises:
        ConfigError: the settings cannot be read.
    """
    from pathlib import Path

    from gardener import config
    from gardener.codemod.project import Project
    from gardener.errors import GitError
    from gardener.git import find_root

    path = Path(filename or "example.py").resolve()
    try:
        root = find_root(path.parent)
    except GitError:
        project = Project(path.parent, config.Config(path.parent))
    else:
        project = Project(root, config.load(root))
    return project, project.name_of(str(path))


def keeps_away(project: Project, codemod: str, path: str) -> bool:
    """Whether `exclude` or `per-path-skip` of the settings speak of a file, or it is code of others."""
    from gardener.codemod.candidates import skipped
    from gardener.codemod.vendored import folder_of_others
    from gardener.paths import matches

    globs = project.config.codemods.exclude
    if globs and matches(path, *globs):
        return True
    return codemod in skipped(path, project) or bool(folder_of_others(project, path))
