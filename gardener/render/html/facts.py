"""What the page shows beside the report: history and patches, which only a repository knows."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from gardener.model import Finding, Status
from gardener.nodeid import file_of
from gardener.reports.history import PastRun
from gardener.reports.issue_ledger import IssueLedger

MINE = frozenset({Status.REGRESSION, Status.NEW, Status.ACTIVE_DEV})
"""Statuses of causes that the change brought."""


class PatchPreview(NamedTuple):
    """What a codemod would do to the files of a finding: a unified diff, possibly cut."""

    diff: str
    files: int


class Extras(NamedTuple):
    """What the surroundings know: of each fingerprint its past runs, the oldest first, its patch, its issue."""

    history: Mapping[str, tuple[PastRun, ...]] = MappingProxyType({})
    patches: Mapping[str, PatchPreview] = MappingProxyType({})
    ledger: IssueLedger = IssueLedger()


def folder_of(finding: Finding) -> str:
    """The folder of the test file that a finding begins in."""
    return file_of(finding.tests[0]).rpartition("/")[0] or "."


def took(duration: float) -> float:
    """A duration of a report; what is no time is none."""
    return duration if 0 <= duration < 1e9 else 0.0


def seconds(number: float) -> str:
    """A duration in words: `12.3 s`, `45 ms`."""
    return f"{number:.1f} s" if number >= 1 else f"{number * 1000:.0f} ms"
