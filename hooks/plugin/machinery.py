"""Lets pytest's own machinery run without being counted call by call. PYTEST_DONT_REWRITE

Below Python 3.12 a profiler counts every call of the process, and makes each instruction slower. In
suites of short tests four fifths of the time pass inside pytest, where nothing of the project can
run. So while tests run, nothing is counted but where code of the project may run: fixtures, the
test itself, what ends with it. Where other plugins, hooks of the project or anything unusual might
run it elsewhere, a whole phase of the test counts, or all of it.
"""

from __future__ import annotations

import types
from itertools import islice
from typing import Any, Dict, Generator, Tuple

import pytest

from .callbacks import Callbacks
from .executed import NEW_LOCALS, Executed
from .objects import static_attribute, underlying

SETUP, CALL, TEARDOWN = "pytest_runtest_setup", "pytest_runtest_call", "pytest_runtest_teardown"
PARTS = {
    SETUP: ("pytest_fixture_setup",),
    CALL: ("pytest_pyfunc_call",),
    TEARDOWN: ("pytest_fixture_post_finalizer",),
}
"""The hooks inside of a phase: where the project takes part in one, or any other plugin in the phase
itself, all of the phase counts."""
HARMLESS = (
    "_hypothesis_pytestplugin",
    "pytest_asyncio",
    "pytest_cov",
    "pytest_randomly",
    "pytest_timeout",
    "xdist",
)
"""Plugins that run code of the project nowhere but in fixtures and in the function of a test."""
PROTOCOL = "pytest_runtest_protocol"
BETWEEN = (
    PROTOCOL,
    "pytest_runtest_logstart",
    "pytest_runtest_logfinish",
    "pytest_runtest_logreport",
    "pytest_runtest_makereport",
    "pytest_exception_interact",
    "pytest_report_teststatus",
    "pytest_warning_recorded",
)
"""Hooks around the phases: where the project takes part in one, all counts."""
JUDGED_BY_MARKS = ("skipif", "xfail", "filterwarnings")
"""Marks that may run or import code of the project: before a phase, or between two."""
PLAIN_FUNCTIONS = (types.FunctionType, staticmethod, classmethod)


class Machinery:
    """The hooks around pytest's own; `watcher` can `rest()`, `wake()`, and `counting()`."""

    def __init__(self, executed: Executed, watcher: Any, hooks: Any) -> None:
        self._executed = executed
        self._watcher = watcher
        self._hooks = hooks
        self._known_hooks: Dict[Tuple[str, bool], Tuple[int, bool]] = {}
        self._looked_at = 0  # codes of the project
        self._has_finalizers = False
        self._callbacks = Callbacks()
        self._parent: Any = None  # of the last test
        self._is_plain = False  # this test: its phases count where the project can run
        self._has_fixtures = False

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtestloop(self) -> Generator[None, None, None]:
        """Count nothing between the tests."""
        self._watcher.rest()
        try:
            yield
        finally:
            self._watcher.wake()

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: Any) -> Generator[None, None, None]:
        """Count all of a test around whose phases code of the project might run."""
        self._has_fixtures = False
        counts = True
        try:
            counts = not self._is_usual(item)
            is_alone = not self._has_other_than_pytest(PROTOCOL, project_only=False)
            self._is_plain = not counts and is_alone and is_plain(item)
        except Exception:
            self._executed.trouble()
        if not counts:
            yield
            return
        self._watcher.wake()
        try:
            yield
        finally:
            self._watcher.rest()

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item: Any) -> Generator[None, None, None]:
        """Count the fixtures alone, where nothing else begins."""
        is_next = item.parent is self._parent
        self._parent = item.parent
        if self._is_plain and is_next and self._is_own(SETUP):
            yield
            return
        with self._watcher.counting():
            yield

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_fixture_setup(self) -> Generator[None, None, None]:
        """Count a fixture."""
        self._has_fixtures = True
        with self._watcher.counting():
            yield

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_call(self) -> Generator[None, None, None]:
        """Count the function of the test alone, where nothing else runs."""
        if self._is_plain and self._is_own(CALL):
            yield
            return
        with self._watcher.counting():
            yield

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_pyfunc_call(self) -> Generator[None, None, None]:
        """Count the function of the test."""
        with self._watcher.counting():
            yield

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: Any, nextitem: Any) -> Generator[None, None, None]:
        """Count the end of fixtures, where any may end."""
        is_last = nextitem is None or nextitem.parent is not item.parent
        # `request.addfinalizer` needs no other fixture.
        may_end = is_last or self._has_fixtures or "request" in item.fixturenames
        if self._is_plain and not may_end and self._is_own(TEARDOWN):
            yield
            return
        with self._watcher.counting():
            yield

    def _is_usual(self, item: Any) -> bool:
        """Whether code of the project runs in the phases of a test only."""
        of_whom = type(item).__module__.partition(".")[0]
        if of_whom not in ("_pytest", *HARMLESS) or self._may_run_at_any_time():
            return False
        if any(self._has_other_than_pytest(name, project_only=True) for name in BETWEEN):
            return False
        return not any(mark.name in JUDGED_BY_MARKS for mark in item.iter_markers())

    def _is_own(self, phase: str) -> bool:
        """Whether nobody but pytest takes part in a phase."""
        return not self._has_other_than_pytest(phase, project_only=False) and not any(
            self._has_other_than_pytest(name, project_only=True) for name in PARTS[phase]
        )

    def _has_other_than_pytest(self, name: str, *, project_only: bool) -> bool:
        """Whether the project, or any other plugin, implements a hook."""
        hook = getattr(self._hooks, name, None)
        functions = hook.get_hookimpls() if hook is not None else ()
        count, has_other = self._known_hooks.get((name, project_only), (-1, False))
        if count != len(functions):
            is_other = self._is_of_project if project_only else is_of_other_plugin
            has_other = any(is_other(one.function) for one in functions)
            self._known_hooks[name, project_only] = len(functions), has_other
        return has_other

    def _is_of_project(self, function: Any) -> bool:
        code = getattr(underlying(function), "__code__", None)
        return code is None or self._executed.is_of_project(code)

    def _may_run_at_any_time(self) -> bool:
        """Whether any code of the project is called by nobody: by the garbage collector, a signal."""
        executed = self._executed
        if len(executed.codes) != self._looked_at:
            for code_id, code in islice(list(executed.codes.items()), self._looked_at, None):
                self._has_finalizers = self._has_finalizers or code.co_name == "__del__"
                if self._callbacks.registers(code):
                    executed.registering.add(code_id)
                    if not code.co_flags & NEW_LOCALS:  # it ran as it was imported
                        executed.has_registered = True
            self._looked_at = len(executed.codes)
        return self._has_finalizers or executed.has_registered


def is_of_other_plugin(function: Any) -> bool:
    """Whether a hook is neither pytest's, nor gardener's, nor one of a harmless plugin."""
    module = str(getattr(function, "__module__", ""))
    return module.partition(".")[0] not in ("_pytest", OWN, *HARMLESS)


OWN = __name__.partition(".")[0]


def is_plain(item: Any) -> bool:
    """Whether a test is a function, and what pytest does beside calling it runs nothing else.

    pytest 7 calls functions of nose by itself.
    """
    if type(item) is not pytest.Function or int(pytest.__version__.partition(".")[0]) < 8:
        return False
    owner = item.cls
    if owner is not None:
        look_up = static_attribute(owner, "__getattribute__")
        if type(owner) is not type or look_up is not object.__getattribute__:
            return False
        if not isinstance(static_attribute(owner, item.originalname), PLAIN_FUNCTIONS):
            return False
    return not _may_end_another(item)


def _may_end_another(item: Any) -> bool:
    """Whether parameters of a test may end a fixture of a wider scope, which had others."""
    params = getattr(getattr(item, "callspec", None), "params", None)
    if not params:
        return False
    definitions = item._fixtureinfo.name2fixturedefs
    scopes = {d.scope for name in params for d in definitions.get(name, ())}
    return bool(scopes - {"function"})
