"""How much may be run to find out more of failing tests."""

from __future__ import annotations

from typing import NamedTuple


class Limit(NamedTuple):
    """How much may be run to verify the base; None = without limit."""

    seconds: float | None = None
    tests: int | None = None
