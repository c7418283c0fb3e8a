"""Tells at a glance that `gardener fix` has nothing to do, without the cost of the command.

Most runs in a hook end here. Importing click alone costs more than all of this.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gardener.codemod.project import Project
    from gardener.config import Config

FOLLOWED_OPTIONS = {"--check", "--diff", "--unsafe", "--strict"}
"""Options that do not matter, or are followed here, where nothing has to change."""

_looked_at: list[Project] = []
"""The project that was looked at in this process: what is known of it is not asked twice."""


def take_over(root: Path, config: Config, *, unsafe: bool) -> Project | None:
    """The project that `nothing_to_do` has looked at, if it is this one; it can be had once."""
    project = _looked_at.pop() if _looked_at else None
    if project is None or project.root != root or project.unsafe != unsafe:
        return None
    project.config = config
    return project


def nothing_to_do(arguments: Sequence[str]) -> bool:
    """Whether `gardener fix ARGUMENTS` would do and say nothing; False also where that is not plain."""
    paths = [argument for argument in arguments if not argument.startswith("-")]
    options = [argument for argument in arguments if argument.startswith("-")]
    if any(option not in FOLLOWED_OPTIONS for option in options):
        return False
    from gardener.codemod.discovery import choose, discover
    from gardener.codemod.project import Project
    from gardener.git import find_root

    from .codemod_settings import load_quickly
    from .find_files import find

    try:
        root = find_root()
        config = load_quickly(root)
        if config is None:
            return False
        unsafe = "--unsafe" in arguments
        codemods = choose(discover(config), (), config.codemods.skip, unsafe)
        project = Project(root, config, unsafe=unsafe)
        _looked_at[:] = [project]
        _, candidates = find(paths, codemods, project)
    except Exception:  # whatever it is: the command meets it too, and says it as it should
        return False
    return not (candidates.pending or candidates.problems or candidates.told)
