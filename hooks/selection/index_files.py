"""Files that list other files: a test that reads the list may read what it names."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping

from gardener.pytest_config.settings import CONFIG_NAMES

Sources = Callable[[Iterable[str]], Mapping[str, bytes]]
"""Gives the contents of files of the tree, as far as they can be read."""

_ENDINGS = (".yml", ".yaml", ".toml", ".json", ".ini", ".cfg", ".txt", ".list", ".csv", ".conf")
_MOST_INDEXES = 100
"""Lists beside and above a file, above which none is read: then they are data themselves."""


def indexes_of(paths: Iterable[str], files: Collection[str], read: Sources) -> dict[str, list[str]]:
    """For each of these files the texts beside or above it that say its name.

    What configures pytest or the build is none: it names files for packages and badges.
    """
    folders_of = {path: _folders_above(path) for path in paths}
    folders = {folder for above in folders_of.values() for folder in above}
    by_folder: dict[str, list[str]] = {}
    for file in files if folders_of else ():
        folder, _, name = file.rpartition("/")
        if folder in folders and name.endswith(_ENDINGS) and name not in CONFIG_NAMES:
            by_folder.setdefault(folder, []).append(file)
    small = {folder: listed for folder, listed in by_folder.items() if len(listed) <= _MOST_INDEXES}
    contents = read([file for listed in small.values() for file in listed])
    found: dict[str, list[str]] = {}
    for path, above in folders_of.items():
        said = re.compile(
            rb"(?<![\w.-])" + re.escape(path.rpartition("/")[2].encode()) + rb"(?![\w-])"
        )
        candidates = (file for folder in above for file in small.get(folder, ()))
        found[path] = [f for f in candidates if f != path and said.search(contents.get(f, b""))]
    return found


def _folders_above(path: str) -> list[str]:
    """The folder of a file, and all above it."""
    parts = path.split("/")[:-1]
    return ["/".join(parts[:n]) for n in range(len(parts), -1, -1)]
