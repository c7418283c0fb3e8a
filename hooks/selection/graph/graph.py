"""The linked graph of a whole tree in compact form: nodes are numbers, edges lie in arrays.

A net is read from bytes as they are on disk, nothing is unpacked before it is asked for.
Files that differ from the tree that it was made of are laid over it (see `Net.overlay`).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import NamedTuple
from zlib import crc32

from ..link.names import ASKS, KEEPS, NAMED
from ..link.nodes import ATTRIBUTE, OWN, TEST, VALUE, Node, closure
from ..parse.summary import DefinitionKind
from .graph_file import Strings, encode, unpack

MODULE, FUNCTION, CLASS, OTHER, COROUTINE, TESTS = range(6)
MARKS = ("", ASKS, KEEPS, NAMED)
KINDS = {
    DefinitionKind.MODULE: MODULE,
    DefinitionKind.FUNCTION: FUNCTION,
    DefinitionKind.CLASS: CLASS,
}


class Shape(NamedTuple):
    """A file laid over a net: its symbols with their kinds, and what linking it gave.

    `doubts` are classes with a base that only run time knows.
    `words` are the strings in each symbol that are names. `touches` are the attributes
    that each symbol uses itself.
    """

    path: str
    kinds: dict[str, int]
    edges: Mapping[Node, Iterable[Node]]
    calls: Mapping[str, Sequence[Node]]
    touches: Mapping[str, Sequence[Node]]
    bases: Mapping[str, Sequence[Node]]
    doubts: frozenset[str]
    tests: Sequence[str]
    whole: str
    broken: bool
    words: Mapping[str, Sequence[str]]


class Net:
    """Nodes as numbers, with their edges both ways, classes, tests, and words."""

    def __init__(self, data: memoryview) -> None:
        """Read a net.

        Raises:
            ValueError: the bytes are not a whole net of this version.
        """
        header, rows, blobs = unpack(data)
        self._rows = rows
        self._blobs = blobs
        self.paths: list[str] = header["paths"]
        self.shas: list[str] = header["shas"]
        self.tests: list[str] = header["tests"]
        self.plugins: list[str] = header["plugins"]
        self.fixture_names: frozenset[str] = frozenset(header["fixtures"])
        self.plugin_words: frozenset[str] = frozenset(header["plugin_words"])
        self._whole: dict[str, str] = header["whole"]
        self._broken: frozenset[str] = frozenset(header["broken"])
        self.number = {path: at for at, path in enumerate(self.paths)}
        self.keys = Strings(blobs["keys"], rows["keys_at"])
        self.names = Strings(blobs["names"], rows["names_at"])
        self._base = rows["base"]
        self._out, self._out_at = rows["out"], rows["out_at"]
        self._in, self._in_at = rows["in"], rows["in_at"]
        self._last, self._holder, self._kind = rows["last"], rows["holder"], blobs["kind"]
        self.first_name = self._base[-1]
        self.size = self.first_name + len(self.names)
        self._locals: dict[int, dict[str, int]] = {}
        # What was laid over it.
        self._over: dict[str, Shape] = {}
        self._removed: frozenset[str] = frozenset()
        self._more_roots: set[int] = set()
        self._dead = bytearray(self.size)
        self._apart: dict[int, int] = {}
        self._more: dict[Node, int] = {}
        self._more_nodes: list[Node] = []
        self._more_out: dict[int, list[int]] = defaultdict(list)
        self._more_in: dict[int, list[int]] = defaultdict(list)
        self._about: dict[int, tuple[int, int, int]] = {}  # kind, last, holder
        self._foreign_out: dict[int, list[tuple[int, int]]] = defaultdict(list)
        self._foreign_in: dict[int, list[tuple[int, int]]] = defaultdict(list)
        edges = rows["foreign"]
        for source, target, by in zip(edges[::3], edges[1::3], edges[2::3], strict=True):
            self._foreign_out[source].append((target, by))
            self._foreign_in[target].append((source, by))
        self._over_files: set[int] = set()
        self._over_tests: set[int] = set()
        self._bases: dict[int, list[int]] | None = None
        self._made_bases: dict[int, list[int]] | None = None
        self._children: dict[int, list[int]] = defaultdict(list)
        self._related: dict[int, frozenset[int]] = {}
        self._owns: dict[int, list[tuple[int, int]]] | None = None
        self._patterns: list[tuple[int, int, str]] = []
        self._saying: dict[str, list[int]] = {}
        self._laid_words: dict[str, list[int]] | None = None
        self._affixes: dict[str, list[int]] | None = None

    # --- nodes ---------------------------------------------------------------------------

    def id(self, node: Node) -> int:
        """The number of a node; -1 if there is none."""
        mark, name = node
        if mark == ATTRIBUTE:
            at = self.names.find(name)
            return self.first_name + at if at >= 0 else self._more.get(node, -1)
        path, key = key_of(node)
        file = self.number.get(path)
        if file is None or path in self._removed:
            return self._more.get(node, -1)
        found = self._names_in(file).get(key)
        return self._more.get(node, -1) if found is None else found

    def node(self, number: int) -> Node:
        """The node of a number."""
        if number >= self.size:
            return self._more_nodes[number - self.size]
        if number >= self.first_name:
            return (ATTRIBUTE, self.names[number - self.first_name])
        path = self.paths[self._file(number)]
        key = self.keys[number]
        if key.startswith("\1"):
            _, klass, name = key.split("\1", 2)
            return (f"{OWN}\0{path}\0{klass}", name)
        if key.startswith("\2"):
            return (f"{VALUE}\0{path}", "")
        return (TEST, path + key[1:]) if key.startswith("\3") else (path, key)

    def _file(self, number: int) -> int:
        return bisect_right(self._base, number) - 1

    def _names_in(self, file: int) -> dict[str, int]:
        found = self._locals.get(file)
        if found is None:
            span = range(self._base[file], self._base[file + 1])
            found = self._locals[file] = {self.keys[n]: n for n in span}
        return found

    def _new(self, node: Node) -> int:
        found = self._more.get(node)
        if found is None:
            found = self._more[node] = self.size + len(self._more_nodes)
            self._more_nodes.append(node)
        return found

    def _id(self, node: Node) -> int:
        found = self.id(node)
        return found if found >= 0 else self._new(node)

    # --- edges ---------------------------------------------------------------------------

    def out(self, number: int) -> Sequence[int]:
        """What a node may run or read."""
        found: Sequence[int] = ()
        if number < self.size and not self._dead[number]:
            found = self._out[self._out_at[number] : self._out_at[number + 1]]
        foreign = self._foreign_out.get(number)
        if foreign:
            found = [*found, *(t for t, by in foreign if by not in self._over_files)]
        more = self._more_out.get(number)
        return [*found, *more] if more else found

    def into(self, number: int) -> Sequence[int]:
        """The nodes that may run or read a node."""
        found: Sequence[int] = ()
        if number < self.size:
            found = self._in[self._in_at[number] : self._in_at[number + 1]]
            if self._over_files and len(found):
                dead = self._dead
                found = [n for n in found if not dead[n]]
        foreign = self._foreign_in.get(number)
        if foreign:
            found = [*found, *(s for s, by in foreign if by not in self._over_files)]
        more = self._more_in.get(number)
        found = [*found, *more] if more else found
        apart = self._apart.get(number)
        return found if apart is None else [n for n in found if n != apart]

    def part(self, names: Iterable[Node]) -> None:
        """Take importing their own module for no way to these names any more."""
        self._apart = {self.id(name): self.id((name[0], "")) for name in names}

    def about(self, number: int) -> tuple[int, int, int]:
        """Kind, last name (as a node), and holder (class or module as a value) of a symbol.

        The holder is -1 for what is no symbol, or not one that a name finds.
        """
        found = self._about.get(number)
        if found is not None:
            return found
        if number >= self.first_name:
            return (OTHER, -1, -1)
        return (self._kind[number], self._last[number], self._holder[number])

    # --- classes -------------------------------------------------------------------------

    def _hierarchy(self) -> dict[int, list[int]]:
        if self._bases is None:
            self._bases = defaultdict(list)
            pairs = self._rows["bases"]
            for klass, base in zip(pairs[::2], pairs[1::2], strict=True):
                if not self._dead[klass]:
                    self._bases[klass].append(base)
            for path, shape in self._over.items():
                for name, bases in shape.bases.items():
                    self._bases[self._id((path, name))] = [self._id(b) for b in bases]
            for klass, above in self._bases.items():
                for base in above:
                    self._children[base].append(klass)
        return self._bases

    def ancestry(self, klass: int) -> list[int]:
        """A class and all its ancestors in the project, nearest first."""
        bases = self._hierarchy()
        return closure(klass, lambda one: bases.get(one, ()))

    def children(self, klass: int) -> list[int]:
        """The direct subclasses of a class."""
        self._hierarchy()
        return self._children.get(klass, [])

    def related(self, klass: int) -> frozenset[int]:
        """Classes whose methods `self.x` may mean in a method of a class."""
        found = self._related.get(klass)
        if found is None:
            below = closure(klass, self.children)
            found = self._related[klass] = frozenset(a for d in below for a in self.ancestry(d))
        return found

    def members(self, klass: int) -> list[tuple[str, int]]:
        """What a class body defines: names with their nodes."""
        path, name = self.node(klass)
        start = f"{name}."
        if path in self._over:
            every = {n: self._id((path, n)) for n in self._over[path].kinds}
        else:
            every = self._names_in(self.number[path])
        return [
            (n[len(start) :], at)
            for n, at in every.items()
            if n.startswith(start) and "." not in n[len(start) :]
        ]

    def _find_owns(self) -> dict[int, list[tuple[int, int]]]:
        if self._owns is None:
            self._owns = defaultdict(list)
            owns = self._rows["owns"]
            every = [*zip(owns[::3], owns[1::3], owns[2::3], strict=True)]
            every = [row for row in every if not self._dead[row[0]]]
            for shape in self._over.values():
                for mark, name in dict.fromkeys(n for ends in shape.edges.values() for n in ends):
                    if mark.startswith(OWN + "\0"):
                        _, path, klass = mark.split("\0")
                        row = (self._id((mark, name)), self._id((path, klass)))
                        every.append((*row, self._id((ATTRIBUTE, name))))
            for own, holder, name_id in every:
                self._owns[name_id].append((own, holder))
            stars = [*self._rows["stars"]]
            stars += [
                n for node, n in self._more.items() if node[0] == ATTRIBUTE and "*" in node[1]
            ]
            for star in stars:
                text = self.node(star)[1]
                if text != "*":
                    self._patterns.append((star, -1, text))
                self._patterns += [(own, holder, text) for own, holder in self._owns.get(star, ())]
        return self._owns

    def owns(self, name: int) -> Sequence[tuple[int, int]]:
        """Nodes for this attribute of `self`, each with the class that says it."""
        return self._find_owns().get(name, ())

    def patterns(self) -> list[tuple[int, int, str]]:
        """Attributes known in part: the node, the class if it is of `self` (else -1), the glob."""
        self._find_owns()
        return self._patterns

    # --- words ---------------------------------------------------------------------------

    def saying(self, name: str) -> list[int]:
        """Symbols with a string that is this name, but for case, or the beginning or end of it."""
        found = self._saying.get(name)
        if found is None:
            found = self._saying[name] = self._find_saying(name)
        return found

    def _find_saying(self, name: str) -> list[int]:
        rows, blobs = self._rows, self._blobs
        lower = name.lower()
        at = Strings(blobs["words"], rows["words_at"]).find(lower)
        found: dict[int, None] = {}
        if at >= 0:
            span = rows["says"][rows["says_at"][at] : rows["says_at"][at + 1]]
            found.update((n, None) for n in span if not self._dead[n])
        if self._laid_words is None or self._affixes is None:
            self._laid_words, self._affixes = self._index_words()
        found.update(dict.fromkeys(self._laid_words.get(lower, ())))
        for part in _affixes_of(name):
            found.update(dict.fromkeys(self._affixes.get(part, ())))
        return list(found)

    def _index_words(self) -> tuple[dict[str, list[int]], dict[str, list[int]]]:
        """The strings that were laid over, and all that may begin or end a name."""
        words: dict[str, list[int]] = defaultdict(list)
        affixes: dict[str, list[int]] = defaultdict(list)
        texts = Strings(self._blobs["affixes"], self._rows["affixes_at"])
        for at, node in enumerate(self._rows["affixed"]):
            if not self._dead[node]:
                affixes[texts[at]].append(node)
        for path, shape in self._over.items():
            for symbol, said in shape.words.items():
                node = self._id((path, symbol))
                for word in said:
                    words[word.lower()].append(node)
                    if is_affix(word):
                        affixes[word].append(node)
        return words, affixes

    def mentions(self, name: str) -> int:
        """How many files said a name in the tree that the net was made of."""
        hashes, wanted = self._rows["mentioned"], fingerprint(name)
        at = bisect_left(hashes, wanted)
        found = at < len(hashes) and hashes[at] == wanted
        return self._rows["mentions"][at] if found else 0

    # --- tests ---------------------------------------------------------------------------

    def is_test(self, number: int) -> bool:
        """Whether a node stands for a test, or for a file of tests."""
        if number in self._over_tests:
            return True
        return number < self.first_name and self._kind[number] == TESTS and not self._dead[number]

    def tests_in(self, path: str) -> list[str]:
        """The tests of a file, and the file itself if it may hold others."""
        if path in self._over:
            return list(self._over[path].tests)
        if path in self._removed:
            return []
        names = self._names_in(self.number[path]) if path in self.number else {}
        return [path + key[1:] for key in names if key.startswith("\3")]

    def whole(self, path: str) -> str:
        """Why the tests of a file are taken together; empty if they are not."""
        shape = self._over.get(path)
        return shape.whole if shape else self._whole.get(path, "")

    def broken(self, path: str) -> bool:
        """Whether a file does not parse."""
        shape = self._over.get(path)
        return shape.broken if shape else path in self._broken

    @property
    def early(self) -> frozenset[int] | None:
        """What runs while tests are imported; None where what was laid over may change that."""
        found = frozenset(self._rows["early"])
        if any(
            not found.isdisjoint(self._names_in(self.number[p]).values()) for p in self._removed
        ):
            return None
        return found if all(self._alike(s, found) for s in self._over.values()) else None

    def _alike(self, shape: Shape, early: frozenset[int]) -> bool:
        """Whether a file laid over does at import what it did before."""
        path = shape.path
        if path not in self.number:
            return self._id((path, "")) not in self._more_roots
        names = self._names_in(self.number[path])
        before = {
            n: at for n, at in names.items() if self._kind[at] != TESTS and n[:1] not in "\1\2\3"
        }
        before[""] = names[""]
        if {n: self._kind[at] for n, at in before.items()} != shape.kinds:
            return False
        if self.classes(path) != {n: (set(b), n in shape.doubts) for n, b in shape.bases.items()}:
            return False
        for name, at in before.items():
            if at not in early:
                continue
            calls = self._rows["calls"][self._rows["calls_at"][at] : self._rows["calls_at"][at + 1]]
            touches = self._rows["touches"][
                self._rows["touches_at"][at] : self._rows["touches_at"][at + 1]
            ]
            if {self.node(n) for n in calls} != set(shape.calls.get(name, ())):
                return False
            if {self.node(n) for n in touches} != set(shape.touches.get(name, ())):
                return False
        module = names[""]
        runs = self._out[self._out_at[module] : self._out_at[module + 1]]
        return {self.node(n) for n in runs if self.about(n)[0] == MODULE} == {
            end
            for end in shape.edges.get((path, ""), ())
            if not end[1] and (end[0] in self.number or end[0] in self._over)
        }

    @property
    def roots(self) -> Sequence[int]:
        """The modules of tests, conftests and plugins: what pytest imports itself."""
        gone = {self._names_in(self.number[path])[""] for path in self._removed}
        return [n for n in {*self._rows["roots"], *self._more_roots} if n not in gone]

    # --- calls ---------------------------------------------------------------------------

    def calls(self, number: int) -> Sequence[int]:
        """The functions and classes that a symbol calls itself."""
        shape = self._shape(number)
        if shape is not None:
            return [self._id(n) for n in shape[0].calls.get(shape[1], ())]
        if number >= self.first_name:
            return ()
        return self._rows["calls"][
            self._rows["calls_at"][number] : self._rows["calls_at"][number + 1]
        ]

    def touches(self, number: int) -> Sequence[int]:
        """The attributes (also of `self`) that a symbol uses itself, as nodes."""
        shape = self._shape(number)
        if shape is not None:
            return [self._id(n) for n in shape[0].touches.get(shape[1], ())]
        if number >= self.first_name:
            return ()
        at = self._rows["touches_at"]
        return self._rows["touches"][at[number] : at[number + 1]]

    def _shape(self, number: int) -> tuple[Shape, str] | None:
        if self._over and (number >= self.size or self._dead[number]):
            path, name = self.node(number)
            if path in self._over:
                return self._over[path], name
        return None

    # --- what a file was linked from -----------------------------------------------------

    def onlookers(self, files: Iterable[str]) -> list[str]:
        """The files that were linked from anything in one of some files."""
        wanted = {self.number[f] * 4 + at for f in files if f in self.number for at in range(4)}
        at = self._rows["seen_at"]
        found = {bisect_right(at, n) - 1 for n, s in enumerate(self._rows["seen"]) if s in wanted}
        return [self.paths[f] for f in sorted(found)]

    def importers(self, words: Iterable[str]) -> list[str]:
        """The files that say a module's name with one of these parts."""
        parts, files = self._rows["parts"], self._rows["importers"]
        found: set[int] = set()
        for one in map(name_hash, words):
            found.update(files[bisect_left(parts, one) : bisect_right(parts, one)])
        return [self.paths[f] for f in sorted(found)]

    def dependents(self, path: str, marks: Iterable[str], names: Iterable[str] = ()) -> list[str]:
        """The files that were linked from what a file says, below these marks or by these names."""
        file = self.number.get(path)
        if file is None:
            return []
        wanted = {file * 4 + MARKS.index(mark) for mark in marks}
        found: set[int] = set()
        if wanted:
            at = self._rows["seen_at"]
            every = enumerate(self._rows["seen"])
            found = {bisect_right(at, n) - 1 for n, s in every if s in wanted}
        asked, askers = self._rows["asked"], self._rows["askers"]
        for name in names:
            one = name_hash(f"{path}{NAMED}{name}")
            found.update(askers[bisect_left(asked, one) : bisect_right(asked, one)])
        return [self.paths[f] for f in sorted(found)]

    def classes(self, path: str) -> dict[str, tuple[set[Node], bool]]:
        """The classes of a file as the net was made: bases in the project, and whether one is in doubt."""
        if self._made_bases is None:
            self._made_bases = defaultdict(list)
            pairs = self._rows["bases"]
            for klass, base in zip(pairs[::2], pairs[1::2], strict=True):
                self._made_bases[klass].append(base)
        if path not in self.number:
            return {}
        doubts = self._rows["doubts"]
        return {
            name: ({self.node(b) for b in self._made_bases.get(n, ())}, n in doubts)
            for name, n in self._names_in(self.number[path]).items()
            if self._kind[n] == CLASS
        }

    def holding(self, names: Iterable[str]) -> list[str]:
        """The files with a class that has a member of one of these names."""
        wanted = {self.id((ATTRIBUTE, name)) for name in names} - {-1}
        if not wanted:
            return []
        found = {
            self.paths[self._file(n)]
            for n, last in enumerate(self._last)
            if last in wanted and self._holder[n] >= 0 and self._kind[self._holder[n]] == CLASS
        }
        return sorted(found)

    # --- another tree --------------------------------------------------------------------

    def overlay(
        self,
        shapes: Iterable[Shape],
        removed: frozenset[str],
        tests: Iterable[str],
        roots: Iterable[str],
    ) -> None:
        """Put these files in the place of what the net knows of them. To be done once.

        `removed` are files of the net that there are no more, `tests` all files with tests
        now, and `roots` files that pytest imports itself, as it may not have before.
        """
        self._removed = removed
        self._whole = {p: why for p, why in self._whole.items() if p not in removed}
        self._broken -= removed
        self.tests = sorted(tests)
        self._bases = None
        self._children.clear()
        self._related.clear()
        self._saying.clear()
        self._laid_words = self._affixes = None
        self._over = {shape.path: shape for shape in shapes}
        for path in (*self._over, *removed):
            file = self.number.get(path)
            if file is None:
                continue
            self._over_files.add(file)
            span = slice(self._base[file], self._base[file + 1])
            self._dead[span] = b"\1" * (span.stop - span.start)
        self._more_roots = {self._id((path, "")) for path in roots}
        for path, shape in self._over.items():
            self._over_tests.update(self._id((TEST, test)) for test in shape.tests)
            for name, kind in shape.kinds.items():
                outer, _, last = name.rpartition(".")
                holder = -1
                if name and not outer:
                    holder = self._id((f"{VALUE}\0{path}", ""))
                elif name and shape.kinds.get(outer) == CLASS:
                    holder = self._id((path, outer))
                about = (kind, self._id((ATTRIBUTE, last)), holder)
                self._about[self._id((path, name))] = about
        for shape in self._over.values():
            for node, ends in shape.edges.items():
                source = self._id(node)
                for end in ends:
                    target = self._id(end)
                    self._more_out[source].append(target)
                    self._more_in[target].append(source)


def key_of(node: Node) -> tuple[str, str]:
    """The file that a node belongs to, and its name in there."""
    mark, name = node
    if mark == TEST:
        path = name.partition("::")[0]
        return path, "\3" + name[len(path) :]
    kind, _, rest = mark.partition("\0")
    if kind == OWN and rest:
        path, _, klass = rest.partition("\0")
        return path, f"\1{klass}\1{name}"
    return (rest, "\2") if kind == VALUE and rest else node


def is_affix(word: str) -> bool:
    """Whether a string may be put before or after another to make a name: `visit_`, `_handler`."""
    return word[0] == "_" or word[-1] == "_"


def _affixes_of(name: str) -> Iterator[str]:
    """The beginnings and ends of a name that are affixes: each stops at an underscore."""
    for at, letter in enumerate(name):
        if letter == "_":
            yield name[: at + 1]
            yield name[at:]


def fingerprint(name: str) -> int:
    """A number for a name, the same in every process."""
    return int.from_bytes(blake2b(encode(name), digest_size=8).digest(), "little")


def name_hash(asked: str) -> int:
    """A small number for a name that a file was asked for; two may share one."""
    return crc32(encode(asked))
