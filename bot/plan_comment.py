"""What the bot would do: pure decisions from what is posted and what a report says."""

from __future__ import annotations

from collections.abc import Sequence

from .content import comment
from .content.actions import CommentPlan, CreateComment, DeleteComment, EditComment, Posted

SAID = "the comment says this already"
"""The reason to write nothing where the comment is up to date."""


def plan_comment(
    posted: Sequence[Posted], body: str, me: str, *, linked: bool = False
) -> CommentPlan:
    """Bring the pull request to exactly one comment of ours that says `body`.

    Ours means: our whole text *and* our author, so nobody else's is ever edited. The
    lowest id wins, so two jobs that raced agree. A pull request that was never red gets
    no comment. Where the posted one speaks of a later attempt on the same commit, it stays.
    `linked` says that `body` has the links to issues; without them, texts that differ in
    nothing else are equal.
    """
    ours = _ours(posted, me)
    extra = extras(posted, me)
    new = comment.recognize(body) or comment.Facts()
    if not ours:
        if not new.red:
            return CommentPlan(reason="nothing fails and nothing ever did: no comment")
        return CommentPlan((CreateComment(body),))
    first = ours[0]
    old = comment.recognize(first.body) or comment.Facts()
    if old.head == new.head and old.attempt > new.attempt:
        return CommentPlan(extra, f"the comment is about attempt {old.attempt} already")
    if _same(first.body, body) or (not linked and new.plain and new.says_as(old)):
        return CommentPlan(extra, SAID)
    return CommentPlan((EditComment(first.id, body), *extra))


def may_lack_links(posted: Sequence[Posted], me: str) -> bool:
    """Whether our comment names a cause without its issue, which may have come since."""
    facts = [comment.recognize(each.body) for each in _ours(posted, me)[:1]]
    return any(one is not None and one.unlinked for one in facts)


def marked_by(posted: Sequence[Posted]) -> set[str]:
    """The authors of all comments that look like ours."""
    return {each.author for each in posted if comment.recognize(each.body)}


def extras(posted: Sequence[Posted], me: str) -> tuple[DeleteComment, ...]:
    """All comments of ours but the one with the lowest id."""
    return tuple(DeleteComment(p.id) for p in _ours(posted, me)[1:])


def _ours(posted: Sequence[Posted], me: str) -> list[Posted]:
    mine = (p for p in posted if p.author == me)
    return sorted((p for p in mine if comment.recognize(p.body)), key=lambda p: p.id)


def _same(posted: str, body: str) -> bool:
    """The site may give line ends back as CRLF and drop spaces at the end."""
    return posted.replace("\r\n", "\n").rstrip() == body.rstrip()
