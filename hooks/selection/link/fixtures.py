"""What pytest runs around a test: fixtures, hooks, conftests, plugins, xunit functions."""

from __future__ import annotations

from collections.abc import Iterable

from gardener.paths import is_python
from gardener.pytest_config.entry_points import PYTEST
from gardener.pytest_config.settings import Layout

from ..parse.summary import Definition, DefinitionKind
from .classes import Classes
from .imports import conftests
from .names import ASKS, Names
from .nodes import ATTRIBUTE, Node
from .other_tests import COLLECTS, takes

_XUNIT = {"setup_module", "teardown_module", "setup_function", "teardown_function", "setup", "teardown",
          "setup_class", "teardown_class", "setup_method", "teardown_method", "setUp", "tearDown",
          "setUpClass", "tearDownClass", "setUpModule", "tearDownModule", "asyncSetUp", "asyncTearDown",
          "pytest_generate_tests", "pytestmark", "runTest", "load_tests"}  # fmt: skip


class Fixtures:
    """Finds what serves a test file, and each of its tests."""

    def __init__(self, names: Names, classes: Classes, layout: Layout) -> None:
        self.names = names
        self.classes = classes
        self.layout = layout
        self.symbols = names.symbols
        self.summaries = names.summaries
        self.modules = names.modules
        self._scopes: dict[str, list[str]] = {}
        self._around: dict[str, list[Node]] = {}
        self._visible: dict[str, dict[str, list[Node]]] = {}
        self._owned: dict[str, tuple[dict[str, list[Node]], frozenset[str]]] = {}
        self._plugins: list[str] | None = None

    def scope(self, path: str) -> list[str]:
        """Files whose fixtures and hooks a test file sees: itself, its conftests, plugins."""
        found = self._scopes.get(path)
        if found is None:
            own = [path, *conftests(path, self.modules.paths)]
            todo = list(own)
            seen = dict.fromkeys(own)
            while todo:
                file = todo.pop(0)
                summary = self.summaries.get(file)
                if summary is None:
                    continue
                for plugin in summary.plugins:
                    for source in self.modules.resolve(plugin, file.rpartition("/")[0]):
                        if source not in seen:
                            seen[source] = None
                            todo.append(source)
            seen.update(dict.fromkeys(self.plugins))
            found = self._scopes[path] = list(seen)
        return found

    def preset(self, plugins: list[str]) -> None:
        """Take over `plugins` that are known already."""
        self._plugins = plugins

    @property
    def known(self) -> set[str]:
        """All names under which the files linked so far see a fixture."""
        return {name for found, _ in self._owned.values() for name in found}

    @property
    def plugin_names(self) -> list[str]:
        """What configuration, entry points or any file name as plugins, or as commands."""
        found = [p for s in self.layout.settings.values() for p in s.plugins]
        found += [e.target.replace(":", ".") for e in self.layout.entry_points]
        return found + [p for one in self.summaries.values() for p in one.plugins]

    @property
    def plugins(self) -> list[str]:
        """Files of plugins that configuration, or any conftest, loads for all tests."""
        if self._plugins is None:
            found: dict[str, None] = {}
            names = [(p, s.folder) for s in self.layout.settings.values() for p in s.plugins]
            points = [e for e in self.layout.entry_points if e.group == PYTEST]
            names += [(e.target.partition(":")[0], e.folder) for e in points]
            for path, summary in self.summaries.items():
                if path.rpartition("/")[2] == "conftest.py":
                    names += [(p, path.rpartition("/")[0]) for p in summary.plugins]
            for name, folder in names:
                found.update(dict.fromkeys(self.modules.resolve(name, folder)))
            self._plugins = list(found)
        return self._plugins

    def serving(self, path: str, nodes: list[Node]) -> list[Node]:
        """What pytest runs around a test of a file that runs `nodes`: modules, hooks, fixtures."""
        found = [*((file, "") for file in self.scope(path)), *self.around(path)]
        wanted: dict[str, None] = {}
        for node in nodes:
            symbol = self.symbols[node[0]][node[1]]
            self.symbols.note(ASKS, node[0])
            wanted.update(dict.fromkeys(_askable(symbol)))
        settings = self.layout.of_folder(path.rpartition("/")[0])
        wanted.update(dict.fromkeys(settings.usefixtures))
        module = self.symbols[path].get("pytestmark")
        if module is not None:
            wanted.update(dict.fromkeys(module.strings.identifiers))
        owner = nodes[-1] if nodes else None
        if owner is not None:
            for klass in (
                self.classes.ancestry(owner)
                if self.symbols[owner[0]][owner[1]].kind is DefinitionKind.CLASS
                else ()
            ):
                self.symbols.note(ASKS, klass[0])
                wanted.update(dict.fromkeys(self.symbols[klass[0]][klass[1]].strings.identifiers))
                mark = self.symbols[klass[0]].get(f"{klass[1]}.pytestmark")
                wanted.update(dict.fromkeys(mark.strings.identifiers if mark else ()))
                for inner, full in self.classes.member_names(klass).items():
                    member = self.symbols[klass[0]][full]
                    if inner in _XUNIT or member.fixture:
                        if not member.fixture or member.autouse or member.fixture in wanted:
                            found.append((klass[0], full))
                        if member.fixture and (member.autouse or member.fixture in wanted):
                            wanted.update(dict.fromkeys(_askable(member)))
        return [*found, *self.wanted(path, wanted)]

    def around(self, path: str) -> list[Node]:
        """Hooks, xunit functions and autouse fixtures that serve every test of a file."""
        if path in self._around:
            return self._around[path]
        found: list[Node] = []
        wanted: dict[str, None] = {}
        for file in self.scope(path):
            self.symbols.note(ASKS, file)
            for name, symbol in self.symbols.of(file).items():
                if name == COLLECTS and not self._takes(file, path):
                    found += self._beside_items(file, symbol)
                elif name.startswith("pytest_") or (file == path and name in _XUNIT):
                    found.append((file, name))
                    wanted.update(dict.fromkeys(symbol.strings.identifiers))
            for owner in self._fixture_files(file):
                self.symbols.note(ASKS, owner)
                for name, symbol in self.symbols[owner].items():
                    if symbol.autouse and (file == path or "." not in name):
                        wanted[symbol.fixture] = None
                        found.append((owner, name))
                        wanted.update(dict.fromkeys(_askable(symbol)))
        found += self.wanted(path, wanted)
        self._around[path] = found
        return found

    def _takes(self, conftest: str, path: str) -> bool:
        """Whether a conftest that collects files by a hook may make tests of this one by it."""
        if not is_python(path):
            return True
        self.symbols.trail.add(conftest)
        summary = self.summaries[conftest]
        return takes(self.symbols[conftest][COLLECTS], summary, path.rpartition("/")[2])

    def _beside_items(self, file: str, hook: Definition) -> list[Node]:
        """What a collecting hook runs for the files that it passes by: all but what it makes of others."""
        found: list[Node] = [(ATTRIBUTE, name) for name in hook.attributes.names]
        for chain in hook.names:
            nodes, left, _ = self.classes.resolve(file, chain)
            found += [node for node in sorted(nodes) if not self._is_item(node)]
            found += [(ATTRIBUTE, name) for name in left]
        return found

    def _is_item(self, node: Node) -> bool:
        """Whether a symbol is a class of items or collectors, or a member of one."""
        klass = (node[0], node[1].partition(".")[0])
        symbol = self.symbols.get(*klass)
        return (
            symbol is not None
            and symbol.kind is DefinitionKind.CLASS
            and any(
                base.startswith(("pytest.", "_pytest.")) for base in self.classes.outside(klass)
            )
        )

    def _fixture_files(self, file: str) -> list[str]:
        """A file and those whose names it takes over by star imports."""
        found = {file: None} if file in self.symbols else {}
        todo = list(found)
        while todo:
            one = todo.pop()
            for star in self.summaries[one].stars:
                for source in self.names.module_files(one, star.level, star.module):
                    if source not in found and source in self.symbols:
                        found[source] = None
                        todo.append(source)
        return list(found)

    def wanted(self, path: str, asked: Iterable[str]) -> list[Node]:
        """Fixtures of these names that a test file sees, with those that they ask for."""
        names = self.visible(path)
        found: dict[Node, None] = {}
        todo = [w for w in asked if w in names]
        seen = set(todo)
        while todo:
            for node in names[todo.pop()]:
                if node in found:
                    continue
                found[node] = None
                self.symbols.note(ASKS, node[0])
                symbol = self.symbols[node[0]].get(node[1])
                for other in _askable(symbol) if symbol else ():
                    if other in names and other not in seen:
                        seen.add(other)
                        todo.append(other)
        return list(found)

    def visible(self, path: str) -> dict[str, list[Node]]:
        """All fixtures by name that tests in a file see; overridden ones too."""
        found = self._visible.get(path)
        if found is None:
            found = self._visible[path] = {}
            for file in self.scope(path):
                for owner in self._fixture_files(file):
                    for name, nodes in self._brought(owner).items():
                        found.setdefault(name, []).extend(nodes)
        return found

    def _brought(self, owner: str) -> dict[str, list[Node]]:
        """The fixtures by name that a file defines or imports."""
        kept = self._owned.get(owner)
        if kept is None:
            kept = self._owned[owner] = self.names.noted(lambda: self._bring(owner))
        else:
            self.symbols.trail |= kept[1]
        return kept[0]

    def _bring(self, owner: str) -> dict[str, list[Node]]:
        found: dict[str, list[Node]] = {}
        for name, symbol in self.symbols[owner].items():
            if symbol.fixture:
                found.setdefault(symbol.fixture, []).append((owner, name))
            elif symbol.kind is DefinitionKind.REMOVED:
                # It may have been a fixture before.
                found.setdefault(name.rpartition(".")[2], []).append((owner, name))
        for name, fixture in self.names.lost.get(owner, ()):
            found.setdefault(fixture, []).append((owner, name))
        for alias in self.summaries[owner].aliases:
            for target in self.names.lookup(owner, alias):
                other = self.symbols.get(target.file, target.symbol)
                if other is not None and other.fixture and target.symbol:
                    node = (target.file, target.symbol)
                    for name in dict.fromkeys((alias, other.fixture)):
                        found.setdefault(name, []).append(node)
        return found


def _askable(definition: Definition) -> tuple[str, ...]:
    """Names by which a definition may ask for fixtures: its parameters, and strings in it."""
    return (*definition.header.parameters, *definition.strings.identifiers)
