"""Which symbols a change to Python files touches, seen from the rest of the project."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from ..changes import FileChange, contents
from .link.imports import Modules, relative_module
from .parse.doctests import DOCTESTS
from .parse.extraction import summarize
from .parse.meaning import Difference, Imported, compare, names_of
from .parse.summaries import Summaries
from .parse.summary import Summary

Node = tuple[str, str]


class Judgement(NamedTuple):
    """Changed symbols with what changed in them, and the summaries of deleted files.

    `documented` are symbols of which only the docstring differs, `deep` functions that only
    differ in functions two levels inside them. `lost` are symbols that
    were fixtures and are none of this name any more, with the name. `bound` are names that an
    import binds, or bound: importing their own module is no way to them.
    """

    starts: dict[Node, str]
    documented: frozenset[Node]
    deep: frozenset[Node]
    bound: frozenset[Node]
    gone: dict[str, Summary]
    lost: dict[Node, str]
    notes: tuple[str, ...]


def judge(
    root: Path,
    changes: list[FileChange],
    summaries: Summaries,
    modules: Modules,
    older: Callable[[list[str]], dict[str, bytes]] | None = None,
) -> Judgement:
    """Compare both versions of each changed Python file.

    `older` reads contents by blob where git's objects may not have them.
    """
    before = contents(root, {c.path: c.before for c in changes if c.before and c.before.sha})
    after = contents(root, {c.path: c.after for c in changes if c.after})
    if older is not None:
        sides = (
            (before, {c.path: c.before for c in changes}),
            (after, {c.path: c.after for c in changes}),
        )
        away = [
            (known, path, entry.sha)
            for known, entries in sides
            for path, entry in entries.items()
            if entry and entry.sha and path not in known
        ]
        found = older([sha for _, _, sha in away])
        for known, path, sha in away:
            if sha in found:
                known[path] = found[sha]
    changed = {c.path for c in changes}
    starts: dict[Node, str] = {}
    documented: set[Node] = set()
    bound: set[Node] = set()
    deep: set[Node] = set()
    gone: dict[str, Summary] = {}
    lost: dict[Node, str] = {}
    notes = []
    for change in changes:
        path = change.path
        old, new = before.get(path), after.get(path)
        if old == new:
            continue
        if old is None or new is None or (change.before and change.before.mode != _plain(change)):
            word = (
                "is new" if old is None else "is gone" if new is None else "is another kind of file"
            )
            names = names_of(old or b"") | names_of(new or b"")
            starts[(path, "")] = f"{path} {word}"
            starts.update(((path, n), f"{path} {word}") for n in names)
            if new is None and old is not None:
                gone[path] = summarize(old)
        else:
            difference = compare(old, new)
            if difference is None:
                starts.update(_unparsed(path, old, new))
            else:
                starts.update(_said(path, difference, _Imports(path, summaries, modules, changed)))
                documented.update((path, n) for n in difference.documented)
                bound.update((path, n) for n in difference.bound)
                deep.update((path, n) for n in difference.deep)
        if old is not None and b"fixture" in old:
            kept = _fixtures(new)
            lost.update(((path, n), f) for n, f in _fixtures(old).items() if kept.get(n) != f)
        summary = summaries.get(path)
        if summary is not None and summary.broken and new is not None:
            notes.append(f"{path} {summary.broken}")
    return Judgement(
        starts,
        frozenset(documented),
        frozenset(deep),
        frozenset(bound),
        gone,
        lost,
        tuple(notes),
    )


def _fixtures(source: bytes | None) -> dict[str, str]:
    return {s.name: s.fixture for s in summarize(source or b"").definitions if s.fixture}


def _plain(change: FileChange) -> str:
    """The mode that leaves the kind of file as it was: only the executable bit may differ."""
    one, two = change.before, change.after
    if one and two and one.mode[:3] == two.mode[:3]:
        return one.mode
    return two.mode if two else ""


def _unparsed(path: str, old: bytes, new: bytes) -> dict[Node, str]:
    why = f"{path} changed and does not parse"
    return {(path, n): why for n in ("", *names_of(old), *names_of(new))}


def _said(path: str, difference: Difference, imports: _Imports) -> dict[Node, str]:
    found = {
        (path, n): f"{path}: {'its doctests' if n == DOCTESTS else n} changed"
        for n in difference.names
    }
    runs = difference.runs
    for one in sorted(difference.added):
        if not imports.harmless(one, difference.removed, new=True):
            runs = runs or f"a new import of {_spell(one)}"
    for one in sorted(difference.removed):
        if not imports.harmless(one, difference.added, new=False):
            runs = runs or f"an import of {_spell(one)} that is gone"
    for one in sorted(difference.guarded):
        if imports.inside(one):
            runs = runs or f"an import of {_spell(one)}, in another try"
    if difference.exports and not runs and imports.starred():
        runs = "its __all__, which star imports read"
    if runs:
        found[(path, "")] = f"{path} changed: {runs}"
    return found


def _spell(one: Imported) -> str:
    level, module, name = one
    return ".".join(p for p in ("." * level + module, name) if p)


class _Imports(NamedTuple):
    """Whether an import that came or went can change what importing the file does."""

    path: str
    summaries: Summaries
    modules: Modules
    changed: set[str]

    def harmless(self, one: Imported, others: frozenset[Imported], *, new: bool) -> bool:
        level, module, name = one
        summary = self.summaries[self.path]
        if self.inside(one):
            folder = self.path.rpartition("/")[0]
            absolute = relative_module(self.path, level, module)
            # The module runs as before if another import of it was and is there.
            still = any(
                (i.level, i.module) == (level, module)
                and i.runs
                and not {(level, module, n) for n in i.names or ("",)} <= (others | {one})
                for i in summary.imports
            )
            return still and (not new or self._defines(absolute, folder, name))
        if not new:
            return True
        if not name and module.partition(".")[0] in sys.stdlib_module_names:
            return True
        # Evidence that the name exists: another file that did not change imports it.
        return any(
            i.runs and (i.level, i.module) == (level, module) and (not name or name in i.names)
            for path, other in self.summaries.saying([module])
            if path not in self.changed
            for i in other.imports
        )

    def inside(self, one: Imported) -> bool:
        """Whether it imports a module of the project."""
        level, module, name = one
        folder = self.path.rpartition("/")[0]
        absolute = relative_module(self.path, level, module)
        found = (self.modules.resolve(m, folder) for m in (absolute, f"{absolute}.{name}"))
        return bool(level or any(found))

    def starred(self) -> bool:
        """Whether a star import may read this file; of a package that is never ruled out."""
        stem = self.path.rpartition("/")[2].removesuffix(".py")
        return stem == "__init__" or any(
            self.path
            in self.modules.resolve(relative_module(path, star.level, star.module), folder)
            for path, other in self.summaries.saying([stem])
            for folder in [path.rpartition("/")[0]]
            for star in other.stars
        )

    def _defines(self, module: str, folder: str, name: str) -> bool:
        return any(
            name in self.summaries[file].aliases
            or any(s.name == name for s in self.summaries[file].definitions)
            for file in self.modules.resolve(module, folder)
            if file in self.summaries
        )
