"""What pytest captured while a test ran: its output and its log. PYTEST_DONT_REWRITE"""

from __future__ import annotations

from typing import Any, List

from .text import clean

SECTIONS_LIMIT = 12
TITLE_LIMIT = 80
TEXT_LIMIT = 19_000
"""Characters of one section; below what `clean` cuts, which knows nothing of lines."""
PREFIX = "Captured "


def captured(report: Any) -> List[List[str]]:
    """The sections of a report with their titles (`stdout call`), those of other plugins too."""
    sections = []
    for title, text in list(getattr(report, "sections", ()))[-SECTIONS_LIMIT:]:
        text = str(text)
        if text.strip():
            title = str(title)
            title = title[len(PREFIX) :] if title.startswith(PREFIX) else title
            sections.append([clean(title, TITLE_LIMIT), clean(_bounded(text))])
    return sections


def _bounded(text: str) -> str:
    """The beginning and, three times as long, the end of a text, cut between lines if it has any."""
    if len(text) <= TEXT_LIMIT:
        return text
    head, tail = text[: TEXT_LIMIT // 4], text[-TEXT_LIMIT // 4 * 3 :]
    head = head.rpartition("\n")[0] or head
    tail = tail.partition("\n")[2] or tail
    return "%s\n... [%d characters cut] ...\n%s" % (head, len(text) - len(head) - len(tail), tail)
