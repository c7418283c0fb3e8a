"""The classes of a project: members, bases, subclasses, and chains of attributes through them."""

from __future__ import annotations

import builtins
import sys
from collections import defaultdict
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import NamedTuple

from gardener.model import Symbol

from ..parse.summary import DefinitionKind
from .facts import Fact, members_of, name_in
from .names import Names
from .nodes import ImportedModule, Target, reachable

BUILTIN = frozenset(dir(builtins))
QUIET_BASES = {"object", "Protocol", "Generic", "ABC", "Enum", "IntEnum", "StrEnum", "Flag", "IntFlag",
                "NamedTuple", "TypedDict", "type", "ABCMeta"}  # fmt: skip
_LOUD_PROTOCOLS = {"asyncio", "twisted", "autobahn", "uvloop", "anyio", "gevent", "trollius"}
_QUIET_MODULES = ("typing", "typing_extensions", "enum", "abc")
_FORGETFUL = (*sys.stdlib_module_names, "asynctest")
"""Modules of which no class keeps its subclasses, but for what all classes do."""
UNKNOWN_BASE = "?"
"""What stands for a base that only run time knows among those outside the project."""
CLASS_ARGUMENTS = "?="
"""What stands there for a metaclass or another argument of the class statement."""


def is_quiet(base: str) -> bool:
    """Whether a base outside the project calls no method of the class on its own account."""
    root, last = base.partition(".")[0], base.rpartition(".")[2]
    # `asyncio.Protocol` and that of twisted are not that of `typing`.
    return last in QUIET_BASES and not (last == "Protocol" and root in _LOUD_PROTOCOLS)


class Resolution(NamedTuple):
    """What a chain `a.b.c` means in a file.

    `symbols` are all that it passes, `targets` where it ends, and `unresolved` the
    attributes in it that only the type of a value at run time could tell.
    """

    symbols: set[Symbol]
    unresolved: list[str]
    targets: list[Target]


class Bases(NamedTuple):
    """The bases of a class inside the project, and the dotted names of the others."""

    inside: list[Symbol]
    outside: list[str]


class Classes:
    """Follows chains of names, and knows the class hierarchy that they need."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.definitions = names.definitions
        self.subclasses: dict[Symbol, list[Symbol]] = defaultdict(list)
        self._members: dict[Symbol, dict[str, str]] = {}
        self._bases: dict[Symbol, Bases] = {}
        self._base_facts: dict[Symbol, frozenset[Fact]] = {}
        self._related: dict[Symbol, tuple[frozenset[Symbol], frozenset[Fact]]] = {}

    def resolve(self, file: str, chain: str) -> Resolution:
        """What a chain `a.b.c` means in a file."""
        root, *attributes = chain.split(".")
        symbols: set[Symbol] = set()
        unresolved: list[str] = []
        targets = list(self.names.lookup(file, root))
        if (file, root) in self.names.gone:
            symbols.add(Symbol(file, root))
        for depth, name in enumerate(attributes):
            if not targets:
                break
            inner: list[Target] = []
            for target in targets:
                if isinstance(target, Symbol):
                    symbols.add(target)
                meanings = self._attribute(file, target, name, symbols)
                if meanings is None:
                    unresolved += attributes[depth:]
                else:
                    inner += meanings
            targets = list(dict.fromkeys(inner)) if len(inner) > 1 else inner
        for target in targets:
            if isinstance(target, Symbol):
                symbols.add(target)
        return Resolution(symbols, unresolved, targets)

    def _attribute(
        self, file: str, target: Target, name: str, symbols: set[Symbol]
    ) -> list[Target] | None:
        """What `target.name` means; None when only its run-time type could tell.

        A name that the module defined before, and does no more, is added to `symbols`.
        """
        if isinstance(target, ImportedModule):
            return self._of_module(file, target, name, symbols)
        if self.definitions.kind(target) is not DefinitionKind.CLASS:
            return None
        members: list[Target] = [
            Symbol(klass.file, f"{klass.qualname}.{member}")
            for klass in self.ancestry(target)
            for member in self.member_names(klass)
            if member == name or ("*" in name and fnmatchcase(member, name))
        ]
        return members or None

    def _of_module(
        self, file: str, module: ImportedModule, name: str, symbols: set[Symbol]
    ) -> list[Target]:
        """What `module.name` means in `file`."""
        modules = self.names.modules
        folder = file.rpartition("/")[0]
        targets: list[Target] = []
        for source in modules.resolve(module.name, folder):
            if "*" in name:
                names = self.definitions[source]
                targets += [Symbol(source, n) for n in names if fnmatchcase(n, name)]
                continue
            if (source, name) in self.names.gone:
                symbols.add(Symbol(source, name))
            targets += self.names.lookup(source, name)
        submodule = f"{module.name}.{name}"
        if modules.resolve(submodule, folder) or modules.is_folder(submodule):
            targets.append(ImportedModule(submodule))
        return targets

    def member_names(self, klass: Symbol) -> dict[str, str]:
        """Names of the methods and attributes that a class body defines, with qualified names."""
        members = self._members.get(klass)
        if members is None:
            members = self._members[klass] = self.definitions.members(klass)
        else:
            self.definitions.facts.add(members_of(klass))
        return members

    def direct_bases(self, klass: Symbol) -> list[Symbol]:
        """Base classes inside the project."""
        return self._direct(klass).inside

    def external_bases(self, klass: Symbol) -> list[str]:
        """Bases outside the project; `?` for an unknown one."""
        return self._bases[klass].outside if klass in self._bases else []

    def is_uncertain(self, klass: Symbol) -> bool:
        """Whether a class has a base that only run time knows."""
        bases = self._bases.get(klass)
        return bases is not None and UNKNOWN_BASE in bases.outside

    def _direct(self, klass: Symbol) -> Bases:
        cached = self._bases.get(klass)
        if cached is not None:
            if klass in self._base_facts:
                self.definitions.facts |= self._base_facts[klass]
            else:
                self.definitions.facts.add(name_in(*klass))
            return cached
        self._bases[klass] = Bases([], [])  # while it is looked up: classes in a circle
        bases, self._base_facts[klass] = self.names.recorded(lambda: self._find_bases(klass))
        self._bases[klass] = bases
        return bases

    def _find_bases(self, klass: Symbol) -> Bases:
        inside: list[Symbol] = []
        outside: list[str] = []
        definition = self.definitions.get(*klass)
        if definition and definition.header.computed_base:
            outside.append(UNKNOWN_BASE)
        if definition and definition.header.class_arguments:
            outside.append(CLASS_ARGUMENTS)
        for chain in definition.header.bases if definition else ():
            _, unresolved, targets = self.resolve(klass.file, chain)
            classes = [
                target
                for target in targets
                if isinstance(target, Symbol)
                and self.definitions.kind(target) is DefinitionKind.CLASS
                and target != klass
            ]
            inside += classes
            if targets or unresolved:
                if unresolved or not classes:
                    outside.append(UNKNOWN_BASE)
            else:
                outside.append(self._origin(klass.file, chain))
        return Bases(list(dict.fromkeys(inside)), outside)

    def _origin(self, file: str, chain: str) -> str:
        """The dotted name, where it was imported from, of something outside the project."""
        root, _, rest = chain.partition(".")
        aliases = self.names.summaries[file].aliases.get(root, ())
        if not aliases:
            return chain
        return ".".join(part for part in (aliases[0].module, aliases[0].name, rest) if part)

    def ancestry(self, klass: Symbol) -> list[Symbol]:
        """The class and all its project ancestors, nearest first."""
        return reachable(klass, self.direct_bases)

    def related(self, klass: Symbol) -> frozenset[Symbol]:
        """Classes whose methods `self.x` may mean in a method of `klass`."""
        cached = self._related.get(klass)
        if cached is None:
            cached = self._related[klass] = self.names.recorded(lambda: self._relatives(klass))
        else:
            self.definitions.facts |= cached[1]
        return cached[0]

    def _relatives(self, klass: Symbol) -> frozenset[Symbol]:
        descendants = reachable(klass, self.subclasses.__getitem__)
        return frozenset(a for d in descendants for a in self.ancestry(d))

    def framework_calls(self, klass: Symbol) -> str:
        """The base outside the project that may call any method of the class, if there is one."""
        return next(self._loud(klass), "")

    def may_be_kept(self, klass: Symbol) -> bool:
        """Whether a base outside the project may keep its subclasses, as models of Django do."""
        return any(
            base.partition(".")[0] not in _FORGETFUL and not base.startswith("django.test.")
            for base in self._loud(klass)
        )

    def _loud(self, klass: Symbol) -> Iterator[str]:
        """The bases outside the project that may do something with the class on their own account."""
        for base in self.outside(klass):
            if base in BUILTIN or is_quiet(base) or base.startswith("collections.abc"):
                continue
            if base.partition(".")[0] not in _QUIET_MODULES:
                yield base

    def outside(self, klass: Symbol) -> Iterator[str]:
        """Bases outside the project, of a class and of its ancestors.

        Among them are `UNKNOWN_BASE` and `CLASS_ARGUMENTS`.
        """
        for ancestor in self.ancestry(klass):
            yield from self.external_bases(ancestor)
