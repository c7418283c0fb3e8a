"""What linking one file gives: its part of the dependency graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum
from typing import NamedTuple

from gardener.model import Symbol

from .facts import Fact
from .nodes import Node


class SymbolKind(IntEnum):
    """What a symbol is, as far as the graph tells it apart."""

    MODULE = 0
    FUNCTION = 1
    CLASS = 2
    OTHER = 3
    COROUTINE = 4


FUNCTIONS = frozenset({SymbolKind.FUNCTION, SymbolKind.COROUTINE})


class LinkedFile(NamedTuple):
    """What one file adds to the graph; its symbols by their qualified names.

    `edges` lead from a node to what it may run or read. Whenever the body of a symbol itself
    runs, it calls the functions and classes in `calls`, and uses the attributes in `touches`.
    `bases` are those of each class inside the project; `uncertain` are classes with a base
    that only run time knows. `tests` are nodeids; `whole` says why that of the whole file is
    among them. `words` are the strings in each symbol that could be names. `broken` says
    that the file does not parse. `facts` are what all this was concluded from.
    """

    path: str
    kinds: Mapping[str, SymbolKind]
    edges: Mapping[Node, Iterable[Node]]
    calls: Mapping[str, Sequence[Symbol]]
    touches: Mapping[str, Sequence[Node]]
    bases: Mapping[str, Sequence[Symbol]]
    uncertain: frozenset[str]
    tests: Sequence[str]
    whole: str
    broken: bool
    words: Mapping[str, Sequence[str]]
    facts: frozenset[Fact]
