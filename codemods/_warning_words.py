"""Names that speak of warnings: of helpers that wait for one, and of fixtures that record them."""

from __future__ import annotations

import re

SAYS_WARNING = re.compile(r"warn|deprecat", re.IGNORECASE)
IN_BYTES = re.compile(rb"(?i)warn|deprecat")
_FIXTURE = re.compile(r"(?i)recwarn|\bwarns?\b|\bwarnings?_(?:record|list|log)|deprecat")


def is_fixture(name: str) -> bool:
    """Whether a parameter is called like a fixture that records warnings."""
    return bool(_FIXTURE.search(name))
