"""Finds out what failing tests do on the base: proved by the history, else run there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from gardener.diagnosis import status
from gardener.errors import GitError, InterpreterError
from gardener.model import PriorResult
from gardener.reports.history import History, RunState

from ..pytest_run.picked_tests import ProjectUnderTest, pick
from ..record.content import tree_of
from .base import Base
from .limit import Limit
from .proved_results import Results, proved_results, remember
from .worktree import checked_out

NOT_RUN = "The test did not run on the base (--verify-base runs it there)."


class Verified(NamedTuple):
    """What is known of the tests on the base; `ran` counts those that had to be run there."""

    results: tuple[PriorResult, ...]
    ran: int = 0
    interrupted: bool = False


class _BaseRun(NamedTuple):
    """What tests did in a worktree of the base."""

    results: Results
    interrupted: bool = False


def verify(
    project: ProjectUnderTest,
    nodeids: tuple[str, ...],
    base: Base,
    history: History,
    limit: Limit | None,
) -> Verified:
    """What each of these tests does on the base.

    Without `limit` nothing is run: only what the history proves counts.
    """
    if base.unknown:
        return Verified(_filled_up(nodeids, {}, base.unknown))
    if not base.commit:
        return Verified(tuple(PriorResult(nodeid, (status.ABSENT,)) for nodeid in nodeids))
    try:
        tree = tree_of(project.root, base.commit)
    except GitError:
        reason = f"The commit {base.commit[:12]} is missing."
        return Verified(_filled_up(nodeids, {}, reason))
    content = project.content._replace(tree=tree, commit=base.commit, branch="")
    proved = proved_results(project, nodeids, content, history)
    unproved = tuple(nodeid for nodeid in nodeids if nodeid not in proved)
    if not unproved or limit is None:
        return Verified(_filled_up(nodeids, proved, NOT_RUN))
    tests = unproved[: limit.tests]
    run = _run_on_base(project, tests, content, limit.seconds, history)
    reason = f"Only {limit.tests} tests are run on the base at a time."
    results = _filled_up(nodeids, proved | run.results, reason)
    return Verified(results, len(tests), run.interrupted)


def _run_on_base(
    project: ProjectUnderTest,
    tests: tuple[str, ...],
    content: RunState,
    seconds: float | None,
    history: History,
) -> _BaseRun:
    """Run tests in a worktree of the base, for at most `seconds`; the history remembers it."""
    several = len(tests) != 1
    project.say(
        f"Running {len(tests)} failing test{'s' if several else ''} on the base"
        f" {content.commit[:10]}, to see whether {'they' if several else 'it'} failed before."
    )
    try:
        with checked_out(project.root, content.commit) as tree:
            picked = pick(project, tests, elsewhere=tree, seconds=seconds)
        results = status.prior_results(picked.report, tests, picked.missing, picked.collected)
        remember(
            history,
            content._replace(untracked=""),
            "base",
            results,
            complete=picked.report.complete,
        )
        return _BaseRun({result.nodeid: result for result in results}, picked.interrupted)
    except GitError as error:
        return _BaseRun(_unknown(tests, f"The base cannot be checked out: {error}"))
    except (
        InterpreterError
    ) as error:  # its settings lie elsewhere there, in a part without a Python
        return _BaseRun(_unknown(tests, f"The base cannot be run: {error}"))
    except KeyboardInterrupt:
        return _BaseRun(_unknown(tests, "Its check on the base was interrupted."), interrupted=True)


def _unknown(nodeids: Iterable[str], reason: str) -> Results:
    return {nodeid: PriorResult(nodeid, reason=reason) for nodeid in nodeids}


def _filled_up(nodeids: tuple[str, ...], results: Results, reason: str) -> tuple[PriorResult, ...]:
    """A result for each test, in their order; those without one are unknown for this reason."""
    return tuple((_unknown(nodeids, reason) | results).values())
