"""What pytest runs around a test: conftests, plugins, hooks, fixtures, xunit functions."""

from __future__ import annotations

from collections.abc import Iterable

from gardener.model import Symbol
from gardener.paths import is_python
from gardener.pytest_config.settings import Layout

from ..parse.summary import Definition, DefinitionKind
from .classes import Classes
from .facts import Aspect
from .fixtures import Fixtures, requestable
from .nodes import Node, attribute
from .other_tests import COLLECTS, takes

_XUNIT = {"setup_module", "teardown_module", "setup_function", "teardown_function", "setup", "teardown",
          "setup_class", "teardown_class", "setup_method", "teardown_method", "setUp", "tearDown",
          "setUpClass", "tearDownClass", "setUpModule", "tearDownModule", "asyncSetUp", "asyncTearDown",
          "pytest_generate_tests", "pytestmark", "runTest", "load_tests"}  # fmt: skip


def serves(name: str, *, autouse: bool) -> bool:
    """Whether pytest runs a definition for tests that do not ask for it, as far as its name tells."""
    return autouse or name.startswith("pytest_") or name in _XUNIT


class AroundTests:
    """Finds what pytest runs around the tests of a file, and around each of them."""

    def __init__(self, fixtures: Fixtures, classes: Classes, layout: Layout) -> None:
        self.fixtures = fixtures
        self.classes = classes
        self.layout = layout
        self.definitions = fixtures.definitions
        self.summaries = fixtures.summaries
        self._of_file: dict[str, list[Node]] = {}
        self._serving: dict[str, list[tuple[str, Definition]]] = {}

    def of_test(self, path: str, symbols: list[Symbol]) -> list[Node]:
        """What pytest runs around a test in `path` that runs `symbols`, the class last."""
        nodes: list[Node] = [Symbol(file, "") for file in self.fixtures.plugins.scope(path)]
        nodes += self.of_file(path)
        requests: dict[str, None] = {}
        for symbol in symbols:
            self._add_requests(
                requests, symbol.file, self.definitions[symbol.file][symbol.qualname]
            )
        requests.update(dict.fromkeys(self.layout.of_folder(path.rpartition("/")[0]).usefixtures))
        module_marks = self.definitions[path].get("pytestmark")
        if module_marks is not None:
            requests.update(dict.fromkeys(self._said_by(path, module_marks)))
        owner = symbols[-1] if symbols else None
        if (
            owner is not None
            and self.definitions[owner.file][owner.qualname].kind is DefinitionKind.CLASS
        ):
            for klass in self.classes.ancestry(owner):
                nodes += self._of_class(klass, requests)
        return [*nodes, *self.fixtures.requested(path, requests)]

    def _add_requests(self, requests: dict[str, None], file: str, definition: Definition) -> None:
        """Add the names by which a function may request fixtures: parameters and strings."""
        self.definitions.note(file, Aspect.REQUESTS)
        requests.update(dict.fromkeys(requestable(definition)))
        requests.update(dict.fromkeys(self.fixtures.askers.asked_by(file, definition)))
        if any(decorator.endswith("usefixtures") for decorator in definition.header.decorators):
            requests.update(dict.fromkeys(self._said_by(file, definition)))

    def _said_by(self, file: str, definition: Definition) -> Iterable[str]:
        """Strings in a definition, and in the variables that it names: `usefixtures(*NAMES)`."""
        yield from definition.strings.identifiers
        yield from self.fixtures.askers.asked_by(file, definition)
        for chain in definition.names:
            for target in self.fixtures.names.lookup(file, chain.partition(".")[0]):
                named = self.definitions.get(*target) if isinstance(target, Symbol) else None
                if named is not None and named.kind is DefinitionKind.BINDING:
                    self.definitions.note(target[0], Aspect.REQUESTS)
                    yield from named.strings.identifiers

    def _of_class(self, klass: Symbol, requests: dict[str, None]) -> list[Symbol]:
        """What a class of tests brings itself; adds to `requests` what it requests."""
        self.definitions.note(klass.file, Aspect.REQUESTS)
        definitions = self.definitions[klass.file]
        requests.update(dict.fromkeys(definitions[klass.qualname].strings.identifiers))
        askers = self.fixtures.askers
        requests.update(dict.fromkeys(askers.asked_by(klass.file, definitions[klass.qualname])))
        requests.update(dict.fromkeys(askers.of_class(klass.file, klass.qualname)))
        marks = definitions.get(f"{klass.qualname}.pytestmark")
        requests.update(dict.fromkeys(self._said_by(klass.file, marks) if marks else ()))
        symbols = []
        for name, qualname in self.classes.member_names(klass).items():
            member = definitions[qualname]
            if member.fixture:
                if member.autouse or member.fixture in requests:
                    symbols.append(Symbol(klass.file, qualname))
                    requests.update(dict.fromkeys(requestable(member)))
            elif name in _XUNIT:
                symbols.append(Symbol(klass.file, qualname))
        return symbols

    def of_file(self, path: str) -> list[Node]:
        """Hooks, xunit functions and autouse fixtures that serve every test of a file."""
        if path in self._of_file:
            return self._of_file[path]
        nodes: list[Node] = []
        requests: dict[str, None] = {}
        for file in self.fixtures.plugins.scope(path):
            nodes += self._hooks(file, path, requests)
            for source in self.fixtures.sources(file):
                nodes += self._autouse(source, requests, with_methods=file == path)
        nodes += self.fixtures.requested(path, requests)
        self._of_file[path] = nodes
        return nodes

    def _hooks(self, file: str, path: str, requests: dict[str, None]) -> Iterable[Node]:
        """The hooks in a file, and its xunit functions if it is the test file `path` itself."""
        self.definitions.note(file, Aspect.SERVING)
        nodes: list[Node] = []
        for name, definition in self._serving_in(file):
            if name == COLLECTS and not self._may_collect(file, path):
                nodes += self._run_for_others(file, definition)
            elif name.startswith("pytest_") or (file == path and name in _XUNIT):
                nodes.append(Symbol(file, name))
                requests.update(dict.fromkeys(definition.strings.identifiers))
                requests.update(dict.fromkeys(self.fixtures.askers.asked_by(file, definition)))
        return nodes

    def _autouse(
        self, file: str, requests: dict[str, None], *, with_methods: bool
    ) -> Iterable[Symbol]:
        """The autouse fixtures in a file, those in classes only `with_methods`."""
        self.definitions.note(file, Aspect.SERVING)
        symbols = []
        for name, definition in self._serving_in(file):
            if definition.autouse and (with_methods or "." not in name):
                symbols.append(Symbol(file, name))
                requests[definition.fixture] = None
                requests.update(dict.fromkeys(requestable(definition)))
        return symbols

    def _serving_in(self, file: str) -> list[tuple[str, Definition]]:
        """Hooks, xunit functions and autouse fixtures in a file: few of what it defines."""
        serving = self._serving.get(file)
        if serving is None:
            # That there are no others is what `Aspect.SERVING` tells.
            definitions, _ = self.fixtures.names.apart(lambda: self.definitions.of(file))
            serving = self._serving[file] = [
                (name, d) for name, d in definitions.items() if serves(name, autouse=d.autouse)
            ]
        return serving

    def _may_collect(self, conftest: str, path: str) -> bool:
        """Whether a conftest that collects files by a hook may make tests of this one by it."""
        if not is_python(path):
            return True
        hook = self.definitions[conftest][COLLECTS]
        return takes(hook, self.summaries[conftest], path.rpartition("/")[2])

    def _run_for_others(self, file: str, hook: Definition) -> list[Node]:
        """What a collecting hook runs for files that it does not collect.

        That is all that it names but the items and collectors that it makes of the others.
        """
        nodes: list[Node] = [*map(attribute, hook.attributes.names)]
        for chain in hook.names:
            symbols, unresolved, _ = self.classes.resolve(file, chain)
            nodes += [symbol for symbol in sorted(symbols) if not self._is_item(symbol)]
            nodes += map(attribute, unresolved)
        return nodes

    def _is_item(self, symbol: Symbol) -> bool:
        """Whether a symbol is a class of items or collectors, or a member of one."""
        klass = Symbol(symbol.file, symbol.qualname.partition(".")[0])
        return self.definitions.kind(klass) is DefinitionKind.CLASS and any(
            base.startswith(("pytest.", "_pytest.")) for base in self.classes.outside(klass)
        )
