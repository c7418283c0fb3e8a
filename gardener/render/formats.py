"""The documents of `gardener report --format`, and the JSON that scripts rely on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import msgspec

from gardener.diagnosis.outcomes import final_results
from gardener.diagnosis.root_cause import frame_of
from gardener.disarm import disarmed_json
from gardener.model import FAILING_OUTCOMES, SCHEMA, AreaState, Diagnosis, Finding, Phase, Report
from gardener.render import codequality, html, junit, sarif, worklog
from gardener.reports.store import encode
from gardener.text import error_text


class _Place(msgspec.Struct):
    file: str
    line: int


class _Finding(msgspec.Struct):
    """A finding as scripts see it: the contract of `gardener report --format json`."""

    name: str
    fingerprint: str
    kind: str
    category: str
    slug: str
    status: str
    status_reason: str
    priority: str
    title: str
    cause: str
    reason: str
    symbol: str
    error: str
    place: _Place | None
    tests: tuple[str, ...]
    codemod: str | None
    fix: str | None
    next_step: str
    impact: str
    aliases: tuple[str, ...]
    issue: int | None
    count: int
    cells: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()


class _Warning(msgspec.Struct):
    category: str
    message: str
    file: str
    line: int
    count: int
    when: str
    finding: str | None


class _Summary(msgspec.Struct):
    total: int
    outcomes: dict[str, int]
    red: int
    uncollectable: int
    findings: int
    by_status: dict[str, int]
    by_priority: dict[str, int]
    deprecations: int
    warnings: int
    complete: bool
    commit: str
    base: str
    created: str
    source: str
    internal_error: str
    cells: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    vanished: tuple[str, ...] = ()
    newly_skipped: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    lost_cells: tuple[str, ...] = ()
    areas: tuple[AreaState, ...] = ()


class _Document(msgspec.Struct):
    schema: int
    findings: list[_Finding]
    deprecations: list[_Finding]
    warnings: list[_Warning]
    summary: _Summary


def _as_contract(finding: Finding) -> _Finding:
    first = finding.failures[0] if finding.failures else None
    frame = frame_of(first) if first else None
    place = _Place(frame.file, frame.line) if frame else None
    if finding.warnings:
        place = _Place(finding.warnings[0].file, finding.warnings[0].line)
    return _Finding(
        name=finding.name,
        fingerprint=finding.fingerprint,
        kind=finding.kind,
        category=finding.category,
        slug=finding.slug,
        status=finding.status,
        status_reason=finding.status_reason,
        priority=finding.priority,
        title=finding.title,
        cause=finding.cause,
        reason=finding.reason,
        symbol=finding.symbol,
        error=error_text(first) if first else "",
        place=place,
        tests=finding.tests,
        codemod=finding.codemod or None,
        fix=finding.fix or None,
        next_step=_next_step(finding),
        impact=finding.impact,
        aliases=finding.aliases,
        issue=finding.issue,
        count=sum(w.count for w in finding.warnings) if finding.warnings else len(finding.failures),
        cells=finding.cells,
        areas=finding.areas,
    )


def _next_step(finding: Finding) -> str:
    """What to do, with the condition where nobody has tried the codemod."""
    step = finding.next_step
    is_tried = bool(finding.fix) or not finding.codemod
    return step if is_tried or not step.startswith("Run ") else f"If it applies, r{step[1:]}"


def to_json(report: Report, diagnosis: Diagnosis) -> str:
    """The document of `gardener report --format json`."""
    outcomes = Counter(final_results(report).values())
    by_warning = {w: f.name for f in diagnosis.deprecations for w in f.warnings}
    document = _Document(
        schema=SCHEMA,
        findings=[_as_contract(finding) for finding in diagnosis.findings],
        deprecations=[_as_contract(finding) for finding in diagnosis.deprecations],
        warnings=[
            _Warning(w.category, w.message, w.file, w.line, w.count, w.when, by_warning.get(w))
            for w in report.warnings
        ],
        summary=_Summary(
            total=sum(outcomes.values()),
            outcomes=dict(sorted(outcomes.items())),
            red=sum(outcomes[outcome] for outcome in FAILING_OUTCOMES),
            uncollectable=len({f.nodeid for f in report.failures if f.phase == Phase.COLLECT}),
            findings=len(diagnosis.findings),
            by_status=dict(Counter(f.status for f in diagnosis.findings)),
            by_priority=dict(sorted(Counter(f.priority for f in diagnosis.findings).items())),
            deprecations=len(diagnosis.deprecations),
            warnings=sum(warning.count for warning in report.warnings),
            complete=report.complete,
            commit=report.commit,
            base=report.base,
            created=report.created,
            source=report.source,
            internal_error=report.internal_error,
            cells=tuple(cell.name for cell in report.cells),
            missing=report.missing,
            vanished=diagnosis.vanished,
            newly_skipped=diagnosis.newly_skipped,
            unknown=diagnosis.unknown,
            lost_cells=diagnosis.lost_cells,
            areas=diagnosis.areas,
        ),
    )
    return disarmed_json(encode(document).decode())


Renderer = Callable[[Report, Diagnosis], str]

RENDERERS: dict[str, Renderer] = {
    "json": to_json,
    "worklog": worklog.render,
    "markdown": worklog.render_short,
    "html": html.render,
    "junit": junit.render,
    "sarif": sarif.render,
    "gitlab-codequality": codequality.render,
}
