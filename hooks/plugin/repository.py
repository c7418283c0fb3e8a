"""Names and origins of files: where they lie, and whose they are. PYTEST_DONT_REWRITE"""

from __future__ import annotations

import fnmatch
import os
import sys
from typing import Dict, List, Set

from .text import clean


class Repository:
    """Names files relative to the repository, and tells project, test and library apart.

    `start` is the folder that pytest was started in, `patterns` are pytest's `python_files`.
    Files that tests were collected from are added to `test_files`, by name.
    """

    def __init__(self, root: str, start: str, patterns: List[str]) -> None:
        self.root = os.path.realpath(root)
        self.start = start
        self.patterns = patterns
        self.test_files: Set[str] = set()
        self._names: Dict[str, str] = {}
        self._origins: Dict[str, str] = {}
        installations = {sys.prefix, sys.base_prefix, os.path.dirname(os.__file__)}
        self._installations = tuple(
            path + os.sep
            for path in map(os.path.realpath, installations)
            if path.startswith(self.root + os.sep)
        )
        """Environments inside the repository, such as `.venv`."""

    def name(self, filename: str) -> str:
        """Relative to the repository with `/` when inside, else as Python gave it."""
        name = self._names.get(filename)
        if name is None:
            name = self._names[filename] = clean(self._name(filename))
        return name

    def _name(self, filename: str) -> str:
        if not filename or filename.startswith("<"):
            return filename or ""
        absolute = os.path.join(self.start, filename)
        for normalize in (os.path.normpath, os.path.realpath):
            try:
                path = normalize(absolute)
            except Exception:
                # A test may forbid what touches the disk (blockbuster in an event loop).
                break
            if path.startswith(self.root + os.sep):
                return path[len(self.root) + 1 :].replace(os.sep, "/")
        return filename

    def origin(self, filename: str) -> str:
        """`project`, `test` or `library`."""
        origin = self._origins.get(filename)
        if origin is None:
            name = self.name(filename)
            if self._is_library(filename, name):
                origin = "library"
            else:
                origin = "test" if self._is_test(name) else "project"
            self._origins[filename] = origin
        return origin

    def _is_library(self, filename: str, name: str) -> bool:
        if not filename or name.startswith("<") or os.path.isabs(name):
            return True
        path = os.path.join(self.root, name)
        if name == filename and not os.path.exists(path):
            return True
        parts = name.split("/")
        if "site-packages" in parts or "dist-packages" in parts:
            return True
        # Gardener's own plugin lies below `.git`.
        return parts[0] == ".git" or path.replace("/", os.sep).startswith(self._installations)

    def _is_test(self, name: str) -> bool:
        basename = name.rpartition("/")[2]
        if basename == "conftest.py" or name in self.test_files:
            return True
        return any(
            fnmatch.fnmatch(name if "/" in pattern else basename, pattern)
            for pattern in self.patterns
        )
