"""Sees what Python is about to do: run modules, open files, start processes. PYTEST_DONT_REWRITE"""

from __future__ import annotations

import os
import sys
import types
from typing import Any, Callable, FrozenSet, Optional, Set, Tuple

from .asks import asks_of
from .executed import Executed, identity
from .readers import ALL_VARIABLES, IMPORT_SYSTEM, PRESENCE, PROCESS, Readers

STARTS_PROCESS = frozenset(
    {
        "subprocess.Popen",
        "os.system",
        "os.posix_spawn",
        "os.exec",
        "os.fork",
        "os.forkpty",
        "os.spawn",
        "os.startfile",
    }
)
"""Audit events after which another process runs, which is not seen."""
SPAWNING = tuple(
    os.path.join("", "multiprocessing", f"popen_{how}.py")
    for how in ("spawn_posix", "spawn_win32", "forkserver")
)
"""Files that start a process without such an event, and then write to a pipe of it."""
OPENS = frozenset({"sqlite3.connect", "ctypes.dlopen"})
"""Audit events of C code that opens a file, of which the first argument is the path."""
LISTS = frozenset({"os.listdir", "os.scandir"})
LOADERS = tuple(
    os.path.join("", *parts)
    for parts in (
        ("_pytest", "assertion", "rewrite.py"),
        ("_pytest", "_code", "code.py"),
        ("_pytest", "_code", "source.py"),
        ("traceback.py",),
        ("warnings.py",),
    )
)
"""Ends of the names of files that read Python files to run them, or to show lines of them."""
HYPOTHESIS = os.path.join("", "hypothesis", "")
"""It reads the source of every test that it runs, to know it again."""
LOADER_FRAMES = 12
"""Frames between such a file and the opening of another, at most."""
SKIPPED_FOLDERS = frozenset(
    {"__pycache__", ".git", ".pytest_cache", ".hypothesis", ".mypy_cache", ".ruff_cache"}
)


class AuditHook:
    """Hears audit events (PEP 578) until it is closed; a hook cannot be removed.

    `watcher` is what sees code run, `Monitoring` or `Profiling`. While `is_testing`, any process
    that is started counts, else only one that the project starts.
    """

    def __init__(self, executed: Executed, watcher: Any) -> None:
        self._executed = executed
        self._watcher = watcher
        self._repository = executed.repository
        self._root = executed.repository.root + os.sep
        self._readers = Readers(executed)
        self.is_closed = False
        self.is_testing = False
        events = STARTS_PROCESS | OPENS | LISTS | {"exec", "open"} | watcher.audit_events
        sys.addaudithook(self._hook(events))
        watcher.see_asks(asks_of(executed, self._add_asked))

    def _hook(self, events: FrozenSet[str]) -> Callable[[str, Tuple[Any, ...]], None]:
        """The hook itself; a function, since Python takes three times as long to call a method."""

        def hear(event: str, args: Tuple[Any, ...]) -> None:
            if event not in events or self.is_closed:
                return
            try:
                self._handle(event, args)
            except Exception:
                # An audit hook that raises would stop what the test was doing.
                self._executed.trouble()

        return hear

    def _handle(self, event: str, args: Tuple[Any, ...]) -> None:
        if event == "exec":
            self._add_module(args[0])
        elif event == "open":
            path, mode = args[0], args[1]
            if isinstance(path, (str, bytes)):
                if _may_read(mode):
                    self._add_file(os.fsdecode(path))
                elif self._executed.heard is not None:
                    self._executed.heard |= self._names(os.fsdecode(path))
            elif isinstance(path, int) and _is_spawning(sys._getframe(2)):
                self._add_process("os.spawn")
        elif event in STARTS_PROCESS:
            self._add_process(event)
        elif event in OPENS:
            if isinstance(args[0], (str, bytes)):
                self._add_file(os.fsdecode(args[0]))
        elif event in LISTS:
            self._add_listed(args[0] if args[0] is not None else ".")
        else:
            self._watcher.on_audit(event, args)

    def _add_module(self, code: Any) -> None:
        """Let the watcher know a module of the project before it runs."""
        if isinstance(code, types.CodeType) and identity(code) not in self._executed.codes:
            if self._executed.is_of_project(code):
                self._watcher.load(code)

    def _add_process(self, event: str) -> None:
        """Note that another process begins to run, of which nothing is seen."""
        is_of_project = self._readers.attribute(PROCESS + event, sys._getframe(3))
        if self.is_testing or is_of_project:
            context = self._executed.current
            context.opaque = context.opaque or event
            context.files.add(ALL_VARIABLES)  # it inherits them

    def _add_file(self, path: str) -> None:
        """Note that a file of the repository was opened."""
        is_python = path.endswith((".py", ".pyi"))
        if path.endswith(".pyc") or (is_python and _is_loaded(sys._getframe(3))):
            return
        heard = self._executed.heard
        for name in self._names(path):
            if heard is not None:
                heard.add(name)
            is_of_project = self._readers.attribute(name, sys._getframe(3))
            if is_of_project or not is_python:
                self._executed.current.files.add(name)

    def _add_listed(self, path: Any) -> None:
        """Note that the project listed a folder of the repository."""
        if isinstance(path, (str, bytes)):
            for name in self._names(os.path.join(os.fsdecode(path), "")):
                if self._readers.attribute(name, sys._getframe(3)):
                    self._executed.current.files.add(name)

    def _add_asked(self, path: Any, is_presence: bool, frame: types.FrameType) -> None:
        """Note that the project asked for a file, without opening it."""
        for name in self._names(os.fsdecode(path)):
            asked = PRESENCE + name if is_presence else name
            if name and self._readers.attribute(asked, frame):
                self._executed.current.files.add(asked)

    def _names(self, path: str) -> Set[str]:
        """What a path inside of the repository is called there, and what it leads to."""
        ending = "/" if path.endswith(os.sep) else ""
        absolute = path if path.startswith("/") else os.path.abspath(path)
        names = set()
        for spelled in {os.path.normpath(absolute), _real(absolute)}:
            if (spelled + os.sep).startswith(self._root):
                relative = spelled[len(self._root) :]
                is_skipped = not SKIPPED_FOLDERS.isdisjoint(relative.split(os.sep))
                if not is_skipped and self._repository.origin(spelled) != "library":
                    names.add(relative.replace(os.sep, "/") + ending)
        return names


def _real(path: str) -> str:
    """The path without symbolic links, where that can be told."""
    try:
        return os.path.realpath(path)
    except Exception:  # a test may forbid what touches the disk
        return path


def _is_loaded(frame: Optional[types.FrameType]) -> bool:
    """Whether a Python file is opened to run it, or to show lines of it: not as a text."""
    for _ in range(LOADER_FRAMES):
        if frame is None:
            break
        if frame.f_code.co_filename.startswith(IMPORT_SYSTEM):
            return True
        if frame.f_code.co_filename.endswith(LOADERS) or HYPOTHESIS in frame.f_code.co_filename:
            return True
        frame = frame.f_back
    return False


def _is_spawning(frame: types.FrameType) -> bool:
    return frame.f_code.co_filename.endswith(SPAWNING)


def _may_read(mode: Any) -> bool:
    return not isinstance(mode, str) or "r" in mode or "+" in mode
