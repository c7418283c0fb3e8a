"""Finds the files behind module names, in the order of `sys.path` while pytest runs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import cached_property, lru_cache
from typing import NamedTuple

from .search_path import SOURCE_FOLDERS, Roots, SearchPath, dotted_name, encloses, module_file


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


class _Candidate(NamedTuple):
    """A file that a name may mean.

    `depth` is the length of the innermost folder around the importing file that its folder
    of `sys.path` is made for, -1 for none; `place` that of its folder in `pythonpath`.
    """

    file: str
    depth: int
    is_certain: bool = True
    place: int | None = None


def _nearest(candidates: list[_Candidate]) -> list[str]:
    """The files of the candidates that may be meant when the innermost are."""
    depth = max((candidate.depth for candidate in candidates), default=-1)
    innermost = [candidate for candidate in candidates if candidate.depth == depth]
    if not all(candidate.is_certain for candidate in innermost):
        innermost += [candidate for candidate in candidates if candidate.is_certain]
    elif any(candidate.place is not None for candidate in innermost):
        # pytest puts them before all others, in their order.
        placed = [(c.place, c.file) for c in innermost if c.place is not None]
        return [min(placed)[1]]
    return [candidate.file for candidate in innermost]


class ModuleFinder(Roots):
    """The files behind module names, however the project is laid out."""

    def __init__(self, paths: Collection[str], search: SearchPath | None = None) -> None:
        super().__init__(paths, search)
        self.resolve = lru_cache(maxsize=None)(self._resolve)

    def _resolve(self, name: str, importer_folder: str) -> tuple[str, ...]:
        """All files that `import name` may mean for a file in `importer_folder`.

        Too much rather than too little: where no folder of `sys.path` has it, any file whose
        path ends like the name is meant, unless the name is known to be foreign.
        """
        top = name.partition(".")[0]
        is_foreign = self.is_foreign(name)
        files = {file: None for file, _ in self._mapped(name)} if self._mappings else {}
        nearest: tuple[int, tuple[str, ...]] = (-1, ())
        is_file = self.paths.__contains__
        for root in self._searched(top, importer_folder, is_foreign):
            file = module_file(root, name, is_file)
            if not file:
                continue
            files[file] = None
            if len(root) > nearest[0] and encloses(root, importer_folder):
                above = module_file(root, top, is_file)
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
        own_root = self._own_root(top, importer_folder)
        return [root for root in roots if root == own_root or self.is_certain(root)]

    def _own_root(self, top: str, folder: str) -> str | None:
        """The folder with the package `top` that a folder lies in; None = it is in no such one.

        Within a package its own name always means itself, whatever is on `sys.path`.
        """
        root = self.insertion(folder)
        inside = folder[len(root) :].strip("/")
        return root if inside and inside.partition("/")[0] == top else None

    def _mapped(self, name: str) -> Iterator[tuple[str, str]]:
        """Files of a module in packages that lie in folders of other names, each with its scope.

        Of packages inside each other the innermost that has the module counts.
        """
        innermost = ""
        for package, folder, scope in self._mappings:
            if innermost and package != innermost:
                return
            if name == package:
                file = f"{folder}/__init__.py".lstrip("/")
                file = file if file in self.paths else ""
            elif name.startswith(f"{package}."):
                inner = name[len(package) + 1 :]
                file = module_file(folder, inner, self.paths.__contains__)
            else:
                continue
            if file:
                innermost = package
                yield file, scope

    @cached_property
    def _mappings(self) -> list[tuple[str, str, str]]:
        """(package, folder, folder around those that it is meant for); inner packages first."""
        mappings = [
            (package, folder, distribution.folder)
            for distribution in self.search.distributions
            for package, folder in distribution.packages
        ]
        mappings += [(package, folder, "") for package, folder in self.search.installed.packages]
        return sorted(mappings, key=lambda mapping: (-len(mapping[0]), mapping))

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

    # --- one file for sure ----------------------------------------------------------------

    def locate(self, name: str, importing_file: str) -> Location:
        """Where a module lies for one who must be certain.

        Of several files of the name those nearest to the importing file are meant: in the
        package that it is part of, else in folders of `sys.path` made for the innermost
        folder around it. A folder that is only perhaps on `sys.path` does not decide
        against one that surely is.
        """
        folder = importing_file.rpartition("/")[0]
        own_root = self._own_root(name.partition(".")[0], folder)
        if own_root is not None:
            file = module_file(own_root, name, self.paths.__contains__)
            return Location((file,) if file else ())
        is_foreign = self.is_foreign(name)
        candidates = list(self._candidates(name, folder, is_foreign))
        files = _nearest(candidates)
        if not files and not is_foreign:
            files = list(self._ending(name))
        return Location(tuple(dict.fromkeys(files)), is_foreign)

    def _candidates(self, name: str, folder: str, is_foreign: bool) -> Iterator[_Candidate]:
        """The files that a name may mean for a file in `folder`."""
        for file, scope in self._mapped(name):
            yield _Candidate(file, len(scope) if encloses(scope, folder) else -1)
        for root in self._searched(name.partition(".")[0], folder, is_foreign):
            file = module_file(root, name, self.paths.__contains__)
            if file:
                depth = max(self._depths(root, folder), default=-1)
                yield _Candidate(file, depth, self.is_certain(root), self._places.get(root))

    def _depths(self, root: str, folder: str) -> Iterator[int]:
        """The lengths of the folders around `folder` that a folder of `sys.path` is made for."""
        for scope in (root, *self.scopes.get(root, ())):
            if encloses(scope, folder):
                yield len(scope)
        above, _, last = root.rpartition("/")
        if last in SOURCE_FOLDERS and encloses(above, folder):
            yield len(above)

    @cached_property
    def _places(self) -> dict[str, int]:
        """The places of the folders of pytest's setting `pythonpath` in it."""
        roots = [root for _, root in self.search.pythonpath]
        return {root: place for place, root in reversed(list(enumerate(roots)))}

    def module_name(self, path: str) -> str:
        """The dotted name by which a file is imported; '' for an `__init__.py` at the top."""
        folder = path.rpartition("/")[0]
        for package, place, _ in self._mappings:
            if encloses(place, folder):
                inner = dotted_name(path[len(place) :].lstrip("/"))
                return f"{package}.{inner}" if inner else package
        root = self.insertion(folder)
        if root == folder:  # in no package: below what the project's own settings add
            roots = (r for r in (*self.scopes, "src") if r and encloses(r, folder))
            root = max(roots, key=len, default="")
        return dotted_name(path[len(root) :].lstrip("/"))
