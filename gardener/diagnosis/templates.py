"""Templates of messages: the text without addresses, paths, numbers and ids."""

from __future__ import annotations

import re
from functools import lru_cache

_MASK = re.compile(
    r"(?=[0-9a-fA-F/+-])(?:(?P<address>\b0x[0-9a-fA-F]+\b)"
    r"|(?P<uuid>\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b)"
    r"|(?P<time>\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)"
    r"|(?P<path>(?<![\w.])(?:/[\w.@+-]+){2,}/?)"
    r"|(?P<id>\b(?=[a-fA-F]*\d)[0-9a-fA-F]{12,}\b)"
    r"|(?P<n>(?<![A-Za-z_])[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?))"
)
_MAY_MASK = re.compile(r"\d|/")
"""A quick look: without one of these there is nothing to mask."""
_QUOTED_OR_NUMBER = re.compile(r"'[^']*'|\"[^\"]*\"|<n>|\.\.\.")


@lru_cache(maxsize=256)
def template(message: str) -> str:
    """The first line of a message with its chance parts masked; quoted text is kept.

    `room 7 at 0x7f3c is full` becomes `room <n> at <address> is full`.
    """
    first_line = next((line for line in message[:5000].splitlines() if line.strip()), "")[:500]
    if _MAY_MASK.search(first_line):
        first_line = _MASK.sub(lambda match: f"<{match.lastgroup}>", first_line)
    return " ".join(first_line.split())


def bare_template(message: str) -> str:
    """The template of a message with quoted values and numbers masked as well."""
    return _QUOTED_OR_NUMBER.sub("_", template(message))[:200]
