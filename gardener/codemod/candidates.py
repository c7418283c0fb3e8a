"""Which codemods may have something to do in a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gardener.codemod.model import Codemod

if TYPE_CHECKING:
    from gardener.codemod.project import Project


def candidates(
    data: bytes, path: str, codemods: Sequence[Codemod], project: Project
) -> list[Codemod]:
    """The codemods that a file's bytes give reason to parse it for."""
    kept_away = skipped(path, project)
    chosen = []
    for codemod in codemods:
        if codemod.name in kept_away:
            continue
        for needle in project.memo(f"needles of {codemod.name}", lambda: codemod.needles(project)):  # noqa: B023
            if needle in data:
                if codemod.look(data, path, project):
                    chosen.append(codemod)
                break
    return chosen


def confirmed(
    data: bytes, path: str, codemods: Sequence[Codemod], project: Project
) -> list[Codemod]:
    """Those codemods that have something to do for all that is known without libcst's tree."""
    return [c for c in codemods if c.confirm is None or c.confirm(data, path, project)]


def skipped(path: str, project: Project) -> set[str]:
    """Codemods that the configuration keeps away from a file (`per-path-skip`)."""
    rules = project.config.codemods.per_path_skip
    if not rules:
        return set()
    from gardener.paths import matches

    return {name for glob, names in rules.items() if matches(path, glob) for name in names}
