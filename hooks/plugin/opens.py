"""Hears from Linux which files were opened, by whatever code. PYTEST_DONT_REWRITE

Python tells of what Python code opens. What a library opens in C (XML, certificates, numbers) or
another process does is seen here only, by inotify: not who did it, but in which context.
"""

from __future__ import annotations

import contextlib
import os
import struct
import sys
from typing import Any, Dict, FrozenSet, Iterator, List, Set, Tuple

from .executed import Executed

WATCHED = "watched"
"""The file, in the folder of the stream, that names the folders of the repository to watch."""
IN_OPEN, IN_ONLYDIR, IN_ISDIR = 0x20, 0x1000000, 0x40000000
IN_Q_OVERFLOW, IN_IGNORED = 0x4000, 0x8000
EVENT = struct.Struct("iIII")
PYTHON = (".py", ".pyi", ".pyc")
BUFFER = 1 << 16


class Opens:
    """The files that were opened since the last time it was asked.

    Raises: OSError, AttributeError, ImportError: the system cannot tell.
    """

    def __init__(self, root: str, folders: List[str]) -> None:
        import ctypes  # late: it takes some milliseconds

        libc: Any = ctypes.CDLL(None, use_errno=True)
        self._pid = os.getpid()
        self._folders: Dict[int, str] = {}  # by the number of the watch
        self._descriptor = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._descriptor < 0:
            raise OSError(ctypes.get_errno(), "inotify_init1")
        self._identity = _identity(self._descriptor)
        for folder in folders:
            path = os.fsencode(os.path.join(root, folder))
            watch = libc.inotify_add_watch(self._descriptor, path, IN_OPEN | IN_ONLYDIR)
            if watch < 0 and os.path.isdir(path):
                self.close()
                raise OSError(ctypes.get_errno(), "inotify_add_watch")
            self._folders[watch] = folder

    def close(self) -> None:
        """See nothing any more."""
        with contextlib.suppress(Exception):  # a test may have put its own `os` in the place
            if self._descriptor >= 0 and _identity(self._descriptor) == self._identity:
                os.close(self._descriptor)
        self._descriptor = -1

    def take(self) -> Set[str]:
        """Names of files that are no Python, relative to the repository.

        Raises: OSError: some were lost.
        """
        names: Set[str] = set()
        if os.getpid() != self._pid:  # a forked child of a test is not this process
            return names
        if _identity(self._descriptor) != self._identity:
            raise OSError("the test closed what it did not open")
        while True:
            try:
                events = os.read(self._descriptor, BUFFER)
            except BlockingIOError:
                return names
            names.update(self._names_in(events))

    def _names_in(self, events: bytes) -> Iterator[str]:
        position = 0
        while position < len(events):
            watch, mask, _, length = EVENT.unpack_from(events, position)
            position += EVENT.size
            name = os.fsdecode(events[position : position + length].rstrip(b"\0"))
            position += length
            if mask & (IN_Q_OVERFLOW | IN_IGNORED):
                raise OSError("events were lost")
            if name and not mask & IN_ISDIR and not name.endswith(PYTHON):
                folder = self._folders[watch]
                yield "%s/%s" % (folder, name) if folder else name


class UnheardOpens:
    """Attributes to each context what was opened in it unheard by the audit hook."""

    def __init__(self, executed: Executed, opens: Any, excused: FrozenSet[str]) -> None:
        """`excused` are reasons for a context to be opaque: what another process opens is known."""
        self._executed = executed
        self._opens = opens
        self._excused = excused
        if opens is not None:
            executed.heard, executed.hidden = set(), set()

    def take(self) -> None:
        """Attribute what was opened to the context of now, which is about to end."""
        executed = self._executed
        if self._opens is None or executed.heard is None or executed.hidden is None:
            return
        try:
            unheard = self._opens.take() - executed.heard
        except Exception:
            self.stop()
            executed.heard = executed.hidden = None
            return
        executed.heard.clear()
        context = executed.current
        if unheard and context is not executed.session:
            context.files |= unheard
        if context.opaque not in self._excused:
            executed.hidden |= unheard

    def stop(self) -> None:
        """See nothing any more."""
        if self._opens is not None:
            self._opens.close()
            self._opens = None


def _identity(descriptor: int) -> Tuple[int, int]:
    """What an open file is known by: a test may close it, and open another of its number."""
    status = os.fstat(descriptor)
    return status.st_dev, status.st_ino


def watched(stream: str, root: str) -> Any:
    """What hears of opened files, or None where nothing does.

    Workers of pytest-xdist share the files: who opened one cannot be told apart.
    """
    if not sys.platform.startswith("linux") or "PYTEST_XDIST_WORKER" in os.environ:
        return None
    try:
        with open(
            os.path.join(stream, WATCHED), encoding="utf-8", errors="surrogateescape"
        ) as file:
            return Opens(root, file.read().split("\0"))
    except (OSError, AttributeError, ImportError, ValueError):
        return None
