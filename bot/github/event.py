"""Where the bot runs: the repository, the pull request, the commit, as GitHub itself says.

Everything here comes from the runner's environment and its event file, never from a
report: a report of a fork is written by whoever opened the pull request.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec
from msgspec import Struct

from gardener.errors import GardenerError

from .api_types import Repository, Run, Side

_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+\Z")

_GONE = "unknown"


class Place(Struct, frozen=True, kw_only=True):
    """What the surroundings say; empty strings and None where they say nothing.

    `tip` is the commit of the default branch whose workflow this is (`workflow_run`).
    `event` is the kind of event (`pull_request`, `workflow_run`, `push`, `merge_group`,
    ...), `trigger` the event behind a `workflow_run`. `head` is the commit that was
    tested, `head_repository` and `head_branch` where it lives. `run` is the run of the
    workflow `workflow` that made the reports (0: this very run), `conclusion` how it ended.
    """

    repository: str = ""
    api: str = "https://api.github.com"
    event: str = ""
    tip: str = ""
    trigger: str = ""
    number: int = 0
    head: str = ""
    base: str = ""
    head_repository: str = ""
    head_branch: str = ""
    default_branch: str = ""
    attempt: int = 0
    run_url: str = ""
    run: int = 0
    workflow: int = 0
    conclusion: str = ""
    in_actions: bool = False

    @property
    def failed(self) -> bool | None:
        """Whether the run that made the reports ended red; None where nobody said."""
        ends = {"success": False, "failure": True, "timed_out": True}
        return ends.get(self.conclusion)

    @property
    def is_fork(self) -> bool:
        """Whether what was tested lives in another repository: whoever wrote it wrote the report."""
        return self.head_repository not in ("", self.repository)

    @property
    def is_orphan(self) -> bool:
        """Whether the fork that was tested is gone."""
        return self.head_repository == _GONE

    @property
    def is_queued(self) -> bool:
        """Whether the run at hand tested an entry of the merge queue."""
        return "merge_group" in {self.event, self.trigger}

    @property
    def tells_default_branch(self) -> bool:
        """Whether the run at hand tested the default branch of this very repository."""
        kind = self.trigger or self.event
        return (
            not self.is_fork
            and kind in {"push", "schedule", "workflow_dispatch"}
            and bool(self.default_branch)
            and self.head_branch == self.default_branch
        )


class _Pull(Struct, frozen=True):
    number: int = 0
    head: Side = Side()
    base: Side = Side()


class _Group(Struct, frozen=True):
    head_sha: str = ""
    base_sha: str = ""


class _Event(Struct, frozen=True):
    repository: Repository = Repository()
    pull_request: _Pull | None = None
    workflow_run: Run | None = None
    merge_group: _Group | None = None


def read_place(environment: Mapping[str, str], event: bytes) -> Place:
    """Read the surroundings from the runner's environment and the bytes of its event file.

    Raises:
        GardenerError: the event file or the name of the repository is not what GitHub writes.
    """
    get = environment.get
    repository = get("GITHUB_REPOSITORY", "")
    if repository and not _REPOSITORY.match(repository):
        raise GardenerError(f"GITHUB_REPOSITORY is {repository!r}, not OWNER/NAME.")
    try:
        said = msgspec.json.decode(event, type=_Event) if event.strip() else _Event()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as wrong:
        raise GardenerError(
            f"GITHUB_EVENT_PATH holds no event of GitHub ({wrong}); it is set in workflows only."
        ) from None
    server = get("GITHUB_SERVER_URL", "https://github.com").rstrip("/")
    run = get("GITHUB_RUN_ID", "")
    place = Place(
        repository=repository or said.repository.full_name,
        api=(get("GITHUB_API_URL") or "https://api.github.com").rstrip("/"),
        event=get("GITHUB_EVENT_NAME", ""),
        tip=get("GITHUB_SHA", "") if get("GITHUB_EVENT_NAME") == "workflow_run" else "",
        head=get("GITHUB_SHA", ""),
        head_branch=get("GITHUB_REF_NAME", "") if get("GITHUB_REF_TYPE") != "tag" else "",
        default_branch=said.repository.default_branch,
        attempt=_whole(get("GITHUB_RUN_ATTEMPT", "")),
        run_url=f"{server}/{repository}/actions/runs/{run}" if repository and run.isdigit() else "",
        in_actions=get("GITHUB_ACTIONS") == "true",
    )
    return _with_event(place, said)


def _with_event(place: Place, event: _Event) -> Place:
    replace = msgspec.structs.replace
    if place.event in {"pull_request", "pull_request_target"} and event.pull_request:
        pull = event.pull_request
        return replace(
            place,
            number=pull.number,
            head=pull.head.sha,
            base=pull.base.sha,
            head_branch=pull.head.ref,
            head_repository=pull.head.repo.full_name if pull.head.repo else "",
        )
    if place.event == "workflow_run" and event.workflow_run:
        return with_run(place, event.workflow_run)
    if place.event == "merge_group" and event.merge_group:
        return replace(place, head=event.merge_group.head_sha, base=event.merge_group.base_sha)
    return place


def with_run(place: Place, run: Run) -> Place:
    """The place as one run of a workflow saw it, by the site's own word."""
    return msgspec.structs.replace(
        place,
        event="workflow_run",
        trigger=run.event or "unknown",
        head=run.head_sha,
        head_branch=run.head_branch or "",
        head_repository=run.head_repository.full_name if run.head_repository else _GONE,
        attempt=run.run_attempt,
        run_url=run.html_url or place.run_url,
        run=run.id,
        workflow=run.workflow_id,
        conclusion=run.conclusion or "",
    )


def _whole(digits: str) -> int:
    return int(digits) if digits.isdigit() else 0
