"""What the bot would do: pure decisions from what is posted and what a report says."""

from __future__ import annotations

from collections.abc import Sequence

from .content import comment, marker
from .content.actions import CommentPlan, CreateComment, DeleteComment, EditComment, Posted


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
            return CommentPlan(reason="nothing fails and nothing ever did: no comment")
        return CommentPlan((CreateComment(body),))
    first = ours[0]
    old = marker.read("comment", first.body, comment.Facts) or comment.Facts()
    if old.head == new.head and old.attempt > new.attempt:
        return CommentPlan(extra, f"the comment is about attempt {old.attempt} already")
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
