"""What of a project uses the API of a focus, or is a part of it: symbol by symbol."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from functools import cache
from typing import NamedTuple

from msgspec.structs import replace

from gardener.config import Focus
from gardener.model import Symbol

from .link.imports import relative_module
from .link.names import Names
from .parse.summary import Attributes, Definition, ImportedName

_MOST_REEXPORTS = 8
"""How many modules that only pass a name on are followed."""
_CONNECTING = ("", "connect", "session")
"""What may follow a word of the focus in the name of a method that connects."""
_ALTERNATIVES = ("Union", "HTTPConnection")
"""Words in annotations that say: this function takes other things as well."""


class Api:
    """Knows which symbols use the API of a focus when they run."""

    def __init__(self, focus: Focus, names: Names) -> None:
        self._focus = focus
        self._names = names
        self._patterns = [re.compile(pattern) for pattern in focus.names]
        self._own = tuple(_own(focus, names))
        self._origins: dict[tuple[str, str], str] = {}
        self._is_named: dict[str, bool] = {}

    def is_named(self, name: str) -> bool:
        """Whether a name is one of the focus."""
        answer = self._is_named.get(name)
        if answer is None:
            answer = self._is_named[name] = any(p.search(name) for p in self._patterns)
        return answer

    def word_in(self, definition: Definition, besides: AbstractSet[str] = frozenset()) -> str:
        """A name of the focus that a definition uses, not one of `besides`; empty if there is none."""
        words = (word for word in words_of(definition) if word not in besides)
        return next(filter(self.is_named, words), "")

    def module_in(self, path: str, definition: Definition) -> str:
        """A module with a name of the focus of which a definition uses something; else empty."""
        summary = self._names.summaries.get(path)
        roots = (chain.partition(".")[0] for chain in definition.names) if summary else ()
        modules = (o.module for r in roots if summary for o in summary.aliases.get(r, ()))
        return next(filter(self.is_named, modules), "")

    def called_in(self, definition: Definition, besides: AbstractSet[str] = frozenset()) -> str:
        """The method by which a helper of tests connects: `client.websocket_connect(...)`.

        Words of the focus alone say little there: a helper may make the URLs of all services.
        Names of `besides` do not count.
        """
        methods = (chain.rpartition(".")[2] for chain in definition.names if "." in chain)
        names = (*definition.attributes.names, *methods)
        return next((n for n in names if n not in besides and self._is_connecting(n)), "")

    def _is_connecting(self, name: str) -> bool:
        rests = (re.sub(p, "", name) for p in self._patterns if p.search(name))
        return any(rest.strip("_") in _CONNECTING for rest in rests)

    def named_by(self, path: str, definition: Definition) -> str:
        """The import of the focus that a definition names; empty if it names none."""
        named = (self._origin(path, chain) for chain in definition.names)
        return next(filter(None, named), "") or self._chosen_by(definition)

    def _chosen_by(self, definition: Definition) -> str:
        """The module of the focus that a definition gives by name for it: `Config(ws="wsproto")`."""
        words = definition.strings.identifiers
        # A word of the focus says nothing as a value: `{"websocket": url}` chooses no module.
        modules = (w for w in words if w in self._focus.imports and not self.is_named(w))
        is_meant = any(map(self.is_named, words))
        return next(modules, "") if is_meant else ""

    def is_own(self, symbol: Symbol) -> bool:
        """Whether a symbol is a part of the API, which then lies in the project itself."""
        return any(
            symbol.file.startswith(own.path)
            and (not own.name or f"{symbol.qualname}.".startswith(f"{own.name}."))
            for own in self._own
        )

    def used_by(self, path: str, definition: Definition) -> str:
        """The import of the focus that a function of the project uses when it runs.

        Not one that it only compares a value with, passes on, or takes as one of several things.
        What lies in the project is found where it runs itself.
        """
        for chain in definition.names:
            last = chain.rpartition(".")[2]
            # What is only passed on does not run; a coroutine's own calls are not told apart.
            runs = definition.is_coroutine or chain in definition.direct.calls
            if runs or not last[:1].isupper():
                spec = self._foreign(path, chain)
                if spec:
                    return spec
        return self.taken_by(path, definition) if definition.name else ""

    def taken_by(self, path: str, definition: Definition) -> str:
        """The import of the focus that one of a function's parameters is."""
        annotations = definition.header.annotations
        if any(annotation.endswith(_ALTERNATIVES) for annotation in annotations):
            return ""
        return next(filter(None, (self._foreign(path, a) for a in annotations)), "")

    def held_by(self, path: str, field: Definition) -> str:
        """The import of the focus that is the type of a field."""
        return next(filter(None, (self._foreign(path, chain) for chain in field.names)), "")

    def _foreign(self, path: str, chain: str) -> str:
        spec = self._origin(path, chain)
        module = spec.partition(":")[0]
        return "" if spec and self._names.modules.resolve(module, "") else spec

    def _origin(self, path: str, chain: str) -> str:
        """The import of the focus at which a chain of names begins, also through other modules."""
        root, _, rest = chain.partition(".")
        key = (path, f"{root}.{rest.partition('.')[0]}")
        if key not in self._origins:
            self._origins[key] = self._find(path, root, rest.partition(".")[0], _MOST_REEXPORTS)
        return self._origins[key]

    def _find(self, path: str, root: str, following: str, hops: int) -> str:
        summary = self._names.summaries.get(path)
        for origin in summary.aliases.get(root, ()) if summary and hops else ():
            spec = self._spec(path, origin, following)
            for source in [] if spec else self._sources(path, origin):
                name, after = (origin.name, following) if origin.name else (following, "")
                spec = spec or (name and self._find(source, name, after, hops - 1))
            if spec:
                return spec
        return ""

    def _spec(self, path: str, origin: ImportedName, following: str) -> str:
        """The import of the focus that an imported name is, if it is one."""
        module = relative_module(path, origin.level, origin.module)
        imported = f"{module}:{origin.name or following}".rstrip(":")
        return next((s for s in self._focus.imports if names_import(imported, s)), "")

    def _sources(self, path: str, origin: ImportedName) -> tuple[str, ...]:
        files = self._names.module_files(path, origin.level, origin.module)
        return tuple(file for file in files if file != path)


class _Own(NamedTuple):
    """Symbols of the project that the API consists of: `path` and `name` are beginnings."""

    path: str
    name: str


def _own(focus: Focus, names: Names) -> Iterator[_Own]:
    for spec in focus.imports:
        module, _, name = spec.partition(":")
        for path in names.modules.resolve(module, ""):
            is_package = path.endswith("/__init__.py") and not name
            yield _Own(path.removesuffix("__init__.py") if is_package else path, name)


def own_part(definition: Definition) -> Definition:
    """What a function does itself, without the functions in it: a handler does not run with it.

    Of a coroutine that is not told apart.
    """
    if definition.is_coroutine:
        return definition
    direct = definition.direct
    attributes = Attributes(direct.attributes, direct.on_self, definition.attributes.assigned)
    names = (*direct.calls, *direct.imported)
    return replace(definition, names=names, attributes=attributes)


def words_of(definition: Definition) -> Iterator[str]:
    """The names that a definition uses, one by one."""
    attributes = definition.attributes
    for chain in (
        *definition.names,
        *attributes.names,
        *attributes.on_self,
        *attributes.assigned,
        *definition.header.parameters,
    ):
        yield from chain.split(".")


@cache
def names_import(imported: str, spec: str) -> bool:
    """Whether an imported name is what `spec` says: that module, one below it, or a name in it."""
    module, _, name = spec.partition(":")
    if name:
        return imported in (spec, f"{module}.{name}")
    return imported == module or imported.startswith((module + ".", module + ":"))
