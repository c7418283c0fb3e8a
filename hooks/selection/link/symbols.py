"""The symbol graph: what each symbol, and with it each test, may run or read."""

from __future__ import annotations

import sys
from collections.abc import Container, Iterable, Iterator, Mapping
from typing import NamedTuple

from gardener.pytest_config.entry_points import COMMANDS
from gardener.pytest_config.settings import Layout, name_fits

from ..parse.operators import OPERATORS
from ..parse.summary import Definition, DefinitionKind, Import, Summary
from .classes import BUILTIN, Classes, is_quiet
from .fixtures import Fixtures
from .imports import Modules, named_modules, script_paths, scripts_by_part
from .names import KEEPS, Names
from .nodes import (
    ANY_MODULE,
    ATTRIBUTE,
    DOC,
    OWN,
    OWN_DOC,
    TEST,
    VALUE,
    Node,
    Target,
    check_of,
    doc_of,
)
from .test_cases import Cases

_QUIET_DECORATORS = {"pytest", "pytest_asyncio", "attr", "attrs", "typing_extensions", "deprecated", "hypothesis",
                     "mock", "responses", "respx", "freezegun", "time_machine", "cachetools", "tenacity",
                     "backoff", "wrapt", "anyio", "click", "typer", "jinja2", "numba"}  # fmt: skip
_LOUD_STDLIB = {"atexit", "signal", "threading", "asyncio", "importlib"}
_FILE = {"read", "read1", "readline", "readlines", "readinto", "readinto1", "readall", "peek", "write",
         "writelines", "close", "aclose", "flush", "seek", "tell", "fileno", "isatty", "readable", "writable",
         "seekable", "truncate", "detach", "closed", "name", "mode", "encoding", "errors", "newlines", "buffer",
         "getvalue"}  # fmt: skip
_MAPPING = {"keys", "items", "values", "get"}
_SEQUENCE = {"index", "count"}
_SOCKET = {"recv", "recv_into", "send", "sendall", "sendto", "recvfrom", "close", "shutdown", "fileno", "makefile",
           "settimeout", "gettimeout", "setblocking", "getsockname", "getpeername", "setsockopt"}  # fmt: skip
_QUEUE = {"put", "get", "put_nowait", "get_nowait", "empty", "full", "qsize", "task_done", "join"}
_GENERATOR = {"send", "throw", "close", "asend", "athrow", "aclose"}
_LOCK = {"acquire", "release"}
_PROTOCOLS = (
    # Called on whatever is passed to the standard library or another one, if the class
    # looks like it: one of the first kind makes those of the second count.
    ({"read", "read1", "readline", "readinto", "write", "fileno", "readable", "writable"}, _FILE),
    ({"keys", "__getitem__"}, _MAPPING),
    ({"__getitem__"}, _SEQUENCE),
    ({"recv", "sendall", "makefile"}, _SOCKET),
    ({"put_nowait", "get_nowait", "task_done"}, _QUEUE),
    ({"__next__", "__anext__", "__await__", "__iter__", "__aiter__"}, _GENERATOR),
    ({"acquire"}, _LOCK),
)
_PLAIN_BASES = {"object", "Generic", "Protocol", "ABC"}
_QUIET_WRAPPERS = {"overload", "override", "final", "abstractmethod", "cached_property", "contextmanager",
                   "asynccontextmanager", "wraps", "lru_cache", "cache", "no_type_check",
                   "runtime_checkable"}  # fmt: skip
_LOADERS = {"entry_points", "iter_entry_points", "load_entry_point", "get_entry_info", "ExtensionManager",
            "DriverManager", "NamedExtensionManager", "HookManager"}  # fmt: skip
LOADS_FILES = ("spec_from_file_location", "run_path", "SourceFileLoader")
LOADS_SPECS = ("module_from_spec", "exec_module", "load_module")
"""What makes a module of what `find_spec` finds."""
_SETTINGS = ("INSTALLED_APPS", "ROOT_URLCONF")
_OF_APPLICATION = ("apps", "models", "admin", "signals", "urls", "checks", "translation")
_LOOKS_UP_MODULES = {"modules", "getmodule", "import_module", "__import__", "import_string", "resolve_name",
                     "run_module", "run_path", "module_from_spec"}  # fmt: skip
_RUN_BY_IMPORT = {"__getattr__", "__init_subclass__"}
KEEPING = {
    "append",
    "add",
    "register",
    "setdefault",
    "update",
    "connect",
    "subscribe",
    "extend",
    "insert",
}
READ_ANNOTATIONS = ("get_type_hints", "signature", "__annotations__", "get_annotations")
_INTROSPECTING = {"fastapi", "pydantic", "typer", "litestar", "injector", "dependency_injector", "strawberry",
                  "ninja", "dishka", "wireup", "msgspec", "cattrs", "beartype", "typeguard", "punq", "lagom",
                  "blacksheep", "robyn", "sanic_ext", "esmerald", "xpresso", "polyfactory", "faststream",
                  "taskiq", "fast_depends", "graphene", "odmantic", "sqlmodel"}  # fmt: skip


class Linked(NamedTuple):
    """What one file adds to the graph.

    `edges` lead from a node to what it may run or read, `calls` from a symbol to the
    functions and classes that it calls itself, `bases` from a class to those inside the
    project; `doubts` are classes with a base that only run time knows. `tests` are nodeids; `whole` says why a node for the whole file is among
    them. `seen` are the files that all this was concluded from (see `names.Symbols`).
    """

    path: str
    edges: dict[Node, dict[Node, None]]
    calls: dict[str, tuple[Node, ...]]
    touches: dict[str, tuple[Node, ...]]
    bases: dict[str, list[Node]]
    doubts: frozenset[str]
    tests: list[str]
    whole: str
    seen: frozenset[str]


class Graph:
    """Links the files of a project, one at a time.

    `gone` are symbols that there were and `lost` symbols that were fixtures: what would
    have found them depends on them. `mentioned` are all names that any code says.
    """

    def __init__(
        self,
        summaries: Mapping[str, Summary],
        modules: Modules,
        layout: Layout,
        tests: Container[str],
        mentioned: Container[str],
        gone: frozenset[Node] = frozenset(),
        lost: Mapping[Node, str] | None = None,
    ) -> None:
        self.summaries = summaries
        self.modules = modules
        self.layout = layout
        self.tests = tests
        self.mentioned = mentioned
        self.names = Names(summaries, modules, gone, lost or {})
        self.symbols = self.names.symbols
        self.classes = Classes(self.names)
        self.fixtures = Fixtures(self.names, self.classes, layout)
        self.annotations_matter = any(n in mentioned for n in READ_ANNOTATIONS)
        self._edges: dict[Node, dict[Node, None]] = {}

    def need(self, node: Node, other: Node) -> None:
        """Note that `node` may run or read `other`."""
        if node != other:
            self._edges.setdefault(node, {})[other] = None

    def introduce(self, paths: Iterable[str]) -> None:
        """Note whose subclasses the classes of these files are."""
        for path in paths:
            for name, symbol in self.symbols[path].items():
                if symbol.kind is DefinitionKind.CLASS:
                    for base in self.classes.direct_bases((path, name)):
                        self.classes.children[base].append((path, name))

    def link(self, path: str) -> Linked:
        """What the code and the tests of one file may run or read."""
        self._edges = {}
        self.symbols.trail = set()
        self._link_file(path)
        tests, whole = self._link_tests(path) if path in self.tests else ([], "")
        calls: dict[str, tuple[Node, ...]] = {}
        touches: dict[str, tuple[Node, ...]] = {}
        bases: dict[str, list[Node]] = {}
        for name, symbol in self.symbols[path].items():
            if symbol.direct.calls and symbol.kind in (
                DefinitionKind.MODULE,
                DefinitionKind.FUNCTION,
            ):
                calls[name] = self._called(path, symbol)
            if any((symbol.direct.attributes, symbol.direct.on_self, symbol.direct.imported)):
                touches[name] = self._touched(path, symbol)
            if symbol.kind is DefinitionKind.CLASS:
                bases[name] = self.classes.direct_bases((path, name))
        calls[""] = tuple(dict.fromkeys((*calls.get("", ()), *self._run_by_import(path))))
        doubts = frozenset(n for n in bases if "?" in self.classes.external[(path, n)])
        seen = frozenset(self.symbols.trail)
        return Linked(path, self._edges, calls, touches, bases, doubts, tests, whole, seen)

    def _called(self, path: str, symbol: Definition) -> tuple[Node, ...]:
        found: dict[Node, None] = {}
        for chain in symbol.direct.calls:
            for end in self.classes.resolve(path, chain)[2]:
                kind = self.symbols.get(end.file, end.symbol)
                if kind is not None and kind.kind in (
                    DefinitionKind.FUNCTION,
                    DefinitionKind.CLASS,
                ):
                    found[(end.file, end.symbol or "")] = None
        return tuple(found)

    def _touched(self, path: str, symbol: Definition) -> tuple[Node, ...]:
        """Attributes of the project's objects that a body uses itself."""
        direct = symbol.direct
        found: dict[Node, None] = {(ATTRIBUTE, name): None for name in direct.attributes}
        owner = symbol.name.rpartition(".")[0]
        for name in direct.on_self:
            found.update(dict.fromkeys(self._own(path, owner, name)))
        for chain in direct.imported:
            root, *rest = chain.split(".")
            if any(
                t.symbol is not None or self.names.holds(t) for t in self.names.lookup(path, root)
            ):
                found.update(dict.fromkeys((ATTRIBUTE, name) for name in rest))
        return tuple(found)

    def _own(self, path: str, owner: str, name: str) -> list[Node]:
        """What an attribute of `self` may mean in a method of `owner`."""
        symbol = self.symbols.get(path, owner) if owner else None
        if symbol is None or symbol.kind is not DefinitionKind.CLASS:
            return [(ATTRIBUTE, name)]
        found: list[Node] = [(f"{OWN}\0{path}\0{owner}", name)]
        related = self.classes.related((path, owner))
        if any("?" in self.classes.external.get(c, ()) for c in related):
            found.append((ATTRIBUTE, name))
        return found

    def _run_by_import(self, path: str) -> Iterator[Node]:
        """What runs with a module though nothing calls it: `__getattr__`, `__init_subclass__`."""
        for node in self._edges.get((path, ""), ()):
            if node[1].rpartition(".")[2] in _RUN_BY_IMPORT:
                yield node

    def _link_file(self, path: str) -> None:
        summary = self.summaries[path]
        module = (path, "")
        for above in self.modules.ancestors(path):
            self.need(module, (above, ""))
        if "__getattr__" in self.symbols[path]:
            self.need((f"{VALUE}\0{path}", ""), (path, "__getattr__"))
        for one in summary.imports:
            if one.runs:
                for file in self.names.imported_files(path, one.level, one.module, one.names):
                    self.need(module, (file, ""))
                self._link_lost(module, path, one)
        for name in _SETTINGS:
            setting = self.symbols.get(path, name)
            if setting is not None:
                self._link_setting(module, path, setting)
        if path in self.fixtures.plugins or any(n in self.symbols[path] for n in _SETTINGS):
            for name in self.symbols[path]:
                if name.isupper():  # read by name, by Django itself
                    self.need(module, (path, name))
        introspected = self.annotations_matter or any(
            i.module.partition(".")[0] in _INTROSPECTING for i in summary.imports
        )
        for symbol in summary.definitions:
            self._link_symbol(path, summary, symbol, introspected)

    def _link_setting(self, module: Node, path: str, setting: Definition) -> None:
        """What Django loads for a setting: its applications with what belongs to them, its urls."""
        folder = path.rpartition("/")[0]
        for name in (*setting.strings.identifiers, *setting.strings.dotted):
            self._link_dotted(module, path, name)
            for part in _OF_APPLICATION if setting.name == "INSTALLED_APPS" else ():
                for file in self.modules.resolve(f"{name}.{part}", folder):
                    self.need(module, (file, ""))
                    for symbol in self.symbols.of(file) if part == "apps" else ():
                        self.need(module, (file, symbol))

    def _link_lost(self, node: Node, path: str, one: Import) -> None:
        """An import of a name that is gone fails, and `__getattr__` gives one that never was."""
        for file in self.names.module_files(path, one.level, one.module) if one.names else ():
            for name in one.names:
                found = self.symbols.get(file, name)
                if found is not None and found.kind is DefinitionKind.REMOVED:
                    self.need(node, (file, name))
                elif (
                    found is None
                    and name not in self.summaries[file].aliases
                    and self.symbols.get(file, "__getattr__") is not None
                ):
                    self.need(node, (file, "__getattr__"))

    def _link_symbol(
        self, path: str, summary: Summary, symbol: Definition, introspected: bool
    ) -> None:
        node = (path, symbol.name)
        chains = list(symbol.names)
        header = symbol.header
        if (
            introspected
            or header.computed_decorator
            or any(d.partition(".")[0] not in BUILTIN for d in header.decorators)
        ):
            chains += header.annotations
        for chain in chains:
            self._link_chain(node, path, chain)
        self._link_docs(node, path, symbol)
        for chain in symbol.compared:
            self._link_check(node, path, chain)
        for name in symbol.attributes.names:
            self.need(node, (ATTRIBUTE, name))
        owner = symbol.name.rpartition(".")[0]
        if owner:
            self._link_class_scope(node, path, owner, symbol)
        for name in symbol.attributes.on_self:
            for own in self._own(path, owner, name):
                self.need(node, own)
        for at in symbol.local_imports:
            one = summary.imports[at]
            for file in self.names.imported_files(path, one.level, one.module, one.names):
                self.need(node, (file, ""))
            self._link_lost(node, path, one)
        self._link_strings(node, path, symbol)
        if symbol.uses_globals:
            for name in self.symbols[path]:
                self.need(node, (path, name))
        if symbol.kind is DefinitionKind.CLASS:
            self._link_class(node, symbol)
        self._link_decorators(node, path, symbol, owner)
        # Also where nothing is gone, so that it is known which files this one looks at.
        self._link_missing(path, symbol)

    def _link_docs(self, node: Node, path: str, symbol: Definition) -> None:
        """Whose docstring a symbol may read, and whether it may come by any module."""
        ends = {*symbol.attributes.names, *(chain.rpartition(".")[2] for chain in symbol.names)}
        if "__doc__" in symbol.names or "__doc__" in symbol.strings.identifiers:
            self.need(node, doc_of((path, "")))
        if "__doc__" in symbol.names:
            # In the body of a class (which may be code of the module) it is that of the class.
            owner = symbol.name.rpartition(".")[0]
            every = self.symbols[path].items() if not symbol.name else ()
            for name in (owner, *(n for n, other in every if other.kind is DefinitionKind.CLASS)):
                self.need(node, doc_of((path, name)))
        for chain in symbol.names:
            if chain.endswith(".__doc__"):
                for end in self.classes.resolve(path, chain.removesuffix(".__doc__"))[2]:
                    for file in self.modules.resolve(end.module, path.rpartition("/")[0]):
                        self.need(node, doc_of((file, "")))
        if "__doc__" in symbol.strings.identifiers or "getdoc" in ends:
            self.need(node, DOC)
        if "__doc__" in symbol.attributes.on_self:
            self.need(node, OWN_DOC)
        if "*" in symbol.dynamic_imports or not _LOOKS_UP_MODULES.isdisjoint(ends):
            self.need(node, ANY_MODULE)

    def _link_class_scope(self, node: Node, path: str, owner: str, symbol: Definition) -> None:
        """Names that a class body reads are its own first: `__next__ = next`, `property(get)`."""
        read = symbol.header.decorators if symbol.kind is DefinitionKind.FUNCTION else symbol.names
        for chain in read:
            other = f"{owner}.{chain.partition('.')[0]}"
            if self.symbols.get(path, other) is not None:
                self.need(node, (path, other))

    def _link_missing(self, path: str, symbol: Definition) -> None:
        """What is gone and is read while the module runs stops its import."""
        read = (*symbol.header.decorators, *symbol.header.annotations)
        if symbol.kind is not DefinitionKind.FUNCTION:
            read += (*symbol.names, *symbol.header.bases)
        for chain in read:
            for other in self.classes.resolve(path, chain)[0]:
                if other in self.names.gone:
                    self.need((path, ""), other)

    def _link_chain(self, node: Node, path: str, chain: str) -> None:
        nodes, left, ends = self.classes.resolve(path, chain)
        for other in nodes:
            self.need(node, other)
            if node[1] and self._evaluated(node) and self._gone(other):
                self.need((node[0], ""), other)
        for name in (*left, *self._replaced(chain)):
            self.need(node, (ATTRIBUTE, name))
        if not nodes and not ends and "." in chain:
            # Outside the project, or a name that only run time can tell.
            root = chain.partition(".")[0]
            if root not in self.summaries[path].aliases:
                for name in chain.split(".")[1:]:
                    self.need(node, (ATTRIBUTE, name))
        for end in ends:
            if end.symbol is None:
                for file in self.modules.resolve(end.module, path.rpartition("/")[0]):
                    self.need(node, (f"{VALUE}\0{file}", ""))

    def _replaced(self, chain: str) -> list[str]:
        """Attributes in a chain behind a name that some code puts something else in the place of."""
        parts = chain.split(".")
        for at, part in enumerate(parts[:-1]):
            if f"={part}" in self.mentioned:
                return parts[at + 1 :]
        return []

    def _evaluated(self, node: Node) -> bool:
        """Whether the names in a symbol are looked up when its module is imported."""
        symbol = self.symbols.get(*node)
        return symbol is not None and symbol.kind in (
            DefinitionKind.BINDING,
            DefinitionKind.CLASS,
        )

    def _gone(self, node: Node) -> bool:
        symbol = self.symbols.get(*node)
        return symbol is not None and symbol.kind is DefinitionKind.REMOVED

    def _link_check(self, node: Node, path: str, chain: str) -> None:
        """A comparison with a class: it depends on the class, but makes no instance of it."""
        for target in self.classes.resolve(path, chain)[2]:
            klass = (target.file, target.symbol or "")
            symbol = self.symbols.get(target.file, target.symbol)
            if symbol is None or symbol.kind is not DefinitionKind.CLASS or self._decides(klass):
                break
            self.need(node, check_of(klass))
        else:
            return
        self._link_chain(node, path, chain)

    def _decides(self, klass: Node) -> bool:
        """Whether a class may run code to tell what is an instance of it."""
        return any(
            base.startswith("?") or base.rpartition(".")[2] in ("Protocol", "ABCMeta")
            for base in self.classes.outside(klass)
        ) or any(
            {"__subclasshook__", "__instancecheck__", "__subclasscheck__", "__class__"}
            & self.classes.member_names(one).keys()
            for one in self.classes.ancestry(klass)
        )

    def _link_strings(self, node: Node, path: str, symbol: Definition) -> None:
        loads = any(name in self.mentioned for name in LOADS_SPECS)
        for text in symbol.dynamic_imports:
            self._link_named_modules(node, path, text, as_value=True)
        for text in symbol.spec_lookups:
            self._link_named_modules(node, path, text, as_value=loads)
        for text in symbol.strings.dotted:
            self._link_dotted(node, path, text.replace(":", "."))
        for text in symbol.strings.texts:
            if text.endswith(".py"):
                for file in script_paths(text, self.modules):
                    self.need(node, (file, ""))
                    self.need(node, (f"{VALUE}\0{file}", ""))
        if any(name in self.mentioned for name in LOADS_FILES):
            for file in scripts_by_part(
                (*symbol.strings.texts, *symbol.strings.identifiers), self.modules
            ):
                self.need(node, (file, ""))
                self.need(node, (f"{VALUE}\0{file}", ""))
        if self.layout.entry_points:
            self._link_entry_points(node, symbol)

    def _link_named_modules(self, node: Node, path: str, name: str, *, as_value: bool) -> None:
        for file in named_modules(name, path, self.modules):
            self.need(node, (file, ""))
            if as_value:
                self.need(node, (f"{VALUE}\0{file}", ""))
            for above in self.modules.ancestors(file):
                self.need(node, (above, ""))

    def _link_entry_points(self, node: Node, symbol: Definition) -> None:
        """Commands of the project that are started, and what is loaded by its group."""
        started = {command.rpartition("/")[2] for command in symbol.strings.commands}
        chains = {part for chain in symbol.names for part in chain.split(".")}
        loads = bool(_LOADERS & {*chains, *symbol.attributes.names})
        groups = {*symbol.strings.identifiers, *symbol.strings.dotted} & {
            e.group for e in self.layout.entry_points
        }
        for point in self.layout.entry_points:
            loaded = loads and (point.group in groups or not groups)
            if loaded or (point.group in COMMANDS and point.name in started):
                self._link_dotted(node, f"{point.folder}/", point.target.replace(":", "."))

    def _link_dotted(self, node: Node, path: str, text: str) -> None:
        parts = text.split(".")
        folder = path.rpartition("/")[0]
        for end in range(len(parts), 0, -1):
            files = self.modules.resolve(".".join(parts[:end]), folder)
            if not files:
                continue
            for file in files:
                self.need(node, (file, ""))
                for above in self.modules.ancestors(file):
                    self.need(node, (above, ""))
                rest = ".".join(parts[end:])
                if rest:
                    self._link_chain(node, file, rest)
                else:
                    self.need(node, (f"{VALUE}\0{file}", ""))
                    if self.symbols.get(file, "urlpatterns") is not None:
                        self.need(node, (file, "urlpatterns"))
            return

    def _link_class(self, node: Node, symbol: Definition) -> None:
        path = node[0]
        outside = self.classes.framework_calls(node)
        in_test = path in self.tests
        settings = self.layout.of_folder(path.rpartition("/")[0])
        for base in self.classes.direct_bases(node):
            self.need(node, base)
        registers = outside
        for ancestor in self.classes.ancestry(node):
            if "__init_subclass__" in self.classes.member_names(ancestor):
                # Runs when the class statement does, and may keep the new class.
                self.need((path, ""), (ancestor[0], f"{ancestor[1]}.__init_subclass__"))
                self.need((path, ""), ancestor)
                registers = "__init_subclass__"
        for base in self.classes.direct_bases(node):
            if registers or "__subclasses__" in self.mentioned:
                self.need(base, node)
        plain = not in_test and all(
            b.rpartition(".")[2] in _PLAIN_BASES and is_quiet(b) for b in self.classes.outside(node)
        )
        every = {m for one in self.classes.related(node) for m in self.classes.member_names(one)}
        protocol = {n for signs, names in _PROTOCOLS if signs & every for n in names}
        for inner, full in self.classes.member_names(node).items():
            member = self.symbols[path][full]
            if plain and inner in OPERATORS and member.kind is DefinitionKind.FUNCTION:
                continue  # found by the operator
            if member.kind in (DefinitionKind.BINDING, DefinitionKind.CLASS) or (
                inner.startswith("_") and inner.endswith("_")
            ):
                self.need(node, (path, full))
            elif in_test and name_fits(inner, settings.python_functions):
                continue
            elif (
                outside
                or "." in node[1]  # an adapter made for something else
                or inner in protocol
                or inner not in self.mentioned
                or _stands_in(inner, member)
            ):
                self.need(node, (path, full))

    def _link_decorators(self, node: Node, path: str, symbol: Definition, owner: str) -> None:
        if symbol.fixture:
            return
        last = symbol.name.rpartition(".")[2]
        settings = self.layout.of_folder(path.rpartition("/")[0])
        if path in self.tests and name_fits(
            last, (*settings.python_functions, *settings.python_classes)
        ):
            return
        if symbol.header.computed_decorator:
            self.need((path, owner if owner in self.symbols[path] else ""), node)
        for chain in symbol.header.decorators:
            root, _, rest = chain.partition(".")
            if chain in BUILTIN or rest in ("setter", "getter", "deleter"):
                continue
            if (rest or root) in _QUIET_WRAPPERS:
                continue
            targets = [
                t
                for t in self.names.lookup(path, root)
                if t.symbol is not None or self.names.holds(t)
            ]
            aliases = self.summaries[path].aliases.get(root, ())
            if not targets and aliases:
                origin = aliases[0].module.partition(".")[0]
                if origin in _QUIET_DECORATORS or (
                    origin in sys.stdlib_module_names and origin not in _LOUD_STDLIB
                ):
                    continue
            holders = [t for t in targets if t.symbol is not None and rest]
            for target in targets:
                if target.symbol is not None and not rest:
                    holders += self._kept_by((target.file, target.symbol))
            if owner and owner in self.symbols[path]:
                ours = not rest and targets and all(t.symbol is not None for t in targets)
                if holders or not ours:
                    self.need((path, owner), node)
                continue
            for target in holders:
                self.need((target.file, target.symbol or ""), node)
            plain = [t for t in targets if t.symbol is not None]
            if not holders and not (plain and not rest):
                self.need((path, ""), node)

    def _kept_by(self, decorator: Node, depth: int = 3) -> list[Target]:
        """Where a project's own decorator may keep what it decorates: a registry that it names."""
        symbol = self.symbols.get(*decorator)
        if symbol is None or symbol.kind is not DefinitionKind.FUNCTION:
            return [Target(*decorator)]
        self.symbols.note(KEEPS, decorator[0])
        keeps = symbol.attributes.stores or bool(KEEPING & {*symbol.attributes.names})
        found = [Target(*decorator)] if keeps else []
        for chain in symbol.names if keeps else symbol.passed_to:
            for node in sorted(self.classes.resolve(decorator[0], chain)[0]):
                kept = self.symbols.get(*node)
                if kept is not None and kept.kind is not DefinitionKind.FUNCTION:
                    found.append(Target(*node))
                elif kept is not None and not keeps and depth and node != decorator:
                    found += self._kept_by(node, depth - 1)
        return found

    def _link_tests(self, path: str) -> tuple[list[str], str]:
        cases = Cases(path, self.names, self.classes, self.layout)
        whole = (TEST, path)
        if cases.whole:
            # What is made at run time may ask for the fixtures that any of this names.
            self._serve(whole, path, [*cases.extra, (path, "")])
        for node in cases.extra:
            self.need(whole, node)
        for nodeid, nodes in cases.tests.items():
            self._serve((TEST, nodeid), path, nodes)
        for nodeid, nodes in cases.overridden.items():
            for node in nodes:
                self.need((TEST, nodeid), node)
        return [*([path] if cases.whole else ()), *cases.tests], cases.whole

    def _serve(self, test: Node, path: str, nodes: list[Node]) -> None:
        for node in (*self.fixtures.serving(path, nodes), *nodes):
            self.need(test, node)


def _stands_in(name: str, method: Definition) -> bool:
    """Whether a method only hands on to that of the same name of what its object holds.

    Then something outside the project knows that name: `def handle(self, *args): return
    self.inner.handle(*args)`.
    """
    used = method.attributes
    stores = used.stores or used.assigned
    return (
        {*used.names} - {"__await__"} == {name}
        and len(used.on_self) == 1
        and not (stores or method.names or method.strings.identifiers)
    )


def module_words(summary: Summary) -> set[str]:
    """Parts of all module names that linking a file may look for; `*` if some are not known."""
    found: set[str] = set()
    for one in summary.imports:
        found.update(one.module.split("."), one.names)
    for symbol in summary.definitions:
        header = symbol.header
        for chain in (*symbol.names, *symbol.compared, *header.annotations, *header.decorators,
                      *header.bases, *symbol.direct.calls, *symbol.passed_to):  # fmt: skip
            if "." in chain:
                found.update(chain.split("."))
        for text in (*symbol.strings.dotted, *symbol.dynamic_imports, *symbol.spec_lookups):
            found.update(text.replace(":", ".").split("."))
            if "*" in text:
                found.add("*")
        for text in symbol.strings.texts:
            if text.endswith(".py"):
                found.update(text.removesuffix(".py").split("/")[-2:])
    return found


def mentions(summary: Summary) -> set[str]:
    """All names that the code of a file says."""
    found: set[str] = set()
    for symbol in summary.definitions:
        found.update(symbol.attributes.names)
        found.update(f"={name}" for name in symbol.attributes.assigned)
        found.update(symbol.attributes.on_self)
        found.update(symbol.strings.identifiers)
        for chain in (*symbol.names, *symbol.compared):
            found.update(chain.split("."))
    return found
