"""Which tests may read, as text, a docstring or a Python file that changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gardener.model import Symbol

from ..link.linked_file import SymbolKind
from ..link.nodes import (
    ALL_DOCSTRINGS,
    ANY_DOCSTRING,
    ANY_MODULE,
    ANY_SOURCE,
    SELF_DOCSTRING,
    Node,
    docstring,
    module_value,
    show,
    source,
)
from .graph import Graph
from .reach import reach


class TextReaders:
    """Finds the tests that may read some docstrings, or some Python files as text.

    A module's docstring is read by `__doc__` in the module itself, and by `x.__doc__` where the
    module is passed around as a value or looked up by a name; a class's also by `self.__doc__`.
    What a module holds is also shown by pydoc and doctest, which are given the module.
    One that is `handed_out`, to a decorator or base class of a library, is read by whoever
    reaches its symbol.
    """

    def __init__(
        self,
        graph: Graph,
        documented: Iterable[Symbol],
        files: Iterable[str],
        handed_out: Callable[[Symbol], bool],
        changed: Iterable[Node] = (),
    ) -> None:
        """`changed` are nodes beside these that `reached` is asked for, too: it is one walk."""
        self.graph = graph
        self._handed_out = handed_out
        symbols = sorted(documented)
        starts: set[Node] = {*changed, ANY_SOURCE, *map(source, files)}
        if symbols:
            starts |= {ALL_DOCSTRINGS, ANY_DOCSTRING, SELF_DOCSTRING, ANY_MODULE, *symbols}
            starts.update(map(docstring, symbols))
            starts.update(module_value(symbol.file) for symbol in symbols)
        self.reached = reach(graph, starts)

    def reasons(self, documented: Iterable[Symbol], files: Iterable[str]) -> dict[str, str]:
        """The nodeids of the tests that may read any of these, each with the reason."""
        reasons: dict[str, str] = {}
        for symbol in sorted(documented):
            name = show(symbol).removeprefix("import of ")
            for test in self.reached.names(self._readers_of(symbol)):
                reasons.setdefault(test, f"the docstring of {name} changed, which it may read")
        for file in sorted(files):
            for test in self.reached.names(self.reached.tests([ANY_SOURCE, source(file)])):
                reasons.setdefault(test, f"{file} changed, which it may read as text")
        return reasons

    def _readers_of(self, symbol: Symbol) -> frozenset[int]:
        """The tests that may read one docstring."""
        reached, graph = self.reached, self.graph
        users = reached.tests([symbol])
        users_as_value = reached.tests([module_value(symbol.file), ANY_MODULE])
        if not symbol.qualname:
            read_as_value = reached.tests([ANY_DOCSTRING]) & users_as_value
            return users & (reached.tests([docstring(symbol)]) | read_as_value)
        if self._handed_out(symbol):
            return users
        if graph.kind(graph.id(symbol)) is SymbolKind.CLASS:
            read = reached.tests([ANY_DOCSTRING, SELF_DOCSTRING, docstring(symbol)])
        else:
            read = reached.tests([ANY_DOCSTRING])
        return users & read | users_as_value & reached.tests([ALL_DOCSTRINGS])
