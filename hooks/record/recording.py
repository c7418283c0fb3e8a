"""What earlier runs recorded of the tests, as it is read from the store."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from gardener.model import Symbol
from gardener.paths import is_python

from ..changes import Entry, FileChange
from ..pytest_run.traces import Collected, Executed
from .environment import Environment


class Run(NamedTuple):
    """One recorded run: the tree it ran on (path -> blob), and what imports executed.

    `collected` is what else collecting the tests did; `data` are the files that were read for
    it, with their states (see `States`); `read` is what was read while a module was imported.
    """

    snapshot: dict[str, str]
    modules: dict[str, frozenset[Symbol]]
    environment: Environment
    collected: Collected = Collected()
    data: Mapping[str, str] = MappingProxyType({})
    read: Mapping[str, Mapping[str, str]] = MappingProxyType({})


class RecordedTest(NamedTuple):
    """One test as a run recorded it; `run` is the number of that run.

    `symbols` are numbers of `Recording.symbols`. `files` is what it read but for modules, with
    their states (see `States`). `opaque` says why it may depend on more than that. `shared` are
    those of the symbols that ran only while tests were collected, or in a lazy initialisation.
    """

    run: int
    passed: bool
    symbols: array[int]
    files: dict[str, str]
    opaque: str
    shared: array[int] = array("I")


class Recording(NamedTuple):
    """All that is recorded of the tests; empty (with `note`) where nothing can be used.

    `tests` are as they were last recorded, `last_passed` as they last passed on other content.
    `on_disk` are contents by blob that git does not have yet.
    """

    runs: dict[int, Run]
    tests: dict[str, RecordedTest]
    symbols: dict[Symbol, int]
    root: Path
    note: str = ""
    last_passed: Mapping[str, RecordedTest] = MappingProxyType({})
    on_disk: Mapping[str, bytes] = MappingProxyType({})


class FinishedTest(NamedTuple):
    """What a test executed in the run that is to be recorded, whether it passed, and how long it took."""

    executed: Executed
    passed: bool
    seconds: float = 0.0


class FinishedRun(NamedTuple):
    """A run that is to be recorded; the fields are those of `Run`, `tests` are by nodeid.

    A file of `snapshot` without a blob changed while the tests ran. `commit` is where HEAD was.
    """

    snapshot: Mapping[str, str]
    modules: Mapping[str, frozenset[Symbol]]
    collected: Collected
    environment: Environment
    tests: Mapping[str, FinishedTest]
    commit: str = ""


def python_changes(before: Mapping[str, str], tree: Mapping[str, Entry]) -> list[FileChange]:
    """Python files that differ between a recorded tree and this one."""
    changes = []
    for path, sha in before.items():
        entry = tree.get(path)
        if entry is None or not sha or entry.sha != sha:
            changes.append(FileChange(path, Entry(entry.mode if entry else "100644", sha), entry))
    changes += [
        FileChange(path, None, entry)
        for path, entry in tree.items()
        if path not in before and is_python(path)
    ]
    return changes
