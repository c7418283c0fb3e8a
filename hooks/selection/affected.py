"""The tests that the graph and the record show to be affected, each with the reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from gardener.model import Symbol
from gardener.nodeid import file_of, without_parameters

from ..record.text_changes import TextChanges
from .graph.docstring_readers import TextReaders
from .graph.graph import Graph
from .graph.line_readers import LineReaders
from .graph.reach import Reach, reach
from .link.nodes import Node, show, type_check

if TYPE_CHECKING:
    from .recorded_tests import RecordedTests

_MOVED = "lines moved of code that it comes to, and it looks at numbers of lines"
Reason = Callable[[str], str]
WayTo = Callable[[Reach, str, "dict[Symbol, str]"], str]


def affected_tests(
    graph: Graph,
    starts: dict[Symbol, str],
    texts: TextChanges,
    handed_out: Callable[[Symbol], bool],
    record: RecordedTests | None,
    unread: list[str],
    *,
    reasons: bool = True,
) -> dict[str, str]:
    """Nodeids, or files where all tests of one are affected, each with a reason.

    `starts` are the symbols from which the graph is walked back, with the reason, `texts` what
    changed for those who read code as text. `unread` are changed files that only the record knows
    the readers of: tests without a valid record may read them too. Without `reasons` the ways to
    the starts are not told.
    """
    since = record.validity.texts.values() if record else ()
    moved = texts.moved.union(*(changes.moved for changes in since))
    readers = TextReaders(graph, texts.documented, texts.files, handed_out, starts)
    affected = readers.reasons(texts.documented, texts.files)
    lines = LineReaders(graph, moved)
    affected.update(dict.fromkeys(lines.tests(texts.moved).tests, _MOVED))
    affected.update(dict.fromkeys(readers.reached.names(readers.reached.tests(starts)), ""))
    way_to: WayTo = _way if reasons else lambda *_: ""
    reach_of_change = reach(graph, starts)  # for ways that end in no text; without them no walk

    def way(test: str) -> str:
        return way_to(reach_of_change, test, starts)

    if record is None:
        return _by_file(graph, affected, lambda test: affected[test] or way(test))
    stale = record.reading_lines(lines)
    affected = {**dict.fromkeys(record.executed_any(texts.moved, stale), _MOVED), **affected}
    stale |= record.reading_texts(graph, handed_out)
    if unread:
        why = f"no Python file names {unread[0]}, so a test without a valid record may read it"
        every_test = (test for file in graph.tests for test in graph.tests_in(file))
        affected = {test: affected.get(test, why) for test in every_test}
    return _with_record(graph, affected, way, record, stale, way_to)


def _with_record(
    graph: Graph,
    reasons: dict[str, str],
    way: Reason,
    record: RecordedTests,
    reading: frozenset[str],
    way_to: WayTo,
) -> dict[str, str]:
    """The affected tests without those that the record shows to be valid, with those it adds.

    `reading` are those that may read as text what changed since they were recorded.
    """
    unrecorded = record.validity.all_unrecorded_changes
    reach_of_unrecorded = reach(graph, unrecorded)
    reached = reach_of_unrecorded.names(reach_of_unrecorded.tests(unrecorded))
    reaching = record.reaching_unrecorded(graph, reached)
    stale = reaching | reading
    reasons = {
        test: record.reason(test) or why
        for test, why in reasons.items()
        if not record.is_valid(test, graph, stale)
    }

    def why(test: str) -> str:
        if reasons[test]:
            return reasons[test]
        if test in reaching and record.variants.get(test):
            return record.with_failure(test, way_to(reach_of_unrecorded, test, unrecorded))
        return way(test)

    single = _invalid_of_files(reasons, stale, record)
    divided = {file_of(nodeid) for nodeid in single}
    affected = _by_file(graph, (test for test in reasons if file_of(test) not in divided), why)
    affected.update(single)
    for nodeid, reason in record.touched_tests(graph):
        if without_parameters(nodeid) not in affected and file_of(nodeid) not in affected:
            affected[without_parameters(nodeid)] = reason
    return affected


def _invalid_of_files(
    tests: Iterable[str], stale: frozenset[str], record: RecordedTests
) -> dict[str, str]:
    """Of the files that are affected as a whole: the tests that have to run, where that is known."""
    invalid: dict[str, str] = {}
    for test in tests:
        if test == file_of(test):
            invalid.update(record.invalid_in(test, stale))
    return invalid


def _by_file(graph: Graph, tests: Iterable[str], why: Reason) -> dict[str, str]:
    """The tests by nodeid, or by file where all tests of one are among them, with the reason."""
    tests_of_file: dict[str, list[str]] = {}
    for test in tests:
        tests_of_file.setdefault(file_of(test), []).append(test)
    affected: dict[str, str] = {}
    for file, tests_here in tests_of_file.items():
        if file in tests_here:
            affected[file] = f"{why(file)}; as a whole: {graph.whole(file)}"
        elif len(tests_here) == len(graph.tests_in(file)):
            affected[file] = why(tests_here[0])
        else:
            affected.update((test, why(test)) for test in tests_here)
    return affected


_MOST_STEPS = 5
"""A longer way is told by its first two steps and its last two."""


def _way(reached: Reach, test: str, starts: dict[Symbol, str]) -> str:
    """The way from a test to a changed symbol, in one line."""
    if reached.graph.patience.is_over():
        return "it reaches what changed; there was no patience to tell the way"
    steps: list[str] = []
    node: Node | None = None
    for node in reached.way(test):
        step = show(node)
        if step and step not in steps:
            steps.append(step)
        if node in starts:
            break
    if len(steps) > _MOST_STEPS:
        steps = [*steps[:2], "...", *steps[-2:]]
    of_checked_class = (why for start, why in starts.items() if type_check(start) == node)
    why = (starts.get(node) if isinstance(node, Symbol) else None) or next(
        of_checked_class, "changed"
    )
    return f"{' > '.join(steps)} ({why})"
