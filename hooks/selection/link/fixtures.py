"""The fixtures that a test file sees, and which of them a test requests."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable
from typing import NamedTuple

from gardener.model import Symbol

from ..parse.summary import Definition, DefinitionKind
from .facts import Aspect, Fact
from .names import Names
from .plugins import Plugins

FixturesByName = dict[str, list[Symbol]]
_UNKNOWN = "*"
"""A request for a fixture whose name only run time knows."""


def requestable(definition: Definition) -> tuple[str, ...]:
    """Names by which a definition may request fixtures: its parameters, and strings in it."""
    return (*definition.header.parameters, *definition.strings.identifiers)


class Visible(NamedTuple):
    """The fixtures that some test files see, and what each name brings that they request.

    `brought` are all fixtures behind a name, with what these were concluded from.
    """

    by_name: FixturesByName
    brought: dict[str, tuple[tuple[Symbol, ...], frozenset[Fact]]]


class Fixtures:
    """Finds fixtures by their names; those that others override count too."""

    def __init__(self, names: Names, plugins: Plugins) -> None:
        self.names = names
        self.plugins = plugins
        self.definitions = names.definitions
        self.summaries = names.summaries
        self._visible: dict[str, Visible] = {}
        self._visible_from: dict[tuple[str, ...], Visible] = {}
        self._sources: dict[str, tuple[list[str], frozenset[Fact]]] = {}
        self._by_file: dict[str, tuple[FixturesByName, frozenset[Fact]]] = {}

    @property
    def all_names(self) -> set[str]:
        """All names under which the files linked so far see a fixture."""
        return {name for fixtures, _ in self._by_file.values() for name in fixtures}

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
                self.definitions.note(fixture.file, Aspect.REQUESTS)
                definition = self.definitions.get(*fixture)
                requests = requestable(definition) if definition else ()
                of_all = of_all and _UNKNOWN not in requests
                more = [n for n in self._expanded(path, requests) if n not in queued]
                queued.update(more)
                worklist += dict.fromkeys(more)
        return tuple(fixtures), of_all

    def _expanded(self, path: str, names: Iterable[str]) -> list[str]:
        """Those of some names that are fixtures which a file sees, and those that globs among them fit.

        A name of which nothing is known is one that some string says in the files around the test.
        """
        visible = self.visible(path)
        requested: list[str] = []
        for name in names:
            if name in visible:
                requested.append(name)
            elif name == _UNKNOWN:
                requested += sorted(visible.keys() & self._said(path))
            elif "*" in name:
                requested += fnmatch.filter(sorted(visible), name)
        return requested

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
            key = tuple(source for source in sources if self._in_file(source))
            visible = self._visible_from.get(key)
            if visible is None:
                visible = self._visible_from[key] = Visible(self._merged(key), {})
            self._visible[path] = visible
        return visible

    def _merged(self, sources: Iterable[str]) -> FixturesByName:
        merged: FixturesByName = {}
        for source in sources:
            for name, fixtures in self._in_file(source).items():
                merged.setdefault(name, []).extend(fixtures)
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
        sources = {file: None} if file in self.definitions else {}
        worklist = list(sources)
        while worklist:
            importer = worklist.pop()
            for star in self.summaries[importer].stars:
                for source in self.names.module_files(importer, star.level, star.module):
                    if source not in sources and source in self.definitions:
                        sources[source] = None
                        worklist.append(source)
        return list(sources)

    def _in_file(self, file: str) -> FixturesByName:
        cached = self._by_file.get(file)
        if cached is None:
            cached = self._by_file[file] = self.names.recorded(lambda: self._find_in_file(file))
        else:
            self.definitions.facts |= cached[1]
        return cached[0]

    def _find_in_file(self, file: str) -> FixturesByName:
        """The fixtures that a file defines, or did before, or imports."""
        fixtures: FixturesByName = {}
        for name, definition in self.definitions[file].items():
            if definition.fixture:
                fixtures.setdefault(definition.fixture, []).append(Symbol(file, name))
            elif definition.kind is DefinitionKind.REMOVED:
                # It may have been a fixture before.
                fixtures.setdefault(name.rpartition(".")[2], []).append(Symbol(file, name))
        for lost, fixture in self.names.lost.get(file, ()):
            fixtures.setdefault(fixture, []).append(lost)
        for alias in self.summaries[file].aliases:
            for target in self.names.lookup(file, alias):
                if not isinstance(target, Symbol):
                    continue
                imported = self.definitions.get(*target)
                if imported is not None and imported.fixture and target.qualname:
                    for name in dict.fromkeys((alias, imported.fixture)):
                        fixtures.setdefault(name, []).append(target)
        return fixtures
