"""Hears what runs from `sys.monitoring` (Python 3.12+). PYTEST_DONT_REWRITE

Part of the recorder (`hooks/plugin/tracer.py`): standard library only. Each code object of
the project reports its first start after `restart_events()`, which happens when the owner
changes. Threads, asyncio and trio need no care: the events are those of the whole process.
"""

from __future__ import annotations

import sys
import types
from typing import Any

from .executed import Executed, Owner
from .lazy_init import Place
from .lifetimes import Lives

GENERATES = 0x20 | 0x80 | 0x200  # generators, coroutines, asynchronous generators
NOTHING: frozenset[int] = frozenset()
CONTROL = (StopIteration, StopAsyncIteration, GeneratorExit)
"""Exceptions that are no errors: they end loops and generators."""
PATIENCE = 2000  # raised exceptions, and frames they pass, after which a test's others are not seen
PLENTY = 500  # instances of each of which it is known what ran in a place that runs once
LEARNED = 50  # entries after which a place that runs once is taken as known
ENTRIES = 5  # entries of a test after which it is not heard where such a place ends
BUSY = (
    50  # lines heard in such a place for each instance, from which on instances are not told apart
)
OUTSIDE = 3  # looks after which code is taken not to run in the places that are known


class Monitoring:
    """The callbacks of `sys.monitoring`."""

    heard: frozenset[str] = frozenset()

    def __init__(self, executed: Executed) -> None:
        self.executed = executed
        self.codes = executed.codes
        self.monitoring = sys.monitoring  # type: ignore[attr-defined,unused-ignore]
        self.disable = self.monitoring.DISABLE
        self.active: set[int] = set()
        self.entered: dict[int, int] = {}
        self.times: dict[int, int] = {}
        self.lines: dict[int, frozenset[int]] = {}
        self.outside: dict[int, int] = {}
        self.idle: dict[int, int] = {}
        self.careful = False
        self.learning = False
        self.patience = 0
        self.plenty = PLENTY
        self.lives = Lives(executed)
        pluggy = sys.modules.get("pluggy._callers")
        self.border = id(getattr(getattr(pluggy, "_multicall", None), "__code__", None))
        self.tool = self._start()
        for code in executed.adopt_loaded():
            self._listen(code)

    def _start(self) -> int:
        monitoring = self.monitoring
        for tool in (4, 3):
            if monitoring.get_tool(tool) is None:
                monitoring.use_tool_id(tool, "gardener")
                events = monitoring.events
                monitoring.register_callback(tool, events.PY_START, self.started)
                monitoring.register_callback(tool, events.PY_RESUME, self.started)
                monitoring.register_callback(tool, events.LINE, self.lined)
                monitoring.register_callback(tool, events.PY_RETURN, self.returned)
                monitoring.register_callback(tool, events.RAISE, self.raised)
                return tool
        raise RuntimeError("no tool of sys.monitoring is free")

    def stop(self) -> None:
        self.monitoring.set_events(self.tool, 0)
        self.monitoring.free_tool_id(self.tool)

    # --- owners ---

    def test(self) -> None:
        """A test begins: nothing of the last one goes on, and exceptions are heard of again."""
        self.active.clear()
        self.entered.clear()
        self.careful = False
        self.learning = False
        if self.patience <= 0:
            self.monitoring.set_events(self.tool, self.monitoring.events.RAISE)
        self.patience = PATIENCE

    def turn(self, owner: Owner) -> None:
        """What runs from now on belongs to another owner."""
        executed = self.executed
        before, executed.owner = executed.owner, owner
        if before.codes or before is executed.always:
            # Else nothing has reported since the last restart, so nothing is silent.
            self.monitoring.restart_events()

    def hand_back(self, owner: Owner) -> None:
        """A test has ended; whatever comes next restarts the events."""
        self.executed.owner = owner

    def disturbed(self, event: str, args: tuple[Any, ...]) -> None:
        """Other tools have events of their own."""

    # --- events ---

    def load(self, code: types.CodeType) -> None:
        """A module's code is about to run: ask for its events and those of all code in it."""
        for one in self.executed.adopt(code):
            self._listen(one)
        if id(code) in self.executed.modules:
            self.active.add(id(code))
        self.careful = True
        self.learning = True
        self.monitoring.restart_events()

    def _listen(self, code: types.CodeType) -> None:
        events = self.monitoring.events.PY_START
        if code.co_flags & GENERATES:
            events |= self.monitoring.events.PY_RESUME
        places = self.executed.once.get(id(code))
        if places and id(code) not in self.lines:
            lines = (range(one.first, one.last + 1) for one in places)
            self.lines[id(code)] = frozenset().union(*lines)
        if places:
            events |= self.monitoring.events.LINE | self.monitoring.events.PY_RETURN
        elif id(code) in self.executed.modules:
            events |= self.monitoring.events.PY_RETURN
        self.monitoring.set_local_events(self.tool, code, events)

    def started(self, code: types.CodeType, offset: int) -> Any:
        """Called at the first start of a project's code object since the last restart."""
        number = id(code)
        self.executed.owner.codes.add(number)
        if self.careful and not self._known(number):
            try:
                if not self._carefully(code):
                    self.outside[number] = self.outside.get(number, 0) + 1
            except Exception:
                self.executed.trouble()
        return self.disable

    def _known(self, number: int) -> bool:
        """Whether it was already seen to run in all that is entered now, or not to, often enough."""
        executed = self.executed
        if not self.learning and self.outside.get(number, 0) >= OUTSIDE:
            return True
        if executed.owner is executed.always:
            return False
        for around in self.active:
            if self.learning and around in executed.spans and around not in executed.mixed:
                return False
            if number not in (executed.inside.get(around) or NOTHING):
                if around not in executed.modules or number not in executed.modules[around].codes:
                    return False
        return True

    def lined(self, code: types.CodeType, line: int) -> Any:
        """Called at each line of a function with a place that runs once."""
        number = id(code)
        if line not in self.lines[number]:
            if number in self.active:
                self._leave(number)
            return self.disable
        first = number not in self.active
        if self._begins(number, line):
            self._learn(number)
        elif first:
            self._enter(code, number)
        # Another instance may come here in the same test.
        return self.disable if number in self.executed.mixed else None

    def _begins(self, number: int, line: int) -> bool:
        """Whether the life of an instance begins here of which it shall be known what it ran."""
        if number in self.executed.mixed:
            return False
        place = self._place(number, line)
        try:
            span = self.lives.begin(number, place, sys._getframe(2)) if place else None
        except Exception:
            self.executed.mixed.add(number)
            return False
        if span is None:
            idle = self.idle[number] = self.idle.get(number, 0) + 1
            if idle > BUSY * (20 + len(self.executed.spans.get(number, ()))):
                self.executed.mixed.add(number)
            return False
        if self.plenty <= 0:
            span.codes = None
            return False
        self.plenty -= 1
        return True

    def _learn(self, number: int) -> None:
        """What already ran in this test shall be seen to run here too."""
        self.active.add(number)
        self.careful = True
        self.learning = True
        self.monitoring.restart_events()

    def _enter(self, code: types.CodeType, number: int) -> None:
        """A place that runs once begins."""
        self.active.add(number)
        self.careful = True
        entries = self.entered[number] = self.entered.get(number, 0) + 1
        if entries == 1:
            times = self.times[number] = self.times.get(number, 0) + 1
            if times <= LEARNED:
                self._learn(number)
                return
        if entries <= ENTRIES:
            # The line behind the place shall be heard even if it was before.
            self.monitoring.set_local_events(self.tool, code, 0)
            self._listen(code)

    def _place(self, number: int, line: int) -> Place | None:
        places = self.executed.once.get(number, ())
        return next((one for one in places if one.first <= line <= one.last), None)

    def returned(self, code: types.CodeType, offset: int, value: object) -> Any:
        """Called at the end of a module, or of a function with a place that runs once."""
        self._leave(id(code))
        return self.disable

    def raised(self, code: types.CodeType, offset: int, error: BaseException) -> None:
        """Called where an exception is raised, and in each frame that it passes on its way."""
        self.patience -= 1
        if id(code) in self.codes:
            if not isinstance(error, CONTROL):
                try:
                    self._born(code, error)
                except Exception:
                    self.executed.trouble()
        elif self.patience < 0:
            self.monitoring.set_events(self.tool, 0)

    def _born(self, code: types.CodeType, error: BaseException) -> None:
        """Remember the first function of the project that an exception is in: it came up there.

        What a test swallows or turns into another error is seen nowhere else.
        """
        trace = error.__traceback__
        inner = trace.tb_next if trace is not None else None
        while inner is not None:
            if id(inner.tb_frame.f_code) in self.codes:
                return
            inner = inner.tb_next
        self.executed.owner.born[id(code), type(error).__name__] = None

    def _leave(self, number: int) -> None:
        if number in self.active:
            self.active.discard(number)
            self.careful = bool(self.active)
            self.learning = self.learning and self.careful

    def _carefully(self, code: types.CodeType) -> bool:
        """Find the import, and the places that run once, in which this code runs, if any."""
        executed = self.executed
        once, modules, border = executed.once, executed.modules, self.border
        found = False
        number = id(code)
        frame: types.FrameType | None = sys._getframe(2)
        if number in modules and frame is not None and frame.f_code is code:
            modules[number].codes.add(number)
            frame = frame.f_back
        importing = False
        while frame is not None:
            around = id(frame.f_code)
            if around in once:
                if around != number and (frame.f_lineno or 0) in self.lines[around]:
                    executed.inside.setdefault(around, set()).add(number)
                    self.lives.ran(around, frame, number)
                    found = True
            elif around in modules:
                if not importing:
                    importing = found = True
                    modules[around].codes.add(number)
            elif around == border:  # pytest's own frames from here on
                break
            frame = frame.f_back
        if importing and executed.owner is executed.always:
            executed.always.codes.discard(number)
        return found
