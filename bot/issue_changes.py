"""What one run does to one issue: open it, bring it up to date, reopen or close it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from msgspec.structs import replace

from gardener.config import Config, GitHub
from gardener.model import AreaState, Report, Status
from gardener.text import count

from .content import issue_text
from .content.actions import CommentIssue, CreateIssue, EditIssue, Issue, IssueAction
from .content.compared import commit
from .content.memory import Memory, Outcomes, Seen, python_of, remember, remember_late
from .content.style import labels_of
from .content.subject import Subject

REOPENS_TRUSTED = 1
"""After more reopenings than this, an issue no longer closes by itself."""

RELATED = 5
"""Related issues that one names at most."""


class Run(NamedTuple):
    """What every decision needs to know of the run at hand."""

    report: Report
    outcomes: Outcomes
    now: Seen
    config: Config
    areas: tuple[AreaState, ...] = ()
    lost_cells: tuple[str, ...] = ()

    @property
    def lacks_a_cell(self) -> bool:
        """Whether nothing was heard of a cell, or of a shard of one of several cells."""
        missing = self.report.missing
        is_of_cell = len(self.report.cells) > 1 or any(m.startswith("cell ") for m in missing)
        return bool(self.lost_cells) or bool(missing and is_of_cell)

    @property
    def settings(self) -> GitHub:
        """What the bot does, by the settings."""
        return self.config.github

    def write(self, subject: Subject, memory: Memory) -> str:
        """The facts of an issue, in the team's style."""
        return issue_text.describe(
            subject, memory, self.report, self.areas, self.settings.issue_body
        )

    def entitle(self, memory: Memory, subject: Subject) -> Memory:
        """The memory with the title of its issue."""
        return issue_text.entitle(memory, subject, self.settings.issue_title)


class Change(NamedTuple):
    """At most one write that changes an issue, and a comment worth making about it."""

    action: IssueAction | None = None
    comment: CommentIssue | None = None
    urgency: int = 0


def create(subject: Subject, run: Run) -> CreateIssue:
    """Open an issue for a cause that has none."""
    # Where the base failed too, the change since it is no suspect.
    base = commit(run.report.base) if subject.status is not Status.PRE_EXISTING else ""
    memory = replace(
        remember(subject, run.report, run.outcomes, run.config, None),
        first=run.now,
        last=run.now,
        suspects=f"{base[:10]}...{run.now.commit[:10]}" if base and run.now.commit else "",
    )
    memory = run.entitle(memory, subject)
    return CreateIssue(
        fingerprint=memory.fingerprint,
        title=memory.title,
        body=issue_text.write(memory, run.write(subject, memory)),
        labels=memory.labels,
    )


def fail_again(subject: Subject, issue: Issue, old: Memory, related: set[int], run: Run) -> Change:
    """Bring the issue of a cause that failed again up to date, and reopen it if it was closed."""
    new = remember(subject, run.report, run.outcomes, run.config, old)
    new = replace(new, related=tuple(sorted({*old.related, *related}))[:RELATED])
    if not issue.open:
        new = replace(new, reopened=old.reopened + 1, status=subject.status)
    if old.green and run.now.commit:
        last_passing = old.green[-1].partition(" ")[0]
        new = replace(new, suspects=f"{last_passing[:10]}...{run.now.commit[:10]}")
    return _write(subject, issue, old, new, events=_events(issue, old, new), run=run)


def _events(issue: Issue, old: Memory, new: Memory) -> list[str]:
    """What happened to a cause since the issue was written, each worth a line of its history."""
    events = []
    if not issue.open:
        events.append("it failed again after it was closed")
    elif old.green:
        events.append("it failed again after it had passed")
    if joined := _joined(old, new):
        events.append(joined)
    if new.priority < old.priority:
        events.append(f"priority {old.priority} became {new.priority}")
    return events


def _joined(old: Memory, new: Memory) -> str:
    """How many tests joined, in words; empty when none did."""
    members = {member.key for member in old.members}
    joined = len([m for m in new.members if m.key not in members]) + new.unlisted - old.unlisted
    return f"{count(joined, 'more test')} failed" if joined > 0 else ""


def fail_late(subject: Subject, issue: Issue, old: Memory, run: Run) -> Change:
    """Add what failed in an older run than the issue knows; it says nothing of what is so now."""
    new = remember_late(subject, old)
    event = _joined(old, new)
    if not event:
        return Change()
    new = replace(new, changes=issue_text.add_change(new, event, run.now))
    return _refresh(issue, old, new, event)


def _write(
    subject: Subject, issue: Issue, old: Memory, new: Memory, *, events: Sequence[str], run: Run
) -> Change:
    """The one edit that brings an issue from what it remembered to what is so."""
    new, labels = _relabel(issue, old, new, labels_of(subject, run.config), run.settings)
    new = run.entitle(new, subject)
    if issue.open and not new.differs(old):
        return Change()
    if events:
        new = replace(new, changes=issue_text.add_change(new, "; ".join(events), run.now))
    new = replace(new, last=run.now)
    body = issue_text.rewrite(issue.body, old, new, run.write(subject, new))
    edit = EditIssue(
        issue.number,
        "; ".join(events) or "facts changed",
        # A title that is not what we wrote is a person's.
        title=new.title if issue.title == old.title != new.title else None,
        body=body,
        labels=labels,
        state=None if issue.open else "open",
        state_reason=None if issue.open else "reopened",
    )
    if not events:
        return Change(edit)
    return Change(
        edit,
        CommentIssue(issue.number, issue_text.tell(subject, new, events, run.now)),
        urgency=2 if not issue.open else 1,
    )


def _relabel(
    issue: Issue, old: Memory, new: Memory, labels: tuple[str, ...], settings: GitHub
) -> tuple[Memory, tuple[str, ...] | None]:
    """Follow the priority with its label, unless a person chose another one; add what is new.

    A label that was set once and that a person took away does not come back.
    """
    ranks = set(settings.priority_labels)
    is_chosen = set(issue.labels) & ranks != set(old.labels) & ranks
    kept = [label for label in (old.labels if is_chosen else labels) if label in ranks]
    is_moved = not is_chosen and {*kept} != {*old.labels} & ranks
    added = [label for label in labels if label not in ranks and label not in old.labels]
    if not is_moved and not added:
        return replace(new, labels=old.labels), None
    before = [label for label in old.labels if label not in ranks]
    there = [label for label in issue.labels if is_chosen or label not in ranks]
    new = replace(new, labels=(*kept, *before, *added))
    return new, tuple(dict.fromkeys((*([] if is_chosen else kept), *there, *added)))


def maybe_fixed(issue: Issue, old: Memory, run: Run) -> Change:
    """Close an issue only when every one of its tests passed explicitly, often enough."""
    new = _with_passing(old, run)
    if not new.differs(old):
        return Change()
    enough = len(new.green) >= run.settings.close_after and new.green != old.green
    if not enough:
        return _refresh(issue, old, replace(new, last=run.now), "facts changed")
    closes = old.reopened <= REOPENS_TRUSTED
    event = "every test of it passed" if new.members else "no run warns of it any more"
    if closes:
        event += f" in {count(len(new.green), 'run')} of the default branch"
    else:
        event += f"; it stays open, since it came back {old.reopened} times"
    new = replace(new, changes=issue_text.add_change(new, event, run.now), last=run.now)
    comment = CommentIssue(issue.number, issue_text.tell_fixed(event, closes, run.now))
    return _refresh(issue, old, new, event, closes=closes)._replace(comment=comment, urgency=2)


def _with_passing(old: Memory, run: Run) -> Memory:
    """What the issue knows after a run in which its cause did not fail."""
    members = tuple(
        replace(m, passed=run.outcomes[m.key] == {"passed"}) if m.key in run.outcomes else m
        for m in old.members
    )
    new = replace(old, members=members)
    passing_run = f"{run.now.commit[:12]} {run.now.created}".strip()
    if _all_passed(old, run):
        if passing_run not in old.green and len(old.green) < run.settings.close_after:
            new = replace(new, green=(*old.green, passing_run))
    elif any(run.outcomes.get(m.key, frozenset()) - {"passed", "skipped"} for m in members):
        new = replace(new, green=())
    return new


def _refresh(
    issue: Issue, old: Memory, new: Memory, reason: str, *, closes: bool = False
) -> Change:
    """The edit that writes what the issue remembers, and closes it where that is due."""
    edit = EditIssue(
        issue.number,
        reason,
        body=issue_text.rewrite(issue.body, old, new, None),
        state="closed" if closes else None,
        state_reason="completed" if closes else None,
    )
    return Change(edit)


def _all_passed(memory: Memory, run: Run) -> bool:
    """A test that did not run is not fixed; warnings are gone only from a whole run."""
    if memory.unlisted or not (memory.members or memory.counts):
        return False
    if run.lacks_a_cell:  # it may fail there still
        return False
    if any(run.outcomes.get(member.key, frozenset()) != {"passed"} for member in memory.members):
        return False
    report = run.report
    is_whole_run = report.complete and report.selection.everything and report.exit_status in {0, 1}
    return not memory.counts or (is_whole_run and python_of(report) == memory.python)
