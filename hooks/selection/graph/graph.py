"""The dependency graph of a whole tree in compact form: nodes are numbers, edges lie in arrays.

A graph is read from bytes as they are on disk; nothing is unpacked before it is needed. Files
that differ from the tree that it was made of are linked anew and laid over it (`overlay`).
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence, Set
from itertools import compress
from typing import NamedTuple

from gardener.model import Symbol

from ..link.linked_file import LinkedFile, SymbolKind
from ..link.nodes import (
    LOADING,
    NodeKind,
    attribute,
    kind_of,
    module_value,
    node_of_test,
    script,
    script_named,
)
from .attributes import AttributeIndex
from .facts import FactIndex
from .hierarchy import Hierarchy
from .kept_groups import KeptGroup, kept_groups
from .member_rows import MemberRows
from .node_table import NodeTable
from .patience import Patience
from .stored_graph import StoredGraph
from .stored_import_time import StoredImportTime
from .words import WordIndex

SYMBOL_KINDS = tuple(SymbolKind)
_MEMBERS = (NodeKind.SYMBOL, NodeKind.SCRIPT)
_IS_TEST = bytes(kind == NodeKind.TEST for kind in range(256))


class _ForeignEdge(NamedTuple):
    """An edge that the file of this number adds to a node of another file."""

    end: int
    file: int


class _SymbolFacts(NamedTuple):
    """What is known of a symbol in a file that was laid over; see the methods of `Graph`."""

    kind: SymbolKind
    attribute: int
    holder: int


class Graph:
    """Nodes as numbers, with their edges both ways, classes, tests, and words."""

    def __init__(self, stored: StoredGraph) -> None:
        self._stored = stored
        header = stored.header
        self.paths = header.paths
        self.shas = header.shas
        self.tests = header.tests
        self.plugins = header.plugins
        self.fixture_names = frozenset(header.fixtures)
        self.plugin_words = frozenset(header.plugin_words)
        self._whole = header.whole
        self._broken = frozenset(header.broken)
        nodes = self._nodes = NodeTable(stored)
        self.file_numbers = nodes.number_of_path
        self.id = nodes.id
        self.node = nodes.node
        self.symbol, self.name_of = nodes.symbol, nodes.name_of
        self.file_of, self.nodes_by_file = nodes.file_of, nodes.by_file
        self.facts, self.hierarchy = FactIndex(stored, nodes), Hierarchy(stored, nodes)
        self.attributes = AttributeIndex(stored, nodes)
        self.words = WordIndex(stored, nodes)
        self._import_time = StoredImportTime(stored, nodes, self.hierarchy)
        self.patience = Patience()
        self.derived: object = None  # what walks found out that does not depend on their starts
        # Bound once: these are looked into for every node of a walk.
        self._size, self._first_shared = nodes.size, nodes.first_shared
        self._node_kinds, self._stale = nodes.node_kinds, nodes.stale
        self._symbol_kinds = stored.texts["symbol_kinds"]
        self._out, self._out_at = stored.arrays["out"], stored.arrays["out_at"]
        self._in, self._in_at = stored.arrays["in"], stored.arrays["in_at"]
        self._attribute, self._holder = stored.arrays["attribute"], stored.arrays["holder"]
        # What was laid over it.
        self._is_as_stored = True
        self._replaced_files: set[int] = set()
        self._cut_imports: dict[int, int] = {}
        self._cut_names: dict[int, set[int]] = defaultdict(set)
        self._added_roots: set[int] = set()
        self._added_tests: set[int] = set()
        self._added_symbols: dict[int, _SymbolFacts] = {}
        self._added_out: dict[int, list[int]] = defaultdict(list)
        self._added_in: dict[int, list[int]] = defaultdict(list)
        self._foreign_out: dict[int, list[_ForeignEdge]] = defaultdict(list)
        self._foreign_in: dict[int, list[_ForeignEdge]] = defaultdict(list)
        edges = stored.arrays["foreign"]
        for source, target, file in zip(edges[::3], edges[1::3], edges[2::3], strict=True):
            self._foreign_out[source].append(_ForeignEdge(target, file))
            self._foreign_in[target].append(_ForeignEdge(source, file))

    def __len__(self) -> int:
        """How many nodes there are, and with that their numbers."""
        return len(self._nodes)

    # --- edges ---------------------------------------------------------------------------

    def out(self, number: int) -> Sequence[int]:
        """What a node may run or read."""
        ends: Sequence[int] = ()
        if number < self._size and not self._stale[number]:
            ends = self._out[self._out_at[number] : self._out_at[number + 1]]
        foreign = self._foreign_out.get(number)
        if foreign:
            ends = [*ends, *(end for end, file in foreign if file not in self._replaced_files)]
        added = self._added_out.get(number)
        ends = [*ends, *added] if added else ends
        cut = self._cut_names.get(number)
        return [n for n in ends if n not in cut] if cut else ends

    def into(self, number: int) -> Sequence[int]:
        """The nodes that may run or read a node."""
        sources: Sequence[int] = ()
        if number < self._size:
            sources = self._in[self._in_at[number] : self._in_at[number + 1]]
            stale = self._nodes.stale_numbers
            if not stale.isdisjoint(sources):
                sources = [n for n in sources if n not in stale]
        foreign = self._foreign_in.get(number)
        if foreign:
            replaced = self._replaced_files
            sources = [*sources, *(end for end, file in foreign if file not in replaced)]
        added = self._added_in.get(number)
        sources = [*sources, *added] if added else sources
        cut = self._cut_imports.get(number)
        return sources if cut is None else [n for n in sources if n != cut]

    def walker(self, *, back: bool = False) -> Callable[[int], Sequence[int]]:
        """`out`, or `into`, for a walk over many nodes: most have just what is stored."""
        ends, at, slow = self._out, self._out_at, self.out
        special, stale = self._special_out(), self._stale
        if back:
            if self._replaced_files:
                return self.into
            ends, at, slow = self._in, self._in_at, self.into
            special = {*self._foreign_in, *self._added_in, *self._cut_imports}
        size = self._size

        def walk(number: int) -> Sequence[int]:
            if number in special or number >= size or stale[number]:
                return slow(number)
            return ends[at[number] : at[number + 1]]

        return walk

    def ends_of(self, numbers: Set[int]) -> set[int]:
        """What any of some nodes may run or read."""
        ends, at, size, stale = self._out, self._out_at, self._size, self._stale
        special = self._special_out()
        reached: set[int] = set()
        reach = reached.update
        for number in numbers:
            if number in special:
                reach(self.out(number))
            elif number < size and not stale[number]:
                reach(ends[at[number] : at[number + 1]])
        return reached

    def _special_out(self) -> set[int]:
        """The nodes with other ends than those that are stored."""
        return {*self._foreign_out, *self._added_out, *self._cut_names}

    def holders(self) -> array[int]:
        """What has each node as an attribute; -1 for one that is no member of anything."""
        holders = self._holder[: self._first_shared]
        for number in self._stored.arrays["self_attributes"]:
            holders[number] = -1  # it stands there for the class in which it is used
        return self._with_added(holders, lambda facts: facts.holder)

    def attribute_nodes(self) -> array[int]:
        """The node of the attribute that may mean each member."""
        return self._with_added(self._attribute[: self._first_shared], lambda f: f.attribute)

    def members_by_holder(self) -> MemberRows:
        """The members of each class, and of each module as a value."""
        added = self._added_symbols.items()
        return MemberRows(self._stored, "held_by", ((n, facts.holder) for n, facts in added))

    def members_by_attribute(self) -> MemberRows:
        """The members that each attribute may mean by its name."""
        added = self._added_symbols.items()
        keys = ((n, facts.attribute if facts.holder >= 0 else -1) for n, facts in added)
        return MemberRows(self._stored, "meant_by", keys)

    def _with_added(self, of_nodes: array[int], of: Callable[[_SymbolFacts], int]) -> array[int]:
        of_nodes.extend([-1] * (len(self) - len(of_nodes)))
        for number, facts in self._added_symbols.items():
            of_nodes[number] = of(facts)
        return of_nodes

    def kept_groups(self) -> list[KeptGroup]:
        """The groups of tests that were stored with it; none where it is another graph now."""
        if not self._is_as_stored or self._cut_imports:
            return []
        return list(kept_groups(self._stored, self._size))

    def is_script_named(self, number: int) -> bool:
        """Whether a node stands for a file of whose path strings say a part."""
        if number < self._first_shared:
            return self._node_kinds[number] == NodeKind.SCRIPT_NAMED
        return number >= self._size and kind_of(self.node(number)) is NodeKind.SCRIPT_NAMED

    def all_tests(self) -> list[int]:
        """The nodes of all tests, and of files of tests."""
        are_tests = bytes(self._node_kinds[: self._first_shared]).translate(_IS_TEST)
        stored = [n for n in compress(range(self._first_shared), are_tests) if not self._stale[n]]
        return sorted({*stored, *self._added_tests})

    def modules(self) -> set[int]:
        """The nodes of all modules: what importing each of them runs."""
        return self._nodes.all_modules()

    def drop_import_edges(self, names: Iterable[Symbol]) -> None:
        """Let importing their own module lead to these names no more."""
        self.derived = None
        self._cut_imports = {self.id(s): self.id(Symbol(s.file, "")) for s in names}
        for name, module in self._cut_imports.items():
            self._cut_names[module].add(name)

    # --- symbols -------------------------------------------------------------------------

    def kind(self, number: int) -> SymbolKind:
        """The kind of a symbol; `OTHER` for a node that is none."""
        added = self._added_symbols.get(number)
        if added is not None:
            return added.kind
        return (
            SYMBOL_KINDS[self._symbol_kinds[number]]
            if number < self._first_shared
            else SymbolKind.OTHER
        )

    def attribute_of(self, number: int) -> int:
        """The node of the attribute that may mean a symbol by its last name; -1 for no symbol."""
        added = self._added_symbols.get(number)
        if added is not None:
            return added.attribute
        return self._attribute[number] if self._is_stored_member(number) else -1

    def holder(self, number: int) -> int:
        """The class around a symbol, or its module as a value: what has it as an attribute.

        -1 for a node that is no symbol, or one that no attribute can mean.
        """
        added = self._added_symbols.get(number)
        if added is not None:
            return added.holder
        return self._holder[number] if self._is_stored_member(number) else -1

    def _is_stored_member(self, number: int) -> bool:
        return number < self._first_shared and self._node_kinds[number] in _MEMBERS

    def calls(self, number: int) -> Sequence[int]:
        """The functions and classes that a symbol calls itself."""
        replaced = self._replacement(number)
        if replaced is not None:
            file, name = replaced
            return self._nodes.add_all(file.calls.get(name, ()))
        return self._stored.row("calls", number) if number < self._first_shared else ()

    def touches(self, number: int) -> Sequence[int]:
        """The attributes (also of `self`) that a symbol uses itself, as nodes."""
        replaced = self._replacement(number)
        if replaced is not None:
            file, name = replaced
            return self._nodes.add_all(file.touches.get(name, ()))
        return self._stored.row("touches", number) if number < self._first_shared else ()

    def _replacement(self, number: int) -> tuple[LinkedFile, str] | None:
        """The file that was laid over that of a symbol, and the qualified name."""
        relinked = self._nodes.relinked
        if relinked and (number >= self._size or self._stale[number]):
            node = self.node(number)
            if isinstance(node, Symbol) and node.file in relinked:
                return relinked[node.file], node.qualname
        return None

    # --- tests ---------------------------------------------------------------------------

    def is_test(self, number: int) -> bool:
        """Whether a node stands for a test, or for a file of tests."""
        if number in self._added_tests:
            return True
        return (
            number < self._first_shared
            and self._node_kinds[number] == NodeKind.TEST
            and not self._stale[number]
        )

    def nodeid(self, number: int) -> str:
        """The nodeid of a test, or the path of a file of tests."""
        return self._nodes.nodeid(number)

    def tests_in(self, path: str) -> list[str]:
        """The nodeids of the tests of a file, and the file itself if it may hold others."""
        if path in self._nodes.relinked:
            return list(self._nodes.relinked[path].tests)
        return [] if path in self._nodes.removed else self._nodes.stored_tests_in(path)

    def whole(self, path: str) -> str:
        """Why the tests of a file are taken together; empty if they are not."""
        relinked = self._nodes.relinked.get(path)
        return relinked.whole if relinked else self._whole.get(path, "")

    def broken(self, path: str) -> bool:
        """Whether a file does not parse."""
        relinked = self._nodes.relinked.get(path)
        return relinked.broken if relinked else path in self._broken

    @property
    def roots(self) -> Sequence[int]:
        """The modules of tests, conftests and plugins: what pytest imports itself."""
        removed = self._nodes.modules(self._nodes.removed)
        return [*({*self._stored.arrays["roots"], *self._added_roots} - removed)]

    def stored_import_time(self) -> frozenset[int] | None:
        """What was found to run while tests are imported; None where that may have changed."""
        return self._import_time.valid(self._added_roots)

    # --- another tree --------------------------------------------------------------------

    def overlay(
        self,
        linked: Iterable[LinkedFile],
        removed: frozenset[str],
        tests: Iterable[str],
        roots: Iterable[str],
    ) -> None:
        """Put these files in the place of what the graph has of them. To be done once.

        `removed` are files of the graph that are gone, `tests` all files with tests now, and
        `roots` files that pytest imports directly and did not in the tree of the graph.
        """
        self.derived = None
        self._is_as_stored = False
        nodes = self._nodes
        self._whole = {p: why for p, why in self._whole.items() if p not in removed}
        self._broken -= removed
        self.tests = sorted(tests)
        relinked = {file.path: file for file in linked}
        self._replaced_files = nodes.replace(relinked, removed)
        self.hierarchy.reset()
        self.attributes = AttributeIndex(self._stored, nodes)
        self.words = WordIndex(self._stored, nodes)
        self._added_roots = {nodes.add(Symbol(path, "")) for path in roots}
        for file in relinked.values():
            self._add_symbols(file)
        for file in relinked.values():
            self._add_edges(file)

    def _add_symbols(self, file: LinkedFile) -> None:
        add, path = self._nodes.add, file.path
        self._added_tests.update(add(node_of_test(nodeid, path)) for nodeid in file.tests)
        for name, kind in file.kinds.items():
            outer, _, last = name.rpartition(".")
            holder = -1
            if name and not outer:
                holder = add(module_value(path))
            elif name and file.kinds.get(outer) == SymbolKind.CLASS:
                holder = add(Symbol(path, outer))
            facts = _SymbolFacts(kind, add(attribute(last)), holder)
            self._added_symbols[add(Symbol(path, name))] = facts
        if script(path) in file.edges:
            facts = _SymbolFacts(SymbolKind.OTHER, add(LOADING), add(script_named(path)))
            self._added_symbols[add(script(path))] = facts

    def _add_edges(self, file: LinkedFile) -> None:
        for node, dependencies in file.edges.items():
            source = self._nodes.add(node)
            targets = self._nodes.add_all(dependencies)
            self._added_out[source] += targets
            for target in targets:
                self._added_in[target].append(source)
