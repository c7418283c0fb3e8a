"""What a run was compared with, and how to say it: the commit, and how far it is from the base."""

from __future__ import annotations

import re
from typing import Literal

from msgspec import Struct

from gardener.model import Report
from gardener.text import count

WALK = 20
"""Commits before the base whose runs are asked for."""

_HEX = re.compile(r"[0-9a-f]{7,64}\Z")


class Compared(Struct, frozen=True, kw_only=True):
    """What a run was compared with.

    `origin` is the commit where the change began (empty: unknown), `at` the one that was
    compared with, `distance` how many commits before the origin that is. `how` is a `run`
    of it, or what the tests that failed did on it when they were `tried` there; empty when
    there was neither.
    """

    at: str = ""
    origin: str = ""
    distance: int = 0
    how: Literal["", "run", "tried"] = ""


def from_reports(report: Report, base: Report | None = None) -> Compared:
    """What reports alone tell: the base's own, or what the run itself found out about it."""
    if base is not None:
        return Compared(at=base.commit, origin=base.commit, how="run")
    if report.before is not None:
        return Compared(at=report.compared, origin=report.compared, how="tried")
    return Compared()


def sentence(head: str, compared: Compared) -> str:
    """One sentence, for a comment."""
    headline = f"Head {short(head)}" if commit(head) else "Head commit unknown"
    at, origin = short(compared.at), short(compared.origin)
    if compared.how == "tried":
        return f"{headline}; what failed was run again on base {at or '(commit unknown)'}."
    if compared.how == "run" and not compared.distance:
        return f"{headline} compared with base {at or '(commit unknown)'}."
    if compared.how == "run":
        far = count(compared.distance, "commit")
        return f"{headline} compared with {at}, {far} before base {origin}, which has no run."
    if origin:
        far = f"base {origin} and the {WALK} commits before it have none"
        return f"{headline}; no run to compare with: {far}."
    return f"{headline}; no run of the base to compare with."


def short(commit_id: str) -> str:
    """A commit id in code, cut to ten characters; nothing when it is none."""
    return f"`{commit_id[:10]}`" if commit(commit_id) else ""


def commit(text: str) -> str:
    """A commit id as it came, or nothing when it is not one."""
    return text if _HEX.match(text) else ""
