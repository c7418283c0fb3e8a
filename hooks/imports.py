"""The project's Python files as modules, and which file's code runs when another is imported."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from .summary import DOTTED, Summary

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
        self.folders: set[str] = {""}
        self.by_name: dict[str, list[str]] = {}
        self.by_folder: dict[str, list[str]] = {}
        self.roots: set[str] = {"", *pythonpath}
        for path in paths:
            folder, _, name = path.rpartition("/")
            self.by_folder.setdefault(folder, []).append(path)
            stem = name.removesuffix(".py")
            key = folder.rpartition("/")[2] if stem == "__init__" else stem
            self.by_name.setdefault(key, []).append(path)
            self.roots.add(self.insertion(folder))
        for folder in list(self.by_folder):
            parts = folder.split("/")
            for end in range(1, len(parts) + 1):
                self.folders.add("/".join(parts[:end]))
                if parts[end - 1] in _SOURCE_FOLDERS:
                    self.roots.add("/".join(parts[:end]))
        self.resolve = lru_cache(maxsize=None)(self._resolve)

    def insertion(self, folder: str) -> str:
        """The folder that pytest puts on `sys.path` for a file in `folder`."""
        while folder and f"{folder}/__init__.py" in self.paths:
            folder = folder.rpartition("/")[0]
        return folder

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
        for root in self.roots:
            if not self._under(root, top) and self._under(root, top) is None:
                continue
            files = self._under(root, name)
            if not files:
                continue
            found.update(dict.fromkeys(files))
            around = not root or importer_folder == root or importer_folder.startswith(root + "/")
            is_package = self._under(root, top) != () and files != self._under(root, top)
            if around and is_package and len(root) > enclosing[0]:
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


class Edge(NamedTuple):
    """One file needs another; `why` is said to the user, `direct` = an import names it."""

    target: str
    why: str
    direct: bool = True


def edges(path: str, summary: Summary, modules: Modules) -> list[Edge]:
    """The files that running `path` may run or load, each with the first reason."""
    folder = path.rpartition("/")[0]
    named: list[tuple[str, str]] = []
    for module, level, names in summary.imports:
        if level:
            named += _relative(folder, module, level, names, modules)
            continue
        parts = module.split(".")
        why = f"imports {module}"
        named += [(f, why) for f in modules.resolve(module, folder)]
        for name in names:
            named += [(f, f"{why}.{name}") for f in modules.resolve(f"{module}.{name}", folder)]
        for end in range(1, len(parts)):
            named += [(f, why) for f in modules.resolve(".".join(parts[:end]), folder)]
    found = {target: Edge(target, why) for target, why in reversed(named)}
    strings: list[tuple[str, str]] = []
    for text in (*summary.modules, *summary.plugins):
        targets = _named_module(text, path, modules)
        strings += [(f, f"imports the module named {text!r}") for f in targets]
    for text in summary.texts:
        if DOTTED.fullmatch(text):
            targets = _dotted(text.replace(":", "."), folder, modules)
            strings += [(f, f"names {text!r}") for f in targets]
        elif text.endswith(".py"):
            strings += [(f, f"names the file {text!r}") for f in _path(text, modules)]
    for target, why in strings:
        found.setdefault(target, Edge(target, why, direct=False))
    for target in [path, *found]:
        why = "its package" if target == path else found[target].why
        for above in modules.ancestors(target):
            found.setdefault(above, Edge(above, why, direct=False))
    found.pop(path, None)
    return list(found.values())


def _relative(
    folder: str, module: str, level: int, names: tuple[str, ...], modules: Modules
) -> list[tuple[str, str]]:
    parts = folder.split("/") if folder else []
    base = parts[: len(parts) - level + 1]
    inner = "/".join((*base, *filter(None, module.split("."))))
    why = f"imports {'.' * level}{module}"
    candidates = [(inner, why)]
    candidates += [
        (f"{inner}/{name}".lstrip("/"), f"{why}{'.' if module else ''}{name}") for name in names
    ]
    return [
        (target, reason)
        for stem, reason in candidates
        for target in (f"{stem}.py", f"{stem}/__init__.py".lstrip("/"))
        if target in modules.paths
    ]


def _named_module(text: str, path: str, modules: Modules) -> tuple[str, ...]:
    """Files behind a module name given as a string; `*` marks an unknown rest."""
    folder = path.rpartition("/")[0]
    if not text.endswith("*"):
        level = len(text) - len(text.lstrip("."))
        if level:
            text = _absolute(folder, text, level)
        main = modules.resolve(f"{text}.__main__", folder)
        return (*modules.resolve(text, folder), *main)
    known = text[:-1].rstrip(".")
    if "." in text[:-1] and known.strip("."):
        package = known if text[:-1].endswith(".") else known.rpartition(".")[0]
        starts = {f.rpartition("/")[0] for f in modules.resolve(package, folder)}
        ends = package.replace(".", "/")
        starts |= {f for f in modules.folders if f"/{f}".endswith(f"/{ends}")}
    else:
        starts = {folder}  # a plugin loader: what it loads lies beside or below it
    return tuple(
        sorted(p for p in modules.paths for s in starts if p.startswith(f"{s}/" if s else ""))
    )


def _absolute(folder: str, text: str, level: int) -> str:
    parts = folder.split("/")
    return ".".join([*parts[: len(parts) - level + 1], text.lstrip(".")])


def _dotted(text: str, folder: str, modules: Modules) -> tuple[str, ...]:
    """Files of the longest beginning of a dotted name that is a module of the project."""
    name = text
    while "." in name:
        files = modules.resolve(name, folder)
        if files:
            return files
        name = name.rpartition(".")[0]
    return modules.resolve(name, folder)


def _path(text: str, modules: Modules) -> list[str]:
    name = text.rpartition("/")[2]
    folder_name = text.split("/")[-2] if text.endswith("/__init__.py") else ""
    near = modules.by_name.get(folder_name or name.removesuffix(".py"), ())
    wanted = text.lstrip("./")
    return [p for p in near if f"/{p}".endswith(f"/{wanted}")]


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
