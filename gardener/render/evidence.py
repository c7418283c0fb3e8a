"""What there is to see of a failure besides its error: source, short traceback, output, rerun."""

from __future__ import annotations

import shlex

from gardener.diagnosis.root_cause import frame_of
from gardener.model import Excerpt, Failure, Finding, Output, Phase, RaisedException, Report
from gardener.text import clean

FRAMES_SHOWN = 12
"""Frames of one exception that are sections: the first and the last ones."""
OUTERMOST_SHOWN = 3


def word_of(failure: Failure) -> str:
    """`FAILED` or `ERROR`, as pytest's own summary has it."""
    return "FAILED" if failure.phase is Phase.CALL else "ERROR"


def excerpt_of(report: Report, failure: Failure) -> Excerpt | None:
    """The source around the place where to look at a failure; None where the report has none."""
    frame = frame_of(failure)
    if frame is None:
        return None
    place = (frame.file, frame.line)
    return next((e for e in report.excerpts if (e.file, e.line) == place), None)


def numbered(excerpt: Excerpt) -> str:
    """An excerpt with line numbers, its statement marked with `>`."""
    lines = clean(excerpt.text, 20_000).split("\n")
    width = len(str(excerpt.first + len(lines)))
    marked = []
    for number, line in enumerate(lines, excerpt.first):
        mark = ">" if excerpt.begin <= number <= excerpt.end else " "
        marked.append(f"{mark} {number:{width}}  {line}".rstrip())
    return "\n".join(marked)


def traceback_of(failure: Failure) -> str:
    """The short traceback inside the repository, the root cause first; empty without frames."""
    parts = [_traceback(raised) for raised in (*reversed(failure.causes), failure)]
    return "\n\n".join(part for part in parts if part)


def _traceback(raised: RaisedException) -> str:
    frames = [frame for frame in raised.frames if frame.origin != "library"]
    if not frames:
        return ""
    lines = []
    cut = len(frames) - FRAMES_SHOWN
    for number, frame in enumerate(frames):
        if cut > 0 and OUTERMOST_SHOWN <= number < OUTERMOST_SHOWN + cut:
            if number == OUTERMOST_SHOWN:
                lines.append(f"… {cut} more …")
            continue
        function = f" in {frame.function}" if frame.function else ""
        lines.append(clean(f"{frame.file}:{frame.line}{function}", 500))
        source = frame.source.strip().partition("\n")[0]
        if source:
            lines.append("    " + clean(source, 300))
    message = next((line for line in clean(raised.message).split("\n") if line.strip()), "")
    lines.append(clean(": ".join(filter(None, (raised.type, message))), 500))
    return "\n".join(lines)


def outputs_of(failure: Failure, longest: int = 20_000) -> tuple[Output, ...]:
    """What the test printed and logged as safe text, the end of what is too long."""
    sections = []
    for section in failure.output:
        text = clean(section.text, 30_000).strip("\n")
        if len(text) > longest:
            text = "…" + text[len(text) - longest :]
        if text:
            sections.append(Output(clean(section.title, 80), text))
    return tuple(sections)


def rerun_of(finding: Finding) -> str:
    """The command that shows a finding again with its first test, and the one before it."""
    tests = [finding.after, finding.tests[0]] if finding.after else [finding.tests[0]]
    return f"pytest {shlex.join(clean(nodeid, 1000) for nodeid in tests)}"
