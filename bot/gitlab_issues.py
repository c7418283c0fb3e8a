"""One issue per root cause in a project on GitLab, from the reports of a job, by the same plan."""

from __future__ import annotations

import os
from pathlib import Path

from gardener.reports.issue_ledger import save

from .content.actions import IssueAction
from .evidence import Files
from .gitlab_site import Project, attempt, here, place_of
from .job import find_config
from .kept_issues import ledger_of
from .sync_issues import keep


def tell(files: Files, ledger: Path | None, done: list[IssueAction], notes: list[str]) -> bool:
    """Keep the issues; whether all could be done.

    Raises:
        GardenerError: GitLab, the project or the token is not what it should be.
    """
    place = place_of(os.environ)
    if place.request or place.branch != place.default_branch:
        notes.append("only a pipeline of the default branch keeps issues: nothing written")
        return True
    config = find_config()  # what a job of the default branch checked out is its own
    evidence = files.evidence(lambda: config)
    project = attempt("the issues", here)
    if project is None:
        return False
    outcome = attempt("the issues", lambda: keep(project, evidence, config, done, notes))
    is_saved = ledger is None or attempt(
        "the ledger", lambda: _save(ledger, project, config.github.label, done)
    )
    return outcome is not None and outcome.is_done and bool(is_saved)


def _save(ledger: Path, project: Project, label: str, done: list[IssueAction]) -> bool:
    """Write which issue each cause has."""
    save(ledger_of(project.issues(label), project.me(), done, project.url_of), ledger)
    return True
