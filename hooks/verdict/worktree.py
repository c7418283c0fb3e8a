"""A commit checked out for a while in a temporary git worktree, gone afterwards whatever happens."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from gardener.errors import GitError
from gardener.git import child_environment, git, lines
from gardener.signals import STOPS, handling

from ..pytest_run.temporary import temporary

_PREFIX = "gardener-base-"
_NEEDED = (".py", ".pyi", ".so", ".pyd")
"""Ignored files that a project may need beside its sources: generated or compiled modules."""


@contextlib.contextmanager
def checked_out(root: Path, commit: str) -> Iterator[Path]:
    """A worktree of `root` at `commit`; the user's files and index are not touched.

    Removed at the end, after Ctrl-C and after SIGTERM too (both arrive as
    KeyboardInterrupt). What a killed gardener left behind is removed at the next time.

    Raises:
        GitError: the commit cannot be checked out.
    """
    with _interruptible():
        remove_abandoned(root)
        folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-")).resolve()
        tree = folder / root.name
        try:
            _git(root, "worktree", "add", "--detach", "--force", "--quiet", str(tree), commit)
            _fill_submodules(root, tree, commit)
            _copy_ignored_files(root, tree)
            with temporary(folder):
                yield tree
        finally:
            with _uninterruptible():
                remove(root, tree)


def check_out_next(root: Path, tree: Path, commit: str) -> None:
    """Check out another commit in a worktree, whatever tests wrote there. Raises: GitError."""
    _git(tree, "checkout", "--force", "--detach", "--quiet", commit)
    # Without -x: the ignored files that were brought along stay.
    _git(tree, "clean", "-fdq")
    _fill_submodules(root, tree, commit)


def remove(root: Path, tree: Path) -> None:
    """Remove a worktree and its folder; what git has forgotten already is no error."""
    with contextlib.suppress(GitError):
        _git(root, "worktree", "remove", "--force", "--force", str(tree))
    shutil.rmtree(tree.parent, ignore_errors=True)
    with contextlib.suppress(GitError):
        _git(root, "worktree", "prune")


def remove_abandoned(root: Path) -> None:
    """Remove worktrees of gardeners that are no longer alive (killed, or out of power)."""
    try:
        listed = lines(_git(root, "worktree", "list", "--porcelain", "-z"))
    except GitError:  # before git 2.36: no -z
        return
    for line in listed:
        word, _, name = line.partition(" ")
        match = re.match(rf"{_PREFIX}(\d+)-", Path(name).parent.name)
        if word == "worktree" and match and not _is_alive(int(match[1])):
            remove(root, Path(name))


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # someone else's
        return True
    return True


def _git(root: Path, *args: str) -> bytes:
    """Git without the user's hooks, and without the variables that name the user's index."""
    return git("-c", "core.hooksPath=/dev/null", *args, root=root, environment=child_environment())


def _fill_submodules(root: Path, tree: Path, commit: str) -> None:
    """Write the files of submodules, which `git worktree add` leaves empty, as `commit` has them.

    They come from what the user's work tree has of each; nothing is fetched. One that is
    not there, or lacks the commit, stays empty. No git in the new tree knows of the files,
    so nothing is left to clean up.
    """
    for entry in lines(_git(root, "ls-tree", "-r", "-z", commit)):
        _, kind, submodule_commit, name = re.split("[ \t]", entry, maxsplit=3)
        if kind != "commit":
            continue
        source, target = root / name, tree / name
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True, exist_ok=True)
        if not (source / ".git").exists():
            continue
        with contextlib.suppress(GitError), tempfile.TemporaryDirectory(prefix="gardener-") as temp:
            index = {**child_environment(), "GIT_INDEX_FILE": str(Path(temp) / "index")}
            git("read-tree", submodule_commit, root=source, environment=index)
            git("checkout-index", "-a", f"--prefix={target}/", root=source, environment=index)
            _fill_submodules(source, target, submodule_commit)


def _copy_ignored_files(root: Path, tree: Path) -> None:
    """Copy what git ignores and imports need: `_version.py`, compiled modules, `.env`.

    Whole ignored folders (environments, caches, builds) are left out, but for the
    metadata of an installation that stands beside the sources.
    """
    command = ("ls-files", "-o", "-i", "--exclude-standard", "--directory", "-z")
    for name in lines(git(*command, root=root, environment=child_environment())):
        source, target = root / name, tree / name
        with contextlib.suppress(OSError, shutil.Error):
            if name.endswith(".egg-info/"):
                shutil.copytree(source, target, dirs_exist_ok=True)
            elif _may_be_imported(source) and target.parent.is_dir() and not target.exists():
                shutil.copy2(source, target)


def _may_be_imported(source: Path) -> bool:
    """Whether an ignored file is one that tests may need."""
    is_needed = source.name.endswith(_NEEDED) or source.name.startswith(".env")
    return is_needed and source.is_file()


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """Turn what ends a process politely into KeyboardInterrupt."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    with handling(stop, STOPS):
        yield


@contextlib.contextmanager
def _uninterruptible() -> Iterator[None]:
    """Let nothing polite interrupt: a second Ctrl-C must not leave the worktree behind."""
    with handling(signal.SIG_IGN, ("SIGINT", *STOPS)):
        yield
