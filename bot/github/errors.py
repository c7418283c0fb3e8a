"""What can go wrong between the bot and GitHub."""

from __future__ import annotations

from gardener.errors import GardenerError


class SiteError(GardenerError):
    """The token, the repository or the pull request is not what it should be."""


class NotDone(Exception):
    """A request that had no effect, or none that is known; its text says why."""


class Refused(NotDone):
    """GitHub understood and said no; `status` is the HTTP status."""

    def __init__(self, words: str, status: int) -> None:
        super().__init__(words)
        self.status = status


class Throttled(NotDone):
    """A rate limit that takes longer than the bot may wait."""


class Unreachable(NotDone):
    """No answer, an error of the server, or an answer that makes no sense."""
