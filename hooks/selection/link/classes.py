"""The classes of a project: members, bases, subclasses, and chains of attributes through them."""

from __future__ import annotations

import builtins
from collections import defaultdict
from fnmatch import fnmatchcase

from ..parse.summary import DefinitionKind, ImportedName
from .names import NAMED, Names
from .nodes import Node, Target, closure

BUILTIN = frozenset(dir(builtins))
QUIET_BASES = {"object", "Protocol", "Generic", "ABC", "Enum", "IntEnum", "StrEnum", "Flag", "IntFlag",
                "NamedTuple", "TypedDict", "type", "ABCMeta"}  # fmt: skip
_LOUD_PROTOCOLS = {"asyncio", "twisted", "autobahn", "uvloop", "anyio", "gevent", "trollius"}


def is_quiet(base: str) -> bool:
    """Whether a base outside the project calls no method of the class on its own account."""
    root, last = base.partition(".")[0], base.rpartition(".")[2]
    # `asyncio.Protocol` and that of twisted are others than that of `typing`.
    return last in QUIET_BASES and not (last == "Protocol" and root in _LOUD_PROTOCOLS)


class Classes:
    """Follows chains of names, and knows the class hierarchy that they need."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.symbols = names.symbols
        self.members: dict[Node, dict[str, str]] = {}
        self.bases: dict[Node, list[Node]] = {}
        self.external: dict[Node, list[str]] = {}
        self.children: dict[Node, list[Node]] = defaultdict(list)
        self._seen: dict[Node, frozenset[str]] = {}
        self._related: dict[Node, tuple[frozenset[Node], frozenset[str]]] = {}

    def resolve(self, file: str, chain: str) -> tuple[set[Node], list[str], list[Target]]:
        """Symbols that a chain `a.b.c` passes, attributes left over, and where it ends."""
        root, *rest = chain.split(".")
        nodes: set[Node] = set()
        left: list[str] = []
        here = list(self.names.lookup(file, root))
        if (file, root) in self.names.gone:
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
            files = self.names.modules.resolve(target.module, file.rpartition("/")[0])
            for source in files:
                if "*" in name:
                    found += [
                        Target(source, s) for s in self.symbols[source] if fnmatchcase(s, name)
                    ]
                else:
                    if (source, name) in self.names.gone:
                        nodes.add((source, name))
                    found += self.names.lookup(source, name)
            submodule = f"{target.module}.{name}"
            folder = file.rpartition("/")[0]
            if self.names.modules.resolve(submodule, folder) or self.names.modules.is_folder(
                submodule
            ):
                found.append(Target("", None, submodule))
            if not found and files:
                return []
            return found
        symbol = self.symbols.get(target.file, target.symbol)
        if symbol is None or symbol.kind is not DefinitionKind.CLASS:
            return None
        owner = (target.file, target.symbol)
        hits = [
            Target(c[0], f"{c[1]}.{m}")
            for c in self.ancestry(owner)
            for m in self.member_names(c)
            if m == name or ("*" in name and fnmatchcase(m, name))
        ]
        return hits or None

    def member_names(self, klass: Node) -> dict[str, str]:
        """Names of the methods and attributes that a class body defines."""
        found = self.members.get(klass)
        if found is None:
            found = self.members[klass] = self.symbols.members(klass)
        else:
            self.symbols.trail.add(f"{klass[0]}{NAMED}{klass[1]}.")
        return found

    def direct_bases(self, klass: Node) -> list[Node]:
        """Base classes inside the project; notes the others in `external`."""
        found = self.bases.get(klass)
        if found is not None:
            self.symbols.trail.update(self._seen.get(klass, (f"{klass[0]}{NAMED}{klass[1]}",)))
            return found
        self.bases[klass] = []
        (self.bases[klass], self.external[klass]), self._seen[klass] = self.names.noted(
            lambda: self._bases(klass)
        )
        return self.bases[klass]

    def _bases(self, klass: Node) -> tuple[list[Node], list[str]]:
        inside: list[Node] = []
        outside: list[str] = []
        symbol = self.symbols.get(*klass)
        if symbol and symbol.header.computed_base:
            outside.append("?")
        if symbol and symbol.header.class_arguments:
            outside.append("?=")
        for chain in symbol.header.bases if symbol else ():
            _, left, ends = self.resolve(klass[0], chain)
            classes = [
                (t.file, t.symbol)
                for t in ends
                if t.symbol is not None
                and (s := self.symbols.get(t.file, t.symbol))
                and s.kind is DefinitionKind.CLASS
                and (t.file, t.symbol) != klass
            ]
            inside += classes
            if not classes or left:
                known = not ends and not left
                root = chain.partition(".")[0]
                aliases = self.names.summaries[klass[0]].aliases.get(root, ())
                outside.append(self._origin(chain, aliases) if known else "?")
        return list(dict.fromkeys(inside)), outside

    @staticmethod
    def _origin(chain: str, aliases: tuple[ImportedName, ...]) -> str:
        """A dotted name of something outside the project."""
        rest = chain.partition(".")[2]
        if not aliases:
            return chain
        return ".".join(p for p in (aliases[0].module, aliases[0].name, rest) if p)

    def ancestry(self, klass: Node) -> list[Node]:
        """The class and all its project ancestors, nearest first."""
        return closure(klass, self.direct_bases)

    def related(self, klass: Node) -> frozenset[Node]:
        """Classes whose methods `self.x` may mean in a method of `klass`."""
        found = self._related.get(klass)
        if found is None:
            found = self._related[klass] = self.names.noted(lambda: self._relatives(klass))
        else:
            self.symbols.trail |= found[1]
        return found[0]

    def _relatives(self, klass: Node) -> frozenset[Node]:
        below = closure(klass, self.children.__getitem__)
        return frozenset(a for d in below for a in self.ancestry(d))

    def framework_calls(self, klass: Node) -> str:
        """The base outside the project that may call any method of the class, if there is one."""
        for one in self.ancestry(klass):
            for base in self.external.get(one, ()):
                root = base.partition(".")[0]
                if base in BUILTIN or is_quiet(base) or base.startswith("collections.abc"):
                    continue
                if root in ("typing", "typing_extensions", "enum", "abc"):
                    continue
                return base
        return ""

    def outside(self, klass: Node) -> list[str]:
        """Bases outside the project, of a class and of its ancestors; `?` for an unknown one.

        `?=` is a metaclass or another argument of the class statement.
        """
        return [b for one in self.ancestry(klass) for b in self.external.get(one, ())]
