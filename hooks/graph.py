"""The symbol graph: what each symbol, and with it each test, may run or read."""

from __future__ import annotations

import builtins
import sys
from collections import defaultdict, deque
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import NamedTuple

from .imports import Modules, conftests, named_modules, relative_module, script_paths
from .pytest_settings import Layout, name_fits
from .summary import Import, Summary, Symbol

Node = tuple[str, str]
"""(file, symbol); the symbol `""` is what runs at import. Special nodes begin with a mark."""

_ATTRIBUTE = "."  # (".", name): an attribute of a value of unknown type
_OWN = "self"  # ("self file class", name): an attribute of `self`
_VALUE = "module"  # ("module file", ""): a module that is passed around as a value
_TEST = "test"  # ("test", nodeid or file)
DOC = (_ATTRIBUTE, "__doc__")

_BUILTIN = frozenset(dir(builtins))
_QUIET_BASES = {"object", "Protocol", "Generic", "ABC", "Enum", "IntEnum", "StrEnum", "Flag", "IntFlag",
                "NamedTuple", "TypedDict", "type", "ABCMeta"}  # fmt: skip
_QUIET_DECORATORS = {"pytest", "pytest_asyncio", "attr", "attrs", "typing_extensions", "deprecated", "hypothesis",
                     "mock", "responses", "respx", "freezegun", "time_machine", "cachetools", "tenacity",
                     "backoff", "wrapt", "anyio", "click", "typer", "jinja2", "numba"}  # fmt: skip
_LOUD_STDLIB = {"atexit", "signal", "threading", "asyncio", "importlib"}
_PROTOCOL = {
    # Called on whatever is passed to the standard library or another one.
    "read", "readline", "readlines", "readinto", "write", "writelines", "close", "aclose", "flush",
    "seek", "tell", "fileno", "isatty", "readable", "writable", "seekable", "truncate", "detach",
    "keys", "items", "values", "get", "send", "throw", "run", "emit", "format", "handle",
    "acquire", "release", "default",
}  # fmt: skip
_XUNIT = {"setup_module", "teardown_module", "setup_function", "teardown_function", "setup", "teardown",
          "setup_class", "teardown_class", "setup_method", "teardown_method", "setUp", "tearDown",
          "setUpClass", "tearDownClass", "setUpModule", "tearDownModule", "asyncSetUp", "asyncTearDown",
          "pytest_generate_tests", "pytestmark", "runTest", "load_tests"}  # fmt: skip
_KEEPING = {
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
_READ_ANNOTATIONS = ("get_type_hints", "signature", "__annotations__", "get_annotations")
_INTROSPECTING = {"fastapi", "pydantic", "typer", "litestar", "injector", "dependency_injector", "strawberry",
                  "ninja", "dishka", "wireup", "msgspec", "cattrs", "beartype", "typeguard", "punq", "lagom",
                  "blacksheep", "robyn", "sanic_ext", "esmerald", "xpresso", "polyfactory", "faststream",
                  "taskiq", "fast_depends", "graphene", "odmantic", "sqlmodel"}  # fmt: skip


class Target(NamedTuple):
    """What a name may mean: a symbol, or (`symbol` None) a module."""

    file: str
    symbol: str | None
    module: str = ""


class Graph:
    """Links the summaries of a project's files into one graph.

    `changed` are symbols that differ, also those that are gone: a name that finds one
    of these on its way depends on it. `gone` are summaries of deleted files.
    """

    def __init__(
        self,
        summaries: dict[str, Summary],
        modules: Modules,
        layout: Layout,
        tests: Iterable[str],
        changed: frozenset[Node] = frozenset(),
        scripts: dict[str, str] | None = None,
    ) -> None:
        self.summaries = summaries
        self.modules = modules
        self.layout = layout
        self.tests = frozenset(tests)
        self.changed = changed
        self.scripts = scripts or {}
        self.symbols: dict[str, dict[str, Symbol]] = {
            path: {s.name: s for s in summary.symbols} for path, summary in summaries.items()
        }
        for file, name in changed:
            if file in self.symbols and name not in self.symbols[file]:
                self.symbols[file][name] = Symbol(name, "gone")
        self.members: dict[Node, dict[str, str]] = {}
        self.needed_by: dict[Node, set[Node]] = defaultdict(set)
        self.needs: dict[Node, set[Node]] = defaultdict(set)
        self.bases: dict[Node, list[Node]] = {}
        self.external: dict[Node, list[str]] = {}
        self.children: dict[Node, list[Node]] = defaultdict(list)
        self.reasons: dict[Node, str] = {}
        self.test_nodes: dict[Node, str] = {}
        self.whole: dict[str, str] = {}
        self._found: dict[tuple[str, str], tuple[Target, ...]] = {}
        self._looking: set[tuple[str, str]] = set()
        self._related: dict[Node, frozenset[Node]] = {}
        self._link()

    # --- names ------------------------------------------------------------------------

    def lookup(self, file: str, name: str) -> tuple[Target, ...]:
        """What `name` may mean at the top level of `file`."""
        key = (file, name)
        found = self._found.get(key)
        if found is not None:
            return found
        if key in self._looking:
            return ()
        self._looking.add(key)
        result = tuple(dict.fromkeys(self._lookup(file, name)))
        self._looking.discard(key)
        if not self._looking:
            self._found[key] = result
        return result

    def _lookup(self, file: str, name: str) -> list[Target]:
        summary = self.summaries.get(file)
        if summary is None:
            return []
        found: list[Target] = []
        if summary.broken:
            return [Target(file, "")]
        if name in self.symbols[file]:
            found.append(Target(file, name))
        for level, module, item in summary.aliases.get(name, ()):
            found += self._imported(file, level, module, item)
        if not found:
            for level, module in summary.stars:
                for source in self.module_files(file, level, module):
                    found += self.lookup(source, name)
        if not found and "__getattr__" in self.symbols[file]:
            found.append(Target(file, "__getattr__"))
        return found

    def _imported(self, file: str, level: int, module: str, item: str) -> list[Target]:
        found: list[Target] = []
        if not item:
            return [Target("", None, module)]
        absolute = relative_module(file, level, module)
        for source in self.module_files(file, level, module):
            if source != file:
                found += self.lookup(source, item)
            elif item in self.symbols[file]:
                found.append(Target(file, item))
        submodule = f"{absolute}.{item}" if absolute else item
        if self._exists(submodule, file, level):
            found.append(Target("", None, submodule))
        return found

    def _exists(self, module: str, file: str, level: int) -> bool:
        return bool(self.modules.resolve(module, file.rpartition("/")[0])) or (
            level > 0 and module.replace(".", "/") in self.modules.folders
        )

    def module_files(self, file: str, level: int, module: str) -> tuple[str, ...]:
        """The files of an imported module, as `file` names it."""
        if level:
            inner = relative_module(file, level, module).replace(".", "/")
            both = (f"{inner}.py", f"{inner}/__init__.py".lstrip("/"), f"{inner}.pyi")
            return tuple(p for p in both if p in self.modules.paths)
        return self.modules.resolve(module, file.rpartition("/")[0])

    def resolve(self, file: str, chain: str) -> tuple[set[Node], list[str], list[Target]]:
        """Symbols that a chain `a.b.c` passes, attributes left over, and where it ends."""
        root, *rest = chain.split(".")
        nodes: set[Node] = set()
        left: list[str] = []
        here = list(self.lookup(file, root))
        if (file, root) in self.changed:
            nodes.add((file, root))
        at = 0
        while True:
            for target in here:
                if target.symbol is not None:
                    nodes.add((target.file, target.symbol))
            if at == len(rest) or not here:
                break
            step: list[Target] = []
            for target in here:
                inner = self._attribute(file, target, rest[at], nodes)
                if inner is None:
                    left += rest[at:]
                else:
                    step += inner
            here = list(dict.fromkeys(step))
            at += 1
        return nodes, left, here

    def _attribute(
        self, file: str, target: Target, name: str, nodes: set[Node]
    ) -> list[Target] | None:
        """What `target.name` means; None when only its run-time type could tell."""
        if target.symbol is None:
            found: list[Target] = []
            files = self.modules.resolve(target.module, file.rpartition("/")[0])
            for source in files:
                if "*" in name:
                    found += [
                        Target(source, s) for s in self.symbols[source] if fnmatchcase(s, name)
                    ]
                else:
                    if (source, name) in self.changed:
                        nodes.add((source, name))
                    found += self.lookup(source, name)
            submodule = f"{target.module}.{name}"
            folder = file.rpartition("/")[0]
            if self.modules.resolve(submodule, folder) or self.modules.is_folder(submodule):
                found.append(Target("", None, submodule))
            if not found and files:
                return []
            return found
        symbol = self.symbols.get(target.file, {}).get(target.symbol)
        if symbol is None or symbol.kind != "class":
            return None
        owner = (target.file, target.symbol)
        hits = [
            Target(c[0], f"{c[1]}.{m}")
            for c in self.ancestry(owner)
            for m in self.member_names(c)
            if m == name or ("*" in name and fnmatchcase(m, name))
        ]
        return hits or None

    # --- classes ------------------------------------------------------------------------

    def member_names(self, klass: Node) -> dict[str, str]:
        """Names of the methods and attributes that a class body defines."""
        found = self.members.get(klass)
        if found is None:
            start = klass[1] + "."
            found = self.members[klass] = {
                n[len(start) :]: n
                for n in self.symbols[klass[0]]
                if n.startswith(start) and "." not in n[len(start) :]
            }
        return found

    def direct_bases(self, klass: Node) -> list[Node]:
        """Base classes inside the project; notes the others in `external`."""
        found = self.bases.get(klass)
        if found is not None:
            return found
        self.bases[klass] = []
        inside: list[Node] = []
        outside: list[str] = []
        for chain in self.symbols[klass[0]][klass[1]].bases:
            if chain.startswith("?"):
                outside.append("?")
                continue
            _, left, ends = self.resolve(klass[0], chain)
            classes = [
                (t.file, t.symbol)
                for t in ends
                if t.symbol is not None
                and (s := self.symbols.get(t.file, {}).get(t.symbol))
                and s.kind == "class"
                and (t.file, t.symbol) != klass
            ]
            inside += classes
            if not classes or left:
                known = not ends and not left
                root = chain.partition(".")[0]
                aliases = self.summaries[klass[0]].aliases.get(root, ())
                outside.append(self._origin(chain, aliases) if known else "?")
        self.bases[klass] = list(dict.fromkeys(inside))
        self.external[klass] = outside
        return self.bases[klass]

    @staticmethod
    def _origin(chain: str, aliases: tuple[tuple[int, str, str], ...]) -> str:
        """A dotted name of something outside the project."""
        rest = chain.partition(".")[2]
        if not aliases:
            return chain
        _, module, item = aliases[0]
        return ".".join(p for p in (module, item, rest) if p)

    def ancestry(self, klass: Node) -> list[Node]:
        """The class and all its project ancestors, nearest first."""
        found: dict[Node, None] = {}
        todo = [klass]
        while todo:
            one = todo.pop(0)
            if one not in found:
                found[one] = None
                todo += self.direct_bases(one)
        return list(found)

    def related(self, klass: Node) -> frozenset[Node]:
        """Classes whose methods `self.x` may mean in a method of `klass`."""
        found = self._related.get(klass)
        if found is None:
            below: set[Node] = set()
            todo = [klass]
            while todo:
                one = todo.pop()
                if one not in below:
                    below.add(one)
                    todo += self.children[one]
            found = frozenset(a for d in below for a in self.ancestry(d))
            self._related[klass] = found
        return found

    def framework_calls(self, klass: Node) -> str:
        """The base outside the project that may call any method of the class, if there is one."""
        for one in self.ancestry(klass):
            for base in self.external.get(one, ()):
                root, last = base.partition(".")[0], base.rpartition(".")[2]
                if base in _BUILTIN or last in _QUIET_BASES or base.startswith("collections.abc"):
                    continue
                if root in ("typing", "typing_extensions", "enum", "abc"):
                    continue
                return base
        return ""

    # --- edges ---------------------------------------------------------------------------

    def need(self, node: Node, other: Node) -> None:
        """Note that `node` may run or read `other`."""
        if node != other:
            self.needs[node].add(other)
            self.needed_by[other].add(node)

    def _link(self) -> None:
        self.mentioned: set[str] = set()
        for path, summary in self.summaries.items():
            for symbol in summary.symbols:
                self.mentioned.update(symbol.attrs)
                self.mentioned.update(symbol.own)
                self.mentioned.update(symbol.words)
                for chain in symbol.names:
                    self.mentioned.update(chain.split("."))
                if symbol.kind == "class":
                    for base in self.direct_bases((path, symbol.name)):
                        self.children[base].append((path, symbol.name))
        self.annotations_matter = any(n in self.mentioned for n in _READ_ANNOTATIONS)
        for path in self.summaries:
            self._link_file(path)
        for path in self.tests:
            if path in self.summaries:
                self._link_tests(path)

    def _link_file(self, path: str) -> None:
        summary = self.summaries[path]
        module = (path, "")
        for above in self.modules.ancestors(path):
            self.need(module, (above, ""))
        for one in summary.imports:
            if one.runs:
                for file in self.imported_files(path, one.level, one.module, one.names):
                    self.need(module, (file, ""))
                self._link_lost(module, path, one)
        introspected = self.annotations_matter or any(
            i.module.partition(".")[0] in _INTROSPECTING for i in summary.imports
        )
        for symbol in summary.symbols:
            self._link_symbol(path, summary, symbol, introspected)

    def _link_lost(self, node: Node, path: str, one: Import) -> None:
        """An import of a name that is gone fails, whether the name is used or not."""
        for file in self.module_files(path, one.level, one.module) if one.names else ():
            for name in one.names:
                found = self.symbols.get(file, {}).get(name)
                if found is not None and found.kind == "gone":
                    self.need(node, (file, name))

    def imported_files(
        self, path: str, level: int, module: str, names: tuple[str, ...]
    ) -> list[str]:
        """Files that run when a file imports this, with the packages around them."""
        found = dict.fromkeys(self.module_files(path, level, module))
        absolute = relative_module(path, level, module)
        for name in names:
            inner = f"{absolute}.{name}" if absolute else name
            files = (
                self.module_files(path, level, f"{module}.{name}" if module else name)
                if level
                else self.modules.resolve(inner, path.rpartition("/")[0])
            )
            found.update(dict.fromkeys(files))
        if not level:
            parts = module.split(".")
            for end in range(1, len(parts)):
                found.update(
                    dict.fromkeys(
                        self.modules.resolve(".".join(parts[:end]), path.rpartition("/")[0])
                    )
                )
        for file in list(found):
            found.update(dict.fromkeys(self.modules.ancestors(file)))
        return [f for f in found if f != path]

    def _link_symbol(self, path: str, summary: Summary, symbol: Symbol, introspected: bool) -> None:
        node = (path, symbol.name)
        chains = list(symbol.names)
        if introspected or [d for d in symbol.decorators if d.partition(".")[0] not in _BUILTIN]:
            chains += symbol.annotations
        for chain in chains:
            self._link_chain(node, path, chain)
            if chain == "__doc__" or chain.endswith("getdoc"):
                self.need(node, DOC)
        for name in symbol.attrs:
            self.need(node, (_ATTRIBUTE, name))
        owner = symbol.name.rpartition(".")[0]
        if symbol.own:
            klass = (path, owner)
            is_class = owner in self.symbols[path] and self.symbols[path][owner].kind == "class"
            for name in symbol.own:
                self.need(
                    node, (f"{_OWN}\0{path}\0{owner}", name) if is_class else (_ATTRIBUTE, name)
                )
            if is_class and "?" in [
                b for c in self.related(klass) for b in self.external.get(c, ())
            ]:
                for name in symbol.own:
                    self.need(node, (_ATTRIBUTE, name))
        for at in symbol.runs:
            one = summary.imports[at]
            for file in self.imported_files(path, one.level, one.module, one.names):
                self.need(node, (file, ""))
            self._link_lost(node, path, one)
        self._link_strings(node, path, symbol)
        if symbol.globals:
            for name in self.symbols[path]:
                self.need(node, (path, name))
        if symbol.kind == "class":
            self._link_class(node, symbol)
        self._link_decorators(node, path, symbol, owner)

    def _link_chain(self, node: Node, path: str, chain: str) -> None:
        nodes, left, ends = self.resolve(path, chain)
        for other in nodes:
            self.need(node, other)
        for name in left:
            self.need(node, (_ATTRIBUTE, name))
        if not nodes and not ends and "." in chain:
            # Outside the project, or a name that only run time can tell.
            root = chain.partition(".")[0]
            if root not in self.summaries[path].aliases:
                for name in chain.split(".")[1:]:
                    self.need(node, (_ATTRIBUTE, name))
        for end in ends:
            if end.symbol is None:
                for file in self.modules.resolve(end.module, path.rpartition("/")[0]):
                    self.need(node, (f"{_VALUE}\0{file}", ""))

    def _link_strings(self, node: Node, path: str, symbol: Symbol) -> None:
        for text in symbol.modules:
            for file in named_modules(text, path, self.modules):
                self.need(node, (file, ""))
                self.need(node, (f"{_VALUE}\0{file}", ""))
                for above in self.modules.ancestors(file):
                    self.need(node, (above, ""))
        for text in symbol.dotted:
            self._link_dotted(node, path, text.replace(":", "."))
        for text in symbol.texts:
            if text.endswith(".py"):
                for file in script_paths(text, self.modules):
                    self.need(node, (file, ""))
        for word in symbol.words:
            if word in self.scripts:
                self._link_dotted(node, path, self.scripts[word].replace(":", "."))

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
                    self.need(node, (f"{_VALUE}\0{file}", ""))
            return

    def _link_class(self, node: Node, symbol: Symbol) -> None:
        path = node[0]
        outside = self.framework_calls(node)
        in_test = path in self.tests
        settings = self.layout.of_folder(path.rpartition("/")[0])
        for base in self.direct_bases(node):
            self.need(node, base)
        registers = outside
        for ancestor in self.ancestry(node):
            if "__init_subclass__" in self.member_names(ancestor):
                # Runs when the class statement does, and may keep the new class.
                self.need((path, ""), (ancestor[0], f"{ancestor[1]}.__init_subclass__"))
                self.need((path, ""), ancestor)
                registers = "__init_subclass__"
        for base in self.direct_bases(node):
            if registers or "__subclasses__" in self.mentioned:
                self.need(base, node)
        for inner, full in self.member_names(node).items():
            member = self.symbols[path][full]
            if member.kind in ("binding", "class") or (
                inner.startswith("_") and inner.endswith("_")
            ):
                self.need(node, (path, full))
            elif in_test and name_fits(inner, settings.python_functions):
                continue
            elif outside or inner in _PROTOCOL or inner not in self.mentioned:
                self.need(node, (path, full))

    def _link_decorators(self, node: Node, path: str, symbol: Symbol, owner: str) -> None:
        if symbol.fixture:
            return
        last = symbol.name.rpartition(".")[2]
        settings = self.layout.of_folder(path.rpartition("/")[0])
        if path in self.tests and name_fits(
            last, (*settings.python_functions, *settings.python_classes)
        ):
            return
        for chain in symbol.decorators:
            root, _, rest = chain.partition(".")
            if chain in _BUILTIN or rest in ("setter", "getter", "deleter"):
                continue
            targets = [
                t for t in self.lookup(path, root) if t.symbol is not None or self._inside(t)
            ]
            aliases = self.summaries[path].aliases.get(root, ())
            if not targets and aliases:
                origin = aliases[0][1].partition(".")[0]
                if origin in _QUIET_DECORATORS or (
                    origin in sys.stdlib_module_names and origin not in _LOUD_STDLIB
                ):
                    continue
            if owner and owner in self.symbols[path]:
                self.need((path, owner), node)
                continue
            holders = [t for t in targets if t.symbol is not None and rest]
            for target in targets:
                if target.symbol is not None and not rest:
                    holders += self._kept_by((target.file, target.symbol))
            for target in holders:
                self.need((target.file, target.symbol or ""), node)
            plain = [t for t in targets if t.symbol is not None]
            if not holders and not (plain and not rest):
                self.need((path, ""), node)

    def _kept_by(self, decorator: Node) -> list[Target]:
        """Where a project's own decorator may keep what it decorates: a registry that it names."""
        symbol = self.symbols[decorator[0]].get(decorator[1])
        if symbol is None or symbol.kind != "function":
            return [Target(*decorator)]
        found = [Target(*decorator)] if _KEEPING & {*symbol.attrs} else []
        for chain in symbol.names:
            for target in self.resolve(decorator[0], chain)[0]:
                kept = self.symbols.get(target[0], {}).get(target[1])
                if kept is not None and kept.kind != "function":
                    found.append(Target(*target))
        return found

    def _inside(self, target: Target) -> bool:
        return bool(self.modules.resolve(target.module, ""))

    def saying(self, name: str) -> list[Node]:
        """Symbols with a string that is this name, but for case, or the beginning or end of it."""
        if self._words is None:
            self._words = defaultdict(list)
            self._parts: list[tuple[str, Node]] = []
            for path, summary in self.summaries.items():
                for symbol in summary.symbols:
                    for word in symbol.words:
                        self._words[word.lower()].append((path, symbol.name))
                        if word[0] == "_" or word[-1] == "_":
                            self._parts.append((word, (path, symbol.name)))
        found = list(self._words.get(name.lower(), ()))
        found += [
            n
            for part, n in self._parts
            if (part[-1] == "_" and name.startswith(part))
            or (part[0] == "_" and name.endswith(part))
        ]
        return found

    _words: dict[str, list[Node]] | None = None

    # --- tests -----------------------------------------------------------------------------

    def _link_tests(self, path: str) -> None:
        summary = self.summaries[path]
        settings = self.layout.of_folder(path.rpartition("/")[0])
        symbols = self.symbols[path]
        if summary.broken:
            self._whole(path, summary.broken)
        if settings.doctest_modules:
            self._whole(path, "its doctests are collected")
            for name in symbols:
                self.need((_TEST, path), (path, name))
        for level, module in summary.stars:
            for file in self.module_files(path, level, module):
                for name in self.symbols.get(file, ()):
                    if name_fits(name, (*settings.python_functions, *settings.python_classes)):
                        self._whole(path, "a star import may bring tests")
                        self.need((_TEST, path), (file, name))
        for name in dict.fromkeys([*symbols, *(a for a in summary.aliases if "@" not in a)]):
            if "." in name or not name:
                continue
            for target in self.lookup(path, name):
                if target.symbol is None or not target.symbol:
                    continue
                found = self.symbols.get(target.file, {}).get(target.symbol)
                if found is None or found.fixture or found.kind == "gone":
                    continue
                self._link_candidate(path, name, (target.file, target.symbol), found)

    def _link_candidate(self, path: str, name: str, node: Node, symbol: Symbol) -> None:
        settings = self.layout.of_folder(path.rpartition("/")[0])
        if symbol.kind == "class":
            if name_fits(name, settings.python_classes) or self._is_case(node):
                self._link_class_tests(path, name, node)
        elif name_fits(name, settings.python_functions):
            if symbol.kind == "function":
                self._test(path, f"{path}::{name}", [node])
            else:
                self._whole(path, f"{name} may be a test made at run time")
                self.need((_TEST, path), node)
        elif symbol.kind == "binding" and name_fits(name, settings.python_classes):
            self._whole(path, f"{name} may be a test class made at run time")
            self.need((_TEST, path), node)

    def _is_case(self, node: Node) -> bool:
        """Whether a class is (or may be) a `unittest.TestCase`."""
        return any(
            "Case" in base.rpartition(".")[2] or base.startswith("unittest") or base == "?"
            for base in self.outside(node)
        )

    def outside(self, klass: Node) -> list[str]:
        """Bases outside the project, of a class and of its ancestors; `?` for an unknown one."""
        return [b for one in self.ancestry(klass) for b in self.external.get(one, ())]

    def _link_class_tests(self, path: str, name: str, node: Node) -> None:
        settings = self.layout.of_folder(path.rpartition("/")[0])
        case = self._is_case(node)
        lineage = self.ancestry(node)
        names = {m for c in lineage for m in self.member_names(c)}
        if not case and names & {"__init__", "__new__"}:
            return
        prefixes = ("test",) if case else settings.python_functions
        outside = case and self._external_case(node)
        if not outside and not any(name_fits(m, (*prefixes, "runTest")) for m in names):
            return
        if names & {"__test__"} or outside:
            self._whole(path, f"{name} has a base that only run time knows")
        for one in lineage:
            for member, full in self.member_names(one).items():
                symbol = self.symbols[one[0]][full]
                if (
                    symbol.kind == "class"
                    and one == node
                    and name_fits(member, settings.python_classes)
                ):
                    self._link_class_tests(path, f"{name}::{member}", (one[0], full))
                elif symbol.kind == "gone" or symbol.fixture:
                    continue
                elif name_fits(member, prefixes) or (case and member == "runTest"):
                    self._test(path, f"{path}::{name}::{member}", [(one[0], full), node])

    def _external_case(self, node: Node) -> bool:
        """Whether tests may be inherited from a class outside the project."""
        known = ("unittest", "django.test", "asynctest")
        return any(
            base == "?"
            or not (
                base.startswith(known)
                or base in _BUILTIN
                or base.rpartition(".")[2] in _QUIET_BASES
            )
            for base in self.outside(node)
        )

    def _whole(self, path: str, why: str) -> None:
        """Keep a test that stands for the whole file, because it holds tests without a known name."""
        self.whole.setdefault(path, why)
        if (_TEST, path) not in self.test_nodes:
            self.test_nodes[(_TEST, path)] = path
            self._serve((_TEST, path), path, [])

    def _test(self, path: str, nodeid: str, nodes: list[Node]) -> None:
        test = (_TEST, nodeid)
        if test not in self.test_nodes:
            self.test_nodes[test] = path
            self._serve(test, path, nodes)
        for node in nodes:
            self.need(test, node)

    def scope(self, path: str) -> list[str]:
        """Files whose fixtures and hooks a test file sees: itself, its conftests, plugins."""
        found = self._scopes.get(path)
        if found is None:
            own = [path, *conftests(path, self.modules.paths | self._gone)]
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

    _gone: frozenset[str] = frozenset()

    @property
    def _scopes(self) -> dict[str, list[str]]:
        return self.__dict__.setdefault("_scope_cache", {})  # type: ignore[no-any-return]

    @property
    def plugins(self) -> list[str]:
        """Files of plugins that configuration, or any conftest, loads for all tests."""
        found: dict[str, None] | None = self.__dict__.get("_plugin_cache")
        if found is None:
            found = {}
            names = [(p, "") for p in self.scripts.get("\0plugins", "").split()]
            names += [(p, s.folder) for s in self.layout.found.values() for p in s.plugins]
            for path, summary in self.summaries.items():
                if path.rpartition("/")[2] == "conftest.py":
                    names += [(p, path.rpartition("/")[0]) for p in summary.plugins]
            for name, folder in names:
                found.update(dict.fromkeys(self.modules.resolve(name, folder)))
            self.__dict__["_plugin_cache"] = found
        return list(found)

    def _serve(self, test: Node, path: str, nodes: list[Node]) -> None:
        """Edges from a test to what pytest runs around it: modules, hooks, fixtures."""
        for file in self.scope(path):
            self.need(test, (file, ""))
        for node in self._around(path):
            self.need(test, node)
        wanted: dict[str, None] = {}
        for node in nodes:
            symbol = self.symbols[node[0]][node[1]]
            wanted.update(dict.fromkeys((*symbol.params, *symbol.words)))
        settings = self.layout.of_folder(path.rpartition("/")[0])
        wanted.update(dict.fromkeys(settings.usefixtures))
        module = self.symbols[path].get("pytestmark")
        if module is not None:
            wanted.update(dict.fromkeys(module.words))
        owner = nodes[-1] if nodes else None
        if owner is not None:
            for klass in (
                self.ancestry(owner) if self.symbols[owner[0]][owner[1]].kind == "class" else ()
            ):
                wanted.update(dict.fromkeys(self.symbols[klass[0]][klass[1]].words))
                mark = self.symbols[klass[0]].get(f"{klass[1]}.pytestmark")
                wanted.update(dict.fromkeys(mark.words if mark else ()))
                for inner, full in self.member_names(klass).items():
                    member = self.symbols[klass[0]][full]
                    if inner in _XUNIT or member.fixture:
                        if not member.fixture or member.autouse or member.fixture in wanted:
                            self.need(test, (klass[0], full))
                        if member.fixture and (member.autouse or member.fixture in wanted):
                            wanted.update(dict.fromkeys((*member.params, *member.words)))
        for node in self.fixtures(path, wanted):
            self.need(test, node)

    def _around(self, path: str) -> list[Node]:
        """Hooks, xunit functions and autouse fixtures that serve every test of a file."""
        cache: dict[str, list[Node]] = self.__dict__.setdefault("_around_cache", {})
        if path in cache:
            return cache[path]
        found: list[Node] = []
        wanted: dict[str, None] = {}
        for file in self.scope(path):
            for name, symbol in self.symbols.get(file, {}).items():
                if name.startswith("pytest_") or (file == path and name in _XUNIT):
                    found.append((file, name))
                    wanted.update(dict.fromkeys(symbol.words))
            for owner in self._fixture_files(file):
                for name, symbol in self.symbols[owner].items():
                    if symbol.autouse and (file == path or "." not in name):
                        wanted[symbol.fixture] = None
                        found.append((owner, name))
                        wanted.update(dict.fromkeys((*symbol.params, *symbol.words)))
        found += self.fixtures(path, wanted)
        cache[path] = found
        return found

    def _fixture_files(self, file: str) -> list[str]:
        """A file and those whose names it takes over by star imports."""
        found = {file: None} if file in self.symbols else {}
        todo = list(found)
        while todo:
            one = todo.pop()
            for level, module in self.summaries[one].stars:
                for source in self.module_files(one, level, module):
                    if source not in found and source in self.symbols:
                        found[source] = None
                        todo.append(source)
        return list(found)

    def fixtures(self, path: str, wanted: Iterable[str]) -> list[Node]:
        """Fixtures of these names that a test file sees, with those that they ask for."""
        names = self._visible(path)
        found: dict[Node, None] = {}
        todo = [w for w in wanted if w in names]
        seen = set(todo)
        while todo:
            for node in names[todo.pop()]:
                if node in found:
                    continue
                found[node] = None
                symbol = self.symbols[node[0]].get(node[1])
                for other in (*symbol.params, *symbol.words) if symbol else ():
                    if other in names and other not in seen:
                        seen.add(other)
                        todo.append(other)
        return list(found)

    def _visible(self, path: str) -> dict[str, list[Node]]:
        """All fixtures by name that tests in a file see; overridden ones too."""
        cache: dict[str, dict[str, list[Node]]] = self.__dict__.setdefault("_visible_cache", {})
        found = cache.get(path)
        if found is None:
            found = cache[path] = {}
            for file in self.scope(path):
                for owner in self._fixture_files(file):
                    for name, symbol in self.symbols[owner].items():
                        if symbol.fixture:
                            found.setdefault(symbol.fixture, []).append((owner, name))
                        elif symbol.kind == "gone" or (owner, name) in self.changed:
                            # It may have been a fixture before.
                            found.setdefault(name.rpartition(".")[2], []).append((owner, name))
                    for alias in self.summaries[owner].aliases:
                        for target in self.lookup(owner, alias):
                            other = self.symbols.get(target.file, {}).get(target.symbol or "\0")
                            if other is not None and other.fixture and target.symbol:
                                node = (target.file, target.symbol)
                                for name in {alias, other.fixture}:
                                    found.setdefault(name, []).append(node)
        return found


# --- reaching -------------------------------------------------------------------------------


class Reach(NamedTuple):
    """Tests (as bits of the numbers in `order`) that reach each node of a slice."""

    order: list[Node]
    bits: dict[Node, int]
    toward: dict[Node, Node]

    def tests(self, nodes: Iterable[Node]) -> int:
        """The tests that reach any of `nodes`."""
        found = 0
        for node in nodes:
            found |= self.bits.get(node, 0)
        return found

    def names(self, bits: int) -> list[Node]:
        """The tests behind bits."""
        return [test for at, test in enumerate(self.order) if bits >> at & 1]


def reach(graph: Graph, starts: Iterable[Node]) -> Reach:
    """Walk back from `starts` to the tests, then forward again to keep only real ways.

    A method is reached by the tests that reach both its class and a mention of its
    name: the rapid type analysis of Bacon and Sweeney, once per test.
    """
    own: dict[str, list[Node]] = defaultdict(list)
    patterns: list[Node] = []
    any_name = (_ATTRIBUTE, "*")
    for node in list(graph.needed_by):
        mark, name = node
        if mark.startswith(_OWN + "\0"):
            own[name].append(node)
            if "*" in name:
                patterns.append(node)
        elif mark == _ATTRIBUTE and "*" in name and node != any_name:
            patterns.append(node)
    slice_: set[Node] = set()
    toward: dict[Node, Node] = {}
    triggers: dict[Node, list[Node]] = {}
    holder: dict[Node, Node] = {}
    named: dict[Node, list[Node]] = {}
    todo = deque(sorted(starts))
    slice_.update(todo)
    while todo:
        node = todo.popleft()
        before = set(graph.needed_by.get(node, ()))
        path, name = node
        if path in graph.symbols and name:
            owner, _, member = name.rpartition(".")
            klass = (path, owner) if owner else (f"{_VALUE}\0{path}", "")
            if not owner or (
                owner in graph.symbols[path] and graph.symbols[path][owner].kind == "class"
            ):
                ways = [(_ATTRIBUTE, member)]
                if owner:
                    ways += [o for o in own.get(member, ()) if klass in graph.related(_owner(o))]
                for pattern in patterns:
                    if fnmatchcase(member, pattern[1]) and (
                        pattern[0] == _ATTRIBUTE
                        or (owner and klass in graph.related(_owner(pattern)))
                    ):
                        ways.append(pattern)
                if any_name in graph.needed_by:
                    # getattr with a name that only run time knows: one of the strings
                    # that the test reaches too.
                    named[node] = graph.saying(member)
                    before.update(named[node])
                    before.add(any_name)
                triggers[node] = ways
                holder[node] = klass
                before.update(ways)
                before.add(klass)
        # In order, so that the way shown does not depend on the hash seed.
        for other in sorted(before - slice_):
            slice_.add(other)
            toward[other] = node
            todo.append(other)
    return _forward(graph, slice_, _Members(triggers, holder, named), toward)


def runs_at_import(graph: Graph) -> frozenset[Node]:
    """Functions that probably run while the test files are imported.

    An error in one of these stops pytest before any test runs. Only what is called
    there and then counts, not what is merely passed on, so this is a narrower view than
    `Graph`: it decides about the tests that do not depend on such a function.
    """
    modules: set[Node] = set()
    todo = [(f, "") for t in graph.tests for f in graph.scope(t)]
    while todo:
        module = todo.pop()
        if module not in modules:
            modules.add(module)
            todo += [n for n in graph.needs.get(module, ()) if not n[1] and n[0] in graph.symbols]
    found: set[Node] = set()
    made: set[Node] = set()
    touched: set[str] = set()
    waiting: dict[str, set[Node]] = defaultdict(set)
    queue = list(modules)
    while queue:
        node = queue.pop()
        if node in found:
            continue
        found.add(node)
        path, name = node
        symbol = graph.symbols[path].get(name)
        if symbol is None or symbol.coroutine:
            found.discard(node)
            continue
        for chain in symbol.calls:
            for end in graph.resolve(path, chain)[2]:
                other = (end.file, end.symbol or "")
                kind = graph.symbols.get(end.file, {}).get(end.symbol or "\0")
                if kind is None:
                    continue
                if kind.kind == "function":
                    queue.append(other)
                elif kind.kind == "class":
                    queue += _construct(graph, other, made, waiting, touched)
        for name in symbol.touches:
            if name not in touched:
                touched.add(name)
                queue += waiting[name]
    return frozenset(found)


_NOT_AT_IMPORT = {"__call__", "__repr__", "__str__", "__await__", "__aenter__", "__aexit__", "__del__",
                  "__aiter__", "__anext__", "__exit__", "__next__", "__iter__"}  # fmt: skip


def _construct(
    graph: Graph, klass: Node, made: set[Node], waiting: dict[str, set[Node]], touched: set[str]
) -> list[Node]:
    """What runs when a class is instantiated; notes its methods under the names that run them."""
    if klass in made:
        return []
    made.add(klass)
    found = []
    for one in graph.ancestry(klass):
        for name, full in graph.member_names(one).items():
            node = (one[0], full)
            if graph.symbols[one[0]][full].kind != "function":
                continue
            if name.startswith("__") and name not in _NOT_AT_IMPORT:
                found.append(node)
            else:
                waiting[name].add(node)
                if name in touched:
                    found.append(node)
    return found


def _owner(own: Node) -> Node:
    _, path, klass = own[0].split("\0")
    return (path, klass)


class _Members(NamedTuple):
    """Of each method in a slice: what mentions its name, its class, and who says its name."""

    triggers: dict[Node, list[Node]]
    holder: dict[Node, Node]
    named: dict[Node, list[Node]]


def _forward(graph: Graph, slice_: set[Node], members: _Members, toward: dict[Node, Node]) -> Reach:
    triggers, holder, named = members
    any_name = (_ATTRIBUTE, "*")
    order = sorted(n for n in slice_ if n in graph.test_nodes)
    bits: dict[Node, int] = dict.fromkeys(slice_, 0)
    waits: dict[Node, list[Node]] = defaultdict(list)
    for member, ways in triggers.items():
        for other in (*ways, holder[member]):
            waits[other].append(member)
        for other in (any_name, *named[member]) if member in named else ():
            waits[other].append(member)
    inner = {n: [o for o in graph.needs.get(n, ()) if o in bits] for n in slice_}
    todo = deque(order)
    for at, test in enumerate(order):
        bits[test] = 1 << at
    queued = set(order)
    while todo:
        node = todo.popleft()
        queued.discard(node)
        have = bits[node]
        for other in inner[node]:
            if have & ~bits[other]:
                bits[other] |= have
                if other not in queued:
                    queued.add(other)
                    todo.append(other)
        for member in waits.get(node, ()):
            said = 0
            for way in triggers[member]:
                said |= bits[way]
            if member in named and (dynamic := bits[any_name]):
                words = 0
                for way in named[member]:
                    words |= bits[way]
                said |= words & dynamic
            new = said & bits[holder[member]]
            if new & ~bits[member]:
                bits[member] |= new
                if member not in queued:
                    queued.add(member)
                    todo.append(member)
    return Reach(order, bits, toward)


def say(node: Node) -> str:
    """A node for the user: `file:symbol`, `.attribute`; empty for a step that says nothing."""
    mark, name = node
    if mark == _ATTRIBUTE or mark.startswith(_OWN + "\0"):
        return f".{name}"
    if mark.startswith(_VALUE + "\0"):
        return ""
    return f"{mark}:{name}" if name else f"import of {mark}"
