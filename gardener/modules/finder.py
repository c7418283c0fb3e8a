"""Finds the files behind module names in the order of `sys.path` while pytest runs.

pytest's import modes decide which folders its test files and `conftest.py` files add: with
`prepend` and `append` the first folder upwards without `__init__.py`, with `importlib` none
(https://docs.pytest.org/en/stable/explanation/pythonpath.html; `resolve_package_path` and
`import_path` in `_pytest/pathlib.py`). The setting `pythonpath` adds folders, and
`python -m pytest` the current one. What is left are `PYTHONPATH`, the standard library, and
the installed distributions, of which some are the project's own.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cached_property, lru_cache
from typing import NamedTuple

from gardener.pytest_config.settings import Layout

from .distributions import Distribution
from .installed import STANDARD_LIBRARY, Installed

_SOURCE_FOLDERS = ("src", "lib", "python")
"""Names of folders that are put on `sys.path` more often than not."""


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


class Location(NamedTuple):
    """Where a module lies: files of the project that it may be, nearest first.

    `is_foreign` tells that the name belongs to the standard library or to another
    distribution as well.
    """

    files: tuple[str, ...] = ()
    is_foreign: bool = False

    @property
    def file(self) -> str:
        """The one file of the project that is surely meant; '' = none, or several may be."""
        return self.files[0] if len(self.files) == 1 and not self.is_foreign else ""

    @property
    def is_ambiguous(self) -> bool:
        """Whether files of the project may be meant, but not surely one of them."""
        return bool(self.files) and not self.file


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


class ModuleFinder:
    """The files behind module names, however the project is laid out.

    `paths` are the project's Python files, relative to the repository. Nothing here reads
    the file system.
    """

    def __init__(self, paths: Collection[str], search: SearchPath | None = None) -> None:
        self.paths = frozenset(paths)
        self.search = search or SearchPath()
        self.resolve = lru_cache(maxsize=None)(self._resolve)
        self.roots_of = lru_cache(maxsize=None)(self._roots_of)
        self._is_certain = lru_cache(maxsize=None)(self._decide_certain)

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
        roots = {"", *self._scopes, *map(self.insertion, self.by_folder)}
        roots.update(f for f in self.folders if f.rpartition("/")[2] in _SOURCE_FOLDERS)
        return tuple(sorted(roots))

    @cached_property
    def _scopes(self) -> dict[str, tuple[str, ...]]:
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
        return tuple(root for root in self.roots if self._holds(root, top))

    def _holds(self, root: str, top: str) -> bool:
        base = f"{root}/{top}" if root else top
        return base in self.folders or bool(module_file(root, top, self.paths.__contains__))

    def _decide_certain(self, root: str) -> bool:
        """Whether a folder is on `sys.path` in some run of pytest, and before what is foreign."""
        search = self.search
        if root in self._scopes or search.is_changed_by_code:
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
        if root in self._scopes:
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

    # --- modules --------------------------------------------------------------------------

    def _resolve(self, name: str, importer_folder: str) -> tuple[str, ...]:
        """All files that `import name` may mean for a file in `importer_folder`.

        Too much rather than too little: where no folder of `sys.path` has it, any file whose
        path ends like the name is meant, unless the name is known to be foreign.
        """
        top = name.partition(".")[0]
        is_foreign = self.is_foreign(name)
        files = dict.fromkeys(self._mapped(name))
        nearest: tuple[int, tuple[str, ...]] = (-1, ())
        for root in self._searched(top, importer_folder, is_foreign):
            file = module_file(root, name, self.paths.__contains__)
            if not file:
                continue
            files[file] = None
            if len(root) > nearest[0] and _encloses(root, importer_folder):
                above = module_file(root, top, self.paths.__contains__)
                if above and file != above:
                    nearest = (len(root), (file,))
        if nearest[1]:
            # Two packages of one name cannot be in one process: the nearest is meant.
            return nearest[1]
        return tuple(files) if files or is_foreign else tuple(self._ending(name))

    def _searched(self, top: str, importer_folder: str, is_foreign: bool) -> Iterable[str]:
        """The folders that hold a name and are searched for it before what is foreign."""
        roots = self.roots_of(top)
        if not is_foreign:
            return roots
        own = self._own_root(top, importer_folder)
        return [root for root in roots if root == own or self._is_certain(root)]

    def _own_root(self, top: str, folder: str) -> str | None:
        """The folder with the package `top` that a folder lies in; None = it is in no such one.

        Within a package its own name always means itself, whatever is on `sys.path`.
        """
        root = self.insertion(folder)
        inside = folder[len(root) :].strip("/")
        return root if inside and inside.partition("/")[0] == top else None

    def _mapped(self, name: str) -> Iterator[str]:
        """The file of a module in a package that lies in a folder of another name."""
        for package, folder, _ in self._mappings:
            if name == package or name.startswith(f"{package}."):
                inner = name[len(package) + 1 :]
                if not inner:
                    file = f"{folder}/__init__.py" if folder else "__init__.py"
                    if file in self.paths:
                        yield file
                    return
                file = module_file(folder, inner, self.paths.__contains__)
                if file:
                    yield file
                    return

    @cached_property
    def _mappings(self) -> list[tuple[str, str, str]]:
        """Packages with their folders, and those that they are meant for; inner packages first."""
        mappings = [
            (package, folder, distribution.folder)
            for distribution in self.search.distributions
            for package, folder in distribution.packages
        ]
        mappings += [(package, folder, "") for package, folder in self.search.installed.packages]
        return sorted(mappings, key=lambda mapping: -len(mapping[0]))

    def packages_in(self, folder: str) -> Iterator[str]:
        """The last parts of the names of packages that lie in a folder of another name."""
        for package, place, _ in self._mappings:
            if place == folder:
                yield package.rpartition(".")[2]

    def _ending(self, name: str) -> Iterator[str]:
        """The files whose paths end like a module's name."""
        ends = name.replace(".", "/")
        for path in self.by_name.get(name.rpartition(".")[2], ()):
            if f"/{path}".endswith((f"/{ends}.py", f"/{ends}/__init__.py")):
                yield path

    # --- certainty ------------------------------------------------------------------------

    def locate(self, name: str, importing_file: str) -> Location:
        """Where a module lies for one who must be certain.

        Of several files of the name those nearest to the importing file are meant: in the
        package that it is part of, else in folders of `sys.path` made for the innermost
        folder around it. A folder that is only perhaps on `sys.path` does not decide
        against one that surely is.
        """
        folder = importing_file.rpartition("/")[0]
        top = name.partition(".")[0]
        own = self._own_root(top, folder)
        if own is not None:
            file = module_file(own, name, self.paths.__contains__)
            return Location((file,) if file else ())
        is_foreign = self.is_foreign(name)
        certain, possible = self._candidates(name, folder, is_foreign)
        depth = max([*certain.values(), *possible.values()], default=-1)
        files = [f for f, d in certain.items() if d == depth]
        guessed = [f for f, d in possible.items() if d == depth and f not in files]
        if guessed:
            files += [*guessed, *(f for f in certain if f not in files)]
        if not files and not is_foreign:
            files = list(self._ending(name))
        return Location(tuple(files), is_foreign)

    def _candidates(
        self, name: str, folder: str, is_foreign: bool
    ) -> tuple[dict[str, int], dict[str, int]]:
        """Files of a name with how deep around `folder` what made them importable lies.

        First those in folders that are surely on `sys.path`, then the others.
        """
        certain: dict[str, int] = {}
        possible: dict[str, int] = {}
        for file in self._mapped(name):
            certain[file] = max(
                (len(scope) for package, _, scope in self._mappings
                 if f"{name}.".startswith(f"{package}.") and _encloses(scope, folder)),
                default=-1,
            )  # fmt: skip
        for root in self._searched(name.partition(".")[0], folder, is_foreign):
            file = module_file(root, name, self.paths.__contains__)
            if file:
                candidates = certain if self._is_certain(root) else possible
                depth = max(self._depths(root, folder), default=-1)
                candidates[file] = max(depth, candidates.get(file, -1))
        return certain, possible

    def _depths(self, root: str, folder: str) -> Iterator[int]:
        """The lengths of the folders around `folder` that a folder of `sys.path` is made for."""
        for scope in (root, *self._scopes.get(root, ())):
            if _encloses(scope, folder):
                yield len(scope)
        above, _, last = root.rpartition("/")
        if last in _SOURCE_FOLDERS and _encloses(above, folder):
            yield len(above)

    def module_name(self, path: str) -> str:
        """The dotted name by which a file is imported; '' for an `__init__.py` at the top."""
        folder = path.rpartition("/")[0]
        root = self.insertion(folder)
        if root == folder:  # in no package: below what the project's own settings add
            roots = (r for r in (*self._scopes, "src") if r and _encloses(r, folder))
            root = max(roots, key=len, default="")
        return dotted_name(path[len(root) :].lstrip("/"))

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


def _encloses(folder: str, inner: str) -> bool:
    """Whether a folder is another one, or above it."""
    return not folder or inner == folder or inner.startswith(f"{folder}/")


def _normal(folder: str) -> str:
    """A folder of the configuration, without `.` and `..`."""
    folder = posixpath.normpath(folder)
    return "" if folder == "." else folder
