"""What a project's environment has installed: whose names those are, and what is editable."""

from __future__ import annotations

import ast
import os
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from .distributions import Distribution

_NAMESPACE_DEPTH = 3
"""How deep folders without `__init__.py` are followed: `google/cloud/storage`."""
_MAPPING = re.compile(r"^MAPPING(?:\s*:[^=\n]+)?\s*=\s*(\{.*?\})\s*$", re.MULTILINE | re.DOTALL)
_SEPARATORS = re.compile(r"[-_.]+")


class Installed(NamedTuple):
    """What lies in an environment.

    `names` are the modules and packages of other distributions, dotted where they lie in a
    namespace package. `entries` are folders of the repository on `sys.path`, `packages`
    (package, folder) of editable installations that map packages one by one.
    """

    names: frozenset[str] = frozenset()
    entries: tuple[str, ...] = ()
    packages: tuple[tuple[str, str], ...] = ()


def site_packages(python: str) -> list[str]:
    """The folders of installed distributions of an interpreter, found without running it."""
    home = Path(python).parent.parent
    shapes = (
        *("lib/python3*/site-packages", "lib64/python3*/site-packages", "Lib/site-packages"),
        *("lib/python3*/dist-packages", "lib/python3/dist-packages"),
    )
    folders = [str(folder) for shape in shapes for folder in sorted(home.glob(shape))]
    if home.name == "usr":
        folders += map(str, home.glob("local/lib/python3*/dist-packages"))
    unique = {os.path.realpath(folder): folder for folder in reversed(folders)}  # lib64 is lib
    return list(reversed(unique.values()))


def library_folders(root: Path, python: str = "") -> list[str]:
    """The folders of installed distributions of a project, where its interpreter is not known.

    They are those of `python`, of the active environment, and of the usual folders.
    """
    homes = [python and str(Path(python).parent.parent)]
    homes += [os.environ.get("VIRTUAL_ENV", ""), os.environ.get("CONDA_PREFIX", "")]
    homes += [str(root / name) for name in (".venv", "venv", "env")]
    interpreters = [str(Path(home) / "bin" / "python") for home in homes if home]
    return list(dict.fromkeys(f for python in interpreters for f in site_packages(python)))


def installed(
    root: str, folders: Sequence[str], declared: Sequence[Distribution] = ()
) -> Installed:
    """What lies in the folders of an environment; `declared` are the project's own distributions.

    Where one of those has a name that only code knows, no name can be told from the
    project's own: then `names` is empty.
    """
    entries = [entry for folder in folders for entry in _entries(folder)]
    top = os.path.realpath(root)
    return Installed(
        _foreign_names(entries, declared),
        tuple(dict.fromkeys(place for entry in entries for place in _path_file(entry, top))),
        tuple(pair for entry in entries for pair in _finder(entry, top)),
    )


def _foreign_names(
    entries: Sequence[os.DirEntry[str]], declared: Sequence[Distribution]
) -> frozenset[str]:
    """The names of modules that are not of the project's own distributions."""
    if not all(distribution.name for distribution in declared):
        return frozenset()
    own_names = {_normal(distribution.name) for distribution in declared}
    own_modules: set[str] = set()
    for entry in entries:
        stem, _, suffix = entry.name.rpartition(".")
        if suffix in ("dist-info", "egg-info") and _normal(stem.partition("-")[0]) in own_names:
            own_modules |= _top_level(entry)
    names = (name for entry in entries for name in _modules(entry, "", _NAMESPACE_DEPTH))
    return frozenset(name for name in names if name.partition(".")[0] not in own_modules)


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []


def _modules(entry: os.DirEntry[str], above: str, depth: int) -> Iterator[str]:
    """The dotted names of the modules and packages that an entry of a folder is or holds."""
    stem, _, suffix = entry.name.partition(".")
    if not stem.isidentifier() or stem.startswith(("__pycache__", "__editable__")):
        return
    if suffix:
        if suffix.endswith(("py", "so", "pyd")) and stem != "__init__":
            yield above + stem
    elif depth and entry.is_dir():
        inner = _entries(entry.path)
        if any(file.name == "__init__.py" for file in inner):
            yield above + stem
        else:
            for file in inner:
                yield from _modules(file, f"{above}{stem}.", depth - 1)


def _normal(name: str) -> str:
    """A distribution's name as indexes compare it (PEP 503)."""
    return _SEPARATORS.sub("-", name).lower()


def _top_level(info: os.DirEntry[str]) -> set[str]:
    """The first parts of the modules that an installed distribution brought."""
    tops = set(_read(f"{info.path}/top_level.txt").split())
    for line in _read(f"{info.path}/RECORD").splitlines():
        tops.add(line.partition(",")[0].partition("/")[0].partition(".")[0])
    return tops


def _path_file(entry: os.DirEntry[str], top: str) -> Iterator[str]:
    """Folders of the repository that a `.pth` file adds (https://docs.python.org/3/library/site.html)."""
    if not entry.name.endswith(".pth"):
        return
    for line in _read(entry.path).splitlines():
        if line.strip() and not line.startswith(("#", "import ", "import\t")):
            folder = os.path.join(os.path.dirname(entry.path), line.strip())  # noqa: PTH118, PTH120
            yield from inside(folder, top)


def _finder(entry: os.DirEntry[str], top: str) -> Iterator[tuple[str, str]]:
    """Packages that the finder of an editable installation by setuptools maps to folders."""
    if not (entry.name.startswith("__editable__") and entry.name.endswith("_finder.py")):
        return
    mapping = _MAPPING.search(_read(entry.path))
    try:
        folders = ast.literal_eval(mapping[1]) if mapping else {}
    except (ValueError, SyntaxError):
        return
    for package, folder in folders.items():
        for place in inside(str(folder), top):
            yield str(package), place


def inside(folder: str, top: str) -> Iterator[str]:
    """A folder relative to the repository at `top`, if it lies in it."""
    place = os.path.realpath(folder)
    if place == top:
        yield ""
    elif place.startswith(top + os.sep):
        yield os.path.relpath(place, top).replace(os.sep, "/")


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:  # noqa: PTH123
            return file.read()
    except OSError:
        return ""


def python_path(root: str) -> tuple[str, ...]:
    """The folders of the repository in `PYTHONPATH`, relative to it."""
    top = os.path.realpath(root)
    folders = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    return tuple(place for folder in folders if folder for place in inside(folder, top))


STANDARD_LIBRARY: frozenset[str] = frozenset(sys.stdlib_module_names)
"""The top-level names of the standard library of the Python that gardener runs on."""
