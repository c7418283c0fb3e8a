"""Which issue each cause has after a run, for the documents of that run."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from gardener.reports.issue_ledger import IssueLedger, KeptIssue

from . import plan_issues
from .content.actions import CreateIssue, EditIssue, IssueAction
from .content.text import line
from .job import Job

_DEEDS = {"open": "reopened", "closed": "closed"}


def ledger_of(job: Job, done: Iterable[IssueAction]) -> IssueLedger:
    """Our issues as they are now, each with what was done to it.

    Raises:
        NotDone: GitHub does not tell its issues.
    """
    kept = plan_issues.kept(job.site.issues(job.config.github.label), job.me())
    deeds: dict[str | int, str] = {}
    for action in done:
        if isinstance(action, CreateIssue):
            deeds[action.fingerprint] = "created"
        elif isinstance(action, EditIssue) and action.state:
            deeds[action.number] = _DEEDS[action.state]
        elif isinstance(action, EditIssue):
            deeds.setdefault(action.number, "updated")
    issues = []
    for number, (issue, prints) in kept.items():
        created = next((deeds[print_] for print_ in sorted(prints) if print_ in deeds), "")
        issues.append(
            KeptIssue(
                number=number,
                fingerprints=tuple(sorted(prints)),
                url=_url(job, number),
                title=line(issue.title, 300),
                done=created or deeds.get(number, ""),
            )
        )
    return IssueLedger(issues=tuple(issues))


def _url(job: Job, number: int) -> str:
    """The address of an issue on the site that its API belongs to."""
    api = urlsplit(job.place.api)
    host = api.netloc.removeprefix("api.")
    return f"{api.scheme}://{host}/{job.place.repository}/issues/{number}"
