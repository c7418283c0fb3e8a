"""Sees what is only asked of a file: whether it is there, how large it is. PYTEST_DONT_REWRITE

Python raises no audit event for that. Functions of the standard library that ask are Python code,
of which `sys.monitoring` tells every call; built-in ones are seen where the project calls them,
in code that says their name. Below Python 3.12 nothing of it is seen.
"""

from __future__ import annotations

import genericpath
import os
import pathlib
import posixpath
import sys
import types
from typing import Any, Callable, Dict, Iterator, Set, Tuple

from .executed import Executed, identity

IS_THERE = frozenset(
    {
        *("exists", "lexists", "isfile", "isdir", "islink", "isjunction", "ismount"),
        *("is_file", "is_dir", "is_symlink", "is_junction", "is_mount", "access"),
    }
)
"""Names of functions that tell whether there is a file or a folder."""
STATE = frozenset(
    {
        *("stat", "lstat", "getsize", "getmtime", "getatime", "getctime", "samefile"),
        *("readlink",),
    }
)
"""Names of functions that tell more of a file."""
BUILT_IN = frozenset({"stat", "lstat", "access", "readlink"})
"""Those of them that may be written in C: functions of `os`, methods of `os.DirEntry`."""
BUILT_IN_TYPES = (types.BuiltinFunctionType, types.MethodDescriptorType)
Heard = Callable[[Any, bool, types.FrameType], None]
"""Is told a path, whether only its presence was asked for, and the frame that asked."""


class Asks:
    """Watches the functions that ask; `hear` is told of each call."""

    def __init__(self, hear: Heard, trouble: Callable[[], None]) -> None:
        """Raises: RuntimeError: no tool of `sys.monitoring` is free."""
        self._hear = hear
        self._trouble = trouble
        self._is_hearing = False
        self._names: Dict[int, str] = {}  # of the functions that ask, by the identity of the code
        self._monitoring = sys.monitoring  # type: ignore[attr-defined,unused-ignore]
        self._tool = self._use_tool()
        for code in _asking_code():
            self._names[identity(code)] = code.co_name
            self._monitoring.set_local_events(self._tool, code, self._monitoring.events.PY_START)

    def _use_tool(self) -> int:
        monitoring = self._monitoring
        for tool in (3, 4, 5):
            if monitoring.get_tool(tool) is None:
                monitoring.use_tool_id(tool, "gardener asks")
                monitoring.register_callback(tool, monitoring.events.PY_START, self._on_start)
                monitoring.register_callback(tool, monitoring.events.CALL, self._on_call)
                return tool
        raise RuntimeError("no tool of sys.monitoring is free")

    def stop(self) -> None:
        """See nothing any more."""
        monitoring = self._monitoring
        for event in (monitoring.events.PY_START, monitoring.events.CALL):
            monitoring.register_callback(self._tool, event, None)
        monitoring.free_tool_id(self._tool)

    def watch(self, code: types.CodeType) -> None:
        """See the calls in code of the project that says the name of a built-in one."""
        if not BUILT_IN.isdisjoint(code.co_names):
            self._monitoring.set_local_events(self._tool, code, self._monitoring.events.CALL)

    def _on_start(self, code: types.CodeType, offset: int) -> None:
        """Called whenever a function of the standard library is asked."""
        try:
            frame = sys._getframe(1)
            around = frame.f_back
            # One of them that another one calls tells nothing that this did not.
            if around is not None and identity(around.f_code) not in self._names:
                self._tell(frame.f_locals[code.co_varnames[0]], code.co_name, around)
        except RecursionError:  # the test's own: its stack is too full for a call
            return
        except Exception:
            self._trouble()

    def _on_call(self, code: types.CodeType, offset: int, function: Any, argument: Any) -> Any:
        """Called at each call in code that says the name of a built-in function that asks."""
        try:
            name = getattr(function, "__name__", "")
            if type(function) not in BUILT_IN_TYPES or name not in BUILT_IN:
                return self._monitoring.DISABLE
            owner = getattr(function, "__self__", None)
            path = owner if isinstance(owner, os.DirEntry) else argument
            self._tell(path, name, sys._getframe(1))
        except RecursionError:
            return None
        except Exception:
            self._trouble()
        return None

    def _tell(self, path: Any, name: str, frame: types.FrameType) -> None:
        if self._is_hearing or not isinstance(path, (str, bytes, os.PathLike)):
            return  # what hears asks, too
        self._is_hearing = True
        try:
            self._hear(path, name in IS_THERE, frame)
        finally:
            self._is_hearing = False


def _asking_code() -> Iterator[types.CodeType]:
    """The code of the functions of the standard library that ask."""
    seen: Set[int] = set()
    owners: Tuple[Any, ...] = (genericpath, posixpath, os.path, pathlib.Path, *pathlib.Path.__mro__)
    for owner in owners:
        for name in IS_THERE | STATE:
            code = getattr(vars(owner).get(name), "__code__", None)
            if code is not None and identity(code) not in seen:
                seen.add(identity(code))
                yield code


def asks_of(executed: Executed, hear: Heard) -> Any:
    """What sees the asking, or None where nothing does."""
    if not hasattr(sys, "monitoring"):
        return None
    try:
        return Asks(hear, executed.trouble)
    except RuntimeError:
        return None
