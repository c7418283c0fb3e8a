"""What the bot says of one cause wherever it says it: its error, its facts, its commands."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from gardener.diagnosis.root_cause import frame_of
from gardener.model import Finding, Report
from gardener.nodeid import file_of
from gardener.render.evidence import excerpt_of, numbered, outputs_of
from gardener.text import shortened

from . import text


def facts(finding: Finding, *, brief: bool = False) -> list[str]:
    """What is known of a cause, as bullets; `brief` leaves out why it has its status, and where.

    What the error itself says, or what goes without saying, is left out.
    """
    frame = frame_of(finding.failures[0]) if finding.failures else None
    alone = len(finding.tests) < 2
    title_is_error = text.line(finding.title, 400) == text.line(first_line(error(finding)), 400)
    labelled = (
        ("What is wrong", "" if title_is_error else text.prose(finding.title)),
        ("Root cause", text.prose(finding.cause)),
        ("Where", text.code(f"{frame.file}:{frame.line}") if frame and not brief else ""),
        ("Symbol", text.code(finding.symbol)),
        ("Fails in", text.prose(shortened(finding.cells))),
        (f"Why {finding.status}", "" if brief else text.prose(finding.status_reason)),
        ("Why one cause", "" if brief or alone else text.prose(finding.reason)),
        ("Impact", text.prose(finding.impact)),
    )
    return [f"- **{name}:** {words}" for name, words in labelled if words]


def reproduce(finding: Finding) -> str:
    """A shell command that runs some of its tests; their files where a nodeid cannot be typed."""
    targets = [t if text.line(t, 400) == t else file_of(t) for t in finding.tests[:3]]
    typed = [t for t in dict.fromkeys(targets) if t and text.line(t, 400) == t]
    return " ".join(["python -m pytest", *(shlex.quote(t) for t in typed)])


def fix_command(codemods: Sequence[str], files: Sequence[str] = ()) -> str:
    """The shell command that applies codemods; without files where there are too many."""
    typed = [shlex.quote(f) for f in files[:10] if text.line(f, 400) == f]
    only = " ".join(f"--only {shlex.quote(text.line(c, 60))}" for c in codemods)
    return " ".join(["gardener fix", only, *(typed if len(files) <= 10 else [])])


def error(finding: Finding) -> str:
    """The first failure's error in one line."""
    if not finding.failures:
        return finding.title
    failure = finding.failures[0]
    return f"{failure.type}: {failure.message}" if failure.message else failure.type


def evidence(finding: Finding, report: Report, longest: int) -> list[str]:
    """The failing lines with their neighbours, and the ends of what the test printed and logged."""
    if not finding.failures:
        return []
    failure = finding.failures[0]
    blocks: list[str] = []
    if excerpt := excerpt_of(report, failure):
        where = text.code(f"{excerpt.file}:{excerpt.line}")
        blocks += [f"{where}:", "", text.block(numbered(excerpt), 2_000, "| "), ""]
    for output in outputs_of(failure, longest):
        blocks += [f"Captured {text.code(output.title, 80)}:", ""]
        blocks += [text.block(output.text, longest + 100, "| "), ""]
    return blocks


def first_line(words: str) -> str:
    """The first line that says something."""
    return next((line for line in text.clean(words[:10_000]).split("\n") if line.strip()), "")
