"""Which causes have to do with each other, so that their issues name each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations

from gardener.diagnosis.root_cause import frame_of
from gardener.model import Finding

from .content.subject import Subject

_WIDE = 6
"""A place that more issues than this share says nothing about any of them."""


def relations(
    by_issue: Mapping[int, Subject], known: Mapping[int, set[int]], most: int
) -> dict[int, set[int]]:
    """For each issue the others that it is to name: at most `most`, and always both ways.

    `known` are those that it names already. What they share counts in this order: a failing test, the test that polluted the other's, the
    symbol to fix, the function that only failing tests execute, the file where they crash.
    """
    related: dict[int, set[int]] = {number: {*known.get(number, ())} for number in by_issue}
    for first, second in _pairs(by_issue):
        is_full = max(len(related[first]), len(related[second])) >= most
        if second not in related[first] and not is_full:
            related[first].add(second)
            related[second].add(first)
    return related


def _pairs(by_issue: Mapping[int, Subject]) -> Iterator[tuple[int, int]]:
    """Pairs of issues that share something, the strongest tie first."""
    tied: dict[tuple[int, str], set[int]] = {}
    for number, subject in by_issue.items():
        for tie in _ties(subject):
            tied.setdefault(tie, set()).add(number)
    for (strength, _), numbers in sorted(tied.items()):
        if strength == 0 or len(numbers) <= _WIDE:
            yield from combinations(sorted(numbers), 2)


def _ties(subject: Subject) -> set[tuple[int, str]]:
    """What a cause can share with another one, each with its place in the order of strength."""
    ties = {(0, test) for test in subject.tests}
    for finding in subject.findings:
        ties |= {(0, finding.after)} if finding.after else set()
        ties |= {(1, finding.symbol)} if finding.symbol else set()
        ties |= {(2, failure.suspect) for failure in finding.failures if failure.suspect}
        ties |= {(3, file) for file in _files(finding)}
    return ties


def _files(finding: Finding) -> set[str]:
    """The source files of the repository where it crashes, or that define what is to be fixed."""
    frames = [frame_of(failure) for failure in finding.failures[:50]]
    files = {frame.file for frame in frames if frame and frame.origin == "project"}
    file = finding.symbol.partition(":")[0]
    return files | ({file} if file.endswith(".py") else set())
