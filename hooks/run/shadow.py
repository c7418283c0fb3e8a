"""Shadow mode: everything runs, nothing blocks, and it is told what the selection would have done."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

import click
from msgspec import structs

from gardener.errors import GitError
from gardener.git import git
from gardener.model import Audited, Finding, Report, Selection, Shadow
from gardener.redaction import redact
from gardener.reports.store import save
from gardener.text import audit_in_words, clean, share, total_in_words

from ..record.audits import Audit, add, totals
from ..selection.audit import missed
from .request import RunRequest

_SHOWN = 20
"""Missed tests that a summary names."""


def is_ci(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether this is a CI, as nearly all of them say: a developer's own run is no experiment."""
    return environment.get("CI", "").lower() not in ("", "0", "false")


def pushed_since(root: Path, environment: Mapping[str, str] = os.environ) -> str:
    """The commit before a push, where GitHub tells it and the clone holds it; else empty."""
    if environment.get("GITHUB_EVENT_NAME") != "push":
        return ""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, RecursionError, GitError):
        event = json.loads(Path(environment["GITHUB_EVENT_PATH"]).read_bytes())
        commit = str(event["before"])
        if commit.strip("0") and commit.isalnum():
            git("cat-file", "-e", f"{commit}^{{commit}}", root=root)
            return commit
    return ""


def publish(
    request: RunRequest, affected: Selection, report: Report, blockers: tuple[Finding, ...]
) -> None:
    """Keep what this audit found, and tell it with the total of all of them, in the report too."""
    audit = _audit_of(affected, report, blockers)
    figures = Shadow(totals([audit]), totals(add(request.root, [audit]).values()))
    total = figures.total
    click.echo(f"shadow: {audit_in_words(figures.change)}.")
    click.echo(f"shadow: {total_in_words(total)}.")
    if request.report_file:  # the comment on the pull request says it too
        save(structs.replace(report, shadow=figures), request.report_file)
    path = os.environ.get("GITHUB_STEP_SUMMARY", "")
    if path:
        with contextlib.suppress(OSError), Path(path).open("a", encoding="utf-8") as summary:
            summary.write(markdown(audit, total))


def _audit_of(affected: Selection, report: Report, blockers: tuple[Finding, ...]) -> Audit:
    seconds: dict[str, float] = {}
    for result in report.results:
        if result.attempt == 1 and not result.how:
            seconds[result.nodeid] = seconds.get(result.nodeid, 0.0) + result.duration
    failing = sorted({nodeid for finding in blockers for nodeid in finding.tests})
    selected = [chosen.test for chosen in affected.tests]
    left_out = () if affected.everything else missed(seconds, selected)
    return Audit(
        created=report.created,
        commit=report.commit,
        base=report.base,
        tests=len(seconds),
        selected=len(seconds) - len(left_out),
        seconds=round(sum(seconds.values()), 3),
        saved=round(sum(seconds[nodeid] for nodeid in left_out), 3),
        failing=len(failing),
        missed=() if affected.everything else missed(failing, selected),
    )


def markdown(audit: Audit, total: Audited) -> str:
    """Both for the page of a run on GitHub."""
    lines = [
        "### Gardener in shadow mode: everything ran, nothing was blocked",
        "",
        "| | this change | so far |",
        "|---|---|---|",
        f"| changes | 1 | {total.changes} |",
        f"| tests selected | {audit.selected} of {audit.tests} | {share(total.selected, total.tests)} |",
        f"| time saved | {share(audit.saved, audit.seconds)} of {audit.seconds:.1f} s"
        f" | {share(total.saved, total.seconds)} of {total.seconds:.1f} s |",
        f"| failures missed | {len(audit.missed)} of {audit.failing} | {total.missed} of {total.failing} |",
        "",
    ]
    lines += [f"- missed: `{_quoted(nodeid)}`" for nodeid in audit.missed[:_SHOWN]]
    return "\n".join(lines) + "\n"


def _quoted(nodeid: str) -> str:
    """A nodeid in a span of code, which nothing in it ends."""
    return redact(clean(nodeid, 300)).replace("`", "'").replace("\n", " ").replace("|", "/")
