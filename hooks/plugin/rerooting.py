"""Installed as `sitecustomize`: a Python of one work tree imports another one's modules.

An editable installation names the user's work tree: in `sys.path` (through a `.pth` file),
in a finder, or by links from `site-packages` or a build folder. When tests of the base run
in a worktree of their own, all of them must lead there. Standard library only, Python 3.8+:
this runs in the user's interpreter, at the start of every process that the tests start.
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import (
    BYTECODE_SUFFIXES,
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    BuiltinImporter,
    ExtensionFileLoader,
    FileFinder,
    FrozenImporter,
    PathFinder,
    SourceFileLoader,
    SourcelessFileLoader,
)
from typing import TYPE_CHECKING, Any, Callable, Optional

LOADERS: Any = (
    (ExtensionFileLoader, EXTENSION_SUFFIXES),
    (SourceFileLoader, SOURCE_SUFFIXES),
    (SourcelessFileLoader, BYTECODE_SUFFIXES),
)
Move = Callable[[Any], Optional[str]]


def reroot(old: str, new: str) -> None:
    """Let whatever finds modules below `old` find those below `new` instead."""
    moved = _mover(old, new)
    sys.path[:] = [moved(path) or path for path in sys.path]
    for position, finder in enumerate(sys.meta_path):
        if finder in (BuiltinImporter, FrozenImporter, PathFinder):
            continue  # they take their paths from `sys.path`, and others look for them in the list
        for holder in (sys.modules.get(_module_of(finder)), type(finder), finder):
            for table in list(getattr(holder, "__dict__", {}).values()):
                _move_values(table, moved)
        sys.meta_path[position] = _RerootedFinder(finder, moved)
    sys.path_hooks.insert(0, _path_hook(moved))
    sys.path_importer_cache.clear()


def _mover(old: str, new: str) -> Move:
    """The function that gives a path below `old` its place below `new`, and None for others."""
    environments = tuple(
        os.path.realpath(prefix) + os.sep
        for prefix in (sys.prefix, sys.base_prefix)
        if os.path.realpath(prefix) != old
    )

    def moved(path: Any) -> Optional[str]:
        if not isinstance(path, (str, os.PathLike)) or not str(path):
            return None
        absolute = os.path.realpath(str(path))
        if absolute != old and not absolute.startswith(old + os.sep):
            return None
        parts = absolute.split(os.sep)
        # Gardener's own store lies in `.git`.
        if "site-packages" in parts or ".git" in parts:
            return None
        if (absolute + os.sep).startswith(environments):
            return None
        return new + absolute[len(old) :]

    return moved


def _module_of(finder: Any) -> str:
    return str(getattr(finder, "__module__", None) or type(finder).__module__)


def _move_values(table: Any, moved: Move) -> None:
    """Move the paths in what a finder looks up.

    setuptools has `MAPPING = {"pkg": "/tree/pkg"}` and `NAMESPACES = {"ns": [...]}`,
    `editables` (hatchling, pdm-backend) `_redirections`, scikit-build-core
    `known_source_files`.
    """
    if not isinstance(table, dict):
        return
    for module, paths in list(table.items()):
        if isinstance(paths, list):
            paths[:] = [moved(path) or path for path in paths]
        else:
            path = moved(paths)
            if path:
                table[module] = type(paths)(path)


class _RerootedFinder:
    """A finder that finds below the new tree what it would find below the old one."""

    def __init__(self, finder: Any, moved: Move) -> None:
        self._finder = finder
        self._moved = moved

    def find_spec(self, *args: Any, **named: Any) -> Any:
        """What the finder finds, in the other tree."""
        return _rerooted(self._finder.find_spec(*args, **named), self._moved)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._finder, name)


def _path_hook(moved: Move) -> Any:
    """For `sys.path_hooks`: folders below the old tree, and those with links into it."""

    class Linked(FileFinder):
        """A folder whose links lead below the old tree."""

        def find_spec(self, *args: Any, **named: Any) -> Any:
            return _rerooted(super().find_spec(*args, **named), moved)

    def hook(path: str) -> FileFinder:
        if not os.path.isdir(path):
            raise ImportError("only folders are moved")
        new = moved(path)
        if new is None or not os.path.isdir(new):
            if any(entry.is_symlink() and moved(entry.path) for entry in os.scandir(path)):
                return Linked(path, *LOADERS)
        if new is None:
            raise ImportError("it lies elsewhere")
        return FileFinder(new, *LOADERS)

    return hook


def _rerooted(spec: Any, moved: Move) -> Any:
    """A module's spec with the file of the other tree; None where that has no such file."""
    if spec is None:
        return None
    folders = spec.submodule_search_locations
    if folders is not None:
        folders = [_folder(folder, moved) for folder in folders]
    file = moved(spec.origin) if spec.has_location else None
    if file is None:
        if folders is not None and folders != list(spec.submodule_search_locations):
            spec.submodule_search_locations = folders
        return spec
    if not os.path.isfile(file):
        return None
    from importlib.util import spec_from_file_location

    if folders is not None:
        package = os.path.dirname(file)
        folders = [package] + [folder for folder in folders if folder != package]
    return spec_from_file_location(spec.name, file, submodule_search_locations=folders)


def _folder(folder: str, moved: Move) -> str:
    """Where the other tree has this folder; one that it lacks is kept for the links in it."""
    new = moved(folder)
    return new if new and os.path.isdir(new) else folder


def _run_hidden_sitecustomize() -> None:
    """Run the `sitecustomize` that this file hides, if there is one."""
    folder = os.path.dirname(os.path.abspath(__file__))
    remaining = [path for path in sys.path if os.path.abspath(path or ".") != folder]
    spec = PathFinder.find_spec("sitecustomize", remaining)
    if spec is not None and spec.loader is not None:
        from importlib.util import module_from_spec

        spec.loader.exec_module(module_from_spec(spec))


def _note_foreign_imports() -> None:
    """In a process that a test started: note what it imports from another tree."""
    if TYPE_CHECKING:
        from .foreign import ImportNotes
    else:  # `sitecustomize` is in no package
        from gardener_foreign import ImportNotes

    old, new = os.environ["GARDENER_FROM"], os.environ["GARDENER_TO"]
    notes: Any = ImportNotes(old, new, os.environ["GARDENER_CHILDREN"])
    sys.meta_path.insert(0, notes)


if __name__ == "sitecustomize":
    if os.environ.get("GARDENER_FROM") and os.environ.get("GARDENER_TO"):
        reroot(os.environ["GARDENER_FROM"], os.environ["GARDENER_TO"])
    _run_hidden_sitecustomize()
    if os.environ.get("GARDENER_TEST") and os.environ.get("GARDENER_CHILDREN"):
        _note_foreign_imports()
