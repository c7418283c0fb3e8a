"""The warnings in the worklog: each deprecation by its own name with its files, then the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from gardener.model import Diagnosis, Finding, WarningCount
from gardener.render.markdown import cell, code, code_cell, inline
from gardener.render.worklog_finding import issue_link
from gardener.reports.issue_ledger import IssueLedger, KeptIssue
from gardener.text import count

FILES_LISTED = 15
"""Files of one deprecation that are listed by name."""
OTHERS_LISTED = 60


def deprecation_table(diagnosis: Diagnosis) -> str:
    """All deprecations in a table; empty without any."""
    if not diagnosis.deprecations:
        return ""
    lines = ["## Deprecation warnings", "", "| category | times | places | text | fix |"]
    lines.append("|---|---:|---:|---|---|")
    for finding in diagnosis.deprecations:
        places = len({(warning.file, warning.line) for warning in finding.warnings})
        fix = fix_command(finding) or "by hand"
        lines.append(
            f"| {finding.category} | {times(finding.warnings)} | {places} | {cell(finding.title)} |"
            f" {fix} |"
        )
    return "\n".join(lines)


def deprecations(diagnosis: Diagnosis, ledger: IssueLedger) -> str:
    """The table, and each deprecation by its own name with the files that it comes from."""
    parts = [deprecation_table(diagnosis)]
    parts += [_deprecation(finding, ledger.of(finding)) for finding in diagnosis.deprecations]
    return "\n\n".join(part for part in parts if part)


def _deprecation(finding: Finding, issue: KeptIssue | None) -> str:
    lines = [f"### {inline(finding.name)}", "", inline(finding.title), ""]
    if issue:
        lines.append(f"- Issue: {issue_link(issue)}")
    files: Counter[str] = Counter()
    for warning in finding.warnings:
        files[warning.file] += warning.count
    named = files.most_common(FILES_LISTED)
    lines += [f"- {code(file)}: {count(number, 'time')}" for file, number in named]
    if len(files) > len(named):
        lines.append(f"- and {count(len(files) - len(named), 'file')} more")
    fix = fix_command(finding)
    remedy = f"run {fix}" if fix else inline(finding.next_step)
    return "\n".join([*lines, "", f"**Next step:** {remedy}"])


def fix_command(finding: Finding) -> str:
    """The command that fixes a finding, as a code span; empty where no codemod does."""
    if not finding.codemod:
        return ""
    return code(finding.fix_command) + ("" if finding.fix else " (if it applies)")


def times(warnings: Iterable[WarningCount]) -> int:
    """How often warnings were given, all together."""
    return sum(warning.count for warning in warnings)


def other_warnings(diagnosis: Diagnosis) -> str:
    """The warnings that are no deprecations, those that came most often first."""
    groups: dict[tuple[str, str], list[WarningCount]] = {}
    for warning in diagnosis.other_warnings:
        groups.setdefault((warning.category, warning.message), []).append(warning)
    if not groups:
        return ""
    lines = ["## Other warnings", "", "| category | times | text | where |", "|---|---:|---|---|"]
    ordered = sorted(groups.items(), key=lambda item: -times(item[1]))
    for (category, message), group in ordered[:OTHERS_LISTED]:
        where = code_cell(f"{group[0].file}:{group[0].line}")
        if len(group) > 1:
            where += f" and {count(len(group) - 1, 'place')} more"
        lines.append(f"| {cell(category)} | {times(group)} | {cell(message)} | {where} |")
    if len(ordered) > OTHERS_LISTED:
        lines += ["", f"and {count(len(ordered) - OTHERS_LISTED, 'kind')} more."]
    return "\n".join(lines)
