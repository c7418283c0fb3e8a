"""Whether a change executes while tests are collected: an error there stops them all."""

from __future__ import annotations

from collections.abc import Callable, Set
from functools import lru_cache
from typing import TYPE_CHECKING

from gardener.model import Symbol
from gardener.nodeid import NodeId

from ..changes import contents
from .graph.decorators import wrapper_runs_at_import
from .graph.graph import Graph
from .graph.import_time import ImportTime
from .link.linked_file import FUNCTIONS
from .link.nodes import show
from .tree import SourceTree

if TYPE_CHECKING:
    from .recorded_tests import RecordedTests


class CollectionTime:
    """Tells of each function whether collecting the tests executes it.

    A recorded collection that is still valid says so for sure. Where there is none, the graph
    gives the functions that probably run while test files are imported.
    """

    def __init__(self, graph: Graph, record: RecordedTests | None) -> None:
        self._graph = graph
        self._record = record
        self.import_time = lru_cache(lambda: ImportTime(graph))
        self._executed = _executed_at_collection(record)
        self._unrecorded_files = self._files_without_record()

    def executes(self, symbol: Symbol) -> bool:
        """Whether collecting executes a function that changed, or a module."""
        if self._record is None:
            return self.import_time().runs(symbol)
        validity = self._record.validity
        # Not in `changed_bodies`: the tests were collected with just this content.
        if not self._executed.isdisjoint(validity.changed_bodies.get(symbol, ())):
            return True
        is_recorded = (
            self._unrecorded_files is not None
            and symbol.file not in self._unrecorded_files
            and symbol not in validity.changed_beyond_bodies
        )
        return not is_recorded and self.import_time().runs(symbol)

    def _files_without_record(self) -> frozenset[str] | None:
        """The files of which no record says what runs in them while tests are collected.

        None if that is not known of any, as not all test files have been collected since what
        collecting runs last changed.
        """
        valid = [
            collection
            for collection in (self._record.validity.collections if self._record else ())
            if all(self._runs_later(symbol) for symbol in collection.unverified)
        ]
        collected = frozenset().union(*(collection.files for collection in valid))
        if not collected.issuperset(self._graph.tests):
            return None
        return frozenset().union(*(collection.unseen for collection in valid))

    def _runs_later(self, symbol: Symbol) -> bool:
        """Whether no collection executes a symbol that is new, gone, or differs beyond its body."""
        path, qualname = symbol
        names = tuple(qualname.split("."))
        tests = self._graph.tests_in(path)
        if any(NodeId.parse(test).names[:-1][: len(names)] == names for test in tests):
            return True  # a class of tests
        if tests and names[-1].startswith("test"):
            return True
        number = self._graph.id(symbol)
        is_function = number >= 0 and self._graph.kind(number) in FUNCTIONS
        return is_function and not self.import_time().runs(symbol)


def _executed_at_collection(record: RecordedTests | None) -> frozenset[Symbol]:
    """All functions that were seen to run before the first test did."""
    if record is None:
        return frozenset()
    from ..record.collecting import executed_at_collection  # late: only a record needs it

    return executed_at_collection(record.recording.runs.values())


def collection_reason(
    graph: Graph,
    starts: dict[Symbol, str],
    record: RecordedTests | None,
    nested_only: Set[Symbol],
    source: Callable[[str], bytes],
) -> str:
    """Why the change executes during collection, so that every test is affected; else empty.

    `nested_only` are functions of which only functions two levels inside them changed: these run
    at import only where the function is more than a decorator there. `source` gives the content
    of a file.
    """
    collection_time = CollectionTime(graph, record)
    for symbol in starts:
        if not symbol.qualname or not collection_time.executes(symbol):
            continue
        if symbol in nested_only and not wrapper_runs_at_import(
            symbol, graph, collection_time.import_time(), source
        ):
            continue
        return f"{show(symbol)} changed and runs while tests are collected; an error there stops them all"
    return ""


def source_reader(tree: SourceTree) -> Callable[[str], bytes]:
    """Gives the content of a file of the tree; where it cannot be read, what does not parse."""

    def source(path: str) -> bytes:
        return contents(tree.root, {path: tree.files.get(path)}).get(path, b"(")

    return source
