"""What audits of the selection found, change by change: what it would have left out, missed and saved."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from gardener.errors import GitError
from gardener.git import store
from gardener.model import Audited
from gardener.paths import write_whole

KEPT = 500
"""Audits of the newest changes that are kept."""


class Audit(msgspec.Struct, frozen=True, order=True):
    """One change for which everything ran although a part was selected.

    `failing` are the failures that block, `missed` those of them that were not selected; `saved`
    are the seconds of the tests that were not, `seconds` those of all.
    """

    created: str
    commit: str
    base: str
    tests: int
    selected: int
    seconds: float
    saved: float
    failing: int
    missed: tuple[str, ...] = ()

    @property
    def change(self) -> str:
        """What tells one change from others."""
        return f"{self.base}..{self.commit}"


Audits = Mapping[str, Audit]


def merged(audits: Iterable[Audit]) -> dict[str, Audit]:
    """The newest audit of each change, of the newest changes."""
    newest: dict[str, Audit] = {}
    for audit in audits:
        newest[audit.change] = max(audit, newest.get(audit.change, audit))
    ordered = sorted(newest.values(), key=lambda audit: (audit.created, audit.change))
    return {audit.change: audit for audit in ordered[-KEPT:]}


def totals(audits: Iterable[Audit]) -> Audited:
    """The sums."""
    several = list(audits)
    return Audited(
        changes=len(several),
        tests=sum(audit.tests for audit in several),
        selected=sum(audit.selected for audit in several),
        seconds=sum(audit.seconds for audit in several),
        saved=sum(audit.saved for audit in several),
        failing=sum(audit.failing for audit in several),
        missed=sum(len(audit.missed) for audit in several),
    )


def read(root: Path) -> dict[str, Audit]:
    """The audits of a repository; none where they cannot be read."""
    with contextlib.suppress(OSError, GitError, msgspec.MsgspecError, UnicodeDecodeError):
        return merged(msgspec.json.decode(_path(root).read_bytes(), type=tuple[Audit, ...]))
    return {}


def add(root: Path, audits: Iterable[Audit]) -> dict[str, Audit]:
    """Keep more audits; returns all that there are. (What cannot be written is not kept.)"""
    every = merged([*read(root).values(), *audits])
    with contextlib.suppress(OSError, GitError):
        path = _path(root)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, msgspec.json.encode(tuple(every.values())))
    return every


def _path(root: Path) -> Path:
    return store(root) / "audits.json"
