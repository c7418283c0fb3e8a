"""Keeps the issues of a repository: carries out what was planned from a run of its default branch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from gardener.config import Config
from gardener.text import count

from . import plan_issues
from .content.actions import CommentIssue, CreateIssue, EditIssue, Issue, IssueAction, describe
from .evidence import Evidence
from .github.errors import NotDone, Refused
from .github.event import Place
from .job import Job, say

if TYPE_CHECKING:
    from .github.client import Site


class Tracker(Protocol):
    """Where the issues are; every method may raise `NotDone`."""

    def me(self) -> str:
        """The login that our texts have."""
        ...

    def issues(self, label: str) -> list[Issue]:
        """All issues with a label, open and closed."""
        ...

    def create_issue(self, action: CreateIssue, label: str) -> int:
        """Open an issue and return its number."""
        ...

    def edit_issue(self, action: EditIssue) -> None:
        """Change an issue in one call."""
        ...

    def comment_issue(self, action: CommentIssue) -> None:
        """Write a comment on an issue."""
        ...


def _not_default(site: Site, place: Place, branch: str) -> str:
    """Why this run may not touch issues; empty when it tested the default branch."""
    if place.event:
        if place.tells_default_branch:
            return ""
        return "only a run of the default branch keeps issues: nothing written"
    default = site.default_branch()
    if branch == default:
        return ""
    return f"the report is of branch {branch or '(unknown)'}, not of {default}: nothing written"


def sync(job: Job, done: list[IssueAction], notes: list[str]) -> None:
    """Carry out the plan on GitHub, where the run is one of the default branch."""
    claimed = job.claimed()
    if refusal := _not_default(job.site, job.place, claimed.branch if claimed else ""):
        notes.append(refusal)
        return
    evidence = job.evidence()
    if evidence.missing:
        raise NotDone(evidence.missing)
    config = job.config  # it may say who we are, so it is asked for first
    if not keep(job.site, evidence, config, done, notes):
        job.fail()


def keep(
    tracker: Tracker,
    evidence: Evidence,
    config: Config,
    done: list[IssueAction],
    notes: list[str],
) -> bool:
    """Carry out the plan; after creations look again, for races and for links both ways.

    Whether all could be done; what was done and what was left alone comes into `done` and `notes`.
    """
    label, me = config.github.label, tracker.me()
    issues = tracker.issues(label)
    planned = plan_issues.plan(evidence.report, evidence.diagnosis, issues, me, config)
    notes += planned.notes
    is_done = _carry_out(tracker, label, planned.actions, done)
    if not any(isinstance(action, CreateIssue) for action in done):
        return _carry_out(tracker, label, plan_issues.duplicates(issues, me), done) and is_done
    issues = tracker.issues(label)
    is_done &= _carry_out(tracker, label, plan_issues.duplicates(issues, me), done)
    again = plan_issues.plan(evidence.report, evidence.diagnosis, issues, me, config)
    edits = [action for action in again.actions if isinstance(action, EditIssue)]
    return _carry_out(tracker, label, edits, done) and is_done


def _carry_out(
    tracker: Tracker, label: str, actions: Sequence[IssueAction], done: list[IssueAction]
) -> bool:
    """Perform actions; one that is refused does not stop the others, a rate limit does."""
    is_done = True
    for n, action in enumerate(actions):
        try:
            if isinstance(action, CreateIssue):
                tracker.create_issue(action, label)
            elif isinstance(action, EditIssue):
                tracker.edit_issue(action)
            else:
                tracker.comment_issue(action)
        except Refused as wrong:
            say(f"not done: {describe(action)}: {wrong}")
            is_done = False
        except NotDone as wrong:
            undone = count(len(actions) - n, "action")
            raise NotDone(f"{undone} not done, the first is {describe(action)}: {wrong}") from None
        else:
            done.append(action)
    return is_done
