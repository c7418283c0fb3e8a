"""Remembers which files hold nothing that a codemod changes, so that a second run need not read them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gardener.git import store_by_files
from gardener.paths import write_whole

if TYPE_CHECKING:
    from gardener.codemod.project import Project

STORE = "fix-clean"
"""Name of the store, under the git common directory."""

_FORMAT = 3
"""Raised where what the store holds changes its meaning."""

FileState = tuple[int, int, int, int]
"""Modification and change time in nanoseconds, size, inode: the same as long as the file is."""

FileStates = dict[str, FileState]
Traces = dict[str, tuple[bytes, ...]]

Told = tuple[
    tuple[tuple[str, int, str, str], ...],
    str,
    tuple[str, ...],
    tuple[bytes, int, int, bytes] | None,
]
"""What was said of a file: codemod, line and texts of each note; its problem; the codemods that
change it, and the change: digest of the bytes before, first and last byte, and the new ones.
"""

MOST_CHANGES = 16_000_000
"""Bytes of changes that are kept; files beyond are parsed again."""

_RACY = 2_000_000_000
"""Nanoseconds: a file changed so shortly before the cache was written is not trusted."""


def state_of(status: os.stat_result) -> FileState:
    """What tells that a file is the one it was."""
    return status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino


class CleanCache:
    """What an earlier run found in each file, as far as the file is still the same.

    `clean` files hold nothing that a codemod looks for. `silent` ones were parsed without
    a change or a remark, `noted` ones with: both may depend on other files, so they are
    used only while nothing at all has changed; `told` is then what was said of the noted ones,
    and what they would change to. `traces` are the texts of each file which
    matter to other files. `states` are those of the files that were read in this run.
    """

    def __init__(self, root: Path, key: str) -> None:
        self.root = root
        self.key = key
        self.states: FileStates = {}
        self.clean: FileStates = {}
        self.silent: FileStates = {}
        self.noted: FileStates = {}
        self.told: dict[str, Told] = {}
        self.traces: Traces = {}
        self.surroundings = ""
        self.has_shrunk = False
        self._is_same = False
        self._load()

    @property
    def _said_key(self) -> str:
        return f"{_FORMAT}\n{self.key}"

    def _load(self) -> None:
        import marshal  # far quicker than JSON for 8,000 entries; a broken store is only ignored

        store = store_by_files(self.root)
        if store is None:
            return
        try:
            written = (store / STORE).read_bytes()
            parts = marshal.loads(written)  # noqa: S302 - our own file, read as plain data
            key, clean, silent, noted, told, traces, around = parts
        except (OSError, EOFError, ValueError, TypeError):
            return
        dictionaries = all(isinstance(part, dict) for part in (clean, silent, noted, told, traces))
        if key == self._said_key and dictionaries and isinstance(around, str):
            self.clean, self.silent, self.noted, self.traces = clean, silent, noted, traces
            self.told = told
            self.surroundings = around

    def compare(self, paths: Sequence[str]) -> None:
        """Forget what is not among `paths`, or is no longer the file that it was."""
        remembered = {**self.silent, **self.noted, **self.clean}
        if not remembered:
            return
        stat = os.stat
        state_before = remembered.get
        states = self.states
        is_same = len(remembered) == len(paths)
        for path in paths:
            try:
                status = stat(path)
            except OSError:
                is_same = False
                continue
            state = (status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)
            if state_before(path) == state:
                states[path] = state
            else:
                is_same = False
        self._is_same = is_same
        if not is_same:
            number = len(self.clean)
            self.clean = {path: s for path, s in self.clean.items() if path in states}
            self.has_shrunk = len(self.clean) != number

    def nothing_changed(self, project: Project) -> bool:
        """Whether nothing at all has changed since: then no file is parsed again."""
        if not self._is_same:
            return False
        return not (self.silent or self.told) or self.surroundings == surroundings(project)

    def conclude(
        self,
        pending: Iterable[str],
        silent: Iterable[str],
        told: Mapping[str, Told],
        project: Project,
    ) -> None:
        """Note how the files that had to be parsed came out."""
        now_silent = set(silent)
        if not self._is_same:
            self.silent, self.told = {}, {}
        elif not now_silent and not told:
            return
        parsed = {**self.silent, **dict.fromkeys(self.told), **dict.fromkeys(pending)}
        self.told = {**self.told, **told}
        self.save(parsed, {*self.silent, *now_silent}, project)

    def save(
        self, parsed: Iterable[str], silent: Iterable[str] = (), project: Project | None = None
    ) -> None:
        """Write the store, whole or not at all; that it cannot be written is no error."""
        import marshal

        store = store_by_files(self.root)
        if store is None:
            return
        silent = set(silent)
        states = {path: self.states[path] for path in parsed if path in self.states}
        silent_states = _settled({p: s for p, s in states.items() if p in silent})
        noted_states = _settled({p: s for p, s in states.items() if p not in silent})
        told = dict(_affordable((p, self.told[p]) for p in noted_states if p in self.told))
        is_used = project is not None and (silent_states or told)
        around = surroundings(project) if project is not None and is_used else ""
        clean_states = _settled(self.clean)
        written = (clean_states, silent_states, noted_states, told, self.traces, around)
        try:
            store.mkdir(parents=True, exist_ok=True)
            write_whole(store / STORE, marshal.dumps((self._said_key, *written)))
        except OSError:
            return


def _settled(states: FileStates) -> FileStates:
    """The files that can be trusted: one changed a moment ago may change within the same tick."""
    late = time.time_ns() - _RACY
    return {path: state for path, state in states.items() if max(state[0], state[1]) < late}


def _affordable(outcomes: Iterable[tuple[str, Told]]) -> Iterator[tuple[str, Told]]:
    """What is worth keeping of what was said: all but changes that are very many."""
    size = 0
    for path, outcome in outcomes:
        size += len(outcome[3][3]) if outcome[3] is not None else 0
        if outcome[3] is None or size <= MOST_CHANGES:
            yield path, outcome


def surroundings(project: Project) -> str:
    """What else a verdict on a parsed file may rest on: settings, requirements, libraries, new files."""
    parts = [_state_line(path, path) for path in project.libraries]
    parts += [_state_line(name, project.full(name)) for name in project.beside]
    parts.append(os.environ.get("PYTHONPATH", ""))
    return "\n".join(parts)


def _state_line(name: str, path: str) -> str:
    try:
        return f"{name} {state_of(os.stat(path))}"  # noqa: PTH116 - 3 times as quick
    except OSError:
        return name
