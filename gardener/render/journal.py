"""Keeps worklogs in the repository: writes the first one, then brings it up to date.

A worklog lies in `FAILING-TEST/gardener/`. As long as one of a focus has findings that are
not fixed, later runs of that focus say in it what became of them and add what is new.
"""

from __future__ import annotations

import re
from datetime import datetime, timezone
from pathlib import Path

from gardener.diagnosis.outcomes import final_outcomes
from gardener.model import Diagnosis, Finding, Report
from gardener.render import worklog
from gardener.render.terminal import verdict
from gardener.reports.store import write
from gardener.text import count

FOLDER = Path("FAILING-TEST") / "gardener"
_SECTION = re.compile(r"^## \d+\. .*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_FINGERPRINT = re.compile(r"^- Fingerprint: `([^`]+)`$", re.MULTILINE)
_HEAD = re.compile(r"^(## Executive summary\n\n)(?:\*\*Now\*\* \([^\n]*\n\n)?", re.MULTILINE)
_NOW = re.compile(r"^- Now: `([^`]+)`.*\n", re.MULTILINE)
_TESTS = re.compile(r"\*\*Affected tests:\*\*\n(.*?)\*\*Reproduce:\*\*", re.DOTALL)
_PASSING = frozenset({"passed", "xpassed"})


def record(root: Path, report: Report, diagnosis: Diagnosis, now: datetime | None = None) -> Path:
    """Write or update the worklog of a run and return where it is.

    Raises:
        ReportError: it cannot be written.
    """
    at = now or datetime.now(timezone.utc)
    focus = re.sub(r"[^\w-]+", "-", report.selection.focus) or "all"
    folder = root / FOLDER
    pattern = f"FAILING-TEST-GARDENER-WORKLOG-{focus}-[0-9]*.md"
    for path in sorted(folder.glob(pattern), reverse=True)[:1]:
        before = path.read_text(encoding="utf-8", errors="replace")
        if _is_open(before):
            write(path, update(before, report, diagnosis, at).encode("utf-8", "replace"))
            return path
    stamp = at.strftime("%Y-%m-%d-%H%M%S")
    path = folder / f"FAILING-TEST-GARDENER-WORKLOG-{focus}-{stamp}.md"
    write(path, worklog.render(report, diagnosis).encode("utf-8", "replace"))
    return path


def _is_open(text: str) -> bool:
    return any(_state(section) != "fixed" for section in _SECTION.findall(text))


def _state(section: str) -> str:
    """What the last run said of a section: `fixed`, `still failing`, or nothing yet."""
    now = _NOW.search(section)
    return now[1] if now else ""


def update(text: str, report: Report, diagnosis: Diagnosis, at: datetime) -> str:
    """A worklog with what a later run says of its findings, and with the new ones added."""
    outcomes = final_outcomes(report)
    by_fingerprint: dict[str, Finding] = {}
    for finding in diagnosis.findings:
        by_fingerprint |= dict.fromkeys((finding.fingerprint, *finding.aliases), finding)
    when = at.strftime("%Y-%m-%d %H:%M UTC")
    listed: set[str] = set()

    def renew(match: re.Match[str]) -> str:
        section = match[0]
        fingerprint = _FINGERPRINT.search(section)
        if not fingerprint:
            return section
        finding = by_fingerprint.get(fingerprint[1])
        if finding:
            listed.add(finding.fingerprint)
        state = _new_state(section, finding, outcomes)
        if not state:
            return section
        plain = _NOW.sub("", section)
        line = f"{fingerprint[0]}\n- Now: `{state}` ({when})"
        return plain.replace(fingerprint[0], line, 1)

    renewed = _headed(_SECTION.sub(renew, text), report, diagnosis, when)
    new = [finding for finding in diagnosis.findings if finding.fingerprint not in listed]
    if not new:
        return renewed
    number = len(_SECTION.findall(renewed))
    added = [worklog.section(number + n, finding) for n, finding in enumerate(new, 1)]
    head = f"# Found later: {when}"
    return renewed.rstrip("\n") + "\n\n" + "\n\n".join([head, *added]) + "\n"


def _headed(text: str, report: Report, diagnosis: Diagnosis, when: str) -> str:
    """The worklog with the verdict of the later run before that of the first one."""
    states = [_state(section) for section in _SECTION.findall(text)]
    fixed = f"{states.count('fixed')} of {count(len(states), 'finding')} here fixed."
    line = f"**Now** ({when}): {verdict(report, diagnosis)} {fixed}\n\n"
    return _HEAD.sub(lambda match: f"{match[1]}{line}", text, count=1)


def _new_state(section: str, finding: Finding | None, outcomes: dict[str, str]) -> str:
    """`fixed` only when each of its tests ran and passed; empty when the run cannot tell."""
    if finding:
        return "still failing"
    affected = _TESTS.search(section)
    tests = re.findall(r"^- `+ ?(.*?) ?`+$", affected[1], re.MULTILINE) if affected else []
    if tests and all(outcomes.get(nodeid) in _PASSING for nodeid in tests):
        return "fixed"
    return ""
