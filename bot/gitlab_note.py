"""The one note on a merge request of GitLab, from the reports of a job, by the same plan."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from gardener import config as settings
from gardener.config import Config
from gardener.errors import CLEAN, FOUND, GardenerError, MissingExtraError
from gardener.redaction import use

from .content import comment as comments
from .content.actions import CommentAction, CreateComment, DeleteComment, Posted
from .evidence import Files
from .github.errors import SiteError
from .job import say
from .plan_comment import extras, plan_comment


class Place(NamedTuple):
    """Where a job of GitLab runs, as GitLab itself says."""

    url: str
    project: str
    request: int
    head: str
    default_branch: str
    pipeline: str
    token: str


def is_here(environment: Mapping[str, str]) -> bool:
    """Whether this is a job of GitLab's."""
    return environment.get("GITLAB_CI") == "true" and "GITHUB_ACTIONS" not in environment


def tell(files: Files, number: int) -> int:
    """Write the note on the merge request `number`, or that of the job.

    Raises:
        GardenerError: GitLab, the merge request or the token is not what it should be.
    """
    place = _place(os.environ, number)
    gitlab = _gitlab()
    site = gitlab.Gitlab(place.url, private_token=place.token, timeout=20)
    try:
        project = site.projects.get(place.project, lazy=True)
        request = project.mergerequests.get(place.request)
        if place.head and request.sha != place.head:
            at = f"{request.sha[:10]} now, not at {place.head[:10]}"
            say(f"the merge request is at {at}: nothing written")
            return CLEAN
        site.auth()
        _write(files, place, project, request, site.user.username)
    except gitlab.GitlabAuthenticationError as wrong:
        raise SiteError(f"GitLab does not accept the token: {wrong}.") from None
    except (gitlab.GitlabError, OSError) as wrong:
        say(f"the note could not be written: {wrong}")
        return FOUND
    return CLEAN


def _write(files: Files, place: Place, project: Any, request: Any, me: str) -> None:
    """Bring the merge request to exactly one note of ours."""
    config = cache(lambda: _config(project, place))  # asked for only where something depends on it
    evidence = files.evidence(config)
    template = config().github.comment_body if evidence.diagnosis.findings else ""
    setting = comments.Setting(
        head=place.head,
        compared=evidence.compared,
        run_url=place.pipeline,
        attempt=1,
        template=template,
    )
    body = comments.render(evidence.report, evidence.diagnosis, setting)
    plan = plan_comment(_notes(request), body, me)
    for action in plan.actions:
        _do(request, action)
    if any(isinstance(action, CreateComment) for action in plan.actions):
        for action in extras(_notes(request), me):  # two jobs may have written at once
            _do(request, action)
    done = [type(action).__name__ for action in plan.actions]
    say(f"merge request !{place.request}: {', '.join(done) or plan.reason}")


def _notes(request: Any) -> list[Posted]:
    notes = request.notes.list(iterator=True, per_page=100)
    return [Posted(n.id, n.author["username"], n.body) for n in notes if not n.system]


def _do(request: Any, action: CommentAction) -> None:
    if isinstance(action, CreateComment):
        request.notes.create({"body": action.body})
    elif isinstance(action, DeleteComment):
        request.notes.delete(action.id)
    else:
        request.notes.update(action.id, {"body": action.body})


def _config(project: Any, place: Place) -> Config:
    """The settings of the default branch."""
    nowhere = Path("/nonexistent")
    gitlab = _gitlab()
    try:
        source = project.files.raw(file_path="pyproject.toml", ref=place.default_branch)
    except gitlab.GitlabGetError as wrong:
        if wrong.response_code != 404:
            say(
                f"the settings of the default branch cannot be read, the defaults are taken: {wrong}"
            )
        return Config(nowhere)
    config = settings.parse(source, nowhere)
    use(config.redaction.patterns, config.redaction.keep)
    return config


def _gitlab() -> Any:
    """python-gitlab.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        import gitlab
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] != "gitlab":
            raise
        raise MissingExtraError("python-gitlab", "gitlab", "`comment` in GitLab needs") from None
    return gitlab


def _place(environment: Mapping[str, str], number: int) -> Place:
    get = environment.get
    request = get("CI_MERGE_REQUEST_IID", "")
    token = get("GITLAB_TOKEN", "")
    if not token:
        raise GardenerError("GITLAB_TOKEN is not set; --dry-run shows a FILE without it.")
    if not number and not request.isdigit():
        raise SiteError("Which merge request? Say --pr N, or run in a pipeline of one.")
    return Place(
        url=get("CI_SERVER_URL", "https://gitlab.com"),
        project=get("CI_PROJECT_ID", ""),
        request=number or int(request),
        head=get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA") or get("CI_COMMIT_SHA", ""),
        default_branch=get("CI_DEFAULT_BRANCH", "main"),
        pipeline=get("CI_PIPELINE_URL", ""),
        token=token,
    )
