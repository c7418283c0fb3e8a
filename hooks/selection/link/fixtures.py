"""The fixtures that a test file sees, and which of them a test requests."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable
from functools import partial
from typing import NamedTuple

from gardener.model import Symbol

from ..parse.summary import Definition, DefinitionKind
from .facts import Aspect, Fact, aspect_of, fixtures_named, requested_by
from .fixture_askers import FixtureAskers
from .names import Names
from .plugins import Plugins

FixturesByName = dict[str, list[Symbol]]
_NOTHING: frozenset[Fact] = frozenset()
_UNKNOWN = "*"
"""A request for a fixture whose name only run time knows."""


def requestable(definition: Definition) -> tuple[str, ...]:
    """Names by which a definition may request fixtures: its parameters, and strings in it."""
    return (*definition.header.parameters, *definition.strings.identifiers)


class _InFile(NamedTuple):
    """The fixtures that a file defines or imports; `facts` are what its imports were found by.

    A fact counts for who asks for the name that is imported, or that of the fixture behind it.
    """

    by_name: FixturesByName
    facts: dict[str, frozenset[Fact]]


class Visible(NamedTuple):
    """The fixtures that some test files see, and what each name brings that they request.

    `facts` are those of imports, by the name that is asked for. `brought` are all fixtures behind
    a name, with what these were concluded from.
    """

    by_name: FixturesByName
    facts: dict[str, frozenset[Fact]]
    brought: dict[str, tuple[tuple[Symbol, ...], frozenset[Fact]]]


def name_parts(name: str) -> list[str]:
    """A name, and its beginnings and ends at underscores: `db_client`, `db`, `client`."""
    words = name.strip("_").split("_")
    cuts = range(1, len(words))
    ends = [part for at in cuts for part in ("_".join(words[:at]), "_".join(words[at:]))]
    return ["_".join(words), *ends]


class Fixtures:
    """Finds fixtures by their names; those that others override count too."""

    def __init__(self, names: Names, plugins: Plugins) -> None:
        self.names = names
        self.plugins = plugins
        self.definitions = names.definitions
        self.summaries = names.summaries
        self.askers = FixtureAskers(names)
        self._visible: dict[str, Visible] = {}
        self._visible_from: dict[tuple[str, ...], Visible] = {}
        self._sources: dict[str, tuple[list[str], frozenset[Fact]]] = {}
        self._by_file: dict[str, _InFile] = {}

    @property
    def all_names(self) -> set[str]:
        """All names under which the files linked so far see a fixture."""
        return {name for fixtures in self._by_file.values() for name in fixtures.by_name}

    def requested(self, path: str, names: Iterable[str]) -> list[Symbol]:
        """Fixtures of these names that a test file sees, with those that they request."""
        fixtures: dict[Symbol, None] = {}
        for name in self._expanded(path, names):
            fixtures.update(dict.fromkeys(self._brought(path, name)))
        return list(fixtures)

    def _brought(self, path: str, name: str) -> tuple[Symbol, ...]:
        """The fixtures of a name that a test file sees, with those that they request."""
        brought = self._visible_in(path).brought
        cached = brought.get(name)
        if cached is not None:
            self.definitions.facts |= cached[1]
            return cached[0]
        (fixtures, of_all), facts = self.names.recorded(lambda: self._find_brought(path, name))
        if of_all:
            brought[name] = fixtures, facts
        return fixtures

    def _find_brought(self, path: str, name: str) -> tuple[tuple[Symbol, ...], bool]:
        """The same, and whether it is so for all files that see the same fixtures."""
        visible, of_all = self.visible(path), True
        fixtures: dict[Symbol, None] = {}
        worklist, queued = [name], {name}
        while worklist:
            for fixture in visible[worklist.pop()]:
                if fixture in fixtures:
                    continue
                fixtures[fixture] = None
                self.definitions.facts.add(requested_by(fixture))
                definition = self.definitions.get(*fixture)
                requests = self._asked_by(fixture.file, definition) if definition else []
                of_all = of_all and _UNKNOWN not in requests
                more = [n for n in self._expanded(path, requests) if n not in queued]
                queued.update(more)
                worklist += dict.fromkeys(more)
        return tuple(fixtures), of_all

    def _asked_by(self, file: str, fixture: Definition) -> list[str]:
        """The names by which a fixture may ask for others, and what it calls for it."""
        return [*requestable(fixture), *self.askers.asked_by(file, fixture)]

    def _expanded(self, path: str, names: Iterable[str]) -> list[str]:
        """Those of some names that are fixtures which a file sees, and those that globs among them fit.

        A name of which nothing is known is one that some string says in the files around the test,
        or its beginning or end; where none of them is, it is any.
        """
        visible, imported, _ = self._visible_in(path)
        requested: list[str] = []
        for name in names:
            if "*" in name:
                requested += self._fitting(path, name)
                continue
            self.definitions.facts.add(fixtures_named(name))
            self.definitions.facts |= imported.get(name, _NOTHING)
            if name in visible:
                requested.append(name)
        return requested

    def _fitting(self, path: str, glob: str) -> list[str]:
        """The names of fixtures that a file sees and that one with a `*` in it may mean."""
        visible, imported, _ = self._visible_in(path)
        for file in self.plugins.scope(path):
            for source in self.sources(file):
                self.definitions.facts.add(aspect_of(source, Aspect.SURFACE))
        self.definitions.facts |= {fact for facts in imported.values() for fact in facts}
        if glob == _UNKNOWN:
            said = {word.strip("_") for word in self._said(path)}
            return [n for n in sorted(visible) if any(p in said for p in name_parts(n))] or [
                *visible
            ]
        return fnmatch.filter(sorted(visible), glob)

    def _said(self, path: str) -> set[str]:
        """The strings that could be names in the files whose fixtures a test file sees."""
        words: set[str] = set()
        for file in self.plugins.scope(path):
            if file in self.definitions:
                self.definitions.note(file, Aspect.REQUESTS)
                for definition in self.definitions[file].values():
                    words.update(definition.strings.identifiers)
        return words

    def visible(self, path: str) -> FixturesByName:
        """All fixtures that tests in a file see."""
        return self._visible_in(path).by_name

    def _visible_in(self, path: str) -> Visible:
        visible = self._visible.get(path)
        if visible is None:
            sources = (source for file in self.plugins.scope(path) for source in self.sources(file))
            # Most test files have no fixtures of their own, and see the same as those beside them.
            key = tuple(s for s in sources if self._concerns(s, path))
            visible = self._visible_from.get(key)
            if visible is None:
                visible = self._visible_from[key] = self._merged(key)
            self._visible[path] = visible
        return visible

    def _concerns(self, source: str, path: str) -> bool:
        """Whether a file has, or may come to have, fixtures that another sees: it notes its own imports."""
        fixtures, facts = self._in_file(source)
        return bool(fixtures or (facts and source != path))

    def _merged(self, sources: Iterable[str]) -> Visible:
        merged = Visible({}, {}, {})
        for source in sources:
            in_file = self._in_file(source)
            for name, fixtures in in_file.by_name.items():
                merged.by_name.setdefault(name, []).extend(fixtures)
            for name, facts in in_file.facts.items():
                merged.facts[name] = merged.facts.get(name, _NOTHING) | facts
        return merged

    def sources(self, file: str) -> list[str]:
        """A file and those whose names it takes over by star imports."""
        cached = self._sources.get(file)
        if cached is None:
            cached = self._sources[file] = self.names.recorded(lambda: self._find_sources(file))
        else:
            self.definitions.facts |= cached[1]
        return cached[0]

    def _find_sources(self, file: str) -> list[str]:
        sources = {file: None} if file in self.summaries else {}
        worklist = list(sources)
        while worklist:
            importer = worklist.pop()
            self.definitions.note(importer, Aspect.SERVING)
            for star in self.summaries[importer].stars:
                for source in self.names.module_files(importer, star.level, star.module):
                    if source not in sources and source in self.summaries:
                        sources[source] = None
                        worklist.append(source)
        return list(sources)

    def _in_file(self, file: str) -> _InFile:
        if file not in self._by_file:
            # What was looked at counts for who asks for a name, not for all who see the file.
            self._by_file[file], _ = self.names.apart(lambda: self._find_in_file(file))
        return self._by_file[file]

    def _find_in_file(self, file: str) -> _InFile:
        """The fixtures that a file defines, or did before, or imports."""
        in_file = _InFile({}, {})
        fixtures = in_file.by_name
        for name, definition in self.definitions[file].items():
            if definition.fixture:
                fixtures.setdefault(definition.fixture, []).append(Symbol(file, name))
            elif definition.kind is DefinitionKind.REMOVED:
                # It may have been a fixture before.
                fixtures.setdefault(name.rpartition(".")[2], []).append(Symbol(file, name))
        for lost, fixture in self.names.lost.get(file, ()):
            fixtures.setdefault(fixture, []).append(lost)
        for alias in self.summaries[file].aliases:
            imported, facts = self.names.apart(partial(self._imported, file, alias))
            for name in {alias, *imported.values()}:
                in_file.facts[name] = in_file.facts.get(name, _NOTHING) | facts
            for target, fixture in imported.items():
                for name in dict.fromkeys((alias, fixture)):
                    fixtures.setdefault(name, []).append(target)
        return in_file

    def _imported(self, file: str, alias: str) -> dict[Symbol, str]:
        """The fixtures that a name in a file may stand for which an import binds, with their names."""
        imported: dict[Symbol, str] = {}
        for target in self.names.lookup(file, alias):
            definition = self.definitions.get(*target) if isinstance(target, Symbol) else None
            if isinstance(target, Symbol) and definition and definition.fixture and target.qualname:
                imported[target] = definition.fixture
        return imported
