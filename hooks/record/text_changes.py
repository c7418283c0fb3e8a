"""What changed for those who read code as text."""

from __future__ import annotations

from typing import NamedTuple

from gardener.model import Symbol


class TextChanges(NamedTuple):
    """What changed for those who read code as text: docstrings, whole Python files, numbers of lines."""

    documented: frozenset[Symbol] = frozenset()
    files: frozenset[str] = frozenset()
    moved: frozenset[Symbol] = frozenset()

    def joined(self, more: TextChanges) -> TextChanges:
        """These and others."""
        return TextChanges(
            self.documented | more.documented, self.files | more.files, self.moved | more.moved
        )
