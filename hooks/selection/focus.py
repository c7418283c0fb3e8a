"""Which tests a focus and a level take, decided from paths, names, markers and imports."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from typing import NamedTuple

from gardener.config import Focus
from gardener.nodeid import NodeId
from gardener.paths import matches
from gardener.pytest_config.settings import PytestSettings, name_fits

from .parse.summary import Definition, Outline, Summary


class Match(NamedTuple):
    """What of a test file belongs: all of it, or the tests and classes in `tests`.

    `reason` says why, also for a file of which nothing belongs.
    """

    is_whole_file: bool
    tests: tuple[NodeId, ...] = ()
    reason: str = ""


def tests_in(summary: Summary, settings: PytestSettings) -> list[Outline]:
    """What pytest would collect by its name: functions, classes, and methods of these."""
    classes: set[tuple[str, ...]] = set()
    collected = []
    for outline in summary.outline:
        *around, name = outline.names
        if around and tuple(around) not in classes:
            continue
        if outline.is_class:
            # A class with bases may be a TestCase, whatever its name is.
            if not (outline.has_bases or name_fits(name, settings.python_classes)):
                continue
            classes.add((*around, name))
        else:
            at_top = () if around else settings.python_classes
            if not name_fits(name, (*settings.python_functions, *at_top)):
                continue
        collected.append(outline)
    return collected


Fixtures = Mapping[str, list[tuple[Summary, Definition]]]
"""Fixtures by name, each with the summary of its file; with those that it overrides and uses."""
_SETUPS = ("setUp", "asyncSetUp", "setUpClass", "setup_method", "setup_class")


class FocusMatcher:
    """Says what of one test file belongs to a focus; `fixtures` are those its tests may ask for."""

    def __init__(
        self, focus: Focus, summary: Summary, settings: PytestSettings, fixtures: Fixtures
    ) -> None:
        self._focus = focus
        self._summary = summary
        self._settings = settings
        self._fixtures = fixtures
        self._patterns = [re.compile(pattern) for pattern in focus.names]

    def match(self, path: str, imported: str) -> Match:
        """What of the file belongs to the focus.

        `imported` is the import of the focus that its own imports reach; empty if none is.
        """
        why = self._reason_for_all(path, imported)
        if why:
            return Match(True, reason=f"focus {self._focus.name}: {why}")
        tests: dict[NodeId, None] = {}
        for outline in tests_in(self._summary, self._settings):
            nodeid = NodeId(path, outline.names)
            if nodeid.parent not in tests and self._belongs(outline):
                tests[nodeid] = None
        why = f"focus {self._focus.name}: its name, its marker or what it uses" if tests else ""
        return Match(False, tuple(tests), why)

    def _reason_for_all(self, path: str, imported: str) -> str:
        """Why all tests of the file belong to the focus; empty if not all do."""
        if matches(path, *self._focus.paths) or self._is_named(path):
            return "its path"
        if not set(self._focus.markers).isdisjoint(self._summary.markers):
            return "its pytestmark"
        return f"its imports reach {imported}" if imported else ""

    def _belongs(self, outline: Outline) -> bool:
        """Whether a test or a class belongs by its name, a marker, or what it uses."""
        return (
            self._is_named(outline.names[-1])
            or not set(outline.markers).isdisjoint(self._focus.markers)
            or any(
                self._uses(self._definitions[name])
                for name in _definitions_of(outline)
                if name in self._definitions
            )
        )

    @cached_property
    def _definitions(self) -> dict[str, Definition]:
        return {definition.name: definition for definition in self._summary.definitions}

    def _is_named(self, name: str) -> bool:
        return any(pattern.search(name) for pattern in self._patterns)

    def _uses(self, test: Definition) -> bool:
        """Whether a test uses a name of the focus itself, or through the fixtures it asks for."""
        requested = {*test.header.parameters, *_use_fixtures(test)}
        visited: set[str] = set()
        queue = [(self._summary, test)]
        for summary, definition in queue:
            if any(self._is_named(word) for word in _words_of(definition)):
                return True
            if any(_is_imported(chain, summary, self._focus) for chain in definition.names):
                return True
            names = requested if definition is test else set(definition.header.parameters)
            for name in sorted(names - visited):
                queue += self._fixtures.get(name, ())
            visited |= names
        return False


def _definitions_of(outline: Outline) -> list[str]:
    """The definitions of a test function, or of a class and what runs before each of its tests."""
    name = ".".join(outline.names)
    return [name, *(f"{name}.{setup}" for setup in _SETUPS)] if outline.is_class else [name]


def _words_of(definition: Definition) -> Iterator[str]:
    """The names that a definition uses, one by one."""
    attributes = definition.attributes
    for chain in (
        *definition.names,
        *attributes.names,
        *attributes.assigned,
        *definition.header.parameters,
    ):
        yield from chain.split(".")


def _use_fixtures(test: Definition) -> tuple[str, ...]:
    """Fixtures that a marker asks for: any string of a test so marked may be one."""
    is_marked = any(d.endswith("usefixtures") for d in test.header.decorators)
    return test.strings.identifiers if is_marked else ()


def _is_imported(chain: str, summary: Summary, focus: Focus) -> bool:
    """Whether a chain of names begins at an import of the focus."""
    root, _, rest = chain.partition(".")
    for origin in summary.aliases.get(root, ()):
        imported = f"{origin.module}:{origin.name or rest.partition('.')[0]}".rstrip(":")
        if not origin.level and any(_names_import(imported, spec) for spec in focus.imports):
            return True
    return False


def imported_of_focus(summary: Summary, focus: Focus) -> str:
    """The import of the focus that a file has itself; empty if it has none."""
    roots = _roots(focus)
    imported = {
        name
        for i in summary.imports
        if not i.level and i.module.partition(".")[0] in roots
        for name in (i.module, *(f"{i.module}:{n}" for n in i.names))
    }
    specs = (s for s in focus.imports if any(_names_import(name, s) for name in imported))
    return next(specs, "")


@cache
def _roots(focus: Focus) -> frozenset[str]:
    return frozenset(re.split("[.:]", spec)[0] for spec in focus.imports)


def _names_import(imported: str, spec: str) -> bool:
    """Whether an imported name is what `spec` says: that module, one below it, or a name in it."""
    module, _, name = spec.partition(":")
    if name:
        return imported in (spec, f"{module}.{name}")
    return imported == module or imported.startswith((module + ".", module + ":"))


@cache
def _words(part: str) -> frozenset[str]:
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", part).lower()
    return frozenset(re.split(r"[^a-z0-9]+", spaced))


def not_unit_path(path: str, words: tuple[str, ...]) -> str:
    """The word that takes a file out of level `unit`: a folder's name, or in the file's name."""
    *folders, name = path.split("/")
    stem = name.removesuffix(".py")
    for word in words:
        lower = word.lower()
        if any(lower == folder.lower().replace("-", "_") for folder in folders):
            return word
        # A word of several parts (`end_to_end`) must appear as a whole.
        if lower in _words(stem) or f"_{lower}_" in f"_{stem.lower()}_":
            return word
    return ""


def match_level(
    path: str, summary: Summary, level: str, words: tuple[str, ...], settings: PytestSettings
) -> Match:
    """What of a test file belongs to `level`; everything does to `any`.

    `words` are the names of folders, of files and of markers that do not belong to it.
    """
    if level == "any":
        return Match(True)
    word = not_unit_path(path, words)
    if word:
        return Match(False, reason=f"level {level}: {word!r} in its path")
    marks = frozenset(word.lower() for word in words)
    if _is_marked(summary.markers, marks):
        return Match(False, reason=f"level {level}: its pytestmark")
    if not any(_is_marked(outline.markers, marks) for outline in summary.outline):
        return Match(True)
    return Match(False, _unmarked(path, summary, marks, settings), f"level {level}: a marker")


def _is_marked(markers: tuple[str, ...], marks: frozenset[str]) -> bool:
    return any(marker.lower() in marks for marker in markers)


def _unmarked(
    path: str, summary: Summary, marks: frozenset[str], settings: PytestSettings
) -> tuple[NodeId, ...]:
    """The tests and classes of a file without such a marker on them, around them or in them."""
    marked = {
        NodeId(path, outline.names)
        for outline in summary.outline
        if _is_marked(outline.markers, marks)
    }
    unmarked: dict[NodeId, None] = {}
    for outline in tests_in(summary, settings):
        nodeid = NodeId(path, outline.names)
        if nodeid.parent in unmarked or not marked.isdisjoint(nodeid.containers()):
            continue
        # Inherited tests have no name here, so a class with bases goes as a whole.
        is_divisible = outline.is_class and not outline.has_bases
        if not (is_divisible and any(test.is_within(nodeid) for test in marked)):
            unmarked[nodeid] = None
    return tuple(unmarked)
