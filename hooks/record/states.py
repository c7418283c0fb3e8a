"""The state of what a test read: the blob of a file, the names in a folder, a variable's value."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable
from functools import cached_property

ENVIRONMENT = "\0environment "
"""Begins what stands among the files for a variable of the environment, as the plugin names it."""


class States:
    """What recorded names stand for in one tree, and in the environment of this process.

    A name is the path of a file, that of a folder that was listed (it ends with `/`), or that
    of a variable. `blob` gives the blob of a file, empty where there is none; `paths` are all files.
    """

    def __init__(self, blob: Callable[[str], str], paths: Iterable[str]) -> None:
        self._blob = blob
        self._paths = paths

    def of(self, name: str) -> str:
        """The state; it differs where what was read does."""
        if name.startswith(ENVIRONMENT):
            return _hash(os.environ.get(name.removeprefix(ENVIRONMENT)))
        if name.endswith("/"):
            return _hash("\0".join(sorted(self._names_in.get(name.strip("/"), ()))))
        return self._blob(name)

    @cached_property
    def _names_in(self) -> dict[str, set[str]]:
        """The names of files and folders directly in each folder."""
        names: dict[str, set[str]] = {}
        for path in self._paths:
            folder, _, name = path.rpartition("/")
            while name not in names.setdefault(folder, set()):
                names[folder].add(name)
                if not folder:
                    break
                folder, _, name = folder.rpartition("/")
        return names


def _hash(text: str | None) -> str:
    """A short digest: what a variable holds may be a secret."""
    if text is None:
        return ""
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()[:16]


def is_file(name: str) -> bool:
    """Whether a recorded name is that of a file."""
    return not name.startswith(ENVIRONMENT) and not name.endswith("/")


def shown(name: str) -> str:
    """A recorded name as a reason shows it."""
    if name.startswith(ENVIRONMENT):
        return f"the variable {name.removeprefix(ENVIRONMENT)} of the environment"
    return name


def changed_since(recorded: Iterable[tuple[str, str]], states: States) -> str:
    """The first recorded name that is in another state now; empty if none is."""
    return next((name for name, state in recorded if states.of(name) != state), "")
