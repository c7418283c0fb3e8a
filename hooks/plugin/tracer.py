"""Records what each test really executed. PYTEST_DONT_REWRITE

A second file beside `hooks/plugin/recorder.py`, injected with it: standard library only, Python 3.8+.
What runs is heard from `sys.monitoring` (`monitoring.py`) or, below Python 3.12, counted by the
C profiler of the standard library (`profiling.py`). It belongs to the *owner* of that time:
a test, a fixture of a wider scope (it belongs to every test that uses it), the collection of
a file (to every test in it), the import of a module (to every test whose file imports it),
or the session (to every test).

What a test skips because an earlier one did it (a cached result, a lazily made attribute)
would be missed by any recorder. So what runs inside such a place (`once`, found in the
syntax by `places.py`) belongs to every test that executes or names the function around it.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import types
from typing import TYPE_CHECKING, Any, Dict, Generator, List, Optional, Set, Tuple

import pytest

from .executed import Executed, Owner, spelled

if TYPE_CHECKING:
    from .monitoring import Monitoring
    from .profiling import Profiling

STARTS_PROCESS = {
    "subprocess.Popen",
    "os.system",
    "os.posix_spawn",
    "os.exec",
    "os.fork",
    "os.forkpty",
    "os.spawn",
    "os.startfile",
}
HEARD = frozenset({"exec", "open", "sqlite3.connect"} | STARTS_PROCESS)
WIDER = ("class", "module", "package", "session")
SKIPPED = ("__pycache__", ".git", ".pytest_cache", ".hypothesis", ".mypy_cache", ".ruff_cache")


class Tracer:
    """The hooks. A watch (`Monitoring`, `Profiling`) tells what runs."""

    def __init__(self, repository: Any) -> None:
        self.repository = repository
        self.root = self.repository.root + os.sep
        self.executed = Executed(repository)
        self.symbols: Dict[int, int] = {}
        self.interned: Dict[Tuple[str, str], int] = {}
        self.gathered: Dict[str, Owner] = {}
        self.uncollected: Dict[str, Set[str]] = {}
        self.fixtures: Dict[int, Tuple[Any, Owner]] = {}
        self.parts: List[Owner] = []
        self.tail = self.executed.always
        self.ending = False
        self.testing = False
        self.used: Set[int] = set()
        self.closed = False
        self.watch = watch(self.executed)
        self.heard = HEARD | self.watch.heard
        sys.addaudithook(self.audit)

    @property
    def recorder(self) -> Any:
        return self.executed.recorder

    def trouble(self) -> None:
        self.executed.trouble()

    def stop(self) -> None:
        """Stop to listen."""
        if not self.closed:
            self.closed = True
            self.watch.stop()

    # --- what Python says it is about to do ---

    def audit(self, event: str, args: Tuple[Any, ...]) -> None:
        """Sees modules before they run, files that are opened, processes that start."""
        if event not in self.heard or self.closed:
            return
        try:
            self._audited(event, args)
        except Exception:
            # An audit hook that raises would stop what the test was doing.
            self.trouble()

    def _audited(self, event: str, args: Tuple[Any, ...]) -> None:
        owner = self.executed.owner
        if event == "exec":
            code = args[0]
            if isinstance(code, types.CodeType) and id(code) not in self.executed.codes:
                if self.executed.is_own(code):
                    self.watch.load(code)
        elif event == "open":
            path, mode = args[0], args[1]
            writes = isinstance(mode, str) and "r" not in mode and "+" not in mode
            if isinstance(path, str) and not writes and not path.endswith((".py", ".pyc")):
                self._opened(path)
        elif event in STARTS_PROCESS:
            if self.testing or self._in_project():
                owner.opaque = owner.opaque or event
        elif event == "sqlite3.connect":
            if isinstance(args[0], str):
                self._opened(args[0])
        else:
            self.watch.disturbed(event, args)

    def _in_project(self) -> bool:
        """Whether the project does this, not a plugin, or a library while it is imported."""
        frame: Optional[types.FrameType] = sys._getframe()
        while frame is not None and not frame.f_code.co_filename.startswith("<frozen importlib"):
            if id(frame.f_code) in self.executed.codes:
                return True
            frame = frame.f_back
        return False

    def _opened(self, path: str) -> None:
        full = path if path.startswith("/") else os.path.abspath(path)
        if full.startswith(self.root) and not any(
            part in SKIPPED for part in full[len(self.root) :].split(os.sep)
        ):
            if self.repository.origin(full) != "library":
                name = full[len(self.root) :].replace(os.sep, "/")
                self.executed.owner.files.add(name)

    # --- owners ---

    def _turn(self, owner: Owner) -> Owner:
        """What runs from now on belongs to `owner`; returns whom it belonged to."""
        before = self.executed.owner
        self.watch.turn(owner)
        return before

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_make_collect_report(self, collector: Any) -> Generator[None, Any, None]:
        file = collector.getparent(pytest.File)
        if file is None:
            yield
            return
        name = self.repository.name(str(getattr(file, "path", "")))
        before = self._turn(self.gathered.setdefault(name, self.executed.new()))
        try:
            outcome = yield
        finally:
            self._turn(before)
        try:
            self._left(self.uncollected.setdefault(name, set()), collector, outcome.get_result())
        except Exception:
            self.trouble()

    @staticmethod
    def _left(left: Set[str], collector: Any, report: Any) -> None:
        """Keep count of what of a file is not collected (yet): a class, or what failed."""
        left.discard(collector.nodeid)
        if report.outcome == "failed":
            left.add(collector.nodeid)
        left.update(one.nodeid for one in report.result or () if isinstance(one, pytest.Collector))

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: Any, nextitem: Any) -> Generator[None, Any, None]:
        owner = self.executed.new()
        self.watch.test()
        self.parts = []
        self.tail = owner
        self.ending = False
        self.used = set()
        self.testing = True
        before = self._turn(owner)
        try:
            self._running_threads()
            yield
        finally:
            self.testing = False
            self.watch.hand_back(before)
            try:
                self._write_test(item, owner)
            except Exception:
                self.trouble()

    def _running_threads(self) -> None:
        """What other threads are in the middle of may act on this test."""
        if threading.active_count() < 2:
            return
        own = threading.get_ident()
        for ident, top in sys._current_frames().items():
            frame: types.FrameType | None = top if ident != own else None
            while frame is not None:
                if id(frame.f_code) in self.executed.codes:
                    self.executed.owner.codes.add(id(frame.f_code))
                frame = frame.f_back

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: Any, nextitem: Any) -> Generator[None, Any, None]:
        request = getattr(item, "_request", None)
        known = getattr(request, "_fixture_defs", None)
        if isinstance(known, dict):
            wide = [self.fixtures.get(id(one)) for one in known.values()]
            self.used |= {found[1].number for found in wide if found}
        else:  # an item of another kind: it may use whatever is alive
            self.used |= {found[1].number for found in self.fixtures.values()}
        if self.fixtures and (nextitem is None or nextitem.parent is not item.parent):
            # A fixture of a wider scope may end here: what that runs is its own.
            self.ending = True
            self.tail = self.executed.new()
            self._turn(self.tail)
        yield

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_fixture_setup(self, fixturedef: Any, request: Any) -> Generator[None, Any, None]:
        if getattr(fixturedef, "scope", "function") not in WIDER:
            yield
            return
        owner = self.executed.new()
        before = self._turn(owner)
        try:
            yield
        finally:
            self._turn(before)
            before.uses.add(owner.number)
            self.used.add(owner.number)
            self.fixtures[id(fixturedef)] = (fixturedef, owner)

    def pytest_fixture_post_finalizer(self, fixturedef: Any) -> None:
        found = self.fixtures.pop(id(fixturedef), None)
        part = self.executed.owner
        if part is self.tail and (found or self.ending):
            # What ran since the last fixture was finished is the end of this one.
            self.tail = self.executed.new()
            self._turn(self.tail)
            if found:
                found[1].codes |= part.codes
            self.parts.append(part)
        if found:
            self._write("fixture", found[1])

    # --- writing ---

    def _intern(self, codes: Set[int]) -> List[int]:
        """Numbers of the symbols that code objects belong to."""
        symbols = self.symbols
        for code in codes - symbols.keys():
            symbols[code] = self._symbol(code) if code in self.executed.codes else -1
        found = {symbols[code] for code in list(codes)}
        found.discard(-1)
        return sorted(found)

    def _births(self, owner: Owner) -> List[List[Any]]:
        """Where exceptions came up, in order: the number of the symbol, the exception's name."""
        self._intern({code for code, _ in owner.born})
        found = ((self.symbols[code], name) for code, name in owner.born)
        return [[number, name] for number, name in found if number >= 0]

    def _symbol(self, number: int) -> int:
        file = self.repository.name(self.executed.codes[number].co_filename)
        name = spelled(self.executed.names[number])
        known = self.interned.get((file, name))
        if known is None:
            known = self.interned[file, name] = len(self.interned)
            self.recorder.stream.write({"k": "symbol", "n": known, "f": file, "s": name})
        return known

    def _write(self, kind: str, owner: Owner, **more: Any) -> None:
        event = {"k": kind, "n": owner.number, "c": self._intern(owner.codes), **more}
        if owner.files:
            event["o"] = sorted(owner.files)
        if owner.uses:
            event["x"] = sorted(owner.uses)
        if owner.born:
            event["r"] = self._births(owner)
        if owner.opaque:
            event["p"] = owner.opaque
        self.recorder.stream.delay_line(json.dumps(event, separators=(",", ":")))

    def _write_shared(self, kind: str, owner: Owner, **more: Any) -> None:
        """Write what collecting did: what a process runs that it starts is seen nowhere."""
        if owner.opaque not in STARTS_PROCESS:
            owner.opaque = ""  # a disturbed profiler lost some calls, but not those of the tests
        self._write(kind, owner, **more)

    def _write_test(self, item: Any, owner: Owner) -> None:
        for part in (*self.parts, self.tail):
            if part is not owner:
                owner.codes |= part.codes
                owner.files |= part.files
                owner.born.update(part.born)
                owner.opaque = owner.opaque or part.opaque
        owner.uses |= self.used
        self._write("deps", owner, id=self.recorder.nodeid(item.nodeid))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: Any) -> None:
        """Write what belongs to many tests, and stop."""
        self.stop()
        self.executed.places.save()
        try:
            for _, owner in self.fixtures.values():
                self._write("fixture", owner)
            partly = session.config.getoption("lf", False)  # it leaves out what passed
            for name, owner in self.gathered.items():
                blind = owner.opaque or self.executed.always.opaque
                whole = not (partly or blind or self.uncollected.get(name))
                self._write_shared("gather", owner, f=name, **({"w": 1} if whole else {}))
            for code, owner in self.executed.modules.items():
                file = self.repository.name(self.executed.codes[code].co_filename)
                self._write("module", owner, f=file)
            for code, inner in self.executed.inside.items():
                self._write_once(code, inner)
            self._write_shared("always", self.executed.always)
            folders = [p for p in sys.path if p.endswith(("site-packages", "dist-packages"))]
            unseen = sorted(self.executed.unseen)
            self.recorder.stream.write(
                {"k": "traced", "sites": folders, "python": sys.executable, "unseen": unseen}
            )
        except Exception:
            self.trouble()

    def _write_once(self, number: int, inner: Set[int]) -> None:
        """Write what ran in the places of a function that run once, and who depends on it."""
        codes = self.executed.codes
        around = {number}
        if self.executed.once[number][0].first == codes[number].co_firstlineno:
            # Behind a cache it does not even start: whoever names it may use it.
            name = codes[number].co_name
            around |= {n for n, one in codes.items() if name in one.co_names}
        places = self._intern(around)
        spans = self.executed.spans.get(number, [])
        if not spans or number in self.executed.mixed:
            event = {"k": "once", "s": places, "c": self._intern(inner | {number})}
            self.recorder.stream.write(event)
            return
        by_codes: Dict[Tuple[int, ...], List[List[Any]]] = {}
        for one in spans:
            if one.last is None or one.last > one.first:  # else no other test can have met it
                ran = inner if one.codes is None else one.codes
                key = tuple(self._intern(ran | {number}))
                by_codes.setdefault(key, []).append([one.first, one.last])
        for key, lives in by_codes.items():
            event = {"k": "once", "s": places, "c": list(key), "t": lives}
            self.recorder.stream.write(event)


def watch(executed: Executed) -> Monitoring | Profiling:
    """What tells what runs, in this interpreter.

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


def start(repository: Any) -> Tracer:
    """Begin before the first conftest is imported; `attach` tells where to write."""
    return Tracer(repository)


def attach(tracer: Tracer, config: Any, recorder: Any) -> None:
    """Go on with a recorder, or stop in a process that runs no tests itself."""
    if recorder.is_xdist_controller:
        tracer.stop()
        return
    tracer.executed.recorder = recorder
    config.pluginmanager.register(tracer, "gardener-tracer")
