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
        by_name: dict[str, list[str]] = {}
        for folder in sorted(self.folders):
            by_name.setdefault(folder.rpartition("/")[2], []).append(folder)
        return by_name

    def is_folder(self, name: str) -> bool:
        """Whether some folder ends like a module name, as a namespace package does."""
        return not self.is_foreign(name) and bool(self.folders_like(name.replace(".", "/")))

    def folders_like(self, ends: str) -> list[str]:
        """The folders whose path ends like this one."""
        candidates = self._folders_by_name.get(ends.rpartition("/")[2], ())
        return [f for f in candidates if f"/{f}".endswith(f"/{ends}")]

    def ancestors(self, path: str) -> list[str]:
        """The `__init__.py` files that run before the module at `path`, nearest first."""
        folder = path.rpartition("/")[0]
        if path.endswith("/__init__.py"):
            folder = folder.rpartition("/")[0]
        packages = []
        while folder and f"{folder}/__init__.py" in self.paths:
            packages.append(f"{folder}/__init__.py")
            folder = folder.rpartition("/")[0]
        return packages


def direct(path: str, summary: Summary, modules: Modules) -> list[str]:
    """The files that the import statements of `path` name, wherever in it they stand."""
    folder = path.rpartition("/")[0]
    files: dict[str, None] = {}
    for statement in summary.imports:
        module = relative_module(path, statement.level, statement.module)
        for name in (module, *(f"{module}.{n}" for n in statement.names)):
            files.update(dict.fromkeys(modules.resolve(name.lstrip("."), folder)))
    files.pop(path, None)
    return list(files)


def names_moved(moved: Iterable[str], before: Modules, after: Modules) -> set[str]:
    """Parts of module names that may mean something else now that files came or went.

    A name can only find another file if one of its parts is the name of such a module, or
    of a folder that came or went; but for roots of `sys.path`, which must be the same.
    """
    names = {f.rpartition("/")[2] for f in before.folders ^ after.folders}
    for path in filter(is_python, moved):
        folder, _, name = path.rpartition("/")
        stem = name.rpartition(".")[0]
        names.add(folder.rpartition("/")[2] if stem in ("__init__", "__main__") else stem)
        names.update(after.packages_in(folder))
    return names


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
    candidates = modules.by_name.get(folder_name or name.removesuffix(".py"), ())
    end = text.lstrip("./")
    return [p for p in candidates if f"/{p}".endswith(f"/{end}")]


def scripts_by_part(texts: Iterable[str], modules: Modules) -> dict[str, list[str]]:
    """Files that are loaded by a path of which strings hold a part, by their folders.

    That is the beginning of it (`examples/thing`), or its folder: then those files in it count
    whose names begin with another one of the strings, or all if there are none. A folder may have
    none of them, yet.
    """
    every = {text.strip("./") for text in texts} - {""}
    scripts: dict[str, list[str]] = {}
    for text in sorted(every):
        parent, _, start = text.rpartition("/")
        for folder in modules.folders_like(parent) if parent else ():
            files = modules.by_folder.get(folder, ())
            begun = [path for path in files if path.startswith(f"{folder}/{start}")]
            scripts.setdefault(folder, []).extend(begun)
        for folder in modules.folders_like(text):
            if f"{folder}/__init__.py" not in modules.paths:
                starts = tuple(every - {text})
                scripts.setdefault(folder, []).extend(_named_or_all(folder, starts, modules))
    return scripts


def _named_or_all(folder: str, starts: tuple[str, ...], modules: Modules) -> list[str]:
    """The files in a folder whose names begin with one of some texts; all if there are none."""
    files = modules.by_folder.get(folder, [])
    return [p for p in files if p.rpartition("/")[2].startswith(starts)] or files


def conftests(path: str, paths: frozenset[str]) -> list[str]:
    """The `conftest.py` files whose fixtures and hooks a test file sees, nearest first."""
    folder = path.rpartition("/")[0]
    conftest_files = []
    while True:
        candidate = f"{folder}/conftest.py" if folder else "conftest.py"
        if candidate in paths:
            conftest_files.append(candidate)
        if not folder:
            return conftest_files
        folder = folder.rpartition("/")[0]
