"""Tells modules of the project that come from another place than the tree under test.

Written beside `rerooting.py` as `gardener_foreign`, for pytest and for every process that the
tests start: standard library only, Python 3.8+.
"""

from __future__ import annotations

import csv
import json
import os
import re
import sys
from typing import Any
from urllib.parse import unquote, urlparse


class Origins:
    """Which modules belong to the tree `new`, a copy of `old` at another commit."""

    def __init__(self, old: str, new: str) -> None:
        self._old = old
        self._new = new
        self._homes = _homes(new)
        self._installed = _installed_from(old)
        self._apart = tuple(
            os.path.realpath(one) + os.sep
            for one in (sys.prefix, sys.base_prefix, os.path.dirname(os.__file__))
            if os.path.realpath(one) != old
        )

    def is_foreign(self, name: str, file: str) -> bool:
        """Whether a module of the project was found in this file, outside of the tree."""
        full = os.path.realpath(file)
        if full.startswith(self._new + os.sep):
            return False
        of_user = full.startswith(self._old + os.sep) and not self._is_library(full)
        return of_user or _is_own(name, self._homes) or full in self._installed

    def is_scratch(self, file: str) -> bool:
        """Whether a file lies where only tests put files: in neither tree nor an installation."""
        full = os.path.realpath(file)
        trees = (self._old + os.sep, self._new + os.sep)
        return not full.startswith(trees) and not self._is_library(full)

    def _is_library(self, full: str) -> bool:
        parts = full.split(os.sep)
        return full.startswith(self._apart) or "site-packages" in parts or ".git" in parts


class Watch:
    """A finder, before all others, that notes the foreign modules which a child process imports.

    What a child imported is known nowhere else, and it may be killed at any time: each is
    noted in `folder` at once, with the test that runs (`GARDENER_TEST`).
    """

    def __init__(self, old: str, new: str, folder: str) -> None:
        self._origins = Origins(old, new)
        self._folder = folder
        self._noted = False

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """What the other finders find."""
        if self._noted or name in sys.builtin_module_names:
            return None
        for finder in sys.meta_path[sys.meta_path.index(self) + 1 :]:
            find = getattr(finder, "find_spec", None)
            spec = find(name, path, target) if find else None
            if spec is not None:
                if spec.has_location:
                    self._see(name, str(spec.origin))
                return spec
        return None

    def _see(self, name: str, file: str) -> None:
        # Tests write programs with names of the project's own into folders of theirs.
        if self._origins.is_foreign(name, file) and not self._origins.is_scratch(file):
            self._note("%s (%s)" % (name, file))

    def _note(self, what: str) -> None:
        self._noted = True
        test = json.loads(os.environ.get("GARDENER_TEST") or '""')
        # What a fixture starts may serve other tests too.
        own = os.environ.get("PYTEST_CURRENT_TEST", "").endswith(("(call)", "(teardown)"))
        line = json.dumps({"test": test if own else "", "foreign": what}) + "\n"
        place = os.path.join(self._folder, "children.jsonl")
        try:
            handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.write(handle, line.encode("ascii"))
            os.close(handle)
        except OSError:
            sys.stderr.write("gardener: cannot note that %s is of another commit\n" % what)


def _homes(root: str) -> list[str]:
    """Folders of the tree that hold its top-level modules."""
    found = [root, os.path.join(root, "src")]
    found += [path for path in sys.path if os.path.realpath(path).startswith(root + os.sep)]
    return list(dict.fromkeys(os.path.realpath(path) for path in found))


def _is_own(name: str, homes: list[str]) -> bool:
    """Whether the tree has a module of this full name, be it in a namespace package."""
    parts = name.split(".")
    standard = getattr(sys, "stdlib_module_names", sys.builtin_module_names)
    if parts[0] in standard or name in ("conftest", "setup") or not parts[0].isidentifier():
        return False
    return any(
        os.path.isfile(os.path.join(home, *parts) + ".py")
        or os.path.isfile(os.path.join(home, *parts, "__init__.py"))
        for home in homes
    )


def _installed_from(root: str) -> set[str]:
    """Files that an installer copied out of this repository, as PEP 610 lets it note."""
    found: set[str] = set()
    for site in sys.path:
        if not os.path.isdir(site):
            continue
        for entry in os.listdir(site):
            note = os.path.join(site, entry, "direct_url.json")
            if not entry.endswith(".dist-info") or not os.path.isfile(note):
                continue
            with open(note, encoding="utf-8") as file:
                url = urlparse(str(json.load(file).get("url", "")))
            path = os.path.realpath(unquote(url.path))
            if url.scheme == "file" and (path + os.sep).startswith(root + os.sep):
                with open(os.path.join(site, entry, "RECORD"), encoding="utf-8") as file:
                    names = [row[0] for row in csv.reader(file) if row]
                hooks = _hooks(site, names)
                found.update(
                    os.path.realpath(os.path.join(site, name))
                    for name in names
                    if os.path.splitext(name)[0] not in hooks
                )
    return found


def _hooks(site: str, names: list[str]) -> set[str]:
    """Modules that `.pth` files import: finders of editable installations, no copies of code."""
    found: set[str] = set()
    for name in names:
        if name.endswith(".pth"):
            with open(os.path.join(site, name), encoding="utf-8", errors="replace") as file:
                found.update(re.findall(r"(?m)^import\s+(\w+)", file.read()))
    return found
