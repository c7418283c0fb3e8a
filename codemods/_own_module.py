"""The module that a file is, and what its relative imports name."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from libcst.helpers import get_full_name_for_node

if TYPE_CHECKING:
    import libcst as cst

    from gardener.codemod.command import Run


class OwnModule:
    """The module of one file."""

    def __init__(self, run: Run) -> None:
        self.modules = run.project.modules
        self.path = run.project.full(run.file.path)
        self.is_package = self.path.endswith("__init__.py")

    @cached_property
    def name(self) -> str:
        """Its dotted name; '' = it is not known."""
        return self.modules.name(self.path)

    def module_of(self, node: cst.ImportFrom) -> str:
        """The absolute dotted name of what a `from` import imports from; '' = it is not known."""
        written = get_full_name_for_node(node.module) if node.module is not None else ""
        return self.modules.absolute("." * len(node.relative) + (written or ""), self.path)
