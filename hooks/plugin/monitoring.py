"""Sees what runs by `sys.monitoring` (Python 3.12+). PYTEST_DONT_REWRITE

Each code object of the project reports its first start after `restart_events()`, which is called
when the context changes. Threads, asyncio and trio need no care: the events are those of the
whole process.

Some code has to be attributed to more than the current context: what an import runs, and what a
lazy initialisation runs. While one of these is `active`, the callers of each function that starts
are looked through for it.
"""

from __future__ import annotations

import sys
import types
from typing import Any, Dict, FrozenSet, Optional, Set

from .asks import Asks
from .executed import Context, Executed, Lifetime, identity
from .lifetimes import LifetimeTracker
from .lookups import Lookups
from .sites import LazyInitSite

GENERATOR_FLAGS = 0x20 | 0x80 | 0x200  # generators, coroutines, asynchronous generators
EMPTY: FrozenSet[int] = frozenset()
CONTROL_FLOW = (StopIteration, StopAsyncIteration, GeneratorExit)
"""Exceptions that are no errors: they end loops and generators."""
RAISE_EVENTS = 2000
"""Raised exceptions of a test, and frames they pass, after which no more are seen."""
DETAILED_LIFETIMES = 500
"""Instances of each of which it is known what ran in its own initialisation."""
LEARNING_TESTS = 50
"""Tests that enter a site, after which all that it runs is taken as known."""
TRACKED_ENTRIES = 5
"""Entries of a site in a test, after which it is not seen where the site ends."""
LINES_PER_LIFETIME = 50
"""Lines seen in a site for each instance, above which its instances are not told apart."""
MISSES = 3
"""Looks through the callers after which code is taken not to run in the known sites."""


class Monitoring:
    """The callbacks of `sys.monitoring`."""

    audit_events: FrozenSet[str] = frozenset()

    def __init__(self, executed: Executed) -> None:
        self.executed = executed
        self.codes = executed.codes
        self.monitoring = sys.monitoring  # type: ignore[attr-defined,unused-ignore]
        self.disable = self.monitoring.DISABLE
        self.active: Set[int] = set()  # functions that are in a site, and modules in their import
        self.checks_callers = False
        self.is_learning = False
        self.entries: Dict[int, int] = {}  # of sites in this test, by function
        self.tests_entering: Dict[int, int] = {}
        self.site_lines: Dict[int, FrozenSet[int]] = {}
        self.misses: Dict[int, int] = {}
        self.idle_lines: Dict[int, int] = {}
        self.raise_events_left = 0
        self.detailed_lifetimes_left = DETAILED_LIFETIMES
        self.lifetimes = LifetimeTracker(executed)
        self.asks: Optional[Asks] = None
        pluggy = sys.modules.get("pluggy._callers")
        self.pluggy_call = identity(getattr(getattr(pluggy, "_multicall", None), "__code__", None))
        self.lookups = Lookups(self.pluggy_call)
        self.tool = self._use_tool()
        for code in executed.add_imported_before():
            self._set_events(code)

    def _use_tool(self) -> int:
        monitoring = self.monitoring
        for tool in (4, 3):
            if monitoring.get_tool(tool) is None:
                monitoring.use_tool_id(tool, "gardener")
                events = monitoring.events
                monitoring.register_callback(tool, events.PY_START, self.on_start)
                monitoring.register_callback(tool, events.PY_RESUME, self.on_start)
                monitoring.register_callback(tool, events.LINE, self.on_line)
                monitoring.register_callback(tool, events.PY_RETURN, self.on_return)
                monitoring.register_callback(tool, events.RAISE, self.on_raise)
                return tool
        raise RuntimeError("no tool of sys.monitoring is free")

    def stop(self) -> None:
        """See nothing any more."""
        self.monitoring.set_events(self.tool, 0)
        self.monitoring.free_tool_id(self.tool)
        if self.asks is not None:
            self.asks.stop()

    def see_asks(self, asks: Any) -> None:
        """Let what sees what is asked of files know all code, too."""
        self.asks = asks
        self.executed.sees_asks = asks is not None
        for code in self.codes.values() if asks else ():
            asks.watch(code)

    # --- contexts ---

    def begin_test(self) -> None:
        """Forget what was active in the last test, and see raised exceptions again."""
        self.active.clear()
        self.entries.clear()
        self.checks_callers = False
        self.is_learning = False
        if self.raise_events_left <= 0:
            self.monitoring.set_events(self.tool, self.monitoring.events.RAISE)
        self.raise_events_left = RAISE_EVENTS

    def switch_context(self, context: Context) -> None:
        """Attribute what runs from now on to another context."""
        executed = self.executed
        before, executed.current = executed.current, context
        if before.codes or before is executed.session:
            # Else nothing has reported since the last restart, so nothing is silent.
            self.monitoring.restart_events()

    def end_test(self, context: Context) -> None:
        """A test has ended; whatever comes next restarts the events."""
        self.executed.current = context

    def on_audit(self, event: str, args: tuple[Any, ...]) -> None:
        """Nothing to do: other tools have events of their own."""

    # --- events ---

    def load(self, code: types.CodeType) -> None:
        """A module's code is about to run: ask for its events and those of all code in it."""
        for new in self.executed.add(code):
            self._set_events(new)
        if identity(code) in self.executed.imports:
            self.active.add(identity(code))
        self._restart_learning()

    def _restart_learning(self) -> None:
        """Let code report again that already ran in this test."""
        self.checks_callers = True
        self.is_learning = True
        self.monitoring.restart_events()

    def _set_events(self, code: types.CodeType) -> None:
        events = self.monitoring.events.PY_START
        if code.co_flags & GENERATOR_FLAGS:
            events |= self.monitoring.events.PY_RESUME
        sites = self.executed.sites.get(identity(code))
        if sites and identity(code) not in self.site_lines:
            lines = (range(site.first, site.last + 1) for site in sites)
            self.site_lines[identity(code)] = frozenset().union(*lines)
        if sites:
            events |= self.monitoring.events.LINE | self.monitoring.events.PY_RETURN
        elif identity(code) in self.executed.imports:
            events |= self.monitoring.events.PY_RETURN
        self.monitoring.set_local_events(self.tool, code, events)
        if self.asks is not None:
            self.asks.watch(code)

    def on_start(self, code: types.CodeType, offset: int) -> Any:
        """Called at the first start of a project's code object since the last restart."""
        is_final = True
        try:
            code_id = identity(code)
            is_final = self.lookups.note(code_id, self.executed.current)
            if self.checks_callers and not self._is_attributed(code_id):
                if not self._attribute_to_callers(code):
                    self.misses[code_id] = self.misses.get(code_id, 0) + 1
        except RecursionError:  # the test's own: its stack is too full for a call
            return None
        except Exception:
            self.executed.trouble()
        return self.disable if is_final else None

    def _is_attributed(self, code_id: int) -> bool:
        """Whether it was seen to run in all that is active, or often enough in none of it."""
        executed = self.executed
        if not self.is_learning and self.misses.get(code_id, 0) >= MISSES:
            return True
        if executed.current is executed.session:
            return False
        for around in self.active:
            if self.is_learning and around in executed.lifetimes:
                if around not in executed.untracked:
                    return False
            if code_id not in (executed.ran_in_sites.get(around) or EMPTY):
                if around not in executed.imports:
                    return False
                if code_id not in executed.imports[around].codes:
                    return False
        return True

    def on_line(self, code: types.CodeType, line: int) -> Any:
        """Called at each line of a function with a lazy initialisation."""
        code_id = identity(code)
        if line not in self.site_lines[code_id]:
            if code_id in self.active:
                self._leave(code_id)
            return self.disable
        is_entry = code_id not in self.active
        if self._begins_detailed_lifetime(code_id, line):
            self.active.add(code_id)
            self._restart_learning()
        elif is_entry:
            self._enter(code, code_id)
        # Another instance may come here in the same test.
        return self.disable if code_id in self.executed.untracked else None

    def _begins_detailed_lifetime(self, code_id: int, line: int) -> bool:
        """Whether an instance is initialised here of which it shall be known what that runs."""
        if code_id in self.executed.untracked:
            return False
        lifetime: Optional[Lifetime] = None
        try:
            site = self._site_at(code_id, line)
            if site:
                lifetime = self.lifetimes.begin(code_id, site, sys._getframe(2))
        except Exception:
            self.executed.untracked.add(code_id)
            return False
        if lifetime is None:
            idle = self.idle_lines[code_id] = self.idle_lines.get(code_id, 0) + 1
            instances = len(self.executed.lifetimes.get(code_id, ()))
            if idle > LINES_PER_LIFETIME * (20 + instances):
                self.executed.untracked.add(code_id)
            return False
        if self.detailed_lifetimes_left <= 0:
            lifetime.codes = None
            return False
        self.detailed_lifetimes_left -= 1
        return True

    def _site_at(self, code_id: int, line: int) -> Optional[LazyInitSite]:
        for site in self.executed.sites.get(code_id, ()):
            if site.first <= line <= site.last:
                return site
        return None

    def _enter(self, code: types.CodeType, code_id: int) -> None:
        """A site is entered."""
        self.active.add(code_id)
        self.checks_callers = True
        entries = self.entries[code_id] = self.entries.get(code_id, 0) + 1
        if entries == 1:
            tests = self.tests_entering[code_id] = self.tests_entering.get(code_id, 0) + 1
            if tests <= LEARNING_TESTS:
                self._restart_learning()
                return
        if entries <= TRACKED_ENTRIES:
            # The line behind the site shall be seen even if it was before.
            self.monitoring.set_local_events(self.tool, code, 0)
            self._set_events(code)

    def _leave(self, code_id: int) -> None:
        if code_id in self.active:
            self.active.discard(code_id)
            self.checks_callers = bool(self.active)
            self.is_learning = self.is_learning and self.checks_callers

    def on_return(self, code: types.CodeType, offset: int, value: object) -> Any:
        """Called at the end of a module, or of a function with a lazy initialisation."""
        self._leave(identity(code))
        return self.disable

    def on_raise(self, code: types.CodeType, offset: int, error: BaseException) -> None:
        """Called where an exception is raised, and in each frame that it passes on its way."""
        self.raise_events_left -= 1
        code_id = 0
        try:
            code_id = identity(code)
            if code_id in self.codes:
                if not isinstance(error, CONTROL_FLOW):
                    self._add_raised(code_id, error)
            elif self.raise_events_left < 0:
                self.monitoring.set_events(self.tool, 0)
        except RecursionError:  # the test's own: its stack is too full for a call
            if code_id in self.codes:
                self.executed.current.raised[code_id, error.__class__.__name__] = None
        except Exception:
            self.executed.trouble()

    def _add_raised(self, code_id: int, error: BaseException) -> None:
        """Remember the first function of the project that an exception is in: it is raised there.

        What a test swallows or turns into another error is seen nowhere else.
        """
        key = code_id, type(error).__name__
        raised = self.executed.current.raised
        if key in raised:
            return
        traceback = error.__traceback__
        inner = traceback.tb_next if traceback is not None else None
        while inner is not None:
            if identity(inner.tb_frame.f_code) in self.codes:
                return
            inner = inner.tb_next
        raised[key] = None

    def _attribute_to_callers(self, code: types.CodeType) -> bool:
        """Attribute code to the import and the lazy initialisations it runs in, if any."""
        executed = self.executed
        sites, imports, pluggy_call = executed.sites, executed.imports, self.pluggy_call
        code_id = identity(code)
        frame: Optional[types.FrameType] = sys._getframe(2)
        if code_id in imports and frame is not None and frame.f_code is code:
            imports[code_id].codes.add(code_id)
            frame = frame.f_back
        is_in_site = is_in_import = False
        while frame is not None:
            around = identity(frame.f_code)
            if around in sites:
                if around != code_id and (frame.f_lineno or 0) in self.site_lines[around]:
                    executed.ran_in_sites.setdefault(around, set()).add(code_id)
                    self.lifetimes.add_executed(around, frame, code_id)
                    is_in_site = True
            elif around in imports:
                if not is_in_import:
                    is_in_import = True
                    imports[around].codes.add(code_id)
            elif around == pluggy_call:  # pytest's own frames from here on
                break
            frame = frame.f_back
        if is_in_import and executed.current is executed.session:
            executed.session.codes.discard(code_id)
        return is_in_site or is_in_import
