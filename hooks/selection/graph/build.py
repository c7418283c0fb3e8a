"""Makes a net (see `net`) out of linked files."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from ..link.names import ASKS, KEEPS, NAMED
from ..link.nodes import ATTRIBUTE, OWN, TEST, VALUE, Node
from ..link.symbols import Graph, Linked, module_words
from ..parse.summary import Definition
from .graph import (
    CLASS,
    COROUTINE,
    KINDS,
    MARKS,
    OTHER,
    TESTS,
    Net,
    Shape,
    fingerprint,
    is_affix,
    key_of,
    name_hash,
)
from .graph_file import encode, pack
from .import_time import ImportTime


def shape(graph: Graph, linked: Linked) -> Shape:
    """A linked file as it is laid over a net."""
    summary = graph.summaries[linked.path]
    symbols = graph.symbols[linked.path]
    return Shape(
        linked.path,
        {name: _kind(symbol) for name, symbol in symbols.items()},
        linked.edges,
        linked.calls,
        linked.touches,
        linked.bases,
        linked.doubts,
        linked.tests,
        linked.whole,
        bool(summary.broken),
        {s.name: s.strings.identifiers for s in summary.definitions if s.strings.identifiers},
    )


def _kind(symbol: Definition) -> int:
    return COROUTINE if symbol.is_coroutine else KINDS.get(symbol.kind, OTHER)


def weave(
    shas: Mapping[str, str],
    graph: Graph,
    linked: Sequence[Linked],
    tests: Sequence[str],
    mentioned: Mapping[str, int],
) -> bytes:
    """The bytes of a net of all files.

    `shas` are their blobs, `mentioned` says in how many of them a name is said.

    Raises:
        KeyError: an edge leads to a file that is not among them.
    """
    paths = [one.path for one in linked]
    shapes = [shape(graph, one) for one in linked]
    numbers = _Numbers(shapes)
    parts = {
        **numbers.parts(),
        **_edges(numbers, shapes),
        **_symbols(numbers, shapes),
        **_words(numbers, shapes),
    }
    number = {path: at for at, path in enumerate(paths)}
    parts |= _seen(number, linked)
    words = [module_words(graph.summaries[path]) for path in paths]
    parts["parts"], parts["importers"] = _hashed((w, at) for at, ws in enumerate(words) for w in ws)
    hashed = sorted((fingerprint(name), count) for name, count in mentioned.items())
    parts["mentioned"] = array("Q", (h for h, _ in hashed))
    parts["mentions"] = array("i", (c for _, c in hashed))
    roots = {f for path in tests for f in graph.fixtures.scope(path)}
    parts["roots"] = array(
        "i", sorted(numbers.ids[(f, "")] for f in roots if (f, "") in numbers.ids)
    )
    header = {
        "paths": paths,
        "shas": [shas[path] for path in paths],
        "tests": list(tests),
        "plugins": graph.fixtures.plugins,
        "fixtures": sorted(graph.fixtures.known),
        "plugin_words": sorted({w for p in graph.fixtures.plugin_names for w in p.split(".")}),
        "whole": {s.path: s.whole for s in shapes if s.whole},
        "broken": [s.path for s in shapes if s.broken],
    }
    parts["early"] = array("i")
    parts["early"] = array("i", ImportTime(Net(memoryview(pack(header, parts))), anew=True).found())
    return pack(header, parts)


def _seen(number: Mapping[str, int], linked: Sequence[Linked]) -> dict[str, array[int]]:
    """What each file was linked from: files by mark, and names (as hashes, with who asked)."""
    marks = {ASKS: MARKS.index(ASKS), KEEPS: MARKS.index(KEEPS)}
    rows: list[list[int]] = []
    asked: list[tuple[str, int]] = []
    for at, one in enumerate(linked):
        row = set()
        for seen in one.seen:
            file, named, _ = seen.partition(NAMED)
            if named:
                asked.append((seen, at))
                row.add(number[file] * 4 + MARKS.index(NAMED))
            else:
                row.add(number[seen.lstrip(ASKS + KEEPS)] * 4 + marks.get(seen[0], 0))
        rows.append(sorted(row))
    parts: dict[str, array[int]] = {}
    parts["asked"], parts["askers"] = _hashed(asked)
    parts["seen"], parts["seen_at"] = _rows(rows)
    return parts


def _hashed(names: Iterable[tuple[str, int]]) -> tuple[array[int], array[int]]:
    """Hashes of names in their order, and the files that go with them."""
    hashes: dict[str, int] = {}
    found = []
    for name, file in names:
        if name not in hashes:
            hashes[name] = name_hash(name)
        found.append((hashes[name], file))
    found.sort()
    return array("I", (h for h, _ in found)), array("i", (n for _, n in found))


def _rows(rows: Iterable[Iterable[int]]) -> tuple[array[int], array[int]]:
    """Rows one after the other, and where each begins."""
    flat, at = array("i"), array("i", [0])
    for row in rows:
        flat.extend(row)
        at.append(len(flat))
    return flat, at


def _strings(texts: Iterable[str]) -> tuple[bytes, array[int]]:
    blob, at = bytearray(), array("i", [0])
    for text in texts:
        blob += encode(text)
        at.append(len(blob))
    return bytes(blob), at


class _Numbers:
    """Gives every node of all files a number: file by file, then the attributes."""

    def __init__(self, shapes: Sequence[Shape]) -> None:
        inside: dict[str, dict[Node, None]] = {}
        for one in shapes:
            path = one.path
            nodes = inside[path] = dict.fromkeys((path, name) for name in one.kinds)
            nodes[(f"{VALUE}\0{path}", "")] = None
            nodes.update(dict.fromkeys((TEST, test) for test in one.tests))
        names: set[str] = set()
        for one in shapes:
            for node, ends in one.edges.items():
                for end in (node, *ends):
                    if end[0] == ATTRIBUTE:
                        names.add(end[1])
                    elif end[0].startswith(OWN + "\0"):
                        inside[key_of(end)[0]][end] = None
                        names.add(end[1])
            names.update(name.rpartition(".")[2] for name in one.kinds)
            for touched in one.touches.values():
                names.update(name for _, name in touched)
        self.ids: dict[Node, int] = {}
        self.base = array("i", [0])
        for nodes in inside.values():
            for node in nodes:
                self.ids[node] = len(self.ids)
            self.base.append(len(self.ids))
        self.first_name = len(self.ids)
        self.names = sorted(names, key=encode)
        for name in self.names:
            self.ids[(ATTRIBUTE, name)] = len(self.ids)

    def parts(self) -> dict[str, array[int] | bytes]:
        nodes = list(self.ids)
        keys, keys_at = _strings(key_of(n)[1] for n in nodes[: self.first_name])
        names, names_at = _strings(self.names)
        stars = array("i", (self.ids[(ATTRIBUTE, n)] for n in self.names if "*" in n))
        return {"base": self.base, "keys": keys, "keys_at": keys_at,
                "names": names, "names_at": names_at, "stars": stars}  # fmt: skip


def _edges(numbers: _Numbers, shapes: Sequence[Shape]) -> dict[str, array[int]]:
    ids = numbers.ids
    out: list[list[int]] = [[] for _ in ids]
    into: list[list[int]] = [[] for _ in ids]
    foreign, owns = array("i"), array("i")
    for number, one in enumerate(shapes):
        low, high = numbers.base[number], numbers.base[number + 1]
        for node, ends in one.edges.items():
            source = ids[node]
            if low <= source < high:
                row = out[source]
                for end in ends:
                    target = ids[end]
                    row.append(target)
                    into[target].append(source)
            else:
                for end in ends:
                    foreign.extend((source, ids[end], number))
    for node, at in ids.items():
        mark, _, rest = node[0].partition("\0")
        if mark == OWN and rest:
            path, _, klass = rest.partition("\0")
            owns.extend((at, ids[(path, klass)], ids[(ATTRIBUTE, node[1])]))
    parts: dict[str, array[int]] = {"foreign": foreign, "owns": owns}
    parts["out"], parts["out_at"] = _rows(out)
    parts["in"], parts["in_at"] = _rows(into)
    return parts


def _symbols(numbers: _Numbers, shapes: Sequence[Shape]) -> dict[str, array[int] | bytes]:
    ids, count = numbers.ids, numbers.first_name
    kinds = bytearray([OTHER]) * count
    last, holder = array("i", [-1]) * count, array("i", [-1]) * count
    calls: list[Sequence[int]] = [()] * count
    touches: list[Sequence[int]] = [()] * count
    bases, doubts = array("i"), array("i")
    for one in shapes:
        path = one.path
        value = ids[(f"{VALUE}\0{path}", "")]
        for name, kind in one.kinds.items():
            node = ids[(path, name)]
            kinds[node] = kind
            outer, _, end = name.rpartition(".")
            last[node] = ids[(ATTRIBUTE, end)]
            if name and not outer:
                holder[node] = value
            elif name and one.kinds.get(outer) == CLASS:
                holder[node] = ids[(path, outer)]
        for name, ends in one.calls.items():
            calls[ids[(path, name)]] = [ids[n] for n in ends]
        for name, touched in one.touches.items():
            touches[ids[(path, name)]] = [ids[n] for n in touched]
        for name, above in one.bases.items():
            for base in above:
                bases.extend((ids[(path, name)], ids[base]))
        doubts.extend(ids[(path, name)] for name in one.doubts)
        for test in one.tests:
            kinds[ids[(TEST, test)]] = TESTS
    parts: dict[str, array[int] | bytes] = {
        "kind": bytes(kinds), "last": last, "holder": holder, "bases": bases, "doubts": doubts
    }  # fmt: skip
    parts["calls"], parts["calls_at"] = _rows(calls)
    parts["touches"], parts["touches_at"] = _rows(touches)
    return parts


def _words(numbers: _Numbers, shapes: Sequence[Shape]) -> dict[str, array[int] | bytes]:
    said: dict[str, list[int]] = defaultdict(list)
    affixes, affixed = [], array("i")
    for one in shapes:
        for symbol, words in one.words.items():
            node = numbers.ids[(one.path, symbol)]
            for word in words:
                said[word.lower()].append(node)
                if is_affix(word):
                    affixes.append(word)
                    affixed.append(node)
    order = sorted(said, key=encode)
    parts: dict[str, array[int] | bytes] = {"affixed": affixed}
    parts["words"], parts["words_at"] = _strings(order)
    parts["says"], parts["says_at"] = _rows(said[word] for word in order)
    parts["affixes"], parts["affixes_at"] = _strings(affixes)
    return parts
