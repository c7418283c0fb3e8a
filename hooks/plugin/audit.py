"""Sees what Python is about to do: run modules, open files, start processes. PYTEST_DONT_REWRITE"""

from __future__ import annotations

import os
import sys
import types
from typing import Any, Callable, FrozenSet, Optional, Tuple

from .executed import Executed, identity

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
        self.is_closed = False
        self.is_testing = False
        events = STARTS_PROCESS | {"exec", "open", "sqlite3.connect"} | watcher.audit_events
        sys.addaudithook(self._hook(events))

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
            if isinstance(path, str) and _may_read(mode) and not path.endswith((".py", ".pyc")):
                self._add_file(path)
        elif event in STARTS_PROCESS:
            if self.is_testing or self._is_called_by_project():
                context = self._executed.current
                context.opaque = context.opaque or event
        elif event == "sqlite3.connect":
            if isinstance(args[0], str):
                self._add_file(args[0])
        else:
            self._watcher.on_audit(event, args)

    def _add_module(self, code: Any) -> None:
        """Let the watcher know a module of the project before it runs."""
        if isinstance(code, types.CodeType) and identity(code) not in self._executed.codes:
            if self._executed.is_of_project(code):
                self._watcher.load(code)

    def _is_called_by_project(self) -> bool:
        """Whether the project does this, not a plugin, or a library while it is imported."""
        frame: Optional[types.FrameType] = sys._getframe()
        while frame is not None and not frame.f_code.co_filename.startswith("<frozen importlib"):
            if identity(frame.f_code) in self._executed.codes:
                return True
            frame = frame.f_back
        return False

    def _add_file(self, path: str) -> None:
        """Note that a file of the repository was opened."""
        absolute = path if path.startswith("/") else os.path.abspath(path)
        if not absolute.startswith(self._root):
            return
        relative = absolute[len(self._root) :]
        if SKIPPED_FOLDERS.isdisjoint(relative.split(os.sep)):
            if self._repository.origin(absolute) != "library":
                self._executed.current.files.add(relative.replace(os.sep, "/"))


def _may_read(mode: Any) -> bool:
    return not isinstance(mode, str) or "r" in mode or "+" in mode
