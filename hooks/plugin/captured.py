"""What pytest captured while a test ran: its output and its log. PYTEST_DONT_REWRITE"""

from __future__ import annotations

from typing import Any, List

from .text import clean

SECTIONS_LIMIT = 12
TITLE_LIMIT = 80
PREFIX = "Captured "


def captured(report: Any) -> List[List[str]]:
    """The sections of a report with their titles (`stdout call`), those of other plugins too."""
    sections = []
    for title, text in list(getattr(report, "sections", ()))[-SECTIONS_LIMIT:]:
        text = str(text)
        if text.strip():
            title = str(title)
            title = title[len(PREFIX) :] if title.startswith(PREFIX) else title
            sections.append([clean(title, TITLE_LIMIT), clean(text)])
    return sections
