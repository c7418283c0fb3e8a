"""Learns what ran from the C profiler of the standard library (below 3.12). PYTEST_DONT_REWRITE

There is no `sys.monitoring` there. `_lsprof`, which is behind `cProfile`, counts in C how often
each code object was called by which other, generators and coroutines that go on included. It
costs less than coverage.py's tracer (which counts lines), needs nothing installed, and leaves
`sys.settrace` to the user's coverage and debugger.

After each context the profiler is asked what ran, and a new one begins. Each thread has its own.
What ran inside an import, or a lazy initialisation, is derived from who called whom.
"""

from __future__ import annotations

import _lsprof
import _thread
import contextlib
import gc
import sys
import threading
import types
from operator import itemgetter
from typing import Any, Callable, Dict, Generator, Iterable, List, NamedTuple, Optional, Set, Tuple

from .executed import Context, Executed, identity
from .site_calls import SiteCalls

OTHER_PROFILER = "another profiler"
GREENLETS = "greenlets"
UNKNOWN_THREAD = "a thread that threading does not know"
CALLED_LATER = "a callback that may run at any time"
"""Reasons why a context is opaque."""


class Row(NamedTuple):
    """Code that ran, and the calls that it made: as much of a profiler's entry as is read."""

    code: Any
    calls: Optional[Iterable[Any]]


CODE_OF = itemgetter(0)
"""The code of a profiler's entry."""
CallGraph = Dict[int, Any]
"""Entries of profilers, or `Row`, by the identity of their code."""


class Profiler(_lsprof.Profiler):
    """Counts calls. Whoever reads `sys.getprofile()` and sets it again gets it back."""

    def __call__(self, frame: types.FrameType, event: str, arg: object) -> None:
        self.enable(subcalls=True, builtins=False)


class ThreadProfile:
    """The profiler of another thread, and the calls that were counted already."""

    def __init__(self) -> None:
        self.ident = threading.get_ident()
        self.profiler = Profiler()
        self._counts: Dict[int, int] = {}

    def new_rows(self) -> List[Any]:
        """What ran since the last time."""
        rows = []
        for row in self.profiler.getstats():
            count = row.callcount + row.reccallcount
            if self._counts.get(identity(row.code)) != count:
                self._counts[identity(row.code)] = count
                rows.append(row)
        return rows


class Profiling:
    """Starts profilers, and gives each context what they saw."""

    audit_events = frozenset({"sys.setprofile"})

    def __init__(self, executed: Executed) -> None:
        self.executed = executed
        self._libraries: Dict[int, types.CodeType] = {}
        self._site_calls = SiteCalls(executed)
        self._threads: List[ThreadProfile] = []
        self._opaque = ""
        self._silenced: Set[int] = set()
        self._is_testing = False
        self._watches_greenlets = False
        self._is_resting = self._rests_in_tests = False
        self._has_counted = True  # since the profiler of now was made
        self._thread_hook = self.on_thread
        for _ in executed.add_imported_before():
            pass
        threading.setprofile(self._thread_hook)
        self._profiler = Profiler()
        self._enable(self._profiler)

    def _silently(self, change: Callable[[], object]) -> None:
        """Change the profilers of this thread: that is ours to do."""
        ident = threading.get_ident()
        if ident in self._silenced:
            change()
            return
        self._silenced.add(ident)
        try:
            change()
        finally:
            self._silenced.discard(ident)

    def _enable(self, profiler: Profiler) -> None:
        """Start a profiler of this thread."""
        self._silently(lambda: profiler.enable(subcalls=True, builtins=False))

    def _disable(self, profiler: Profiler) -> None:
        """Stop a profiler of this thread; calls that are under way count when it ends."""
        self._silently(profiler.disable)

    def stop(self) -> None:
        """Take what ran last, and see nothing any more."""
        self._take()
        if threading_hook() is self._thread_hook:
            threading.setprofile(None)

    def see_asks(self, asks: Any) -> None:
        """Nothing to do: what is asked of files is not seen here."""

    # --- contexts ---

    def begin_test(self) -> None:
        """A test begins."""
        self._is_testing = True

    def switch_context(self, context: Context) -> None:
        """Attribute what runs from now on to another context."""
        is_resting = self._is_resting
        was_ousted = not is_resting and sys.getprofile() is not self._profiler
        self._take()
        self.executed.current = context
        if sys.getprofile() is None and self._has_counted:
            if was_ousted:
                self._disable(self._profiler)  # else it would end the next
            self._profiler = Profiler()
            self._has_counted = not is_resting
            if not is_resting:
                self._enable(self._profiler)

    def rest(self) -> None:
        """Count nothing of this thread until `wake`, nor cost anything."""
        current: Any = sys.getprofile()
        if current is self._profiler:
            self._disable(self._profiler)
            self._is_resting = self._rests_in_tests = True

    def wake(self) -> None:
        """Count again."""
        if not self._is_resting:
            return
        self._is_resting = False
        self._has_counted = True
        if sys.getprofile() is None:
            self._enable(self._profiler)
        else:
            self._opaque = self._opaque or OTHER_PROFILER

    @contextlib.contextmanager
    def counting(self) -> Generator[None, None, None]:
        """Count for a while, where this rests."""
        if not self._is_resting:
            yield
            return
        self.wake()
        try:
            yield
        finally:
            self.rest()

    @contextlib.contextmanager
    def paused(self) -> Generator[None, None, None]:
        """See nothing of this thread for a while, and cost nothing."""
        is_ours = sys.getprofile() is self._profiler
        if is_ours:
            self._disable(self._profiler)
        try:
            yield
        finally:
            if is_ours and sys.getprofile() is None:
                self._enable(self._profiler)

    def end_test(self, context: Context) -> None:
        """A test has ended."""
        self.switch_context(context)
        self._is_testing = False

    def on_audit(self, event: str, args: Tuple[Any, ...]) -> None:
        """Another profiler starts or stops, by which calls are lost."""
        if threading.get_ident() not in self._silenced:
            frame = sys._getframe(3)  # below the three of the audit
            if frame.f_code.co_filename != threading.__file__:
                self._opaque = OTHER_PROFILER

    def load(self, code: types.CodeType) -> None:
        """A module's code is about to run."""
        for _ in self.executed.add(code):
            pass

    def on_thread(self, frame: types.FrameType, event: str, arg: object) -> None:
        """Called at the first event of a new thread."""
        try:
            thread = ThreadProfile()
            self._threads.append(thread)
            self._add_stack(self.executed.current, frame)
            self._enable(thread.profiler)
        except Exception:
            self.executed.trouble()

    # --- what ran ---

    def _take(self) -> None:
        """Give the context what ran since the last time."""
        context = self.executed.current
        # What is collected once the rows are taken may be the profiler of a thread that ended.
        self._silently(lambda: self._take_counted(context))
        if self._opaque:
            context.opaque = context.opaque or self._opaque
            if self._is_testing and context is not self.executed.session:
                self._opaque = ""  # else it runs for many tests, and spoils all that come

    def _take_counted(self, context: Context) -> None:
        """Stop this thread's profiler, and take what it and the others counted."""
        current: Any = sys.getprofile()
        if current is self._profiler:
            self._disable(self._profiler)
        elif current is not None or not self._is_resting:
            self._opaque = self._opaque or OTHER_PROFILER
        elif not self._has_counted and not self._threads and not _thread._count():
            self._look_for_disturbances()
            return
        # No code may run while the tree of another thread's profiler is read. And were there a
        # collection before the rows are gone, each would go through thousands of them.
        is_enabled = gc.isenabled()
        gc.disable()
        try:
            self._take_rows(context)
        finally:
            if is_enabled:
                gc.enable()
        self._look_for_disturbances()

    def _take_rows(self, context: Context) -> None:
        """Give the context what all profilers counted; none of the rows is kept."""
        graph = self._call_graph(context)
        ran = self._of_project(graph)
        context.codes |= ran
        executed = self.executed
        if not executed.has_registered and not ran.isdisjoint(executed.registering):
            executed.has_registered = True
            if self._rests_in_tests and self._is_testing:
                context.opaque = context.opaque or CALLED_LATER
        if not ran.isdisjoint(self.executed.sites) or not ran.isdisjoint(self.executed.imports):
            self._attribute_calls(graph, ran)

    def _of_project(self, graph: CallGraph) -> Set[int]:
        """What of the code that ran is the project's."""
        # `difference` of a dict looks up what ran; `-` of its keys would go through all of them.
        ran = set(graph).difference(self._libraries)
        for code_id in ran.difference(self.executed.codes):
            if not self._is_of_project(graph[code_id].code):
                ran.discard(code_id)
        return ran

    def _call_graph(self, context: Context) -> CallGraph:
        """What ran in all threads since the last time."""
        stacks = sys._current_frames() if _thread._count() or self._threads else {}
        rows: List[Any] = self._profiler.getstats()
        of_threads = [row for thread in self._threads for row in thread.new_rows()]
        # Python 3.8 has no `strict`.
        graph: CallGraph = dict(zip(map(identity, map(CODE_OF, rows)), rows))  # noqa: B905
        for row in of_threads:
            before = graph.get(identity(row.code))
            if before is not None:
                row = Row(row.code, [*(before.calls or ()), *(row.calls or ())])
            graph[identity(row.code)] = row
        if context is not self.executed.session:
            self._add_stacks(context, stacks)
        if self._threads:
            alive = [thread for thread in self._threads if thread.ident in stacks]
            # The end of a profiler unsets that of the thread which drops it.
            self._silently(lambda: self._threads.__setitem__(slice(None), alive))
        return graph

    def _add_stacks(self, context: Context, stacks: Dict[int, types.FrameType]) -> None:
        """Attribute what other threads are in the middle of, which was not counted yet."""
        with_profiler = {thread.ident for thread in self._threads}
        for ident in stacks.keys() - {threading.get_ident()}:
            if self._add_stack(context, stacks[ident]) and ident not in with_profiler:
                self._opaque = self._opaque or UNKNOWN_THREAD

    def _add_stack(self, context: Context, frame: Optional[types.FrameType]) -> bool:
        """Attribute the frames of a thread; tells whether any is the project's."""
        codes = set()
        while frame is not None:
            if self._is_of_project(frame.f_code):
                codes.add(identity(frame.f_code))
            frame = frame.f_back
        context.codes |= codes
        return bool(codes)

    def _is_of_project(self, code: types.CodeType) -> bool:
        """Whether code is the project's; adds it if it was never seen to be loaded."""
        code_id = identity(code)
        if code_id in self.executed.codes:
            return True
        if code_id in self._libraries:
            return False
        if self.executed.is_of_project(code):
            self.load(code)
            return True
        if not code.co_filename.startswith("<"):  # those may be many, and made again and again
            self._libraries[code_id] = code
        return False

    def _look_for_disturbances(self) -> None:
        """Look for what makes the profiler lose calls, in what came between."""
        if threading_hook() is not self._thread_hook:
            self._opaque = self._opaque or OTHER_PROFILER
        if "greenlet" in sys.modules and not self._watches_greenlets:
            self._watches_greenlets = True
            self._opaque = self._opaque or GREENLETS
            sys.modules["greenlet"].settrace(self._on_greenlet)

    def _on_greenlet(self, event: str, args: object) -> None:
        """Called when a greenlet goes on: the profiler loses count of who called whom."""
        self._opaque = GREENLETS

    # --- who called whom ---

    def _attribute_calls(self, graph: CallGraph, ran: Set[int]) -> None:
        """Attribute what ran inside imports and lazy initialisations to them."""
        executed = self.executed
        imported: Set[int] = set()
        for code_id in ran & executed.imports.keys():
            below = self._reachable([code_id], graph)
            executed.imports[code_id].codes |= below & ran
            imported |= below
        if executed.current is executed.session and imported:
            elsewhere: Set[int] = set()
            for code_id, row in graph.items():
                if code_id not in imported:
                    elsewhere.update(identity(call.code) for call in row.calls or ())
            executed.session.codes -= imported - (elsewhere - executed.imports.keys())
        for code_id in ran & executed.sites.keys():
            callees = [call.code for call in graph[code_id].calls or ()]
            entered = self._site_calls.in_sites(executed.codes[code_id], callees)
            if entered:
                below = self._reachable(map(identity, entered), graph) & ran
                executed.ran_in_sites.setdefault(code_id, set()).update(below - {code_id})

    def _reachable(self, start: Iterable[int], graph: CallGraph) -> Set[int]:
        """All that was called from here; what another import runs is that one's."""
        imports = self.executed.imports
        reachable = set(start)
        queue = list(reachable)
        while queue:
            row = graph.get(queue.pop())
            for call in (row.calls or ()) if row else ():
                code_id = identity(call.code)
                if code_id not in reachable and code_id not in imports:
                    reachable.add(code_id)
                    queue.append(code_id)
        return reachable


def threading_hook() -> Any:
    """What `threading.setprofile` was given."""
    return getattr(threading, "_profile_hook", None)
