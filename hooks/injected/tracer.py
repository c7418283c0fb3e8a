"""Records what each test really executed, with `sys.monitoring`. PYTEST_DONT_REWRITE

A second file beside `hooks/recorder.py`, injected with it: standard library only. Only
Python 3.12+ has `sys.monitoring`; on older ones nothing is recorded, and the static graph
judges. Each code object of the project reports its first start after `restart_events()`,
which happens when the *owner* changes: a test, a fixture of a wider scope (it belongs to
every test that uses it), the collection of a file (to every test in it), the import of a
module (to every test whose file imports it), or the session (to every test). Threads,
asyncio and trio need no care, because the events are those of the whole process.

What a test skips because an earlier one did it (a cached result, a lazily made attribute)
would be missed by any recorder. So what runs inside such a place (`once`, found in the
syntax) belongs to every test that executes or names the function around it.
"""

from __future__ import annotations

import ast
import json
import os
import sys
import threading
import types
from collections.abc import Generator
from typing import Any

import pytest

GENERATES = 0x20 | 0x80 | 0x200  # generators, coroutines, asynchronous generators
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
NOTHING: frozenset[int] = frozenset()
CONTROL = (StopIteration, StopAsyncIteration, GeneratorExit)
"""Exceptions that are no errors: they end loops and generators."""
PATIENCE = 2000  # raised exceptions, and frames they pass, after which a test's others are not seen
LEARNED = 50  # entries after which a place that runs once is taken as known
CACHES = ("cache", "memo", "singleton", "once", "lazy")
WIDER = ("class", "module", "package", "session")
SKIPPED = ("__pycache__", ".git", ".pytest_cache", ".hypothesis", ".mypy_cache", ".ruff_cache")


class Owner:
    """Whom executed code belongs to."""

    __slots__ = ("born", "codes", "files", "number", "opaque", "uses")

    def __init__(self, number: int) -> None:
        self.number = number
        self.codes: set[int] = set()
        self.files: set[str] = set()
        self.uses: set[int] = set()
        self.born: dict[tuple[int, str], None] = {}
        self.opaque = ""


class Tracer:
    """The hooks, and the callback of `sys.monitoring`."""

    def __init__(self, repository: Any) -> None:
        self.recorder: Any = None
        self.repository = repository
        self.root = self.repository.root + os.sep
        self.monitoring = sys.monitoring  # type: ignore[attr-defined,unused-ignore]
        self.disable = self.monitoring.DISABLE
        self.always = Owner(0)
        self.owner = self.always
        self.numbers = 0
        self.codes: dict[int, types.CodeType] = {}
        self.symbols: dict[int, int] = {}
        self.interned: dict[tuple[str, str], int] = {}
        self.modules: dict[int, Owner] = {}
        self.places = Places(repository)
        self.once: dict[int, list[tuple[int, int]]] = {}
        self.inside: dict[int, set[int]] = {}
        self.gathered: dict[str, Owner] = {}
        self.fixtures: dict[int, tuple[Any, Owner]] = {}
        self.parts: list[Owner] = []
        self.tail = self.always
        self.used: set[int] = set()
        self.active: set[int] = set()
        self.entered: set[int] = set()
        self.times: dict[int, int] = {}
        self.careful = False
        self.closed = False
        self.patience = 0
        self.tool = self._start()
        sys.addaudithook(self.audit)
        self._adopt_loaded()

    # --- sys.monitoring ---

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

    def started(self, code: types.CodeType, offset: int) -> Any:
        """Called at the first start of a project's code object since the last restart."""
        number = id(code)
        self.owner.codes.add(number)
        if self.careful and not self._known(number):
            try:
                self._carefully(code)
            except Exception:
                self.trouble()
        return self.disable

    def _known(self, number: int) -> bool:
        """Whether it was already seen to run in all that is entered now."""
        if self.owner is self.always:
            return False
        for around in self.active:
            if number not in (self.inside.get(around) or NOTHING):
                if around not in self.modules or number not in self.modules[around].codes:
                    return False
        return True

    def lined(self, code: types.CodeType, line: int) -> Any:
        """Called at each line of a function with a place that runs once."""
        number = id(code)
        if not any(first <= line <= last for first, last in self.once.get(number, ())):
            self._leave(number)
        elif number not in self.active:
            self.active.add(number)
            self.careful = True
            if number not in self.entered:
                self.entered.add(number)
                times = self.times[number] = self.times.get(number, 0) + 1
                if times <= LEARNED:
                    # What already ran in this test shall be seen to run here too.
                    self.restart()
        return self.disable

    def returned(self, code: types.CodeType, offset: int, value: object) -> Any:
        """Called at the end of a module, or of a function with a place that runs once."""
        self._leave(id(code))
        return self.disable

    def raised(self, code: types.CodeType, offset: int, error: BaseException) -> None:
        """Called where an exception is raised, and in each frame that it passes on its way."""
        self.patience -= 1
        if id(code) in self.codes:
            try:
                self._born(code, error)
            except Exception:
                self.trouble()
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
            if id(inner.tb_frame.f_code) in self.codes:
                return
            inner = inner.tb_next
        self.owner.born[id(code), type(error).__name__] = None

    def _listen(self) -> None:
        """Hear of exceptions again, up to so many."""
        if self.patience <= 0:
            self.monitoring.set_events(self.tool, self.monitoring.events.RAISE)
        self.patience = PATIENCE

    def _leave(self, number: int) -> None:
        if number in self.active:
            self.active.discard(number)
            self.careful = bool(self.active)

    def _carefully(self, code: types.CodeType) -> None:
        """Find the import, and the places that run once, in which this code runs."""
        number = id(code)
        frame: types.FrameType | None = sys._getframe(2)
        if number in self.modules and frame is not None and frame.f_code is code:
            self.modules[number].codes.add(number)
            frame = frame.f_back
        importing = False
        while frame is not None:
            around = id(frame.f_code)
            if around in self.once and around != number:
                line = frame.f_lineno or 0
                if any(first <= line <= last for first, last in self.once[around]):
                    self.inside.setdefault(around, set()).add(number)
            elif around in self.modules and not importing:
                importing = True
                self.modules[around].codes.add(number)
            if frame.f_code.co_name == "_multicall":  # pytest's own frames from here on
                break
            frame = frame.f_back
        if importing and self.owner is self.always:
            self.always.codes.discard(number)

    def trouble(self) -> None:
        if self.recorder is not None:
            self.recorder.trouble()

    def stop(self) -> None:
        """Stop to listen."""
        if not self.closed:
            self.closed = True
            self.monitoring.set_events(self.tool, 0)
            self.monitoring.free_tool_id(self.tool)

    def restart(self) -> None:
        self.monitoring.restart_events()

    def audit(self, event: str, args: tuple[Any, ...]) -> None:
        """Sees modules before they run, files that are opened, processes that start."""
        if event not in HEARD or self.closed:
            return
        try:
            self._audited(event, args)
        except Exception:
            # An audit hook that raises would stop what the test was doing.
            self.trouble()

    def _audited(self, event: str, args: tuple[Any, ...]) -> None:
        if event == "exec":
            code = args[0]
            if isinstance(code, types.CodeType) and id(code) not in self.codes:
                if self.repository.origin(code.co_filename) != "library":
                    self.adopt(code)
                    if id(code) in self.modules:
                        self.active.add(id(code))
                    self.careful = True
                    self.restart()
        elif event == "open":
            path, mode = args[0], args[1]
            writes = isinstance(mode, str) and "r" not in mode and "+" not in mode
            if isinstance(path, str) and not writes and not path.endswith((".py", ".pyc")):
                self._opened(path)
        elif event in STARTS_PROCESS:
            self.owner.opaque = self.owner.opaque or event
        elif event == "sqlite3.connect" and isinstance(args[0], str):
            self._opened(args[0])

    def _opened(self, path: str) -> None:
        full = path if path.startswith("/") else os.path.abspath(path)
        if full.startswith(self.root) and not any(
            part in SKIPPED for part in full[len(self.root) :].split(os.sep)
        ):
            if self.repository.origin(full) != "library":
                self.owner.files.add(full[len(self.root) :].replace(os.sep, "/"))

    def adopt(self, code: types.CodeType) -> None:
        """Ask for the events of a module's code and of all code in it."""
        if code.co_name == "<module>":
            self.numbers += 1
            self.modules[id(code)] = Owner(self.numbers)
        places = self.places.of(code.co_filename) if code.co_name == "<module>" else {}
        self._adopt(code, places)

    def _adopt(self, code: types.CodeType, places: dict[tuple[str, int], list[Any]]) -> None:
        number = id(code)
        if number in self.codes:
            return
        self.codes[number] = code  # kept, so that its id stays its own
        events = self.monitoring.events.PY_START
        if code.co_flags & GENERATES:
            events |= self.monitoring.events.PY_RESUME
        found = places.get((code.co_name, code.co_firstlineno))
        if found:
            self.once[number] = found
            events |= self.monitoring.events.LINE | self.monitoring.events.PY_RETURN
        elif number in self.modules:
            events |= self.monitoring.events.PY_RETURN
        self.monitoring.set_local_events(self.tool, code, events)
        for inner in code.co_consts:
            if isinstance(inner, types.CodeType):
                self._adopt(inner, places)

    def _adopt_loaded(self) -> None:
        """Modules of the project that were imported before this plugin."""
        loaded = [getattr(m, "__file__", None) for m in list(sys.modules.values())]
        own = {f for f in loaded if f and self.repository.origin(f) != "library"}
        if not own:
            return
        import gc

        places = {file: self.places.of(file) for file in own}
        for one in gc.get_objects():
            if type(one) is types.FunctionType and one.__code__.co_filename in own:
                self._adopt(one.__code__, places[one.__code__.co_filename])

    # --- owners ---

    def _new(self) -> Owner:
        self.numbers += 1
        return Owner(self.numbers)

    def _switch(self, owner: Owner) -> Owner:
        before, self.owner = self.owner, owner
        if before.codes or before is self.always:
            # Else nothing has reported since the last restart, so nothing is silent.
            self.restart()
        return before

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_make_collect_report(self, collector: Any) -> Generator[None, Any, None]:
        file = collector.getparent(pytest.File)
        if file is None:
            yield
            return
        name = self.repository.name(str(getattr(file, "path", "")))
        before = self._switch(self.gathered.setdefault(name, self._new()))
        try:
            yield
        finally:
            self._switch(before)

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: Any, nextitem: Any) -> Generator[None, Any, None]:
        owner = self._new()
        self.active.clear()
        self.entered.clear()
        self.careful = False
        self.parts = []
        self.tail = owner
        self.used = set()
        before = self._switch(owner)
        self._listen()
        try:
            self._running_threads()
            yield
        finally:
            self.owner = before  # whatever comes next restarts the events
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
                if id(frame.f_code) in self.codes:
                    self.owner.codes.add(id(frame.f_code))
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
            self.tail = self._new()
            self._switch(self.tail)
        yield

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_fixture_setup(self, fixturedef: Any, request: Any) -> Generator[None, Any, None]:
        if getattr(fixturedef, "scope", "function") not in WIDER:
            yield
            return
        owner = self._new()
        before = self._switch(owner)
        try:
            yield
        finally:
            self._switch(before)
            before.uses.add(owner.number)
            self.used.add(owner.number)
            self.fixtures[id(fixturedef)] = (fixturedef, owner)

    def pytest_fixture_post_finalizer(self, fixturedef: Any) -> None:
        found = self.fixtures.pop(id(fixturedef), None)
        part = self.owner
        if part is self.tail and part.codes:
            # What ran since the last fixture was finished is the end of this one.
            if found:
                found[1].codes |= part.codes
            self.tail = self._new()
            self.parts.append(part)
            self._switch(self.tail)
        if found:
            self._write("fixture", found[1])

    # --- writing ---

    def _intern(self, codes: set[int]) -> list[int]:
        """Numbers of the symbols that code objects belong to."""
        found = set()
        for code in list(codes):
            number = self.symbols.get(code)
            if number is None:
                number = self._symbol(self.codes[code]) if code in self.codes else -1
                self.symbols[code] = number
            found.add(number)
        found.discard(-1)
        return sorted(found)

    def _births(self, owner: Owner) -> list[list[Any]]:
        """Where exceptions came up, in order: the number of the symbol, the exception's name."""
        return [[n, name] for code, name in owner.born for n in self._intern({code})]

    def _symbol(self, code: types.CodeType) -> int:
        file = self.repository.name(code.co_filename)
        name = spelled(str(getattr(code, "co_qualname")))
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
        self.recorder.stream.later(json.dumps(event, separators=(",", ":")))

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
        self.places.save()
        try:
            for _, owner in self.fixtures.values():
                self._write("fixture", owner)
            for name, owner in self.gathered.items():
                self._write("gather", owner, f=name)
            for code, owner in self.modules.items():
                file = self.repository.name(self.codes[code].co_filename)
                self._write("module", owner, f=file)
            for code, inner in self.inside.items():
                name = self.codes[code].co_name
                around = {code}
                if self.once[code][0][0] == self.codes[code].co_firstlineno:
                    # Behind a cache it does not even start: whoever names it may use it.
                    around |= {n for n, one in self.codes.items() if name in one.co_names}
                self.recorder.stream.write(
                    {"k": "once", "s": self._intern(around), "c": self._intern(inner | {code})}
                )
            self._write("always", self.always)
            folders = [p for p in sys.path if p.endswith(("site-packages", "dist-packages"))]
            self.recorder.stream.write({"k": "traced", "sites": folders, "python": sys.executable})
        except Exception:
            self.recorder.trouble()


def spelled(qualname: str) -> str:
    """A function's own name; lambdas and comprehensions belong to what they are in."""
    name, joint = "", ""
    for part in qualname.split("."):
        if part == "<locals>":
            joint = ".<locals>."
        elif not part.startswith("<"):
            name += (joint or ".") + part if name else part
            joint = ""
    return name


# --- places that run once -------------------------------------------------------------------


class Places:
    """Places that run once, by file; kept beside this file so that each is parsed once.

    A file is known again by its size and time of change in nanoseconds: what is lost by
    a mistake here is not a test's result but a part of what is known about it.
    """

    def __init__(self, repository: Any) -> None:
        self.repository = repository
        self.path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "once.json")
        self.known: dict[str, Any] = {}
        self.fresh = False
        try:
            with open(self.path, encoding="utf-8") as source:
                found = json.load(source)
            self.known = found if isinstance(found, dict) else {}
        except (OSError, ValueError):
            pass

    def of(self, filename: str) -> dict[tuple[str, int], list[tuple[int, int]]]:
        """The places of one file, by the name and first line of the function around them."""
        try:
            status = os.stat(filename)
            stamp = [status.st_size, status.st_mtime_ns]
            kept = self.known.get(filename)
            if not kept or kept[0] != stamp:
                made = once_places(filename) if self._may_have(filename) else {}
                rows = [[name, line, places] for (name, line), places in made.items()]
                kept = self.known[filename] = [stamp, rows]
                self.fresh = True
            return {(n, line): [(a, b) for a, b in places] for n, line, places in kept[1]}
        except (OSError, ValueError, TypeError, IndexError):
            return {}

    def _may_have(self, filename: str) -> bool:
        """Tests rarely keep anything for later: only those that look like it are parsed."""
        if self.repository.origin(filename) != "test":
            return True
        with open(filename, "rb") as source:
            text = source.read().lower()
        return any(word.encode() in text for word in (*CACHES, "global ", "nonlocal "))

    def save(self) -> None:
        if not self.fresh:
            return
        try:
            new = "%s.%d" % (self.path, os.getpid())
            with open(new, "w", encoding="utf-8") as out:
                json.dump(self.known, out, separators=(",", ":"))
            os.replace(new, self.path)
        except OSError:
            pass


def once_places(filename: str) -> dict[tuple[str, int], list[tuple[int, int]]]:
    """Lines, by (name, first line) of the function around them, that later calls may skip.

    The whole body of a function with a decorator that sounds like a cache; the body of
    `if x is None: x = ...`, `if key not in d: d[key] = ...`, the handler of `try: d[key]
    except KeyError: d[key] = ...`; a statement `self.x = self.x or ...`.
    """
    found: dict[tuple[str, int], list[tuple[int, int]]] = {}
    try:
        with open(filename, "rb") as source:
            tree = ast.parse(source.read())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return found
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            places = _places(node)
            if places:
                found[node.name, first] = places
    return found


def _places(function: Any) -> list[tuple[int, int]]:
    for decorator in function.decorator_list:
        words = ast.dump(decorator).lower()
        if any(word in words for word in CACHES):
            first = min(d.lineno for d in function.decorator_list)
            return [(first, function.end_lineno)]
    found = []
    declared = [n for n in ast.walk(function) if isinstance(n, (ast.Global, ast.Nonlocal))]
    shared = {name for one in declared for name in one.names}
    for node in ast.walk(function):
        if isinstance(node, ast.If):
            asked = _mentions(node.test)
            if asked & _stores(node.body, shared):
                found.append((node.body[0].lineno, node.body[-1].end_lineno or 0))
            if asked & _stores(node.orelse, shared):
                found.append((node.orelse[0].lineno, node.orelse[-1].end_lineno or 0))
            if node.body and isinstance(node.body[-1], ast.Return):
                # `if x in cache: return cache[x]`, and then the store.
                after = [n for n in function.body if n.lineno > (node.end_lineno or 0)]
                keeps = [n for n in after if asked & _stores([n], shared)]
                looked_up = isinstance(node.test, ast.Compare) and isinstance(
                    node.test.ops[0], (ast.In, ast.IsNot)
                )
                if looked_up and keeps and node in function.body:
                    found.append((after[0].lineno, keeps[-1].end_lineno or 0))
        elif isinstance(node, ast.Try):
            asked = set().union(*(_mentions(one) for one in node.body)) if node.body else set()
            for handler in node.handlers:
                if handler.body and asked & _stores(handler.body, shared):
                    found.append((handler.body[0].lineno, handler.body[-1].end_lineno or 0))
        elif isinstance(node, ast.Assign) and isinstance(node.value, (ast.BoolOp, ast.IfExp)):
            if _mentions(node.value) & _stores([node], shared):
                found.append((node.lineno, node.end_lineno or 0))
    return found


def _mentions(node: ast.AST) -> set[str]:
    """Attributes and names that an expression reads, and strings it asks `hasattr` for."""
    found = set()
    for one in ast.walk(node):
        if isinstance(one, ast.Attribute):
            found.add("." + one.attr)
        elif isinstance(one, ast.Name):
            found.add(one.id)
        elif isinstance(one, ast.Constant) and isinstance(one.value, str):
            found.add("." + one.value)
    return found


def _stores(body: list[ast.stmt], shared: set[str]) -> set[str]:
    """Attributes, `shared` names and containers that statements write to."""
    found = set()
    for statement in body:
        for one in ast.walk(statement):
            if isinstance(one, ast.Attribute) and isinstance(one.ctx, ast.Store):
                found.add("." + one.attr)
            elif isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
                found |= {one.id} & shared
            elif isinstance(one, ast.Subscript) and isinstance(one.ctx, ast.Store):
                inner = one.value
                if isinstance(inner, ast.Attribute):
                    found.add("." + inner.attr)
                elif isinstance(inner, ast.Name):
                    found.add(inner.id)
    return found


def start(repository: Any) -> Tracer:
    """Begin before the first conftest is imported; `attach` tells where to write."""
    return Tracer(repository)


def attach(tracer: Tracer, config: Any, recorder: Any) -> None:
    """Go on with a recorder, or stop in a process that runs no tests itself."""
    if recorder.controls:
        tracer.stop()
        return
    tracer.recorder = recorder
    config.pluginmanager.register(tracer, "gardener-tracer")
