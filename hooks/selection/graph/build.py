"""Makes a graph, as it is stored, out of linked files."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeVar

from gardener.model import Symbol

from ..link.facts import NAMED_ASPECTS, Fact
from ..link.linked_file import LinkedFile, SymbolKind
from ..link.linker import Linker
from ..link.mentions import module_words
from ..link.nodes import Node, NodeKind, VirtualNode, attribute, kind_of, module_value, node_of_test
from .facts import aspect_number, fact_key, name_fingerprint, name_hash
from .graph import Graph
from .import_time import ImportTime
from .node_table import SHARED_KINDS
from .stored_graph import Header, encode, pack
from .words import is_affix

_K = TypeVar("_K")
MutableParts = dict[str, "array[int] | bytes"]


def build(
    shas: Mapping[str, str],
    linker: Linker,
    linked: Sequence[LinkedFile],
    tests: Sequence[str],
    mentioned: Mapping[str, int],
) -> bytes:
    """The bytes of a graph of all files.

    `shas` are their blobs, `mentioned` says in how many of them a name is mentioned.

    Raises:
        KeyError: an edge leads to a file that is not among them.
    """
    numbers = _Numbers(linked)
    parts: MutableParts = {
        **numbers.parts(),
        **_edges(numbers, linked),
        **_symbols(numbers, linked),
        **_calls(numbers, linked),
        **_words(numbers, linked),
        **_facts(linked),
        **_module_words(linker, linked),
        **_mentioned(mentioned),
    }
    roots = {Symbol(file, "") for path in tests for file in linker.plugins.scope(path)}
    parts["roots"] = array("i", sorted(numbers.ids[r] for r in roots if r in numbers.ids))
    header = Header(
        paths=[file.path for file in linked],
        shas=[shas[file.path] for file in linked],
        tests=list(tests),
        plugins=linker.plugins.files,
        fixtures=sorted(linker.fixtures.all_names),
        plugin_words=sorted({w for p in linker.plugins.names for w in p.split(".")}),
        whole={file.path: file.whole for file in linked if file.whole},
        broken=[file.path for file in linked if file.broken],
    )
    parts["import_time"] = array("i")
    graph = Graph(memoryview(pack(header, parts)))
    parts["import_time"] = array("i", ImportTime(graph, anew=True).nodes())
    return pack(header, parts)


class _Rows(NamedTuple):
    """Rows one after the other, and where each begins."""

    flat: array[int]
    starts: array[int]


def _rows(rows: Iterable[Iterable[int]]) -> _Rows:
    packed = _Rows(array("i"), array("i", [0]))
    for row in rows:
        packed.flat.extend(row)
        packed.starts.append(len(packed.flat))
    return packed


def _strings(name: str, texts: Iterable[str]) -> MutableParts:
    """A part that holds texts one after the other, and one that says where each begins."""
    blob, starts = bytearray(), array("i", [0])
    for text in texts:
        blob += encode(text)
        starts.append(len(blob))
    return {name: bytes(blob), f"{name}_at": starts}


def _with_rows(name: str, rows: Iterable[Iterable[int]]) -> MutableParts:
    """A part that holds rows one after the other, and one that says where each begins."""
    flat, starts = _rows(rows)
    return {name: flat, f"{name}_at": starts}


class _Numbers:
    """Gives every node of all files a number: file by file, then those that all files share."""

    def __init__(self, linked: Sequence[LinkedFile]) -> None:
        self.ids: dict[Node, int] = {}
        self.starts = array("i", [0])
        self.virtual_starts = array("i")
        virtual, shared = self._virtual_nodes(linked)
        for file in linked:
            for name in file.kinds:
                self._number(Symbol(file.path, name))
            self.virtual_starts.append(len(self.ids))
            for node in virtual[file.path]:
                self._number(node)
            self.starts.append(len(self.ids))
        self.first_shared = len(self.ids)
        self.shared = sorted(shared, key=lambda node: (node.kind, encode(node.name)))
        for node in self.shared:
            self._number(node)

    def _number(self, node: Node) -> None:
        self.ids[node] = len(self.ids)

    def _virtual_nodes(
        self, linked: Sequence[LinkedFile]
    ) -> tuple[dict[str, dict[VirtualNode, None]], set[VirtualNode]]:
        """The nodes of each file that are no symbols, and those that all files share."""
        shared: set[VirtualNode] = set()
        by_file: dict[str, dict[VirtualNode, None]] = {}
        for file in linked:
            path = file.path
            by_file[path] = {module_value(path): None}
            by_file[path].update(dict.fromkeys(node_of_test(test, path) for test in file.tests))
            shared.update(attribute(name.rpartition(".")[2]) for name in file.kinds)
        for file in linked:
            used = (node for touched in file.touches.values() for node in touched)
            for node in (*used, *file.edges, *(n for d in file.edges.values() for n in d)):
                if isinstance(node, Symbol):
                    continue
                if node.file:
                    by_file[node.file][node] = None
                else:
                    shared.add(node)
                if node.kind is NodeKind.SELF_ATTRIBUTE:
                    shared.add(attribute(node.name))
        return by_file, shared

    def parts(self) -> MutableParts:
        """The parts from which the nodes can be read again."""
        local = list(self.ids)[: self.first_shared]
        kinds = [node.kind for node in self.shared]
        starts = [sum(kind < end for kind in kinds) for end in (*SHARED_KINDS, len(SHARED_KINDS))]
        return {
            "base": self.starts,
            "virtual": self.virtual_starts,
            "node_kinds": bytes(map(kind_of, local)),
            **_strings("keys", map(_key, local)),
            **_strings("names", (node.name for node in self.shared)),
            "shared": array("i", starts),
        }


def _key(node: Node) -> str:
    """The text that tells a node from others of its kind in its file (and class)."""
    if isinstance(node, Symbol):
        return node.qualname
    return node.name[len(node.file) :] if node.kind is NodeKind.TEST else node.name


def _edges(numbers: _Numbers, linked: Sequence[LinkedFile]) -> MutableParts:
    ids = numbers.ids
    out: list[list[int]] = [[] for _ in ids]
    into: list[list[int]] = [[] for _ in ids]
    foreign = array("i")
    for number, file in enumerate(linked):
        low, high = numbers.starts[number], numbers.starts[number + 1]
        for node, dependencies in file.edges.items():
            source = ids[node]
            for dependency in dependencies:
                target = ids[dependency]
                if low <= source < high:
                    out[source].append(target)
                    into[target].append(source)
                else:
                    foreign.extend((source, target, number))
    return {"foreign": foreign, **_with_rows("out", out), **_with_rows("in", into)}


def _symbols(numbers: _Numbers, linked: Sequence[LinkedFile]) -> MutableParts:
    """Of each symbol its kind, the attribute that may mean it and its holder; also of classes.

    An attribute of `self` has its class as the holder.
    """
    ids, count = numbers.ids, numbers.first_shared
    kinds = bytearray([SymbolKind.OTHER]) * count
    attributes, holders = array("i", [-1]) * count, array("i", [-1]) * count
    bases, uncertain = array("i"), array("i")
    for file in linked:
        path, value = file.path, ids[module_value(file.path)]
        for name, kind in file.kinds.items():
            number = ids[Symbol(path, name)]
            outer, _, last = name.rpartition(".")
            kinds[number] = kind
            attributes[number] = ids[attribute(last)]
            if name and not outer:
                holders[number] = value
            elif name and file.kinds.get(outer) == SymbolKind.CLASS:
                holders[number] = ids[Symbol(path, outer)]
        for name, bases_of_class in file.bases.items():
            for base in bases_of_class:
                bases.extend((ids[Symbol(path, name)], ids[base]))
        uncertain.extend(ids[Symbol(path, name)] for name in file.uncertain)
    of_self = array("i")
    for node, number in ids.items():
        if isinstance(node, VirtualNode) and node.kind is NodeKind.SELF_ATTRIBUTE:
            of_self.append(number)
            attributes[number] = ids[attribute(node.name)]
            holders[number] = ids[Symbol(node.file, node.owner)]
    return {"symbol_kinds": bytes(kinds), "attribute": attributes, "holder": holders,
            "bases": bases, "uncertain": uncertain, "self_attributes": of_self}  # fmt: skip


def _calls(numbers: _Numbers, linked: Sequence[LinkedFile]) -> MutableParts:
    ids, count = numbers.ids, numbers.first_shared
    calls: list[Sequence[int]] = [()] * count
    touches: list[Sequence[int]] = [()] * count
    for file in linked:
        for name, callees in file.calls.items():
            calls[ids[Symbol(file.path, name)]] = [ids[callee] for callee in callees]
        for name, touched in file.touches.items():
            touches[ids[Symbol(file.path, name)]] = [ids[node] for node in touched]
    return {**_with_rows("calls", calls), **_with_rows("touches", touches)}


def _words(numbers: _Numbers, linked: Sequence[LinkedFile]) -> MutableParts:
    """The strings that could be names, with the symbols that hold them."""
    mentioning: dict[str, list[int]] = defaultdict(list)
    affixes: list[str] = []
    affixed = array("i")
    for file in linked:
        for symbol, words in file.words.items():
            number = numbers.ids[Symbol(file.path, symbol)]
            for word in words:
                mentioning[word.lower()].append(number)
                if is_affix(word):
                    affixes.append(word)
                    affixed.append(number)
    order = sorted(mentioning, key=encode)
    return {
        **_strings("words", order),
        **_with_rows("mentioning", (mentioning[word] for word in order)),
        **_strings("affixes", affixes),
        "affixed": affixed,
    }


def _facts(linked: Sequence[LinkedFile]) -> MutableParts:
    """What each file was linked from: aspects of files, and hashes of facts with a name."""
    numbers = {file.path: number for number, file in enumerate(linked)}
    rows: list[list[int]] = []
    named: list[tuple[Fact, int]] = []
    for number, file in enumerate(linked):
        rows.append(sorted({aspect_number(numbers[f.file], f.aspect) for f in file.facts}))
        named += [(fact, number) for fact in file.facts if fact.aspect in NAMED_ASPECTS]
    hashes = _hashed(named, fact_key)
    return {"asked": hashes.hashes, "askers": hashes.files, **_with_rows("aspects", rows)}


class _Hashed(NamedTuple):
    """Hashes of texts in their order, and the numbers of the files that go with them."""

    hashes: array[int]
    files: array[int]


def _hashed(found_in: Iterable[tuple[_K, int]], key_of: Callable[[_K], str]) -> _Hashed:
    """Hash what was found in files, each with the number of the file."""
    hashes: dict[_K, int] = {}
    pairs = []
    for fact, file in found_in:
        key = hashes.get(fact)
        if key is None:
            key = hashes[fact] = name_hash(key_of(fact))
        pairs.append((key, file))
    pairs.sort()
    return _Hashed(array("I", (key for key, _ in pairs)), array("i", (file for _, file in pairs)))


def _module_words(linker: Linker, linked: Sequence[LinkedFile]) -> MutableParts:
    """The parts of names of modules that each file may look for."""
    hashes = _hashed(
        (
            (word, number)
            for number, file in enumerate(linked)
            for word in module_words(linker.summaries[file.path])
        ),
        str,
    )
    return {"parts": hashes.hashes, "importers": hashes.files}


def _mentioned(mentioned: Mapping[str, int]) -> MutableParts:
    counts = sorted((name_fingerprint(name), count) for name, count in mentioned.items())
    return {
        "mentioned": array("Q", (key for key, _ in counts)),
        "mentions": array("i", (count for _, count in counts)),
    }
