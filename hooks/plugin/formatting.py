"""Lets pytest report without being counted call by call. PYTEST_DONT_REWRITE

A profiler counts every call of the process. Two large objects that differ keep `difflib` busy for
long, and counting makes that several times longer: a test ended in a time limit that it met
without a recorder. So while pytest words a failure, or reports a test to its own plugins, nothing
is counted (below Python 3.12; `sys.monitoring` tells of the project's code alone).

What code of the project runs meanwhile, a `__repr__`, has no say in the outcome: the test fails.
Where it may have one after all, all is counted, or the test is not judged by its record.
"""

from __future__ import annotations

import sys
import types
from typing import Any, Dict, Generator, Optional, Tuple

import pytest

from .executed import Executed, identity
from .objects import underlying

CAUGHT = "an assertion that failed was caught"
"""The reason why a context is opaque: the test may have read what a `__repr__` says."""


class Formatting:
    """The hooks around pytest's reporting; `watcher` has a `paused()`, `hooks` are pytest's."""

    def __init__(self, executed: Executed, watcher: Any, hooks: Any) -> None:
        self._executed = executed
        self._watcher = watcher
        self._hooks = hooks
        self._paused = 0  # comparisons in this phase of a test that were worded unseen
        self._own_affairs: Dict[Any, Tuple[int, bool]] = {}

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_assertrepr_compare(self, config: Any) -> Generator[None, Any, None]:
        """Pause while two objects are compared for a message."""
        if not self._is_own_affair(config.hook.pytest_assertrepr_compare) or self._is_shared():
            yield
            return
        self._paused += 1
        with self._watcher.paused():
            yield

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self, item: Any, call: Any) -> Generator[None, Any, None]:
        """Pause while a traceback is written."""
        error = call.excinfo.value if call.excinfo is not None else None
        if self._paused:
            if self._paused > 1 or not isinstance(error, AssertionError):
                context = self._executed.current
                context.opaque = context.opaque or CAUGHT
            self._paused = 0
        if error is None or not self._is_plain(item):
            yield
            return
        with self._watcher.paused():
            yield

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_logreport(self, report: Any) -> Generator[None, Any, None]:
        """Pause while all who listen hear of a phase of a test."""
        if not self._is_own_affair(self._hooks.pytest_runtest_logreport):
            yield
            return
        with self._watcher.paused():
            yield

    def _is_plain(self, item: Any) -> bool:
        """Whether no code of the project decides what becomes of a failure."""
        if next(item.iter_markers("xfail"), None) is not None:
            return False
        if self._is_of_project(type(item).repr_failure):
            return False
        return self._is_own_affair(item.config.hook.pytest_runtest_makereport)

    def _is_own_affair(self, hook: Any) -> bool:
        """Whether only pytest and installed plugins implement a hook."""
        functions = hook.get_hookimpls()
        count, is_own_affair = self._own_affairs.get(hook, (-1, False))
        if count != len(functions):
            is_own_affair = not any(self._is_of_project(one.function) for one in functions)
            self._own_affairs[hook] = len(functions), is_own_affair
        return is_own_affair

    def _is_of_project(self, function: Any) -> bool:
        code = getattr(underlying(function), "__code__", None)
        return code is not None and self._executed.is_of_project(code)

    def _is_shared(self) -> bool:
        """Whether this is part of an import or a lazy initialisation, which others may skip."""
        frame: Optional[types.FrameType] = sys._getframe(1)
        while frame is not None:
            code_id = identity(frame.f_code)
            if code_id in self._executed.sites or code_id in self._executed.imports:
                return True
            frame = frame.f_back
        return False
