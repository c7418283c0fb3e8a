"""What the bot would do: pure decisions from what is posted and what a report says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from . import comment, marker


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


def plan_comment(posted: Sequence[Posted], body: str, me: str) -> CommentPlan:
    """Bring the pull request to exactly one comment of ours that says `body`.

    Ours means: our marker *and* our author, so nobody else's text is ever edited. The
    lowest id wins, so two jobs that raced agree. A pull request that was never red gets
    no comment. Where the posted one speaks of a later attempt on the same commit, it stays.
    """
    ours = _ours(posted, me)
    extra = extras(posted, me)
    new = marker.read("comment", body, comment.Facts) or comment.Facts()
    if not ours:
        if not new.red:
            return CommentPlan(reason="nothing is red and nothing ever was: no comment")
        return CommentPlan((CreateComment(body),))
    first = ours[0]
    old = marker.read("comment", first.body, comment.Facts) or comment.Facts()
    if old.head == new.head and old.attempt > new.attempt:
        return CommentPlan(extra, f"the comment speaks of attempt {old.attempt} already")
    if _same(first.body, body) or (new.plain and new == old):
        return CommentPlan(extra, "the comment says this already")
    return CommentPlan((EditComment(first.id, body), *extra))


def extras(posted: Sequence[Posted], me: str) -> tuple[DeleteComment, ...]:
    """All comments of ours but the one with the lowest id."""
    return tuple(DeleteComment(p.id) for p in _ours(posted, me)[1:])


def _ours(posted: Sequence[Posted], me: str) -> list[Posted]:
    mine = (p for p in posted if p.author == me)
    marked = (p for p in mine if marker.read("comment", p.body, comment.Facts) is not None)
    return sorted(marked, key=lambda p: p.id)


def _same(posted: str, body: str) -> bool:
    """The site may give line ends back as CRLF and drop spaces at the end."""
    return posted.replace("\r\n", "\n").rstrip() == body.rstrip()


# --- issues ------------------------------------------------------------------------------


class Issue(Struct, frozen=True, kw_only=True):
    """An issue as the list of a repository gives it."""

    number: int
    title: str
    body: str
    author: str
    open: bool = True
    labels: tuple[str, ...] = ()
    state_reason: str = ""


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
