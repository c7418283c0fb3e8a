"""Keeps the issues of a repository: carries out what was planned from a run of its default branch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from msgspec.structs import replace

from gardener.config import Config
from gardener.text import count

from . import plan_issues
from .content.actions import CommentIssue, CreateIssue, EditIssue, Issue, IssueAction, describe
from .evidence import Evidence
from .github.errors import NotDone, Refused
from .github.event import Place
from .github.kept import Numbers
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

    def issue(self, number: int) -> Issue | None:
        """An issue by its number, whatever its labels."""
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
    outcome = keep(job.site, evidence, config, done, notes)
    if not outcome.is_done:
        job.fail()
    me = job.me()
    closed = dict.fromkeys(plan_issues.fingerprints(outcome.issues, me), 0)
    numbers = {**closed, **plan_issues.numbers(outcome.issues, me, config)}
    job.site.kept.keep_issues(Numbers(config.github.label, me, job.place.tip, numbers))


class Outcome(NamedTuple):
    """The issues as a job left them, and whether all could be done."""

    issues: list[Issue]
    is_done: bool


def keep(
    tracker: Tracker,
    evidence: Evidence,
    config: Config,
    done: list[IssueAction],
    notes: list[str],
) -> Outcome:
    """Carry out the plan; after creations look again, for races and for links both ways.

    What was done and what was left alone comes into `done` and `notes`.
    """
    label, me = config.github.label, tracker.me()
    issues = tracker.issues(label)
    unlisted = plan_issues.unlisted(evidence.diagnosis, issues, me, config)
    unlabelled = [issue for issue in map(tracker.issue, unlisted) if issue is not None]
    issues += unlabelled
    planned = plan_issues.plan(evidence.report, evidence.diagnosis, issues, me, config)
    notes += planned.notes
    is_done = _carry_out(tracker, label, planned.actions, done)
    if not any(isinstance(action, CreateIssue) for action in done):
        is_done &= _carry_out(tracker, label, plan_issues.duplicates(issues, me), done)
        return Outcome(_as_left(issues, done), is_done)
    issues = tracker.issues(label)
    numbers = {issue.number for issue in issues}
    issues += [i for i in _as_left(unlabelled, done) if i.number not in numbers]
    before = len(done)
    is_done &= _carry_out(tracker, label, plan_issues.duplicates(issues, me), done)
    again = plan_issues.plan(evidence.report, evidence.diagnosis, issues, me, config)
    edits = [action for action in again.actions if isinstance(action, EditIssue)]
    is_done &= _carry_out(tracker, label, edits, done)
    return Outcome(_as_left(issues, done[before:]), is_done)


def _as_left(issues: Sequence[Issue], done: Sequence[IssueAction]) -> list[Issue]:
    """The issues with what was changed in them since they were listed."""
    by_number = {issue.number: issue for issue in issues}
    for action in done:
        if isinstance(action, EditIssue) and (issue := by_number.get(action.number)):
            by_number[action.number] = replace(
                issue,
                body=issue.body if action.body is None else action.body,
                open=issue.open if action.state is None else action.state == "open",
            )
    return [*by_number.values()]


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
