"""GitHub's answers, as far as the bot reads them."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

PAGE = 100
"""Entries of a list that one request asks for: the most that GitHub gives."""


class User(Struct, frozen=True):
    """Whoever wrote something."""

    login: str = ""


class Label(Struct, frozen=True):
    """A label."""

    name: str = ""


class Issue(Struct, frozen=True):
    """An issue, or a pull request that the list of issues shows."""

    number: int
    title: str
    state: str
    body: str | None = None
    user: User | None = None
    labels: list[Label | str] = []
    state_reason: str | None = None
    author_association: str = ""
    pull_request: dict[str, Any] | None = None


class Comment(Struct, frozen=True):
    """A comment on an issue, a pull request or a line."""

    id: int
    body: str | None = None
    user: User | None = None


class Repository(Struct, frozen=True):
    """A repository."""

    full_name: str = ""
    default_branch: str = ""


class Side(Struct, frozen=True):
    """One end of a pull request."""

    sha: str = ""
    ref: str = ""
    repo: Repository | None = None


class Pull(Struct, frozen=True):
    """A pull request: the commits at its two ends, its state and its labels."""

    number: int
    head: Side
    base: Side
    state: str = "open"
    labels: list[Label] = []
    merge_commit_sha: str | None = None

    @property
    def head_repository(self) -> str:
        """Where its head lives; empty when that fork is gone."""
        return self.head.repo.full_name if self.head.repo else ""


class ChangedFile(Struct, frozen=True):
    """A file of a pull request with its unified diff, if GitHub shows one."""

    filename: str
    status: str = ""
    patch: str = ""


class Content(Struct, frozen=True):
    """A file."""

    content: str = ""
    encoding: str = ""


class CheckRun(Struct, frozen=True):
    """A check run."""

    id: int
    external_id: str | None = None


class CheckRuns(Struct, frozen=True):
    """The check runs of a commit."""

    check_runs: list[CheckRun] = []


class Run(Struct, frozen=True):
    """One run of a workflow: the commit that it tested, where that lives, and how it ended."""

    id: int = 0
    workflow_id: int = 0
    event: str = ""
    status: str | None = None
    conclusion: str | None = None
    head_sha: str = ""
    head_branch: str | None = None
    head_repository: Repository | None = None
    html_url: str = ""
    run_attempt: int = 1


class Runs(Struct, frozen=True):
    """Runs of one workflow, the newest first."""

    workflow_runs: list[Run] = []


class Artifact(Struct, frozen=True):
    """A file that a run left behind; `size_in_bytes` is what the site says of it."""

    id: int
    name: str = ""
    size_in_bytes: int = 0
    expired: bool = False


class Artifacts(Struct, frozen=True):
    """A page of the files of a run, and how many there are in all."""

    artifacts: list[Artifact] = []
    total_count: int = 0


class Named(Struct, frozen=True):
    """A commit by its id."""

    sha: str = ""


class Commit(Struct, frozen=True):
    """A commit and its parents, the first one first."""

    sha: str
    parents: list[Named] = []


class Comparison(Struct, frozen=True):
    """What lies between two commits."""

    merge_base_commit: Named
