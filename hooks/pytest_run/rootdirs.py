"""Which runs of pytest the selected tests need: one for each of pytest's rootdirs."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from gardener.nodeid import NodeId, file_of

_INI = ("pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini")
_SECTIONS = {
    "pyproject.toml": b"[tool.pytest",
    "tox.ini": b"[pytest]",
    "setup.cfg": b"[tool:pytest]",
}


class Invocation(NamedTuple):
    """One run of pytest: the folder to start in and its arguments, relative to it.

    No arguments: whatever plain pytest collects there.
    """

    folder: Path
    arguments: tuple[str, ...] = ()


def has_ini(folder: Path) -> bool:
    """Whether pytest would take its settings from a file in this folder."""
    if any((folder / name).is_file() for name in _INI):
        return True
    for name, section in _SECTIONS.items():
        try:
            if section in (folder / name).read_bytes():
                return True
        except OSError:
            continue
    return False


def nearest(root: Path, file: str) -> Path | None:
    """The nearest folder with an ini-file above a file of the repository."""
    for parent in PurePosixPath(file).parents:
        if has_ini(root / parent):
            return root / parent
    return None


def invocations(
    root: Path, tests: tuple[str, ...] | None, files: Iterable[str]
) -> list[Invocation]:
    """Split tests (None: everything) into runs of pytest.

    With an ini-file at the top there is one run from the top, as a user would start it,
    and pytest finds its rootdir from the arguments. Without one, each test runs from the
    folder of the ini-file above it. `files` are the files of the repository; they tell
    where ini-files are when everything runs.
    """
    if has_ini(root):
        return [Invocation(root, tuple(dict.fromkeys(_safe(test) for test in tests or ())))]
    if tests is not None:
        return _by_rootdir(root, tests)
    return _everything(root, [PurePosixPath(file) for file in files])


def _by_rootdir(root: Path, tests: tuple[str, ...]) -> list[Invocation]:
    """The tests, each run from the folder of the ini-file above it."""
    arguments: dict[Path, list[str]] = {}
    for test in tests:
        nodeid = NodeId.parse(test)
        folder = nearest(root, nodeid.file) or root
        relative = os.path.relpath(root / nodeid.file, folder).replace(os.sep, "/")
        arguments.setdefault(folder, []).append(_safe(str(nodeid._replace(file=relative))))
    return [
        Invocation(folder, tuple(dict.fromkeys(nodeids))) for folder, nodeids in arguments.items()
    ]


def _everything(root: Path, files: list[PurePosixPath]) -> list[Invocation]:
    """One run in each folder with an ini-file, and one at the top for the tests outside them."""
    folders = _rootdirs(root, files)
    runs = [Invocation(folder) for folder in folders]
    tests = [root / file for file in files if _is_test_file(file)]
    if not runs or not all(_is_below(test, folders) for test in tests):
        ignored = tuple(f"--ignore={folder.relative_to(root)}" for folder in folders)
        runs.insert(0, Invocation(root, ignored))
    return runs


def _rootdirs(root: Path, files: list[PurePosixPath]) -> list[Path]:
    """The topmost folders with an ini-file of pytest, sorted."""
    candidates = {file.parent for file in files if file.name in _INI or file.name in _SECTIONS}
    folders: list[Path] = []
    for candidate in sorted(candidates, key=lambda path: (len(path.parts), path)):
        folder = root / candidate
        if not _is_below(folder, folders) and has_ini(folder):
            folders.append(folder)
    return sorted(folders)


def _is_below(path: Path, folders: list[Path]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)


def _is_test_file(file: PurePosixPath) -> bool:
    """Whether pytest would collect it by its name, as far as no setting says otherwise."""
    is_named = file.name.startswith("test_") or file.name.endswith("_test.py")
    return file.suffix == ".py" and is_named


def _safe(argument: str) -> str:
    """Keep pytest from reading a file name as an option, a file of arguments, or parameters.

    It takes the first `[` for the beginning of parameters and refuses a path that holds one. So
    for a test below such a folder it is asked for the folder above, with all tests in there.
    """
    path, bracket, _ = file_of(argument).partition("[")
    if bracket:
        argument = path.rpartition("/")[0] or "."
    return f"./{argument}" if argument.startswith(("-", "@")) else argument
