"""Finds lazy initialisation: code that runs once per instance or process. PYTEST_DONT_REWRITE

What a test skips because an earlier one did it (a cached result, an attribute that is made at
its first use) no recorder can see. So what such code runs belongs to every test that may meet
what it left, not only to the test that happened to be first.
"""

from __future__ import annotations

import json
import os
from typing import Any, Dict, List

from .lazy_syntax import CACHE_WORDS, find_sites
from .repository import Repository
from .sites import FunctionKey, LazyInitSite

STORE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "once.json")


class LazyInitSites:
    """The sites of each file, kept in a file beside this one so that each is parsed once.

    A file is known again by its size and time of change in nanoseconds: what is lost by
    a mistake here is not a test's result but a part of what is known about it.
    """

    def __init__(self, repository: Repository, path: str = STORE) -> None:
        self._repository = repository
        self._path = path
        self._by_file: Dict[str, Any] = {}
        self._has_changed = False
        try:
            with open(self._path, encoding="utf-8") as file:
                stored = json.load(file)
            self._by_file = stored if isinstance(stored, dict) else {}
        except (OSError, ValueError):
            pass

    def of(self, filename: str) -> Dict[FunctionKey, List[LazyInitSite]]:
        """The sites of one file, by the function around them."""
        try:
            status = os.stat(filename)
            stamp = [status.st_size, status.st_mtime_ns]
            entry = self._by_file.get(filename)
            if not entry or entry[0] != stamp:
                sites = find_sites(filename) if self._may_have_sites(filename) else {}
                rows = [[name, line, in_function] for (name, line), in_function in sites.items()]
                entry = self._by_file[filename] = [stamp, rows]
                self._has_changed = True
            return {
                (name, line): [_site_of(*site) for site in sites] for name, line, sites in entry[1]
            }
        except (OSError, ValueError, TypeError, IndexError):
            return {}

    def _may_have_sites(self, filename: str) -> bool:
        """Tests rarely keep anything for later: only those that look like it are parsed."""
        if self._repository.origin(filename) != "test":
            return True
        with open(filename, "rb") as file:
            text = file.read().lower()
        return any(word.encode() in text for word in (*CACHE_WORDS, "global ", "nonlocal "))

    def save(self) -> None:
        """Keep what is known for the next run; without it files are parsed again."""
        if not self._has_changed:
            return
        try:
            temporary = "%s.%d" % (self._path, os.getpid())
            with open(temporary, "w", encoding="utf-8") as file:
                json.dump(self._by_file, file, separators=(",", ":"))
            os.replace(temporary, self._path)
        except OSError:
            pass


def _site_of(
    first: int, last: int, calls: Any, names: Any, attributes: Any, aliases: Any
) -> LazyInitSite:
    """A site as it is kept: JSON knows no tuples."""
    return LazyInitSite(first, last, calls, names, attributes, tuple(aliases))
