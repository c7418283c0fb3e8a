"""Edges for decorators: who may run what they decorate, though no code names it."""

from __future__ import annotations

import sys

from gardener.model import Symbol
from gardener.pytest_config.settings import name_fits

from ..parse.summary import Definition, DefinitionKind
from .classes import BUILTIN
from .context import Context
from .facts import Aspect
from .nodes import Target

_QUIET_LIBRARIES = {"pytest", "pytest_asyncio", "attr", "attrs", "typing_extensions", "deprecated", "hypothesis",
                     "mock", "responses", "respx", "freezegun", "time_machine", "cachetools", "tenacity",
                     "backoff", "wrapt", "anyio", "click", "typer", "jinja2", "numba"}  # fmt: skip
"""Libraries whose decorators keep nothing that they decorate to run it later."""
_LOUD_STDLIB = {"atexit", "signal", "threading", "asyncio", "importlib"}
_QUIET_WRAPPERS = {"overload", "override", "final", "abstractmethod", "cached_property", "contextmanager",
                   "asynccontextmanager", "wraps", "lru_cache", "cache", "no_type_check",
                   "runtime_checkable"}  # fmt: skip
_CONTEXT_MANAGERS = {"contextlib.contextmanager", "contextlib.asynccontextmanager"}
_PROPERTY_PARTS = ("setter", "getter", "deleter")
KEEPING = {"append", "add", "register", "setdefault", "update", "connect", "subscribe", "extend",
           "insert"}  # fmt: skip
"""Attributes that a decorator uses which keeps what it decorates."""
_DEPTH = 3  # calls that are followed from a decorator to where it keeps what it decorates


class Decorated:
    """Adds edges from where decorators keep functions and classes, to these."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.definitions = context.definitions
        self.classes = context.classes

    def link(self, symbol: Symbol, definition: Definition) -> None:
        """Let the registries that a symbol's decorators put it into depend on it."""
        if definition.fixture or self._is_test(symbol):
            return
        if definition.header.computed_decorator:
            self.context.need(self._around(symbol), symbol)
        for chain in definition.header.decorators:
            if not _is_quiet(chain):
                self._link_decorator(symbol, chain)

    def _is_test(self, symbol: Symbol) -> bool:
        """Whether pytest collects the symbol, so that its decorators are no registries."""
        settings = self.context.layout.of_folder(symbol.file.rpartition("/")[0])
        return symbol.file in self.context.tests and name_fits(
            symbol.qualname.rpartition(".")[2],
            (*settings.python_functions, *settings.python_classes),
        )

    def _link_decorator(self, symbol: Symbol, chain: str) -> None:
        path = symbol.file
        root, _, rest = chain.partition(".")
        names = self.context.names
        targets = [t for t in names.lookup(path, root) if names.in_project(t)]
        if not targets and self._is_of_quiet_library(path, root):
            return
        if targets and all(self._makes_context(t, rest) for t in targets):
            return
        registries = self._registries(targets, rest)
        decorators = [t for t in targets if isinstance(t, Symbol)]
        around = self._around(symbol)
        if around.qualname:
            keeps_nothing = not rest and targets and len(decorators) == len(targets)
            if registries or not keeps_nothing:
                self.context.need(around, symbol)
            return
        for registry in registries:
            self.context.need(registry, symbol)
        if not registries and (rest or not decorators):
            # Unknown code: it may run what it decorates whenever the module runs.
            self.context.need(around, symbol)

    def _makes_context(self, target: Target, rest: str) -> bool:
        """Whether a decorator is a context manager of the project's: it never sees what it decorates.

        `rest` is the method that is meant, of an object that a class of the project made.
        """
        if not isinstance(target, Symbol):
            return False
        if rest:
            target = self._method(target, rest) or target
        definition = self.definitions.get(*target)
        if definition is None or definition.kind is not DefinitionKind.FUNCTION:
            return False
        self.definitions.note(target.file, Aspect.REGISTRIES)
        aliases = self.context.summaries[target.file].aliases
        origins = {
            ".".join((a.module, a.name, chain.partition(".")[2])).strip(".")
            for chain in definition.header.decorators
            for a in aliases.get(chain.partition(".")[0], ())
        }
        return bool(origins) and origins <= _CONTEXT_MANAGERS

    def _method(self, instance: Symbol, name: str) -> Symbol | None:
        """A method of a name that holds an instance of one class of the project, and nothing else."""
        definition = self.definitions.get(*instance)
        if definition is None or definition.kind is not DefinitionKind.BINDING:
            return None
        self.definitions.note(instance.file, Aspect.REGISTRIES)
        if len(definition.names) != 1 or definition.direct.calls != definition.names:
            return None
        for klass in self.classes.resolve(instance.file, definition.names[0]).targets:
            if isinstance(klass, Symbol) and not self.classes.is_uncertain(klass):
                for ancestor in self.classes.ancestry(klass):
                    if name in self.classes.member_names(ancestor):
                        return Symbol(ancestor.file, f"{ancestor.qualname}.{name}")
        return None

    def _around(self, symbol: Symbol) -> Symbol:
        """The class around a symbol, else its module."""
        owner = symbol.qualname.rpartition(".")[0]
        return Symbol(symbol.file, owner if owner in self.definitions[symbol.file] else "")

    def _is_of_quiet_library(self, path: str, root: str) -> bool:
        """Whether a decorator comes from a library whose decorators keep nothing."""
        aliases = self.context.summaries[path].aliases.get(root, ())
        if not aliases:
            return False
        origin = aliases[0].module.partition(".")[0]
        return origin in _QUIET_LIBRARIES or (
            origin in sys.stdlib_module_names and origin not in _LOUD_STDLIB
        )

    def _registries(self, targets: list[Target], rest: str) -> list[Symbol]:
        """Where decorators keep what they decorate: `rest` are attributes of `targets`."""
        registries: list[Symbol] = []
        for target in targets:
            if isinstance(target, Symbol):
                registries += [target] if rest else self._kept_by(target)
        return registries

    def _kept_by(self, decorator: Symbol, depth: int = _DEPTH) -> list[Symbol]:
        """Where a decorator of the project keeps what it decorates: a registry that it names."""
        definition = self.definitions.get(*decorator)
        if definition is None or definition.kind is not DefinitionKind.FUNCTION:
            return [decorator]
        self.definitions.note(decorator.file, Aspect.REGISTRIES)
        used = definition.attributes
        keeps = used.stores or not KEEPING.isdisjoint(used.names)
        registries = [decorator] if keeps else []
        for chain in definition.names if keeps else definition.passed_to:
            for symbol in sorted(self.classes.resolve(decorator.file, chain).symbols):
                kind = self.definitions.kind(symbol)
                if kind not in (None, DefinitionKind.FUNCTION):
                    registries.append(symbol)
                elif kind is not None and not keeps and depth and symbol != decorator:
                    registries += self._kept_by(symbol, depth - 1)
        return registries


def _is_quiet(chain: str) -> bool:
    """Whether a decorator is known by its name to keep nothing that it decorates."""
    root, _, rest = chain.partition(".")
    return chain in BUILTIN or rest in _PROPERTY_PARTS or (rest or root) in _QUIET_WRAPPERS
