"""What changed for those who read code as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gardener.model import Symbol

if TYPE_CHECKING:  # a selection without a record needs none of that
    from .since_run import Judged


class TextChanges(NamedTuple):
    """What changed for those who read code as text: docstrings, whole Python files, numbers of lines."""

    documented: frozenset[Symbol] = frozenset()
    files: frozenset[str] = frozenset()
    moved: frozenset[Symbol] = frozenset()

    def joined(self, judged: Judged | None) -> TextChanges:
        """These, and the Python files and moved symbols of a change."""
        changed = {*judged.before, *(file for file, _ in judged.symbols)} if judged else set()
        moved = judged.moved if judged else frozenset()
        return self._replace(files=self.files | changed, moved=self.moved | moved)
