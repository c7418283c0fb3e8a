"""A project on GitLab: where a job of it runs, and what the bot reads of it and writes to it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from gardener import config as settings
from gardener.config import Config
from gardener.errors import GardenerError, MissingExtraError
from gardener.redaction import use

from .adopt import asks_to_adopt
from .content.actions import CommentIssue, CreateIssue, EditIssue, Issue
from .github.errors import NotDone, Refused, SiteError, Unreachable
from .job import say

T = TypeVar("T")
_DEVELOPER = 30
"""The access level from which on a person is a member whose issues may adopt causes."""


class Place(NamedTuple):
    """Where a job of GitLab runs, as GitLab itself says."""

    url: str
    project: str
    project_url: str
    request: int
    head: str
    branch: str
    default_branch: str
    pipeline: str
    token: str


def is_here(environment: Mapping[str, str]) -> bool:
    """Whether this is a job of GitLab's."""
    return environment.get("GITLAB_CI") == "true" and "GITHUB_ACTIONS" not in environment


def place_of(environment: Mapping[str, str], number: int = 0) -> Place:
    """Where a job runs, by GitLab's variables; `number` is the merge request if one was named.

    Raises:
        GardenerError: there is no token.
    """
    get = environment.get
    token = get("GITLAB_TOKEN", "")
    if not token:
        raise GardenerError("GITLAB_TOKEN is not set; --dry-run shows a FILE without it.")
    request = get("CI_MERGE_REQUEST_IID", "")
    return Place(
        url=get("CI_SERVER_URL", "https://gitlab.com"),
        project=get("CI_PROJECT_ID", ""),
        project_url=get("CI_PROJECT_URL", ""),
        request=number or (int(request) if request.isdigit() else 0),
        head=get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA") or get("CI_COMMIT_SHA", ""),
        branch=get("CI_COMMIT_BRANCH", ""),
        default_branch=get("CI_DEFAULT_BRANCH", "main"),
        pipeline=get("CI_PIPELINE_URL", ""),
        token=token,
    )


class Project:
    """One project on GitLab; every method may raise what `asking` raises."""

    def __init__(self, place: Place) -> None:
        self.place = place
        with asking():
            site = gitlab().Gitlab(place.url, private_token=place.token, timeout=20)
            site.auth()
            self._me = str(site.user.username)
            self.api: Any = site.projects.get(place.project, lazy=True)

    def me(self) -> str:
        """The login that our texts have."""
        return self._me

    def config(self) -> Config:
        """The settings of the default branch."""
        nowhere = Path("/nonexistent")
        try:
            with asking():
                source = self.api.files.raw(
                    file_path="pyproject.toml", ref=self.place.default_branch
                )
        except NotDone as wrong:
            if not (isinstance(wrong, Refused) and wrong.status == 404):
                unread = "the settings of the default branch cannot be read"
                say(f"{unread}, the defaults are taken: {wrong}")
            return Config(nowhere)
        config = settings.parse(source, nowhere)
        use(config.redaction.patterns, config.redaction.keep)
        return config

    def issues(self, label: str) -> list[Issue]:
        """All issues with a label, open and closed."""
        query = {"labels": label, "scope": "all", "order_by": "created_at", "sort": "asc"}
        with asking():
            listed = list(self.api.issues.list(iterator=True, per_page=100, **query))
            return [self._issue(each) for each in listed]

    def issue(self, number: int) -> Issue | None:
        """An issue by its number, whatever its labels; None where there is none."""
        try:
            with asking():
                return self._issue(self.api.issues.get(number))
        except Refused as wrong:
            if wrong.status != 404:
                raise
            return None

    def _issue(self, issue: Any) -> Issue:
        author = issue.author or {}
        return Issue(
            number=issue.iid,
            title=issue.title,
            body=issue.description or "",
            author=author.get("username", ""),
            open=issue.state == "opened",
            labels=tuple(issue.labels),
            is_of_member=asks_to_adopt(issue.description or "") and self._is_member(author),
        )

    def _is_member(self, author: Mapping[str, Any]) -> bool:
        try:
            with asking():
                member = self.api.members_all.get(author.get("id", 0))
        except Refused:
            return False
        return bool(member.access_level >= _DEVELOPER)

    def create_issue(self, action: CreateIssue, label: str) -> int:
        """Open an issue and return its number; after an answer that tells nothing, look for it."""
        fields = {"title": action.title, "description": action.body}
        try:
            with asking():
                issue = self.api.issues.create({**fields, "labels": ",".join(action.labels)})
                return int(issue.iid)
        except Unreachable:
            same = (i.number for i in self.issues(label) if i.body.strip() == action.body.strip())
            number = min(same, default=0)
            if not number:
                raise
            return number

    def edit_issue(self, action: EditIssue) -> None:
        """Change an issue in one call."""
        changes = {
            "title": action.title,
            "description": action.body,
            "labels": None if action.labels is None else ",".join(action.labels),
            "state_event": {"open": "reopen", "closed": "close"}.get(action.state or ""),
        }
        with asking():
            self.api.issues.update(
                action.number, {key: to for key, to in changes.items() if to is not None}
            )

    def comment_issue(self, action: CommentIssue) -> None:
        """Write a note on an issue."""
        with asking():
            self.api.issues.get(action.number, lazy=True).notes.create({"body": action.body})

    def url_of(self, number: int) -> str:
        """The address of an issue."""
        return f"{self.place.project_url}/-/issues/{number}" if self.place.project_url else ""


@contextlib.contextmanager
def asking() -> Iterator[None]:
    """Ask GitLab something.

    Raises:
        SiteError: the token is not accepted.
        Refused: GitLab said no.
        Unreachable: no useful answer.
    """
    library = gitlab()
    try:
        yield
    except library.GitlabAuthenticationError as wrong:
        raise SiteError(f"GitLab does not accept the token: {wrong}.") from None
    except library.GitlabError as wrong:
        status = wrong.response_code or 0
        if 400 <= status < 500:
            raise Refused(str(wrong), status) from None
        raise Unreachable(str(wrong)) from None
    except (OSError, ValueError, AttributeError, KeyError, TypeError) as wrong:
        raise Unreachable(f"GitLab answered nonsense or not at all: {wrong}") from None


def gitlab() -> Any:
    """python-gitlab.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        import gitlab
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] != "gitlab":
            raise
        need = "`comment` and `issues` in GitLab need"
        raise MissingExtraError("python-gitlab", "gitlab", need) from None
    return gitlab


def here(number: int = 0) -> Project:
    """The project of the job at hand. Raises: see `place_of`, and `SiteError`."""
    return Project(place_of(os.environ, number))


def attempt(task: str, do: Callable[[], T]) -> T | None:
    """What one task gives; None after it said what went wrong."""
    try:
        return do()
    except NotDone as wrong:
        say(f"{task} could not be written: {wrong}")
        return None
