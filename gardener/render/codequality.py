"""GitLab's code-quality report: the part of Code Climate's format that a merge request shows."""

from __future__ import annotations

import hashlib

from gardener.diagnosis.root_cause import frame_of
from gardener.disarm import disarmed_json
from gardener.model import Diagnosis, Finding, Report
from gardener.reports.store import encode
from gardener.text import clean

_SEVERITIES = {"P0": "blocker", "P1": "critical", "P2": "major", "P3": "minor"}
_MOST_PLACES = 10


def render(_report: Report, diagnosis: Diagnosis) -> str:
    """An entry for each of the first files that a finding crashes in or warns of; `[]`: none."""
    findings = (*diagnosis.findings, *diagnosis.deprecations)
    entries = [entry for finding in findings for entry in _entries(finding)]
    return disarmed_json(encode(entries).decode())


def _entries(finding: Finding) -> list[dict[str, object]]:
    """The entries of one finding: GitLab compares them by fingerprint, and lines move."""
    title = clean(f"{finding.name}: {finding.title} {finding.cause}", 1_000)
    return [
        {
            "description": " ".join(title.split()),
            "check_name": finding.category,
            "fingerprint": hashlib.sha256(
                f"{finding.fingerprint}\0{file}".encode(errors="replace")
            ).hexdigest(),
            "severity": _SEVERITIES[finding.priority],
            "location": {"path": file, "lines": {"begin": max(line, 1)}},
        }
        for file, line in list(_places(finding).items())[:_MOST_PLACES]
    ]


def _places(finding: Finding) -> dict[str, int]:
    """The first line of each file of the repository that a finding is about, in their order."""
    places: dict[str, int] = {}
    for failure in finding.failures:
        frame = frame_of(failure)
        file, line = (frame.file, frame.line) if frame else (failure.file, 1)
        places.setdefault(_path(file), line)
    for warning in finding.warnings:
        places.setdefault(_path(warning.file), warning.line)
    places.pop("", None)
    return places


def _path(file: str) -> str:
    """A path as GitLab has it; empty for what lies outside of the repository."""
    path = clean(file, 1_000).replace("\\", "/").removeprefix("./")
    is_outside = path.startswith(("/", "../")) or path[1:3] == ":/"
    return "" if is_outside or "\n" in path else path
