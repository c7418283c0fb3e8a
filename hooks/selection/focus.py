"""Which tests a focus and a level take, decided from names, markers and what tests run."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache, cached_property
from types import MappingProxyType
from typing import NamedTuple

from gardener.config import Focus
from gardener.model import Symbol
from gardener.nodeid import NodeId
from gardener.paths import matches
from gardener.pytest_config.entry_points import PYTEST
from gardener.pytest_config.settings import PytestSettings, name_fits

from .focus_api import Api
from .focus_nodes import Nodes
from .focus_record import RecordedFocus
from .focus_walk import Found, Walk
from .link.classes import Classes
from .link.fixtures import Fixtures
from .link.names import Names
from .link.plugins import Plugins
from .parse.summary import Definition, Outline, Summary
from .tree import SourceTree


class Match(NamedTuple):
    """What of a test file belongs: all of it, or the tests and classes in `tests`.

    `reason` says why, also for a file of which nothing belongs; `reasons` say it of each test
    where they differ.
    """

    is_whole_file: bool
    tests: tuple[NodeId, ...] = ()
    reason: str = ""
    reasons: Mapping[NodeId, str] = MappingProxyType({})

    def reason_for(self, nodeid: NodeId) -> str:
        """Why a test belongs, or a class or file around it, or in it."""
        plain = nodeid.without_parameters
        for name in (plain, *plain.containers()) if self.reasons else ():
            if name in self.reasons:
                return self.reasons[name]
        inside = (why for name, why in self.reasons.items() if name.is_within(plain))
        return self.reason or next(inside, "")


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


_SETUPS = ("setUp", "asyncSetUp", "setUpClass", "setup_method", "setup_class")


class FocusMatcher:
    """Says which tests belong to a focus: by what they are called, what they use and call.

    A test with a record belongs by what it executed; of all others the symbols that they call
    are followed.
    """

    def __init__(
        self, focus: Focus, tree: SourceTree, recorded: Callable[[], RecordedFocus | None]
    ) -> None:
        self._focus = focus
        self._tree = tree
        names = Names(tree.summaries, tree.modules, frozenset(), {})
        plugins = Plugins(tree.summaries, tree.modules, tree.layout)
        plugins.preset(_plugin_files(tree))
        self._classes = Classes(names)
        self._definitions = names.definitions
        self._fixtures = Fixtures(names, plugins)
        self._api = Api(focus, names)
        self._nodes = Nodes(self._api, names, self._classes, self._is_test_code)
        self._walk = Walk(self._nodes)
        self._recorded = recorded
        self._always: dict[str, frozenset[str]] = {}

    def match(self, path: str, settings: PytestSettings) -> Match:
        """What of a test file belongs to the focus."""
        summary = self._tree.summaries[path]
        why = self._reason_for_all(path, summary)
        if why:
            return Match(True, reason=f"focus {self._focus.name}: {why}")
        tests: dict[NodeId, str] = {}
        for outline in tests_in(summary, settings):
            nodeid = NodeId(path, outline.names)
            why = "" if nodeid.parent in tests else self._reason(nodeid, outline)
            if why:
                tests[nodeid] = f"focus {self._focus.name}: {why}"
        record = self._record
        for nodeid, why in record.in_file(path, self._use).items() if record else ():
            if not any(container in tests for container in (nodeid, *nodeid.containers())):
                tests[nodeid] = f"focus {self._focus.name}: {why}"
        return Match(False, tuple(tests), "", tests)

    def _use(self, symbol: Symbol) -> str:
        return self._nodes.use_executed(symbol, self._recorded_names)

    @cached_property
    def _recorded_names(self) -> frozenset[str]:
        record = self._record
        return record.function_names(self._is_test_code) if record else frozenset()

    @cached_property
    def _record(self) -> RecordedFocus | None:
        return self._recorded()

    def _is_test_code(self, path: str) -> bool:
        """Whether a file holds tests or what helps them, and is not what they test."""
        folders = path.split("/")[:-1]
        return (
            path in self._test_files
            or path.endswith("conftest.py")
            or any(folder in ("test", "tests", "testing") for folder in folders)
        )

    @cached_property
    def _test_files(self) -> frozenset[str]:
        return frozenset(self._tree.tests)

    def _reason_for_all(self, path: str, summary: Summary) -> str:
        """Why all tests of the file belong to the focus; empty if not all do."""
        if matches(path, *self._focus.paths) or self._api.is_named(path):
            return "its path"
        marker = self._marker(summary.markers)
        return f"its pytestmark {marker}" if marker else ""

    def _marker(self, markers: tuple[str, ...]) -> str:
        """The marker that is one of the focus, or says a name of it; empty if none is."""
        meant = {m for m in markers if m in self._focus.markers or self._api.is_named(m)}
        return min(meant, default="")

    def _reason(self, test: NodeId, outline: Outline) -> str:
        """Why a test or a class belongs: its name, a marker, what it uses or executed; else empty."""
        if matches(str(test), *self._focus.paths):
            return "it is in the list"
        if self._api.is_named(outline.names[-1]):
            return "its name"
        marker = self._marker(outline.markers)
        if marker:
            return f"its marker {marker}"
        name = ".".join(outline.names)
        names = [f"{name}.{setup}" for setup in _SETUPS] if outline.is_class else [name]
        starts = [Symbol(test.file, n) for n in names if self._definitions.get(test.file, n)]
        record = self._record
        if record and not outline.is_class and record.knows(test):
            # What its fixtures say counts as far as they executed it.
            fixtures = self._nodes.of(self._requested(test.file, starts))
            named = [self._nodes.named_in(node) for node in self._nodes.of(starts)]
            named += [self._nodes.said_in_fixture(node, self._recorded_names) for node in fixtures]
            used = next(filter(None, named), "")
            return f"uses {used}" if used else record.reason(test, self._use)
        if outline.is_class:
            starts += self._inherited(Symbol(test.file, name))
        reached = self._walk.find([*starts, *self._requested(test.file, starts)])
        return _told(reached) if reached else ""

    def _inherited(self, klass: Symbol) -> list[Symbol]:
        """The tests that a class of tests has from its bases: these have no name of their own."""
        return [
            Symbol(base.file, member)
            for base in self._classes.ancestry(klass)[1:]
            for name, member in self._classes.member_names(base).items()
            if name.startswith("test") or name in _SETUPS
        ]

    def _requested(self, path: str, tests: list[Symbol]) -> list[Symbol]:
        """The fixtures that tests ask for, with those that these ask for; autouse ones too."""
        visible = self._fixtures.visible(path)
        queue = [*tests]
        fixtures: dict[Symbol, None] = {}
        asked = set(self._autouse(path)) if tests else set()
        for symbol in queue:
            definition = self._definitions.get(*symbol)
            wanted = (
                [*definition.header.parameters, *_use_fixtures(definition)] if definition else []
            )
            asked.update(name for name in wanted if name in visible)
            for name in sorted(asked):
                for fixture in self._in_force(visible[name], name):
                    if fixture not in fixtures:
                        fixtures[fixture] = None
                        queue.append(fixture)
            asked.clear()
        return list(fixtures)

    def _in_force(self, candidates: list[Symbol], name: str) -> Iterator[Symbol]:
        """The fixture of a name that is nearest, and those that it overrides and asks for."""
        for fixture in candidates:
            yield fixture
            definition = self._definitions.get(*fixture)
            if not definition or name not in definition.header.parameters:
                return

    def _autouse(self, path: str) -> frozenset[str]:
        """The fixtures that every test of a file uses."""
        names = self._always.get(path)
        if names is None:
            visible = self._fixtures.visible(path).items()
            nearest = ((name, self._definitions.get(*symbols[0])) for name, symbols in visible)
            names = frozenset(name for name, fixture in nearest if fixture and fixture.autouse)
            self._always[path] = names
        return names


def _told(reached: Found) -> str:
    """Why a test belongs, in words."""
    if reached.step.before is None:
        return f"uses {reached.use}"
    return f"{reached.step.way} ({reached.use})"


def _plugin_files(tree: SourceTree) -> list[str]:
    """The plugins of the project that its settings and entry points load for all tests."""
    named = [(p, s.folder) for s in tree.layout.settings.values() for p in s.plugins]
    named += [
        (point.target.partition(":")[0], point.folder)
        for point in tree.layout.entry_points
        if point.group == PYTEST
    ]
    return list(
        dict.fromkeys(f for name, folder in named for f in tree.modules.resolve(name, folder))
    )


def _use_fixtures(test: Definition) -> tuple[str, ...]:
    """Fixtures that a marker asks for: any string of a test so marked may be one."""
    is_marked = any(d.endswith("usefixtures") for d in test.header.decorators)
    return test.strings.identifiers if is_marked else ()


@cache
def _words(part: str) -> frozenset[str]:
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", part).lower()
    return frozenset(re.split(r"[^a-z0-9]+", spaced))


def not_unit_path(path: str, words: tuple[str, ...]) -> str:
    """The word that takes a file out of level `unit`: a folder's name, or in the file's name."""
    *folders, name = path.split("/")
    stem = name.removesuffix(".py")
    folder_names = {folder.lower().replace("-", "_") for folder in folders}
    parts, around = _words(stem), f"_{stem.lower()}_"
    for word in words:
        lower = word.lower()
        # A word of several parts (`end_to_end`) must appear as a whole.
        if lower in folder_names or lower in parts or f"_{lower}_" in around:
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
