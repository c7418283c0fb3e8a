"""Hears what runs from `sys.monitoring` (Python 3.12+). PYTEST_DONT_REWRITE

Part of the recorder (`hooks/injected/tracer.py`): standard library only. Each code object of
the project reports its first start after `restart_events()`, which happens when the owner
changes. Threads, asyncio and trio need no care: the events are those of the whole process.
"""

from __future__ import annotations

import sys
import types
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .executed import Executed, Owner
    from .lives import Lives
    from .places import Place
else:
    from gardener_lives import Lives

GENERATES = 0x20 | 0x80 | 0x200  # generators, coroutines, asynchronous generators
NOTHING: frozenset[int] = frozenset()
CONTROL = (StopIteration, StopAsyncIteration, GeneratorExit)
"""Exceptions that are no errors: they end loops and generators."""
PATIENCE = 2000  # raised exceptions, and frames they pass, after which a test's others are not seen
PLENTY = 5000  # instances of each of which it is known what ran in a place that runs once
LEARNED = 50  # entries after which a place that runs once is taken as known


class Monitoring:
    """The callbacks of `sys.monitoring`."""

    heard: frozenset[str] = frozenset()

    def __init__(self, executed: Executed) -> None:
        self.executed = executed
        self.monitoring = sys.monitoring  # type: ignore[attr-defined,unused-ignore]
        self.disable = self.monitoring.DISABLE
        self.active: set[int] = set()
        self.entered: set[int] = set()
        self.times: dict[int, int] = {}
        self.careful = False
        self.patience = 0
        self.plenty = PLENTY
        self.lives = Lives(executed)
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
        self.monitoring.restart_events()

    def _listen(self, code: types.CodeType) -> None:
        events = self.monitoring.events.PY_START
        if code.co_flags & GENERATES:
            events |= self.monitoring.events.PY_RESUME
        if id(code) in self.executed.once:
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
                self._carefully(code)
            except Exception:
                self.executed.trouble()
        return self.disable

    def _known(self, number: int) -> bool:
        """Whether it was already seen to run in all that is entered now."""
        executed = self.executed
        if executed.owner is executed.always:
            return False
        for around in self.active:
            if around in executed.spans and around not in executed.mixed:
                return False
            if number not in (executed.inside.get(around) or NOTHING):
                if around not in executed.modules or number not in executed.modules[around].codes:
                    return False
        return True

    def lined(self, code: types.CodeType, line: int) -> Any:
        """Called at each line of a function with a place that runs once."""
        number = id(code)
        place = self._place(number, line)
        if place is None:
            self._leave(number)
            return self.disable
        again = False
        if number not in self.active:
            self.active.add(number)
            self.careful = True
            if number not in self.entered:
                self.entered.add(number)
                times = self.times[number] = self.times.get(number, 0) + 1
                again = times <= LEARNED
        span = None
        if number not in self.executed.mixed:
            try:
                span = self.lives.begin(number, place, sys._getframe(1))
            except Exception:
                self.executed.mixed.add(number)
        if span is not None and self.plenty > 0:
            self.plenty -= 1
            again = True
        elif span is not None:
            span.codes = None
        if again:
            # What already ran in this test shall be seen to run here too.
            self.monitoring.restart_events()
        # Another instance may come here in the same test.
        return self.disable if number in self.executed.mixed else None

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
        if id(code) in self.executed.codes:
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
        if isinstance(error, CONTROL):
            return
        trace = error.__traceback__
        inner = trace.tb_next if trace is not None else None
        while inner is not None:
            if id(inner.tb_frame.f_code) in self.executed.codes:
                return
            inner = inner.tb_next
        self.executed.owner.born[id(code), type(error).__name__] = None

    def _leave(self, number: int) -> None:
        if number in self.active:
            self.active.discard(number)
            self.careful = bool(self.active)

    def _carefully(self, code: types.CodeType) -> None:
        """Find the import, and the places that run once, in which this code runs."""
        executed = self.executed
        number = id(code)
        frame: types.FrameType | None = sys._getframe(2)
        if number in executed.modules and frame is not None and frame.f_code is code:
            executed.modules[number].codes.add(number)
            frame = frame.f_back
        importing = False
        while frame is not None:
            around = id(frame.f_code)
            if around in executed.once and around != number:
                if self._place(around, frame.f_lineno or 0) is not None:
                    executed.inside.setdefault(around, set()).add(number)
                    self.lives.ran(around, frame, number)
            elif around in executed.modules and not importing:
                importing = True
                executed.modules[around].codes.add(number)
            if frame.f_code.co_name == "_multicall":  # pytest's own frames from here on
                break
            frame = frame.f_back
        if importing and executed.owner is executed.always:
            executed.always.codes.discard(number)
