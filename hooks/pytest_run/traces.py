"""What each test executed, out of the events that the tracer of one process wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from gardener.model import Symbol
from gardener.nodeid import file_of

from .earlier_tests import PROCESS, LazyInitSite, Lifetime, Reader

Event = dict[str, Any]
"""One line of a stream, as `hooks/plugin/` writes it."""


class Executed(NamedTuple):
    """What one test executed and opened; `opaque` says why that may not be all.

    `ran` is what ran in it and in its fixtures alone, without what collecting or an import
    ran; `born` are the functions where exceptions came up, caught or not, with the names of
    their types, in order.
    """

    symbols: frozenset[Symbol]
    files: frozenset[str]
    opaque: str = ""
    ran: frozenset[Symbol] = frozenset()
    born: tuple[tuple[Symbol, str], ...] = ()

    def joined(self, later: Executed) -> Executed:
        """What two attempts at the same test executed."""
        return Executed(
            self.symbols | later.symbols,
            self.files | later.files,
            self.opaque or later.opaque,
            self.ran | later.ran,
            tuple(dict.fromkeys((*self.born, *later.born))),
        )


class Collected(NamedTuple):
    """What collecting the tests did, beside what ran in each file.

    `files` are the test files that were collected to their end, `always` is what ran for all
    of them, and `opened` are files that were read. `unseen` are files of the project that
    were imported before anything was recorded. `read` is what was read while a module was
    imported, whenever that was. `sees_asks` tells whether it was seen what was only asked of
    files, and `hidden` are files that something opened of which it is not known for which tests,
    None where that cannot be known.
    """

    files: frozenset[str] = frozenset()
    always: frozenset[Symbol] = frozenset()
    opened: frozenset[str] = frozenset()
    unseen: frozenset[str] = frozenset()
    read: Mapping[str, frozenset[str]] = MappingProxyType({})
    sees_asks: bool = False
    hidden: frozenset[str] | None = None

    def acquits(self, path: str) -> bool:
        """Whether all tests are known that opened a file, or asked for it."""
        return self.sees_asks and self.hidden is not None and path not in self.hidden

    def joined(self, process: Collected) -> Collected:
        """What two processes did."""
        is_hidden_known = self.hidden is not None and process.hidden is not None
        return Collected(
            self.files | process.files,
            self.always | process.always,
            self.opened | process.opened,
            self.unseen | process.unseen,
            {
                file: self.read.get(file, frozenset()) | process.read.get(file, frozenset())
                for file in self.read.keys() | process.read.keys()
            },
            self.sees_asks and process.sees_asks,
            (self.hidden or frozenset()) | (process.hidden or frozenset())
            if is_hidden_known
            else None,
        )


class Trace(NamedTuple):
    """What one process executed.

    `tests` are by nodeid. `modules` is what ran while a file was imported or its tests were
    collected, `collected` what else collecting did. `sites` are the folders of installed
    distributions of the interpreter `python`.
    """

    tests: dict[str, Executed]
    modules: dict[str, frozenset[Symbol]]
    sites: tuple[str, ...]
    python: str
    collected: Collected = Collected()


class _Owner:
    """What belongs to one test, fixture or file, by the numbers of one process."""

    def __init__(self) -> None:
        self.codes: set[int] = set()
        self.files: set[str] = set()
        self.uses: set[int] = set()
        self.opaque = ""

    def add(self, event: Event) -> None:
        self.codes.update(event["c"])
        self.files.update(event.get("o", ()))
        self.uses.update(event.get("x", ()))
        self.opaque = self.opaque or event.get("p", "")

    def join(self, shared: _Owner) -> None:
        self.codes |= shared.codes
        self.files |= shared.files
        self.opaque = self.opaque or shared.opaque

    def join_read(self, names: Iterable[str]) -> None:
        """Add what may have been read for it earlier; a process that was started is opaque."""
        for name in names:
            if name.startswith(PROCESS):
                self.opaque = self.opaque or name.removeprefix(PROCESS)
            else:
                self.files.add(name)

    def join_fixtures(self, fixtures: Mapping[int, _Owner]) -> None:
        """Join the fixtures that it uses, and those that these use."""
        visited: set[int] = set()
        queue = list(self.uses)
        while queue:
            number = queue.pop()
            if number not in visited and number in fixtures:
                visited.add(number)
                self.join(fixtures[number])
                queue += fixtures[number].uses


class _Tracer:
    """Gathers the events of one process by whom they belong to."""

    def __init__(self) -> None:
        self.symbols: dict[int, tuple[Symbol, ...]] = {}
        self.fixtures: dict[int, _Owner] = {}
        self.collections: dict[str, _Owner] = {}
        self.guarded: dict[str, _Owner] = {}
        self.collected_whole: set[str] = set()
        self.always = _Owner()
        self.imports: dict[str, set[int]] = {}
        self.read: dict[str, set[str]] = {}
        self.readers: list[Reader] = []
        self.lazy_sites: list[LazyInitSite] = []
        self.tests: list[Event] = []
        self.end: Event = {}

    def add_symbol(self, event: Event) -> None:
        self.symbols[event["n"]] = enclosing_symbols(event["f"], event["s"])

    def add_fixture(self, event: Event) -> None:
        self.fixtures.setdefault(event["n"], _Owner()).add(event)

    def add_collection(self, event: Event) -> None:
        self.collections.setdefault(event["f"], _Owner()).add(event)
        self.guarded.setdefault(event["f"], _Owner()).add({"c": event.get("g", ())})
        if "w" in event:
            self.collected_whole.add(event["f"])

    def add_always(self, event: Event) -> None:
        self.always.add(event)

    def add_import(self, event: Event) -> None:
        self.imports.setdefault(event["f"], set()).update(event["c"])
        names = [name for name in event.get("o", ()) if not name.startswith(PROCESS)]
        if names:
            self.read.setdefault(event["f"], set()).update(names)

    def add_reader(self, event: Event) -> None:
        self.readers.append(Reader(frozenset(event["s"]), tuple(event["o"])))

    def add_lazy_site(self, event: Event) -> None:
        lifetimes = event.get("t")
        self.lazy_sites.append(
            LazyInitSite(
                frozenset(event["s"]),
                frozenset(event["c"]),
                None if lifetimes is None else tuple(Lifetime(*pair) for pair in lifetimes),
                tuple(event.get("o", ())),
            )
        )

    def add_test(self, event: Event) -> None:
        self.tests.append(event)

    def add_end(self, event: Event) -> None:
        self.end = event

    def trace(self) -> Trace:
        """All of it, by symbols: every test gets what it shares with others."""
        for file, owner in self.collections.items():
            # An error in what runs while a file is collected stops that file, like an import.
            self.imports.setdefault(file, set()).update(owner.codes)
        hidden = self.end.get("hidden")
        return Trace(
            self._executed(),
            {file: self._symbols_of(codes) for file, codes in self.imports.items()},
            tuple(self.end.get("sites", ())),
            self.end.get("python", ""),
            Collected(
                files=frozenset(self.collected_whole),
                always=self._symbols_of(self.always.codes),
                opened=frozenset(self.always.files).union(
                    *(owner.files for owner in self.collections.values())
                ),
                unseen=frozenset(self.end.get("unseen", ())),
                read={file: frozenset(names) for file, names in self.read.items()},
                sees_asks=bool(self.end.get("asks")),
                hidden=None if hidden is None else frozenset(hidden),
            ),
        )

    def _executed(self) -> dict[str, Executed]:
        tests: dict[str, Executed] = {}
        for event in self.tests:
            nodeid = event["id"]
            executed = self._executed_by(event)
            earlier = tests.get(nodeid)
            tests[nodeid] = earlier.joined(executed) if earlier else executed
        return tests

    def _executed_by(self, event: Event) -> Executed:
        """What one attempt at a test depends on: itself, fixtures, collection, what ran once."""
        owner = _Owner()
        owner.add(event)
        owner.join_fixtures(self.fixtures)
        ran = self._symbols_of(owner.codes)
        direct = frozenset(event["c"])
        owner.join(self.always)
        file = file_of(event["id"])
        for collections in (self.collections, self.guarded):
            if file in collections:
                owner.join(collections[file])
        shared = owner.codes - direct
        for site in self.lazy_sites:
            if site.matters(direct, shared, event["n"]):
                shared |= site.codes - direct
                owner.join_read(site.read)
        everything = direct | shared
        for reader in self.readers:
            if not reader.functions.isdisjoint(everything):
                owner.join_read(reader.read)
        return Executed(
            self._symbols_of(owner.codes | shared),
            frozenset(owner.files),
            owner.opaque,
            ran,
            tuple((self.symbols[number][-1], name) for number, name in event.get("r", ())),
        )

    def _symbols_of(self, codes: Iterable[int]) -> frozenset[Symbol]:
        return frozenset(symbol for number in codes for symbol in self.symbols[number])


_HANDLERS: dict[str, Callable[[_Tracer, Event], None]] = {
    "symbol": _Tracer.add_symbol,
    "fixture": _Tracer.add_fixture,
    "gather": _Tracer.add_collection,
    "always": _Tracer.add_always,
    "module": _Tracer.add_import,
    "once": _Tracer.add_lazy_site,
    "read": _Tracer.add_reader,
    "deps": _Tracer.add_test,
    "traced": _Tracer.add_end,
}
TRACE_EVENTS = frozenset(_HANDLERS)
"""The kinds of events that tell what ran."""


def trace_of(events: Iterable[Event]) -> Trace:
    """What one process executed; `events` are all of its events of the kinds `TRACE_EVENTS`."""
    tracer = _Tracer()
    for event in events:
        _HANDLERS[event["k"]](tracer, event)
    return tracer.trace()


def enclosing_symbols(file: str, name: str) -> tuple[Symbol, ...]:
    """A function and those that it is defined in, the outermost first.

    Who executes it depends on them too: they made it.
    """
    parts = name.split(".<locals>.")
    return tuple(Symbol(file, ".<locals>.".join(parts[:n])) for n in range(1, len(parts) + 1))
