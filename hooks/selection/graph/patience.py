"""How long an answer may take."""

from __future__ import annotations

import math
import time
from collections.abc import Callable


class OutOfPatience(Exception):
    """An answer takes longer than it may."""


class Patience:
    """Seconds that walks over a graph have; what they do in them they ask from time to time.

    Seconds of this process, so that an answer does not depend on what else the machine does.
    """

    def __init__(
        self, seconds: float = math.inf, clock: Callable[[], float] = time.process_time
    ) -> None:
        self._clock = clock
        self._end = clock() + seconds

    def is_over(self) -> bool:
        """Whether the time is up."""
        return self._clock() >= self._end

    def check(self) -> None:
        """Go on, if there is time.

        Raises:
            OutOfPatience: there is none.
        """
        if self.is_over():
            raise OutOfPatience
