"""The report of a run: the facts of its processes joined, and where and why it ran."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import datetime, timezone
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import msgspec

from gardener import __version__
from gardener.diagnosis.environments import relevant_variables
from gardener.errors import GitError
from gardener.git import branch, fork_point, git, head, lines, untracked
from gardener.model import Environment, Report, SelectionSummary, WarningCount

from .cell import place
from .facts import ENDED_BY_ITSELF, Facts

ALL_PASSED, SOME_FAILED = 0, 1
"""Exit statuses of pytest."""


class Ended(NamedTuple):
    """One pytest that ended: what it wrote, and its exit status."""

    facts: Facts
    status: int

    @property
    def complete(self) -> bool:
        """Whether it ran all that it collected, and ended by itself."""
        return self.facts.complete and self.status in ENDED_BY_ITSELF


def joined_report(runs: list[Ended], *, all_started: bool) -> Report:
    """The runs in several rootdirs as one report, without where and why they ran."""
    facts = [run.facts for run in runs]
    return Report(
        created="",
        environment=next((f.environment for f in facts if f.began), Environment()),
        exit_status=joined_status([run.status for run in runs]),
        complete=bool(runs) and all_started and all(run.complete for run in runs),
        internal_error="\n".join(f.internal_error for f in facts if f.internal_error),
        collected=sum(f.collected for f in facts),
        deselected=sum(f.deselected for f in facts),
        results=tuple(chain.from_iterable(f.results for f in facts)),
        failures=tuple(chain.from_iterable(f.failures for f in facts)),
        warnings=_joined_warnings(chain.from_iterable(f.warnings for f in facts)),
    )


def _joined_warnings(warnings: Iterable[WarningCount]) -> tuple[WarningCount, ...]:
    """Each warning once, with the sum of its counts."""
    counts: dict[WarningCount, int] = {}
    for warning in warnings:
        uncounted = msgspec.structs.replace(warning, count=0)
        counts[uncounted] = counts.get(uncounted, 0) + warning.count
    return tuple(msgspec.structs.replace(warning, count=count) for warning, count in counts.items())


def joined_status(statuses: list[int]) -> int | None:
    """The exit status of several runs: what could not run outweighs what failed.

    A rootdir without tests (5) does not spoil another one's success. None without a run.
    """
    for status in statuses:
        if status not in ENDED_BY_ITSELF:
            return status
    for status in (SOME_FAILED, ALL_PASSED, *statuses):
        if status in statuses:
            return status
    return None


def placed(
    report: Report,
    root: Path,
    summary: SelectionSummary,
    *,
    base: str = "",
    command: tuple[str, ...] = (),
    duration: float = 0.0,
    cell: str = "",
) -> Report:
    """The report with when and where it ran: commit, base, branch, changed files, cell and shard.

    `base` is the commit to compare with; empty: where the branch left the main one.
    """
    commit = head(root)
    base = base or fork_point(root)
    at = place(os.environ, command, cell)
    return msgspec.structs.replace(
        report,
        environment=msgspec.structs.replace(
            report.environment, variables=relevant_variables(os.environ)
        ),
        created=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        gardener=__version__,
        commit=commit,
        base=base,
        branch=branch(root),
        cell=at.cell,
        shard=at.shard,
        attempt=at.attempt,
        command=command,
        selection=summary,
        duration=round(duration, 3),
        changed_files=changed_files(root, base) if commit else None,
    )


def empty_report(root: Path, summary: SelectionSummary, cell: str = "") -> Report:
    """The report of a run that had nothing to run."""
    return placed(Report(created=""), root, summary, cell=cell)


def changed_files(root: Path, base: str) -> tuple[str, ...] | None:
    """Files that differ between `base` and the work tree, new ones included; None if unknown."""
    if not base:
        return None
    try:
        changed = lines(git("diff", "--name-only", "-z", "--no-renames", base, root=root))
        return tuple(sorted({*changed, *untracked(root)}))
    except GitError:
        return None
