"""What the bot may do to comments and issues: the nouns of its plans."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


class Posted(Struct, frozen=True):
    """A comment on the pull request, whoever wrote it."""

    id: int
    author: str
    body: str


class CreateComment(Struct, frozen=True, tag="create-comment"):
    """Write the comment for the first time."""

    body: str


class EditComment(Struct, frozen=True, tag="edit-comment"):
    """Replace the text of our comment."""

    id: int
    body: str


class DeleteComment(Struct, frozen=True, tag="delete-comment"):
    """Take away a second comment of ours, left by a race."""

    id: int


CommentAction = CreateComment | EditComment | DeleteComment


class CommentPlan(Struct, frozen=True):
    """What to do to the comments of a pull request, and why when that is nothing."""

    actions: tuple[CommentAction, ...] = ()
    reason: str = ""

    @property
    def writes(self) -> bool:
        """Whether a text is written or changed."""
        return not all(isinstance(action, DeleteComment) for action in self.actions)


class Issue(Struct, frozen=True, kw_only=True):
    """An issue as the list of a repository gives it, and whether a member of it wrote it."""

    number: int
    title: str
    body: str
    author: str
    open: bool = True
    labels: tuple[str, ...] = ()
    state_reason: str = ""
    is_of_member: bool = False


class CreateIssue(Struct, frozen=True, tag="create-issue"):
    """Open an issue for a cause that has none."""

    fingerprint: str
    title: str
    body: str
    labels: tuple[str, ...]


class EditIssue(Struct, frozen=True, tag="edit-issue", omit_defaults=True):
    """Change an issue in one call; None leaves a field as it is."""

    number: int
    why: str
    title: str | None = None
    body: str | None = None
    labels: tuple[str, ...] | None = None
    state: Literal["open", "closed"] | None = None
    state_reason: Literal["completed", "reopened", "duplicate"] | None = None


class CommentIssue(Struct, frozen=True, tag="comment-issue"):
    """Tell the people who follow an issue what changed."""

    number: int
    body: str


IssueAction = CreateIssue | EditIssue | CommentIssue


class IssuePlan(Struct, frozen=True):
    """What to do to the issues, and what is left alone and why."""

    actions: tuple[IssueAction, ...] = ()
    notes: tuple[str, ...] = ()


def describe(action: IssueAction) -> str:
    """One line for a person."""
    if isinstance(action, CreateIssue):
        return f"create  {action.title}  (labels: {', '.join(action.labels)})"
    if isinstance(action, CommentIssue):
        first = action.body.strip().splitlines()[0]
        return f"comment #{action.number}  {first}"
    verb = {"open": "reopen", "closed": "close"}.get(action.state or "", "update")
    return f"{verb:7} #{action.number}  {action.why}"
