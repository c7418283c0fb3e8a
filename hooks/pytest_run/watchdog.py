"""Notices a pytest that does not go on: a test, or the import of a file, without an end.

What pytest writes is all that is looked at: where its streams have not grown for a while, the last
events say what it is at. No thread in gardener or in the user's pytest, and nothing is read as long
as tests go by.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

_PROC = Path("/proc/self/stat").exists()
"""Whether this system shows its processes as files, as Linux does."""
_TELLS = _PROC or shutil.which("ps") is not None
"""Whether it tells in any way which process started which."""
LOOK = 0.5
"""Seconds between two looks at the streams."""
STACK_GRACE = 5.0
"""Seconds that a process gets to print its stack."""
PYTEST_SECONDS = 300.0
"""Seconds that pytest and its plugins have at least, where no test and no import is under way."""
OWN_LIMIT_GRACE = 30.0
"""Seconds that pytest-timeout has beyond its own limit to end a test by itself."""


class Stuck(NamedTuple):
    """What did not end in `seconds`: a test, the import of a file, or pytest itself.

    `process` is the one to ask for its stack; None: pytest's. `is_over`: all tests had ended.
    """

    seconds: float
    test: str = ""
    file: str = ""
    process: int | None = None
    is_over: bool = False

    @property
    def time(self) -> str:
        """The seconds in words."""
        return f"{self.seconds:g} s"


class _Stand(NamedTuple):
    """What one process is at by its events; without a test or a file, between two."""

    process: int = 0
    is_worker: bool = False
    controls: bool = False
    test: str = ""
    file: str = ""
    is_over: bool = False
    limits: dict[str, float] = {}  # noqa: RUF012 - a default of a named tuple, never changed
    taken: float = 0.0
    crashed: frozenset[str] = frozenset()

    def patience(self, seconds: float) -> float:
        """How long the test may take: what pytest-timeout gives it counts, if that is longer.

        Where it has taken that, and pytest-timeout could end a phase of it but not the test, what is
        left of it has no second such time.
        """
        limit = self.limits.get(self.test, self.limits.get("", 0.0)) if self.test else 0.0
        if not limit:
            return seconds
        if self.taken >= limit:
            return min(seconds, max(limit, OWN_LIMIT_GRACE))
        return max(seconds, limit + OWN_LIMIT_GRACE)


class Watchdog:
    """Looks at the streams of one pytest in a folder; `stuck` is what it had to end so far.

    A worker of pytest-xdist is ended by itself: another one takes its place. `pytest` is the process
    that gardener started.
    """

    def __init__(self, folder: Path, seconds: float) -> None:
        self._folder = folder
        self._seconds = seconds
        self._sizes: dict[Path, int] = {}
        self._changes: dict[Path, float] = {}
        self._stands: dict[Path, tuple[int, _Stand]] = {}
        self._due = 0.0
        self._last_change = time.monotonic()
        self._ended: set[int] = set()
        """Workers that were told to end."""
        self._dying: dict[int, tuple[float, list[int]]] = {}
        """Those of them that may still live: when they were told, and what they had started."""
        self.stuck: list[Stuck] = []
        self.pytest = 0

    def look(self) -> Stuck | None:
        """Why pytest has to be ended, if it has."""
        now = time.monotonic()
        if now < self._due:
            return None
        self._due = now + LOOK
        self._note_changes(now)
        self._insist(now)
        if now - min(self._changes.values(), default=self._last_change) < self._seconds:
            return None
        stuck = self._search(now)
        if stuck:
            self.stuck.append(stuck)
        return stuck

    def _note_changes(self, now: float) -> None:
        for path in self._folder.glob("*.jsonl"):
            with contextlib.suppress(OSError):
                size = path.stat().st_size
                if self._sizes.get(path) != size:
                    self._sizes[path] = size
                    self._changes[path] = self._last_change = now

    def _search(self, now: float) -> Stuck | None:
        stands = {path: self._stand(path) for path in self._sizes}
        crashed = frozenset().union(*(stand.crashed for stand in stands.values()))
        for path, stand in stands.items():
            waited = now - self._changes[path]
            patience = stand.patience(self._seconds)
            if stand.controls or stand.test in crashed or stand.process in self._ended:
                continue
            if not (stand.test or stand.file) or waited < patience or not _lives(stand.process):
                continue
            if not self._is_ours(stand.process):
                return Stuck(patience, stand.test, stand.file)
            stuck = Stuck(patience, stand.test, stand.file, stand.process)
            if not (stand.is_worker and stand.test):
                return stuck
            self.stuck.append(stuck)
            self._ended.add(stand.process)
            self._dying[stand.process] = (now, descendants(stand.process))
            abort(stand.process)
            return None  # the next one later: their stacks must not mix
        limits = [stand.patience(self._seconds) for stand in stands.values()]
        patience = max(PYTEST_SECONDS, self._seconds, *limits)
        if now - self._last_change < patience:
            return None
        is_over = any(stand.is_over for stand in stands.values() if not stand.is_worker)
        return Stuck(patience, is_over=is_over)

    def _is_ours(self, process: int) -> bool:
        """Whether gardener started a process: in a container its number is another one here."""
        return process == self.pytest or process in descendants(self.pytest) or not _TELLS

    def _insist(self, now: float) -> None:
        """Kill what workers had started that printed their stack, and those that still live.

        Each only once: later its number may be that of another process.
        """
        for process, (since, family) in list(self._dying.items()):
            while family:
                send(family.pop(), "SIGKILL")
            if now - since > STACK_GRACE:
                del self._dying[process]
                if self._is_ours(process):
                    send(process, "SIGKILL")

    def close(self) -> None:
        """Kill what is left of workers that were told to end: pytest may end before the next look."""
        for process, (_, family) in self._dying.items():
            for left in (*family, process):
                send(left, "SIGKILL")
        self._dying.clear()

    def _stand(self, path: Path) -> _Stand:
        """What a process is at; read again only where its stream grew."""
        size = self._sizes[path]
        earlier = self._stands.get(path)
        if earlier is None or earlier[0] != size:
            with contextlib.suppress(OSError):
                self._stands[path] = (size, stand_of(path.read_bytes().split(b"\n")))
        return self._stands.get(path, (0, _Stand()))[1]


def stand_of(lines: Iterable[bytes]) -> _Stand:
    """What a process is at by its events."""
    stand = _Stand()
    crashed: set[str] = set()
    for line in lines:
        # By their first bytes: most lines need no decoding.
        kind = line[6 : line.find(b'"', 6)]
        if kind not in _READ:
            continue
        try:
            event = msgspec.json.decode(line)
        except msgspec.DecodeError:  # the last one, half written
            continue
        if kind == b"start":
            stand = stand._replace(test=event["id"], taken=0.0)
        elif kind == b"passed" or (kind == b"phase" and _ends(event)):
            stand = stand._replace(test="")
        elif kind == b"phase" and not event.get("sub"):
            stand = stand._replace(taken=stand.taken + event.get("d", 0.0))
        elif kind == b"session":
            stand = stand._replace(
                process=event["pid"],
                is_worker=bool(event["worker"]),
                controls=bool(event.get("controls")),
            )
        elif kind in (b"importing", b"imported"):
            stand = stand._replace(file=event.get("id", ""))
        elif kind == b"collected":
            stand = stand._replace(file="", limits=event.get("limits", {}))
        elif kind == b"crash":
            crashed.add(event["id"])
        elif kind in (b"ending", b"finish"):
            stand = stand._replace(is_over=True, test="", file="")
    return stand._replace(crashed=frozenset(crashed))


_READ = frozenset(
    b"start passed phase session importing imported collected crash ending finish".split()
)


def _ends(event: dict[str, object]) -> bool:
    """Whether an event of a phase is the last one of its test; a rerun is still to come."""
    is_last = event["when"] == "teardown" and event["outcome"] != "rerun"
    return is_last and not event.get("between")


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def abort(process: int) -> None:
    """Let a process print its stack and die, without a file of its memory in the repository."""
    with contextlib.suppress(ImportError, AttributeError, OSError, ValueError):
        import resource

        resource.prlimit(process, resource.RLIMIT_CORE, (0, 0))
    send(process, "SIGABRT")


def send(process: int, name: str) -> None:
    """Send a signal where the system has it and the process still lives."""
    number = getattr(signal, name, None)
    if number is not None and os.name != "nt":
        with contextlib.suppress(OSError):
            os.kill(process, number)


def descendants(process: int) -> list[int]:
    """The processes that a process started, and those that these started."""
    children: dict[int, list[int]] = {}
    for child, parent in _from_proc() if _PROC else from_ps():
        children.setdefault(parent, []).append(child)
    below: list[int] = []
    unseen = [process]
    while unseen:
        for child in children.get(unseen.pop(), ()):
            below.append(child)
            unseen.append(child)
    return below


def _from_proc() -> Iterator[tuple[int, int]]:
    """Each process with the one that started it, as Linux shows them."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            # The name in brackets may hold anything.
            yield int(stat.parent.name), int(stat.read_text().rpartition(")")[2].split()[1])


def from_ps() -> Iterator[tuple[int, int]]:
    """The same from `ps`, which macOS and the BSDs have; nothing where there is none."""
    listed = ""
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        listed = subprocess.run(
            ("ps", "-A", "-o", "pid=,ppid="), capture_output=True, text=True, timeout=10, check=True
        ).stdout
    for line in listed.splitlines():
        with contextlib.suppress(ValueError):
            child, parent = line.split()
            yield int(child), int(parent)
