"""Finds out what failing tests do on the base: remembered by content, else run there."""

from __future__ import annotations

import contextlib
from datetime import datetime, timezone
from pathlib import Path
from typing import NamedTuple

from gardener.diagnosis import status
from gardener.diagnosis.fingerprint import VERSION
from gardener.errors import GitError
from gardener.git import git, head, merge_base
from gardener.model import FAILING_OUTCOMES, Mode, PriorResult, Selection
from gardener.reports.history import History, Row, Where

from ..changes import compare_trees, is_shallow
from ..pytest_run.picked_tests import Setting, pick
from ..record.content import tree_of
from .worktree import checked_out

TREES = 4
"""How many other trees are asked whether what was proved there still holds."""


class Base(NamedTuple):
    """The commit to compare with; `unknown` says why there is none to be had.

    Without both there is no commit before this one: nothing existed.
    """

    commit: str = ""
    unknown: str = ""


class Limit(NamedTuple):
    """How much may be run to verify the base; None = without limit."""

    seconds: float | None = None
    tests: int | None = None


class Verified(NamedTuple):
    """What is known of the tests on the base; `ran` counts those that had to be run there."""

    before: tuple[PriorResult, ...]
    ran: int = 0
    interrupted: bool = False


def find_base(root: Path, mode: str, ref: str, fork: str) -> Base:
    """The commit that a change is compared with.

    `staged` and `worktree`: HEAD; `since`: the merge base with `ref`. Anything else: where
    the branch left the main one (`fork`), or on the main one itself HEAD when files are
    changed, else the commit before it.
    """
    tip = head(root)
    if not tip:
        return Base()
    if mode in ("staged", "worktree"):
        return Base(tip)
    if mode == "since":
        base = merge_base(root, ref)
        if not base:
            cut = " in this shallow clone (fetch more of its history)" if is_shallow(root) else ""
            return Base(unknown=f"{ref} and HEAD have no common ancestor{cut}.")
        return Base(base)
    if fork and fork != tip:
        return Base(fork)
    if git("status", "--porcelain", "--untracked-files=no", root=root).strip():
        return Base(tip)
    with contextlib.suppress(GitError):
        return Base(git("rev-parse", "--verify", "-q", "HEAD^", root=root).decode().strip())
    if b"\nparent " in git("cat-file", "commit", "HEAD", root=root).partition(b"\n\n")[0]:
        return Base(unknown="This shallow clone ends at HEAD; fetch more of its history.")
    return Base(unknown="HEAD is the first commit, so there is no base to compare with.")


def verify(
    setting: Setting,
    nodeids: tuple[str, ...],
    base: Base,
    history: History,
    limit: Limit | None,
) -> Verified:
    """What each of these tests does on the base.

    Without `limit` nothing is run: only what the history knows counts.
    """
    root, here = setting.root, setting.here
    if base.unknown:
        return Verified(tuple(PriorResult(n, reason=base.unknown) for n in nodeids))
    if not base.commit:
        return Verified(tuple(PriorResult(n, (status.ABSENT,)) for n in nodeids))
    try:
        there = here._replace(tree=tree_of(root, base.commit), commit=base.commit, branch="")
    except GitError:
        return Verified(
            tuple(
                PriorResult(n, reason=f"The commit {base.commit[:12]} is missing.") for n in nodeids
            )
        )
    known = remember(setting, nodeids, there, history)
    unknown = tuple(n for n in nodeids if n not in known)
    if not unknown or limit is None:
        why = "The base was not asked (--verify-base asks it)."
        return Verified(tuple(known.get(n) or PriorResult(n, reason=why) for n in nodeids))
    wanted = unknown[: limit.tests]
    setting.say(
        f"Running {len(wanted)} failing test{'s'[: len(wanted) != 1]} on the base"
        f" {base.commit[:10]}, to see whether {'they' if len(wanted) != 1 else 'it'} failed before."
    )
    interrupted = False
    try:
        with checked_out(root, base.commit) as tree:
            done = pick(setting, wanted, elsewhere=tree, seconds=limit.seconds)
        found = status.prior_results(done.report, wanted, done.missing, done.collected)
        interrupted = done.interrupted
        history.add(
            there._replace(untracked=""),
            "base",
            datetime.now(timezone.utc).isoformat(timespec="seconds"),
            [Row(b.nodeid, b.outcomes, 0.0, b.fingerprints) for b in found if b.outcomes],
            complete=done.report.complete,
        )
    except GitError as wrong:
        found = [PriorResult(n, reason=f"The base cannot be checked out: {wrong}") for n in wanted]
    except KeyboardInterrupt:
        found = [PriorResult(n, reason="Its check on the base was interrupted.") for n in wanted]
        interrupted = True
    known |= {one.nodeid: one for one in found}
    why = f"Only {limit.tests} tests are run on the base at a time."
    return Verified(
        tuple(known.get(n) or PriorResult(n, reason=why) for n in nodeids), len(wanted), interrupted
    )


def remember(
    setting: Setting, nodeids: tuple[str, ...], there: Where, history: History
) -> dict[str, PriorResult]:
    """What is proved already about tests on a tree.

    Either they ran on the very same content, or they ran on another tree and no file that
    differs between the two can affect them (by the same rules that select tests). A run
    of what is on disk now is never such a witness: it is what has to be judged.
    """
    known = joined(history.on_tree(there, nodeids))
    carried: dict[str, PriorResult] = {}
    rest = [n for n in nodeids if n not in known]
    for tree in history.trees(there, rest, TREES) if rest else ():
        if tree == setting.here.tree:
            continue
        rows = joined(history.on_tree(there._replace(tree=tree), rest))
        rows = {n: b for n, b in rows.items() if status.ABSENT not in b.outcomes}
        affected = _affected(setting, tree, there.tree) if rows else None
        if affected is None:
            continue
        for nodeid, one in rows.items():
            if nodeid not in carried and not _is_among(nodeid, affected):
                carried[nodeid] = one
        rest = [n for n in rest if n not in carried]
        if not rest:
            break
    if carried:
        history.add(
            there,
            "carried",
            datetime.now(timezone.utc).isoformat(timespec="seconds"),
            [Row(b.nodeid, b.outcomes, 0.0, b.fingerprints) for b in carried.values()],
            complete=False,
        )
    return known | carried


def joined(rows: dict[str, tuple[Row, ...]]) -> dict[str, PriorResult]:
    """What several runs on the same content say together.

    A red outcome whose causes have no fingerprint of today's kind cannot be compared: it
    is as good as unknown.
    """
    found = {}
    for nodeid, several in rows.items():
        usable = [
            row
            for row in several
            if "unfinished" not in row.outcomes
            and (
                FAILING_OUTCOMES.isdisjoint(row.outcomes)
                or any(f.startswith(f"{VERSION}:") for f in row.fingerprints)
            )
        ]
        if usable:
            found[nodeid] = PriorResult(
                nodeid,
                tuple(dict.fromkeys(o for row in usable for o in row.outcomes)),
                tuple(dict.fromkeys(f for row in usable for f in row.fingerprints)),
            )
    return found


def _affected(setting: Setting, old: str, new: str) -> frozenset[str] | None:
    """The tests that a step from one tree to another can affect; None = all of them."""
    from ..selection.selection import select_changed
    from ..selection.tree import Request

    try:
        comparison = compare_trees(setting.root, old, new)
        request = Request(setting.root, Mode.SINCE)
        found: Selection = select_changed(comparison, request, setting.config)
        # A test file that is gone is no test that could be selected.
        changed = [change.path for change in comparison.changes]
    except GitError:  # the tree was never committed and is gone
        return None
    return None if found.everything else frozenset([*changed, *(one.test for one in found.tests)])


def _is_among(nodeid: str, affected: frozenset[str]) -> bool:
    file, _, _ = nodeid.partition("::")
    if file in affected or nodeid in affected:
        return True
    return any(
        nodeid.startswith((f"{one}::", f"{one}[")) or one.startswith(f"{nodeid}::")
        for one in affected
        if one.startswith(f"{file}::")
    )
