"""Finds the file of a module and the definition behind a name, without importing anything."""

from __future__ import annotations

import ast
import os
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from gardener.codemod.scopes import Binding
from gardener.codemod.source import Source, Unparsable

_DEEP = 12


class Definition(NamedTuple):
    """What a dotted name means.

    `path` is the absolute path of the file that defines it and `module` its dotted name
    there; `binding` is where it is bound, None when the name is a module itself.
    """

    path: str
    module: str
    binding: Binding | None = None


class Modules:
    """Modules of a repository and, read-only, of the libraries installed for it."""

    def __init__(
        self,
        root: Path,
        files: Callable[[], Sequence[str]],
        libraries: Callable[[], Sequence[str]] = tuple,
    ) -> None:
        self.root = os.path.realpath(root)
        self._files = files
        self._libraries = libraries
        self.source = lru_cache(maxsize=512)(self._source)
        self.locate = lru_cache(maxsize=None)(self._locate)
        self._by_end: dict[str, list[str]] | None = None

    def _source(self, path: str) -> Source | None:
        try:
            with open(path, "rb") as file:  # noqa: PTH123
                return Source(file.read(), path)
        except (OSError, Unparsable):
            return None

    # --- names of files ----------------------------------------------------------------

    def source_root(self, path: str) -> str:
        """The folder that must be on sys.path for the file's package to be importable."""
        folder = os.path.dirname(path)  # noqa: PTH120
        if not _is_package(folder):
            return ""
        while _is_package(folder) and len(folder) > 1:
            folder = os.path.dirname(folder)  # noqa: PTH120
        return folder

    def name(self, path: str) -> str:
        """The dotted name of a file, given with its absolute path."""
        top = self.source_root(path)
        if not top:
            source_folder = os.path.join(self.root, "src")  # noqa: PTH118
            top = source_folder if path.startswith(source_folder + os.sep) else self.root
        dotted = os.path.relpath(path, top).rpartition(".py")[0].replace(os.sep, ".")
        return dotted.removesuffix(".__init__") if dotted != "__init__" else ""

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

    def _locate(self, module: str, near: str) -> str:
        """The absolute path of a module's file as seen from the file `near`; '' = not found."""
        for top in dict.fromkeys(self._tops(near)):
            found = _file_below(top, module)
            if found:
                return found
        found = self._by_suffix(module)
        if found:
            return found
        for top in self._libraries():
            found = _file_below(top, module)
            if found:
                return found
        return ""

    def locate_near(self, module: str, near: str) -> str:
        """Like `locate`, but without a search over all files, nor in libraries."""
        for top in dict.fromkeys(self._tops(near)):
            found = _file_below(top, module)
            if found:
                return found
        return ""

    def _tops(self, near: str) -> list[str]:
        tops = [self.source_root(near)] if near else []
        tops += [self.root, os.path.join(self.root, "src")]  # noqa: PTH118
        folder = os.path.dirname(near)  # noqa: PTH120
        while folder.startswith(self.root + os.sep):
            tops.append(folder)
            folder = os.path.dirname(folder)  # noqa: PTH120
        return [top for top in tops if top]

    def _by_suffix(self, module: str) -> str:
        """A file anywhere in the repository that can be this module, if there is only one."""
        if self._by_end is None:
            self._by_end = {}
            for name in self._files():
                if name.endswith(".py"):
                    last = name.removesuffix("/__init__.py").removesuffix(".py").rpartition("/")[2]
                    self._by_end.setdefault(last, []).append(name)
        end = module.replace(".", "/")
        found = [
            name
            for name in self._by_end.get(module.rpartition(".")[2], ())
            if f"/{name}".endswith((f"/{end}.py", f"/{end}/__init__.py"))
        ]
        return os.path.join(self.root, found[0]) if len(found) == 1 else ""  # noqa: PTH118

    def in_project(self, path: str) -> bool:
        """Whether a file belongs to the repository rather than to an installed library."""
        inside = path.startswith(self.root + os.sep)
        return inside and f"{os.sep}site-packages{os.sep}" not in path

    # --- definitions -----------------------------------------------------------------------

    def define(self, dotted: str, near: str, depth: int = 0) -> Definition | None:
        """Follow a dotted name through re-exports to where it is defined.

        None means that it cannot be told: the module is not there, or the name is bound
        in several ways, or made up at run time.
        """
        module, path, rest = self._split(dotted, near)
        if not path or depth > _DEEP:
            return None
        if not rest:
            return Definition(path, module)
        source = self.source(path)
        if source is None:
            return None
        name, *more = rest
        found = self._in_module(source, path, module, name, depth)
        if found is None or not more:
            return found
        if found.binding is None:
            return self.define(".".join([found.module, *more]), path, depth + 1)
        return None

    def _split(self, dotted: str, near: str) -> tuple[str, str, list[str]]:
        parts = dotted.split(".")
        for count in range(len(parts), 0, -1):
            path = self.locate(".".join(parts[:count]), near)
            if path:
                return ".".join(parts[:count]), path, parts[count:]
        return "", "", parts

    def _in_module(
        self, source: Source, path: str, module: str, name: str, depth: int
    ) -> Definition | None:
        bindings = [
            b for b in source.names.module.bindings.get(name, []) if not _for_types(source, b)
        ]
        if b"sys.modules[__name__]" in source.data:
            other = _stand_in(source)
            return self.define(f"{other}.{name}", path, depth + 1) if other else None
        if not bindings:
            for star in reversed(source.names.module.stars):
                origin = self.absolute("." * star.level + (star.module or ""), path)
                found = self.define(f"{origin}.{name}", path, depth + 1)
                if found and self.exports(origin, path, name):
                    return found
            inner = self.locate(f"{module}.{name}", path)
            return Definition(inner, f"{module}.{name}") if inner else None
        imports = [b for b in bindings if b.kind == "import"]
        if len(imports) == len(bindings):
            targets = {self.absolute(b.target, path) for b in bindings}
            if len(targets) != 1:
                return None
            target = targets.pop()
            if target == f"{module}.{name}":  # a package that imports its own submodule
                inner = self.locate(target, path)
                return Definition(inner, target) if inner else None
            return self.define(target, path, depth + 1)
        only = bindings[0]
        if len(bindings) == 1 and only.kind == "assign" and only.value is not None:
            meaning = source.qualified(only.value)
            if meaning:
                return self.define(self.absolute(meaning, path), path, depth + 1)
        if any(b.kind in ("delete", "import") for b in bindings):
            return None
        return Definition(path, module, bindings[-1])

    def exports(self, module: str, near: str, name: str) -> bool:
        """Whether `from module import *` brings a name."""
        path = self.locate(module, near)
        source = self.source(path) if path else None
        if source is None:
            return False
        listed = public(source)
        return name in listed if listed is not None else not name.startswith("_")


def _stand_in(source: Source) -> str:
    """The module that a module puts in its own place, as `collections.abc` does; '' = not certain."""
    for item in source.tree.body:
        if isinstance(item, ast.Assign) and len(item.targets) == 1:
            target = item.targets[0]
            if ast.unparse(target) == "sys.modules[__name__]":
                return source.qualified(item.value)
    return ""


def _for_types(source: Source, binding: Binding) -> bool:
    """Whether a binding is only there for type checkers."""
    inside = binding.node
    for above in source.names.ancestors(inside):
        if isinstance(above, ast.If) and inside in above.body:
            if ast.unparse(above.test).rpartition(".")[2] == "TYPE_CHECKING":
                return True
        inside = above
    return False


def public(source: Source) -> set[str] | None:
    """The names in a module's `__all__`; None when there is none that can be read."""
    bindings = source.names.module.bindings.get("__all__", [])
    if len(bindings) != 1 or bindings[0].value is None:
        return None
    value = bindings[0].value
    if not isinstance(value, (ast.List, ast.Tuple)):
        return None
    return {e.value for e in value.elts if isinstance(e, ast.Constant) and isinstance(e.value, str)}


def _is_package(folder: str) -> bool:
    return os.path.isfile(os.path.join(folder, "__init__.py"))  # noqa: PTH113, PTH118


def _file_below(top: str, module: str) -> str:
    path = os.path.join(top, *module.split("."))  # noqa: PTH118
    for file in (os.path.join(path, "__init__.py"), f"{path}.py"):  # noqa: PTH118
        if os.path.isfile(file):  # noqa: PTH113
            return file
    return ""
