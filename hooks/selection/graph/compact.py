"""Linked files in numbers: as many as a tree has fit into memory, and some of them onto disk."""

from __future__ import annotations

from array import array
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Generic, NamedTuple, TypeVar, cast

from gardener.model import Symbol

from ..link.facts import Aspect, Fact
from ..link.linked_file import LinkedFile, SymbolKind
from ..link.nodes import Node, NodeKind, VirtualNode

_T = TypeVar("_T")
_K = TypeVar("_K", bound=Hashable)
Stored = tuple[
    "list[tuple[int, str, str, str]]", "list[str]", "list[tuple[str, int, str]]", "list[Any]"
]
"""Nodes, words, facts and files in types that `marshal` knows."""
_SYMBOL_KINDS = tuple(SymbolKind)
_NODE_KINDS = tuple(NodeKind)


class CompactFile(NamedTuple):
    """A `LinkedFile` in numbers of what a `CompactFiles` holds once for all files.

    `kinds` are symbols, each before its kind. What maps a key to many is a row for each key, see
    `rows`. `facts` and `uncertain` are numbers of facts and symbols.
    """

    path: str
    kinds: array[int]
    edges: array[int]
    calls: array[int]
    touches: array[int]
    bases: array[int]
    uncertain: array[int]
    words: array[int]
    facts: array[int]
    tests: tuple[str, ...]
    whole: str
    broken: bool

    def symbols(self) -> Iterator[tuple[int, SymbolKind]]:
        """The symbols of the file with their kinds."""
        for symbol, kind in zip(self.kinds[::2], self.kinds[1::2], strict=True):
            yield symbol, _SYMBOL_KINDS[kind]


class Numbered(Generic[_K]):
    """Gives each of many things a number, in the order in which they are met."""

    def __init__(self, entries: Iterable[_K] = ()) -> None:
        self.numbers: dict[_K, int] = {entry: n for n, entry in enumerate(entries)}

    def number(self, entry: _K) -> int:
        """The number of an entry, a new one if there is none."""
        return self.numbers.setdefault(entry, len(self.numbers))

    def all(self, entries: Iterable[_K]) -> list[int]:
        """The numbers of things."""
        numbers = self.numbers
        return [numbers.setdefault(entry, len(numbers)) for entry in entries]


def rows(packed: array[int]) -> Iterator[tuple[int, array[int]]]:
    """Each key with its numbers, out of one array: the key, how many, and then these."""
    at, end = 0, len(packed)
    while at < end:
        first = at + 2
        after = first + packed[at + 1]
        yield packed[at], packed[first:after]
        at = after


class CompactFiles:
    """Linked files, with the nodes, words and facts that they share."""

    def __init__(self) -> None:
        self.nodes: Numbered[Node] = Numbered()
        self.words: Numbered[str] = Numbered()
        self.facts: Numbered[Fact] = Numbered()
        self.files: list[CompactFile] = []

    def add(self, file: LinkedFile) -> None:
        """Keep a file in numbers."""
        path, nodes = file.path, self.nodes
        symbols = nodes.all(Symbol(path, name) for name in file.kinds)
        kinds = array("i")
        for symbol, kind in zip(symbols, file.kinds.values(), strict=True):
            kinds.extend((symbol, kind))
        edges = array("i")
        for node, ends in file.edges.items():
            _add_row(edges, nodes.number(node), nodes.all(ends))
        self.files.append(
            CompactFile(
                path=path,
                kinds=kinds,
                edges=edges,
                calls=self._by_name(path, file.calls),
                touches=self._by_name(path, file.touches),
                bases=self._by_name(path, file.bases),
                uncertain=array("i", nodes.all(Symbol(path, n) for n in sorted(file.uncertain))),
                words=self._words(path, file.words),
                facts=array("i", self.facts.all(file.facts)),
                tests=tuple(file.tests),
                whole=file.whole,
                broken=file.broken,
            )
        )

    def _by_name(self, path: str, by_name: Mapping[str, Sequence[Node]]) -> array[int]:
        packed = array("i")
        for name, nodes in by_name.items():
            _add_row(packed, self.nodes.number(Symbol(path, name)), self.nodes.all(nodes))
        return packed

    def _words(self, path: str, by_name: Mapping[str, Sequence[str]]) -> array[int]:
        packed = array("i")
        for name, words in by_name.items():
            _add_row(packed, self.nodes.number(Symbol(path, name)), self.words.all(words))
        return packed

    # --- as they lie on disk ---------------------------------------------------------------

    def stored(self) -> Stored:
        """All of it, in types that `marshal` knows."""
        nodes = [
            (NodeKind.SYMBOL.value, node.qualname, node.file, "")
            if isinstance(node, Symbol)
            else (node.kind.value, node.name, node.file, node.owner)
            for node in self.nodes.numbers
        ]
        facts = [(fact.file, fact.aspect.value, fact.name) for fact in self.facts.numbers]
        files = [
            tuple(field.tobytes() if isinstance(field, array) else field for field in file)
            for file in self.files
        ]
        return nodes, list(self.words.numbers), facts, files

    @classmethod
    def restored(cls, stored: Stored) -> CompactFiles:
        """The same, out of what was stored."""
        nodes, words, facts, files = stored
        compact = cls()
        compact.nodes = Numbered(map(_node, nodes))
        compact.words = Numbered(words)
        compact.facts = Numbered(Fact(file, Aspect(aspect), name) for file, aspect, name in facts)
        for fields in files:
            parts: list[Any] = [_array(f) if isinstance(f, bytes) else f for f in fields]
            compact.files.append(CompactFile(*parts))
        return compact

    def linked(self) -> Iterator[LinkedFile]:
        """The files as the linker gave them."""
        nodes, words, facts = (
            list(self.nodes.numbers),
            list(self.words.numbers),
            list(self.facts.numbers),
        )
        names = [node.qualname if isinstance(node, Symbol) else "" for node in nodes]

        symbols = cast("list[Symbol]", nodes)  # as far as they are called, or bases

        def by_name(packed: array[int], entries: Sequence[_T]) -> dict[str, list[_T]]:
            return {names[key]: [entries[n] for n in row] for key, row in rows(packed)}

        for file in self.files:
            yield LinkedFile(
                path=file.path,
                kinds={names[symbol]: kind for symbol, kind in file.symbols()},
                edges={nodes[key]: [nodes[n] for n in row] for key, row in rows(file.edges)},
                calls=by_name(file.calls, symbols),
                touches=by_name(file.touches, nodes),
                bases=by_name(file.bases, symbols),
                uncertain=frozenset(names[n] for n in file.uncertain),
                tests=file.tests,
                whole=file.whole,
                broken=file.broken,
                words=by_name(file.words, words),
                facts=frozenset(facts[n] for n in file.facts),
            )


def _add_row(packed: array[int], key: int, numbers: Sequence[int]) -> None:
    packed.append(key)
    packed.append(len(numbers))
    packed.extend(numbers)


def _array(raw: bytes) -> array[int]:
    numbers = array("i")
    numbers.frombytes(raw)
    return numbers


def _node(stored: tuple[int, str, str, str]) -> Node:
    kind, name, file, owner = stored
    if kind == NodeKind.SYMBOL:
        return Symbol(file, name)
    return VirtualNode(_NODE_KINDS[kind], name, file, owner)
