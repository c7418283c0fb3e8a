"""Makes a graph, as it is stored, out of linked files."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

from gardener.model import Symbol

from ..link.facts import NAMED_ASPECTS
from ..link.linked_file import SymbolKind
from ..link.linker import Linker
from ..link.nodes import Node, NodeKind, VirtualNode, attribute, module_value
from .compact import CompactFiles, rows
from .facts import aspect_number, fact_key, name_fingerprint, name_hash
from .graph import Graph
from .import_time import ImportTime
from .numbering import MutableParts, Numbers, strings, with_rows
from .stored_graph import Header, encode, pack, stored
from .words import is_affix


def build(
    shas: Mapping[str, str],
    linked: CompactFiles,
    of_tests: Tests,
    mentioned: Mapping[str, int],
    importers: Mapping[str, Sequence[int]],
) -> bytes:
    """The bytes of a graph of all files.

    `shas` are their blobs, `mentioned` says in how many of them a name is mentioned, and
    `importers` which of them, by their place, may look for a module with this part of a name.

    Raises:
        KeyError: an edge leads to a file that is not among them.
    """
    numbers = Numbers(linked)
    parts: MutableParts = {
        **numbers.parts(),
        **_edges(numbers, linked),
        **_symbols(numbers, linked),
        **_calls(numbers, linked),
        **_words(numbers, linked),
        **_facts(linked),
        **_module_words(importers),
        **_mentioned(mentioned),
    }
    roots = {numbers.ids.get(Symbol(file, ""), -1) for file in of_tests.roots} - {-1}
    parts["roots"] = array("i", sorted(roots))
    del numbers
    header = Header(
        paths=[file.path for file in linked.files],
        shas=[shas[file.path] for file in linked.files],
        tests=list(of_tests.files),
        plugins=of_tests.plugins,
        fixtures=of_tests.fixtures,
        plugin_words=of_tests.plugin_words,
        whole={file.path: file.whole for file in linked.files if file.whole},
        broken=[file.path for file in linked.files if file.broken],
    )
    parts["import_time"] = array("i")
    graph = Graph(stored(header, parts))
    parts["import_time"] = array("i", ImportTime(graph, anew=True).nodes())
    return pack(header, parts)


class Tests(NamedTuple):
    """What pytest finds in a tree: the `files` with tests, the `roots` that it imports itself,
    the `plugins`, the names of all `fixtures`, and the parts of the names of plugins.
    """

    files: Sequence[str]
    roots: Collection[str]
    plugins: list[str]
    fixtures: list[str]
    plugin_words: list[str]

    @classmethod
    def known_to(cls, linker: Linker, files: Sequence[str]) -> Tests:
        """What a linker found of these files with tests."""
        return cls(
            files,
            {file for path in files for file in linker.plugins.scope(path)},
            linker.plugins.files,
            sorted(linker.fixtures.all_names),
            sorted({w for p in linker.plugins.names for w in p.split(".")}),
        )


def _edges(numbers: Numbers, linked: CompactFiles) -> MutableParts:
    of, count = numbers.of, len(numbers.ids)
    sources, targets, foreign = array("i"), array("i"), array("i")
    for number, file in enumerate(linked.files):
        low, high = numbers.starts[number], numbers.starts[number + 1]
        for key, ends in rows(file.edges):
            source = of[key]
            if low <= source < high:
                sources.extend([source] * len(ends))
                targets.extend([of[end] for end in ends])
            else:
                foreign.extend([n for end in ends for n in (source, of[end], number)])
    return {
        "foreign": foreign,
        **_grouped("out", sources, targets, count),
        **_grouped("in", targets, sources, count),
    }


def _grouped(name: str, keys: array[int], values: array[int], count: int) -> MutableParts:
    """The values of each key in their order, as rows, for keys below `count`."""
    starts = array("i", bytes(4 * (count + 1)))
    for key in keys:
        starts[key + 1] += 1
    starts = array("i", accumulate(starts))
    free = starts[:]
    flat = array("i", bytes(4 * len(values)))
    for key, value in zip(keys, values, strict=True):
        flat[free[key]] = value
        free[key] += 1
    return {name: flat, f"{name}_at": starts}


def _symbols(numbers: Numbers, linked: CompactFiles) -> MutableParts:
    """Of each symbol its kind, the attribute that may mean it and its holder; also of classes.

    An attribute of `self` has its class as the holder.
    """
    ids, of, count = numbers.ids, numbers.of, numbers.first_shared
    kinds = bytearray([SymbolKind.OTHER]) * count
    attributes, holders = array("i", [-1]) * count, array("i", [-1]) * count
    bases, uncertain = array("i"), array("i")
    for file in linked.files:
        value = ids[module_value(file.path)]
        classes = {of[symbol] for symbol, kind in file.symbols() if kind is SymbolKind.CLASS}
        for symbol, kind in file.symbols():
            number, name = of[symbol], _qualname(numbers.nodes[symbol])
            outer, _, last = name.rpartition(".")
            kinds[number] = kind
            attributes[number] = ids[attribute(last)]
            holder = ids.get(Symbol(file.path, outer), -1) if outer else value
            if name and (not outer or holder in classes):
                holders[number] = holder
        for klass, bases_of_class in rows(file.bases):
            for base in bases_of_class:
                bases.extend((of[klass], of[base]))
        uncertain.extend(of[n] for n in file.uncertain)
    of_self = array("i")
    for node, number in ids.items():
        if isinstance(node, VirtualNode) and node.kind is NodeKind.SELF_ATTRIBUTE:
            of_self.append(number)
            attributes[number] = ids[attribute(node.name)]
            holders[number] = ids[Symbol(node.file, node.owner)]
    return {"symbol_kinds": bytes(kinds), "attribute": attributes, "holder": holders,
            "bases": bases, "uncertain": uncertain, "self_attributes": of_self}  # fmt: skip


def _qualname(node: Node) -> str:
    return node.qualname if isinstance(node, Symbol) else ""


def _calls(numbers: Numbers, linked: CompactFiles) -> MutableParts:
    of, count = numbers.of, numbers.first_shared
    calls: list[Sequence[int]] = [()] * count
    touches: list[Sequence[int]] = [()] * count
    for file in linked.files:
        for symbol, callees in rows(file.calls):
            calls[of[symbol]] = array("i", [of[callee] for callee in callees])
        for symbol, touched in rows(file.touches):
            touches[of[symbol]] = array("i", [of[node] for node in touched])
    return {**with_rows("calls", calls), **with_rows("touches", touches)}


def _words(numbers: Numbers, linked: CompactFiles) -> MutableParts:
    """The strings that could be names, with the symbols that hold them."""
    mentioning: dict[str, array[int]] = defaultdict(lambda: array("i"))
    texts = list(linked.words.numbers)
    lower = [text.lower() for text in texts]
    affix = [is_affix(text) for text in texts]
    affixes: list[str] = []
    affixed = array("i")
    for file in linked.files:
        for symbol, words in rows(file.words):
            number = numbers.of[symbol]
            for word in words:
                mentioning[lower[word]].append(number)
                if affix[word]:
                    affixes.append(texts[word])
                    affixed.append(number)
    order = sorted(mentioning, key=encode)
    return {
        **strings("words", order),
        **with_rows("mentioning", (mentioning[word] for word in order)),
        **strings("affixes", affixes),
        "affixed": affixed,
    }


def _facts(linked: CompactFiles) -> MutableParts:
    """What each file was linked from: aspects of files, and hashes of facts with a name."""
    numbers = {file.path: number for number, file in enumerate(linked.files)}
    facts = linked.facts.numbers
    of_file = array("i", [aspect_number(numbers[fact.file], fact.aspect) for fact in facts])
    hashes = [name_hash(fact_key(f)) if f.aspect in NAMED_ASPECTS else -1 for f in facts]
    named = array("Q")
    for number, file in enumerate(linked.files):
        named.extend([hashes[f] << _FILE_BITS | number for f in file.facts if hashes[f] >= 0])
    aspects = (sorted({of_file[fact] for fact in file.facts}) for file in linked.files)
    return {**_hashed("asked", "askers", named), **with_rows("aspects", aspects)}


_FILE_BITS = 31


def _hashed(hashes: str, files: str, pairs: array[int]) -> MutableParts:
    """Hashes in their order, and the numbers of the files that go with them."""
    ordered = sorted(pairs)
    below = (1 << _FILE_BITS) - 1
    return {
        hashes: array("I", [pair >> _FILE_BITS for pair in ordered]),
        files: array("i", [pair & below for pair in ordered]),
    }


def _module_words(importers: Mapping[str, Sequence[int]]) -> MutableParts:
    """The parts of names of modules that each file may look for."""
    pairs = array("Q")
    for word, files in importers.items():
        key = name_hash(word) << _FILE_BITS
        pairs.extend([key | file for file in files])
    return _hashed("parts", "importers", pairs)


def _mentioned(mentioned: Mapping[str, int]) -> MutableParts:
    counts = sorted((name_fingerprint(name), count) for name, count in mentioned.items())
    return {
        "mentioned": array("Q", (key for key, _ in counts)),
        "mentions": array("i", (count for _, count in counts)),
    }
