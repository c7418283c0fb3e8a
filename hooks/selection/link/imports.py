"""The project's Python files as modules, and which file's code runs when another is imported."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cached_property

from gardener.modules.finder import ModuleFinder
from gardener.paths import is_python

from ..parse.summary import Summary


class Modules(ModuleFinder):
    """Finds the files behind module names, and those that strings of the code speak of."""

    def among(self, paths: Collection[str]) -> Modules:
        """The same, of other files."""
        return Modules(paths, self.search)

    @cached_property
    def _folders_by_name(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for folder in sorted(self.folders):
            found.setdefault(folder.rpartition("/")[2], []).append(folder)
        return found

    def is_folder(self, name: str) -> bool:
        """Whether some folder ends like a module name, as a namespace package does."""
        return not self.is_foreign(name) and bool(self.folders_like(name.replace(".", "/")))

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
        found.update(after.packages_in(folder))
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
