"""Codemods and the engine that applies them: what a codemod of a project's own may import."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .model import Codemod, Example

if TYPE_CHECKING:
    from .command import Command, Note

__all__ = ["Codemod", "Command", "Example", "Note"]


def __getattr__(name: str) -> Any:
    """The names of `command`, imported when they are asked for: a hook with no work needs none."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from . import command

    return getattr(command, name)
