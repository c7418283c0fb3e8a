"""How pytest is started with gardener's plugin in it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from gardener.errors import GitError
from gardener.git import store

from ..plugin import RECORDER, REMAINDER, plugin_files, write_files
from .activation import activated

COMMAND_LINE = 100_000
"""Bytes of arguments that every system takes; longer lists travel in a file."""
WATCHED = "watched"
"""The file in the folder of the stream that names folders, as the plugin reads it."""
_OF_OUTER_PYTEST = (
    "PYTEST_CURRENT_TEST",
    "PYTEST_XDIST_WORKER",
    "PYTEST_XDIST_WORKER_COUNT",
    "PYTEST_XDIST_TESTRUNUID",
)
"""What a pytest says of itself to those that it starts. One that is started by a test of another is
no worker of that one, and would record as if others shared its files."""

_FROM_FILE = (
    # `python -m pytest`, but with the arguments out of a file: no limit of the system, no
    # limit of the pytest (its own `@file` is new in 8.2 and cannot hold a newline).
    "import os, runpy, sys; sys.path[0] = os.getcwd(); "
    "sys.argv[1:] = open(sys.argv[1], encoding='utf-8', errors='surrogateescape', newline='')"
    ".read().split('\\0'); runpy.run_module('pytest', run_name='__main__', alter_sys=True)"
)


class Extra(NamedTuple):
    """What pytest gets beyond the settings: arguments, PYTHONPATH, variables.

    `paths` come first on PYTHONPATH; `environment` is set on top of the user's own.
    """

    arguments: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    environment: Mapping[str, str] = MappingProxyType({})

    def plus(self, other: Extra) -> Extra:
        """Both together."""
        return Extra(
            (*self.arguments, *other.arguments),
            (*self.paths, *other.paths),
            {**self.environment, **other.environment},
        )


def pytest_command(python: str, arguments: tuple[str, ...], folder: Path) -> tuple[str, ...]:
    """The command line that runs pytest with the plugin; `folder` takes a long list of arguments."""
    # One test file that cannot be imported must not keep all others from running.
    # Nor must a limit in the project's addopts: what did not run is not known to pass.
    always = ("-p", RECORDER, "--continue-on-collection-errors", "--maxfail=0")
    all_arguments = (*always, *arguments)
    encoded = [os.fsencode(argument) for argument in all_arguments]
    if sum(len(argument) + 1 for argument in encoded) <= COMMAND_LINE:
        return (python, "-m", "pytest", *all_arguments)
    path = folder / "arguments"
    path.write_bytes(b"\0".join(encoded))
    return (python, "-c", _FROM_FILE, str(path))


def pytest_environment(
    root: Path, python: str, stream: Path, extra: Extra, *, records: bool
) -> dict[str, str]:
    """The environment for a pytest whose plugin writes its events into the folder `stream`."""
    environment = activated(python)
    for name in _OF_OUTER_PYTEST:
        environment.pop(name, None)
    environment.update(extra.environment)
    paths = [str(plugin_folder(root, stream)), *extra.paths]
    users_paths = environment.get("PYTHONPATH")
    if users_paths:
        paths.append(users_paths)
    environment["PYTHONPATH"] = os.pathsep.join(paths)
    environment["GARDENER_STREAM"] = str(stream)
    environment["GARDENER_ROOT"] = str(root)
    if records:
        environment["GARDENER_TRACE"] = "1"
    return environment


def watch(stream: Path, folders: Iterable[str]) -> None:
    """Let the plugin know the folders in which it shall see what is opened."""
    (stream / WATCHED).write_bytes(b"\0".join(map(os.fsencode, folders)))


def leave_out(stream: Path, ran: Iterable[str]) -> Extra:
    """What lets pytest leave out tests that an earlier process ran."""
    path = stream / "ran"
    path.write_bytes(b"\0".join(os.fsencode(nodeid) for nodeid in ran))
    return Extra(arguments=("-p", REMAINDER), environment={"GARDENER_RAN": str(path)})


def plugin_folder(root: Path, fallback: Path) -> Path:
    """The folder that holds the plugin under a name of its own, nothing else.

    It lies in gardener's store, so that the interpreter's byte code of it is kept too; where
    there is none or it cannot be written, below `fallback`.
    """
    sources = plugin_files()
    with contextlib.suppress(GitError, OSError):
        import hashlib

        name = hashlib.sha256(b"\0".join(sources.values())).hexdigest()[:16]
        folder = store(root) / "plugin" / name
        folder.mkdir(parents=True, exist_ok=True)
        write_files(sources, folder)
        return folder
    folder = fallback / "plugin"
    folder.mkdir(exist_ok=True)
    write_files(sources, folder)
    return folder
