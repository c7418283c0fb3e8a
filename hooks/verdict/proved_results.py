"""What the history proves about tests on a tree, without running them there."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timezone

from gardener.diagnosis import status
from gardener.diagnosis.fingerprint import VERSION
from gardener.errors import GitError
from gardener.model import FAILING_OUTCOMES, Mode, PriorResult
from gardener.nodeid import NodeId
from gardener.reports.history import History, Purpose, Row, RunState

from ..changes import compare_trees
from ..pytest_run.picked_tests import ProjectUnderTest

TREES = 4
"""How many other trees are asked whether what was proved there still holds."""

Results = dict[str, PriorResult]
"""What tests did elsewhere, by nodeid."""


def proved_results(
    project: ProjectUnderTest, nodeids: tuple[str, ...], content: RunState, history: History
) -> Results:
    """What is proved already about tests on a tree.

    Either they ran on the very same content, or they ran on another tree and no file that
    differs between the two can affect them (by the same rules that select tests). A run
    of what is on disk now is never such a witness: it is what has to be judged.
    """
    proved = joined_results(history.on_tree(content, nodeids))
    unproved = [nodeid for nodeid in nodeids if nodeid not in proved]
    carried: Results = {}
    for tree in history.trees(content, unproved, TREES) if unproved else ():
        if tree != project.content.tree:
            carried |= _carried_results(project, tree, unproved, content, history)
            unproved = [nodeid for nodeid in unproved if nodeid not in carried]
        if not unproved:
            break
    if carried:
        remember(history, content, "carried", carried.values(), complete=False)
    return proved | carried


def _carried_results(
    project: ProjectUnderTest, tree: str, nodeids: list[str], content: RunState, history: History
) -> Results:
    """What tests did on another tree, of those that the step to this one cannot affect."""
    results = joined_results(history.on_tree(content._replace(tree=tree), nodeids))
    results = {n: r for n, r in results.items() if status.ABSENT not in r.outcomes}
    affected = _affected(project, tree, content.tree) if results else None
    if affected is None:
        return {}
    return {n: r for n, r in results.items() if not is_affected(n, affected)}


def joined_results(rows: dict[str, tuple[Row, ...]]) -> Results:
    """What several runs on the same content say together; nothing of a test without a proof."""
    results = {}
    for nodeid, runs in rows.items():
        usable = [row for row in runs if _is_usable(row)]
        if usable:
            results[nodeid] = PriorResult(
                nodeid,
                tuple(dict.fromkeys(outcome for row in usable for outcome in row.outcomes)),
                tuple(dict.fromkeys(f for row in usable for f in row.fingerprints)),
            )
    return results


def _is_usable(row: Row) -> bool:
    """Whether a test ended, and its failure can be compared with those of today.

    A failure whose causes have no fingerprint of today's kind is as good as unknown.
    """
    if "unfinished" in row.outcomes:
        return False
    if FAILING_OUTCOMES.isdisjoint(row.outcomes):
        return True
    return any(fingerprint.startswith(f"{VERSION}:") for fingerprint in row.fingerprints)


def _affected(project: ProjectUnderTest, old: str, new: str) -> frozenset[str] | None:
    """The tests that a step from one tree to another can affect; None = all of them."""
    from ..selection.request import Request
    from ..selection.selection import select_changed

    try:
        comparison = compare_trees(project.root, old, new)
        request = Request(project.root, Mode.SINCE)
        selection = select_changed(comparison, request, project.config)
    except GitError:  # the tree was never committed and is gone
        return None
    if selection.everything:
        return None
    # A test file that is gone is no test that could be selected.
    changed = (change.path for change in comparison.changes)
    return frozenset([*changed, *(selected.test for selected in selection.tests)])


def is_affected(nodeid: str, affected: frozenset[str]) -> bool:
    """Whether a test is among those affected: itself, what it lies in, or a part of it."""
    test = NodeId.parse(nodeid)
    if nodeid in affected or any(str(around) in affected for around in test.containers()):
        return True
    parts = (NodeId.parse(name) for name in affected if name.startswith(test.file))
    return any(part != test and part.is_within(test) for part in parts)


def remember(
    history: History,
    content: RunState,
    purpose: Purpose,
    results: Iterable[PriorResult],
    *,
    complete: bool,
) -> None:
    """Write into the history what tests did on a tree; unknown results are left out."""
    history.add(
        content,
        purpose,
        datetime.now(timezone.utc).isoformat(timespec="seconds"),
        [Row(r.nodeid, r.outcomes, 0.0, r.fingerprints) for r in results if r.outcomes],
        complete=complete,
    )
