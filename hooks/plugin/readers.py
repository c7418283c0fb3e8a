"""Attributes what was read to the code that may hand it out again. PYTEST_DONT_REWRITE

A file is read once and its content kept: by a module that is imported, behind a cache, in a
library (templates, lines of a source). A later test gets it without opening anything. So what is
read belongs not only to the test that came first, but also

- to the module during whose import it is read: to all that depend on that module;
- to the lazy initialisation that it is read in: to all that may skip that;
- behind a library that may keep it, to the function of the project that called the library: to
  all that execute this function.

The same holds for variables of the environment, and for processes that are started: who calls the
function again may use the process.
"""

from __future__ import annotations

import os
import sys
import types
from typing import Dict, Optional, Tuple

from .executed import Executed, identity

ENVIRONMENT = "\0environment "
"""Begins the name of a variable among the files: no file is named so."""
ALL_VARIABLES = ENVIRONMENT + "*"
"""Stands for all variables at once."""
PROCESS = "\0process "
"""Begins the name of an audit event after which another process runs."""
PRESENCE = "\0presence "
"""Begins the name of a file or folder of which only was asked whether it is there."""
IMPORT_SYSTEM = "<frozen importlib"
STATELESS = frozenset(
    {
        *("pathlib", "io", "_pyio", "codecs", "os", "genericpath", "posixpath", "ntpath"),
        *("json", "csv", "configparser", "tomllib", "plistlib", "pickle", "ast", "tokenize", "xml"),
        *("zipfile", "tarfile", "gzip", "bz2", "lzma", "shutil", "tempfile", "fileinput", "wave"),
        *("importlib", "pkgutil", "contextlib", "glob", "fnmatch", "hashlib", "sqlite3", "runpy"),
        *("unittest", "_collections_abc", "inspect", "typing", "functools", "logging", "dbm"),
    }
)
"""Modules and packages of the standard library that keep nothing of a file they read."""
STANDARD_LIBRARY = os.path.dirname(os.__file__) + os.sep


class Readers:
    """Walks the callers of what reads something."""

    def __init__(self, executed: Executed) -> None:
        self._executed = executed
        self._keepers: Dict[int, Tuple[types.CodeType, bool]] = {}

    def attribute(self, name: str, frame: Optional[types.FrameType]) -> bool:
        """Attribute `name` to the callers of a frame, the innermost first.

        Tells whether the project asked for it: not pytest, nor the import system.
        """
        executed = self._executed
        reader = None
        may_be_kept = name.startswith(PROCESS)
        boundary = pluggy_call()
        while frame is not None:
            code = frame.f_code
            code_id = identity(code)
            if code_id in executed.codes:
                if reader is None:
                    reader = code_id
                    if may_be_kept:
                        executed.readers.setdefault(name, set()).add(code_id)
                if code_id in executed.imports:
                    executed.imports[code_id].files.add(name)
                    break
                self._add_to_site(name, frame, code_id)
            elif code_id == boundary or (reader is None and _is_importing(frame)):
                break
            elif not may_be_kept:
                may_be_kept = self._may_keep(code)
            frame = frame.f_back
        return reader is not None

    def _add_to_site(self, name: str, frame: types.FrameType, code_id: int) -> None:
        line = frame.f_lineno or 0
        for site in self._executed.sites.get(code_id, ()):
            if site.first <= line <= site.last:
                self._executed.read_in_sites.setdefault(code_id, set()).add(name)

    def _may_keep(self, code: types.CodeType) -> bool:
        """Whether library code may keep what it reads, so that it is read only once."""
        keeper = self._keepers.get(identity(code))
        if keeper is None:
            # With the code, so that no other object gets its identity.
            keeper = self._keepers[identity(code)] = (code, _is_keeper(code.co_filename))
        return keeper[1]


def pluggy_call() -> int:
    """The identity of the code by which pytest calls hooks: what is above it is pytest's own."""
    pluggy = sys.modules.get("pluggy._callers")
    return identity(getattr(getattr(pluggy, "_multicall", None), "__code__", None))


def _is_importing(frame: types.FrameType) -> bool:
    """Whether the import system is at work for itself: a loader also gives data to who asks for it."""
    if not _is_import_system(frame.f_code):
        return False
    caller = frame.f_back
    is_asked = caller is not None and not _is_import_system(caller.f_code)
    return not (is_asked and frame.f_code.co_name == "get_data")


def _is_import_system(code: types.CodeType) -> bool:
    return code.co_filename.startswith(IMPORT_SYSTEM)


def _is_keeper(filename: str) -> bool:
    if filename.startswith("<"):
        return False
    if not filename.startswith(STANDARD_LIBRARY):
        return True
    parts = filename[len(STANDARD_LIBRARY) :].split(os.sep)
    return parts[0] == "site-packages" or parts[0].partition(".")[0] not in STATELESS
