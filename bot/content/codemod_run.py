"""Runs codemods over the files of a pull request, read through the API and never executed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from gardener.config import Config
from gardener.model import Diagnosis, Patch

MOST_FILES = 30
_BIGGEST = 300_000
_DEEPEST = 90  # nested brackets: Python's own parser gives up at 200


def named_codemods(diagnosis: Diagnosis) -> tuple[str, ...]:
    """Codemods that would mend something the report saw."""
    every = (*diagnosis.findings, *diagnosis.deprecations)
    return tuple(sorted({finding.codemod for finding in every if finding.codemod}))


def patches(
    files: Iterable[str],
    names: Sequence[str],
    config: Config,
    read: Callable[[str], bytes],
) -> list[Patch]:
    """What the named codemods make of these files; those they leave alone are not in it.

    `read` gives the bytes of a file at the head of the pull request. A file that is too
    large, nested too deeply or no Python is left out.
    """
    from gardener.codemod.candidates import candidates
    from gardener.codemod.discovery import discover
    from gardener.codemod.engine import mend
    from gardener.codemod.file_text import Unparsable
    from gardener.codemod.project import Project

    codemods = discover(config, built_in_only=True)
    chosen = [codemods[name] for name in names if name in codemods and codemods[name].safe]
    project = Project(config.root or Path(), config)
    patched: list[Patch] = []
    for path in [f for f in files if f.endswith(".py")][:MOST_FILES]:
        data = read(path)
        if not data or len(data) > _BIGGEST or _depth(data) > _DEEPEST:
            continue
        fitting = candidates(data, path, chosen, project)
        if not fitting:
            continue
        try:
            mended = mend(data, path, fitting, project)
        except (Unparsable, RecursionError, MemoryError):
            continue
        if mended.after != data:
            patched.append(
                Patch(file=path, before=data, after=mended.after, codemods=mended.codemods)
            )
    return patched


def _depth(data: bytes) -> int:
    """How deep brackets nest, taken too high when in doubt."""
    depth = deepest = 0
    for byte in data:
        if byte in b"([{":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b")]}":
            depth = max(depth - 1, 0)
    return deepest
