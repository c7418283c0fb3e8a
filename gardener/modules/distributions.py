"""The distributions that a project declares: their names, and the folders of their packages."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from gardener.toml import tables

DECLARING = ("pyproject.toml", "setup.cfg", "setup.py")
"""Files that may declare a distribution."""


class Distribution(NamedTuple):
    """A distribution that a folder of the repository declares.

    `name` is empty where only running `setup.py` would tell it. `roots` are folders whose
    modules are importable once it is installed; `packages` are (package, folder) where a
    package lies in a folder of another name. All folders are relative to the repository.
    """

    folder: str
    name: str = ""
    roots: tuple[str, ...] = ()
    packages: tuple[tuple[str, str], ...] = ()


class _Declared(NamedTuple):
    """What one file says; `declares` is false for a file that describes no distribution."""

    declares: bool = False
    name: str = ""
    folders: tuple[tuple[str, str], ...] = ()
    """(package, folder), "" for all packages: as setuptools' `package_dir`."""


def distributions(sources: Mapping[str, bytes]) -> tuple[Distribution, ...]:
    """The distributions that these files (path -> bytes) declare, by folder.

    Files of other names, and those that cannot be parsed, declare nothing.
    """
    by_folder: dict[str, list[_Declared]] = {}
    for path in sorted(sources):
        folder, _, name = path.rpartition("/")
        if name in DECLARING:
            declared = _READERS[name](sources[path].decode("utf-8", "replace"))
            if declared.declares:
                by_folder.setdefault(folder, []).append(declared)
    return tuple(_joined(folder, parts) for folder, parts in sorted(by_folder.items()))


def _joined(folder: str, parts: list[_Declared]) -> Distribution:
    """One distribution out of the files beside each other that describe it."""
    # Where nothing is declared, build backends find packages beside the file and in `src`.
    pairs = [pair for part in parts for pair in part.folders] or [("", ""), ("", "src")]
    roots: list[str] = []
    packages: list[tuple[str, str]] = []
    for package, relative in pairs:
        place = posixpath.normpath(posixpath.join(folder, relative)).removeprefix("./")
        place = "" if place == "." else place
        if place.startswith(("../", "/")) or place == "..":
            continue  # outside of the repository
        if not package:
            roots.append(place)
        elif f"/{place}".endswith(f"/{package.replace('.', '/')}"):
            roots.append(place[: len(place) - len(package)].rstrip("/"))
        else:
            packages.append((package, place))
    name = next((part.name for part in parts if part.name), "")
    return Distribution(folder, name, tuple(dict.fromkeys(roots)), tuple(packages))


# --- pyproject.toml -----------------------------------------------------------------------


def _of_toml(text: str) -> _Declared:
    try:
        document: Any = tables(text)
    except ValueError:
        return _Declared()
    project, tool = _table(document, "project"), _table(document, "tool")
    poetry, flit = _table(tool, "poetry"), _table(tool, "flit")
    names = (
        project.get("name"),
        poetry.get("name"),
        _table(flit, "metadata").get("dist-name"),
        _table(flit, "metadata").get("module"),
    )
    name = next((n for n in names if isinstance(n, str)), "")
    folders = tuple(pair for backend in _BACKENDS for pair in backend(tool))
    return _Declared(bool(name or folders), name, folders)


def _setuptools(tool: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """https://setuptools.pypa.io/en/latest/userguide/pyproject_config.html"""
    table = _table(tool, "setuptools")
    for package, folder in _table(table, "package-dir").items():
        if isinstance(folder, str):
            yield package, folder
    find = _table(_table(table, "packages"), "find")
    for folder in _texts(find.get("where")):
        yield "", folder


def _poetry(tool: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """https://python-poetry.org/docs/pyproject/#packages"""
    included = _table(tool, "poetry").get("packages")
    for package in included if isinstance(included, list) else ():
        if isinstance(package, dict) and isinstance(package.get("from", ""), str):
            yield "", package.get("from", "")


def _hatch(tool: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """https://hatch.pypa.io/latest/config/build/#packages"""
    build = _table(_table(tool, "hatch"), "build")
    for table in (build, _table(_table(build, "targets"), "wheel")):
        for package in _texts(table.get("packages")):
            yield "", posixpath.dirname(package.rstrip("/"))
        for folder in _texts(table.get("dev-mode-dirs")):
            yield "", folder
        sources = table.get("sources")
        for folder in _texts(sources):
            yield "", folder
        for folder, package in sources.items() if isinstance(sources, dict) else ():
            if isinstance(package, str):
                yield package.strip("/").replace("/", "."), folder


def _pdm(tool: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """https://backend.pdm-project.org/build_config/"""
    folder = _table(_table(tool, "pdm"), "build").get("package-dir")
    yield from (("", text) for text in _texts(folder))


def _uv(tool: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """https://docs.astral.sh/uv/reference/settings/#build-backend"""
    folder = _table(_table(tool, "uv"), "build-backend").get("module-root")
    yield from (("", text) for text in _texts(folder))


def _compiled(tool: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The `python-source` of maturin and scikit-build-core's `wheel.packages`."""
    yield from (("", text) for text in _texts(_table(tool, "maturin").get("python-source")))
    wheel = _table(_table(tool, "scikit-build"), "wheel")
    for package in _texts(wheel.get("packages")):
        yield "", posixpath.dirname(package.rstrip("/"))


_BACKENDS = (_setuptools, _poetry, _hatch, _pdm, _uv, _compiled)


def _table(table: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    inner = table.get(key)
    return inner if isinstance(inner, dict) else {}


def _texts(setting: object) -> list[str]:
    if isinstance(setting, str):
        return [setting]
    return [text for text in setting if isinstance(text, str)] if isinstance(setting, list) else []


# --- setup.cfg ----------------------------------------------------------------------------


def _of_cfg(text: str) -> _Declared:
    import configparser  # late: a fix with nothing to do needs none

    reader = configparser.RawConfigParser(strict=False)
    try:
        reader.read_string(text)
    except configparser.Error:
        return _Declared()
    if not (reader.has_section("metadata") or reader.has_section("options")):
        return _Declared()
    folders = []
    for line in reader.get("options", "package_dir", fallback="").replace(",", "\n").splitlines():
        package, equals, folder = line.partition("=")
        if equals:
            folders.append((package.strip(), folder.strip()))
    found_in = reader.get("options.packages.find", "where", fallback="")
    folders += [("", folder.strip()) for folder in found_in.splitlines() if folder.strip()]
    return _Declared(True, reader.get("metadata", "name", fallback="").strip(), tuple(folders))


# --- setup.py -----------------------------------------------------------------------------


def _of_setup(text: str) -> _Declared:
    """Out of a call of `setup()`, as far as it is written in literals."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return _Declared()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _called(node) == "setup":
            keywords = {k.arg: k.value for k in node.keywords if k.arg}
            name = _literal(keywords.get("name"))
            folders = [*_package_dir(keywords.get("package_dir")), *_searched(tree)]
            return _Declared(True, name if isinstance(name, str) else "", tuple(folders))
    return _Declared()


def _package_dir(node: ast.expr | None) -> Iterator[tuple[str, str]]:
    folders = _literal(node)
    for package, folder in folders.items() if isinstance(folders, dict) else ():
        if isinstance(package, str) and isinstance(folder, str):
            yield package, folder


def _searched(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """The folders of `find_packages("src")`, wherever it is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _called(node).startswith("find_"):
            where = next((k.value for k in node.keywords if k.arg == "where"), None)
            folder = _literal(node.args[0] if node.args else where)
            if isinstance(folder, str):
                yield "", folder


def _called(call: ast.Call) -> str:
    """The last part of the name of what is called."""
    function = call.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _literal(node: ast.expr | None) -> object:
    try:
        return None if node is None else ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError):
        return None


_READERS = {"pyproject.toml": _of_toml, "setup.cfg": _of_cfg, "setup.py": _of_setup}
