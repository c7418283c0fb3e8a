"""Links the files of a project: what each symbol, and with it each test, may run or read."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping

from gardener.model import Symbol
from gardener.pytest_config.settings import Layout

from ..parse.summary import Definition, DefinitionKind, Direct, Import, Summary
from .around_tests import AroundTests
from .chains import Chains
from .class_members import ClassMembers
from .classes import BUILTIN
from .context import Context
from .decorated import Decorated
from .django_requests import DjangoRequests
from .docstrings import DocstringReads
from .imports import Modules
from .line_numbers import LineReads
from .linked_file import LinkedFile, SymbolKind
from .loaded_modules import LoadedModules
from .names import Names
from .nodes import Node, attribute, module_value, node_of_test
from .programs import Programs
from .sources import SourceReads
from .test_cases import Cases

_RUN_BY_IMPORT = {"__getattr__", "__init_subclass__"}
READ_ANNOTATIONS = ("get_type_hints", "signature", "__annotations__", "get_annotations")
_INTROSPECTING = {"fastapi", "pydantic", "typer", "litestar", "injector", "dependency_injector", "strawberry",
                  "ninja", "dishka", "wireup", "msgspec", "cattrs", "beartype", "typeguard", "punq", "lagom",
                  "blacksheep", "robyn", "sanic_ext", "esmerald", "xpresso", "polyfactory", "faststream",
                  "taskiq", "fast_depends", "graphene", "odmantic", "sqlmodel"}  # fmt: skip
"""Libraries that read annotations at run time."""
_SYMBOL_KINDS = {
    DefinitionKind.MODULE: SymbolKind.MODULE,
    DefinitionKind.FUNCTION: SymbolKind.FUNCTION,
    DefinitionKind.CLASS: SymbolKind.CLASS,
}

_CALLING = (DefinitionKind.MODULE, DefinitionKind.FUNCTION)


class Linker:
    """Links the files of a project, one at a time.

    `tests` are the files with tests, `mentioned` all names that any code mentions. `gone` are
    symbols that there were before, and `lost` symbols that were fixtures: what would have
    found them depends on them.
    """

    def __init__(
        self,
        summaries: Mapping[str, Summary],
        modules: Modules,
        layout: Layout,
        tests: Container[str],
        mentioned: Container[str],
        gone: frozenset[Symbol] = frozenset(),
        lost: Mapping[Symbol, str] | None = None,
    ) -> None:
        names = Names(summaries, modules, gone, lost or {})
        self.context = Context(summaries, modules, layout, tests, mentioned, names)
        self.summaries = summaries
        self.definitions = names.definitions
        self.classes = self.context.classes
        self.plugins = self.context.plugins
        self.fixtures = self.context.fixtures
        self._chains = Chains(self.context)
        self._loaded_modules = LoadedModules(self.context, self._chains)
        self._programs = Programs(self.context, self._chains)
        self._class_members = ClassMembers(self.context)
        self._decorated = Decorated(self.context)
        self._docstrings = DocstringReads(self.context)
        self._sources = SourceReads(self.context)
        self._requests = DjangoRequests(self.context)
        self._lines = LineReads(self.context)
        self._around_tests = AroundTests(self.fixtures, self.classes, layout)
        self._annotations_matter = any(name in mentioned for name in READ_ANNOTATIONS)

    def introduce(self, paths: Iterable[str]) -> None:
        """Note whose subclasses the classes of these files are, before any of them is linked."""
        for path in paths:
            for name, definition in self.definitions[path].items():
                if definition.kind is DefinitionKind.CLASS:
                    klass = Symbol(path, name)
                    for base in self.classes.direct_bases(klass):
                        self.classes.subclasses[base].append(klass)

    def link(self, path: str) -> LinkedFile:
        """What the code and the tests of one file may run or read."""
        summary = self.summaries[path]
        self.context.edges = {}
        self.definitions.facts = set()
        self._chains.start_file()
        self._link_module(path, summary)
        introspected = self._is_introspected(summary)
        for definition in summary.definitions:
            self._link_definition(path, summary, definition, introspected)
        self._sources.link(path, summary)
        self._requests.link(path, summary)
        self._lines.link(path, summary)
        self._loaded_modules.link_loading(path, summary)
        tests, whole = self._link_tests(path) if path in self.context.tests else ([], "")
        definitions = self.definitions[path]
        classes = [
            Symbol(path, name)
            for name, definition in definitions.items()
            if definition.kind is DefinitionKind.CLASS
        ]
        return LinkedFile(
            path=path,
            kinds={name: _kind(definition) for name, definition in definitions.items()},
            edges=self.context.edges,
            calls=self._calls(path, definitions),
            touches={
                name: self._chains.touched(path, definition)
                for name, definition in definitions.items()
                if _touches_attributes(definition.direct)
            },
            bases={klass.qualname: self.classes.direct_bases(klass) for klass in classes},
            uncertain=frozenset(k.qualname for k in classes if self.classes.is_uncertain(k)),
            tests=tests,
            whole=whole,
            broken=bool(summary.broken),
            words={
                d.name: d.strings.identifiers for d in summary.definitions if d.strings.identifiers
            },
            facts=frozenset(self.definitions.facts),
        )

    def _calls(
        self, path: str, definitions: Mapping[str, Definition]
    ) -> dict[str, tuple[Symbol, ...]]:
        """What each symbol of a file calls itself; the module also what runs with it uncalled."""
        calls = {
            name: self._chains.called(path, definition)
            for name, definition in definitions.items()
            if definition.direct.calls and definition.kind in _CALLING
        }
        calls[""] = tuple(dict.fromkeys((*calls.get("", ()), *self._run_by_import(path))))
        return calls

    def _run_by_import(self, path: str) -> Iterator[Symbol]:
        """What runs with a module though nothing calls it: `__getattr__`, `__init_subclass__`."""
        for node in self.context.edges.get(Symbol(path, ""), ()):
            if isinstance(node, Symbol) and node.qualname.rpartition(".")[2] in _RUN_BY_IMPORT:
                yield node

    def _link_module(self, path: str, summary: Summary) -> None:
        """Let the module of a file depend on what it imports, and what is loaded with it."""
        module = Symbol(path, "")
        for package in self.context.modules.ancestors(path):
            self.context.need(module, Symbol(package, ""))
        if "__getattr__" in self.definitions[path]:
            self.context.need(module_value(path), Symbol(path, "__getattr__"))
        for statement in summary.imports:
            if statement.runs:
                self._link_import(module, statement)
        self._loaded_modules.link_settings(path)
        self._programs.link_module(path)

    def _link_import(self, symbol: Symbol, statement: Import) -> None:
        """Let a symbol depend on the modules that run when it imports something."""
        path, names = symbol.file, self.context.names
        module, level = statement.module, statement.level
        for file in names.imported_files(path, level, module, statement.names):
            self.context.need(symbol, Symbol(file, ""))
        for file in names.module_files(path, level, module) if statement.names else ():
            for name in statement.names:
                if self._is_missing(file, name):
                    self.context.need(symbol, Symbol(file, name))
                elif self._is_made_up(file, name):
                    self.context.need(symbol, Symbol(file, "__getattr__"))

    def _is_missing(self, file: str, name: str) -> bool:
        """Whether a file defined a name before, so that importing it fails now."""
        return self.definitions.kind(Symbol(file, name)) is DefinitionKind.REMOVED

    def _is_made_up(self, file: str, name: str) -> bool:
        """Whether the `__getattr__` of a module gives what it does not define."""
        return (
            self.definitions.get(file, name) is None
            and name not in self.summaries[file].aliases
            and self.definitions.get(file, "__getattr__") is not None
        )

    def _is_introspected(self, summary: Summary) -> bool:
        """Whether something may read the annotations in a file at run time."""
        return self._annotations_matter or any(
            statement.module.partition(".")[0] in _INTROSPECTING for statement in summary.imports
        )

    def _link_definition(
        self, path: str, summary: Summary, definition: Definition, introspected: bool
    ) -> None:
        """Let a symbol depend on all that its definition mentions."""
        symbol = Symbol(path, definition.name)
        self._link_mentions(symbol, definition, introspected)
        owner = definition.name.rpartition(".")[0]
        if owner:
            self._link_class_scope(symbol, owner, definition)
        for name in definition.attributes.on_self:
            for node in self.context.self_attribute(path, owner, name):
                self.context.need(symbol, node)
        for number in definition.local_imports:
            self._link_import(symbol, summary.imports[number])
        self._loaded_modules.link_strings(symbol, definition)
        self._programs.link(symbol, definition, summary)
        if definition.uses_globals:
            for name in self.definitions[path]:
                self.context.need(symbol, Symbol(path, name))
        if definition.kind is DefinitionKind.CLASS:
            self._class_members.link(symbol)
        self._decorated.link(symbol, definition)
        self._chains.link_gone(path, definition)
        self._chains.link_handed(symbol, definition)

    def _link_mentions(self, symbol: Symbol, definition: Definition, introspected: bool) -> None:
        """Let a symbol depend on the names, docstrings, classes and attributes that it mentions."""
        chains, header = definition.names, definition.header
        if (
            introspected
            or header.computed_decorator
            or any(chain.partition(".")[0] not in BUILTIN for chain in header.decorators)
        ):
            chains += header.annotations
        for chain in chains:
            self._chains.link(symbol, symbol.file, chain)
        self._docstrings.link(symbol, definition)
        for chain in definition.compared:
            self._chains.link_type_check(symbol, symbol.file, chain)
        for name in definition.attributes.names:
            self.context.need(symbol, attribute(name))

    def _link_class_scope(self, symbol: Symbol, owner: str, definition: Definition) -> None:
        """Names that a class body reads are its own first: `__next__ = next`, `property(get)`."""
        chains = (
            definition.header.decorators
            if definition.kind is DefinitionKind.FUNCTION
            else definition.names
        )
        for chain in chains:
            member = f"{owner}.{chain.partition('.')[0]}"
            if self.definitions.get(symbol.file, member) is not None:
                self.context.need(symbol, Symbol(symbol.file, member))

    def _link_tests(self, path: str) -> tuple[list[str], str]:
        """Let the tests of a file depend on what they run: their nodeids, and why the file is one."""
        cases = Cases(path, self.context.names, self.classes, self.context.layout)
        if cases.whole:
            # What is made at run time may request the fixtures that any of this names.
            self._link_test(path, path, [*cases.extra, Symbol(path, "")])
        for symbol in cases.extra:
            self.context.need(node_of_test(path, path), symbol)
        for nodeid, symbols in cases.tests.items():
            self._link_test(nodeid, path, symbols)
        for nodeid, symbols in cases.overridden.items():
            for symbol in symbols:
                self.context.need(node_of_test(nodeid, path), symbol)
        return [*([path] if cases.whole else ()), *cases.tests], cases.whole

    def _link_test(self, nodeid: str, path: str, symbols: list[Symbol]) -> None:
        test: Node = node_of_test(nodeid, path)
        for node in (*self._around_tests.of_test(path, symbols), *symbols):
            self.context.need(test, node)


def _touches_attributes(direct: Direct) -> bool:
    return any((direct.attributes, direct.on_self, direct.imported))


def _kind(definition: Definition) -> SymbolKind:
    if definition.is_coroutine:
        return SymbolKind.COROUTINE
    return _SYMBOL_KINDS.get(definition.kind, SymbolKind.OTHER)
