"""What differs between two trees of a repository, by file."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import NamedTuple

from gardener.errors import GitError
from gardener.git import git, head, lines, merge_base, untracked

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


def compare(root: Path, mode: str, ref: str = "") -> Comparison:
    """Compare the trees that `mode` names.

    `staged` is the index (as `GIT_INDEX_FILE` names it inside a hook) against HEAD,
    `since` is HEAD against its merge base with `ref`, `worktree` the files on disk with
    the untracked ones against HEAD, `trees` the two trees of `ref` (`ID..ID`). Any other mode compares nothing and lists the files
    on disk. Renames count as a deletion and an addition.

    Raises:
        GitError: git is missing, failed, or does not know `ref`.
    """
    if mode == "since":
        return _since(root, ref)
    if mode == "trees":
        before, _, after = ref.partition("..")
        changed = git("diff-tree", "-r", *_RAW, before, after, root=root)
        return Comparison(tuple(_raw(changed)), _tree(root, after))
    files, unmerged = _index(root)
    if unmerged:
        why = f"the index holds an unfinished merge ({unmerged})"
        return Comparison((), {**files, **_untracked(root)}, why)
    if mode == "staged":
        return Comparison(tuple(_raw(_staged(root))), files)
    base = head(root) or _empty_tree(root)
    # Not the plumbing here: `git diff` looks into files that were only touched.
    changes = {c.path: c for c in _raw(git("diff", *_RAW, base, "--", root=root))}
    for path, change in changes.items():
        if change.after is None:
            files.pop(path, None)
        else:
            files[path] = change.after
    # What differs between index and disk but not between HEAD and disk.
    for change in _raw(git("diff", *_RAW, root=root)):
        if change.after is None:
            files.pop(change.path, None)
        else:
            files[change.path] = change.after
    for path, entry in _untracked(root).items():
        if path not in changes:
            changes[path] = FileChange(path, None, entry)
        else:
            changes[path] = changes[path]._replace(after=entry)
        files[path] = entry
    return Comparison(tuple(changes.values()) if mode == "worktree" else (), files)


def contents(root: Path, wanted: dict[str, Entry]) -> dict[str, bytes]:
    """The content of files by path, out of git's objects or, where only there, from disk.

    What cannot be read (a file that vanished meanwhile) is left out.
    """
    found: dict[str, bytes] = {}
    by_sha: dict[str, list[str]] = {}
    for path, entry in wanted.items():
        if entry.mode == GITLINK:
            continue
        if entry.sha:
            by_sha.setdefault(entry.sha, []).append(path)
        else:
            try:
                full = root / path
                found[path] = (
                    os.fsencode(full.readlink()) if entry.mode == SYMLINK else full.read_bytes()
                )
            except OSError:
                continue
    for sha, blob in blobs(root, list(by_sha)).items():
        for path in by_sha[sha]:
            found[path] = blob
    return found


_AHEAD: dict[str, bytes] = {}
"""Contents by blob that were read ahead; what a blob holds is the same everywhere."""


def read_ahead(root: Path, shas: list[str]) -> None:
    """Read blobs that will be asked for one by one, with one process for all."""
    _AHEAD.clear()
    _AHEAD.update(blobs(root, shas))


def blobs(root: Path, shas: list[str]) -> dict[str, bytes]:
    """The content of blobs; one that the object store lacks is left out."""
    found = {sha: _AHEAD[sha] for sha in shas if sha in _AHEAD}
    wanted = [sha for sha in shas if sha not in found]
    if not wanted:
        return found
    # One long-lived git for all of them: a process per file would cost seconds.
    out = git("cat-file", "--batch", root=root, stdin="\n".join([*wanted, ""]).encode())
    at = 0
    for sha in wanted:
        end = out.index(b"\n", at)
        header = out[at:end].split()
        at = end + 1
        if len(header) != 3:  # "<sha> missing"
            continue
        size = int(header[2])
        found[sha] = out[at : at + size]
        at += size + 1
    return found


def blob_sha(data: bytes) -> str:
    """The name that git would give to this content."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


# --- the trees -----------------------------------------------------------------------

_RAW = ("--raw", "-z", "--no-renames", "--no-abbrev", "--no-ext-diff", "--ignore-submodules=dirty")


def _since(root: Path, ref: str) -> Comparison:
    tip = head(root)
    if not tip:
        raise GitError(f"There is no commit yet, so nothing can differ since {ref!r}.")
    files = _tree(root, tip)
    try:
        commit = git("rev-parse", "--verify", "-q", f"{ref}^{{commit}}", root=root).decode().strip()
    except GitError:
        if is_shallow(root):
            return Comparison((), files, f"this shallow clone does not hold {ref}")
        raise GitError(f"There is no commit {ref!r} in this repository.") from None
    base = merge_base(root, commit, tip)
    if not base:
        shallow = " in this shallow clone" if is_shallow(root) else ""
        return Comparison((), files, f"{ref} and HEAD have no common ancestor{shallow}")
    changed = git("diff-tree", "-r", *_RAW, base, tip, root=root)
    return Comparison(tuple(_raw(changed)), files)


def _staged(root: Path) -> bytes:
    command = ("diff-index", *_RAW, "--cached")
    try:
        return git(*command, "HEAD", "--", root=root)
    except GitError:
        if head(root):
            raise
        return git(*command, _empty_tree(root), "--", root=root)


def is_shallow(root: Path) -> bool:
    """Whether history was cut off when the repository was cloned."""
    return git("rev-parse", "--is-shallow-repository", root=root).strip() == b"true"


def _empty_tree(root: Path) -> str:
    # Asked for and not written down: its name depends on the hash of the repository.
    return git("hash-object", "-t", "tree", "--stdin", root=root, stdin=b"").decode().strip()


def _index(root: Path) -> tuple[dict[str, Entry], str]:
    """The index and, if a merge left one there, a path with several stages."""
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
    return files, unmerged


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


def _raw(output: bytes) -> list[FileChange]:
    """Parse `--raw -z`: `:old-mode new-mode old-sha new-sha status NUL path NUL`."""
    parts = lines(output)
    found = []
    for meta, path in zip(parts[::2], parts[1::2], strict=True):
        old_mode, new_mode, old_sha, new_sha, _ = meta.lstrip(":").split(" ")
        before = Entry(old_mode, old_sha) if old_mode.strip("0") else None
        after = (
            Entry(new_mode, new_sha if new_sha.strip("0") else "") if new_mode.strip("0") else None
        )
        found.append(FileChange(path, before, after))
    return found
