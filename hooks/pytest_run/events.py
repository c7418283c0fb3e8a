"""Reads what the recorder wrote and makes the facts of a report out of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from gardener.errors import ReportError
from gardener.model import Cause, Environment, Failure, Frame, Outcome, Phase, Result, WarningCount

VERSION = 1
"""Of the events; the recorder travels with gardener, so another one is a mix-up."""


Node = tuple[str, str]
"""A symbol: its file, and its qualified name (empty for the module itself)."""


class Collected(NamedTuple):
    """What collecting the tests did, beside what ran in each file.

    `files` are the files of tests that were collected to their end, `always` is what ran
    for all of them, and `opened` are files that were read. `unseen` are files of the project that were
    imported before anything was recorded.
    """

    files: frozenset[str] = frozenset()
    always: frozenset[Node] = frozenset()
    opened: frozenset[str] = frozenset()
    unseen: frozenset[str] = frozenset()

    def joined(self, other: Collected) -> Collected:
        """What two processes did."""
        return Collected(
            self.files | other.files,
            self.always | other.always,
            self.opened | other.opened,
            self.unseen | other.unseen,
        )


class Trace(NamedTuple):
    """What one process executed: symbols `(file, name)` of its tests, and what goes with them.

    `tests` are by nodeid. `modules` is what ran while a file was imported or its tests were
    collected, `collected` what else that did. `sites` are the folders of installed
    distributions of the interpreter `python`.
    """

    tests: dict[str, Executed]
    modules: dict[str, frozenset[Node]]
    sites: tuple[str, ...]
    python: str
    collected: Collected = Collected()


class Executed(NamedTuple):
    """What one test executed and opened; `opaque` says why that may not be all.

    `ran` is what ran in it and in its fixtures alone, without what collecting or an import ran;
    `born` are the functions where exceptions came up, caught or not, with their names, in order.
    """

    symbols: frozenset[Node]
    files: frozenset[str]
    opaque: str = ""
    ran: frozenset[Node] = frozenset()
    born: tuple[tuple[Node, str], ...] = ()


class Facts(NamedTuple):
    """What one run of pytest told: everything a report needs but where and why it ran.

    `status` is what pytest's session ended with, None when it never ended. `collected`
    counts the tests that pytest meant to run. `cut` are failures of tests that did not end,
    with what the stream tells of them.
    """

    results: tuple[Result, ...] = ()
    failures: tuple[Failure, ...] = ()
    cut: tuple[Failure, ...] = ()
    warnings: tuple[WarningCount, ...] = ()
    environment: Environment = Environment()
    status: int | None = None
    collected: int = 0
    deselected: int = 0
    began: bool = False
    interrupted: bool = False
    internal_error: str = ""
    troubles: tuple[str, ...] = ()
    traces: tuple[Trace, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every collected test ran to its end."""
        done = {one.nodeid for one in self.results if one.outcome != "unfinished"}
        return (
            self.status in (0, 1, 5)
            and not self.internal_error
            and len(done) >= self.collected
            and all(one.outcome != "unfinished" for one in self.results)
        )


class Tail:
    """Follows the files of a run while they grow."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[Path, int] = {}
        self.total = 0
        self.done = 0
        self.red = 0
        self.current = ""

    def poll(self) -> None:
        """Read what is new."""
        for path in self._folder.glob("*.jsonl"):
            with path.open("rb") as source:
                source.seek(self._read.get(path, 0))
                for line in source:
                    if not line.endswith(b"\n"):
                        break
                    self._read[path] = self._read.get(path, 0) + len(line)
                    self._count(line)

    def _count(self, line: bytes) -> None:
        if line.startswith(b'{"k":"start"'):
            self.current = str(msgspec.json.decode(line)["id"])
        elif line.startswith(b'{"k":"passed"'):
            self.done += 1
        elif line.startswith(b'{"k":"collected"'):
            self.total = max(self.total, int(msgspec.json.decode(line)["n"]))
        elif line.startswith(b'{"k":"phase"'):
            event = msgspec.json.decode(line)
            self.done += event["when"] == "teardown"
            self.red += event["outcome"] == "failed"


def read(folder: Path) -> Facts:
    """All facts of the files in a folder.

    Raises:
        ReportError: a file holds something that the recorder does not write.
    """
    reader = _Reader()
    for path in sorted(folder.glob("*.jsonl")):
        data = path.read_bytes()
        reader.process(path.stem, _events(data, path.name))
    return reader.facts()


def _events(data: bytes, name: str) -> Iterable[dict[str, Any]]:
    lines = data.split(b"\n")
    for number, line in enumerate(lines, 1):
        if not line:
            continue
        try:
            yield msgspec.json.decode(line)
        except msgspec.DecodeError:
            if number == len(lines):  # cut off by a kill in the middle of a write
                return
            raise ReportError(
                f"The recorded events in {name}, line {number}, are damaged."
            ) from None


class _Test:
    """The phases of one attempt at one test."""

    def __init__(self, attempt: int) -> None:
        self.attempt = attempt
        self.phases: dict[str, str] = {}
        self.sub_failed = False
        self.xfail = False
        self.duration = 0.0
        self.ended = False

    def outcome(self) -> Outcome:
        """One word for all phases, as pytest's summary would count them."""
        if not self.ended:
            return "unfinished"
        if self.phases.get("call") in ("failed", "rerun") or self.sub_failed:
            return "failed"
        if "failed" in self.phases.values() or "rerun" in self.phases.values():
            return "error"
        if self.xfail:
            return "xfailed" if "skipped" in self.phases.values() else "xpassed"
        return "skipped" if "skipped" in self.phases.values() else "passed"


class _Reader:
    """Gathers events over all processes of one run."""

    def __init__(self) -> None:
        self.tests: dict[str, list[_Test]] = {}
        self.failures: list[Failure] = []
        self.collect: dict[str, Failure] = {}
        self.counts: dict[tuple[str, str, str, int, str], dict[str, int]] = {}
        self.environment = Environment()
        self.status: int | None = None
        self.collected = 0
        self.deselected: dict[str, int] = {}
        self.interrupted = False
        self.internal = ""
        self.troubles: list[str] = []
        self.crashes: dict[str, str] = {}
        self.stops: dict[str, dict[str, Any]] = {}
        self.workers = False
        self.began = False
        self.traced: dict[str, list[dict[str, Any]]] = {}

    def process(self, name: str, events: Iterable[dict[str, Any]]) -> None:
        running = ""
        for event in events:
            kind = event["k"]
            if kind == "session":
                self._session(event)
            elif kind == "start":
                running = event["id"]
                self._open(running, fresh=True)
            elif kind == "passed":
                test = self._open(event["id"])
                test.duration += event["d"]
                test.ended = True
            elif kind == "phase":
                self._phase(event)
            elif kind == "collect":
                self.collect.setdefault(
                    event["id"], _failure(event["id"], Phase.COLLECT, event["failure"])
                )
            elif kind == "collected":
                self.collected = max(self.collected, event["n"])
            elif kind == "deselected":
                self.deselected[name] = self.deselected.get(name, 0) + event["n"]
            elif kind == "warning":
                self._warning(name, event)
            elif kind in _TRACED:
                self.traced.setdefault(name, []).append(event)
            else:
                self._end(name, kind, event, running)

    def _end(self, name: str, kind: str, event: dict[str, Any], running: str) -> None:
        """Events that tell how a process ended, and while which test."""
        if kind == "crash":
            self.crashes[event["id"]] = event["text"]
        elif kind == "internal":
            self.internal = self.internal or event["text"]
            self.stops.setdefault(running, event["failure"])
        elif kind == "interrupted":
            self.interrupted = True
            self.stops[running] = event["failure"]
        elif kind == "trouble":
            self.troubles.append(event["text"])
        elif kind == "finish" and not self._is_worker(name):
            self.status = event["status"]

    @staticmethod
    def _is_worker(name: str) -> bool:
        return not name.startswith("main-")

    def _session(self, event: dict[str, Any]) -> None:
        if event["v"] != VERSION:
            raise ReportError("The recorder is of another version than gardener; run again.")
        self.began = True
        self.environment = Environment(
            python=event["python"], pytest=event["pytest"], platform=event["platform"]
        )

    def _open(self, nodeid: str, *, fresh: bool = False) -> _Test:
        """The attempt that is under way; a new one when the last has ended."""
        attempts = self.tests.setdefault(nodeid, [])
        if not attempts or attempts[-1].ended or (fresh and attempts[-1].phases):
            attempts.append(_Test(len(attempts) + 1))
        return attempts[-1]

    def _phase(self, event: dict[str, Any]) -> None:
        test = self._open(event["id"])
        when, outcome = event["when"], event["outcome"]
        if event.get("sub"):
            test.sub_failed |= outcome == "failed"
        else:
            test.phases[when] = outcome
            test.xfail |= bool(event.get("xfail"))
            test.duration += event["d"]
            test.ended = when == "teardown" or outcome == "rerun"
        if "failure" in event and not _only_counts_subtests(event, test):
            self.failures.append(
                _failure(event["id"], when, event["failure"], event["d"], test.attempt)
            )

    def _warning(self, name: str, event: dict[str, Any]) -> None:
        key = (event["category"], event["message"], event["file"], event["line"], event["when"])
        seen = self.counts.setdefault(key, {})
        seen[name] = seen.get(name, 0) + event["n"]

    def facts(self) -> Facts:
        results: list[Result] = []
        cut: list[Failure] = []
        for nodeid, attempts in self.tests.items():
            for test in attempts:
                outcome = test.outcome()
                results.append(Result(nodeid, outcome, round(test.duration, 6), test.attempt))
                if outcome == "unfinished":
                    made = {"type": "", "message": self.crashes.get(nodeid, "")}
                    made = self.stops.get(nodeid, made)
                    cut.append(_failure(nodeid, Phase.CALL, made, attempt=test.attempt))
        return Facts(
            results=tuple(results),
            failures=(*self.collect.values(), *self.failures),
            cut=tuple(cut),
            warnings=tuple(
                WarningCount(*key[:4], _total(key[4], by_process), key[4])
                for key, by_process in self.counts.items()
            ),
            environment=self.environment,
            status=self.status,
            collected=self.collected,
            deselected=max(self.deselected.values(), default=0),
            began=self.began,
            interrupted=self.interrupted,
            internal_error=self.internal,
            troubles=tuple(self.troubles),
            traces=tuple(_trace(events) for events in self.traced.values()),
        )


def _total(when: str, by_process: dict[str, int]) -> int:
    """Every worker of pytest-xdist collects everything: only what tests did adds up."""
    return sum(by_process.values()) if when == "runtest" else max(by_process.values())


def _only_counts_subtests(event: dict[str, Any], test: _Test) -> bool:
    """The test itself fails in pytest 9 the test itself with `contains 1 failed subtest`: no cause."""
    message = event["failure"].get("message", "")
    return test.sub_failed and not event.get("sub") and message.startswith("contains ")


def _failure(
    nodeid: str, phase: Phase, made: dict[str, Any], duration: float = 0.0, attempt: int = 1
) -> Failure:
    return Failure(
        nodeid=nodeid,
        phase=phase,
        type=made["type"],
        message=made["message"],
        frames=_frames(made),
        facts=made.get("facts", {}),
        causes=tuple(
            Cause(
                type=one["type"],
                message=one["message"],
                frames=_frames(one),
                facts=one["facts"],
                link=one["link"],
            )
            for one in made.get("causes", ())
        ),
        statement_symbols=tuple(made.get("statement_symbols", ())),
        body_symbols=tuple(made.get("body_symbols", ())),
        markers=tuple(made.get("markers", ())),
        duration=duration,
        attempt=attempt,
    )


def _frames(made: dict[str, Any]) -> tuple[Frame, ...]:
    return tuple(Frame(*one) for one in made.get("frames", ()))


_TRACED = ("symbol", "deps", "fixture", "gather", "module", "once", "always", "traced")


def _trace(events: list[dict[str, Any]]) -> Trace:
    """Give every test what it shares with others: fixtures, collection, what ran once."""
    symbols = {e["n"]: _around(e["f"], e["s"]) for e in events if e["k"] == "symbol"}
    shared: dict[int, _Owned] = {}
    gathered: dict[str, _Owned] = {}
    always = _Owned()
    modules: dict[str, frozenset[Node]] = {}
    once: list[_Once] = []
    ended: dict[str, Any] = {}
    for event in events:
        kind = event["k"]
        if kind == "fixture":
            shared.setdefault(event["n"], _Owned()).add(event)
        elif kind == "gather":
            gathered.setdefault(event["f"], _Owned()).add(event)
        elif kind == "always":
            always.add(event)
        elif kind == "module":
            found = frozenset(node for n in event["c"] for node in symbols[n])
            modules[event["f"]] = modules.get(event["f"], frozenset()) | found
        elif kind == "once":
            once.append(_Once(frozenset(event["s"]), frozenset(event["c"]), event.get("t")))
        elif kind == "traced":
            ended = event
    for file, owned in gathered.items():
        # An error in what runs while a file is collected stops that file, like an import.
        found = frozenset(node for n in owned.codes for node in symbols[n])
        modules[file] = modules.get(file, frozenset()) | found
    tests: dict[str, Executed] = {}
    for event in events:
        if event["k"] != "deps":
            continue
        own = _Owned()
        own.add(event)
        own.join_all(shared)
        ran = frozenset(node for n in own.codes for node in symbols[n])
        direct = frozenset(event["c"])
        around = gathered.get(event["id"].partition("::")[0], _Owned())
        for wider in (always, around):
            own.join(wider)
        others = own.codes - direct
        for one in once:
            if one.matters(direct, others, event["n"]):
                others |= one.codes - direct
        own.codes |= others
        before = tests.get(event["id"])
        executed = frozenset(node for n in own.codes for node in symbols[n])
        files = frozenset(own.files)
        born = tuple((symbols[n][-1], name) for n, name in event.get("r", ()))
        tests[event["id"]] = Executed(
            executed | before.symbols if before else executed,
            files | before.files if before else files,
            own.opaque or (before.opaque if before else ""),
            ran | before.ran if before else ran,
            tuple(dict.fromkeys((*before.born, *born))) if before else born,
        )
    whole = (e["f"] for e in events if e["k"] == "gather" and "w" in e)
    collected = Collected(
        files=frozenset(whole),
        always=frozenset(node for n in always.codes for node in symbols[n]),
        opened=frozenset().union(always.files, *(owned.files for owned in gathered.values())),
        unseen=frozenset(ended.get("unseen", ())),
    )
    sites = tuple(ended.get("sites", ()))
    return Trace(tests, modules, sites, ended.get("python", ""), collected)


def _around(file: str, name: str) -> tuple[Node, ...]:
    """A function, and those that it is made in: who executes it depends on them too."""
    parts = name.split(".<locals>.")
    return tuple((file, ".<locals>.".join(parts[:n])) for n in range(1, len(parts) + 1))


class _Once(NamedTuple):
    """Functions with a place that runs once, what ran in it, and for whom that matters.

    `spans` are the lives of the instances that were made ready there, as the numbers of the first
    and the last owner (None: to the end); None where it may matter to all.
    """

    functions: frozenset[int]
    codes: frozenset[int]
    spans: list[tuple[int, int | None]] | None

    def matters(self, direct: Collection[int], others: Collection[int], number: int) -> bool:
        """Whether a test may skip what ran there.

        It executed `direct` itself, `others` are what it shares with other tests: of a fixture
        of a wider scope, which goes on for longer than its own number says, the lives tell nothing.
        """
        itself = not self.functions.isdisjoint(direct)
        shares = not self.functions.isdisjoint(others)
        if self.spans is None:
            return itself or shares
        met = (first < number and (last is None or number <= last) for first, last in self.spans)
        return (itself and any(met)) or (shares and bool(self.spans))


class _Owned:
    """What belongs to one owner, by the numbers of one process."""

    def __init__(self) -> None:
        self.codes: set[int] = set()
        self.files: set[str] = set()
        self.uses: set[int] = set()
        self.opaque = ""

    def add(self, event: dict[str, Any]) -> None:
        self.codes.update(event["c"])
        self.files.update(event.get("o", ()))
        self.uses.update(event.get("x", ()))
        self.opaque = self.opaque or event.get("p", "")

    def join_all(self, shared: Mapping[int, _Owned]) -> None:
        """Join the fixtures that it uses, and those that these use."""
        seen: set[int] = set()
        queue = list(self.uses)
        while queue:
            number = queue.pop()
            if number not in seen and number in shared:
                seen.add(number)
                self.join(shared[number])
                queue += shared[number].uses

    def join(self, other: _Owned) -> None:
        self.codes |= other.codes
        self.files |= other.files
        self.opaque = self.opaque or other.opaque
