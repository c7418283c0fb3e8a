"""Which files `gardener fix` is asked for: those given, those in folders given, or all that git knows."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from gardener.errors import GitError

FILE_PATTERNS = ("*.py", "*.pyi", "*.ipynb")


class Problem(NamedTuple):
    """A file that could not be treated, and why, as the rest of a sentence."""

    path: str
    reason: str


class Inputs(NamedTuple):
    """The files to treat as the user spells them; `by_name` if given so, not listed by git."""

    paths: tuple[str, ...]
    by_name: bool
    problems: tuple[Problem, ...] = ()


def list_inputs(paths: Sequence[str], root: Path) -> Inputs:
    """The files given, those in folders given, or all that git knows here.

    Raises:
        GitError: git cannot list them.
    """
    if not paths:
        return Inputs(tuple(_tracked(root, root)), False)
    top = os.path.realpath(root)
    files: list[str] = []
    problems: list[Problem] = []
    for path in paths:
        if os.path.isdir(path):  # noqa: PTH112 - the no-op path stays free of Path's cost
            files += _tracked(root, Path(path))
        elif not os.path.realpath(path).startswith(top + os.sep):
            problems.append(Problem(path, "is outside of the repository, left alone"))
        else:
            files.append(path)
    return Inputs(tuple(dict.fromkeys(files)), True, tuple(problems))


def _tracked(root: Path, folder: Path) -> Iterator[str]:
    from gardener.git import git

    try:
        listed = git("ls-files", "-z", "-s", "--", *FILE_PATTERNS, root=folder)
    except GitError:
        if (root / ".git").exists():
            raise
        yield from (os.path.relpath(p) for p in sorted(folder.rglob("*.py")))
        return
    at_home = os.path.realpath(folder) == os.getcwd()  # noqa: PTH109 - quicker
    top = os.path.realpath(root) + os.sep
    before = ""
    for entry in os.fsdecode(listed).split("\0"):
        head, _, name = entry.partition("\t")
        if not name or name == before:
            continue  # an unmerged file is listed several times
        before = name
        path = name if at_home else os.path.relpath(os.path.join(folder, name))  # noqa: PTH118 - quicker
        is_link = head.startswith("12")
        if is_link and not os.path.realpath(path).startswith(top):
            continue
        yield path
