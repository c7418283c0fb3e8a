"""One finding in the worklog: what it is, its evidence, its tests, how to see and mend it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from gardener.diagnosis.root_cause import frame_of
from gardener.model import Failure, Finding, Report
from gardener.nodeid import file_of
from gardener.render.evidence import (
    excerpt_of,
    numbered,
    outputs_of,
    rerun_of,
    traceback_of,
    word_of,
)
from gardener.render.file_counts import FileCounts
from gardener.render.markdown import code, fence, folded, inline
from gardener.reports.issue_ledger import KeptIssue
from gardener.text import error_text, shortened

FOLD = 10
"""Tests of a finding that are listed before the rest is folded away."""
LONGEST_ERROR = 4000
LONGEST_OUTPUT = 2000


def section(
    number: int,
    finding: Finding,
    report: Report,
    counts: FileCounts,
    issue: KeptIssue | None = None,
    blocked_by: Sequence[Finding] = (),
) -> str:
    """One finding, with its number in the worklog, and those that have to go before it."""
    first = finding.failures[0]
    lines = [f"## {number}. {inline(finding.name)}", "", *_facts(finding)]
    if issue:
        lines.append(f"- Issue: {issue_link(issue)}")
    if blocked_by:
        lines.append(f"- Blocked by: {', '.join(code(blocker.name) for blocker in blocked_by)}")
    if finding.status_reason:
        lines.append(f"- Why this status: {inline(finding.status_reason)}")
    lines += ["", fence(error_text(first, LONGEST_ERROR)), "", *_evidence(first, report)]
    lines.append(f"**Root cause:** {inline(finding.cause)}")
    if finding.areas:
        lines += ["", f"**Areas:** {inline(', '.join(finding.areas))}"]
    if finding.impact:
        lines += ["", f"**Impact:** {inline(finding.impact)}"]
    lines += ["", f"**Why grouped:** {inline(finding.reason)}", "", "**Affected tests:**", ""]
    lines += _tests(finding, counts)
    lines += ["", "**Reproduce:**", "", fence(rerun_of(finding), "sh"), ""]
    if finding.codemod:
        heading = "**Fix:**" if finding.fix else "**Fix, if it applies:**"
        lines += [heading, "", fence(finding.fix_command, "sh"), ""]
    lines.append(f"**Next step:** {inline(finding.next_step)}")
    return "\n".join(lines)


def issue_link(issue: KeptIssue) -> str:
    """`#12`, a link where the address is known."""
    return f"[#{issue.number}](<{issue.url}>)" if issue.url else f"#{issue.number}"


def _facts(finding: Finding) -> list[str]:
    frame = frame_of(finding.failures[0])
    facts = [
        ("File", f"{frame.file}:{frame.line}" if frame else finding.failures[0].file),
        ("Outcome", _outcome(finding)),
        ("Tests", str(len(finding.tests))),
        ("Cells", shortened(finding.cells)),
        ("Status", f"{finding.status}"),
        ("Category", finding.category),
        ("Priority", finding.priority),
        ("Fingerprint", finding.fingerprint),
        ("Suspect", finding.symbol),
    ]
    return [f"- {name}: {code(value)}" for name, value in facts if value]


def _outcome(finding: Finding) -> str:
    """`FAILED` or `ERROR`; of both, how often each."""
    words = Counter(word_of(failure) for failure in finding.failures)
    if len(words) == 1:
        return next(iter(words))
    return ", ".join(f"{number} {word}" for word, number in sorted(words.items(), reverse=True))


def _evidence(failure: Failure, report: Report) -> list[str]:
    """The failing lines, the traceback inside the repository, and what the test printed."""
    blocks = []
    excerpt = excerpt_of(report, failure)
    if excerpt:
        where = code(f"{excerpt.file}:{excerpt.line}")
        blocks.append(f"**Source:** {where}\n\n{fence(numbered(excerpt))}")
    traceback = traceback_of(failure)
    if traceback:
        blocks.append(folded("Traceback inside the repository", fence(traceback)))
    blocks += [
        folded(f"Captured {output.title}", fence(output.text))
        for output in outputs_of(failure, LONGEST_OUTPUT)
    ]
    return [line for block in blocks for line in (block, "")]


def _tests(finding: Finding, counts: FileCounts) -> list[str]:
    """The tests with their outcomes; with more than one file, how many fail in each."""
    words: dict[str, str] = {}
    for failure in finding.failures:
        words.setdefault(failure.nodeid, word_of(failure))
    lines = [f"- {word} {code(nodeid)}" for nodeid, word in words.items()]
    shares = [f"- {counts.share(file)} in {code(file)}" for file in _files(finding, counts)]
    if lines[FOLD:]:
        lines = [*lines[:FOLD], "", folded(f"{len(lines) - FOLD:,} more", "\n".join(lines[FOLD:]))]
    return [*lines, "", "By file:", "", *shares] if shares else lines


def _files(finding: Finding, counts: FileCounts) -> list[str]:
    files = dict.fromkeys(file_of(nodeid) for nodeid in finding.tests)
    return [file for file in files if counts.share(file)]
