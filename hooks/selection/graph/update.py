"""Brings the graph of one tree up to date for another: what is linked again."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import partial

from gardener.model import Symbol
from gardener.paths import is_python

from ..link.facts import files_in, fixtures_named
from ..link.fixtures import name_parts
from ..link.imports import Modules, conftests, names_moved
from ..link.linker import READ_ANNOTATIONS, Linker
from ..link.loaded_modules import LOADS_SPECS
from ..link.mentions import LOADS_FILES, assigned_name, mentions
from ..link.names import Names
from ..link.plugins import decides_plugins
from ..parse.summary import DefinitionKind, Summary
from .as_stored import Mentioned, Subclasses
from .changed_facts import (
    changed_facts,
    facts_of_gone,
    imported_fixtures,
    of_every_name,
    other_fixtures,
)
from .graph import Graph
from .graph_store import Patch
from .hierarchy import StoredClass
from .source_tree import Tree

_DECIDE_FOR_ALL = frozenset({"__subclasses__", *READ_ANNOTATIONS, *LOADS_FILES, *LOADS_SPECS})
"""Names that change how all files are linked once some code mentions them."""


class Update:
    """What has to be linked again to make the graph of one tree that of another.

    It is not `possible` where more would have to be linked again than is worth it, or where
    that is not known.
    """

    def __init__(
        self, tree: Tree, graph: Graph, gone: frozenset[Symbol], lost: Mapping[Symbol, str]
    ) -> None:
        self.tree = tree
        self.graph = graph
        self.gone = gone
        self.lost = lost
        self.relinked: set[str] = set()
        self.mentioned_more: Counter[str] = Counter()
        self.removed = graph.file_numbers.keys() - tree.summaries.paths
        self.added = tree.summaries.paths - graph.file_numbers.keys()
        self.tests = {
            *(path for path in graph.tests if path not in self.removed),
            *(path for path in self.added if tree.is_test(path)),
        }
        self.possible = self._find()

    # --- what to link again --------------------------------------------------------------

    def _find(self) -> bool:
        """Note what to link again; false where it is better to make the graph anew."""
        graph, summaries = self.graph, self.tree.summaries
        shas = summaries.shas()
        before = dict(zip(graph.paths, graph.shas, strict=True))
        edited = [path for path, sha in before.items() if path in shas and shas[path] != sha]
        if len(edited) + len(self.added) + len(self.removed) > 50 + len(graph.paths) // 8:
            return False
        by_sha = summaries.stored({before[path] for path in (*edited, *self.removed)})
        old = {p: by_sha[before[p]] for p in (*edited, *self.removed) if before[p] in by_sha}
        summaries.fetch((*edited, *self.added))
        if len(old) < len(edited) + len(self.removed):
            return False
        names = self._other_fixtures(edited, old)
        self.relinked.update(graph.facts.dependents(map(fixtures_named, names)))
        fixtures = graph.fixture_names | names
        known = fixtures.union(*map(name_parts, fixtures))
        moved = self._note_moved(old) and self._note_edited(edited, old, known)
        if not (moved and self._note_flips()):
            return False
        self._note_gone()
        self.relinked -= self.removed
        return len(self.relinked) <= 100 + len(graph.paths) // 6

    def _other_fixtures(self, edited: Iterable[str], old: Mapping[str, Summary]) -> set[str]:
        """The names that may stand for another fixture now, or for none."""
        finder = Names(self.tree.summaries, self.tree.modules, self.gone, self.lost)
        names: set[str] = set(self.lost.values())
        for path in (*edited, *self.added, *self.removed):
            now = self.tree.summaries.get(path)
            names |= other_fixtures(old.get(path), now, partial(imported_fixtures, finder, path))
        return names

    def _note_edited(
        self, edited: Iterable[str], old: Mapping[str, Summary], fixtures: frozenset[str]
    ) -> bool:
        """Note what to link again for files with another content; false for other plugins."""
        for path in edited:
            before, after = old[path], self.tree.summaries[path]
            if before == after:
                continue
            if decides_plugins(path, before) != decides_plugins(path, after):
                return False
            self.relinked.add(path)
            self.mentioned_more.subtract(mentions(before))
            self.mentioned_more.update(mentions(after))
            if of_every_name(before) != of_every_name(after):
                self.relinked.update(self.graph.facts.dependents_on_any([path]))
            else:
                facts = changed_facts(path, before, after, fixtures)
                self.relinked.update(self.graph.facts.dependents(facts))
        return True

    def _note_flips(self) -> bool:
        """Note what to link again for names that no code mentions any more, or now does.

        False where such a name decides how other files are linked.
        """
        flips = [name for name, by in self.mentioned_more.items() if by and self._flips(name, by)]
        if not _DECIDE_FOR_ALL.isdisjoint(flips):
            return False
        mentions_before = self.graph.facts.mentions
        assigned = {name for name in map(assigned_name, flips) if name and mentions_before(name)}
        points = (p.target.replace(":", ".").split(".") for p in self.tree.layout.entry_points)
        if not assigned.isdisjoint(part for parts in points for part in parts):
            return False  # who starts or loads it is not known
        self.relinked.update(self._reading_behind(assigned))
        self.relinked.update(self.graph.hierarchy.files_with_members(flips))
        return True

    def _reading_behind(self, names: set[str]) -> Iterator[str]:
        """The files in which a chain, or a string like one, goes on behind one of these names."""
        texts = [name + sign for name in names for sign in ".:"]
        for path, summary in self.tree.summaries.mentioning(texts) if texts else ():
            chains = (
                chain.replace(":", ".")
                for d in summary.definitions
                for chain in (
                    *d.names,
                    *d.header.annotations,
                    *d.strings.dotted,
                    *d.dynamic_imports,
                )
            )
            if any(not names.isdisjoint(chain.split(".")[:-1]) for chain in chains):
                yield path

    def _flips(self, name: str, by: int) -> bool:
        count = self.graph.facts.mentions(name)
        return (count > 0) != (count + by > 0)

    def _note_gone(self) -> None:
        """Note what to link again for symbols that are gone, or no fixtures any more."""
        names: dict[str, set[str]] = defaultdict(set)
        for file, name in (*self.gone, *self.lost):
            names[file].add(name)
        for path, names_in_file in names.items():
            self.relinked.add(path)
            self.relinked.update(self.graph.facts.dependents(facts_of_gone(path, names_in_file)))

    def _note_moved(self, old: Mapping[str, Summary]) -> bool:
        """Note what to link again for files that came or went; false where that is not known."""
        graph, tree = self.graph, self.tree
        if not (self.added or self.removed):
            return True
        removed = {path: old[path] for path in sorted(self.removed)}
        new = {path: tree.summaries[path] for path in sorted(self.added)}
        modules = tree.modules.among([path for path in graph.paths if is_python(path)])
        deciding = (decides_plugins(*moved) for moved in (*removed.items(), *new.items()))
        if modules.roots != tree.modules.roots or any(map(any, deciding)):
            return False
        moved = sorted(self.added | self.removed)
        if any(finder.hides_foreign(p) for finder in (modules, tree.modules) for p in moved):
            return False
        if any(map(self._governs, moved)) or self._orphans_a_conftest():
            return False
        words = names_moved(moved, modules, tree.modules)
        if not graph.plugin_words.isdisjoint(words):
            return False
        for summary in removed.values():
            self.mentioned_more.subtract(mentions(summary))
        for summary in new.values():
            self.mentioned_more.update(mentions(summary))
        users = graph.facts.importers((*words, "*"))
        dependents = graph.facts.dependents_on_any((*self.removed, *users))
        self.relinked.update(self.added, users, dependents, self._saying_folders(moved, modules))
        return True

    def _saying_folders(self, moved: Iterable[str], before: Modules) -> Iterator[str]:
        """The files with strings that may be the folder of files that came or went, to load these."""
        if not any(map(self.graph.facts.mentions, ("exec", *LOADS_FILES))):
            return
        folders = {path.rpartition("/")[0] for path in moved if is_python(path)}
        yield from self.graph.facts.dependents(map(files_in, folders))
        names = {folder.rpartition("/")[2] for folder in before.folders ^ self.tree.modules.folders}
        for path, summary in self.tree.summaries.mentioning(names) if names else ():
            if any(not names.isdisjoint(text.strip("./").split("/")) for text in summary.texts):
                yield path

    def _governs(self, path: str) -> bool:
        """Whether a file acts on others in and below its folder, which stay."""
        folder, _, name = path.rpartition("/")
        if name not in ("conftest.py", "__init__.py", "__init__.pyi"):
            return False
        below = f"{folder}/" if folder else ""
        moved = self.added | self.removed
        return any(p.startswith(below) and p not in moved for p in self.graph.paths)

    def _orphans_a_conftest(self) -> bool:
        """Whether pytest has no reason any more to import some conftest."""
        served = {c for path in self.removed for c in conftests(path, self.tree.modules.paths)}
        folders = [conftest.rpartition("/")[0] for conftest in served]
        return bool(self.removed) and not all(
            any(test.startswith(f"{folder}/" if folder else "") for test in self.tests)
            for folder in ("", *folders)
        )

    # --- linking it ----------------------------------------------------------------------

    def apply(self) -> Patch | None:
        """Link again what has to be, and lay it over the graph; returns that, None for nothing."""
        if not self.relinked and not self.removed:
            return None
        tree, graph = self.tree, self.graph
        tree.summaries.fetch(sorted(self.relinked | self._files_with_related_classes()))
        linker = Linker(
            tree.summaries,
            tree.modules,
            tree.layout,
            frozenset(self.tests),
            Mentioned(graph, self.mentioned_more),
            self.gone,
            self.lost,
        )
        linker.plugins.preset(graph.plugins)
        linker.classes.subclasses = Subclasses(graph, self.relinked | self.removed)
        linker.introduce(sorted(self.relinked))
        paths = (self.relinked | self._files_with_other_subclasses(linker)) - self.removed
        linked = [linker.link(path) for path in sorted(paths)]
        roots = {file for path in self.added & self.tests for file in linker.plugins.scope(path)}
        patch = Patch(linked, frozenset(self.removed), frozenset(self.tests), frozenset(roots))
        graph.overlay(*patch)
        return patch

    def _files_with_related_classes(self) -> set[str]:
        """Files with relatives of the classes that are linked again: read at once, not one by one."""
        hierarchy = self.graph.hierarchy
        klasses = (
            self.graph.id(Symbol(path, name))
            for path in self.relinked
            for name in hierarchy.stored_classes(path)
        )
        return {self.graph.symbol(n).file for klass in klasses for n in hierarchy.related(klass)}

    def _files_with_other_subclasses(self, linker: Linker) -> set[str]:
        """Files with classes that have other subclasses now, or of another kind."""
        files: set[str] = set()
        for path in sorted(self.relinked | self.removed):
            before = self.graph.hierarchy.stored_classes(path)
            after = _classes_now(path, linker)
            for name in sorted(before.keys() | after.keys()):
                if before.get(name) == after.get(name):
                    continue
                klass = Symbol(path, name)
                if name in before:
                    ancestry = self.graph.hierarchy.ancestry(self.graph.id(klass))
                    files.update(self.graph.symbol(ancestor).file for ancestor in ancestry)
                if name in after:
                    files.update(ancestor.file for ancestor in linker.classes.ancestry(klass))
        return files


def _classes_now(path: str, linker: Linker) -> dict[str, StoredClass]:
    """The classes of a file as they are now."""
    classes = linker.classes
    return {
        name: StoredClass(
            set(classes.direct_bases(Symbol(path, name))), classes.is_uncertain(Symbol(path, name))
        )
        for name, definition in linker.definitions.of(path).items()
        if definition.kind is DefinitionKind.CLASS
    }
