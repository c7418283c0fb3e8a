"""The worklog: a finished run as a good engineer would write it up, in Markdown."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from gardener.diagnosis.blockers import blockers, in_order
from gardener.diagnosis.outcomes import final_results
from gardener.model import FAILING_OUTCOMES, Cell, Diagnosis, Finding, Phase, Report
from gardener.render.file_counts import FileCounts, file_counts
from gardener.render.markdown import cell, code, code_cell, inline
from gardener.render.terminal import next_step, verdict
from gardener.render.worklog_finding import issue_link, section
from gardener.render.worklog_warnings import (
    deprecation_table,
    deprecations,
    fix_command,
    other_warnings,
    times,
)
from gardener.reports.issue_ledger import IssueLedger, KeptIssue
from gardener.text import absences, count, say_tests

FILES_LISTED = 40
RESOLUTION = "## Resolution"
"""The heading of the part that later runs bring up to date."""


def render(report: Report, diagnosis: Diagnosis, ledger: IssueLedger | None = None) -> str:
    """The whole worklog; `ledger` knows the issues of its findings."""
    ledger = ledger or IssueLedger()
    counts = file_counts(report)
    parts = [_head(report), _summary(report, diagnosis, ledger), _by_file(counts)]
    blocked = blockers(diagnosis.findings)
    parts += [
        section(
            number,
            finding,
            report,
            counts,
            ledger.of(finding),
            blocked.get(finding.fingerprint, ()),
        )
        for number, finding in enumerate(diagnosis.findings, 1)
    ]
    parts += [
        deprecations(diagnosis, ledger),
        other_warnings(diagnosis),
        _statistics(report, diagnosis),
        _next_steps(report, diagnosis, blocked),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def render_short(report: Report, diagnosis: Diagnosis) -> str:
    """The verdict and a table of causes."""
    rows = [
        "| cause | status | tests | error |",
        "|---|---|---:|---|",
        *(
            f"| {cell(f.name)} | {f.status} | {len(f.tests)} | {cell(f.title)} |"
            for f in diagnosis.findings
        ),
    ]
    parts = [f"**{inline(verdict(report, diagnosis))}**"]
    if diagnosis.findings:
        parts.append("\n".join(rows))
    parts += map(inline, absences(report, diagnosis))
    parts += [deprecation_table(diagnosis), f"Next: {code(next_step(report, diagnosis))}"]
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(report: Report) -> str:
    focus = report.selection.focus
    facts = [
        ("Date", report.created or "unknown"),
        ("Focus", focus or "all tests"),
        ("Commit", report.commit or "unknown"),
        ("Base", report.base or "unknown"),
        ("Branch", report.branch),
        ("Python", report.environment.python),
        *((f"Cell {inline(cell_.name)}", _ran_on(cell_)) for cell_ in report.cells),
        ("Command", shlex.join(report.command)),
    ]
    lines = [f"- {name}: {code(value)}" for name, value in facts if value]
    title = f"FAILING-TEST-GARDENER worklog: {inline(focus or 'all tests')}"
    return f"# {title}\n\n" + "\n".join(lines)


def _ran_on(cell_: Cell) -> str:
    """What a cell ran on, in a few words."""
    python = f"Python {cell_.environment.python}" if cell_.environment.python else ""
    return ", ".join(filter(None, (python, cell_.environment.platform))) or "unknown"


def _summary(report: Report, diagnosis: Diagnosis, ledger: IssueLedger) -> str:
    lines = ["## Executive summary", "", inline(verdict(report, diagnosis))]
    lines += [f"- Area {inline(str(area))}" for area in diagnosis.areas]
    lines += [
        f"- {code(finding.name)}: {say_tests(finding)} {inline(finding.cause)}{_numbered(finding, ledger)}"
        for finding in diagnosis.findings
    ]
    lines += [f"- {inline(sentence)}" for sentence in absences(report, diagnosis)]
    lines += [f"- {deed}" for deed in issues_done(ledger.issues)]
    return "\n".join(lines)


def _numbered(finding: Finding, ledger: IssueLedger) -> str:
    issue = ledger.of(finding)
    return f" ({issue_link(issue)})" if issue else ""


def issues_done(issues: Iterable[KeptIssue]) -> list[str]:
    """What became of issues: created, updated and so on, each with its number."""
    by_deed: dict[str, list[str]] = {}
    for issue in issues:
        if issue.done:
            by_deed.setdefault(issue.done, []).append(issue_link(issue))
    return [
        f"{count(len(links), 'issue')} {deed}: {', '.join(links)}"
        for deed, links in by_deed.items()
    ]


def _by_file(counts: FileCounts) -> str:
    """The files with failing tests, and how many of their tests fail."""
    if not counts.failing:
        return ""
    lines = ["## Where tests fail", "", "| file | failing |", "|---|---|"]
    files = sorted(counts.failing, key=lambda file: (-counts.failing[file], file))
    for file in files[:FILES_LISTED]:
        share = f"{counts.failing[file]} of {counts.total[file]} failing"
        lines.append(f"| {code_cell(file)} | {share} |")
    if len(files) > FILES_LISTED:
        lines += ["", f"and {count(len(files) - FILES_LISTED, 'file')} more."]
    return "\n".join(lines)


def _statistics(report: Report, diagnosis: Diagnosis) -> str:
    lines = ["## Summary statistics", "", "| what | count |", "|---|---:|"]
    rows = _outcome_rows(report) + _cause_rows(diagnosis) + _warning_rows(diagnosis)
    return "\n".join([*lines, *(f"| {name} | {number:,} |" for name, number in rows)])


def _outcome_rows(report: Report) -> list[tuple[str, int]]:
    outcomes = Counter(final_results(report).values())
    not_collected = {f.nodeid for f in report.failures if f.phase == Phase.COLLECT}
    return [
        ("Tests", sum(outcomes.values())),
        *((name.capitalize(), number) for name, number in sorted(outcomes.items())),
        ("Failing tests", sum(outcomes[outcome] for outcome in FAILING_OUTCOMES)),
        ("Files or folders not collected", len(not_collected)),
    ]


def _cause_rows(diagnosis: Diagnosis) -> list[tuple[str, int]]:
    by_priority = Counter(finding.priority for finding in diagnosis.findings)
    return [
        ("Root causes", len(diagnosis.findings)),
        *((f"Causes of priority {name}", number) for name, number in sorted(by_priority.items())),
    ]


def _warning_rows(diagnosis: Diagnosis) -> list[tuple[str, int]]:
    deprecated = sum(times(finding.warnings) for finding in diagnosis.deprecations)
    rest = times(diagnosis.other_warnings)
    return [
        ("Deprecation warnings", deprecated),
        ("Other warnings", rest),
        ("All warnings", deprecated + rest),
    ]


def _next_steps(
    report: Report, diagnosis: Diagnosis, blocked: Mapping[str, Sequence[Finding]]
) -> str:
    """What to do, in an order in which nothing waits for what comes later."""
    steps = []
    places: dict[str, int] = {}
    for place, finding in enumerate(in_order(diagnosis.findings, blocked), 1):
        places[finding.fingerprint] = place
        fix = fix_command(finding)
        action = f"run {fix}" if fix else inline(finding.next_step)
        after = [f"step {places[b.fingerprint]}" for b in blocked.get(finding.fingerprint, ())]
        waits = f"after {' and '.join(after)}, if it is still there: " if after else ""
        steps.append(f"{code(finding.name)}: {waits}{action}")
    for finding in diagnosis.deprecations:
        fix = fix_command(finding)
        if fix:
            number = count(times(finding.warnings), "warning")
            verb = "fixes" if finding.fix else "may fix"
            steps.append(f"{code(finding.fix_command)} {verb} {number} of {finding.category}.")
    if not report.complete:
        steps.append("Find out why the run ended early; what did not run is not known to pass.")
    steps = steps or ["Nothing to fix."]
    return "\n".join(["## Next steps", "", *(f"{n}. {step}" for n, step in enumerate(steps, 1))])
