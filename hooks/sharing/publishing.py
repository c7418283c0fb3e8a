"""Who may write a shared record: only a run of the default branch, so that no fork poisons it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from gardener.errors import GitError
from gardener.git import branch, git

_OF_THE_BRANCH = ("push", "schedule", "workflow_dispatch", "repository_dispatch")
"""Events of GitHub whose runs are of the branch that they name, and of nobody's change. (One of
`pull_request_target` or `workflow_run` names the default branch, too.)"""


def why_not_published(root: Path, environment: Mapping[str, str]) -> str:
    """Why this is no run of the default branch; empty if it is one."""
    if environment.get("GITHUB_ACTIONS"):
        return _on_github(environment)
    if environment.get("GITLAB_CI"):
        return _on_gitlab(environment)
    current, default = branch(root), _default_branch(root)
    if not current:
        return "HEAD is on no branch"
    return (
        "" if current == default else f"the branch is {current}, and the default one is {default}"
    )


def _on_github(environment: Mapping[str, str]) -> str:
    event, ref = environment.get("GITHUB_EVENT_NAME", ""), environment.get("GITHUB_REF", "")
    if event not in _OF_THE_BRANCH:
        return f"the run is of the event {event or 'without a name'}"
    default = _default_of_event(environment.get("GITHUB_EVENT_PATH", ""))
    if not default:
        return "the event does not name the default branch"
    return "" if ref == f"refs/heads/{default}" else f"the run is of {ref or 'no branch'}"


def _default_of_event(path: str) -> str:
    try:
        event = json.loads(Path(path).read_bytes())
        return str(event["repository"]["default_branch"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ""


def _on_gitlab(environment: Mapping[str, str]) -> str:
    if environment.get("CI_MERGE_REQUEST_IID"):
        return "the run is of a merge request"
    current, default = environment.get("CI_COMMIT_BRANCH", ""), environment.get("CI_DEFAULT_BRANCH")
    return "" if current and current == default else f"the run is of {current or 'no branch'}"


def _default_branch(root: Path) -> str:
    """The branch that the remote calls its own; without one `main` or `master`, whichever is there."""
    try:
        head = git("symbolic-ref", "-q", "--short", "refs/remotes/origin/HEAD", root=root)
        return head.decode().strip().removeprefix("origin/")
    except GitError:
        pass
    try:
        names = ("refs/heads/main", "refs/heads/master")
        listed = git("for-each-ref", "--format=%(refname:short)", *names, root=root)
        return listed.decode().split()[0]
    except (GitError, IndexError):
        return "main"
