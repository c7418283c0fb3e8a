"""A pytest plugin that records what each test really executed. PYTEST_DONT_REWRITE

The recorder registers it where `GARDENER_TRACE` is set. What runs is seen by `sys.monitoring`
(`monitoring.py`) or, below Python 3.12, counted by the C profiler of the standard library
(`profiling.py`). It is attributed to the *context* of that time: a test, a fixture of a wider
scope (on which every test that uses it depends), the collection of a file (every test in it), the
import of a module (every test whose file imports it), or the session (every test).

What a test skips because an earlier one did it (a cached result, a lazily made attribute) would
be missed by any recorder. So what such a lazy initialisation runs (`lazy_init.py` finds them in
the syntax) belongs to every test that executes or names the function around it.
"""

from __future__ import annotations

import sys
import threading
import types
from typing import TYPE_CHECKING, Any, Dict, Generator, List, NamedTuple, Optional, Set

import pytest

from .audit import STARTS_PROCESS, AuditHook
from .executed import Context, Executed, identity
from .formatting import Formatting
from .machinery import Machinery
from .objects import static_attribute, underlying
from .opens import UnheardOpens, watched
from .repository import Repository
from .trace_events import TraceWriter
from .variables import VariableReads, add_read_in_c

if TYPE_CHECKING:
    from .monitoring import Monitoring
    from .profiling import Profiling

UNSEEN = "its own function was not seen to run"
WIDER_SCOPES = ("class", "module", "package", "session")
"""Scopes of fixtures that several tests may share, the narrowest first."""


class WideFixture(NamedTuple):
    """A fixture of a wider scope that is set up."""

    definition: Any  # pytest's `FixtureDef`, kept so that no other object gets its identity
    context: Context


class Tracer:
    """The hooks; they tell the watcher (`Monitoring` or `Profiling`) when the context changes."""

    def __init__(self, repository: Repository, opens: Any = None) -> None:
        self.repository = repository
        self.executed = Executed(repository)
        self._writer = TraceWriter(self.executed)
        self._collected: Dict[str, Context] = {}
        self._uncollected: Dict[str, Set[str]] = {}  # nodeids, by file
        self._fixtures: Dict[int, WideFixture] = {}  # by the identity of the definition
        self._fixtures_used: Set[int] = set()  # numbers of contexts, by this test
        self._teardown = self.executed.session
        self._parts: List[Context] = []  # of this test, beside its own context
        self._may_end_fixtures = False
        self._watcher = watcher_of(self.executed)
        self._audit = AuditHook(self.executed, self._watcher)
        self._variables = VariableReads(self.executed, lambda: self._audit.is_testing)
        self._opens = UnheardOpens(self.executed, opens, STARTS_PROCESS)

    def stop(self) -> None:
        """See nothing any more."""
        if not self._audit.is_closed:
            self._opens.take()
            self._opens.stop()
            self._audit.is_closed = True
            self._variables.stop()
            self._watcher.stop()

    def register_formatting(self, config: Any) -> None:
        """Where counting costs the code of others, too, pause for what only reports."""
        if hasattr(self._watcher, "paused"):
            formatting = Formatting(self.executed, self._watcher, config.hook)
            config.pluginmanager.register(formatting, "gardener-formatting")
            machinery = Machinery(self.executed, self._watcher, config.hook)
            config.pluginmanager.register(machinery, "gardener-machinery")

    def _switch_context(self, context: Context) -> Context:
        """Attribute what runs from now on to `context`; returns the one before."""
        before = self.executed.current
        self._opens.take()
        self._watcher.switch_context(context)
        self._variables.begin()
        return before

    # --- collection ---

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_make_collect_report(self, collector: Any) -> Generator[None, Any, None]:
        """Attribute what runs to the file that is collected."""
        file = collector.getparent(pytest.File)
        if file is None:
            yield
            return
        name = self.repository.name(str(getattr(file, "path", "")))
        context = self._collected.setdefault(name, self.executed.new_context())
        if context.guarded is None:
            context.guarded = set()
        before = self._switch_context(context)
        try:
            outcome = yield
        finally:
            self._switch_context(before)
        try:
            uncollected = self._uncollected.setdefault(name, set())
            _count_uncollected(uncollected, collector, outcome.get_result())
        except Exception:
            self.executed.trouble()

    # --- tests ---

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: Any, nextitem: Any) -> Generator[None, Any, None]:
        """Attribute what runs to the test, and write it at its end."""
        context = self.executed.new_context()
        self._watcher.begin_test()
        self._parts = []
        self._teardown = context
        self._may_end_fixtures = False
        self._fixtures_used = set()
        self._audit.is_testing = True
        before = self._switch_context(context)
        try:
            self._add_running_threads()
            yield
        finally:
            self._audit.is_testing = False
            self._opens.take()
            self._watcher.end_test(before)
            self._variables.begin()
            try:
                self._write_test(item, context)
            except Exception:
                self.executed.trouble()

    def _add_running_threads(self) -> None:
        """Attribute what other threads are in the middle of: it may act on this test."""
        if threading.active_count() < 2:
            return
        this_thread = threading.get_ident()
        for ident, stack in sys._current_frames().items():
            frame: Optional[types.FrameType] = stack if ident != this_thread else None
            while frame is not None:
                if identity(frame.f_code) in self.executed.codes:
                    self.executed.current.codes.add(identity(frame.f_code))
                frame = frame.f_back

    def _write_test(self, item: Any, context: Context) -> None:
        for part in self._parts:
            context.merge(part)
            context.uses |= part.uses
        context.uses |= self._fixtures_used
        if not context.opaque and not has_run(item, context, self.executed):
            context.opaque = UNSEEN
        nodeid = self.executed.recorder.nodeid(item.nodeid)
        self._writer.write("deps", context, id=nodeid)

    # --- fixtures of a wider scope ---

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_fixture_setup(self, fixturedef: Any, request: Any) -> Generator[None, Any, None]:
        """Attribute what the fixture runs to the fixture, not to the first test that uses it."""
        if getattr(fixturedef, "scope", "function") not in WIDER_SCOPES:
            yield
            return
        context = self.executed.new_context()
        is_given = "request" in fixturedef.argnames  # else it asks for none by its name
        earlier = set() if is_given else self._usable_by(fixturedef, request)
        before = self._switch_context(context)
        try:
            yield
        finally:
            self._switch_context(before)
            before.uses.add(context.number)
            # What it asked for by `getfixturevalue`: later tests that use it do not ask again.
            context.uses |= self._usable_by(fixturedef, request) - earlier
            self._fixtures_used.add(context.number)
            self._fixtures[identity(fixturedef)] = WideFixture(fixturedef, context)

    def _usable_by(self, definition: Any, request: Any) -> Set[int]:
        """The contexts of what was asked for so far and is at least as wide: a fixture uses none that is narrower."""
        scopes = WIDER_SCOPES[WIDER_SCOPES.index(definition.scope) :]
        numbers = self._numbers_of(_asked_for(request))
        alive = self._fixtures.values()
        return numbers & {f.context.number for f in alive if f.definition.scope in scopes}

    def _numbers_of(self, asked: Optional[Set[int]]) -> Set[int]:
        """The contexts of those fixtures among some, or all, that are of a wider scope and alive."""
        # An item of another kind may use whatever is alive.
        fixtures = map(self._fixtures.get, self._fixtures if asked is None else asked)
        return {fixture.context.number for fixture in fixtures if fixture}

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: Any, nextitem: Any) -> Generator[None, Any, None]:
        """Note which fixtures the test used, and tell its teardown apart from theirs."""
        self._fixtures_used |= self._numbers_of(_asked_for(getattr(item, "_request", None)))
        if self._fixtures and (nextitem is None or nextitem.parent is not item.parent):
            # A fixture of a wider scope may end here: what that runs is the fixture's.
            self._may_end_fixtures = True
            self._begin_part()
        yield

    def _begin_part(self) -> None:
        """Attribute what runs from now on to another part of the test."""
        self._teardown = self.executed.new_context()
        self._parts.append(self._teardown)
        self._switch_context(self._teardown)

    def pytest_fixture_post_finalizer(self, fixturedef: Any) -> None:
        """Attribute what ran since the last fixture was finished to the end of this one."""
        fixture = self._fixtures.pop(identity(fixturedef), None)
        teardown = self.executed.current
        if teardown is self._teardown and (fixture or self._may_end_fixtures):
            self._begin_part()
            if fixture:
                fixture.context.codes |= teardown.codes
        if fixture:
            self._writer.write("fixture", fixture.context)

    # --- the end ---

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: Any) -> None:
        """Write what belongs to many tests, and stop."""
        self.stop()
        self.executed.lazy_init_sites.save()
        try:
            for fixture in self._fixtures.values():
                self._writer.write("fixture", fixture.context)
            complete = {file for file in self._collected if not self._uncollected.get(file)}
            if session.config.getoption("lf", False):  # it leaves out what passed
                complete = set()
            add_read_in_c(self.executed)
            self._writer.write_collected(self._collected, complete)
            self._writer.write_end()
        except Exception:
            self.executed.trouble()


def _asked_for(request: Any) -> Optional[Set[int]]:
    """The identities of the fixtures that a test asked for so far; None where that is not known."""
    definitions = getattr(request, "_fixture_defs", None)
    return set(map(identity, definitions.values())) if isinstance(definitions, dict) else None


def has_run(item: Any, context: Context, executed: Executed) -> bool:
    """Whether a test's own function is among what was executed, as far as it has one.

    It is not if pytest skipped the test; or its record was lost, and nothing follows from it.
    """
    name = getattr(item, "originalname", None)
    owner = getattr(item, "cls", None) or getattr(item, "module", None)
    # As it is stored: `item.obj` may make another instance of the class.
    function = underlying(static_attribute(owner, name)) if name and owner else None
    code = getattr(function, "__code__", None)
    return identity(code) not in executed.codes or identity(code) in context.codes


def _count_uncollected(uncollected: Set[str], collector: Any, report: Any) -> None:
    """Keep count of what of a file is not collected (yet): a class, or what failed."""
    uncollected.discard(collector.nodeid)
    if report.outcome == "failed":
        uncollected.add(collector.nodeid)
    for child in report.result or ():
        if isinstance(child, pytest.Collector):
            uncollected.add(child.nodeid)


def watcher_of(executed: Executed) -> Monitoring | Profiling:
    """What sees code run in this interpreter.

    Raises:
        RuntimeError, ImportError: nothing can.
    """
    if hasattr(sys, "monitoring"):
        from .monitoring import Monitoring

        return Monitoring(executed)
    if sys.implementation.name != "cpython":
        raise RuntimeError("only CPython can tell what runs")
    from .profiling import Profiling

    return Profiling(executed)


def start(repository: Repository, stream: str) -> Tracer:
    """Begin before the first conftest is imported; `attach` tells where to write.

    `stream` is the folder of the events, in which gardener may have left what to watch.
    """
    return Tracer(repository, watched(stream, repository.root))


def attach(tracer: Tracer, config: Any, recorder: Any) -> None:
    """Go on with a recorder, or stop in a process that runs no tests itself."""
    if recorder.is_xdist_controller:
        tracer.stop()
        return
    tracer.executed.recorder = recorder
    config.pluginmanager.register(tracer, "gardener-tracer")
    tracer.register_formatting(config)
