"""Whose a file is: Python's, or that of an installed distribution, with its version. PYTEST_DONT_REWRITE"""

from __future__ import annotations

import os
import platform
import sys
from typing import Dict, Iterator, List, Optional, Tuple

from .installed import installed
from .repository import Repository

SOURCE_FOLDERS = ("", "src", "lib")
"""Folders of a repository that may hold the modules that it installs."""


class Libraries:
    """Names the library that a file belongs to; a file of the project belongs to none."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._names: Dict[str, str] = {}
        self._records: Dict[str, List[Tuple[str, str]]] = {}

    def of_file(self, filename: str) -> str:
        """For example `httpx 0.28.1` or `Python 3.12.1`; empty: of the project, or not known."""
        name = self._names.get(filename)
        if name is None:
            name = self._names[filename] = self._of_file(filename)
        return name

    def of_module(self, name: str) -> str:
        """The library of a module that is loaded."""
        module = sys.modules.get(name)
        if module is None:
            return ""
        filename = vars(module).get("__file__")
        if isinstance(filename, str):
            return self.of_file(filename)
        top = name.partition(".")[0]
        return _python() if top in _standard_modules() else ""

    def repository_has(self, module: str, asking: List[str]) -> bool:
        """Whether a top-level module may be one of the repository, or of who asks for it."""
        root = self._repository.root
        folders = [os.path.join(root, folder) for folder in SOURCE_FOLDERS]
        files = [os.path.join(self._repository.start, file) for file in asking]
        folders += [
            os.path.dirname(file)
            for file in files
            if self._repository.origin(file) != "library"  # which may have a plugin of that name
        ]
        return any(
            os.path.exists(os.path.join(folder, module + ending))
            for folder in folders
            for ending in ("", ".py")
        )

    def _of_file(self, filename: str) -> str:
        if filename.startswith("<frozen "):
            return _python()
        if not os.path.isabs(filename) or self._repository.origin(filename) != "library":
            return ""
        standard = os.path.dirname(os.__file__) + os.sep
        if filename.startswith(standard) and "-packages" + os.sep not in filename:
            return _python()
        folders = [path for path in sys.path if path and filename.startswith(path + os.sep)]
        for folder in sorted(folders, key=len, reverse=True):
            relative = filename[len(folder) + 1 :].replace(os.sep, "/")
            distribution = self._recorded(folder, relative)
            if distribution:
                return distribution
        return ""

    def _recorded(self, folder: str, relative: str) -> str:
        """The distribution whose list of files names this one."""
        if self._is_of_repository(relative):
            return ""  # an installed copy of the project itself
        for distribution, record in self._records_in(folder):
            if record.startswith(relative + ",") or "\n%s," % relative in record:
                return distribution
        return ""

    def _is_of_repository(self, relative: str) -> bool:
        return any(
            os.path.isfile(os.path.join(self._repository.root, folder, relative))
            for folder in SOURCE_FOLDERS
        )

    def _records_in(self, folder: str) -> List[Tuple[str, str]]:
        records = self._records.get(folder)
        if records is None:
            skipped = set(installed([folder], self._repository.root).own)
            records = self._records[folder] = list(_read_records(folder, skipped))
        return records


def _read_records(folder: str, skipped: "set[str]") -> Iterator[Tuple[str, str]]:
    """Each distribution in a folder with its list of files."""
    for entry in sorted(os.listdir(folder)):
        stem, ending = os.path.splitext(entry)
        name, _, version = stem.partition("-")
        name = name.replace("_", "-")
        if ending != ".dist-info" or name.lower() in skipped:
            continue
        record = _text_of(os.path.join(folder, entry, "RECORD"))
        if record:
            yield "%s %s" % (name, version), record


def _text_of(path: str) -> Optional[str]:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return None


def _python() -> str:
    return "Python %s" % platform.python_version()


def _standard_modules() -> "frozenset[str]":
    names = getattr(sys, "stdlib_module_names", sys.builtin_module_names)  # Python 3.10
    return frozenset(names)
