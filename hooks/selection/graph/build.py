"""Makes a graph, as it is stored, out of linked files."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

from gardener.model import Symbol

from ..link.facts import NAMED_ASPECTS
from ..link.linked_file import SymbolKind
from ..link.linker import Linker
from ..link.nodes import (
    LOADING,
    Node,
    NodeKind,
    VirtualNode,
    attribute,
    module_value,
    script_named,
)
from .compact import CompactFiles, rows
from .facts import aspect_number, fact_key, name_fingerprint, name_hash
from .graph import Graph
from .groups import groups_of
from .import_time import ImportTime
from .kept_groups import group_parts
from .member_rows import member_parts
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
    parts.update(group_parts(len(graph), groups_of(graph)))
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
    def known_to(cls, linker: Linker, files: Sequence[str], named: Iterable[str]) -> Tests:
        """What a linker found of these files with tests; `named` are plugins that any file names."""
        return cls(
            files,
            {file for path in files for file in linker.plugins.scope(path)},
            linker.plugins.files,
            sorted(linker.fixtures.all_names),
            sorted({w for p in (*linker.plugins.configured, *named) for w in p.split(".")}),
        )


def _edges(numbers: Numbers, linked: CompactFiles) -> MutableParts:
    of, count = numbers.of, len(numbers.ids)
    out, foreign = array("i"), array("i")
    starts = array("i", bytes(4 * (count + 1)))
    for number, file in enumerate(linked.files):
        low, high = numbers.starts[number], numbers.starts[number + 1]
        # In the order of their sources, so that they are rows as they come.
        for source, ends in sorted((of[key], ends) for key, ends in rows(file.edges)):
            if low <= source < high:
                out.extend([of[end] for end in ends])
                starts[source + 1] = len(ends)
            else:
                foreign.extend([n for end in ends for n in (source, of[end], number)])
    starts = array("i", accumulate(starts))
    return {"foreign": foreign, "out": out, "out_at": starts, **_turned("in", out, starts, count)}


def _turned(name: str, flat: array[int], starts: array[int], count: int) -> MutableParts:
    """For each number below `count` that stands in some rows the numbers of these rows, in order."""
    ends = array("i", bytes(4 * (count + 1)))
    for number in flat:
        ends[number + 1] += 1
    ends = array("i", accumulate(ends))
    free = ends[:]
    turned = array("i", bytes(4 * len(flat)))
    for row, (start, end) in enumerate(pairwise(starts)):
        for number in flat[start:end]:
            place = free[number]
            turned[place] = row
            free[number] = place + 1
    return {name: turned, f"{name}_at": ends}


def _symbols(numbers: Numbers, linked: CompactFiles) -> MutableParts:
    """Of each symbol its kind, the attribute that may mean it and its holder; also of classes.

    An attribute of `self` has its class as the holder, a script what says its path.
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
        if isinstance(node, VirtualNode) and node.kind is NodeKind.SCRIPT:
            attributes[number], holders[number] = ids[LOADING], ids[script_named(node.file)]
    return {"symbol_kinds": bytes(kinds), "attribute": attributes, "holder": holders,
            "bases": bases, "uncertain": uncertain, "self_attributes": of_self,
            **member_parts(holders, attributes, of_self, len(ids))}  # fmt: skip


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
    """The strings that could be names, with the symbols that hold them.

    `said_in` is, of each node that all files share, the row of the string that is its name.
    """
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
    row_of = {word: row for row, word in enumerate(order)}
    return {
        "said_in": array("i", (row_of.get(node.name.lower(), -1) for node in numbers.shared)),
        **strings("words", order),
        **with_rows("mentioning", (mentioning[word] for word in order)),
        **strings("affixes", affixes),
        "affixed": affixed,
    }


def _facts(linked: CompactFiles) -> MutableParts:
    """What each file was linked from: aspects of files, and hashes of facts with a name."""
    numbers = {file.path: number for number, file in enumerate(linked.files)}
    facts = linked.facts.numbers
    of_file = array(
        "i", (aspect_number(numbers[f.file], f.aspect) if f.file else -1 for f in facts)
    )
    aspects = (sorted({of_file[fact] for fact in file.facts} - {-1}) for file in linked.files)
    hashes = [name_hash(fact_key(f)) if f.aspect in NAMED_ASPECTS else -1 for f in facts]
    asked = sorted(set(hashes) - {-1})
    places = {key: place for place, key in enumerate(asked)}
    place_of = array("i", [places.get(key, -1) for key in hashes])
    named, starts = array("i"), array("i", [0])
    for file in linked.files:
        named.extend({place_of[fact] for fact in file.facts} - {-1})
        starts.append(len(named))
    return {
        "asked": array("I", asked),
        **_turned("askers", named, starts, len(asked)),
        **with_rows("aspects", aspects),
    }


def _module_words(importers: Mapping[str, Sequence[int]]) -> MutableParts:
    """The parts of names of modules that each file may look for."""
    files: dict[int, Sequence[int]] = {}
    for word, of_word in importers.items():
        key = name_hash(word)
        files[key] = sorted({*files[key], *of_word}) if key in files else of_word
    parts = sorted(files)
    return {"parts": array("I", parts), **with_rows("importers", (files[key] for key in parts))}


def _mentioned(mentioned: Mapping[str, int]) -> MutableParts:
    counts = sorted((name_fingerprint(name), count) for name, count in mentioned.items())
    return {
        "mentioned": array("Q", (key for key, _ in counts)),
        "mentions": array("i", (count for _, count in counts)),
    }
