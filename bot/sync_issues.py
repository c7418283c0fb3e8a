"""Keeps the issues of a repository: carries out what was planned from a run of its default branch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gardener.text import count

from . import plan_issues
from .content.actions import CreateIssue, EditIssue, IssueAction, describe
from .github.errors import NotDone, Refused
from .github.event import Place
from .job import Job, say

if TYPE_CHECKING:
    from .github.client import Site


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
    """Carry out the plan; after creations look again, for races and for links both ways."""
    claimed = job.claimed()
    if refusal := _not_default(job.site, job.place, claimed.branch if claimed else ""):
        notes.append(refusal)
        return
    evidence = job.evidence()
    if evidence.missing:
        raise NotDone(evidence.missing)
    label, me = job.config.github.label, job.me()
    issues = job.site.issues(label)
    planned = plan_issues.plan(evidence.report, evidence.diagnosis, issues, me, job.config)
    notes += planned.notes
    _carry_out(job, planned.actions, done)
    if not any(isinstance(action, CreateIssue) for action in done):
        _carry_out(job, plan_issues.duplicates(issues, me), done)
        return
    issues = job.site.issues(label)
    _carry_out(job, plan_issues.duplicates(issues, me), done)
    again = plan_issues.plan(evidence.report, evidence.diagnosis, issues, me, job.config)
    _carry_out(job, [a for a in again.actions if isinstance(a, EditIssue)], done)


def _carry_out(job: Job, actions: Sequence[IssueAction], done: list[IssueAction]) -> None:
    """Perform actions; one that is refused does not stop the others, a rate limit does."""
    for n, action in enumerate(actions):
        try:
            if isinstance(action, CreateIssue):
                job.site.create_issue(action, job.config.github.label)
            elif isinstance(action, EditIssue):
                job.site.edit_issue(action)
            else:
                job.site.comment_issue(action)
        except Refused as wrong:
            say(f"not done: {describe(action)}: {wrong}")
            job.fail()
        except NotDone as wrong:
            undone = count(len(actions) - n, "action")
            raise NotDone(f"{undone} not done, the first is {describe(action)}: {wrong}") from None
        else:
            done.append(action)
