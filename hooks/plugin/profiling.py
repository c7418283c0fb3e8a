"""Learns what ran from the C profiler of the standard library (below 3.12). PYTEST_DONT_REWRITE

Part of the recorder (`hooks/plugin/tracer.py`): standard library only, Python 3.8+. There is
no `sys.monitoring` there. `_lsprof`, which is behind `cProfile`, counts in C how often each code
object was called by which other, generators and coroutines that go on included. It costs less
than coverage.py's tracer (which counts lines), needs nothing installed, and leaves `sys.settrace`
to the user's coverage and debugger.

After each owner the profiler is asked what ran, and a new one begins. Each thread has its own.
What ran inside an import, or a place that runs once, is told by who called whom.
"""

from __future__ import annotations

import _lsprof
import _thread
import builtins
import contextlib
import gc
import sys
import threading
import types
from typing import Any, Dict, Generator, Iterable, List, Optional, Set, Tuple

from .executed import Executed, Owner
from .lazy_init import Place

PLAIN = frozenset(dir(builtins)).union(*(dir(one) for one in (dict, list, set, str, bytes)))
"""Names that are called for what is written in C, most likely."""
OTHER = "another profiler"
GREENLETS = "greenlets"
Rows = Dict[int, Tuple[types.CodeType, Any]]


class Profiler(_lsprof.Profiler):
    """Counts calls. Whoever reads `sys.getprofile()` and sets it again gets it back."""

    def __call__(self, frame: types.FrameType, event: str, arg: object) -> None:
        self.enable(subcalls=True, builtins=False)


class Thread:
    """The profiler of another thread, and the calls that were seen of it."""

    def __init__(self) -> None:
        self.ident = threading.get_ident()
        self.profiler = Profiler()
        self.seen: Dict[int, int] = {}

    def news(self) -> List[Any]:
        """What ran since the last time."""
        found = []
        for row in self.profiler.getstats():
            count = row.callcount + row.reccallcount
            if self.seen.get(id(row.code)) != count:
                self.seen[id(row.code)] = count
                found.append(row)
        return found


class Profiling:
    """Starts profilers, and gives each owner what they saw."""

    heard = frozenset({"sys.setprofile"})

    def __init__(self, executed: Executed) -> None:
        self.executed = executed
        self.foreign: Dict[int, types.CodeType] = {}
        self.explained: Dict[int, Set[str]] = {}
        self.threads: List[Thread] = []
        self.blind = ""
        self.quiet: Set[int] = set()
        self.testing = False
        self.greenlets = False
        self.hook = self.threaded
        for _ in executed.adopt_loaded():
            pass
        threading.setprofile(self.hook)
        self.profiler = Profiler()
        self._set(self.profiler, on=True)

    @contextlib.contextmanager
    def _quietly(self) -> Generator[None, None, None]:
        """What this thread does to profilers is ours."""
        ident = threading.get_ident()
        self.quiet.add(ident)
        try:
            yield
        finally:
            self.quiet.discard(ident)

    def _set(self, profiler: Profiler, *, on: bool) -> None:
        """Start or stop a profiler of this thread; calls that are under way count when it ends."""
        with self._quietly():
            if on:
                profiler.enable(subcalls=True, builtins=False)
            else:
                profiler.disable()

    def stop(self) -> None:
        self._take()
        if threading_hook() is self.hook:
            threading.setprofile(None)

    # --- owners ---

    def test(self) -> None:
        """A test begins."""
        self.testing = True

    def turn(self, owner: Owner) -> None:
        """What runs from now on belongs to another owner."""
        self._take()
        self.executed.owner = owner
        if sys.getprofile() is None:
            self._set(self.profiler, on=False)  # one that was ousted would end the next
            self.profiler = Profiler()
            self._set(self.profiler, on=True)

    def hand_back(self, owner: Owner) -> None:
        """A test has ended."""
        self.turn(owner)
        self.testing = False

    def disturbed(self, event: str, args: Tuple[Any, ...]) -> None:
        """Another profiler starts or stops, by which calls are lost."""
        if threading.get_ident() not in self.quiet:
            frame = sys._getframe(3)  # below the three of the audit
            if frame.f_code.co_filename != threading.__file__:
                self.blind = OTHER

    def load(self, code: types.CodeType) -> None:
        """A module's code is about to run."""
        for _ in self.executed.adopt(code):
            pass

    def threaded(self, frame: types.FrameType, event: str, arg: object) -> None:
        """Called at the first event of a new thread."""
        try:
            thread = Thread()
            self.threads.append(thread)
            self._add(self.executed.owner, frame)
            self._set(thread.profiler, on=True)
        except Exception:
            self.executed.trouble()

    # --- what ran ---

    def _take(self) -> None:
        """Give the owner what ran since the last time."""
        owner = self.executed.owner
        current: Any = sys.getprofile()
        if current is self.profiler:
            self._set(self.profiler, on=False)
        else:
            self.blind = self.blind or OTHER
        rows = self._rows(owner)
        ran = set(rows)
        unknown = ran - self.executed.codes.keys() - self.foreign.keys()
        own = ran - self.foreign.keys()
        own -= {number for number in unknown if not self._is_own(rows[number][0])}
        owner.codes |= own
        if not own.isdisjoint(self.executed.once) or not own.isdisjoint(self.executed.modules):
            self._calls(rows, own)
        self._look_out()
        if self.blind:
            owner.opaque = owner.opaque or self.blind
            if self.testing and owner is not self.executed.always:
                self.blind = ""  # else it runs for many tests, and spoils all that come

    def _rows(self, owner: Owner) -> Rows:
        """What ran, by the id of its code: the code, and what it called."""
        alive = sys._current_frames() if _thread._count() or self.threads else {}
        collects = gc.isenabled()
        gc.disable()  # no code may run while the tree of another thread's profiler is read
        try:
            own: List[Any] = self.profiler.getstats()
            rows: Rows = {id(row[0]): (row[0], row[5]) for row in own}
            others = [row for thread in self.threads for row in thread.news()]
        finally:
            if collects:
                gc.enable()
        for row in others:
            before = rows.get(id(row[0]))
            made = [*(before[1] or ()), *(row[5] or ())] if before else row[5]
            rows[id(row[0])] = (row[0], made)
        if owner is not self.executed.always:
            known = {thread.ident for thread in self.threads}
            for ident in alive.keys() - {threading.get_ident()}:
                if self._add(owner, alive[ident]) and ident not in known:
                    self.blind = self.blind or "a thread that threading does not know"
        with self._quietly():  # the end of a profiler unsets that of the thread which drops it
            self.threads = [one for one in self.threads if one.ident in alive]
        return rows

    def _add(self, owner: Owner, frame: Optional[types.FrameType]) -> bool:
        """What a thread is in the middle of was not counted yet; tells whether it is the project's."""
        own = set()
        while frame is not None:
            if self._is_own(frame.f_code):
                own.add(id(frame.f_code))
            frame = frame.f_back
        owner.codes |= own
        return bool(own)

    def _is_own(self, code: types.CodeType) -> bool:
        """Whether code is the project's; what was never seen to be loaded is known from now on."""
        number = id(code)
        if number in self.executed.codes:
            return True
        if number in self.foreign:
            return False
        if self.executed.is_own(code):
            self.load(code)
            return True
        if not code.co_filename.startswith("<"):  # those may be many, and made again and again
            self.foreign[number] = code
        return False

    def _look_out(self) -> None:
        """See what came between."""
        if threading_hook() is not self.hook:
            self.blind = self.blind or OTHER
        if "greenlet" in sys.modules and not self.greenlets:
            self.greenlets = True
            self.blind = self.blind or GREENLETS
            sys.modules["greenlet"].settrace(self._switched)

    def _switched(self, event: str, args: object) -> None:
        """Called when a greenlet goes on: the profiler loses count of who called whom."""
        self.blind = GREENLETS

    # --- who called whom ---

    def _calls(self, rows: Rows, own: Set[int]) -> None:
        """Find what ran inside imports and in places that run once."""
        executed = self.executed
        imported: Set[int] = set()
        for number in own & executed.modules.keys():
            found = self._below([number], rows)
            executed.modules[number].codes |= found & own
            imported |= found
        if executed.owner is executed.always and imported:
            elsewhere = {
                id(one[0]) for n, row in rows.items() if n not in imported for one in row[1] or ()
            }
            executed.always.codes -= imported - (elsewhere - executed.modules.keys())
        for number in own & executed.once.keys():
            first = self._entered(executed.codes[number], [one[0] for one in rows[number][1] or ()])
            if first:
                found = self._below(first, rows) & own
                executed.inside.setdefault(number, set()).update(found - {number})

    def _below(self, first: Iterable[int], rows: Rows) -> Set[int]:
        """All that was called from here; what another import runs is that one's."""
        modules = self.executed.modules
        found = set(first)
        queue = list(found)
        while queue:
            called = rows.get(queue.pop())
            for one in (called[1] or ()) if called else ():
                number = id(one[0])
                if number not in found and number not in modules:
                    found.add(number)
                    queue.append(number)
        return found

    def _entered(self, code: types.CodeType, made: List[types.CodeType]) -> List[int]:
        """Which of the code that a function called it may have called in a place that runs once.

        The profiler does not say from which line. All, if the place is the whole function,
        or if something is called there that none of it explains (by its name).
        """
        places = self.executed.once[id(code)]
        if places[0].first == code.co_firstlineno:
            return [id(one) for one in made]
        seen = self.explained.setdefault(id(code), set())
        seen.update(*(self._said(one) for one in made))
        calls = {name for one in places for name in one.calls}
        if not calls <= seen | PLAIN:
            return [id(one) for one in made]
        names = {name for one in places for name in one.names}
        return [
            id(one)
            for one in made
            if not names.isdisjoint(self._said(one)) or _is_in(one, code, places)
        ]

    def _said(self, code: types.CodeType) -> Set[str]:
        """The names by which code may be called: its own, or that of its class."""
        name = self.executed.names.get(id(code)) or str(getattr(code, "co_qualname", ""))
        parts = name.split(".")
        if code.co_name in ("__init__", "__new__", "__post_init__") and len(parts) > 1:
            return {code.co_name, parts[-2]}
        return {code.co_name}


def _is_in(code: types.CodeType, around: types.CodeType, places: List[Place]) -> bool:
    """Whether code has no name of its own, and stands in one of the places."""
    if not code.co_name.startswith("<") or code.co_filename != around.co_filename:
        return _is_operator(code.co_name)
    return any(one.first <= code.co_firstlineno <= one.last for one in places)


def _is_operator(name: str) -> bool:
    """Whether a method runs without being named."""
    return name.startswith("__") and name.endswith("__") and name != "__call__"


def threading_hook() -> Any:
    """What `threading.setprofile` was given."""
    return getattr(threading, "_profile_hook", None)
