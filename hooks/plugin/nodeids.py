"""Nodeids of pytest: the one place of the plugin that takes them apart. PYTEST_DONT_REWRITE

It cannot import `gardener.nodeid`, so it repeats its rule of where the file ends.
"""

from __future__ import annotations

import os
import re
from typing import Any, Dict, List, Tuple

from .repository import Repository
from .text import clean

PYTHON_FILE_END = r"\.pyi?(?=::|\Z)"
OTHER_FILE_END = r"(?:\A|(?<=/))[^/:]*\.\w+(?=::|\Z)"
"""Patterns, compiled where they are needed: most runs take no nodeid apart."""


def split_file(nodeid: str) -> Tuple[str, str]:
    """The path of the file and the rest, with the `::` before it; empty for a whole file.

    Folders may hold `::` and brackets: the file ends at the first `::` behind a name that ends
    in `.py`, else behind a file name with an extension, else at the first `::`.
    """
    match = re.search(PYTHON_FILE_END, nodeid) or re.search(OTHER_FILE_END, nodeid)
    end = match.end() if match else nodeid.find("::")
    return (nodeid, "") if end < 0 else (nodeid[:end], nodeid[end:])


def containers(nodeid: str) -> List[str]:
    """What a test is a part of: its file, then its classes, then itself without parameters."""
    file, names = split_file(nodeid)
    parts = [file]
    for name in names.partition("[")[0].split("::")[1:]:
        parts.append("%s::%s" % (parts[-1], name))
    return parts


def without_group(nodeid: str) -> str:
    """A nodeid without the `@group` that `--dist loadgroup` of pytest-xdist appends."""
    file, names = split_file(nodeid)
    if "@" in names[names.rfind("]") + 1 :]:
        return file + names.rpartition("@")[0]
    return nodeid


class NodeIds:
    """Makes nodeids relative to the repository; pytest's are relative to its rootdir."""

    def __init__(self, config: Any, repository: Repository) -> None:
        self._repository = repository
        self._rootdir = str(config.rootpath)
        self._is_rootdir_the_root = os.path.realpath(self._rootdir) == repository.root
        self._has_groups = bool(config.getoption("loadgroup", None)) or (
            config.getoption("dist", None) == "loadgroup"
        )
        self._files: Dict[str, str] = {}

    def relative(self, nodeid: str) -> str:
        """The nodeid, relative to the repository."""
        if self._has_groups:
            nodeid = without_group(nodeid)
        if self._is_rootdir_the_root:
            return nodeid if nodeid.isascii() else clean(nodeid)
        file, names = split_file(nodeid)
        relative = self._files.get(file)
        if relative is None:
            path = os.path.normpath(os.path.join(self._rootdir, file))
            relative = self._files[file] = self._repository.name(path)
        return clean(relative + names)
