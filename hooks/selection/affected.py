"""The tests that come to what changed, each with the way that it takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from .graph.docstring_readers import readers
from .graph.graph import Net
from .graph.reach import Reach, reach
from .link.nodes import TEST, Node, check_of, file_of, say
from .recorded_tests import Known


def affected_tests(
    net: Net,
    starts: dict[Node, str],
    documented: frozenset[Node],
    record: Known | None,
    hidden: list[str],
) -> dict[str, str]:
    """Nodeids, or files where all tests of one are affected, each with a reason.

    `hidden` are changed files that only the record knows the readers of: tests without a
    valid record may read them too.
    """
    found = reach(net, starts)
    hit = {**readers(net, documented), **dict.fromkeys(found.names(found.tests(starts)), "")}
    if record is None:
        return _by_file(net, hit, lambda test: hit[test] or _way(found, test, starts))
    if hidden:
        why = f"no Python file names {hidden[0]}, so a test without a valid record may read it"
        all_tests = ((TEST, name) for file in net.tests for name in net.tests_in(file))
        hit = {test: hit.get(test, why) for test in all_tests}
    away = reach(net, record.weighed.drift)
    drifted = record.entering(net, away.names(away.tests(record.weighed.drift)))
    hit = {
        t: record.reason(t) or why for t, why in hit.items() if not record.spares(t, net, drifted)
    }
    ones: dict[str, str] = {}
    for whole in [test for test in hit if test[1] == file_of(test)]:
        known = record.ones(whole, drifted)
        if known:
            ones.update(known)
            hit = {t: why for t, why in hit.items() if file_of(t) != whole[1]}

    def why_of(test: Node) -> str:
        if hit[test]:
            return hit[test]
        if test in drifted and record.variants.get(test[1]):
            return _way(away, test, record.weighed.drift)
        return _way(found, test, starts)

    affected = _by_file(net, hit, why_of) | ones
    for nodeid, why in record.unreached(net):
        bare = nodeid.partition("[")[0]
        if bare not in affected and bare.partition("::")[0] not in affected:
            affected[bare] = why
    return affected


def _by_file(net: Net, tests: Iterable[Node], why: Callable[[Node], str]) -> dict[str, str]:
    """The tests by nodeid, or by file where all tests of one are among them, with the reason."""
    per_file: dict[str, list[Node]] = {}
    for test in tests:
        per_file.setdefault(file_of(test), []).append(test)
    named: dict[str, str] = {}
    for file, own in per_file.items():
        whole = (TEST, file)
        if whole in own:
            named[file] = f"{why(whole)}; as a whole: {net.whole(file)}"
        elif len(own) == len(net.tests_in(file)):
            named[file] = why(own[0])
        else:
            named.update((test[1], why(test)) for test in own)
    return named


def _way(found: Reach, test: Node, starts: dict[Node, str]) -> str:
    """How a test comes to a changed symbol, said shortly."""
    steps: list[str] = []
    node = test
    for node in found.way(test):
        said = say(node)
        if said and said not in steps:
            steps.append(said)
        if node in starts:
            break
    if len(steps) > 5:
        steps = [*steps[:2], "...", *steps[-2:]]
    checks = (w for start, w in starts.items() if check_of(start) == node)
    why = starts.get(node) or next(checks, "changed")
    return f"{' > '.join(steps)} ({why})"
