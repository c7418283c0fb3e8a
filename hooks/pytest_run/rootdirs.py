"""Which runs of pytest the selected tests need: one for each of pytest's rootdirs."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from gardener.nodeid import file_of

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
        grouped: dict[Path, list[str]] = {}
        for test in tests:
            file, mark, rest = test.partition("::")
            folder = nearest(root, file) or root
            inside = os.path.relpath(root / file, folder).replace(os.sep, "/")
            grouped.setdefault(folder, []).append(_safe(inside + mark + rest))
        return [Invocation(folder, tuple(found)) for folder, found in grouped.items()]
    return _everything(root, files)


def _everything(root: Path, files: Iterable[str]) -> list[Invocation]:
    names = {*_INI, *_SECTIONS}
    folders: list[Path] = []
    outside = False
    tests = []
    for file in sorted(files, key=lambda name: (name.count("/"), name)):
        path = PurePosixPath(file)
        if path.name in names:
            folder = root / path.parent
            if not any(folder.is_relative_to(one) for one in folders) and has_ini(folder):
                folders.append(folder)
        elif path.suffix == ".py" and (
            path.name.startswith("test_") or path.name.endswith("_test.py")
        ):
            tests.append(root / path)
    outside = any(not any(test.is_relative_to(one) for one in folders) for test in tests)
    runs = [Invocation(folder) for folder in sorted(folders)]
    if outside or not runs:
        apart = tuple(f"--ignore={folder.relative_to(root)}" for folder in sorted(folders))
        runs.insert(0, Invocation(root, apart))
    return runs


def _safe(argument: str) -> str:
    """Keep pytest from reading a file name as an option, a file of arguments, or parameters.

    It takes the first `[` for the beginning of parameters and refuses a path that holds one. So
    for a test below such a folder it is asked for the folder above, with all tests in there.
    """
    path, bracket, _ = file_of(argument).partition("[")
    if bracket:
        argument = path.rpartition("/")[0] or "."
    return f"./{argument}" if argument.startswith(("-", "@")) else argument
