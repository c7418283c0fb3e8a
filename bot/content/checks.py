"""The check run: a verdict that can be required, and annotations at the lines that crash."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import asdict

from gardener.diagnosis.root_cause import frame_of
from gardener.model import Diagnosis, Finding, Report

from . import cause, comment, text
from .comment import Setting

NAME = "gardener"
LIMIT = 65_535
"""Characters that GitHub takes in the summary of a check run: one less than in a comment."""

_A_CALL = 50  # what GitHub takes
_MOST = 200
_TESTS_EACH = 5

WORST_FIRST = ("failure", "neutral", "success")

Level = Literal["failure", "warning", "notice"]


class Annotation(Struct, frozen=True):
    """A remark at a line of a file."""

    path: str
    start_line: int
    end_line: int
    annotation_level: Level
    title: str
    message: str


class CheckRun(Struct, frozen=True, kw_only=True):
    """A finished check on a commit; `key` is equal for checks that say the same."""

    head: str
    key: str
    conclusion: Literal["success", "failure", "neutral"]
    title: str
    summary: str
    name: str = NAME
    details_url: str = ""
    annotations: tuple[Annotation, ...] = ()

    def bodies(self) -> list[dict[str, Any]]:
        """The request that creates it, and one more for every 50 further annotations."""
        output = {"title": self.title, "summary": self.summary}
        marks = [asdict(a) for a in self.annotations]
        calls = [marks[n : n + _A_CALL] for n in range(0, len(marks), _A_CALL)] or [[]]
        first: dict[str, Any] = {
            "name": self.name,
            "head_sha": self.head,
            "external_id": self.key,
            "status": "completed",
            "conclusion": self.conclusion,
            "output": {**output, "annotations": calls[0]},
        }
        if self.details_url:
            first["details_url"] = self.details_url
        return [first, *({"output": {**output, "annotations": call}} for call in calls[1:])]


def check_run(
    report: Report,
    diagnosis: Diagnosis,
    setting: Setting,
    fail_on: Sequence[str],
    body: str,
) -> CheckRun:
    """The check run of a report; `body` is the comment, which is its summary too.

    It fails for findings whose status is in `fail_on`, and for a run that crashed or did
    not finish, since nobody knows what that would have found. It is neutral when what
    fails does not count, successful when nothing does.
    """
    broken = not diagnosis.findings and not comment.is_green(report, diagnosis, setting)
    crashed = bool(report.internal_error) or not report.complete
    if broken or crashed or any(f.blocks(fail_on) for f in diagnosis.findings):
        conclusion: Literal["success", "failure", "neutral"] = "failure"
    else:
        conclusion = "neutral" if diagnosis.findings else "success"
    marks = annotate(diagnosis.findings, fail_on)
    identity = f"{conclusion}\n{body}\n{marks}"
    return CheckRun(
        head=setting.head,
        key=hashlib.sha256(identity.encode(errors="replace")).hexdigest()[:32],
        conclusion=conclusion,
        title=comment.verdict(report, diagnosis, setting),
        summary=body,
        details_url=setting.run_url,
        annotations=tuple(marks),
    )


def annotate(findings: Sequence[Finding], fail_on: Sequence[str]) -> list[Annotation]:
    """At most 5 places a cause and 200 in all, where the frames of the repository crash."""
    annotations: list[Annotation] = []
    for finding in findings:
        level: Level = "warning" if finding.status not in comment.UNRELATED else "notice"
        places: set[tuple[str, int]] = set()
        for failure in finding.failures:
            frame = frame_of(failure)
            path = text.line(frame.file, 400) if frame else ""
            if not frame or frame.line < 1 or path != frame.file or path.startswith("/"):
                continue
            if (path, frame.line) in places or len(places) == _TESTS_EACH:
                continue
            places.add((path, frame.line))
            annotations.append(
                Annotation(
                    path,
                    frame.line,
                    frame.line,
                    "failure" if finding.blocks(fail_on) else level,
                    text.line(finding.name, 200),
                    text.lines(cause.error(finding), 2_000) or finding.name,
                )
            )
    return annotations[:_MOST]


def workflow_annotations(marks: Sequence[Annotation], most: int = 10) -> list[str]:
    """The same as commands of the runner, for a token that may not write; it shows ten a step."""
    kinds = {"failure": "error"}
    return [
        text.workflow_command(
            kinds.get(mark.annotation_level, mark.annotation_level),
            mark.message,
            file=mark.path,
            line=mark.start_line,
            title=mark.title,
        )
        for mark in marks[:most]
    ]
