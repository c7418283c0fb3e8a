"""Whether a change loses a comment: what people wrote there has to stay."""

from __future__ import annotations

import re
from collections import Counter

_TEXT_OR_COMMENT = re.compile(
    r"""(?s:'{3}.*?'{3}|"{3}.*?"{3})|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|(#[^\r\n]*)"""
)


def lost(before: str, after: str) -> bool:
    """Whether a comment of one piece of code is not in the other one that comes in its place."""
    return "#" in before and bool(_comments(before) - _comments(after))


def _comments(code: str) -> Counter[str]:
    matches = _TEXT_OR_COMMENT.finditer(code)
    return Counter(match[1].rstrip() for match in matches if match[1] is not None)
