"""Speaks git: the only place that starts it for facts about a repository."""

from __future__ import annotations

import os
from pathlib import Path

from gardener.errors import GitError

_HOOK_VARIABLES = (
    # What git sets for its hooks. A child that runs git elsewhere (a test that makes
    # a repository of its own) would write into the user's index.
    "GIT_DIR",
    "GIT_INDEX_FILE",
    "GIT_WORK_TREE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_PREFIX",
    "GIT_NAMESPACE",
    "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_QUARANTINE_PATH",
    "GIT_LITERAL_PATHSPECS",
    "GIT_CONFIG_PARAMETERS",
    "GIT_CONFIG_COUNT",
)
_COMMIT_VARIABLES = (
    # What `git commit` sets besides, and what a user may set for himself outside of a hook.
    "GIT_AUTHOR_DATE",
    "GIT_AUTHOR_EMAIL",
    "GIT_AUTHOR_NAME",
    "GIT_EDITOR",
    "GIT_EXEC_PATH",
    "GIT_REFLOG_ACTION",
)
_MANAGER_VARIABLES = (
    # What pre-commit and prek tell a hook; PRE_COMMIT_HOME and the like are the user's.
    "PRE_COMMIT",
    "PRE_COMMIT_FROM_REF",
    "PRE_COMMIT_TO_REF",
    "PRE_COMMIT_ORIGIN",
    "PRE_COMMIT_SOURCE",
    "PRE_COMMIT_LOCAL_BRANCH",
    "PRE_COMMIT_REMOTE_BRANCH",
    "PRE_COMMIT_REMOTE_NAME",
    "PRE_COMMIT_REMOTE_URL",
    "PREK_HOOK_STAGE",
)


def child_environment() -> dict[str, str]:
    """The environment for processes that run user code: without what is set for hooks."""
    away = {*_HOOK_VARIABLES, *_MANAGER_VARIABLES}
    if "GIT_INDEX_FILE" in os.environ:
        away.update(_COMMIT_VARIABLES)
    return {k: v for k, v in os.environ.items() if k not in away}


def find_root(start: Path | None = None) -> Path:
    """The top of the repository around `start` (default: the current directory).

    Walks upwards for `.git` instead of starting git, which costs more than the rest of
    a no-op hook.

    Raises:
        GitError: there is no repository.
    """
    start = (start or Path.cwd()).resolve()
    for folder in (start, *start.parents):
        if (folder / ".git").exists():
            return folder
        if _is_bare(folder):
            raise GitError(f"{folder} is a bare repository: it has no files; use a clone of it.")
    raise GitError(f"{start} is not inside a git repository; run `git init` first.")


def _is_bare(folder: Path) -> bool:
    return (folder / "HEAD").is_file() and all((folder / n).is_dir() for n in ("objects", "refs"))


def git(
    *args: str,
    root: Path,
    stdin: bytes | None = None,
    environment: dict[str, str] | None = None,
) -> bytes:
    """Run git in `root` and return its standard output.

    Keeps the environment, so that inside a hook `GIT_INDEX_FILE` (set by
    `git commit -a` and `git commit FILE`) names the index that will be committed; what
    must not touch that index gives another `environment`.

    Raises:
        GitError: git is not installed or the command failed; the text is git's own.
    """
    import subprocess  # late: a no-op hook starts no process

    try:
        done = subprocess.run(
            ["git", *args],
            cwd=root,
            input=stdin,
            capture_output=True,
            check=False,
            env=environment,
        )
    except FileNotFoundError:
        raise GitError("git is not on PATH; install git.") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines() or ["no message"]
        # Advice follows what is fatal, as where the repository belongs to somebody else.
        fatal = next((line for line in said if line.startswith("fatal: ")), said[-1])
        cure = ""
        if "dubious ownership" in fatal:
            cure = f"; if you trust it: git config --global --add safe.directory {root}"
        raise GitError(f"`git {' '.join(args[:3])}` failed: {fatal.removeprefix('fatal: ')}{cure}")
    return done.stdout


def lines(output: bytes) -> list[str]:
    """Split NUL-separated output of git into names, as Python spells file names."""
    return [os.fsdecode(part) for part in output.split(b"\0") if part]


def untracked(root: Path) -> list[str]:
    """Files that are neither tracked nor ignored; a nested repository ends with `/`.

    Byte code is left out: where no .gitignore names it, every run of the tests would
    change the work tree. So are virtual environments: they are not the project's files.
    """
    bytecode = (":(exclude,glob)**/__pycache__/**", ":(exclude,glob)**/*.pyc")
    listed = git("ls-files", "-z", "-o", "--exclude-standard", "--", ".", *bytecode, root=root)
    names = lines(listed)
    marker = "pyvenv.cfg"  # PEP 405
    environments = tuple(n.removesuffix(marker) for n in names if n.endswith("/" + marker))
    return [n for n in names if not n.startswith(environments)] if environments else names


def head(root: Path) -> str:
    """The commit id of HEAD; empty before the first commit."""
    try:
        return git("rev-parse", "--verify", "-q", "HEAD", root=root).decode().strip()
    except GitError:
        return ""


def branch(root: Path) -> str:
    """The current branch; empty when HEAD is detached."""
    try:
        return git("symbolic-ref", "-q", "--short", "HEAD", root=root).decode().strip()
    except GitError:
        return ""


def merge_base(root: Path, ref: str, tip: str = "HEAD") -> str:
    """The commit where `tip` left `ref`; empty where the clone holds none, or not both of them."""
    try:
        return git("merge-base", ref, tip, root=root).decode().split()[0]
    except (GitError, IndexError):
        return ""


def fork_point(root: Path) -> str:
    """Where this branch left the main one; empty when that cannot be told."""
    remotes = ["HEAD", "main", "master"]
    target = os.environ.get("GITHUB_BASE_REF")
    if target:
        remotes.insert(0, target)
    candidates = [f"refs/remotes/origin/{name}" for name in remotes]
    candidates += ["refs/heads/main", "refs/heads/master"]
    try:
        # One process tells which of them there are; each further one costs as much.
        listed = git("for-each-ref", "--format=%(refname)", *candidates, root=root)
    except GitError:
        return ""
    there = set(listed.decode(errors="replace").split())
    bases = (merge_base(root, name) for name in candidates if name in there)
    return next(filter(None, bases), "")


def store(root: Path) -> Path:
    """The folder of gardener's own stores, under the git common directory (not created).

    Raises:
        GitError: there is no repository.
    """
    if not {"GIT_DIR", "GIT_COMMON_DIR"} & os.environ.keys():
        folder = store_by_files(root)
        if folder is not None:
            return folder
    common = git("rev-parse", "--git-common-dir", root=root).decode().rstrip("\n")
    return (root / common).resolve() / "gardener"


def store_by_files(root: Path) -> Path | None:
    """As `store`, by what git wrote instead of by asking it, which costs more than a no-op hook.

    None without a repository.
    """
    directory = root / ".git"
    try:
        if directory.is_file():  # a linked worktree or a submodule
            place = directory.read_text(encoding="utf-8").removeprefix("gitdir:").strip()
            directory = (root / place).resolve()
            common = directory / "commondir"
            if common.is_file():
                directory = directory / common.read_text(encoding="utf-8").strip()
        return directory.resolve() / "gardener" if directory.is_dir() else None
    except (OSError, UnicodeDecodeError):
        return None
