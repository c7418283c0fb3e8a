"""Makes a plan: selects once, and divides what was selected by how long tests took before."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

from gardener.errors import GitError
from gardener.git import head, store
from gardener.nodeid import file_of
from gardener.paths import is_python
from gardener.reports.history import History

from ..pytest_run.rootdirs import ConfiguredTree, repository_files
from ..record.durations import recorded_seconds
from .plan_file import Plan
from .request import RunRequest
from .selecting import select
from .shards import split, weights

_TEST = re.compile(rb"^[ \t]*(?:async[ \t]+)?def test", re.MULTILINE)


def plan_of(request: RunRequest, shards: int, *, keep_files: bool) -> Plan:
    """Select the tests, and divide them among at most so many shards; none where none is affected.

    Raises:
        GardenerError: as for a run.
    """
    selection = select(request).affected
    seconds = {**_seconds_of_history(request.root), **recorded_seconds(request.root)}
    if selection.everything:
        tests = _every_file(request.root, seconds)
        seconds = {nodeid: s for nodeid, s in seconds.items() if file_of(nodeid) in tests}
    else:
        tests = {selected.test: None for selected in selection.tests}
    counts = {test: _count(request.root / test) for test in tests if is_python(test)}
    divided = split(weights(list(tests), seconds, counts), shards, keep_files=keep_files)
    number = len(divided.seconds)
    if selection.everything:
        number = max(number, 1)  # what cannot be seen from here runs too
    return Plan(
        commit=head(request.root),
        shards=number,
        mode=request.mode,
        ref=request.ref,
        focus=request.focus,
        level=request.level,
        selection=selection,
        assigned=dict(divided.assigned),
        seconds=list(divided.seconds),
        timed=len(seconds),
    )


def _seconds_of_history(root: Path) -> dict[str, float]:
    with contextlib.suppress(GitError):
        latest = History(store(root)).latest()
        return {nodeid: row.duration for nodeid, row in latest.items()}
    return {}


def _every_file(root: Path, seconds: dict[str, float]) -> dict[str, None]:
    """The files that pytest would collect by its settings, and those that held tests before."""
    tree = ConfiguredTree(root, lambda: repository_files(root))
    before = {file_of(nodeid) for nodeid in seconds}
    return dict.fromkeys((*tree.tests, *(file for file in tree.files if file in before)))


def _count(path: Path) -> int:
    """How many tests a file seems to hold; 1 where none is seen."""
    try:
        return max(len(_TEST.findall(path.read_bytes())), 1) if path.is_file() else 1
    except OSError:
        return 1
