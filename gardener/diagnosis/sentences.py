"""What a finding says of itself: its title, its root cause and the next step, each in one sentence."""

from __future__ import annotations

import re
from typing import NamedTuple

from gardener.diagnosis.categories import Category
from gardener.diagnosis.fingerprint import Evidence, frame_of, place
from gardener.diagnosis.messages import LONGEST
from gardener.model import Failure

_NAMES = frozenset({
    "import", "cycle", "syntax", "signature", "attribute", "mock", "setup", "fixture", "name",
    "enum", "deprecated",
})  # fmt: skip
"""Rules of evidence whose symbol is the thing that is wrong, not a place where it shows."""
_USED = frozenset({"assertion", "raised"})
"""Rules whose symbol is what gives the wrong value."""


class Said(NamedTuple):
    """The sentences of one finding."""

    title: str
    cause: str
    next_step: str


def say(category: Category, evidence: Evidence, first: Failure) -> Said:
    """The sentences for a finding; `first` is the failure that is shown.

    Where nothing is known but a place, the category's words for a place are used: a place
    is not what is missing, and cannot be restored or installed.
    """
    thing = _thing(category, evidence)
    where = _place(evidence, first)
    values = {
        "symbol": thing or where or first.nodeid,
        "type": evidence.root.type.rpartition(".")[2] or "failure",
    }
    cause = category.cause or category.explanation
    if thing:
        return Said(_title(evidence), fill(cause, values), fill(category.next_step, values))
    said = fill(category.cause_at or cause, values)
    suspect = first.suspect
    if suspect and suspect == evidence.symbol != where:
        said += f" The suspect is `{suspect}`."
    return Said(_title(evidence), said, fill(category.next_step_at or category.next_step, values))


def fill(text: str, values: dict[str, str]) -> str:
    """Put values in the place of their `{names}`."""
    for name, value in values.items():
        text = text.replace("{" + name + "}", value)
    return text


def _thing(category: Category, evidence: Evidence) -> str:
    """What is wrong, by name; empty where only a place is known."""
    if evidence.rule in _NAMES:
        return evidence.symbol
    if category.naming:
        found = re.search(category.naming, evidence.root.message[:LONGEST])
        return next(filter(None, found.groups()), "") if found else ""
    return evidence.symbol if evidence.rule in _USED else ""


def _place(evidence: Evidence, first: Failure) -> str:
    """The function of the project (else the line of the test) where the failure shows."""
    own = [frame for frame in evidence.root.frames if frame.origin == "project" and frame.function]
    if own:
        return place(own[-1])
    if evidence.rule == "helper":
        return evidence.symbol
    frame = frame_of(first)
    return f"{frame.file}:{frame.line}" if frame else ""


def _title(evidence: Evidence) -> str:
    """The error in one line, as the exception says it; with what a validation found first."""
    root = evidence.root
    said = [line.strip() for line in root.message.splitlines() if line.strip()]
    kept = said[:3] if evidence.reading.shape == "validation" else said[:1]
    text = ": ".join(filter(None, (root.type.rpartition(".")[2], *kept)))
    text = text or "failed without a message"
    return text if len(text) <= 200 else text[:199] + "…"
