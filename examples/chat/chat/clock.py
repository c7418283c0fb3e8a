"""Times as the clients get them."""

from datetime import datetime, timedelta


def now() -> datetime:
    """The current time in UTC, without a zone."""
    return datetime.utcnow()


def stamp(moment: datetime) -> str:
    """A moment as ISO 8601 with a trailing Z."""
    return moment.isoformat(timespec="seconds") + "Z"


def is_stale(moment: datetime, after: timedelta) -> bool:
    """Whether a moment lies longer ago than `after`."""
    return datetime.utcnow() - moment > after
