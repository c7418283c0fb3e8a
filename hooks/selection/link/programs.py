"""Edges to what files do only where they are started as programs."""

from __future__ import annotations

from gardener.model import Symbol

from ..parse.program import PROGRAM
from ..parse.summary import Definition, Summary
from .chains import Chains
from .context import Context
from .imports import named_modules
from .mentions import LOADS_FILES
from .nodes import ImportedModule, module_value, script_named

_GIVING_FILE = frozenset({"getsourcefile", "getfile", "co_filename"})
"""What tells the path of the file that some code comes from."""
_OF_FILE = ("__file__", "__spec__", "__loader__")
"""Attributes of a module that tell the path of its file."""


class Programs:
    """Lets what may start a file lead to its program: code that imports the file does not run that.

    A module that is named in full by a string, or passed around, may be started.
    """

    def __init__(self, context: Context, chains: Chains) -> None:
        self._context = context
        self._chains = chains

    def link_module(self, path: str) -> None:
        """Let a file with a program lead to it where it is a value, or may be run by its path."""
        if not self._has_program(path):
            return
        need, module = self._context.need, Symbol(path, "")
        need(module_value(path), Symbol(path, PROGRAM))
        need(Symbol(path, PROGRAM), module)
        if any(name in self._context.mentioned for name in LOADS_FILES):
            # Whoever imports it may know its path.
            need(module, script_named(path))

    def link(self, symbol: Symbol, definition: Definition, summary: Summary) -> None:
        """Let a symbol lead to the programs of files of which it may ask for the path or name."""
        for chain in definition.names:
            module, _, last = chain.rpartition(".")
            if last in _OF_FILE and module:
                self._link_modules(symbol, module)
        for name in definition.spec_lookups:
            for file in named_modules(name, symbol.file, self._context.modules):
                self._link(symbol, file)
        computed = "*" in definition.dynamic_imports
        if computed or not _GIVING_FILE.isdisjoint(_last_names(definition)):
            self._link_imported(symbol, summary)

    def _link_modules(self, symbol: Symbol, chain: str) -> None:
        folder = symbol.file.rpartition("/")[0]
        for target in self._chains.resolve(symbol.file, chain).targets:
            if isinstance(target, ImportedModule):
                for file in self._context.modules.resolve(target.name, folder):
                    self._link(symbol, file)

    def _link_imported(self, symbol: Symbol, summary: Summary) -> None:
        """Only run time knows which module it starts: any that its file imports."""
        names = self._context.names
        for statement in summary.imports:
            for file in names.imported_files(
                symbol.file, statement.level, statement.module, statement.names
            ):
                self._link(symbol, file)

    def _link(self, symbol: Symbol, file: str) -> None:
        if self._has_program(file):
            self._context.need(symbol, Symbol(file, PROGRAM))

    def _has_program(self, file: str) -> bool:
        return self._context.definitions.get(file, PROGRAM) is not None


def _last_names(definition: Definition) -> set[str]:
    return {*definition.attributes.names, *(c.rpartition(".")[2] for c in definition.names)}
