"""The project's Python files as modules, and which file's code runs when another is imported."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property, lru_cache

from gardener.paths import is_python

from ..parse.summary import Summary

_SOURCE_FOLDERS = ("src", "lib", "python")


class Modules:
    """Finds the files behind module names, however the project is laid out.

    A name is looked up under every folder that may be on `sys.path`: the repository,
    `src` folders, pytest's `pythonpath`, the folders that pytest inserts for test files
    (the first one upwards without `__init__.py`), and the parents of packages. Where
    none has it, any file whose path ends like the name is meant: too much rather than
    too little.
    """

    def __init__(self, paths: list[str], pythonpath: tuple[str, ...] = ()) -> None:
        """`paths` are the Python files; `pythonpath` the folders that configuration adds."""
        self.paths = frozenset(paths)
        self._added = pythonpath
        self.resolve = lru_cache(maxsize=None)(self._resolve)
        self.roots_of = lru_cache(maxsize=None)(self._roots_of)

    def among(self, paths: list[str]) -> Modules:
        """The same, of other files."""
        return Modules(paths, self._added)

    @cached_property
    def by_folder(self) -> dict[str, list[str]]:
        """The files directly in each folder."""
        found: dict[str, list[str]] = {}
        for path in sorted(self.paths):
            found.setdefault(path.rpartition("/")[0], []).append(path)
        return found

    @cached_property
    def by_name(self) -> dict[str, list[str]]:
        """The files by the last part of their module's name."""
        found: dict[str, list[str]] = {}
        for folder, paths in self.by_folder.items():
            for path in paths:
                stem = path.rpartition("/")[2].removesuffix(".py")
                key = folder.rpartition("/")[2] if stem == "__init__" else stem
                found.setdefault(key, []).append(path)
        return found

    @cached_property
    def folders(self) -> frozenset[str]:
        """All folders with Python files in or below them."""
        found = {""}
        for inner in self.by_folder:
            folder = inner
            while folder not in found:
                found.add(folder)
                folder = folder.rpartition("/")[0]
        return frozenset(found)

    @cached_property
    def roots(self) -> tuple[str, ...]:
        """The folders that may be on `sys.path`, sorted."""
        found = {"", *self._added, *map(self.insertion, self.by_folder)}
        found.update(f for f in self.folders if f.rpartition("/")[2] in _SOURCE_FOLDERS)
        return tuple(sorted(found))

    @cached_property
    def _folders_by_name(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for folder in sorted(self.folders):
            found.setdefault(folder.rpartition("/")[2], []).append(folder)
        return found

    def insertion(self, folder: str) -> str:
        """The folder that pytest puts on `sys.path` for a file in `folder`."""
        while folder and f"{folder}/__init__.py" in self.paths:
            folder = folder.rpartition("/")[0]
        return folder

    def top(self, path: str) -> str:
        """The top-level module or package that a file belongs to."""
        folder = path.rpartition("/")[0]
        inside = path[len(self.insertion(folder)) :].lstrip("/")
        return inside.partition("/")[0].removesuffix(".py")

    def _under(self, root: str, name: str) -> tuple[str, ...] | None:
        """Files of `name` below `root`: () for a namespace package, None for nothing."""
        base = f"{root}/{name.replace('.', '/')}" if root else name.replace(".", "/")
        for path in (f"{base}/__init__.py", f"{base}.py", f"{base}.pyi"):
            if path in self.paths:
                return (path,)
        return () if base in self.folders else None

    def _resolve(self, name: str, importer_folder: str) -> tuple[str, ...]:
        """The files that `import name` may mean for a file in `importer_folder`."""
        found: dict[str, None] = {}
        enclosing: tuple[int, tuple[str, ...]] = (-1, ())
        top = name.partition(".")[0]
        for root in self.roots_of(top):
            files = self._under(root, name)
            if not files:
                continue
            found.update(dict.fromkeys(files))
            around = not root or importer_folder == root or importer_folder.startswith(root + "/")
            above = self._under(root, top)
            if around and above and files != above and len(root) > enclosing[0]:
                enclosing = (len(root), files)
        if enclosing[1]:
            # Two packages of one name cannot be in one process: the nearest is meant.
            return enclosing[1]
        if not found:
            ends = name.replace(".", "/")
            for path in self.by_name.get(name.rpartition(".")[2], ()):
                if f"/{path}".endswith((f"/{ends}.py", f"/{ends}/__init__.py")):
                    found[path] = None
        return tuple(found)

    def _roots_of(self, top: str) -> tuple[str, ...]:
        """The folders of `sys.path` that hold a module or package of this name."""
        return tuple(root for root in self.roots if self._under(root, top) is not None)

    def is_folder(self, name: str) -> bool:
        """Whether some folder ends like a module name, as a namespace package does."""
        return bool(self.folders_like(name.replace(".", "/")))

    def folders_like(self, ends: str) -> list[str]:
        """The folders whose path ends like this one."""
        near = self._folders_by_name.get(ends.rpartition("/")[2], ())
        return [f for f in near if f"/{f}".endswith(f"/{ends}")]

    def ancestors(self, path: str) -> list[str]:
        """The `__init__.py` files that run before the module at `path`, nearest first."""
        folder = path.rpartition("/")[0]
        if path.endswith("/__init__.py"):
            folder = folder.rpartition("/")[0]
        found = []
        while folder and f"{folder}/__init__.py" in self.paths:
            found.append(f"{folder}/__init__.py")
            folder = folder.rpartition("/")[0]
        return found


def direct(path: str, summary: Summary, modules: Modules) -> list[str]:
    """The files that the import statements of `path` name, wherever in it they stand."""
    folder = path.rpartition("/")[0]
    found: dict[str, None] = {}
    for one in summary.imports:
        base = relative_module(path, one.level, one.module)
        for name in (base, *(f"{base}.{n}" for n in one.names)):
            found.update(dict.fromkeys(modules.resolve(name.lstrip("."), folder)))
    found.pop(path, None)
    return list(found)


def names_moved(moved: Iterable[str], before: Modules, after: Modules) -> set[str]:
    """Parts of module names that may mean something else now that files came or went.

    A name can only find another file if one of its parts is the name of such a module, or
    of a folder that came or went; but for roots of `sys.path`, which must be the same.
    """
    found = {f.rpartition("/")[2] for f in before.folders ^ after.folders}
    for path in filter(is_python, moved):
        folder, _, name = path.rpartition("/")
        stem = name.rpartition(".")[0]
        found.add(folder.rpartition("/")[2] if stem in ("__init__", "__main__") else stem)
    return found


def relative_module(path: str, level: int, module: str) -> str:
    """The module that `from ..module import x` in `path` means, as a dotted path from the root."""
    if not level:
        return module
    folder = path.rpartition("/")[0]
    parts = folder.split("/") if folder else []
    return ".".join((*parts[: len(parts) - level + 1], *filter(None, module.split("."))))


def named_modules(text: str, path: str, modules: Modules) -> tuple[str, ...]:
    """Files behind a module name given as a string; `*` marks an unknown rest.

    Where all of it is unknown, the modules beside and below the file are meant: what a
    plugin loader finds is said elsewhere by its full name, or lies there.
    """
    folder = path.rpartition("/")[0]
    if "*" not in text:
        level = len(text) - len(text.lstrip("."))
        if level:
            text = relative_module(path, level, text.lstrip("."))
        main = modules.resolve(f"{text}.__main__", folder)
        return (*modules.resolve(text, folder), *main)
    head = text.partition("*")[0]
    package = head.rstrip(".") if head.endswith(".") else head.rpartition(".")[0]
    if package.strip("."):
        starts = {f.rpartition("/")[0] for f in modules.resolve(package, folder)}
        ends = package.replace(".", "/")
        starts |= {f for f in modules.folders if f"/{f}".endswith(f"/{ends}")}
    else:
        starts = {folder}
    return tuple(
        sorted(p for p in modules.paths for s in starts if p.startswith(f"{s}/" if s else ""))
    )


def script_paths(text: str, modules: Modules) -> list[str]:
    """Files that a string like `src/pkg/script.py` names."""
    name = text.rpartition("/")[2]
    folder_name = text.split("/")[-2] if text.endswith("/__init__.py") else ""
    near = modules.by_name.get(folder_name or name.removesuffix(".py"), ())
    wanted = text.lstrip("./")
    return [p for p in near if f"/{p}".endswith(f"/{wanted}")]


def scripts_by_part(texts: Iterable[str], modules: Modules) -> list[str]:
    """Files that are loaded by a path of which strings say a part.

    That is the beginning of it (`examples/thing`), or its folder: then those files in it count
    whose names begin with another one of the strings, or all if there are none.
    """
    every = {text.strip("./") for text in texts} - {""}
    found: dict[str, None] = {}
    for text in sorted(every):
        folder, _, start = text.rpartition("/")
        for one in modules.folders_like(folder) if folder else ():
            near = modules.by_folder.get(one, ())
            found.update(dict.fromkeys(p for p in near if p.startswith(f"{one}/{start}")))
        for one in modules.folders_like(text):
            inside = modules.by_folder.get(one, [])
            if f"{one}/__init__.py" not in modules.paths:
                starts = tuple(other for other in every if other != text)
                named = [p for p in inside if p.rpartition("/")[2].startswith(starts)]
                found.update(dict.fromkeys(named or inside))
    return list(found)


def conftests(path: str, paths: frozenset[str]) -> list[str]:
    """The `conftest.py` files whose fixtures and hooks a test file sees, nearest first."""
    folder = path.rpartition("/")[0]
    found = []
    while True:
        candidate = f"{folder}/conftest.py" if folder else "conftest.py"
        if candidate in paths:
            found.append(candidate)
        if not folder:
            return found
        folder = folder.rpartition("/")[0]
