"""Which symbols a change to Python files touches, as the rest of the project depends on them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import msgspec
from msgspec import Struct

from gardener.model import Symbol

from ..changes import Entry, FileChange, contents
from ..record.shape_store import Kind
from .link.imports import Modules, relative_module
from .parse.doctests import DOCTESTS
from .parse.extraction import summarize
from .parse.meaning import (
    VERSION,
    Difference,
    Imported,
    ShortMeaning,
    compare,
    compared,
    names_of,
    short_meaning,
)
from .parse.program import PROGRAM
from .parse.summaries import Summaries
from .parse.summary import VERSION as SUMMARY_VERSION
from .parse.summary import Summary


class ChangedSymbols(Struct, frozen=True):
    """What some changes touch.

    `symbols` differ, each with what changed in it; one without a name is what runs when its
    module is imported. `documented` are symbols of which only the docstring differs,
    `nested_only` functions of which only functions two levels inside them do. `moved` only stand on other lines. `imported_names`
    are names that an import binds, or bound: importing their own module is no way to them.
    `lost_fixtures` are symbols that were fixtures and are none of this name any more, with the
    name. `deleted` are the summaries of files that are gone, `notes` say what to tell the user.
    """

    symbols: dict[Symbol, str] = {}
    documented: set[Symbol] = set()
    nested_only: set[Symbol] = set()
    moved: set[Symbol] = set()
    imported_names: set[Symbol] = set()
    lost_fixtures: dict[Symbol, str] = {}
    deleted: dict[str, Summary] = {}
    notes: list[str] = []


_NAMES = {DOCTESTS: "its doctests", PROGRAM: "what runs below `if __name__ == '__main__'`"}
ReadBlobs = Callable[[list[str]], dict[str, bytes]]


class Version(Struct, frozen=True, array_like=True):
    """What is compared of one version of a file: its meaning, if it parses, and its fixtures."""

    meaning: ShortMeaning | None
    fixtures: dict[str, str] = {}


def version_of(source: bytes) -> Version:
    """What is compared of a file with this content."""
    return Version(short_meaning(source), _fixtures(source) if b"fixture" in source else {})


VERSIONS = Kind(
    f"version {VERSION}.{SUMMARY_VERSION}.{sys.version_info[0]}.{sys.version_info[1]}",
    version_of,
    msgspec.msgpack.Decoder(Version).decode,
)
"""How versions are kept."""


def changed_symbols(
    root: Path,
    changes: list[FileChange],
    summaries: Summaries,
    modules: Modules,
    recorded_contents: ReadBlobs | None = None,
    versions: Mapping[str, Version] = MappingProxyType({}),
) -> ChangedSymbols:
    """Compare both versions of each changed Python file.

    `recorded_contents` reads contents by blob where git's objects may not have them; `versions`
    are those of which it is known, by their blobs, what is compared.
    """
    changed = ChangedSymbols()
    paths = {change.path for change in changes}
    unknown = []
    for change in changes:
        before, after = (versions.get(e.sha) if e else None for e in (change.before, change.after))
        if before is None or after is None or _is_other_kind(change):
            unknown.append(change)
        elif before != after or before.meaning is None:
            imports = _Imports(change.path, summaries, modules, paths)
            _compare_versions(change.path, before, after, imports, changed)
    for file in _versions(root, unknown, recorded_contents):
        if file.before == file.after:
            continue
        _compare_definitions(file, _Imports(file.path, summaries, modules, paths), changed)
        changed.lost_fixtures.update(_lost_fixtures(file))
        summary = summaries.get(file.path)
        if summary is not None and summary.broken and file.after is not None:
            changed.notes.append(f"{file.path} {summary.broken}")
    return changed


def _compare_versions(
    path: str, before: Version, after: Version, imports: _Imports, changed: ChangedSymbols
) -> None:
    """Add the symbols of a file that differ between two versions."""
    old, new = before.meaning, after.meaning
    for symbol, name in before.fixtures.items():
        if after.fixtures.get(symbol) != name:
            changed.lost_fixtures[Symbol(path, symbol)] = name
    if old is not None and new is not None:
        _add_difference(path, compared(old, new), imports, changed)
        return
    names = {name for meaning in (old, new) if meaning for name in meaning.parts}
    why = f"{path} changed and does not parse"
    changed.symbols.update((Symbol(path, name), why) for name in ("", *names))


class _Versions(NamedTuple):
    """The contents of a changed file, None where it is not there.

    `is_other_kind` says that it is, for example, a symbolic link now and was none.
    """

    path: str
    before: bytes | None
    after: bytes | None
    is_other_kind: bool


def _versions(
    root: Path, changes: list[FileChange], recorded_contents: ReadBlobs | None
) -> Iterator[_Versions]:
    old = {c.path: c.before for c in changes}
    new = {c.path: c.after for c in changes}
    before = contents(root, {path: e for path, e in old.items() if e and e.sha})
    after = contents(root, new)
    if recorded_contents is not None:
        _add_missing([(before, old), (after, new)], recorded_contents)
    for change in changes:
        path = change.path
        yield _Versions(path, before.get(path), after.get(path), _is_other_kind(change))


def _add_missing(
    sides: list[tuple[dict[str, bytes], dict[str, Entry | None]]], read_blobs: ReadBlobs
) -> None:
    """Read by their blobs what is missing among the contents of some files, all at once."""
    missing = [
        (sources, path, entry.sha)
        for sources, entries in sides
        for path, entry in entries.items()
        if entry and entry.sha and path not in sources
    ]
    blobs = read_blobs([sha for _, _, sha in missing])
    for sources, path, sha in missing:
        if sha in blobs:
            sources[path] = blobs[sha]


def _is_other_kind(change: FileChange) -> bool:
    """Whether the mode says that it is another kind of file; the executable bit does not."""
    before, after = change.before, change.after
    if before is None:
        return False
    return after is None or before.mode[:3] != after.mode[:3]


def _compare_definitions(file: _Versions, imports: _Imports, changed: ChangedSymbols) -> None:
    """Add the symbols of one file that differ."""
    path = file.path
    if file.before is None or file.after is None or file.is_other_kind:
        changed.symbols.update(_all_symbols(file, _fate(file)))
        if file.after is None and file.before is not None:
            changed.deleted[path] = summarize(file.before)
        return
    difference = compare(file.before, file.after)
    if difference is None:
        changed.symbols.update(_all_symbols(file, "changed and does not parse"))
        return
    _add_difference(path, difference, imports, changed)


def _add_difference(
    path: str, difference: Difference, imports: _Imports, changed: ChangedSymbols
) -> None:
    changed.symbols.update(_differing(path, difference, imports))
    changed.documented.update(Symbol(path, name) for name in difference.documented)
    changed.imported_names.update(Symbol(path, name) for name in difference.imported_names)
    changed.nested_only.update(Symbol(path, name) for name in difference.nested_only)
    changed.moved.update(Symbol(path, name) for name in difference.moved)


def _fate(file: _Versions) -> str:
    if file.before is None:
        return "is new"
    return "is gone" if file.after is None else "is another kind of file"


def _all_symbols(file: _Versions, fate: str) -> dict[Symbol, str]:
    """The module and all that it defines, or did, each with what became of the file."""
    names = names_of(file.before or b"") | names_of(file.after or b"")
    return {Symbol(file.path, name): f"{file.path} {fate}" for name in ("", *names)}


def _lost_fixtures(file: _Versions) -> dict[Symbol, str]:
    """Symbols that were fixtures and are none of this name any more, with the name."""
    if file.before is None or b"fixture" not in file.before:
        return {}
    fixtures = _fixtures(file.after or b"")
    return {
        Symbol(file.path, symbol): name
        for symbol, name in _fixtures(file.before).items()
        if fixtures.get(symbol) != name
    }


def _fixtures(source: bytes) -> dict[str, str]:
    return {d.name: d.fixture for d in summarize(source).definitions if d.fixture}


def _differing(path: str, difference: Difference, imports: _Imports) -> dict[Symbol, str]:
    """The symbols of a file that parses before and after, each with what changed."""
    symbols: dict[Symbol, str] = {}
    for name in difference.names:
        symbols[Symbol(path, name)] = f"{path}: {_NAMES.get(name, name)} changed"
    why = difference.runs or _changed_import(difference, imports)
    if not why and difference.exports and imports.may_be_starred():
        why = "its __all__, which star imports read"
    if why:
        symbols[Symbol(path, "")] = f"{path} changed: {why}"
    return symbols


def _changed_import(difference: Difference, imports: _Imports) -> str:
    """The first import that came, went, or stands in another try, and may matter; else empty."""
    for imported in sorted(difference.added):
        if not imports.may_be_added(imported, difference.removed):
            return f"a new import of {_spell(imported)}"
    for imported in sorted(difference.removed):
        if not imports.may_be_removed(imported, difference.added):
            return f"an import of {_spell(imported)} that is gone"
    for imported in sorted(difference.guarded):
        if imports.is_of_project(imported):
            return f"an import of {_spell(imported)}, in another try"
    return ""


def _spell(imported: Imported) -> str:
    level, module, name = imported
    return ".".join(part for part in ("." * level + module, name) if part)


class _Imports(NamedTuple):
    """Whether an import that came or went can change what importing the file at `path` does.

    `changed` are the files that the same change touches.
    """

    path: str
    summaries: Summaries
    modules: Modules
    changed: set[str]

    def may_be_added(self, imported: Imported, removed: frozenset[Imported]) -> bool:
        """Whether a new import does nothing: its module runs anyway, and it has the name."""
        level, module, name = imported
        if self.is_of_project(imported):
            return self._is_imported_anyway(imported, removed) and self._defines(imported)
        if not name and module.partition(".")[0] in sys.stdlib_module_names:
            return True
        # Evidence that the name exists: another file that did not change imports it.
        return any(
            i.runs and (i.level, i.module) == (level, module) and (not name or name in i.names)
            for path, summary in self.summaries.mentioning([module])
            if path not in self.changed
            for i in summary.imports
        )

    def may_be_removed(self, imported: Imported, added: frozenset[Imported]) -> bool:
        """Whether an import did nothing that is missed: a module of the project still runs."""
        return not self.is_of_project(imported) or self._is_imported_anyway(imported, added)

    def _is_imported_anyway(self, imported: Imported, opposite: frozenset[Imported]) -> bool:
        """Whether another import of the same module was and is there.

        `opposite` are those that the change removed where this one was added, or the reverse.
        """
        level, module, _ = imported
        changing = opposite | {imported}
        return any(
            (i.level, i.module) == (level, module)
            and i.runs
            and not {(level, module, name) for name in i.names or ("",)} <= changing
            for i in self.summaries[self.path].imports
        )

    def is_of_project(self, imported: Imported) -> bool:
        """Whether it imports a module of the project."""
        level, _, name = imported
        absolute, folder = self._absolute(imported), self._folder
        resolved = (self.modules.resolve(m, folder) for m in (absolute, f"{absolute}.{name}"))
        return bool(level or any(resolved))

    def may_be_starred(self) -> bool:
        """Whether a star import may read this file; of a package that is never ruled out."""
        stem = self.path.rpartition("/")[2].removesuffix(".py")
        return stem == "__init__" or any(
            self.path
            in self.modules.resolve(relative_module(path, star.level, star.module), folder)
            for path, summary in self.summaries.mentioning([stem])
            for folder in [path.rpartition("/")[0]]
            for star in summary.stars
        )

    def _defines(self, imported: Imported) -> bool:
        """Whether the imported module binds the name."""
        name = imported[2]
        return any(
            name in self.summaries[file].aliases
            or any(d.name == name for d in self.summaries[file].definitions)
            for file in self.modules.resolve(self._absolute(imported), self._folder)
            if file in self.summaries
        )

    def _absolute(self, imported: Imported) -> str:
        level, module, _ = imported
        return relative_module(self.path, level, module)

    @property
    def _folder(self) -> str:
        return self.path.rpartition("/")[0]
