"""What linking asks of the whole tree, answered by a stored graph of an earlier one."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Iterable

from gardener.model import Symbol

from .graph import Graph


class Mentioned(Container[str]):
    """The names that any code mentions, counted from those of an earlier tree."""

    def __init__(self, graph: Graph, more: Counter[str]) -> None:
        self._graph = graph
        self._more = more

    def __contains__(self, name: object) -> bool:
        return self._graph.facts.mentions(str(name)) + self._more.get(str(name), 0) > 0


class Subclasses(defaultdict[Symbol, list[Symbol]]):
    """Subclasses as a graph has them, but for those in files that are linked again."""

    def __init__(self, graph: Graph, relinked: Iterable[str]) -> None:
        super().__init__(list)
        self._graph = graph
        self._relinked = frozenset(relinked)

    def __missing__(self, klass: Symbol) -> list[Symbol]:
        number = self._graph.id(klass)
        numbers = self._graph.hierarchy.subclasses(number) if number >= 0 else []
        symbols = [self._graph.symbol(n) for n in numbers]
        subclasses = self[klass] = [s for s in symbols if s.file not in self._relinked]
        return subclasses
