"""What differs between two trees of a repository, by file."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from gardener.errors import GitError
from gardener.git import git, head, lines, merge_base, untracked
from gardener.model import Mode

GITLINK = "160000"
SYMLINK = "120000"


class Entry(NamedTuple):
    """A file in a tree; `sha` is its blob, empty when its content is only on disk."""

    mode: str
    sha: str


class FileChange(NamedTuple):
    """A file that differs; `before` is None when it is new, `after` when it is gone."""

    path: str
    before: Entry | None
    after: Entry | None


class Comparison(NamedTuple):
    """Two trees compared.

    `files` is the later tree, the one whose tests would run. `unknown` says why the
    comparison cannot be made (then `changes` means nothing); empty when it was made.
    """

    changes: tuple[FileChange, ...]
    files: dict[str, Entry]
    unknown: str = ""


def compare(root: Path, mode: Mode, ref: str = "") -> Comparison:
    """Compare the trees that `mode` names.

    `STAGED` is the index (as `GIT_INDEX_FILE` names it inside a hook) against HEAD, `SINCE` is
    HEAD against its merge base with `ref`, `WORKTREE` the files on disk, untracked ones too,
    against HEAD. `ALL` and `GIVEN` compare nothing and list the files on disk. A rename counts
    as a deletion and an addition.

    Raises:
        GitError: git is missing, failed, or does not know `ref`.
    """
    if mode is Mode.SINCE:
        return _since(root, ref)
    index = _index(root)
    if index.unmerged:
        why = f"the index holds an unfinished merge ({index.unmerged})"
        return Comparison((), {**index.files, **_untracked(root)}, why)
    if mode is Mode.STAGED:
        return Comparison(_parse_raw(_staged(root)), index.files)
    if mode is Mode.WORKTREE:
        return _on_disk(root, index.files)
    _apply(_parse_raw(git("diff", *_RAW_ON_DISK, root=root)), index.files)
    return Comparison((), {**index.files, **_untracked(root)})


def compare_trees(root: Path, before: str, after: str) -> Comparison:
    """Compare two trees, named as git names them.

    Raises:
        GitError: git is missing, failed, or does not know one of them.
    """
    changed = git("diff-tree", "-r", *_RAW, before, after, root=root)
    return Comparison(_parse_raw(changed), _tree(root, after))


def contents(root: Path, entries: Mapping[str, Entry | None]) -> dict[str, bytes]:
    """The content of files by path, out of git's objects or, where only there, from disk.

    What cannot be read (a file that vanished meanwhile) is left out.
    """
    sources: dict[str, bytes] = {}
    paths_of_blob: dict[str, list[str]] = {}
    for path, entry in entries.items():
        if entry is None or entry.mode == GITLINK:
            continue
        if entry.sha:
            paths_of_blob.setdefault(entry.sha, []).append(path)
        else:
            with contextlib.suppress(OSError):
                sources[path] = _content_on_disk(root / path, entry)
    for sha, blob in blobs(root, list(paths_of_blob)).items():
        sources.update(dict.fromkeys(paths_of_blob[sha], blob))
    return sources


def _content_on_disk(path: Path, entry: Entry) -> bytes:
    if entry.mode == SYMLINK:
        return os.fsencode(path.readlink())
    if not path.is_file():
        raise OSError(errno.EINVAL, "it is no file", str(path))
    return path.read_bytes()


_READ_AHEAD: dict[str, bytes] = {}
"""Contents by blob that were read ahead; what a blob holds is the same everywhere."""


def read_ahead(root: Path, shas: list[str]) -> None:
    """Read blobs that will be asked for one by one, with one process for all."""
    _READ_AHEAD.clear()
    _READ_AHEAD.update(blobs(root, shas))


def blobs(root: Path, shas: list[str]) -> dict[str, bytes]:
    """The content of blobs; one that the object store lacks is left out."""
    contents_by_sha = {sha: _READ_AHEAD[sha] for sha in shas if sha in _READ_AHEAD}
    missing = [sha for sha in shas if sha not in contents_by_sha]
    if not missing:
        return contents_by_sha
    # One long-lived git for all of them: a process per file would cost seconds.
    out = git("cat-file", "--batch", root=root, stdin="\n".join([*missing, ""]).encode())
    start = 0
    for sha in missing:
        end = out.index(b"\n", start)
        header = out[start:end].split()
        start = end + 1
        if len(header) != 3:  # "<sha> missing"
            continue
        size = int(header[2])
        contents_by_sha[sha] = out[start : start + size]
        start += size + 1
    return contents_by_sha


def blob_sha(data: bytes) -> str:
    """The name that git would give to this content."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


# --- the trees -----------------------------------------------------------------------

_RAW = ("--raw", "-z", "--no-renames", "--no-abbrev", "--no-ext-diff", "--ignore-submodules=dirty")
_RAW_ON_DISK = (*_RAW[:-1], "--ignore-submodules=untracked")
"""A changed file of a submodule changes it, too; byte code that its tests leave there does not."""


def _since(root: Path, ref: str) -> Comparison:
    tip = head(root)
    if not tip:
        raise GitError(
            f"There is no commit yet, so nothing can differ since {ref!r}; make one first."
        )
    files = _tree(root, tip)
    try:
        commit = git("rev-parse", "--verify", "-q", f"{ref}^{{commit}}", root=root).decode().strip()
    except GitError:
        if is_shallow(root):
            return Comparison((), files, f"this shallow clone does not hold {ref}")
        raise GitError(
            f"There is no commit {ref!r} in this repository; fetch it, or name another one."
        ) from None
    base = merge_base(root, commit, tip)
    if not base:
        shallow = " in this shallow clone" if is_shallow(root) else ""
        return Comparison((), files, f"{ref} and HEAD have no common ancestor{shallow}")
    return Comparison(_parse_raw(git("diff-tree", "-r", *_RAW, base, tip, root=root)), files)


def _staged(root: Path) -> bytes:
    command = ("diff-index", *_RAW, "--cached")
    try:
        return git(*command, "HEAD", "--", root=root)
    except GitError:
        if head(root):
            raise
        return git(*command, _empty_tree(root), "--", root=root)


def _on_disk(root: Path, files: dict[str, Entry]) -> Comparison:
    """The files on disk, untracked ones too, against HEAD; `files` are those of the index."""
    files = dict(files)
    base = head(root) or _empty_tree(root)
    # Not the plumbing here: `git diff` looks into files that were only touched.
    changes = {c.path: c for c in _parse_raw(git("diff", *_RAW_ON_DISK, base, "--", root=root))}
    _apply(changes.values(), files)
    # What differs between index and disk but not between HEAD and disk.
    _apply(_parse_raw(git("diff", *_RAW_ON_DISK, root=root)), files)
    for path, entry in _untracked(root).items():
        before = changes[path].before if path in changes else None
        changes[path] = FileChange(path, before, entry)
        files[path] = entry
    return Comparison(tuple(changes.values()), files)


def _apply(changes: Iterable[FileChange], files: dict[str, Entry]) -> None:
    """Bring the files of a tree up to date with some changes."""
    for change in changes:
        if change.after is None:
            files.pop(change.path, None)
        else:
            files[change.path] = change.after


def is_shallow(root: Path) -> bool:
    """Whether history was cut off when the repository was cloned."""
    return git("rev-parse", "--is-shallow-repository", root=root).strip() == b"true"


def _empty_tree(root: Path) -> str:
    # Asked for and not written down: its name depends on the hash of the repository.
    return git("hash-object", "-t", "tree", "--stdin", root=root, stdin=b"").decode().strip()


class _Index(NamedTuple):
    """The index; `unmerged` is a path that an unfinished merge left in several stages, if any."""

    files: dict[str, Entry]
    unmerged: str


def _index(root: Path) -> _Index:
    files: dict[str, Entry] = {}
    unmerged = ""
    for line in lines(git("ls-files", "-s", "-z", root=root)):
        meta, _, path = line.partition("\t")
        mode, sha, stage = meta.split(" ")
        if stage != "0":
            unmerged = path
            # Without a blob: what will run is the file on disk, with its conflict markers.
            sha = ""
        files[path] = Entry(mode, sha)
    return _Index(files, unmerged)


def _tree(root: Path, commit: str) -> dict[str, Entry]:
    files: dict[str, Entry] = {}
    for line in lines(git("ls-tree", "-r", "-z", "--full-tree", commit, root=root)):
        meta, _, path = line.partition("\t")
        mode, _, sha = meta.split(" ")
        files[path] = Entry(mode, sha)
    return files


def _untracked(root: Path) -> dict[str, Entry]:
    names = untracked(root)
    # A name that ends with `/` is a repository inside this one.
    return {
        n: Entry(SYMLINK if (root / n).is_symlink() else "100644", "")
        for n in names
        if n[-1] != "/"
    }


def _parse_raw(output: bytes) -> tuple[FileChange, ...]:
    """Parse `--raw -z`: `:old-mode new-mode old-sha new-sha status NUL path NUL`."""
    parts = lines(output)
    changes = []
    for meta, path in zip(parts[::2], parts[1::2], strict=True):
        old_mode, new_mode, old_sha, new_sha, _ = meta.lstrip(":").split(" ")
        before = Entry(old_mode, old_sha) if _is_set(old_mode) else None
        # Without a blob where git did not hash the file on disk.
        after = Entry(new_mode, new_sha if _is_set(new_sha) else "") if _is_set(new_mode) else None
        changes.append(FileChange(path, before, after))
    return tuple(changes)


def _is_set(field: str) -> bool:
    """Whether a mode or hash of git's raw output is there: it writes zeros where it is not."""
    return bool(field.strip("0"))
