"""Speaks GitHub's REST API: the only file that knows PyGithub, and that waits.

PyGithub brings authentication and the connection. What is sent again, and when, is
decided here: its own defaults repeat a POST after an error 5xx (so that a comment may be
written twice) and can sleep until a rate limit resets.
"""

from __future__ import annotations

import base64
import binascii
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import github
import msgspec
import requests
import urllib3

from gardener.config import GitHub as Settings

from ..content.actions import (
    CommentAction,
    CommentIssue,
    CreateComment,
    CreateIssue,
    DeleteComment,
    EditIssue,
    Issue,
    Posted,
)
from ..content.checks import CheckRun
from ..content.suggestions import Suggestion
from . import api_types, rate_limit
from .download import Answer, download
from .errors import NotDone, Refused, SiteError, Throttled, Unreachable
from .event import Place

T = TypeVar("T")
_PAGE = 100
_TRIES = 3


class Site:
    """One repository on GitHub.

    Every method may raise `NotDone`: `Refused` (GitHub said no), `Throttled` (a rate limit
    that takes longer than the settings' `patience`), `Unreachable` (no useful answer).

    Raises:
        SiteError: the token is not accepted.
    """

    def __init__(
        self, place: Place, token: str, settings: Settings, say: Callable[[str], None]
    ) -> None:
        self.place = place
        self._settings = settings
        self._say = say
        self._patience = settings.patience
        self._token = token
        self._me = settings.author
        self._requester = github.Github(
            auth=github.Auth.Token(token),
            base_url=place.api,
            timeout=max(int(settings.timeout), 1),
            retry=urllib3.Retry(0, read=False),
            seconds_between_requests=0,
            seconds_between_writes=settings.write_pause,
            user_agent="test-gardener",
        ).requester

    def me(self) -> str:
        """The login that our texts have.

        An installation token may not ask for its user; that of Actions writes as
        `github-actions[bot]`, that of another App must be named in the settings.
        """
        if not self._me and self._token.startswith("ghs_"):
            self._me = "github-actions[bot]"
        if not self._me:
            self._me = self._get("/user", api_types.User).login
        return self._me

    def default_branch(self) -> str:
        """The repository's default branch."""
        return self._get(self._path(""), api_types.Repository).default_branch

    # --- pull requests

    def pull(self, number: int) -> api_types.Pull:
        """A pull request by its number."""
        return self._get(self._path(f"/pulls/{number}"), api_types.Pull)

    def find_pull(self, repository: str, branch: str, head: str) -> api_types.Pull | None:
        """The open pull request from a branch, else the one that holds a commit.

        Its head may be a newer commit than `head`; the caller compares. Never by the list
        in the event of a workflow run, which is empty for forks.
        """
        owner = repository.partition("/")[0]
        if branch and owner:
            query = {"head": f"{owner}:{branch}", "state": "open"}
            found = self._list(self._path("/pulls"), api_types.Pull, query)
            found = [pull for pull in found if pull.head_repository == repository]
            exact = [pull for pull in found if pull.head.sha == head]
            if exact or found:
                return (exact or found)[0]
        found = self._list(self._path(f"/commits/{quote(head, safe='')}/pulls"), api_types.Pull, {})
        same = (p for p in found if p.head.sha == head and p.head_repository == repository)
        return next((pull for pull in same if pull.state == "open"), None)

    def comments(self, number: int) -> list[Posted]:
        """All comments of a pull request or issue."""
        found = self._list(self._path(f"/issues/{number}/comments"), api_types.Comment, {})
        return [Posted(c.id, c.user.login if c.user else "", c.body or "") for c in found]

    def do_comment(self, number: int, action: CommentAction) -> None:
        """Write, edit or delete a comment of a pull request."""
        if isinstance(action, CreateComment):
            self._comment(number, action.body)
        elif isinstance(action, DeleteComment):
            try:
                self._send("DELETE", self._path(f"/issues/comments/{action.id}"))
            except Refused as wrong:
                if wrong.status != 404:  # somebody else was quicker
                    raise
        else:
            self._send("PATCH", self._path(f"/issues/comments/{action.id}"), {"body": action.body})

    def files(self, number: int) -> list[api_types.ChangedFile]:
        """The files of a pull request, with their diffs."""
        return self._list(self._path(f"/pulls/{number}/files"), api_types.ChangedFile, {})

    def content(self, path: str, ref: str) -> bytes:
        """A file's bytes at a commit; GitHub sends none above 1 MB."""
        where = self._path(f"/contents/{quote(path)}")
        found = self._decode(self._send("GET", where, query={"ref": ref})[1], api_types.Content)
        if found.encoding != "base64":
            return b""
        try:
            return base64.b64decode(found.content)
        except binascii.Error:
            return b""

    def review_comments(self, number: int) -> list[Posted]:
        """The comments on lines of a pull request."""
        found = self._list(self._path(f"/pulls/{number}/comments"), api_types.Comment, {})
        return [Posted(c.id, c.user.login if c.user else "", c.body or "") for c in found]

    def review(self, number: int, head: str, words: str, suggestions: Sequence[Suggestion]) -> None:
        """One review with all suggestions; it neither approves nor asks for changes."""
        comments = [s.comment() for s in suggestions]
        body = {"commit_id": head, "event": "COMMENT", "body": words, "comments": comments}

        def there() -> bool | None:
            first = comments[0]["body"]
            return any(c.body == first for c in self.review_comments(number)) or None

        self._create(self._path(f"/pulls/{number}/reviews"), body, lambda _: True, there)

    # --- runs of workflows and what they left behind

    def run(self, number: int) -> api_types.Run:
        """A run of a workflow by its number."""
        return self._get(self._path(f"/actions/runs/{number}"), api_types.Run)

    def runs(self, workflow: int, **query: str) -> list[api_types.Run]:
        """The newest runs of a workflow that ended, at most 100; `query` as the API has it."""
        path = self._path(f"/actions/workflows/{workflow}/runs")
        asked = {"status": "completed", "per_page": _PAGE, **query}
        found = self._decode(self._send("GET", path, query=asked)[1], api_types.Runs)
        return found.workflow_runs

    def artifacts(self, run: int) -> list[api_types.Artifact]:
        """The files that a run left behind, at most 100."""
        path = self._path(f"/actions/runs/{run}/artifacts")
        found = self._send("GET", path, query={"per_page": _PAGE})[1]
        return self._decode(found, api_types.Artifacts).artifacts

    def fetch(self, artifact: int, into: Path, most: int) -> None:
        """Write an artifact's zip archive to a file; one of more than `most` bytes is refused."""
        path = self._path(f"/actions/artifacts/{artifact}/zip")
        self._repeat("GET", path, lambda: self._download(f"{self.place.api}{path}", into, most))

    def _download(self, url: str, into: Path, most: int) -> None:
        try:
            download(url, self._token, into, most, self._settings.timeout)
        except Answer as answer:
            raise github.GithubException(answer.status, answer.data, answer.headers) from None

    # --- commits

    def parents(self, commit: str) -> list[str]:
        """The parents of a commit, the first one first."""
        found = self._get(self._path(f"/git/commits/{quote(commit, safe='')}"), api_types.Commit)
        return [parent.sha for parent in found.parents]

    def merge_base(self, branch: str, commit: str) -> str:
        """Where a commit left a branch."""
        between = quote(f"{branch}...{commit}", safe="")
        found = self._send("GET", self._path(f"/compare/{between}"), query={"per_page": 1})[1]
        return self._decode(found, api_types.Comparison).merge_base_commit.sha

    def first_parents(self, commit: str, most: int) -> list[str]:
        """A commit and at most `most` before it, along first parents, in one request."""
        query = {"sha": commit, "per_page": _PAGE}
        found = self._decode(
            self._send("GET", self._path("/commits"), query=query)[1], list[api_types.Commit]
        )
        before = {one.sha: one.parents[0].sha for one in found if one.parents}
        chain = [commit]
        while len(chain) <= most and chain[-1] in before:
            chain.append(before[chain[-1]])
        return chain

    # --- check runs

    def check_run(self, name: str, head: str, key: str) -> int | None:
        """The id of a check run of ours that says the same, by its external id."""
        path = self._path(f"/commits/{quote(head, safe='')}/check-runs")
        query = {"check_name": name, "per_page": _PAGE}
        found = self._decode(self._send("GET", path, query=query)[1], api_types.CheckRuns)
        return next((run.id for run in found.check_runs if run.external_id == key), None)

    def create_check_run(self, check: CheckRun) -> None:
        """Write a check run; annotations beyond the first call follow in calls of their own."""
        first, *more = check.bodies()
        number = self._create(
            self._path("/check-runs"),
            first,
            lambda data: self._decode(data, api_types.CheckRun).id,
            lambda: self.check_run(check.name, check.head, check.key),
        )
        for body in more:
            self._send("PATCH", self._path(f"/check-runs/{number}"), body)

    # --- issues

    def issues(self, label: str) -> list[Issue]:
        """All issues with a label, open and closed: the list, since search lags behind."""
        query = {"labels": label, "state": "all", "sort": "created", "direction": "asc"}
        found = self._list(self._path("/issues"), api_types.Issue, query)
        return [
            Issue(
                number=issue.number,
                title=issue.title,
                body=issue.body or "",
                author=issue.user.login if issue.user else "",
                open=issue.state == "open",
                labels=tuple(x if isinstance(x, str) else x.name for x in issue.labels),
                state_reason=issue.state_reason or "",
            )
            for issue in found
            if issue.pull_request is None
        ]

    def create_issue(self, action: CreateIssue, label: str) -> int:
        """Open an issue and return its number."""
        body = {"title": action.title, "body": action.body, "labels": list(action.labels)}

        def there() -> int | None:
            same = (i.number for i in self.issues(label) if i.body.strip() == action.body.strip())
            return min(same, default=None)

        return self._create(
            self._path("/issues"),
            body,
            lambda data: self._decode(data, api_types.Issue).number,
            there,
        )

    def edit_issue(self, action: EditIssue) -> None:
        """Change an issue in one call."""
        fields = ("title", "body", "state", "state_reason")
        body: dict[str, Any] = {
            name: value for name in fields if (value := getattr(action, name)) is not None
        }
        if action.labels is not None:
            body["labels"] = list(action.labels)
        self._send("PATCH", self._path(f"/issues/{action.number}"), body)

    def comment_issue(self, action: CommentIssue) -> None:
        """Write a comment on an issue."""
        self._comment(action.number, action.body)

    # --- the wire

    def _comment(self, number: int, body: str) -> None:
        def there() -> bool | None:
            mine = (c for c in self.comments(number) if c.author == self.me())
            return any(c.body.strip() == body.strip() for c in mine) or None

        path = self._path(f"/issues/{number}/comments")
        wrote = self._create(
            path, {"body": body}, lambda data: self._decode(data, api_types.Comment), there
        )
        author = wrote.user.login if isinstance(wrote, api_types.Comment) and wrote.user else ""
        if author and self._me and author != self._me:
            self._say(
                f"the comment was written as {author}, not as {self._me}: "
                f'set author = "{author}" in [tool.gardener.github], or it is not found again'
            )

    def _path(self, rest: str) -> str:
        return f"/repos/{self.place.repository}{rest}"

    def _create(
        self,
        path: str,
        body: dict[str, Any],
        read: Callable[[Any], T],
        there: Callable[[], T | None],
    ) -> T:
        """POST once; after an answer that tells nothing, look whether it took effect."""
        for last in (False, True):
            try:
                return read(self._send("POST", path, body)[1])
            except Unreachable:
                self._sleep(2 * self._settings.write_pause)
                found = there()
                if found is not None:
                    return found
                if last:
                    raise
        raise AssertionError("unreachable")

    def _get(self, path: str, type_: type[T]) -> T:
        return self._decode(self._send("GET", path)[1], type_)

    def _list(self, path: str, type_: type[T], query: dict[str, Any]) -> list[T]:
        found: list[T] = []
        page = 1
        while True:
            asked = {**query, "per_page": _PAGE, **({"page": page} if page > 1 else {})}
            headers, data = self._send("GET", path, query=asked)
            found += self._decode(data, list[type_])  # type: ignore[valid-type]
            if 'rel="next"' not in str(headers.get("link", "")):
                return found
            page += 1

    def _decode(self, data: Any, type_: type[T]) -> T:
        try:
            return msgspec.convert(data, type_)
        except msgspec.ValidationError as wrong:
            raise Unreachable(f"{self.place.api} answered nonsense: {wrong}") from None

    def _send(
        self,
        verb: str,
        path: str,
        body: dict[str, Any] | None = None,
        query: dict[str, Any] | None = None,
    ) -> tuple[dict[str, Any], Any]:
        """Send one request; again after waits that were asked for, or where that is harmless."""
        ask = self._requester.requestJsonAndCheck
        return self._repeat(verb, path, lambda: ask(verb, path, parameters=query, input=body))

    def _repeat(self, verb: str, path: str, ask: Callable[[], T]) -> T:
        tries = 0
        while True:
            tries += 1
            try:
                return ask()
            except github.GithubException as wrong:
                failure = self._judge(verb, path, wrong)
            except (requests.RequestException, json.JSONDecodeError, UnicodeDecodeError) as wrong:
                failure = Unreachable(f"{verb} {path}: {type(wrong).__name__}")
            if failure is None:
                tries -= 1  # a refused request took no effect: the wait was the answer
            elif not isinstance(failure, Unreachable) or verb == "POST" or tries == _TRIES:
                raise failure
            else:
                self._sleep(tries * self._settings.write_pause)

    def _judge(self, verb: str, path: str, wrong: github.GithubException) -> NotDone | None:
        """What an error means; None after a wait that a rate limit asked for."""
        data = wrong.data if isinstance(wrong.data, dict) else {}
        message = str(data.get("message") or wrong.message or "")[:300]
        limit = rate_limit.limit_of(wrong.status, wrong.headers or {}, message, time.time())
        if limit and limit.seconds <= self._patience:
            self._patience -= limit.seconds
            self._say(f"{limit.kind} rate limit: waiting {limit.seconds:.0f} s")
            time.sleep(limit.seconds)
            return None
        if limit:
            return Throttled(
                f"the {limit.kind} rate limit asks for {limit.seconds:.0f} s, "
                f"more than the {self._patience:.0f} s of patience left"
            )
        if wrong.status >= 500:
            return Unreachable(f"{verb} {path}: status {wrong.status}")
        if wrong.status == 401:
            raise SiteError(f"GitHub does not accept the token: {message or 'status 401'}.")
        return Refused(f"{verb} {path}: {wrong.status} {message}".strip(), wrong.status)

    def _sleep(self, seconds: float) -> None:
        time.sleep(seconds)
