"""One repository on GitHub: what the bot reads of it and writes to it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import IO, Any
from urllib.parse import quote

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
from . import api_types
from .api_types import PAGE
from .errors import Refused
from .event import Place
from .kept import Kept, Tagged
from .transport import Transport

_MOST_PAGES = 10
_MEMBERS = frozenset({"OWNER", "MEMBER", "COLLABORATOR"})


class Site:
    """One repository on GitHub; every method may raise what `Transport` raises."""

    def __init__(self, place: Place, token: str, say: Callable[[str], None]) -> None:
        self.place = place
        self._say = say
        self._token = token
        self._me = ""
        self._files: dict[int, list[api_types.ChangedFile]] = {}
        self.kept = Kept(place.api, place.repository)
        self._transport = Transport(place.api, token, Settings(), say)

    def use(self, settings: Settings) -> None:
        """Keep to the settings of the repository, which may have had to be asked for first."""
        self._me = settings.author
        self._transport.use(settings)

    def me(self) -> str:
        """The login that our texts have.

        An installation token may not ask for its user; that of Actions writes as
        `github-actions[bot]`, that of another App must be named in the settings.
        """
        self._me = self._me or self.usual_author()
        if not self._me:
            self._me = self._transport.get("/user", api_types.User).login
        return self._me

    def usual_author(self) -> str:
        """The login of Actions' own token, by the form that such a token has; else empty."""
        return "github-actions[bot]" if self._token.startswith("ghs_") else ""

    def default_branch(self) -> str:
        """The repository's default branch."""
        return self._transport.get(self._path(""), api_types.Repository).default_branch

    def settings_file(self) -> bytes:
        """The pyproject.toml of the default branch; empty without one.

        Where it was asked for at the commit whose workflow this is, it is not asked for again.
        """
        before, tip = self.kept.settings(), self.place.tip
        if before and tip and before.tip == tip:
            return before.content
        headers = {"If-None-Match": before.tag} if before and before.tag else None
        where = self._path("/contents/pyproject.toml")
        try:
            answered, answer = self._transport.send("GET", where, headers=headers)
        except Refused as wrong:
            if wrong.status != 404:
                raise
            self.kept.keep_settings(Tagged("", b"", tip))
            return b""
        if answer is None and before:  # 304: it did not change
            new = before._replace(tip=tip)
        else:
            new = Tagged(str(answered.get("etag", "")), self._decoded(answer), tip)
        self.kept.keep_settings(new)
        return new.content

    # --- pull requests

    def pull(self, number: int) -> api_types.Pull:
        """A pull request by its number."""
        return self._transport.get(self._path(f"/pulls/{number}"), api_types.Pull)

    def find_pulls(self, repository: str, branch: str, head: str) -> list[api_types.Pull]:
        """The open pull requests from a branch, else those whose head is a commit.

        A branch can have several, into different ones. Their head may be a newer commit than
        `head`; the caller compares. `repository` is empty when the fork is gone. Never by the
        list in the event of a workflow run, which is empty for forks.
        """
        owner = repository.partition("/")[0]
        if branch and owner:
            query = {"head": f"{owner}:{branch}", "state": "open"}
            pulls = self._transport.list_all(self._path("/pulls"), api_types.Pull, query)
            pulls = [pull for pull in pulls if pull.head_repository == repository]
            exact = [pull for pull in pulls if pull.head.sha == head]
            if pulls:
                return exact or pulls
        pulls = self._pulls_of_commit(head)
        if not repository and not pulls:
            # A commit of a fork that is gone may be unknown; its pull request is still there.
            query = {"state": "open", "sort": "updated", "direction": "desc"}
            pulls = self._transport.list_all(
                self._path("/pulls"), api_types.Pull, query, pages=_MOST_PAGES
            )
        same = [p for p in pulls if p.head.sha == head and p.head_repository == repository]
        return [pull for pull in same if pull.state == "open"]

    def _pulls_of_commit(self, head: str) -> list[api_types.Pull]:
        path = self._path(f"/commits/{quote(head, safe='')}/pulls")
        try:
            return self._transport.list_all(path, api_types.Pull, {})
        except Refused as wrong:
            if wrong.status not in {404, 422}:
                raise
            return []

    def comments(self, number: int) -> list[Posted]:
        """All comments of a pull request or issue."""
        comments = self._transport.list_all(
            self._path(f"/issues/{number}/comments"), api_types.Comment, {}
        )
        return [Posted(c.id, c.user.login if c.user else "", c.body or "") for c in comments]

    def do_comment(self, number: int, action: CommentAction) -> None:
        """Write, edit or delete a comment of a pull request."""
        if isinstance(action, CreateComment):
            self._comment(number, action.body)
        elif isinstance(action, DeleteComment):
            try:
                self._transport.send("DELETE", self._path(f"/issues/comments/{action.id}"))
            except Refused as wrong:
                if wrong.status != 404:  # somebody else was quicker
                    raise
        else:
            self._transport.send(
                "PATCH", self._path(f"/issues/comments/{action.id}"), {"body": action.body}
            )

    def files(self, number: int) -> list[api_types.ChangedFile]:
        """The files of a pull request, with their diffs; asked for once."""
        if number not in self._files:
            path = self._path(f"/pulls/{number}/files")
            self._files[number] = self._transport.list_all(path, api_types.ChangedFile, {})
        return self._files[number]

    def content(self, path: str, ref: str = "") -> bytes:
        """A file's bytes at a commit, else on the default branch; GitHub sends none above 1 MB."""
        where = self._path(f"/contents/{quote(path)}")
        query = {"ref": ref} if ref else None
        return self._decoded(self._transport.send("GET", where, query=query)[1])

    def _decoded(self, answer: Any) -> bytes:
        file = self._transport.decode(answer, api_types.Content)
        if file.encoding != "base64":
            return b""
        try:
            return base64.b64decode(file.content)
        except binascii.Error:
            return b""

    def review_comments(self, number: int) -> list[Posted]:
        """The comments on lines of a pull request."""
        comments = self._transport.list_all(
            self._path(f"/pulls/{number}/comments"), api_types.Comment, {}
        )
        return [Posted(c.id, c.user.login if c.user else "", c.body or "") for c in comments]

    def review(self, number: int, head: str, words: str, suggestions: Sequence[Suggestion]) -> None:
        """One review with all suggestions; it neither approves nor asks for changes."""
        comments = [s.comment() for s in suggestions]
        body = {"commit_id": head, "event": "COMMENT", "body": words, "comments": comments}

        def look_again() -> bool | None:
            first = comments[0]["body"]
            return any(c.body == first for c in self.review_comments(number)) or None

        self._transport.create(
            self._path(f"/pulls/{number}/reviews"), body, lambda _: True, look_again
        )

    # --- runs of workflows and what they left behind

    def run(self, number: int) -> api_types.Run:
        """A run of a workflow by its number."""
        return self._transport.get(self._path(f"/actions/runs/{number}"), api_types.Run)

    def runs(self, workflow: int, **query: str) -> list[api_types.Run]:
        """The newest runs of a workflow that ended, at most 100; `query` as the API has it."""
        path = self._path(f"/actions/workflows/{workflow}/runs")
        parameters = {"status": "completed", "per_page": PAGE, **query}
        answer = self._transport.decode(
            self._transport.send("GET", path, query=parameters)[1], api_types.Runs
        )
        return answer.workflow_runs

    def artifacts(self, run: int) -> list[api_types.Artifact]:
        """The files that a run left behind, at most 1,000."""
        path = self._path(f"/actions/runs/{run}/artifacts")
        artifacts: list[api_types.Artifact] = []
        for page in range(1, _MOST_PAGES + 1):
            query = {"per_page": PAGE, **({"page": page} if page > 1 else {})}
            data = self._transport.send("GET", path, query=query)[1]
            answer = self._transport.decode(data, api_types.Artifacts)
            artifacts += answer.artifacts
            if len(answer.artifacts) < PAGE or len(artifacts) >= answer.total_count:
                break
        return artifacts

    def fetch(self, artifact: int, into: IO[bytes], most: int) -> None:
        """Write an artifact's zip archive to a file; one of more than `most` bytes is refused."""
        self._transport.fetch(self._path(f"/actions/artifacts/{artifact}/zip"), into, most)

    # --- commits

    def parents(self, commit: str) -> list[str]:
        """The parents of a commit, the first one first."""
        answer = self._transport.get(
            self._path(f"/git/commits/{quote(commit, safe='')}"), api_types.Commit
        )
        return [parent.sha for parent in answer.parents]

    def merge_base(self, branch: str, commit: str) -> str:
        """Where a commit left a branch."""
        between = quote(f"{branch}...{commit}", safe="")
        answer = self._transport.send(
            "GET", self._path(f"/compare/{between}"), query={"per_page": 1}
        )[1]
        return self._transport.decode(answer, api_types.Comparison).merge_base_commit.sha

    def first_parents(self, commit: str, most: int) -> list[str]:
        """A commit and at most `most` before it, along first parents, in one request."""
        query = {"sha": commit, "per_page": PAGE}
        commits = self._transport.decode(
            self._transport.send("GET", self._path("/commits"), query=query)[1],
            list[api_types.Commit],
        )
        before = {each.sha: each.parents[0].sha for each in commits if each.parents}
        chain = [commit]
        while len(chain) <= most and chain[-1] in before:
            chain.append(before[chain[-1]])
        return chain

    # --- check runs

    def check_run(self, name: str, head: str, key: str) -> int | None:
        """The id of a check run of ours that says the same, by its external id."""
        path = self._path(f"/commits/{quote(head, safe='')}/check-runs")
        query = {"check_name": name, "per_page": PAGE}
        answer = self._transport.decode(
            self._transport.send("GET", path, query=query)[1], api_types.CheckRuns
        )
        return next((run.id for run in answer.check_runs if run.external_id == key), None)

    def create_check_run(self, check: CheckRun) -> None:
        """Write a check run; annotations beyond the first call follow in calls of their own."""
        first, *further = check.bodies()
        number = self._transport.create(
            self._path("/check-runs"),
            first,
            lambda data: self._transport.decode(data, api_types.CheckRun).id,
            lambda: self.check_run(check.name, check.head, check.key),
        )
        for body in further:
            self._transport.send("PATCH", self._path(f"/check-runs/{number}"), body)

    # --- issues

    def issues(self, label: str) -> list[Issue]:
        """All issues with a label, open and closed: the list, since search lags behind."""
        query = {"labels": label, "state": "all", "sort": "created", "direction": "asc"}
        answers = self._transport.list_all(self._path("/issues"), api_types.Issue, query)
        return [_issue(answer) for answer in answers if answer.pull_request is None]

    def issue(self, number: int) -> Issue | None:
        """An issue by its number, whatever its labels; None where there is none."""
        try:
            answer = self._transport.get(self._path(f"/issues/{number}"), api_types.Issue)
        except Refused as wrong:
            if wrong.status not in {404, 410}:
                raise
            return None
        return _issue(answer) if answer.pull_request is None else None

    def create_issue(self, action: CreateIssue, label: str) -> int:
        """Open an issue and return its number."""
        body = {"title": action.title, "body": action.body, "labels": list(action.labels)}

        def look_again() -> int | None:
            same = (i.number for i in self.issues(label) if i.body.strip() == action.body.strip())
            return min(same, default=None)

        return self._transport.create(
            self._path("/issues"),
            body,
            lambda data: self._transport.decode(data, api_types.Issue).number,
            look_again,
        )

    def edit_issue(self, action: EditIssue) -> None:
        """Change an issue in one call."""
        fields = ("title", "body", "state", "state_reason")
        body: dict[str, Any] = {
            name: value for name in fields if (value := getattr(action, name)) is not None
        }
        if action.labels is not None:
            body["labels"] = list(action.labels)
        self._transport.send("PATCH", self._path(f"/issues/{action.number}"), body)

    def comment_issue(self, action: CommentIssue) -> None:
        """Write a comment on an issue."""
        self._comment(action.number, action.body)

    def _comment(self, number: int, body: str) -> None:
        def look_again() -> bool | None:
            mine = (c for c in self.comments(number) if c.author == self.me())
            return any(c.body.strip() == body.strip() for c in mine) or None

        path = self._path(f"/issues/{number}/comments")
        wrote = self._transport.create(
            path,
            {"body": body},
            lambda data: self._transport.decode(data, api_types.Comment),
            look_again,
        )
        author = wrote.user.login if isinstance(wrote, api_types.Comment) and wrote.user else ""
        if author and self._me and author != self._me:
            self._say(
                f"the comment was written as {author}, not as {self._me}: "
                f'set author = "{author}" in [tool.gardener.github], or it is not found again'
            )

    def _path(self, rest: str) -> str:
        return f"/repos/{self.place.repository}{rest}"


def _issue(issue: api_types.Issue) -> Issue:
    return Issue(
        number=issue.number,
        title=issue.title,
        body=issue.body or "",
        author=issue.user.login if issue.user else "",
        open=issue.state == "open",
        labels=tuple(x if isinstance(x, str) else x.name for x in issue.labels),
        state_reason=issue.state_reason or "",
        is_of_member=issue.author_association in _MEMBERS,
    )
