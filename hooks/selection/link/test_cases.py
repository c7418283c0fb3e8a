"""The tests in a file, as pytest would collect them, without collecting."""

from __future__ import annotations

from gardener.paths import is_python
from gardener.pytest_config.settings import Layout, name_fits

from ..parse.doctests import DOCTESTS
from ..parse.summary import Definition, DefinitionKind, is_local_alias
from .classes import BUILTIN, Classes, is_quiet
from .imports import conftests
from .names import Names
from .nodes import Node
from .other_tests import COLLECTS


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
        self.symbols = names.symbols
        self.settings = layout.of_folder(path.rpartition("/")[0])
        self.tests: dict[str, list[Node]] = {}
        self.overridden: dict[str, list[Node]] = {}
        self.whole = ""
        self.extra: list[Node] = []
        self._find()

    def _find(self) -> None:
        path, settings = self.path, self.settings
        summary = self.names.summaries[path]
        symbols = self.symbols[path]
        if summary.broken:
            self._whole(summary.broken)
        if DOCTESTS in symbols and (settings.doctest_modules or not is_python(path)):
            self._whole("it holds doctests")
            self.extra.append((path, DOCTESTS))
        if any(symbol.uses_globals for symbol in symbols.values()):
            self._whole("it reads or sets its names at run time")
            self.extra += [(path, name) for name in symbols]
        if not is_python(path):
            self._collected()
        for star in summary.stars:
            for file in self.names.module_files(path, star.level, star.module):
                for name in self.symbols.of(file):
                    if name_fits(name, (*settings.python_functions, *settings.python_classes)):
                        self._whole("a star import may bring tests")
                        self.extra.append((file, name))
        for name in dict.fromkeys(
            [*symbols, *(a for a in summary.aliases if not is_local_alias(a))]
        ):
            if "." in name or name in ("", DOCTESTS):
                continue
            for target in self.names.lookup(path, name):
                if target.symbol is None or not target.symbol:
                    continue
                found = self.symbols.get(target.file, target.symbol)
                if found is None or found.fixture or found.kind is DefinitionKind.REMOVED:
                    continue
                self._candidate(name, (target.file, target.symbol), found)

    def _collected(self) -> None:
        """Depend on the conftests that may collect a file of a kind of its own."""
        for conftest in conftests(self.path, self.names.modules.paths):
            if COLLECTS in self.symbols.of(conftest):
                self._whole(f"{conftest} collects it")
                self.extra.append((conftest, COLLECTS))

    def _candidate(self, name: str, node: Node, symbol: Definition) -> None:
        settings = self.settings
        if symbol.kind is DefinitionKind.CLASS:
            if name_fits(name, settings.python_classes) or self._is_case(node):
                self._class(name, node)
        elif name_fits(name, settings.python_functions):
            if symbol.kind is DefinitionKind.FUNCTION:
                self._test(f"{self.path}::{name}", [node])
            else:
                self._whole(f"{name} may be a test made at run time")
                self.extra.append(node)
        elif symbol.kind is DefinitionKind.BINDING and name_fits(name, settings.python_classes):
            self._whole(f"{name} may be a test class made at run time")
            self.extra.append(node)

    def _is_case(self, node: Node) -> bool:
        """Whether a class is (or may be) a `unittest.TestCase`."""
        return any(
            "Case" in base.rpartition(".")[2] or base.startswith(("unittest", "?"))
            for base in self.classes.outside(node)
        )

    def _class(self, name: str, node: Node) -> None:
        path, settings = self.path, self.settings
        case = self._is_case(node)
        lineage = self.classes.ancestry(node)
        names = {m for c in lineage for m in self.classes.member_names(c)}
        if not case and names & {"__init__", "__new__"}:
            return
        prefixes = ("test",) if case else settings.python_functions
        outside = case and self._external_case(node)
        grows = self._grows(node, lineage)
        if grows:
            self._whole(f"{name} may be given tests at run time")
            members = (self.classes.member_names(one).values() for one in lineage)
            self.extra += [
                node,
                *((o[0], m) for o, ms in zip(lineage, members, strict=True) for m in ms),
            ]
        if not outside and not any(name_fits(m, (*prefixes, "runTest")) for m in names):
            return
        if names & {"__test__"} or outside:
            self._whole(f"{name} has a base that only run time knows")
        for one in lineage:
            for member, full in self.classes.member_names(one).items():
                symbol = self.symbols[one[0]][full]
                if (
                    symbol.kind is DefinitionKind.CLASS
                    and one == node
                    and name_fits(member, settings.python_classes)
                ):
                    self._class(f"{name}::{member}", (one[0], full))
                elif symbol.kind is DefinitionKind.REMOVED or symbol.fixture:
                    continue
                elif name_fits(member, prefixes) or (case and member == "runTest"):
                    self._test(f"{path}::{name}::{member}", [(one[0], full), node])

    def _grows(self, node: Node, lineage: list[Node]) -> bool:
        """Whether code that runs with the module may put tests into a class: it names the class."""
        module = self.symbols.get(node[0], "")
        named = {chain.partition(".")[0] for chain in module.names} if module else set()
        return node[1] in named or any(
            "__init_subclass__" in self.classes.member_names(one) for one in lineage[1:]
        )

    def _external_case(self, node: Node) -> bool:
        """Whether tests may be inherited from a class outside the project."""
        known = ("unittest", "django.test", "asynctest")
        return any(
            base.startswith("?")
            or not (base.startswith(known) or base in BUILTIN or is_quiet(base))
            for base in self.classes.outside(node)
        )

    def _whole(self, why: str) -> None:
        self.whole = self.whole or why

    def _test(self, nodeid: str, nodes: list[Node]) -> None:
        if nodeid in self.tests:
            self.overridden.setdefault(nodeid, []).extend(nodes)
        else:
            self.tests[nodeid] = nodes
