"""Which tests may read a docstring that changed."""

from __future__ import annotations

from collections.abc import Iterable

from gardener.model import Symbol

from ..link.linked_file import SymbolKind
from ..link.nodes import (
    ANY_DOCSTRING,
    ANY_MODULE,
    SELF_DOCSTRING,
    Node,
    docstring,
    module_value,
    show,
)
from .graph import Graph
from .reach import Reach, reach


def readers(graph: Graph, documented: Iterable[Symbol]) -> dict[str, str]:
    """The tests that reach one of these symbols and something that may read its docstring.

    Nodeids, each with the reason. A module's docstring is read by `__doc__` in the module
    itself, and by `x.__doc__` where the module is passed around as a value or looked up by a
    name; a class's also by `self.__doc__`.
    """
    symbols = sorted(documented)
    if not symbols:
        return {}
    starts: set[Node] = {ANY_DOCSTRING, SELF_DOCSTRING, ANY_MODULE, *symbols}
    starts.update(map(docstring, symbols))
    starts.update(module_value(symbol.file) for symbol in symbols if not symbol.qualname)
    reached = reach(graph, starts)
    reasons: dict[str, str] = {}
    for symbol in symbols:
        name = show(symbol).removeprefix("import of ")
        for test in reached.names(_readers_of(graph, reached, symbol)):
            reasons.setdefault(test, f"the docstring of {name} changed, which it may read")
    return reasons


def _readers_of(graph: Graph, reached: Reach, symbol: Symbol) -> frozenset[int]:
    """The tests that may read one docstring."""
    users = reached.tests([symbol])
    if not symbol.qualname:
        users_as_value = reached.tests([module_value(symbol.file), ANY_MODULE])
        read_as_value = reached.tests([ANY_DOCSTRING]) & users_as_value
        return users & (reached.tests([docstring(symbol)]) | read_as_value)
    if graph.kind(graph.id(symbol)) is SymbolKind.CLASS:
        return users & reached.tests([ANY_DOCSTRING, SELF_DOCSTRING, docstring(symbol)])
    return users & reached.tests([ANY_DOCSTRING])
