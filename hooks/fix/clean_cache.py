"""Remembers which files held nothing to mend, so that a second run need not read them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gardener.codemod.project import Project

State = tuple[int, int, int, int]
Traced = dict[str, tuple[bytes, ...]]

_RACY = 2_000_000_000
"""Nanoseconds: a file changed so shortly before the record was written is not trusted."""


def state_of(found: os.stat_result) -> State:
    """What tells that a file is the one it was: times, size, inode."""
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino


class Record:
    """What an earlier run found in each file, as far as the file is still the same.

    `clean` files hold nothing that a codemod looks for. `silent` ones had to be parsed and
    gave nothing to say, `noted` ones did: what they give may depend on other files, so it
    is remembered only while nothing at all has changed. `traced` are the files that hold a
    text which matters to other files. `states` are those of the files that were read now.
    """

    def __init__(self, root: Path, key: str) -> None:
        self.root = root
        self.key = key
        self.states: dict[str, State] = {}
        self.clean: dict[str, State] = {}
        self.silent: dict[str, State] = {}
        self.noted: dict[str, State] = {}
        self.traced: Traced = {}
        self.surroundings = ""
        self.shrunk = False
        self.same = False
        self._load()

    def _load(self) -> None:
        import marshal  # far quicker than JSON for 8,000 entries; a broken record is only ignored

        path = place(self.root)
        if path is None:
            return
        try:
            found = marshal.loads(path.read_bytes())  # noqa: S302 - our own file, read as plain data
            key, clean, silent, noted, traced, surroundings = found
        except (OSError, EOFError, ValueError, TypeError):
            return
        dictionaries = all(isinstance(d, dict) for d in (clean, silent, noted, traced))
        if key == self.key and dictionaries and isinstance(surroundings, str):
            self.clean, self.silent, self.noted, self.traced = clean, silent, noted, traced
            self.surroundings = surroundings

    def compare(self, paths: Sequence[str]) -> None:
        """Forget what is not among `paths`, or is no longer the file that it was."""
        known = {**self.silent, **self.noted, **self.clean}
        if not known:
            return
        stat = os.stat
        wanted = known.get
        states = self.states
        same = len(known) == len(paths)
        for path in paths:
            try:
                found = stat(path)
            except OSError:
                same = False
                continue
            state = (found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino)
            if wanted(path) == state:
                states[path] = state
            else:
                same = False
        self.same = same
        if not same:
            number = len(self.clean)
            self.clean = {path: s for path, s in self.clean.items() if path in states}
            self.shrunk = len(self.clean) != number

    def unchanged(self, project: Project) -> bool:
        """Whether nothing at all has changed since: then only noted files have to be parsed."""
        if not self.same:
            return False
        return not self.silent or self.surroundings == surroundings(project)

    def conclude(self, pending: Iterable[str], silent: Iterable[str], project: Project) -> None:
        """Note how the files that had to be parsed came out."""
        quiet = set(silent)
        if not self.same:
            self.silent = {}
        elif not quiet:
            return
        self.save({**self.silent, **dict.fromkeys(pending)}, {*self.silent, *quiet}, project)

    def save(
        self, pending: Iterable[str], silent: Iterable[str] = (), project: Project | None = None
    ) -> None:
        """Write the record, whole or not at all; that it cannot be written is no error."""
        import marshal

        path = place(self.root)
        if path is None:
            return
        late = time.time_ns() - _RACY
        quiet = set(silent)
        states = {p: self.states[p] for p in pending if p in self.states}
        parts = (
            self.clean,
            {p: s for p, s in states.items() if p in quiet},
            {p: s for p, s in states.items() if p not in quiet},
        )
        kept = [{p: s for p, s in part.items() if max(s[0], s[1]) < late} for part in parts]
        around = surroundings(project) if project is not None and kept[1] else ""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary = path.with_name(f"{path.name}.{os.getpid()}")
            temporary.write_bytes(marshal.dumps((self.key, *kept, self.traced, around)))
            temporary.replace(path)
        except OSError:
            return


def place(root: Path) -> Path | None:
    """Where the record lies: under the git common directory; None without a repository."""
    git = root / ".git"
    try:
        if git.is_file():
            git = (root / git.read_text(encoding="utf-8").removeprefix("gitdir:").strip()).resolve()
            common = git / "commondir"
            if common.is_file():
                git = (git / common.read_text(encoding="utf-8").strip()).resolve()
    except (OSError, UnicodeDecodeError):
        return None
    return git / "gardener" / "fix-clean" if git.is_dir() else None


def surroundings(project: Project) -> str:
    """What else a verdict on a parsed file may rest on: requirements, libraries, new files."""
    from gardener.errors import GitError
    from gardener.git import git

    root = os.fspath(project.root)
    places = [*project.libraries]
    for folder in (root, *(f"{root}/{n}" for n in os.listdir(root) if "requirements" in n)):  # noqa: PTH208
        if os.path.isdir(folder):  # noqa: PTH112
            kinds = (".toml", ".cfg", ".txt", ".py", ".in", "Pipfile")
            places += [f"{folder}/{n}" for n in sorted(os.listdir(folder)) if n.endswith(kinds)]  # noqa: PTH208
    told = []
    for path in places:
        try:
            told.append(f"{path} {state_of(os.stat(path))}")  # noqa: PTH116
        except OSError:
            told.append(path)
    try:
        new = git("ls-files", "-z", "-o", "--exclude-standard", "--", "*.py", root=project.root)
        names = filter(None, os.fsdecode(new).split("\0"))
        told += [f"{name} {state_of(os.stat(project.root / name))}" for name in names]  # noqa: PTH116
    except (GitError, OSError):
        told.append(str(time.time_ns()))
    return "\n".join(told)
