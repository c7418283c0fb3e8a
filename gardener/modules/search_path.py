"""The folders of a project that are on `sys.path` while pytest runs.

pytest's import modes decide which folders its test files and `conftest.py` files add: with
`prepend` and `append` the first folder upwards without `__init__.py`, with `importlib` none
(https://docs.pytest.org/en/stable/explanation/pythonpath.html; `resolve_package_path` and
`import_path` in `_pytest/pathlib.py`). The setting `pythonpath` adds folders, and
`python -m pytest` the current one. What is left are `PYTHONPATH`, the standard library, and
the installed distributions, of which some are the project's own.
"""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from functools import cached_property, lru_cache
from typing import NamedTuple

from gardener.pytest_config.settings import Layout

from .distributions import Distribution
from .installed import STANDARD_LIBRARY, Installed

SOURCE_FOLDERS = ("src", "lib", "python")
"""Names of folders that are put on `sys.path` more often than not."""

_SUFFIXES = (".py", ".pyi")
_NOWHERE: frozenset[str] = frozenset()


class SearchPath(NamedTuple):
    """What decides about `sys.path` beside the names of the project's files.

    `environment` are folders of the repository in `PYTHONPATH`. `is_changed_by_code` tells
    that a conftest changes `sys.path` itself: then any folder may be on it.
    """

    layout: Layout = Layout({})
    distributions: tuple[Distribution, ...] = ()
    installed: Installed = Installed()
    environment: tuple[str, ...] = ()
    is_changed_by_code: bool = False

    @property
    def pythonpath(self) -> Iterator[tuple[str, str]]:
        """The folders that pytest's setting adds, each behind the folder of the setting."""
        for settings in self.layout.settings.values():
            for folder in settings.pythonpath:
                yield settings.folder, _normal(posixpath.join(settings.folder, folder))


def insertion(folder: str, is_file: Callable[[str], bool]) -> str:
    """The folder that pytest puts on `sys.path` for a file in `folder`.

    It is the first one upwards without `__init__.py`, or '' where all have one.
    """
    while folder and is_file(f"{folder}/__init__.py"):
        folder = folder.rpartition("/")[0]
    return folder


def module_file(root: str, name: str, is_file: Callable[[str], bool]) -> str:
    """The file of a module below a folder of `sys.path`; '' = none: it is no module, or a namespace.

    A package goes before a module, and that before a stub, as they do in Python.
    """
    base = f"{root}/{name.replace('.', '/')}" if root else name.replace(".", "/")
    for path in (f"{base}/__init__.py", f"{base}.py", f"{base}.pyi"):
        if is_file(path):
            return path
    return ""


class Roots:
    """The folders that may be on `sys.path`, for a project of these files.

    `paths` are its Python files, relative to the repository. Nothing here reads the file
    system.
    """

    def __init__(self, paths: Collection[str], search: SearchPath | None = None) -> None:
        self.paths = frozenset(paths)
        self.search = search or SearchPath()
        self.roots_of = lru_cache(maxsize=None)(self._roots_of)
        self.is_certain = lru_cache(maxsize=None)(self._decide_certain)

    # --- the files ------------------------------------------------------------------------

    @cached_property
    def by_folder(self) -> dict[str, list[str]]:
        """The files directly in each folder."""
        files: dict[str, list[str]] = {}
        for path in sorted(self.paths):
            files.setdefault(path.rpartition("/")[0], []).append(path)
        return files

    @cached_property
    def by_name(self) -> dict[str, list[str]]:
        """The files by the last part of their module's name."""
        files: dict[str, list[str]] = {}
        for folder, paths in self.by_folder.items():
            for path in paths:
                stem = path.rpartition("/")[2].removesuffix(".py")
                name = folder.rpartition("/")[2] if stem == "__init__" else stem
                files.setdefault(name, []).append(path)
        return files

    @cached_property
    def folders(self) -> frozenset[str]:
        """All folders with Python files in or below them."""
        folders = {""}
        for folder in self.by_folder:
            while folder not in folders:
                folders.add(folder)
                folder = folder.rpartition("/")[0]  # noqa: PLW2901 - up to the top
        return frozenset(folders)

    def insertion(self, folder: str) -> str:
        """The folder that pytest puts on `sys.path` for a file in `folder`."""
        return insertion(folder, self.paths.__contains__)

    def top(self, path: str) -> str:
        """The top-level module or package that a file belongs to."""
        inside = path[len(self.insertion(path.rpartition("/")[0])) :].lstrip("/")
        return inside.partition("/")[0].removesuffix(".py")

    # --- the search path ------------------------------------------------------------------

    @cached_property
    def roots(self) -> tuple[str, ...]:
        """The folders that may be on `sys.path`, sorted."""
        roots = {"", *self.scopes, *map(self.insertion, self.by_folder)}
        roots.update(f for f in self.folders if f.rpartition("/")[2] in SOURCE_FOLDERS)
        return tuple(sorted(roots))

    @cached_property
    def scopes(self) -> dict[str, tuple[str, ...]]:
        """The folders that configuration adds to `sys.path`, each with those it is meant for."""
        scopes: dict[str, tuple[str, ...]] = {"": ("",)}
        added = list(self.search.pythonpath)
        for distribution in self.search.distributions:
            added += [(distribution.folder, root) for root in distribution.roots]
        added += [("", entry) for entry in self.search.environment]
        added += [("", entry) for entry in self.search.installed.entries]
        for scope, root in added:
            scopes[root] = (*scopes.get(root, ()), scope)
        return scopes

    def _roots_of(self, top: str) -> tuple[str, ...]:
        """The folders of `sys.path` that hold a module or package of this name."""
        return tuple(sorted(self._holders.get(top, _NOWHERE).intersection(self.roots)))

    @cached_property
    def _holders(self) -> dict[str, set[str]]:
        """The folders that hold a module or a folder of each name."""
        holders: dict[str, set[str]] = defaultdict(set)
        for folder in self.folders:
            above, _, name = folder.rpartition("/")
            holders[name].add(above)
        for path in self.paths:
            folder, _, name = path.rpartition("/")
            for suffix in _SUFFIXES:
                if name.endswith(suffix):
                    holders[name.removesuffix(suffix)].add(folder)
        return holders

    def _decide_certain(self, root: str) -> bool:
        """Whether a folder is on `sys.path` in some run of pytest, and before what is foreign."""
        search = self.search
        if root in self.scopes or search.is_changed_by_code:
            return True
        if root in search.layout.settings or f"{root}/manage.py" in self.paths:
            return True  # pytest runs in it; pytest-django adds it
        return any(self._inserts(folder) for folder in self._inserting.get(root, ()))

    @cached_property
    def _inserting(self) -> dict[str, list[str]]:
        """The folders whose test files make pytest insert a folder, by that folder."""
        folders: dict[str, list[str]] = {}
        for folder in self.by_folder:
            folders.setdefault(self.insertion(folder), []).append(folder)
        return folders

    def _inserts(self, folder: str) -> bool:
        """Whether a test file or a conftest in a folder puts one before all others on `sys.path`."""
        layout = self.search.layout
        if layout.of_folder(folder).import_mode != "prepend":
            return False
        return any(
            path.endswith("/conftest.py") or layout.is_test(path) for path in self.by_folder[folder]
        )

    def is_foreign(self, name: str) -> bool:
        """Whether a name belongs to the standard library or to another distribution."""
        top = name.partition(".")[0]
        names = self.search.installed.names
        if top in STANDARD_LIBRARY or top in names:
            return True
        if "." not in name or not names:
            return False
        parts = name.split(".")
        return ".".join(parts[:2]) in names or ".".join(parts[:3]) in names

    def hides_foreign(self, path: str) -> bool:
        """Whether a foreign name may mean a file of the project only because `path` is there.

        So it is where the file, as a test or as a `manage.py`, puts a folder on `sys.path`
        that holds a module of that name.
        """
        root = self.insertion(path.rpartition("/")[0])
        if root in self.scopes:
            return False
        stems = {path.rpartition("/")[2].partition(".")[0] for path in self.by_folder.get(root, ())}
        return any(map(self.is_foreign, stems | self._children.get(root, set())))

    @cached_property
    def _children(self) -> dict[str, set[str]]:
        """The names of the folders with Python files in each folder."""
        children: dict[str, set[str]] = {}
        for folder in self.folders - {""}:
            above, _, name = folder.rpartition("/")
            children.setdefault(above, set()).add(name)
        return children

    @property
    def settings(self) -> tuple[object, ...]:
        """All but the files themselves and the settings of pytest that decides what is found.

        Of the names of other distributions only those count that files or folders have too.
        """
        search = self.search
        folders = {folder.rpartition("/")[2] for folder in self.folders}
        shared = [
            name
            for name in search.installed.names
            if (last := name.rpartition(".")[2]) in self.by_name or last in folders
        ]
        return (
            search.distributions,
            search.environment,
            search.installed.entries,
            search.installed.packages,
            search.is_changed_by_code,
            tuple(sorted(shared)),
        )


def dotted_name(path: str) -> str:
    """The module that a path below a folder of `sys.path` is."""
    stem = path.removesuffix(".pyi").removesuffix(".py").replace("/", ".")
    return "" if stem == "__init__" else stem.removesuffix(".__init__")


def encloses(folder: str, inner: str) -> bool:
    """Whether a folder is another one, or above it."""
    return not folder or inner == folder or inner.startswith(f"{folder}/")


def _normal(folder: str) -> str:
    """A folder of the configuration, without `.` and `..`."""
    folder = posixpath.normpath(folder)
    return "" if folder == "." else folder
