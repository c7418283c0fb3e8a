"""Which runs of pytest the selected tests need: one for each configuration file of pytest."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable
from functools import cached_property, lru_cache
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from gardener.errors import GitError
from gardener.git import git, lines, untracked
from gardener.nodeid import NodeId, file_of
from gardener.pytest_config.settings import CONFIG_NAMES, Layout, settings_by_folder

IGNORE = "--ignore="


class Invocation(NamedTuple):
    """One run of pytest: the folder to start in and its arguments, relative to it.

    Without a path among the arguments: whatever plain pytest collects there. `ran` are tests that
    it leaves out, because an earlier process ran them. `part` is the folder whose settings it has,
    `python` its interpreter, if that is not the project's.
    """

    folder: Path
    arguments: tuple[str, ...] = ()
    ran: tuple[str, ...] = ()
    part: str = ""
    python: str = ""

    @property
    def paths(self) -> tuple[str, ...]:
        """The arguments that are paths and nodeids."""
        return tuple(a for a in self.arguments if not a.startswith(IGNORE))

    @property
    def ignored(self) -> tuple[str, ...]:
        """The arguments that keep pytest out of folders."""
        return tuple(a for a in self.arguments if a.startswith(IGNORE))


class ConfiguredTree:
    """The folders of a repository with their pytest settings, as far as they are asked for.

    `list_files` lists the files of the repository; it is called where everything below a folder
    is to run.
    """

    def __init__(self, root: Path, list_files: Callable[[], Iterable[str]]) -> None:
        self.root = root
        self._list_files = list_files
        self.has_settings = lru_cache(maxsize=None)(self._has_settings)

    def _has_settings(self, folder: str) -> bool:
        """Whether pytest would take its settings from a file in this folder."""
        paths = (f"{folder}/{name}" if folder else name for name in CONFIG_NAMES)
        return bool(settings_by_folder(configuration_files(self.root, paths)))

    def nearest(self, path: str) -> str:
        """The nearest folder with settings above a file, or the top; a folder may be it itself."""
        for folder in _upwards(path):
            if self.has_settings(folder):
                return folder
        return ""

    @cached_property
    def files(self) -> list[str]:
        """All files of the repository."""
        return list(self._list_files())

    @cached_property
    def layout(self) -> Layout:
        """Where pytest looks for tests."""
        return Layout(settings_by_folder(configuration_files(self.root, self.files)))

    @cached_property
    def tests(self) -> list[str]:
        """The files that plain pytest would collect."""
        return [f for f in self.files if f.endswith(".py") and self.layout.is_test(f)]

    @cached_property
    def parts(self) -> list[str]:
        """The folders that are run with settings of their own, without the top."""
        return self.layout.parts(self.files)

    def part_of(self, path: str) -> str:
        """The innermost part that a path lies in, or the top."""
        return next((folder for folder in _upwards(path) if folder in self.parts), "")

    def testpaths(self, part: str) -> list[str]:
        """Where plain pytest starts in a part, relative to the repository."""
        settings = self.layout.of_folder(part)
        base = self.root / part
        paths = [path for pattern in settings.testpaths for path in sorted(base.glob(pattern))]
        return [path.relative_to(self.root).as_posix() for path in paths] or [part or "."]


def repository_files(root: Path) -> list[str]:
    """The files of the repository, untracked ones included; none where git cannot say."""
    with contextlib.suppress(GitError):
        return lines(git("ls-files", "-z", root=root)) + untracked(root)
    return []


def configuration_files(root: Path, paths: Iterable[str]) -> dict[str, bytes]:
    """Those of the paths that may configure pytest, with what they hold; without what is no file."""
    sources = {}
    for path in paths:
        if path.rpartition("/")[2] in CONFIG_NAMES:
            with contextlib.suppress(OSError):
                if (root / path).is_file():  # no link to a device
                    sources[path] = (root / path).read_bytes()
    return sources


def _upwards(path: str) -> list[str]:
    """A path and the folders above it, the top as the empty path."""
    parts = () if path in ("", ".") else PurePosixPath(path).parts
    return ["/".join(parts[:n]) for n in range(len(parts), -1, -1)]


def invocations(tree: ConfiguredTree, tests: tuple[str, ...] | None) -> list[Invocation]:
    """Split tests (None: everything) into runs of pytest.

    With settings at the top each run starts there, as a user would do it, and pytest finds its
    configuration file from the arguments. Without, each starts in the folder of that file.
    """
    if tests is None:
        return _everything(tree)
    arguments: dict[str, list[str]] = {}
    for test in tests:
        nodeid = NodeId.parse(test)
        if nodeid.is_file and (tree.root / nodeid.file).is_dir():
            for part, inner in _below(tree, nodeid.file).items():
                arguments.setdefault(part, []).extend(inner)
        else:
            arguments.setdefault(tree.nearest(nodeid.file), []).append(test)
    return [_invocation(tree, part, given) for part, given in arguments.items()]


def _below(tree: ConfiguredTree, folder: str) -> dict[str, list[str]]:
    """What to run for a folder: itself, and the parts that lie in it with their own settings."""
    folder = "" if folder in ("", ".") else folder.strip("/")
    own = tree.nearest(folder)
    inner = [part for part in tree.parts if part != own and is_below(part, folder)]
    runs = {part: [*tree.testpaths(part), *_ignores(tree, part)] for part in inner}
    is_empty = inner and not any(
        is_below(test, folder) and tree.part_of(test) not in inner for test in tree.tests
    )
    if not is_empty:
        runs[own] = [folder or ".", *(f"{IGNORE}{part}" for part in inner)]
    return runs


def _ignores(tree: ConfiguredTree, part: str) -> list[str]:
    """What keeps a run out of the parts that lie in it."""
    return [f"{IGNORE}{other}" for other in tree.parts if other != part and is_below(other, part)]


def _everything(tree: ConfiguredTree) -> list[Invocation]:
    """One run for each part, and one at the top for the tests outside of all."""
    parts = tree.parts
    runs = []
    for part in parts:
        options = [*(tree.testpaths(part) if tree.has_settings("") else ()), *_ignores(tree, part)]
        runs.append(_invocation(tree, part, options))
    if not parts or any(not tree.part_of(test) for test in tree.tests):
        runs.insert(0, _invocation(tree, "", [f"{IGNORE}{part}" for part in _topmost(parts)]))
    return runs


def _topmost(parts: list[str]) -> list[str]:
    return [part for part in parts if not any(is_below(part, o) for o in parts if o != part)]


def _invocation(tree: ConfiguredTree, part: str, options: list[str]) -> Invocation:
    """A run with arguments that are relative to the repository."""
    start = "" if tree.has_settings("") else part
    moved = tuple(dict.fromkeys(relative(argument, start) for argument in options))
    return Invocation(tree.root / start, moved, part=part)


def relative(argument: str, start: str) -> str:
    """An argument that is relative to the repository, for a pytest that starts in a folder of it."""
    if argument.startswith(IGNORE):
        return IGNORE + _from(argument[len(IGNORE) :], start)
    nodeid = NodeId.parse(argument)
    return safe(str(nodeid._replace(file=_from(nodeid.file, start))) if start else argument)


def _from(path: str, start: str) -> str:
    return os.path.relpath(path, start).replace(os.sep, "/") if start else path


def is_below(path: str, folder: str) -> bool:
    """Whether a path is a folder, or lies in it; in the top, the empty path, lies everything."""
    return not folder or path == folder or path.startswith(folder + "/")


def safe(argument: str) -> str:
    """Keep pytest from reading a file name as an option, a file of arguments, or parameters.

    It takes the first `[` for the beginning of parameters and refuses a path that holds one. So
    for a test below such a folder it is asked for the folder above, with all tests in there.
    """
    path, bracket, _ = file_of(argument).partition("[")
    if bracket:
        argument = path.rpartition("/")[0] or "."
    return f"./{argument}" if argument.startswith(("-", "@")) else argument
