"""Pushes the record of a repository to a remote, and pulls the one that fits HEAD best."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from gardener.errors import GitError, RecordError
from gardener.git import git, head, lines
from gardener.paths import write_whole

from .record_file import MOST_BYTES, dumps, is_whole, loads
from .remotes import ENDING, remote_of
from .shared_record import SharedRecord, merge, of_files, of_newest_runs
from .transfer import exported, take_in

COMMITS_KEPT = 50
"""Records of so many commits stay at a remote."""
_FILES_OF_COMMIT = 64
_HISTORY = 2000
"""Commits behind HEAD among which the nearest record is looked for."""
_NAME = re.compile(r"\d{8}T\d{6}-([0-9a-f]{4,40}|none)-[0-9a-f]{16}\.record")


class Pushed(NamedTuple):
    """What lies at the remote now: its name, how much it is, and whether it was there before."""

    name: str
    tests: int
    size: int
    was_there: bool = False


class Pulled(NamedTuple):
    """What came in: of which commit, how many tests, and what has to be said of it."""

    commit: str
    tests: int
    notes: tuple[str, ...] = ()


def push(root: Path, url: str) -> Pushed:
    """Write the record of this repository to a remote, or into a file that ends in `.record`.

    Raises:
        RecordError: there is nothing to push, or it cannot be written.
        GitError: there is no repository.
    """
    files = frozenset(lines(git("ls-files", "-z", root=root)))
    record = of_files(exported(root), files)
    if not record.tests:
        raise RecordError("Nothing is recorded here yet: `gardener run` records.")
    data = _bounded(record)
    if url.endswith(ENDING):
        write(Path(url), data)
        return Pushed(url, len(record.tests), len(data))
    name = _name(record, data, head(root))
    try:
        remote = remote_of(url, root)
        names = remote.names()
        if name in names:
            return Pushed(name, len(record.tests), len(data), was_there=True)
        remote.write(name, data)
    except RecordError as error:
        raise RecordError(f"The record was not pushed: {error}.") from None
    remote.drop(outdated([*names, name]))
    return Pushed(name, len(record.tests), len(data))


def _bounded(record: SharedRecord) -> bytes:
    """The record as bytes, without its oldest runs where it is too large."""
    while True:
        try:
            return dumps(record)
        except RecordError as error:
            if len(record.runs) < 2:
                raise RecordError(f"The record was not written: {error}.") from None
            record = of_newest_runs(record, len(record.runs) // 2)


def _name(record: SharedRecord, data: bytes, commit: str) -> str:
    """When its newest run was, the commit, and a digest: equal records have one name."""
    newest = record.newest
    created = re.sub(r"[-:]|\..*", "", newest.created if newest else "")[:15]
    return f"{created}-{commit[:12] or 'none'}-{hashlib.sha256(data).hexdigest()[:16]}{ENDING}"


def outdated(names: Sequence[str]) -> list[str]:
    """All records but those of the newest commits; files that are called otherwise stay."""
    ordered = _by_commit(names)
    return [name for commit in list(ordered)[COMMITS_KEPT:] for name in ordered[commit]]


def _by_commit(names: Sequence[str]) -> dict[str, list[str]]:
    """The names by commit, both from the newest on."""
    ordered: dict[str, list[str]] = {}
    for name in sorted(names, reverse=True):
        match = _NAME.fullmatch(name)
        if match:
            ordered.setdefault(match[1], []).append(name)
    return ordered


def pull(root: Path, url: str, python: str) -> Pulled:
    """Merge the record of the nearest commit behind HEAD, else the newest one, into the one here.

    Raises:
        RecordError: there is none, or it cannot be used.
        GitError: there is no repository.
    """
    try:
        if url.endswith(ENDING):
            record, commit, notes = read([Path(url)]), "", list[str]()
        else:
            record, commit, notes = _fetched(root, url)
        imported = take_in(root, record, python)
    except RecordError as error:
        raise RecordError(f"The record was left out: {error}.") from None
    if imported.reservation:
        notes.append(f"{imported.reservation}.")
    return Pulled(commit, imported.tests, tuple(notes))


def _fetched(root: Path, url: str) -> tuple[SharedRecord, str, list[str]]:
    """What a remote has of the nearest commit, that commit, and what had to be left out."""
    remote = remote_of(url, root)
    by_commit = _by_commit(remote.names())
    if not by_commit:
        raise RecordError("there is none at the remote yet")
    commit = _nearest(root, list(by_commit))
    records, notes = [], []
    for name in by_commit[commit][:_FILES_OF_COMMIT]:
        try:
            records.append(loads(remote.read(name, MOST_BYTES)))
        except RecordError as error:
            notes.append(f"{name} was left out: {error}.")
    if not records:
        raise RecordError(notes[0].partition(": ")[2].rstrip("."))
    return merge(records), commit, notes


def _nearest(root: Path, commits: list[str]) -> str:
    """The commit of these that lies nearest behind HEAD; the first where none of them is known."""
    try:
        history = git("rev-list", f"--max-count={_HISTORY}", "HEAD", root=root).decode().split()
    except GitError:
        history = []
    behind = {commit[:12]: place for place, commit in enumerate(history)}
    behind_head = [commit for commit in commits if commit in behind]
    return min(behind_head, key=behind.__getitem__) if behind_head else commits[0]


def read(paths: Sequence[Path]) -> SharedRecord:
    """The record that several files hold together.

    Raises:
        RecordError: one of them cannot be used.
    """
    records = []
    for path in paths:
        try:
            with path.open("rb") as file:
                data = file.read(MOST_BYTES + 1)
        except OSError as error:
            raise RecordError(f"{path} cannot be read: {error.strerror}") from None
        try:
            records.append(loads(data))
        except RecordError as error:
            raise RecordError(f"{path}: {error}") from None
    return merge(records)


def joined(paths: Sequence[Path], out: Path) -> SharedRecord:
    """Write one record out of several. Raises: RecordError."""
    try:
        record = read(paths)
    except RecordError as error:
        raise RecordError(f"The records were not merged: {error}.") from None
    write(out, _bounded(record))
    return record


def write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all. Raises: RecordError."""
    assert is_whole(data)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, data)
    except OSError as error:
        raise RecordError(f"{path} cannot be written: {error.strerror}.") from None
