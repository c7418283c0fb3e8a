"""The worklog: a finished run as a good engineer would write it up, in Markdown."""

from __future__ import annotations

import re
import shlex
from collections import Counter

from gardener.diagnosis.outcomes import final_results
from gardener.diagnosis.root_cause import frame_of
from gardener.model import FAILING_OUTCOMES, Cell, Diagnosis, Finding, Phase, Report
from gardener.render.terminal import next_step, verdict
from gardener.text import absences, clean, count, error_text, say_tests, shortened

FOLD = 10
"""Tests of a finding that are listed before the rest is folded away."""
LONGEST_ERROR = 4000


def render(report: Report, diagnosis: Diagnosis) -> str:
    """The whole worklog."""
    parts = [_head(report), _summary(report, diagnosis)]
    parts += [section(number, f) for number, f in enumerate(diagnosis.findings, 1)]
    parts += [
        _deprecations(diagnosis),
        _statistics(report, diagnosis),
        _next_steps(report, diagnosis),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def render_short(report: Report, diagnosis: Diagnosis) -> str:
    """The verdict and a table of causes."""
    rows = [
        "| cause | status | tests | error |",
        "|---|---|---:|---|",
        *(
            f"| {_cell(f.name)} | {f.status} | {len(f.tests)} | {_cell(f.title)} |"
            for f in diagnosis.findings
        ),
    ]
    parts = [f"**{_inline(verdict(report, diagnosis))}**"]
    if diagnosis.findings:
        parts.append("\n".join(rows))
    parts += map(_inline, absences(report, diagnosis))
    parts += [_deprecations(diagnosis), f"Next: {_code(next_step(report, diagnosis))}"]
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
        *((f"Cell {cell.name}", _ran_on(cell)) for cell in report.cells),
        ("Command", shlex.join(report.command)),
    ]
    lines = [f"- {name}: {_code(value)}" for name, value in facts if value]
    title = f"FAILING-TEST-GARDENER worklog: {focus or 'all tests'}"
    return f"# {title}\n\n" + "\n".join(lines)


def _ran_on(cell: Cell) -> str:
    """What a cell ran on, in a few words."""
    python = f"Python {cell.environment.python}" if cell.environment.python else ""
    return ", ".join(filter(None, (python, cell.environment.platform))) or "unknown"


def _summary(report: Report, diagnosis: Diagnosis) -> str:
    lines = ["## Executive summary", "", _inline(verdict(report, diagnosis))]
    lines += [f"- Area {_inline(str(area))}" for area in diagnosis.areas]
    lines += [
        f"- {_code(finding.name)}: {say_tests(finding)} {_inline(finding.cause)}"
        for finding in diagnosis.findings
    ]
    lines += [f"- {_inline(sentence)}" for sentence in absences(report, diagnosis)]
    return "\n".join(lines)


def section(number: int, finding: Finding) -> str:
    """One finding, with its number in the worklog."""
    first = finding.failures[0]
    frame = frame_of(first)
    facts = [
        ("File", f"{frame.file}:{frame.line}" if frame else first.file),
        ("Tests", str(len(finding.tests))),
        ("Cells", shortened(finding.cells)),
        ("Status", f"{finding.status}"),
        ("Category", finding.category),
        ("Priority", finding.priority),
        ("Fingerprint", finding.fingerprint),
        ("Suspect", finding.symbol),
    ]
    lines = [f"## {number}. {_inline(finding.name)}", ""]
    lines += [f"- {name}: {_code(value)}" for name, value in facts if value]
    if finding.status_reason:
        lines.append(f"- Why this status: {_inline(finding.status_reason)}")
    lines += ["", _fence(error_text(first, LONGEST_ERROR)), ""]
    lines.append(f"**Root cause:** {_inline(finding.cause)}")
    if finding.areas:
        lines += ["", f"**Areas:** {_inline(', '.join(finding.areas))}"]
    if finding.impact:
        lines += ["", f"**Impact:** {_inline(finding.impact)}"]
    lines += ["", f"**Why grouped:** {_inline(finding.reason)}", "", "**Affected tests:**", ""]
    lines += _tests(finding.tests)
    lines += ["", "**Reproduce:**", "", _fence(reproduce(finding), "sh"), ""]
    if finding.codemod:
        lines += ["**Fix:**", "", _fence(f"gardener fix --only {finding.codemod}", "sh"), ""]
    lines.append(f"**Next step:** {_inline(finding.next_step)}")
    return "\n".join(lines)


def reproduce(finding: Finding) -> str:
    """The command that shows a finding again with its first test, and the one before it."""
    tests = [finding.after, finding.tests[0]] if finding.after else [finding.tests[0]]
    return f"pytest {shlex.join(clean(nodeid, 1000) for nodeid in tests)}"


def _tests(tests: tuple[str, ...]) -> list[str]:
    lines = [f"- {_code(nodeid)}" for nodeid in tests[:FOLD]]
    rest = tests[FOLD:]
    if rest:
        lines += ["", f"<details><summary>{len(rest):,} more</summary>", ""]
        lines += [f"- {_code(nodeid)}" for nodeid in rest]
        lines += ["", "</details>"]
    return lines


def _deprecations(diagnosis: Diagnosis) -> str:
    if not diagnosis.deprecations:
        return ""
    lines = ["## Deprecation warnings", "", "| category | times | places | text | fix |"]
    lines.append("|---|---:|---:|---|---|")
    for finding in diagnosis.deprecations:
        times = sum(warning.count for warning in finding.warnings)
        places = len({(warning.file, warning.line) for warning in finding.warnings})
        fix = _fix_command(finding) or "by hand"
        lines.append(
            f"| {finding.category} | {times} | {places} | {_cell(finding.title)} | {fix} |"
        )
    return "\n".join(lines)


def _fix_command(finding: Finding) -> str:
    """The command that fixes a finding, as a code span; empty where no codemod does."""
    return _code(f"gardener fix --only {finding.codemod}") if finding.codemod else ""


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
    deprecated = sum(w.count for f in diagnosis.deprecations for w in f.warnings)
    rest = sum(warning.count for warning in diagnosis.other_warnings)
    return [
        ("Deprecation warnings", deprecated),
        ("Other warnings", rest),
        ("All warnings", deprecated + rest),
    ]


def _next_steps(report: Report, diagnosis: Diagnosis) -> str:
    steps = []
    for finding in diagnosis.findings:
        fix = _fix_command(finding)
        action = f"run {fix}" if fix else _inline(finding.next_step)
        steps.append(f"{_code(finding.name)}: {action}")
    for finding in diagnosis.deprecations:
        fix = _fix_command(finding)
        if fix:
            times = sum(warning.count for warning in finding.warnings)
            steps.append(f"{fix} fixes {count(times, 'warning')} of {finding.category}.")
    if not report.complete:
        steps.append("Find out why the run ended early; what did not run is not known to pass.")
    steps = steps or ["Nothing to fix."]
    return "\n".join(["## Next steps", "", *(f"{n}. {step}" for n, step in enumerate(steps, 1))])


# --- Markdown: text of a report is data, whatever it says -------------------------------


def _fence(text: str, language: str = "text") -> str:
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    ticks = "`" * max(3, longest + 1)
    return f"{ticks}{language}\n{text}\n{ticks}"


def _code(text: str) -> str:
    plain = " ".join(clean(text, 1000).split())
    longest = max((len(run) for run in re.findall(r"`+", plain)), default=0)
    ticks = "`" * (longest + 1)
    space = " " if plain.startswith("`") or plain.endswith("`") else ""
    return f"{ticks}{space}{plain}{space}{ticks}" if plain else ""


def _inline(text: str) -> str:
    """Plain words with code spans kept; everything else that Markdown would read is escaped."""
    plain = " ".join(clean(text, 2000).split())
    pieces = re.split(r"(`[^`]+`)", plain)
    return "".join(
        piece if n % 2 else re.sub(r"([\\`*_\[\]<>#|~@])", r"\\\1", piece)
        for n, piece in enumerate(pieces)
    )


def _cell(text: str) -> str:
    plain = " ".join(clean(text, 300).split())
    return re.sub(r"([\\`*_\[\]<>#|~@])", r"\\\1", plain)
