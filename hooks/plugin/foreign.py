"""Tells modules of the project that come from another place than the tree under test. PYTEST_DONT_REWRITE

A part of the plugin, and also written beside `rerooting.py` as `gardener_foreign`, for every
process that the tests start: standard library only, Python 3.8+.
"""

from __future__ import annotations

import csv
import json
import os
import re
import sys
from typing import Any
from urllib.parse import unquote, urlparse

AMBIGUOUS = ("conftest", "setup")
"""Names of modules that many folders have, inside the project and elsewhere."""


class Origins:
    """Which modules belong to the tree `new`, a copy of `old` at another commit."""

    def __init__(self, old: str, new: str) -> None:
        self._old = old
        self._new = new
        self._module_folders = _module_folders(new)
        self._installed = _installed_from(old)
        self._environments = tuple(
            os.path.realpath(path) + os.sep
            for path in (sys.prefix, sys.base_prefix, os.path.dirname(os.__file__))
            if os.path.realpath(path) != old
        )

    def is_foreign(self, name: str, file: str) -> bool:
        """Whether a module of the project was found in this file, outside of the tree."""
        path = os.path.realpath(file)
        if path.startswith(self._new + os.sep):
            return False
        if path.startswith(self._old + os.sep) and not self._is_library(path):
            return True
        return _is_of_tree(name, self._module_folders) or path in self._installed

    def is_scratch(self, file: str) -> bool:
        """Whether a file lies where only tests put files: in neither tree nor an installation."""
        path = os.path.realpath(file)
        trees = (self._old + os.sep, self._new + os.sep)
        return not path.startswith(trees) and not self._is_library(path)

    def _is_library(self, path: str) -> bool:
        parts = path.split(os.sep)
        return path.startswith(self._environments) or "site-packages" in parts or ".git" in parts


class ImportNotes:
    """A finder, before all others, that notes the foreign modules which a child process imports.

    What a child imported is known nowhere else, and it may be killed at any time: the first is
    noted in `children.jsonl` in `folder` at once, with the test that runs (`GARDENER_TEST`).
    """

    def __init__(self, old: str, new: str, folder: str) -> None:
        self._origins = Origins(old, new)
        self._folder = folder
        self._has_noted = False

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """What the other finders find."""
        if self._has_noted or name in sys.builtin_module_names:
            return None
        for finder in sys.meta_path[sys.meta_path.index(self) + 1 :]:
            find = getattr(finder, "find_spec", None)
            spec = find(name, path, target) if find else None
            if spec is not None:
                if spec.has_location:
                    self._check(name, str(spec.origin))
                return spec
        return None

    def _check(self, name: str, file: str) -> None:
        # Tests write programs with names of the project's own into folders of theirs.
        if self._origins.is_foreign(name, file) and not self._origins.is_scratch(file):
            self._note("%s (%s)" % (name, file))

    def _note(self, module: str) -> None:
        self._has_noted = True
        test = json.loads(os.environ.get("GARDENER_TEST") or '""')
        # What a fixture starts may serve other tests too.
        phase = os.environ.get("PYTEST_CURRENT_TEST", "")
        is_of_test = phase.endswith(("(call)", "(teardown)"))
        line = json.dumps({"test": test if is_of_test else "", "foreign": module}) + "\n"
        path = os.path.join(self._folder, "children.jsonl")
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.write(descriptor, line.encode("ascii"))
            os.close(descriptor)
        except OSError:
            sys.stderr.write("gardener: cannot note that %s is of another commit\n" % module)


def _module_folders(root: str) -> list[str]:
    """Folders of the tree that hold its top-level modules."""
    folders = [root, os.path.join(root, "src")]
    folders += [path for path in sys.path if os.path.realpath(path).startswith(root + os.sep)]
    return list(dict.fromkeys(os.path.realpath(path) for path in folders))


def _is_of_tree(name: str, folders: list[str]) -> bool:
    """Whether the tree has a module of this full name, be it in a namespace package."""
    parts = name.split(".")
    standard = getattr(sys, "stdlib_module_names", sys.builtin_module_names)
    if parts[0] in standard or name in AMBIGUOUS or not parts[0].isidentifier():
        return False
    return any(
        os.path.isfile(os.path.join(folder, *parts) + ".py")
        or os.path.isfile(os.path.join(folder, *parts, "__init__.py"))
        for folder in folders
    )


def _installed_from(root: str) -> set[str]:
    """Files that an installer copied out of this repository, as PEP 610 lets it note."""
    installed: set[str] = set()
    for site in sys.path:
        if os.path.isdir(site):
            for entry in os.listdir(site):
                if entry.endswith(".dist-info") and _is_built_from(site, entry, root):
                    installed.update(_files_of(site, entry))
    return installed


def _is_built_from(site: str, distribution: str, root: str) -> bool:
    """Whether a distribution was installed from a folder inside of the repository."""
    note = os.path.join(site, distribution, "direct_url.json")
    if not os.path.isfile(note):
        return False
    with open(note, encoding="utf-8") as file:
        url = urlparse(str(json.load(file).get("url", "")))
    path = os.path.realpath(unquote(url.path))
    return url.scheme == "file" and (path + os.sep).startswith(root + os.sep)


def _files_of(site: str, distribution: str) -> set[str]:
    """The files of a distribution, without the finders of editable installations."""
    with open(os.path.join(site, distribution, "RECORD"), encoding="utf-8") as file:
        names = [row[0] for row in csv.reader(file) if row]
    finders = _imported_by_pth(site, names)
    return {
        os.path.realpath(os.path.join(site, name))
        for name in names
        if os.path.splitext(name)[0] not in finders
    }


def _imported_by_pth(site: str, names: list[str]) -> set[str]:
    """Modules that `.pth` files import: finders of editable installations, no copies of code."""
    modules: set[str] = set()
    for name in names:
        if name.endswith(".pth"):
            with open(os.path.join(site, name), encoding="utf-8", errors="replace") as file:
                modules.update(re.findall(r"(?m)^import\s+(\w+)", file.read()))
    return modules
