"""Follows a dotted name to the definition behind it, without importing anything."""

from __future__ import annotations

import ast
import os
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from gardener.codemod.bindings import Binding
from gardener.codemod.definitions import Definitions
from gardener.codemod.file_text import Unparsable
from gardener.modules.finder import Location, ModuleFinder
from gardener.modules.search_path import dotted_name, insertion, module_file

_MAX_REEXPORTS = 12
"""How many modules one name is followed through."""


class ResolvedName(NamedTuple):
    """What a dotted name means.

    `path` is the absolute path of the file that defines it and `module` its dotted name
    there; `binding` is where it is bound, None when the name is a module itself.
    """

    path: str
    module: str
    binding: Binding | None = None


class NameResolver:
    """Modules of a repository and, read-only, of the libraries installed for it.

    Paths that come in and go out are absolute. A module that may be one of several files,
    or one of the project as well as a library's, is none: see `location`.
    """

    def __init__(
        self,
        root: Path,
        finder: Callable[[], ModuleFinder],
        libraries: Callable[[], Sequence[str]] = tuple,
        namespaces: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        """`finder` knows the project's files, `libraries` are folders; all are asked late.

        `namespaces` are folders with what stands before the names of the packages in them.
        """
        self.root = os.path.realpath(root)
        self._finder = finder
        self._libraries = libraries
        self._namespaces = namespaces
        self.source = lru_cache(maxsize=192)(self._source)
        self._located = lru_cache(maxsize=None)(self._locate)
        self._location_of = lru_cache(maxsize=None)(self._location)
        self._located_near = lru_cache(maxsize=None)(self._locate_near)
        self._importers: dict[str, str] = {}
        self._file_below = lru_cache(maxsize=None)(self._find_below)

    def _source(self, path: str) -> Definitions | None:
        try:
            with open(path, "rb") as file:  # noqa: PTH123
                return Definitions(file.read(), path)
        except (OSError, Unparsable):
            return None

    # --- names of files ----------------------------------------------------------------

    def source_root(self, path: str) -> str:
        """The folder that must be on sys.path for the file's package to be importable."""
        folder = os.path.dirname(path).replace(os.sep, "/")  # noqa: PTH120
        root = insertion(folder, os.path.isfile)
        return "" if root == folder else root

    def name(self, path: str) -> str:
        """The dotted name of a file, given with its absolute path."""
        if self.in_project(path):
            return self._own_name(self._relative(path))
        top = self.source_root(path) or os.path.dirname(path)  # noqa: PTH120
        return dotted_name(os.path.relpath(path, top).replace(os.sep, "/"))

    def _own_name(self, path: str) -> str:
        """The dotted name of a file of the project, given relative to it."""
        finder = self._finder()
        name, root = finder.module_name(path), finder.insertion(path.rpartition("/")[0])
        if not root or name != dotted_name(path[len(root) + 1 :]):
            return name  # at the top, or as settings say
        prefix = self._namespaces().get(root)
        return f"{prefix}.{name}" if prefix else name

    def _relative(self, path: str) -> str:
        return os.path.relpath(path, self.root).replace(os.sep, "/")

    def absolute(self, target: str, path: str) -> str:
        """A dotted name as an import in the file at `path` means it, without leading dots."""
        level = len(target) - len(target.lstrip("."))
        if not level:
            return target
        package = self.name(path).split(".")
        if not os.path.basename(path).startswith("__init__."):  # noqa: PTH119
            package = package[:-1]
        if level > 1:
            package = package[: len(package) - (level - 1)] if level - 1 <= len(package) else []
        return ".".join(filter(None, [*package, target[level:]]))

    # --- files of names ------------------------------------------------------------------

    def _standing_for(self, importing_file: str) -> str:
        """One file of the same folder: all of them see the same modules, so each is sought once."""
        folder = os.path.dirname(importing_file)  # noqa: PTH120
        return self._importers.setdefault(folder, importing_file)

    def location(self, module: str, importing_file: str) -> Location:
        """Where in the project a module may lie, as seen from a file of it."""
        return self._location_of(module, self._standing_for(importing_file))

    def locate(self, module: str, importing_file: str) -> str:
        """The absolute path of a module's file as seen from another file; '' = none for sure."""
        return self._located(module, self._standing_for(importing_file))

    def locate_near(self, module: str, importing_file: str) -> str:
        """A file around the importing one that may be the module: a guess that is made quickly.

        It looks on the disk and needs no list of the project's files. `module` may be relative.
        """
        return self._located_near(module, self._standing_for(importing_file))

    def _location(self, module: str, importing_file: str) -> Location:
        relative = self._relative(importing_file) if importing_file else ""
        location = self._finder().locate(module, relative)
        files = tuple(f for f in location.files if self._is_reached(f, module, relative))
        return location if files == location.files else location._replace(files=files)

    def _is_reached(self, file: str, module: str, importing_file: str) -> bool:
        """Whether the folder that a module would be found in may be on `sys.path`.

        The folder of a package is none, but for a script that lies in it, or by a setting.
        """
        base = file.removesuffix("/__init__.py").removesuffix(".py")
        suffix = module.replace(".", "/")
        if not f"/{base}".endswith(f"/{suffix}"):
            return True
        folder = base.removesuffix(suffix).rstrip("/")
        search = self._finder().search
        named = {*search.environment, *(path for _, path in search.pythonpath)}
        if not folder or search.is_changed_by_code or folder in named:
            return True
        if importing_file.rpartition("/")[0] == folder:
            return True
        return not os.path.isfile(os.path.join(self.root, folder, "__init__.py"))  # noqa: PTH113, PTH118

    def _locate(self, module: str, importing_file: str) -> str:
        if importing_file and not self.in_project(importing_file):
            return (
                self._file_below(self.source_root(importing_file), module)
                or self._in_libraries(module)
                or self._in_project(self._finder().locate(module, ""))
            )
        location = self.location(module, importing_file)
        if location.files:
            return self._in_project(location)
        if location.is_foreign:
            return self._in_libraries(module)
        # Files that git ignores, such as generated ones, are in no list.
        return self.locate_near(module, importing_file) or self._in_libraries(module)

    def _in_project(self, location: Location) -> str:
        return os.path.join(self.root, location.file) if location.file else ""  # noqa: PTH118

    def _in_libraries(self, module: str) -> str:
        files = (self._file_below(folder, module) for folder in self._libraries())
        return next(filter(None, files), "")

    def _find_below(self, folder: str, module: str) -> str:
        path = module_file(folder, module, os.path.isfile) if folder else ""
        return os.path.normpath(path) if path.endswith(".py") else ""

    def _locate_near(self, module: str, importing_file: str) -> str:
        level = len(module) - len(module.lstrip("."))
        if level:
            folder = os.path.normpath(os.path.join(importing_file, *[".."] * level))  # noqa: PTH118
            return self._file_below(folder, module[level:])
        tops = [self.source_root(importing_file)] if importing_file else []
        tops += [self.root, os.path.join(self.root, "src")]  # noqa: PTH118
        folder = os.path.dirname(importing_file)  # noqa: PTH120
        while folder.startswith(self.root + os.sep):
            tops.append(folder)
            folder = os.path.dirname(folder)  # noqa: PTH120
        files = (self._file_below(top, module) for top in dict.fromkeys(tops))
        return next(filter(None, files), "")

    def in_project(self, path: str) -> bool:
        """Whether a file belongs to the repository rather than to an installed library."""
        inside = path.startswith(self.root + os.sep)
        return inside and f"{os.sep}site-packages{os.sep}" not in path

    def imports(self, path: str, module: str) -> bool:
        """Whether a file of the project imports a module when it is itself imported."""
        source = self.source(path) if path and module and self.in_project(path) else None
        if source is None:
            return False
        for node in source.tree.body:
            if isinstance(node, ast.Import) and any(a.name == module for a in node.names):
                return True
            if isinstance(node, ast.ImportFrom):
                base = self.absolute("." * node.level + (node.module or ""), path)
                if module in (base, *(f"{base}.{a.name}" for a in node.names)):
                    return True
        return False

    # --- definitions -----------------------------------------------------------------------

    def define(self, dotted: str, importing_file: str, depth: int = 0) -> ResolvedName | None:
        """Follow a dotted name through re-exports to where it is defined.

        None means that it cannot be told: the module is not there, or the name is bound
        in several ways, or made up at run time.
        """
        module, path, rest = self._split(dotted, importing_file)
        if not path or depth > _MAX_REEXPORTS:
            return None
        if not rest:
            return ResolvedName(path, module)
        source = self.source(path)
        if source is None:
            return None
        name, *attributes = rest
        definition = self._in_module(source, path, module, name, depth)
        if definition is None or not attributes:
            return definition
        if definition.binding is None:
            return self.define(".".join([definition.module, *attributes]), path, depth + 1)
        return None

    def _split(self, dotted: str, importing_file: str) -> tuple[str, str, list[str]]:
        """The longest module that a dotted name begins with, its file, and what follows it."""
        parts = dotted.split(".")
        for count in range(len(parts), 0, -1):
            path = self.locate(".".join(parts[:count]), importing_file)
            if path:
                return ".".join(parts[:count]), path, parts[count:]
        return "", "", parts

    def _in_module(
        self, source: Definitions, path: str, module: str, name: str, depth: int
    ) -> ResolvedName | None:
        """What a name at the top level of a module means."""
        if b"sys.modules[__name__]" in source.data:
            substitute = _substitute(source)
            return self.define(f"{substitute}.{name}", path, depth + 1) if substitute else None
        bindings = [b for b in source.bound(name) if not b.for_types]
        if not bindings:
            return self._starred(source, path, name, depth) or self._submodule(module, name, path)
        if all(b.kind == "import" for b in bindings):
            return self._imported(bindings, path, module, name, depth)
        first = bindings[0]
        if len(bindings) == 1 and first.kind == "assign" and first.value is not None:
            meaning = source.meaning(first.value)
            if meaning:
                return self.define(self.absolute(meaning, path), path, depth + 1)
        if any(b.kind in ("delete", "import") for b in bindings):
            return None
        return ResolvedName(path, module, bindings[-1])

    def _starred(
        self, source: Definitions, path: str, name: str, depth: int
    ) -> ResolvedName | None:
        """What a star import brings under a name; the last one wins, as in Python."""
        for star in reversed(source.stars):
            origin = self.absolute("." * star.level + (star.module or ""), path)
            definition = self.define(f"{origin}.{name}", path, depth + 1)
            if definition and self.exports(origin, path, name):
                return definition
        return None

    def _submodule(self, package: str, name: str, path: str) -> ResolvedName | None:
        module = f"{package}.{name}"
        file = self.locate(module, path)
        return ResolvedName(file, module) if file else None

    def _imported(
        self, bindings: list[Binding], path: str, module: str, name: str, depth: int
    ) -> ResolvedName | None:
        """What a name means that is bound by imports only."""
        targets = {self.absolute(b.target, path) for b in bindings}
        if len(targets) != 1:
            return None
        target = targets.pop()
        if target == f"{module}.{name}":  # a package that imports its own submodule
            return self._submodule(module, name, path)
        return self.define(target, path, depth + 1)

    def exports(self, module: str, importing_file: str, name: str) -> bool:
        """Whether `from module import *` brings a name."""
        path = self.locate(module, importing_file)
        source = self.source(path) if path else None
        if source is None:
            return False
        listed = public(source)
        return name in listed if listed is not None else not name.startswith("_")


def _substitute(source: Definitions) -> str:
    """The module that a module puts in its own place, as `collections.abc` does; '' = not certain."""
    for statement in source.tree.body:
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            if ast.unparse(statement.targets[0]) == "sys.modules[__name__]":
                return source.meaning(statement.value)
    return ""


def public(source: Definitions) -> set[str] | None:
    """The names in a module's `__all__`; None when there is none that can be read."""
    bindings = source.bound("__all__")
    if len(bindings) != 1 or not isinstance(bindings[0].value, (ast.List, ast.Tuple)):
        return None
    constants = [e.value for e in bindings[0].value.elts if isinstance(e, ast.Constant)]
    return {name for name in constants if isinstance(name, str)}
