"""What a finding says of a program's output: its last words, and the line that it lacks."""

from __future__ import annotations

import ast
import re
from pathlib import PurePath

from gardener.diagnosis.fingerprint import Evidence
from gardener.diagnosis.messages import LONGEST
from gardener.diagnosis.reported_errors import last_words
from gardener.diagnosis.root_cause import bare_name, telling_text
from gardener.model import Failure
from gardener.text import clean

_UNMATCHED = re.compile(r"(?s)remains unmatched: (?P<quote>['\"])(?P<pattern>.+)(?P=quote)\Z")
_PROGRAM = re.compile(
    r"(?s)Command '(?P<command>.+)' (?P<how>returned non-zero exit status -?\d+|died with <Signals\.\w+: \d+>)"
)
"""How Python words that a program failed."""

_Told = tuple[str, str] | None
"""Root cause and next step; None: this is not about such a failure."""


def of_program(evidence: Evidence, first: Failure) -> _Told:
    """A program that failed, in its own last words; how it fails is not known where none are kept."""
    if bare_name(evidence.root.type) != "CalledProcessError":
        return None
    ended = _PROGRAM.match(evidence.root.message[:LONGEST])
    if not ended:
        return None
    command = clean(_as_typed(ended["command"]), 120)
    words = last_words(first)
    said = f" Its last words: `{clean(words, 150)}`." if words else ""
    return (
        f"The program `{PurePath(command.split(' ')[0]).name}` failed: `{command}` {ended['how']}.{said}",
        f"Run `{command}` by itself and mend what it says, or what the test gives to it.",
    )


def _as_typed(command: str) -> str:
    """A command as one types it, where the message shows a list of its words."""
    try:
        words = ast.literal_eval(command)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return command.strip("'\"")
    return " ".join(map(str, words)) if isinstance(words, (list, tuple)) else str(words)


def of_unmatched_line(evidence: Evidence) -> _Told:
    """The pattern that no line of an output fits, as pytest's `LineMatcher` says."""
    unmatched = _UNMATCHED.match(telling_text(evidence.root.message))
    if unmatched is None:
        return None
    words = clean(unmatched["pattern"].replace("`", "'"), 120)
    return (
        f"The output has no line `{words}`.",
        "Read the captured output: see why it says something else, or expect what it says now.",
    )
