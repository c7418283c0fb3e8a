"""What modules read while they were imported, and what of it has changed."""

from __future__ import annotations

from collections.abc import Iterable

from gardener.model import Symbol

from .recording import Run
from .states import States, changed_since, shown


def changed_for_imports(run: Run, states: States) -> dict[Symbol, str]:
    """The modules whose import read what has changed: what they hold is another now."""
    modules: dict[Symbol, str] = {}
    for path, read in run.read.items():
        changed = changed_since(read.items(), states)
        if changed:
            modules[Symbol(path, "")] = f"{shown(changed)} changed, which {path} reads"
    return modules


def read_by_imports(runs: Iterable[Run], files: frozenset[str]) -> dict[Symbol, str]:
    """The modules that read one of these files while they were imported."""
    modules: dict[Symbol, str] = {}
    for run in runs:
        for path, read in run.read.items():
            for name in files & read.keys():
                modules[Symbol(path, "")] = f"{shown(name)} changed, which {path} reads"
    return modules


def read_in(run: Run) -> frozenset[str]:
    """What was read while modules were imported."""
    return frozenset(name for read in run.read.values() for name in read)
