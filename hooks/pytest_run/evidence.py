"""What a report keeps of its failures besides the errors: their output and the failing lines."""

from __future__ import annotations

import tokenize
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import structs

from gardener.config.tables import Evidence
from gardener.model import Excerpt, Failure, Frame, Output, Report
from gardener.text import cut

PLACES_LIMIT = 2000
"""Places of one report of which the source is kept."""
STATEMENT_LIMIT = 40
LINE_LIMIT = 300
END_LIMIT = 200
"""Characters of output that stay where the whole report has enough."""


def with_evidence(report: Report, root: Path, settings: Evidence) -> Report:
    """The report with bounded output, and with the source of the places where tests failed."""
    if not report.failures:
        return report
    return structs.replace(
        report,
        failures=_with_bounded_output(report.failures, settings),
        excerpts=tuple(_excerpts(report.failures, root, settings.lines)),
    )


def _with_bounded_output(failures: Sequence[Failure], settings: Evidence) -> tuple[Failure, ...]:
    """The failures with no more output than the settings allow; each place has its turn."""
    bounded = list(failures)
    remaining = settings.total
    for number in _by_turns(failures):
        sections = failures[number].output
        if not sections:
            continue
        longest = settings.output if remaining > 0 else min(settings.output, END_LIMIT)
        kept = tuple(Output(s.title, cut(s.text, longest)) for s in sections) if longest else ()
        remaining -= sum(len(section.text) for section in kept)
        bounded[number] = structs.replace(failures[number], output=kept)
    return tuple(bounded)


def _by_turns(failures: Sequence[Failure]) -> list[int]:
    """Numbers of the failures: the first one of each place, then the second ones, and so on."""
    turns: Counter[tuple[str, Frame | None]] = Counter()
    keys = []
    for failure in failures:
        place = (failure.type, failure.crash_frame)
        keys.append(turns[place])
        turns[place] += 1
    return sorted(range(len(failures)), key=keys.__getitem__)


def _excerpts(failures: Sequence[Failure], root: Path, around: int) -> Iterator[Excerpt]:
    """The source around the places where exceptions were raised, each place once."""
    if not around:
        return
    frames = {(frame.file, frame.line): frame for frame in _crash_frames(failures)}
    files: dict[str, list[str]] = {}
    for (name, _), frame in list(frames.items())[:PLACES_LIMIT]:
        if name not in files:
            files[name] = _lines_of(root / name)
        excerpt = _excerpt(files[name], frame, around)
        if excerpt:
            yield excerpt


def _crash_frames(failures: Sequence[Failure]) -> Iterator[Frame]:
    for failure in failures:
        for raised in (failure, *failure.causes):
            if raised.crash_frame:
                yield raised.crash_frame


def _lines_of(path: Path) -> list[str]:
    try:
        with tokenize.open(path) as file:
            return file.read().split("\n")
    except (OSError, SyntaxError, UnicodeDecodeError, ValueError):
        return []


def _excerpt(lines: list[str], frame: Frame, around: int) -> Excerpt | None:
    """The statement of a frame with its neighbours; None where the file has no such line."""
    if not 1 <= frame.line <= len(lines):
        return None
    begin, end = _extent(lines, frame)
    first, last = max(begin - around, 1), min(end + around, len(lines))
    text = "\n".join(line.rstrip()[:LINE_LIMIT] for line in lines[first - 1 : last])
    return Excerpt(frame.file, frame.line, first, begin, end, text)


def _extent(lines: list[str], frame: Frame) -> tuple[int, int]:
    """The first and the last line of the statement that a frame was at, both from 1."""
    statement = [line.strip() for line in frame.source.split("\n")][:STATEMENT_LIMIT]
    for begin in range(frame.line, max(frame.line - len(statement), 0), -1):
        candidate = lines[begin - 1 : begin - 1 + len(statement)]
        if [line.strip() for line in candidate] == statement:
            return begin, begin + len(statement) - 1
    return frame.line, frame.line
