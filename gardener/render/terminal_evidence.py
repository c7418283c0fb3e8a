"""A few lines of evidence below a finding on the terminal, or all that the report holds."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from itertools import chain
from textwrap import dedent

from gardener.model import Excerpt, Failure, Finding, Report
from gardener.render.evidence import excerpt_of, numbered, outputs_of, traceback_of
from gardener.text import clean

STATEMENT_SHOWN = 5
"""Lines of a failing statement that are shown without `-v`, besides a neighbour at each side."""
FRAMES_SHOWN = 4
OUTPUT_SHOWN = 4
LONGEST_LINE = 200
TESTS_IN_COMMAND = 3


def lines_of_evidence(report: Report, finding: Finding, *, verbose: bool) -> Iterator[str]:
    """Source, traceback and output of one representative test of a finding, line by line."""
    failure = _representative(report, finding)
    excerpt = excerpt_of(report, failure)
    if excerpt is not None:
        text = numbered(excerpt) if verbose else numbered(_narrow(excerpt))
        yield from dedent(text).split("\n")
    yield from _traceback(failure, verbose=verbose)
    for output in outputs_of(failure):
        lines = output.text.split("\n")
        hidden = 0 if verbose else max(len(lines) - OUTPUT_SHOWN, 0)
        before = f" (the last {OUTPUT_SHOWN} of {len(lines)} lines; -v shows all)" if hidden else ""
        yield f"{output.title}{before}:"
        for line in lines[hidden:]:
            yield f"  | {line if verbose else clean(line, LONGEST_LINE)}"


def _representative(report: Report, finding: Finding) -> Failure:
    """The failure that shows most: the first one with output and source, else the first."""
    for failure in finding.failures:
        if failure.output and excerpt_of(report, failure) is not None:
            return failure
    return finding.failures[0]


def _narrow(excerpt: Excerpt) -> Excerpt:
    """The statement with one line at each side; of a long statement its beginning."""
    lines = excerpt.text.split("\n")
    first = max(excerpt.begin - 1, excerpt.first)
    last = min(excerpt.end + 1, excerpt.first + len(lines) - 1)
    around = max(excerpt.line - STATEMENT_SHOWN, first)
    first = around if last - first >= STATEMENT_SHOWN + 2 else first
    last = min(last, first + STATEMENT_SHOWN + 1)
    rows = [line[:LONGEST_LINE] for line in lines[first - excerpt.first :][: last - first + 1]]
    if last > excerpt.end and not rows[-1].strip():
        rows.pop()
    if first < excerpt.begin and not rows[0].strip():
        first, rows = first + 1, rows[1:]
    text = "\n".join(rows)
    return Excerpt(excerpt.file, excerpt.line, first, excerpt.begin, excerpt.end, text)


def _traceback(failure: Failure, *, verbose: bool) -> Iterator[str]:
    """The way from the test to the error; nothing where that is one step."""
    if verbose:
        text = traceback_of(failure)
        yield from text.split("\n") if text else ()
        return
    frames = [frame for frame in failure.frames if frame.origin != "library"]
    if len(frames) > 1:
        steps = [f"{frame.file}:{frame.line}" for frame in frames]
        if len(steps) > FRAMES_SHOWN:
            steps[1 : 1 - FRAMES_SHOWN] = [f"… {len(steps) - FRAMES_SHOWN} more …"]
        yield clean("by " + " > ".join(steps), 600)


def rerun_command(finding: Finding) -> str:
    """The command that runs the tests of a finding; where they are many, the first one."""
    many = len(finding.tests) > TESTS_IN_COMMAND
    before = [finding.after] if finding.after else []
    tests = chain(before, finding.tests[:1] if many else finding.tests)
    command = f"gardener run {shlex.join(clean(nodeid, 1000) for nodeid in tests)}"
    return f"{command}  # the first of {len(finding.tests)}" if many else command
