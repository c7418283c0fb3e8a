"""The tests in a file, as pytest would collect them, without collecting."""

from __future__ import annotations

from collections.abc import Iterator

from gardener.model import Symbol
from gardener.paths import is_python
from gardener.pytest_config.settings import Layout, name_fits

from ..parse.doctests import DOCTESTS
from ..parse.summary import Definition, DefinitionKind, is_local_alias
from .classes import BUILTIN, Classes, is_quiet
from .imports import conftests
from .names import Names
from .other_tests import COLLECTS

_KNOWN_CASES = ("unittest", "django.test", "asynctest")


class Cases:
    """The tests of one file.

    `tests` maps nodeids to the symbols that each runs. `whole` says why a test stands
    for the whole file, because it holds tests without a known name; it runs `extra`.
    `overridden` are further symbols of the same nodeid, from classes further up.
    """

    def __init__(self, path: str, names: Names, classes: Classes, layout: Layout) -> None:
        self.path = path
        self.names = names
        self.classes = classes
        self.definitions = names.definitions
        self.settings = layout.of_folder(path.rpartition("/")[0])
        self.tests: dict[str, list[Symbol]] = {}
        self.overridden: dict[str, list[Symbol]] = {}
        self.whole = ""
        self.extra: list[Symbol] = []
        self._find_unnamed()
        self._find_starred()
        self._find_named()
        self._find_scenarios()

    def _find_scenarios(self) -> None:
        """Note that pytest-bdd puts tests into the module: `scenarios("features")`."""
        module = self.definitions[self.path].get("")
        if module and any(c.rpartition(".")[2] == "scenarios" for c in module.direct.calls):
            every = (Symbol(self.path, name) for name in self.definitions[self.path])
            self._take_whole("its tests are scenarios", *every)

    def _find_unnamed(self) -> None:
        """Note what makes tests that have no known names."""
        path = self.path
        definitions = self.definitions[path]
        broken = self.names.summaries[path].broken
        if broken:
            self._take_whole(broken)
        if DOCTESTS in definitions and (self.settings.doctest_modules or not is_python(path)):
            self._take_whole("it holds doctests", Symbol(path, DOCTESTS))
        if any(definition.uses_globals for definition in definitions.values()):
            every = (Symbol(path, name) for name in definitions)
            self._take_whole("it reads or sets its names at run time", *every)
        if not is_python(path):
            for conftest in conftests(path, self.names.modules.paths):
                if COLLECTS in self.definitions.of(conftest):
                    self._take_whole(f"{conftest} collects it", Symbol(conftest, COLLECTS))

    def _find_starred(self) -> None:
        """Note tests that star imports may bring."""
        globs = (*self.settings.python_functions, *self.settings.python_classes)
        for star in self.names.summaries[self.path].stars:
            for file in self.names.module_files(self.path, star.level, star.module):
                for name in self.definitions.of(file):
                    if name_fits(name, globs):
                        self._take_whole("a star import may bring tests", Symbol(file, name))

    def _find_named(self) -> None:
        """Look through all names that the file defines or imports."""
        summary = self.names.summaries[self.path]
        imported = (alias for alias in summary.aliases if not is_local_alias(alias))
        for name in dict.fromkeys([*self.definitions[self.path], *imported]):
            if "." in name or name in ("", DOCTESTS):
                continue
            for target in self.names.lookup(self.path, name):
                if not isinstance(target, Symbol) or not target.qualname:
                    continue
                definition = self.definitions.get(*target)
                if (
                    definition
                    and not definition.fixture
                    and definition.kind is not DefinitionKind.REMOVED
                ):
                    self._add_candidate(name, target, definition)

    def _add_candidate(self, name: str, symbol: Symbol, definition: Definition) -> None:
        """Add what pytest makes of a name at the top level of the file."""
        settings = self.settings
        if definition.kind is DefinitionKind.CLASS:
            if name_fits(name, settings.python_classes) or self._is_case(symbol):
                self._add_class(name, symbol)
        elif name_fits(name, settings.python_functions):
            if definition.kind is DefinitionKind.FUNCTION:
                self._add_test(f"{self.path}::{name}", [symbol])
            else:
                self._take_whole(f"{name} may be a test made at run time", symbol)
        elif definition.kind is DefinitionKind.BINDING and name_fits(name, settings.python_classes):
            self._take_whole(f"{name} may be a test class made at run time", symbol)

    def _is_case(self, klass: Symbol) -> bool:
        """Whether a class is (or may be) a `unittest.TestCase`."""
        return any(
            "Case" in base.rpartition(".")[2] or base.startswith(("unittest", "?"))
            for base in self.classes.outside(klass)
        )

    def _add_class(self, name: str, klass: Symbol) -> None:
        """Add the tests of a class, its own and those that it inherits."""
        case = self._is_case(klass)
        ancestry = self.classes.ancestry(klass)
        members = {m for ancestor in ancestry for m in self.classes.member_names(ancestor)}
        if not case and members & {"__init__", "__new__"}:
            return
        globs = ("test",) if case else self.settings.python_functions
        inherits_unknown = case and self._has_unknown_case(klass)
        if self._may_grow(klass, ancestry):
            inherited = self._members(ancestry)
            self._take_whole(f"{name} may be given tests at run time", klass, *inherited)
        if not inherits_unknown and not any(name_fits(m, (*globs, "runTest")) for m in members):
            return
        if "__test__" in members or inherits_unknown:
            self._take_whole(f"{name} has a base that only run time knows")
        for ancestor in ancestry:
            self._add_members(name, klass, ancestor, case=case)

    def _members(self, classes: list[Symbol]) -> Iterator[Symbol]:
        for klass in classes:
            for qualname in self.classes.member_names(klass).values():
                yield Symbol(klass.file, qualname)

    def _add_members(self, name: str, klass: Symbol, ancestor: Symbol, *, case: bool) -> None:
        """Add the tests that `ancestor` gives to `klass`; the classes inside only of `klass`."""
        globs = ("test",) if case else self.settings.python_functions
        for member, qualname in self.classes.member_names(ancestor).items():
            definition = self.definitions[ancestor.file][qualname]
            symbol = Symbol(ancestor.file, qualname)
            if definition.kind is DefinitionKind.CLASS and ancestor == klass:
                if name_fits(member, self.settings.python_classes):
                    self._add_class(f"{name}::{member}", symbol)
                    continue
            if definition.kind is DefinitionKind.REMOVED or definition.fixture:
                continue
            if name_fits(member, globs) or (case and member == "runTest"):
                self._add_test(f"{self.path}::{name}::{member}", [symbol, klass])

    def _may_grow(self, klass: Symbol, ancestry: list[Symbol]) -> bool:
        """Whether code that runs with the module may put tests into a class: it names the class."""
        module = self.definitions.get(klass.file, "")
        named = {chain.partition(".")[0] for chain in module.names} if module else set()
        return klass.qualname in named or any(
            "__init_subclass__" in self.classes.member_names(ancestor) for ancestor in ancestry[1:]
        )

    def _has_unknown_case(self, klass: Symbol) -> bool:
        """Whether tests may be inherited from a class outside the project."""
        return any(
            base.startswith("?")
            or not (base.startswith(_KNOWN_CASES) or base in BUILTIN or is_quiet(base))
            for base in self.classes.outside(klass)
        )

    def _take_whole(self, reason: str, *symbols: Symbol) -> None:
        """Let a test stand for the whole file; the first reason is the one that is told."""
        self.whole = self.whole or reason
        self.extra += symbols

    def _add_test(self, nodeid: str, symbols: list[Symbol]) -> None:
        if nodeid in self.tests:
            self.overridden.setdefault(nodeid, []).extend(symbols)
        else:
            self.tests[nodeid] = symbols
