"""Non-Python files: which tests a change to one of them can affect, by names alone."""

from __future__ import annotations

import re
from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from gardener.config import Selecting
from gardener.model import Symbol
from gardener.paths import is_python, matches

from ..changes import GITLINK, FileChange
from .file_kinds import (
    ASIDE,
    BUILD_INPUTS,
    BUILD_SCRIPTS,
    ELSEWHERE,
    EVERYTHING,
    EXAMPLE_FOLDERS,
    EXAMPLES,
    IGNORED,
    Places,
)
from .index_files import Sources, indexes_of
from .parse.summaries import Summaries
from .parse.summary import Definition, Strings, Summary

LISTING = frozenset({"listdir", "scandir", "iterdir", "glob", "iglob", "rglob", "walk", "files"})
"""Calls that give the files of a folder."""


def reason_by_names(
    changes: Iterable[FileChange], settings: Selecting, irrelevant: Container[str]
) -> str:
    """Why the change needs all tests, by rules on names alone; empty if it does not.

    `irrelevant` are configuration files that changed in nothing that tests depend on.
    """
    for change in changes:
        path = change.path
        if matches(path, *settings.everything):
            return f"{path} changed (tool.gardener.selection.everything)"
        if matches(path, *settings.ignore):
            continue
        if any(entry and entry.mode == GITLINK for entry in (change.before, change.after)):
            return f"the submodule {path} changed"
        if path not in irrelevant and _is_for_all(path):
            return f"{path} changed, which every test may depend on"
    return ""


def _is_for_all(path: str) -> bool:
    return EVERYTHING.fit(path) and not ELSEWHERE.fit(path) and not EXAMPLES.fit(path)


def is_harmless(path: str, places: Places) -> bool:
    """Whether a change to this file affects no test, provided that no Python file names it."""
    return IGNORED.fit(path) or _is_read_by_name(path, places)


def _is_read_by_name(path: str, places: Places) -> bool:
    """Whether tests read such a file only where they name it, a folder, or list one above it."""
    return (
        ELSEWHERE.fit(path)
        or EXAMPLES.fit(path)
        or (ASIDE.fit(path) and not places.is_beside_code(path))
    )


def may_be_built_from(
    path: str, named_by: Iterable[Symbol], is_opened: bool, summaries: Summaries, places: Places
) -> bool:
    """Whether a build may make something out of this file that tests import.

    Whoever imports that opens what was built, not this: that no test names or opens it proves
    nothing. `is_opened` tells whether one does open it.
    """
    if is_harmless(path, places):
        return False
    namers = list(named_by)
    scripts = {symbol for symbol in namers if BUILD_SCRIPTS.fit(symbol.file)}
    if any(_says_name(symbol, path, summaries) for symbol in scripts):
        return BUILD_INPUTS.fit(path) or not is_opened
    if not BUILD_INPUTS.fit(path):
        return False
    is_read = is_opened or len(namers) > len(scripts)
    return not is_read or EXAMPLE_FOLDERS.isdisjoint(path.lower().split("/")[:-1])


def _says_name(symbol: Symbol, path: str, summaries: Summaries) -> bool:
    """Whether a definition says the whole name of a file, and not only its folder or a glob."""
    end = path.rpartition("/")[2]
    return any(
        text.rpartition("/")[2] == end
        for definition in summaries[symbol.file].definitions
        if definition.name == symbol.qualname
        for text in definition.strings.all()
    )


def mentions(
    paths: Iterable[str],
    summaries: Summaries,
    places: Places,
    files: Collection[str],
    read: Sources,
) -> dict[str, list[Symbol]]:
    """For each of these files the symbols that may mean it.

    By its name, its folder, a glob, or a listing of a folder above it; or by the name of a file
    that lists it. `files` are those of the tree, of which `read` gives the contents.
    """
    indexes = indexes_of(paths, files, read)
    listed_in = {index for listed in indexes.values() for index in listed}
    symbols_of = _mentions((*indexes, *listed_in), summaries, places, read)
    for path, listed in indexes.items():
        by_name = _named(listed, symbols_of, summaries)
        symbols_of[path] = list(dict.fromkeys((*symbols_of[path], *by_name)))
    return {path: symbols_of[path] for path in indexes}


def _named(
    indexes: Iterable[str], symbols_of: Mapping[str, list[Symbol]], summaries: Summaries
) -> Iterator[Symbol]:
    """What says the names of these files: a folder that it names has others, too."""
    for index in indexes:
        yield from (s for s in symbols_of[index] if _says_name(s, index, summaries))


def _mentions(
    paths: Iterable[str], summaries: Summaries, places: Places, read: Sources
) -> dict[str, list[Symbol]]:
    """Those of `mentions` that need no other file."""
    symbols_of: dict[str, dict[Symbol, None]] = {path: {} for path in paths}
    if not symbols_of:
        return {}
    files = _FilesByText(symbols_of, places)
    for file, summary in summaries.mentioning(files.texts()):
        for definition in summary.definitions:
            for path in files.meant_by(definition.strings):
                symbols_of[path][Symbol(file, definition.name)] = None
        for path, definition in files.listed_in(summary):
            symbols_of[path][Symbol(file, definition.name)] = None
        for definition in _listing(summary):
            for path in files.below(file.rpartition("/")[0]):
                symbols_of[path][Symbol(file, definition.name)] = None
    for file, definition in _listing_from_above(summaries, read) if files.named_only else ():
        for path in (path for path in files.named_only if _may_list(definition, path)):
            symbols_of[path][Symbol(file, definition.name)] = None
    _add_from_own_place({p: symbols_of[p] for p in files.unignored if symbols_of[p]}, summaries)
    return {path: list(symbols) for path, symbols in symbols_of.items()}


def _add_from_own_place(symbols_of: Mapping[str, dict[Symbol, None]], summaries: Summaries) -> None:
    """Add what asks in the folder of a file where it lies itself, to read what lies there.

    It need not name the folder: that somebody else does says nothing of it.
    """
    paths_of: dict[str, list[str]] = {}
    for path in symbols_of:
        paths_of.setdefault(path.rpartition("/")[0], []).append(path)
    beside = [f for f in summaries.paths if is_python(f) and f.rpartition("/")[0] in paths_of]
    summaries.fetch(beside if paths_of else ())
    for file in beside:
        for definition in summaries[file].definitions:
            if "__file__" in definition.names:
                for path in paths_of[file.rpartition("/")[0]]:
                    symbols_of[path][Symbol(file, definition.name)] = None


def tests_called_like(path: str, tests: Container[str]) -> list[str]:
    """The test files whose name a data file or a folder of it bears, below the folder of the test.

    That is where plugins keep what they recorded for one module: `cassettes/test_m/`,
    `__snapshots__/test_m.ambr`, `test_m/`. Byte code bears the name of what it was made from.
    """
    *folders, name = path.split("/")
    if "__pycache__" in folders:
        return []
    called = [*folders, name.partition(".")[0]]
    namesakes = []
    for depth, part in enumerate(called):
        for above in range(depth + 1):
            test = "/".join((*folders[:above], f"{part}.py"))
            if "test" in part and test in tests:
                namesakes.append(test)
    return namesakes


class _FilesByText:
    """Files by what a string may call them; those that are ignored only by their name, or a listing."""

    def __init__(self, paths: Iterable[str], places: Places) -> None:
        """`named_only` are those that any listing of a folder above may bring, wherever it is."""
        self.by_name: dict[str, list[str]] = {}
        self.by_folder: dict[str, list[str]] = {}
        self.by_ending: dict[str, list[str]] = {}
        self.unignored: list[str] = []
        self.named_only: list[str] = []
        for path in paths:
            *folders, name = path.split("/")
            self.by_name.setdefault(name, []).append(path)
            if IGNORED.fit(path):
                ending = PurePosixPath(name).suffix
                if ending:
                    self.by_ending.setdefault(ending, []).append(path)
                continue
            self.unignored.append(path)
            means = folders[-1:]
            if _is_read_by_name(path, places):
                self.named_only.append(path)
                if not ELSEWHERE.fit(path):
                    means = list(dict.fromkeys((*folders[:1], *means)))
            for folder in means:
                self.by_folder.setdefault(folder, []).append(path)

    def texts(self) -> list[str]:
        """What the code of a file must hold, one of these, to mean any of the files."""
        wild = ("*", "__file__") if self.unignored else ()
        return [*self.by_name, *self.by_folder, *self.by_ending, *wild]

    def meant_by(self, strings: Strings) -> Iterator[str]:
        """The files that the strings of a definition may mean."""
        for text in strings.all():
            yield from self._called(text)
        for command in strings.commands:
            yield from self._in_folder_of(command)

    def _called(self, text: str) -> Iterator[str]:
        end = text.rpartition("/")[2]
        yield from self.by_name.get(end, ())
        yield from self._in_folder_of(text)
        if "*" in end and end.strip("*./"):  # a glob as Python code writes it
            yield from (p for p in self.unignored if fnmatchcase(p.rpartition("/")[2], end))

    def listed_in(self, summary: Summary) -> Iterator[tuple[str, Definition]]:
        """The ignored files whose ending some definition of a file says that lists folders."""
        definitions = summary.definitions if self.by_ending else ()
        if any(_LISTED_FROM_ABOVE & last_names(definition) for definition in definitions):
            for definition in definitions:
                for text in definition.strings.all():
                    end = text.rpartition("/")[2]
                    for path in self.by_ending.get(PurePosixPath(f"x{end}").suffix, ()):
                        if end.startswith(".") or fnmatchcase(path.rpartition("/")[2], end):
                            yield path, definition

    def _in_folder_of(self, path: str) -> Iterator[str]:
        """The files in folders that a path may name."""
        for part in path.split("/") if self.by_folder else ():
            yield from self.by_folder.get(part, ())

    def below(self, folder: str) -> list[str]:
        """The files in or below a folder."""
        return [p for p in self.unignored if not folder or p.startswith(f"{folder}/")]


def _listing(summary: Summary) -> list[Definition]:
    """What lists folders in a file that asks where it lies itself."""
    if not any("__file__" in definition.names for definition in summary.definitions):
        return []
    return [d for d in summary.definitions if not LISTING.isdisjoint(last_names(d))]


_GOES_UP = re.compile(
    rb"""\bparents\b|pardir|\bcwd\b|getcwd|rootpath|rootdir|fspath|["']\.\.?["'/]|\bPath\(\)"""
    rb"""|\bi?glob\(\s*["'r]|\.parent\b.*\.parent\b|\bdirname\b.*\bdirname\b""",
    re.DOTALL,
)
"""How code comes to a folder above its own, or begins at the one that it runs in."""


def listers(summaries: Summaries) -> list[Symbol]:
    """All that lists some folder: where that is, only a run can tell."""
    return [Symbol(file, definition.name) for file, definition in _listing_anywhere(summaries)]


def _listing_anywhere(summaries: Summaries) -> Iterator[tuple[str, Definition]]:
    for file, summary in summaries.mentioning(sorted(_LISTED_FROM_ABOVE)):
        for definition in summary.definitions:
            if not _LISTED_FROM_ABOVE.isdisjoint(last_names(definition)):
                yield file, definition


def _listing_from_above(summaries: Summaries, read: Sources) -> Iterator[tuple[str, Definition]]:
    """What lists folders in files that go up to a folder above their own, or start at the top."""
    listing: dict[str, list[Definition]] = {}
    for file, definition in _listing_anywhere(summaries):
        listing.setdefault(file, []).append(definition)
    for file, source in read(listing).items():
        if _GOES_UP.search(source):
            yield from ((file, definition) for definition in listing[file])


_LISTED_FROM_ABOVE = LISTING - {"files"}
_WITH_GLOB = frozenset({"glob", "iglob", "rglob"})


def _may_list(definition: Definition, path: str) -> bool:
    """Whether what a definition lists may be this file: its globs, if it has no other listing."""
    globs = [text.rpartition("/")[2] for text in definition.strings.texts if "*" in text]
    if not globs or _LISTED_FROM_ABOVE & last_names(definition) - _WITH_GLOB:
        return True
    name = path.rpartition("/")[2]
    return any(fnmatchcase(name, glob) for glob in globs)


def last_names(definition: Definition) -> set[str]:
    """Last parts of the names that a definition uses; walking a syntax tree is no listing."""
    return {
        *definition.attributes.names,
        *(name.rpartition(".")[2] for name in definition.names if name != "ast.walk"),
    }
