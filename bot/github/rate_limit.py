"""How long GitHub wants to be left alone: its two kinds of rate limit, told apart."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal, NamedTuple

_MINUTE = 60.0  # what GitHub asks for when a secondary limit names no time


class Limit(NamedTuple):
    """A refused request that may be sent again after `seconds`."""

    kind: Literal["primary", "secondary"]
    seconds: float


def limit_of(status: int, headers: Mapping[str, object], message: str, now: float) -> Limit | None:
    """What a 403 or 429 says about waiting; None for an ordinary refusal.

    A secondary limit names itself or sends `Retry-After`; the primary one has
    `X-RateLimit-Remaining: 0` and the time when it resets (seconds since 1970, as `now`).
    See https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
    """
    if status not in {403, 429}:
        return None
    lower = {key.lower(): str(value) for key, value in headers.items()}
    words = message.lower()
    secondary = "secondary rate" in words or "abuse" in words
    after = _number(lower.get("retry-after", ""))
    if after is not None:
        return Limit("secondary", max(after, 1.0))
    if not secondary and (
        lower.get("x-ratelimit-remaining") == "0" or "rate limit exceeded" in words
    ):
        reset = _number(lower.get("x-ratelimit-reset", ""))
        return Limit("primary", max(reset - now + 1, 1.0) if reset is not None else _MINUTE)
    if secondary or status == 429:
        return Limit("secondary", _MINUTE)
    return None


def _number(value: str) -> float | None:
    """A finite number that is not negative; a date or nonsense is none."""
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None
