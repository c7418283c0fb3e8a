"""What rules for imports look for in the bytes of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gardener.codemod.project import Project


def names_in(project: Project, file: str) -> frozenset[str]:
    """The names that a module deprecates, '' for the module itself."""
    from ._deprecations import deprecations

    return frozenset("" if d.name == "*" else d.name for d in deprecations(project, file))


def configured_lasts(project: Project) -> set[bytes]:
    """Last parts of the names of modules that the configuration has rules for."""
    rules = project.config.codemods.deprecated_import
    modules = {rule.source.partition(":")[0].removesuffix(".*") for rule in rules}
    return {name.rpartition(".")[2].encode() for name in modules}
