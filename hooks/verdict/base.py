"""Which commit a change is compared with."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import NamedTuple

from gardener.errors import GitError
from gardener.git import git, head, merge_base
from gardener.model import Mode

from ..changes import is_shallow


class Base(NamedTuple):
    """The commit to compare with; `unknown` says why there is none to be had.

    Without both there is no commit before this one: nothing existed.
    """

    commit: str = ""
    unknown: str = ""


def find_base(root: Path, mode: Mode, ref: str, fork: str) -> Base:
    """The commit that a change is compared with.

    `staged` and `worktree`: HEAD; `since`: the merge base with `ref`. Anything else: where
    the branch left the main one (`fork`), or on the main one itself HEAD when files are
    changed, else the commit before it.
    """
    tip = head(root)
    if not tip:
        return Base()
    if mode in (Mode.STAGED, Mode.WORKTREE):
        return Base(tip)
    if mode is Mode.SINCE:
        return _merge_base(root, ref)
    if fork and fork != tip:
        return Base(fork)
    if git("status", "--porcelain", "--untracked-files=no", root=root).strip():
        return Base(tip)
    return _parent_of_head(root)


def _merge_base(root: Path, ref: str) -> Base:
    commit = merge_base(root, ref)
    if commit:
        return Base(commit)
    hint = " in this shallow clone (fetch more of its history)" if is_shallow(root) else ""
    return Base(unknown=f"{ref} and HEAD have no common ancestor{hint}.")


def _parent_of_head(root: Path) -> Base:
    with contextlib.suppress(GitError):
        return Base(git("rev-parse", "--verify", "-q", "HEAD^", root=root).decode().strip())
    if b"\nparent " in git("cat-file", "commit", "HEAD", root=root).partition(b"\n\n")[0]:
        return Base(unknown="This shallow clone ends at HEAD; fetch more of its history.")
    return Base(unknown="HEAD is the first commit, so there is no base to compare with.")


def is_commit(root: Path, name: str) -> bool:
    """Whether the repository holds a commit of this full name."""
    with contextlib.suppress(GitError):
        return bool(name) and bool(
            git("rev-parse", "--verify", "-q", f"{name}^{{commit}}", root=root)
        )
    return False
