"""The one note on a merge request of GitLab, from the reports of a job, by the same plan."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from msgspec.structs import replace

from gardener.config import Config
from gardener.errors import CLEAN, FOUND

from . import plan_issues
from .content import comment as comments
from .content.actions import CommentAction, CreateComment, DeleteComment, Posted
from .evidence import Evidence, Files
from .github.errors import NotDone, SiteError
from .gitlab_site import Project, asking, attempt, here, place_of
from .job import say
from .plan_comment import extras, plan_comment


def tell(files: Files, number: int) -> int:
    """Write the note on the merge request `number`, or that of the job.

    Raises:
        GardenerError: GitLab, the merge request or the token is not what it should be.
    """
    if not place_of(os.environ, number).request:
        raise SiteError("Which merge request? Say --pr N, or run in a pipeline of one.")
    is_told = attempt("the note", lambda: _tell(files, here(number)))
    return CLEAN if is_told else FOUND


def _tell(files: Files, project: Project) -> bool:
    place = project.place
    with asking():
        request = project.api.mergerequests.get(place.request)
        sha = str(request.sha)
    if place.head and sha != place.head:
        at = f"{sha[:10]} now, not at {place.head[:10]}"
        say(f"the merge request is at {at}: nothing written")
        return True
    _write(files, project, request)
    return True


def _write(files: Files, project: Project, request: Any) -> None:
    """Bring the merge request to exactly one note of ours."""
    place, me = project.place, project.me()
    config = cache(project.config)  # asked for only where something depends on it
    evidence = files.evidence(config)
    findings = evidence.diagnosis.findings
    setting = comments.Setting(
        head=place.head,
        compared=evidence.compared,
        run_url=place.pipeline,
        attempt=1,
        template=config().github.comment_body if findings else "",
    )
    if findings:
        setting = replace(setting, issues=_issues(project, config()))
    plan = plan_comment(_notes(request), _body(evidence, setting), me, linked=True)
    for action in plan.actions:
        _do(request, action)
    if any(isinstance(action, CreateComment) for action in plan.actions):
        for action in extras(_notes(request), me):  # two jobs may have written at once
            _do(request, action)
    done = [type(action).__name__ for action in plan.actions]
    say(f"merge request !{place.request}: {', '.join(done) or plan.reason}")


def _body(evidence: Evidence, setting: comments.Setting) -> str:
    return comments.render(evidence.report, evidence.diagnosis, setting)


def _issues(project: Project, config: Config) -> dict[str, int]:
    """The open issue of every fingerprint that has one, where they can be had."""
    try:
        return plan_issues.numbers(project.issues(config.github.label), project.me(), config)
    except NotDone as wrong:
        say(f"issues are not linked: {wrong}")
        return {}


def _notes(request: Any) -> list[Posted]:
    with asking():
        notes = list(request.notes.list(iterator=True, per_page=100))
        return [Posted(n.id, n.author["username"], n.body) for n in notes if not n.system]


def _do(request: Any, action: CommentAction) -> None:
    with asking():
        if isinstance(action, CreateComment):
            request.notes.create({"body": action.body})
        elif isinstance(action, DeleteComment):
            request.notes.delete(action.id)
        else:
            request.notes.update(action.id, {"body": action.body})
