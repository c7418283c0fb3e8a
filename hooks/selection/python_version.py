"""`.python-version`: whether another one means another interpreter here."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..changes import FileChange, contents
from .tree import SourceTree

_NAME = ".python-version"
_VERSION = re.compile(r"(?:cpython-?|python-?)?(\d+(?:\.\d+)*)")


def same_python(tree: SourceTree, changes: Iterable[FileChange]) -> frozenset[str]:
    """The files of this name after whose change the same interpreter runs the tests as before it.

    That is where the interpreter at hand is what both versions of the file ask for, or neither:
    then something else chose it.
    """
    same = set()
    for change in changes:
        if change.path.rpartition("/")[2] == _NAME and change.before and change.after:
            before = contents(tree.root, {_NAME: change.before}).get(_NAME, b"")
            after = contents(tree.root, {_NAME: change.after}).get(_NAME, b"")
            from ..record.environment import version_of  # late: few changes need it

            running = version_of(tree.interpreter) if tree.interpreter else ""
            asked = _asked(before), _asked(after)
            if asked[0] == asked[1] or (
                running and _fits(running, asked[0]) == _fits(running, asked[1])
            ):
                same.add(change.path)
    return frozenset(same)


def _asked(source: bytes) -> list[str]:
    """The versions that a file asks for; the first is the one that runs."""
    lines = source.decode("utf-8", "replace").splitlines()
    return [text for line in lines if (text := line.partition("#")[0].strip())]


def _fits(running: str, asked: list[str]) -> bool:
    version = _VERSION.fullmatch(asked[0]) if asked else None
    return version is not None and f"{running}.".startswith(f"{version[1]}.")
