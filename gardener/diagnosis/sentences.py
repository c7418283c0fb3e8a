"""What a finding says of itself: its title, its root cause and the next step, each in one sentence."""

from __future__ import annotations

import re
from typing import NamedTuple

from gardener.diagnosis.categories import Category
from gardener.diagnosis.clues import Rule
from gardener.diagnosis.fingerprint import Evidence
from gardener.diagnosis.library_breaks import library_break
from gardener.diagnosis.message_shapes import Shape
from gardener.diagnosis.messages import LONGEST
from gardener.diagnosis.root_cause import bare_name, frame_of, symbol_at
from gardener.model import Failure

_NAMING_RULES = frozenset({
    Rule.IMPORT, Rule.CYCLE, Rule.SYNTAX, Rule.SIGNATURE, Rule.ATTRIBUTE, Rule.MOCK, Rule.SETUP,
    Rule.FIXTURE, Rule.NAME, Rule.ENUM, Rule.DEPRECATED,
})  # fmt: skip
"""Rules of evidence whose symbol is the thing that is wrong, not a place where it shows."""
_VALUE_RULES = frozenset({Rule.ASSERTION, Rule.RAISED})
"""Rules whose symbol is what gives the wrong value."""


class Sentences(NamedTuple):
    """The sentences of one finding."""

    title: str
    cause: str
    next_step: str


def sentences(category: Category, evidence: Evidence, first: Failure) -> Sentences:
    """The sentences for a finding; `first` is the failure that is shown.

    Where nothing is known but a place, the category's words for a place are used: a place
    is not what is missing, and cannot be restored or installed.
    """
    culprit = _culprit(category, evidence)
    place = _place(evidence, first)
    names = {
        "symbol": culprit or place or first.nodeid,
        "type": bare_name(evidence.root.type) or "failure",
    }
    title, cause = _title(evidence), category.cause or category.explanation
    broken = library_break(category, evidence)
    if broken:
        return Sentences(title, *broken)
    if culprit:
        return Sentences(title, _fill(cause, names), _fill(category.next_step, names))
    cause = _fill(category.cause_at or cause, names)
    if first.suspect and first.suspect == evidence.symbol != place:
        cause += f" The suspect is `{first.suspect}`."
    return Sentences(title, cause, _fill(category.next_step_at or category.next_step, names))


def _fill(text: str, names: dict[str, str]) -> str:
    """Put names in the place of their `{placeholders}`; other braces stay."""
    for placeholder, name in names.items():
        text = text.replace("{" + placeholder + "}", name)
    return text


def _culprit(category: Category, evidence: Evidence) -> str:
    """What is wrong, by name; empty where only a place is known."""
    if evidence.rule in _NAMING_RULES:
        return evidence.symbol
    if category.naming:
        named = re.search(category.naming, evidence.root.message[:LONGEST])
        return next(filter(None, named.groups()), "") if named else ""
    return evidence.symbol if evidence.rule in _VALUE_RULES else ""


def _place(evidence: Evidence, first: Failure) -> str:
    """The function of the project (else the line of the test) where the failure shows."""
    for frame in reversed(evidence.root.frames):
        if frame.origin == "project" and frame.function:
            return symbol_at(frame)
    if evidence.rule is Rule.HELPER:
        return evidence.symbol
    crash_frame = frame_of(first)
    return f"{crash_frame.file}:{crash_frame.line}" if crash_frame else ""


def _title(evidence: Evidence) -> str:
    """The error in one line, as the exception says it; with what a validation found first."""
    root = evidence.root
    lines = [line.strip() for line in root.message.splitlines() if line.strip()]
    lines = lines[:3] if evidence.reading.shape is Shape.VALIDATION else lines[:1]
    title = ": ".join(filter(None, (bare_name(root.type), *lines)))
    title = title or "failed without a message"
    return title if len(title) <= 200 else title[:199] + "…"
