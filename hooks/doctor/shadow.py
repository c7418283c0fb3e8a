"""Whether the figures of shadow mode are good enough to skip tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from gardener.config import Config
from gardener.model import Audited
from gardener.text import count, total_in_words

from ..record.audits import read, totals
from .check import Check, note, ok, todo

CHANGES = 20
"""So many changes have to be audited,"""
FAILURES = 5
"""and so many failures that block have to be among them, all of which were selected."""


def check_shadow(root: Path, config: Config) -> Iterator[Check]:
    """What audits found so far; nothing where there is none and shadow mode is off."""
    total = totals(read(root).values())
    if not config.selection.shadow and not total.changes:
        return
    if not total.changes:
        yield todo(
            "shadow",
            "no change was audited yet",
            "let CI run `gardener run --since REF`, and `gardener record pull` here",
        )
        return
    lacking = what_lacks(total)
    if total.missed:
        yield todo("shadow", total_in_words(total), "`gardener why-not TEST` says why; report it")
    elif lacking:
        yield note("shadow", total_in_words(total), f"good enough with {lacking} more")
    elif config.selection.shadow:
        yield ok("shadow", f"{total_in_words(total)}: good enough; set `shadow = false`")
    else:
        yield ok("shadow", total_in_words(total))


def what_lacks(total: Audited) -> str:
    """What is still needed for a judgement, in words; empty where nothing is."""
    needs = (
        (CHANGES - total.changes, "audited change"),
        (FAILURES - total.failing, "selected failure"),
    )
    return " and ".join(count(number, name) for number, name in needs if number > 0)
