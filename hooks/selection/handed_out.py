"""Whose docstrings a library may read, as it is given the function or class: commands, schemas."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from gardener.model import Symbol

from .link.classes import BUILTIN, is_quiet
from .link.imports import Modules, relative_module
from .parse.summary import Definition, DefinitionKind, Summary

_READING_STANDARD_MODULES = frozenset({"cmd", "xmlrpc", "pydoc"})
_SILENT_LIBRARIES = frozenset({"pytest", "typing_extensions", "mock", "hypothesis"})
"""Libraries whose decorators and bases read no docstring that a test could look at."""
_OF_PROPERTIES = frozenset({"setter", "getter", "deleter"})


class HandedOut:
    """Tells of a symbol whether code outside the project is given it, and may read its docstring.

    That is what a decorator of a library takes, or a method of an object that is not known
    (`@app.get`), and the classes that have a base there, with their members.
    """

    def __init__(self, summaries: Mapping[str, Summary], modules: Modules) -> None:
        self._summaries = summaries
        self._modules = modules

    def __call__(self, symbol: Symbol) -> bool:
        """Whether a library may read the docstring of a symbol."""
        return self._is_given(symbol, frozenset())

    def _is_given(self, symbol: Symbol, inside: frozenset[Symbol]) -> bool:
        if symbol.file not in self._summaries or symbol in inside:
            return False
        inside |= {symbol}
        outer = symbol.qualname.rpartition(".")[0]
        if outer and self._is_given(Symbol(symbol.file, outer), inside):
            return True
        definition = self._definition(symbol)
        if definition is None:
            return False
        header = definition.header
        return (
            header.computed_decorator
            or header.computed_base
            or header.class_arguments
            or any(self._takes(symbol.file, chain) for chain in header.decorators)
            or any(self._is_base(symbol.file, chain, inside) for chain in header.bases)
        )

    def _definition(self, symbol: Symbol) -> Definition | None:
        definitions = self._summaries[symbol.file].definitions
        return next((d for d in definitions if d.name == symbol.qualname), None)

    def _takes(self, file: str, chain: str) -> bool:
        """Whether a decorator may hand what it decorates to a library."""
        root, _, rest = chain.partition(".")
        if root in BUILTIN or chain.rpartition(".")[2] in _OF_PROPERTIES:
            return False
        origins = self._summaries[file].aliases.get(root, ())
        if any(not origin.level and self._is_silent(origin.module) for origin in origins):
            return False
        targets = self._targets(file, chain)
        return not targets or bool(rest and not all(map(self._is_function, targets)))

    def _is_function(self, symbol: Symbol) -> bool:
        definition = self._definition(symbol)
        return definition is not None and definition.kind is DefinitionKind.FUNCTION

    def _is_base(self, file: str, chain: str, inside: frozenset[Symbol]) -> bool:
        """Whether a base, or one of its own, belongs to a library."""
        root = chain.partition(".")[0]
        if root in BUILTIN or is_quiet(chain):
            return False
        origins = self._summaries[file].aliases.get(root, ())
        if any(not origin.level and self._is_silent(origin.module) for origin in origins):
            return False
        targets = self._targets(file, chain)
        return not targets or any(self._is_given(target, inside) for target in targets)

    def _is_silent(self, module: str) -> bool:
        top = module.partition(".")[0]
        if top in _SILENT_LIBRARIES:
            return True
        return top in sys.stdlib_module_names and top not in _READING_STANDARD_MODULES

    def _targets(self, file: str, chain: str) -> list[Symbol]:
        """The definitions of the project that a chain may mean, as far as imports lead to them."""
        root, _, rest = chain.partition(".")
        summary, folder = self._summaries[file], file.rpartition("/")[0]
        targets = [Symbol(file, chain)]
        for origin in summary.aliases.get(root, ()):
            module = relative_module(file, origin.level, origin.module)
            names = [part for part in (origin.name, rest) if part]
            chain_there = ".".join(names)
            targets += [Symbol(f, chain_there) for f in self._modules.resolve(module, folder)]
            if names:
                inner = f"{module}.{names[0]}"
                rest_of = ".".join(names[1:])
                targets += [Symbol(f, rest_of) for f in self._modules.resolve(inner, folder)]
        known = (t for t in targets if t.file in self._summaries and t.qualname)
        return [target for target in known if self._definition(target) is not None]
