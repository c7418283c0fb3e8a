"""The evidence of a cause: error, source, short traceback, output, and its tests."""

from __future__ import annotations

from collections.abc import Iterator

from gardener.model import Excerpt, Failure, Finding, Identity, Report
from gardener.nodeid import file_of
from gardener.render.evidence import excerpt_of, outputs_of, traceback_of, word_of
from gardener.render.file_counts import FileCounts
from gardener.render.html.elements import Markup, joined, tag, text
from gardener.render.html.facts import PatchPreview
from gardener.text import clean, count, error_text

LISTED = 12
"""Tests of a cause that are listed before the rest is folded away."""


def evidence(finding: Finding, report: Report, longest: int) -> Markup:
    """What the first of its failures shows; each piece has at most `longest` characters."""
    failure = finding.failures[0]
    parts = [tag("h4", "Error"), tag("pre", text(error_text(failure), longest), class_="error")]
    excerpt = excerpt_of(report, failure)
    if excerpt:
        parts += [tag("h4", "Source"), _source(excerpt)]
    traceback = traceback_of(failure)
    if traceback:
        parts.append(_folded("Traceback inside the repository", traceback, longest))
    parts += [
        _folded(f"Captured {output.title}", output.text, longest)
        for output in outputs_of(failure, longest)
    ]
    return joined(parts)


def _folded(title: str, words: str, longest: int) -> Markup:
    return tag("details", tag("summary", title), tag("pre", text(words, longest)))


def _source(excerpt: Excerpt) -> Markup:
    """The lines around the failing statement, which is marked."""
    lines = []
    for number, line in enumerate(clean(excerpt.text, 20_000).split("\n"), excerpt.first):
        is_hit = excerpt.begin <= number <= excerpt.end
        mark = ">" if is_hit else " "
        content = (f"{mark}{number:>5} ", tag("span", text(line, 400)), "\n")
        lines.append(tag("mark", *content) if is_hit else joined(content))
    where = tag("figcaption", text(f"{excerpt.file}:{excerpt.line}", 300))
    return tag("figure", where, tag("pre", *lines, class_="source"))


def patch_preview(patch: PatchPreview) -> Markup:
    """What a codemod would change, folded away."""
    words = f"What that changes in {count(patch.files, 'file')}, as they are now"
    return tag("details", tag("summary", words), _diff_lines(patch.diff))


def _diff_lines(diff: str) -> Markup:
    """A unified diff, what is added and what is removed told apart by more than the sign."""
    lines = []
    for line in clean(diff, 40_000).split("\n"):
        kind = {"+": "ins", "-": "del"}.get(line[:1], "")
        if line.startswith(("+++", "---")):
            kind = ""
        lines.append(tag(kind, line, "\n") if kind else joined((line, "\n")))
    return tag("pre", *lines, class_="diff")


def tests_of(finding: Finding, counts: FileCounts) -> Markup:
    """Its tests by file, each with FAILED or ERROR, and with its own error where that differs."""
    first = error_text(finding.failures[0], 300).partition("\n")[0]
    failures: dict[Identity, Failure] = {}
    for failure in finding.failures:
        failures.setdefault(failure.identity, failure)
    by_file: dict[str, list[Failure]] = {}
    for failure in failures.values():
        by_file.setdefault(file_of(failure.nodeid), []).append(failure)
    listed = list(_listed(by_file, first, counts))
    total = len(failures)
    heading = "1 test" if total == 1 else f"{total:,} tests"
    if total <= LISTED:
        return joined((tag("h4", heading), *listed))
    return tag("details", tag("summary", heading), *listed)


def _listed(by_file: dict[str, list[Failure]], first: str, counts: FileCounts) -> Iterator[Markup]:
    for file, failures in by_file.items():
        share = counts.share(file)
        yield tag("p", tag("code", text(file, 300)), f" {share}" if share else "", class_="file")
        yield tag("ul", *(_test(failure, first) for failure in failures), class_="tests")


def _test(failure: Failure, first: str) -> Markup:
    error = error_text(failure, 300).partition("\n")[0]
    cell = text(f" in {failure.cell}", 200) if failure.cell else ""
    different = tag("span", text(error, 200), class_="own") if error != first else ""
    name = tag("code", text(failure.nodeid, 500))
    return tag("li", tag("b", word_of(failure)), " ", name, cell, different)
