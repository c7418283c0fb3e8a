"""Keeps worklogs in the repository: writes the first one, then brings it up to date.

A worklog lies in `FAILING-TEST/gardener/`. As long as one of a focus has findings that are
not fixed, later runs of that focus say in it what became of them and add what is new. A run that
it tells of already changes no state: it may bring the issues that were opened since.
"""

from __future__ import annotations

import re
from datetime import datetime, timezone
from itertools import pairwise
from pathlib import Path

from gardener.diagnosis.outcomes import final_outcomes
from gardener.model import Diagnosis, Finding, Report
from gardener.render import worklog
from gardener.render.file_counts import file_counts
from gardener.render.markdown import inline
from gardener.render.terminal import verdict
from gardener.render.worklog import RESOLUTION, issues_done
from gardener.render.worklog_finding import issue_link, section
from gardener.reports.issue_ledger import IssueLedger
from gardener.reports.store import write
from gardener.text import count

FOLDER = Path("FAILING-TEST") / "gardener"
_HEADING = re.compile(r"^## ", re.MULTILINE)
_SECTION = re.compile(r"## \d+\. ")
_FENCED = re.compile(r"^(`{3,})\w*\n.*?^\1$", re.MULTILINE | re.DOTALL)
_ROW = re.compile(r"^\| (\d+)\. .* \| ([\w ]+) \| ([^|]*) \|$", re.MULTILINE)
_FINGERPRINT = re.compile(r"^- Fingerprint: `([^`]+)`$", re.MULTILINE)
_HEAD = re.compile(r"^(## Executive summary\n\n)(?:\*\*Now\*\* \([^\n]*\n\n)?", re.MULTILINE)
_SUMMARY = re.compile(
    r"^(## Executive summary\n\n(?:\*\*Now\*\* \([^\n]*\n\n)?)(?:\*\*Issues\*\*: [^\n]*\n\n)?",
    re.MULTILINE,
)
_NOW = re.compile(r"^- Now: `([^`]+)`.*\n", re.MULTILINE)
_ISSUE = re.compile(r"^- Issue: (.*)\n", re.MULTILINE)
_FENCE = re.compile(r"^`{3,}", re.MULTILINE)
_TOLD = re.compile(r"^\*\*Now\*\* \(([^)]*)\)", re.MULTILINE)
_STAMP = "%Y-%m-%d %H:%M UTC"
_TESTS = re.compile(r"\*\*Affected tests:\*\*\n(.*?)\*\*Reproduce:\*\*", re.DOTALL)
_PASSING = frozenset({"passed", "xpassed"})


def record(
    root: Path,
    report: Report,
    diagnosis: Diagnosis,
    now: datetime | None = None,
    ledger: IssueLedger | None = None,
) -> Path:
    """Write or update the worklog of a run and return where it is; `ledger` knows the issues.

    Raises:
        ReportError: it cannot be written.
    """
    at = now or datetime.now(timezone.utc)
    ledger = ledger or IssueLedger()
    focus = re.sub(r"[^\w-]+", "-", report.selection.focus) or "all"
    folder = root / FOLDER
    pattern = f"FAILING-TEST-GARDENER-WORKLOG-{focus}-[0-9]*.md"
    for path in sorted(folder.glob(pattern), reverse=True)[:1]:
        before = path.read_text(encoding="utf-8", errors="replace")
        latest = _TOLD.search(before)
        is_told = _is_of(before, report) or bool(latest and latest[1] >= at.strftime(_STAMP))
        if _is_open(before) or is_told:
            text = update(before, report, diagnosis, at, ledger)
            write(path, text.encode("utf-8", "replace"))
            return path
    stamp = at.strftime("%Y-%m-%d-%H%M%S")
    path = folder / f"FAILING-TEST-GARDENER-WORKLOG-{focus}-{stamp}.md"
    text = worklog.render(report, diagnosis, ledger)
    sections = [piece for piece in _pieces(text) if _SECTION.match(piece)]
    if sections:
        text += f"\n{_resolution(sections, {}, at.strftime(_STAMP))}\n"
    write(path, text.encode("utf-8", "replace"))
    return path


def _is_open(text: str) -> bool:
    sections = (piece for piece in _pieces(text) if _SECTION.match(piece))
    return any(_state(piece) != "fixed" for piece in sections)


def _state(section: str) -> str:
    """What the last run said of a section: `fixed`, `still failing`, or nothing yet."""
    now = _NOW.search(section)
    return now[1] if now else ""


def _is_of(text: str, report: Report) -> bool:
    """Whether a worklog was begun by this very run."""
    return bool(report.created) and f"- Date: `{report.created}`\n" in _pieces(text)[0]


def _is_told(text: str, report: Report, when: str) -> bool:
    """Whether a worklog tells of this run already, or of a later one."""
    latest = _TOLD.search(text)
    return _is_of(text, report) or bool(latest and latest[1] > when)


def update(
    text: str,
    report: Report,
    diagnosis: Diagnosis,
    at: datetime,
    ledger: IssueLedger | None = None,
) -> str:
    """A worklog with what a later run says of its findings, and with the new ones added."""
    ledger = ledger or IssueLedger()
    when = at.strftime(_STAMP)
    is_told = _is_told(text, report, when)
    outcomes = final_outcomes(report)
    by_fingerprint: dict[str, Finding] = {}
    for finding in diagnosis.findings:
        by_fingerprint |= dict.fromkeys((finding.fingerprint, *finding.aliases), finding)
    resolved = _resolved(text)
    pieces = _pieces(_without_resolution(text))
    listed: set[str] = set()
    for number, piece in enumerate(pieces):
        fingerprint = _FINGERPRINT.search(piece) if _SECTION.match(piece) else None
        if not fingerprint:
            continue
        again = by_fingerprint.get(fingerprint[1])
        if again:
            listed.add(again.fingerprint)
        current = piece if is_told else _renewed(piece, fingerprint[0], again, outcomes, when)
        pieces[number] = _with_issue(current, fingerprint[0], fingerprint[1], ledger)
    sections = [piece for piece in pieces if _SECTION.match(piece)]
    renewed = "".join(pieces)
    if not is_told:
        renewed = _headed(renewed, sections, report, diagnosis, when)
    renewed = _with_deeds(renewed, ledger).rstrip("\n")
    new = [finding for finding in diagnosis.findings if finding.fingerprint not in listed]
    if new and not is_told:
        counts = file_counts(report)
        added = [
            section(len(sections) + n, finding, report, counts, ledger.of(finding))
            for n, finding in enumerate(new, 1)
        ]
        renewed += "\n\n" + "\n\n".join([f"# Found later: {when}", *added])
        sections += added
    if not sections:
        return f"{renewed}\n"
    return f"{renewed}\n\n{_resolution(sections, resolved, when)}\n"


def _with_issue(piece: str, line: str, fingerprint: str, ledger: IssueLedger) -> str:
    """The section of a finding with the issue that it has, where one is known."""
    issue = ledger.known_by(fingerprint)
    if not issue:
        return piece
    facts = _facts(piece)
    named = f"{line}\n- Issue: {issue_link(issue)}"
    return _ISSUE.sub("", facts, count=1).replace(line, named, 1) + piece[len(facts) :]


def _facts(piece: str) -> str:
    """The part of a section before what tests said, which may look like a fact."""
    fence = _FENCE.search(piece)
    return piece[: fence.start()] if fence else piece


def _with_deeds(text: str, ledger: IssueLedger) -> str:
    """The worklog whose summary says what was created, updated, closed and reopened last."""
    deeds = issues_done(ledger.issues)
    if not deeds:
        return text
    line = f"**Issues**: {'; '.join(deeds)}.\n\n"
    return _SUMMARY.sub(lambda match: f"{match[1]}{line}", text, count=1)


def _pieces(text: str) -> list[str]:
    """The text cut before each heading of the second level; what is fenced off is no heading."""
    masked = _FENCED.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)
    starts = [0, *(match.start() for match in _HEADING.finditer(masked)), len(text)]
    return [text[start:end] for start, end in pairwise(starts)]


def _renewed(
    piece: str, fingerprint: str, finding: Finding | None, outcomes: dict[str, str], when: str
) -> str:
    """The section of a finding with what became of it, where the run can tell."""
    state = _new_state(piece, finding, outcomes)
    if not state:
        return piece
    line = f"{fingerprint}\n- Now: `{state}` ({when})"
    return _NOW.sub("", piece, count=1).replace(fingerprint, line, 1)


def _without_resolution(text: str) -> str:
    return "".join(piece for piece in _pieces(text) if not piece.startswith(RESOLUTION))


def _resolved(text: str) -> dict[str, tuple[str, str]]:
    """The state of each section by its number as the worklog has it, and since when."""
    table = next((p for p in reversed(_pieces(text)) if p.startswith(RESOLUTION)), "")
    return {number: (state, since) for number, state, since in _ROW.findall(table)}


def _resolution(sections: list[str], resolved: dict[str, tuple[str, str]], when: str) -> str:
    """What became of all findings, each with its state and since when it has it."""
    lines = [RESOLUTION, "", "| finding | state | since |", "|---|---|---|"]
    for piece in sections:
        heading = piece.partition("\n")[0].removeprefix("## ")
        number, state = heading.partition(".")[0], _state(piece) or "open"
        before, since = resolved.get(number, ("", ""))
        issue = _ISSUE.search(_facts(piece))
        heading += f" ({issue[1]})" if issue else ""
        lines.append(f"| {heading} | {state} | {since if before == state else when} |")
    states = [_state(piece) for piece in sections]
    lines += ["", f"{states.count('fixed')} of {count(len(states), 'finding')} fixed."]
    return "\n".join(lines)


def _headed(text: str, sections: list[str], report: Report, diagnosis: Diagnosis, when: str) -> str:
    """The worklog with the verdict of the later run before that of the first one."""
    states = [_state(piece) for piece in sections]
    fixed = f"{states.count('fixed')} of {count(len(states), 'finding')} here fixed."
    line = f"**Now** ({when}): {inline(verdict(report, diagnosis))} {fixed}\n\n"
    return _HEAD.sub(lambda match: f"{match[1]}{line}", text, count=1)


def _new_state(section: str, finding: Finding | None, outcomes: dict[str, str]) -> str:
    """`fixed` only when each of its tests ran and passed; empty when the run cannot tell."""
    if finding:
        return "still failing"
    affected = _TESTS.search(section)
    tests = (
        re.findall(r"^- (?:FAILED |ERROR )?`+ ?(.*?) ?`+$", affected[1], re.MULTILINE)
        if affected
        else []
    )
    if tests and all(outcomes.get(nodeid) in _PASSING for nodeid in tests):
        return "fixed"
    return ""
