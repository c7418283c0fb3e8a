"""The tests that the graph and the record show to be affected, each with the reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set

from gardener.nodeid import file_of, without_parameters

from .graph.docstring_readers import readers
from .graph.graph import Net
from .graph.reach import Reach, reach
from .link.nodes import TEST, Node, check_of, say
from .recorded_tests import RecordedTests

Reason = Callable[[Node], str]


def affected_tests(
    net: Net,
    starts: dict[Node, str],
    documented: Set[Node],
    record: RecordedTests | None,
    unread: list[str],
) -> dict[str, str]:
    """Nodeids, or files where all tests of one are affected, each with a reason.

    `starts` are the symbols from which the graph is walked back, with the reason. `unread` are
    changed files that only the record knows the readers of: tests without a valid record may
    read them too.
    """
    reach_of_change = reach(net, starts)
    reasons = readers(net, documented)
    reasons.update(dict.fromkeys(reach_of_change.names(reach_of_change.tests(starts)), ""))

    def way(test: Node) -> str:
        return _way(reach_of_change, test, starts)

    if record is None:
        return _by_file(net, reasons, lambda test: reasons[test] or way(test))
    if unread:
        why = f"no Python file names {unread[0]}, so a test without a valid record may read it"
        every_test = ((TEST, name) for file in net.tests for name in net.tests_in(file))
        reasons = {test: reasons.get(test, why) for test in every_test}
    return _with_record(net, reasons, way, record)


def _with_record(
    net: Net, reasons: dict[Node, str], way: Reason, record: RecordedTests
) -> dict[str, str]:
    """The affected tests without those that the record shows to be valid, with those it adds."""
    unrecorded = record.validity.all_unrecorded_changes
    reach_of_unrecorded = reach(net, unrecorded)
    reached = reach_of_unrecorded.names(reach_of_unrecorded.tests(unrecorded))
    stale = record.reaching_unrecorded(net, reached)
    reasons = {
        test: record.reason(test) or why
        for test, why in reasons.items()
        if not record.is_valid(test, net, stale)
    }

    def why(test: Node) -> str:
        if reasons[test]:
            return reasons[test]
        if test in stale and record.variants.get(test[1]):
            return _way(reach_of_unrecorded, test, unrecorded)
        return way(test)

    single = _invalid_of_files(reasons, stale, record)
    divided = {file_of(nodeid) for nodeid in single}
    affected = _by_file(net, (test for test in reasons if file_of(test[1]) not in divided), why)
    affected.update(single)
    for nodeid, reason in record.touched_tests(net):
        if without_parameters(nodeid) not in affected and file_of(nodeid) not in affected:
            affected[without_parameters(nodeid)] = reason
    return affected


def _invalid_of_files(
    tests: Iterable[Node], stale: frozenset[Node], record: RecordedTests
) -> dict[str, str]:
    """Of the files that are affected as a whole: the tests that have to run, where that is known."""
    invalid: dict[str, str] = {}
    for test in tests:
        if test[1] == file_of(test[1]):
            invalid.update(record.invalid_in(test, stale))
    return invalid


def _by_file(net: Net, tests: Iterable[Node], why: Reason) -> dict[str, str]:
    """The tests by nodeid, or by file where all tests of one are among them, with the reason."""
    tests_of_file: dict[str, list[Node]] = {}
    for test in tests:
        tests_of_file.setdefault(file_of(test[1]), []).append(test)
    affected: dict[str, str] = {}
    for file, tests_here in tests_of_file.items():
        whole_file = (TEST, file)
        if whole_file in tests_here:
            affected[file] = f"{why(whole_file)}; as a whole: {net.whole(file)}"
        elif len(tests_here) == len(net.tests_in(file)):
            affected[file] = why(tests_here[0])
        else:
            affected.update((test[1], why(test)) for test in tests_here)
    return affected


_MOST_STEPS = 5
"""A longer way is told by its first two steps and its last two."""


def _way(reached: Reach, test: Node, starts: dict[Node, str]) -> str:
    """The way from a test to a changed symbol, in one line."""
    steps: list[str] = []
    node = test
    for node in reached.way(test):
        step = say(node)
        if step and step not in steps:
            steps.append(step)
        if node in starts:
            break
    if len(steps) > _MOST_STEPS:
        steps = [*steps[:2], "...", *steps[-2:]]
    of_checked_class = (why for start, why in starts.items() if check_of(start) == node)
    why = starts.get(node) or next(of_checked_class, "changed")
    return f"{' > '.join(steps)} ({why})"
