"""What tests ran on: the content of the files and the interpreter, as the history names them."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
from pathlib import Path, PurePosixPath

from gardener.errors import GitError
from gardener.git import branch, git, head, lines, untracked
from gardener.pytest_config.settings import CONFIG_NAMES
from gardener.reports.history import RunState

from ..pytest_run.environments import of_packages, own_environments
from ..pytest_run.interpreter import stamp_of
from .environment import import_path


def content(root: Path, python: str) -> RunState:
    """What is on disk now.

    Inside a hook the index is the one that will be committed (`GIT_INDEX_FILE`); it is
    read and never written.
    """
    return RunState(
        tree=_tree(root),
        untracked=_untracked(root),
        environment=environment(root, python),
        commit=head(root),
        branch=branch(root),
    )


def environment(root: Path, python: str) -> str:
    """Changes with the interpreter, with what is installed into it, and with PYTHONPATH.

    So it does with what is installed for parts of a monorepo that have environments of their own.
    """
    packages = [f"{path}={stamp_of(path)}" for path in _of_parts(root)]
    facts = (python, str(stamp_of(Path(python))), import_path(root), *packages)
    return hashlib.sha256("\0".join(facts).encode()).hexdigest()[:16]


def _of_parts(root: Path) -> list[Path]:
    """The interpreters of the environments inside of a repository that a run of pytest may take."""
    names = [f":(glob)**/{name}" for name in CONFIG_NAMES]
    configured: list[str] = []
    with contextlib.suppress(GitError):
        configured = lines(git("ls-files", "-z", "--", *names, root=root))
    parts = {PurePosixPath(file).parent.as_posix() for file in configured}
    candidates = [*of_packages(root), *(c for part in parts for c in own_environments(root, part))]
    return sorted({candidate.path for candidate in candidates})


def tree_of(root: Path, commit: str) -> str:
    """The tree of a commit. Raises: GitError."""
    return git("rev-parse", "--verify", f"{commit}^{{tree}}", root=root).decode().strip()


def _tree(root: Path) -> str:
    """The tree that the tracked files on disk make.

    Empty during an unfinished merge, and where files of a submodule are changed, which no
    tree of this repository can hold.
    """
    try:
        if not git("diff-files", "--name-only", "-z", root=root):
            return git("write-tree", root=root).decode().strip()
        # A copy of the index takes in what is changed on disk; the user's stays as it is.
        index = os.environ.get("GIT_INDEX_FILE") or git(
            "rev-parse", "--git-path", "index", root=root
        ).decode().rstrip("\n")
        with tempfile.TemporaryDirectory(prefix="gardener-") as folder:
            copied = Path(folder) / "index"
            with contextlib.suppress(FileNotFoundError):
                # With its time: git takes a file for unchanged that has the same size and
                # was changed in the second in which an older index was written.
                shutil.copy2(root / index, copied)
            with_copy = {**os.environ, "GIT_INDEX_FILE": str(copied)}
            git("add", "--update", "--", ".", root=root, environment=with_copy)
            if (root / ".gitmodules").exists() and _differs(root, with_copy):
                return ""
            return git("write-tree", root=root, environment=with_copy).decode().strip()
    except (GitError, OSError):
        return ""


def _differs(root: Path, environment: dict[str, str]) -> bool:
    """Whether files on disk differ from the index of that environment, in submodules too."""
    words = ("diff-files", "--name-only", "-z", "--ignore-submodules=untracked")
    return bool(git(*words, root=root, environment=environment))


def _untracked(root: Path) -> str:
    """A hash of the files that git neither tracks nor ignores; empty when there are none."""
    try:
        names = untracked(root)
    except GitError:
        return "unknown"
    if not names:
        return ""
    digest = hashlib.sha256()
    for name in names:
        with contextlib.suppress(OSError):
            facts = (root / name).stat()
            digest.update(
                f"{name}\0{facts.st_size}\0{facts.st_mtime_ns}\0".encode(errors="replace")
            )
    return digest.hexdigest()[:16]
