"""Requirements that are for documentation, linters or releases: no environment of tests has them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from posixpath import basename, dirname, join, normpath, relpath

from gardener.pytest_config.settings import CONFIG_NAMES

from ..changes import contents
from .config_tables import said_for_tests
from .file_kinds import EVERYTHING, is_aside
from .tree import SourceTree

_INCLUDED = re.compile(r"^\s*(?:-r|-c|--requirement|--constraint)[\s=]*(\S+)", re.MULTILINE)


def uninstalled(tree: SourceTree, paths: Iterable[str]) -> frozenset[str]:
    """Those of these files of requirements whose name says that they are not for tests.

    One that tests are nevertheless installed from is none of them: a requirements file for tests
    includes it, or the settings of a tool, `setup.py` or a session of nox names it for them.
    """
    aside = {path for path in paths if _is_requirements(path) and is_aside(path)}
    if not aside:
        return frozenset()
    every = [path for path in tree.files if _is_requirements(path)]
    sources = contents(tree.root, {path: tree.files[path] for path in every})
    texts = {path: source.decode(errors="replace") for path, source in sources.items()}
    installed = {path for path in every if not is_aside(path)}
    installed.update(path for path in aside if _is_named(tree, path))
    queue = list(installed)
    for path in queue:
        for included in _included(path, texts.get(path, "")):
            if included in {*texts, *aside} and included not in installed:
                installed.add(included)
                queue.append(included)
    return frozenset(aside - installed)


def _is_requirements(path: str) -> bool:
    name = basename(path)
    return (
        name not in CONFIG_NAMES
        and name.endswith((".txt", ".in", ".yml", ".yaml"))
        and EVERYTHING.fit(path)
    )


def _included(path: str, text: str) -> Iterator[str]:
    """The files that a file of requirements includes, by their paths and as they are written.

    A file `x.in` is what `x.txt` is compiled from.
    """
    for name in _INCLUDED.findall(text):
        for included in (normpath(join(dirname(path), name)), normpath(name)):
            yield included
            yield f"{included.rpartition('.')[0]}.in"
    if path.endswith(".txt"):
        yield f"{path.removesuffix('.txt')}.in"


def _is_named(tree: SourceTree, path: str) -> bool:
    """Whether settings, `setup.py` or a session of nox name a file for something else than it says."""
    return any(
        _path_from(file, path) in text for file, said in said_for_tests(tree) for text in said
    )


def _path_from(naming: str, path: str) -> str:
    return relpath(path, dirname(naming) or ".")
