"""Whether a change is met while tests are collected: an error there stops them all."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from ..changes import Comparison, contents
from ..record.collecting import ran_while_collecting
from .graph.decorators import wraps_early
from .graph.graph import COROUTINE, FUNCTION, Net
from .graph.import_time import ImportTime
from .link.nodes import Node, say
from .recorded_tests import Known
from .tree import Project


def wraps(
    project: Project, comparison: Comparison, net: Net, deep: frozenset[Node]
) -> Callable[[Node, ImportTime], bool]:
    """Whether what changed in a function runs at import when the function does."""

    def source(path: str) -> bytes:
        entry = comparison.files.get(path)
        return contents(project.request.root, {path: entry}).get(path, b"(") if entry else b"("

    return lambda node, early: node not in deep or wraps_early(node, net, early, source)


def early_reason(
    net: Net,
    starts: dict[Node, str],
    record: Known | None,
    wraps: Callable[[Node, ImportTime], bool],
) -> str:
    """Why all tests are affected because collecting them already is; empty if it is not.

    `wraps` says whether what changed in a function runs when the function itself does.
    """
    static = lru_cache(lambda: ImportTime(net))
    unseen = _uncertain(net, record, static)
    ran = ran_while_collecting(record.recording.runs.values() if record else ())
    for node in starts:
        if not node[1]:
            continue
        weighed = record.weighed if record else None
        # Not in `finer`: the tests were collected with just this content.
        early = weighed is not None and not ran.isdisjoint(weighed.finer.get(node, ()))
        if weighed is None or unseen is None or node[0] in unseen or node in weighed.loose:
            early = early or static().runs(node)
        if early and wraps(node, static()):
            return (
                f"{say(node)} changed and runs while tests are collected; "
                "an error there stops them all"
            )
    return ""


def _uncertain(
    net: Net, record: Known | None, static: Callable[[], ImportTime]
) -> frozenset[str] | None:
    """The files of which no record says what runs in them while tests are collected.

    None if that is not known of any, as not all the files of tests have been collected since what
    collecting runs last changed.
    """
    steady = [
        one
        for one in (record.weighed.collections if record else ())
        if all(_waits(net, node, static) for node in one.loose)
    ]
    if not frozenset().union(*(one.files for one in steady)).issuperset(net.tests):
        return None
    return frozenset().union(*(one.unseen for one in steady))


def _waits(net: Net, node: Node, static: Callable[[], ImportTime]) -> bool:
    """Whether what is new, or gone, or is more than another body, runs in no collection."""
    path, name = node
    tests = net.tests_in(path)
    within = "::".join((path, *name.split("."), ""))
    if any(test.startswith(within) for test in tests):
        return True  # a class of tests
    if tests and name.rpartition(".")[2].startswith("test"):
        return True
    number = net.id(node)
    return number >= 0 and net.about(number)[0] in (FUNCTION, COROUTINE) and not static().runs(node)
