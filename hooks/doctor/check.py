"""One thing that `gardener doctor` looked at."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class Verdict(Enum):
    """What became of a look: all is well, something is to be done, or it is only told."""

    OK = "ok"
    TODO = "todo"
    NOTE = "-"


class Check(NamedTuple):
    """What was looked at, what is there, and what to do about it (empty: nothing)."""

    subject: str
    verdict: Verdict
    state: str
    remedy: str = ""


def ok(subject: str, state: str) -> Check:
    """All is well."""
    return Check(subject, Verdict.OK, state)


def todo(subject: str, state: str, remedy: str) -> Check:
    """Something is to be done."""
    return Check(subject, Verdict.TODO, state, remedy)


def note(subject: str, state: str, remedy: str = "") -> Check:
    """It is only told: what may be done need not be."""
    return Check(subject, Verdict.NOTE, state, remedy)
