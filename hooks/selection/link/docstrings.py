"""Edges for docstrings that code reads at run time."""

from __future__ import annotations

from gardener.model import Symbol

from ..parse.summary import Definition, DefinitionKind
from .context import Context
from .nodes import (
    ALL_DOCSTRINGS,
    ANY_DOCSTRING,
    ANY_MODULE,
    SELF_DOCSTRING,
    ImportedModule,
    docstring,
)

_LOOKS_UP_MODULES = {"modules", "getmodule", "import_module", "__import__", "import_string", "resolve_name",
                     "run_module", "run_path", "module_from_spec"}  # fmt: skip
_SHOWS_ALL = {"render_doc", "writedoc", "DocTestFinder", "testmod"}
"""What shows the docstrings of all that a module holds which it is given."""


class DocstringReads:
    """Adds edges to the docstrings that a symbol may read."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def link(self, symbol: Symbol, definition: Definition) -> None:
        """Let a symbol depend on docstrings that it reads, and on any module if it looks one up."""
        need = self.context.need
        path = symbol.file
        if "__doc__" in definition.names or "__doc__" in definition.strings.identifiers:
            need(symbol, docstring(Symbol(path, "")))
        if "__doc__" in definition.names:
            # In the body of a class (which may be code of the module) it is that of the class.
            need(symbol, docstring(Symbol(path, definition.name.rpartition(".")[0])))
            if not definition.name:
                for name, defined in self.context.definitions[path].items():
                    if defined.kind is DefinitionKind.CLASS:
                        need(symbol, docstring(Symbol(path, name)))
        for chain in definition.names:
            if chain.endswith(".__doc__"):
                self._link_modules(symbol, chain.removesuffix(".__doc__"))
        last_names = {
            *definition.attributes.names,
            *(c.rpartition(".")[2] for c in definition.names),
        }
        shows_all = not _SHOWS_ALL.isdisjoint(last_names) or "help" in definition.names
        if shows_all:
            need(symbol, ALL_DOCSTRINGS)
        if "__doc__" in definition.strings.identifiers or "getdoc" in last_names or shows_all:
            need(symbol, ANY_DOCSTRING)
        if "__doc__" in definition.attributes.on_self:
            need(symbol, SELF_DOCSTRING)
        if "*" in definition.dynamic_imports or not _LOOKS_UP_MODULES.isdisjoint(last_names):
            need(symbol, ANY_MODULE)

    def _link_modules(self, symbol: Symbol, chain: str) -> None:
        """The docstrings of the modules that a chain may mean: `module.__doc__`."""
        folder = symbol.file.rpartition("/")[0]
        for target in self.context.classes.resolve(symbol.file, chain).targets:
            if isinstance(target, ImportedModule):
                for file in self.context.modules.resolve(target.name, folder):
                    self.context.need(symbol, docstring(Symbol(file, "")))
