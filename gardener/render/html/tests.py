"""All tests of the run: the slowest ones, and a table to search in."""

from __future__ import annotations

from typing import Any

from gardener.diagnosis.outcomes import final_results
from gardener.model import FAILING_OUTCOMES, Diagnosis, Identity, Report
from gardener.nodeid import file_of
from gardener.render.html.elements import Markup, tag, text
from gardener.render.html.facts import seconds, took
from gardener.text import clean

SLOWEST = 15
"""Tests and files that are listed as the slowest."""


def durations(report: Report) -> Markup:
    """Where the time went: by test and by file."""
    by_test: dict[str, float] = {}
    by_file: dict[str, float] = {}
    for result in report.results:
        by_test[result.nodeid] = by_test.get(result.nodeid, 0.0) + took(result.duration)
        file = file_of(result.nodeid)
        by_file[file] = by_file.get(file, 0.0) + took(result.duration)
    total = sum(by_file.values())
    if not total:
        return Markup("")
    sentence = f"The tests took {seconds(total)}"
    run_time = took(report.duration)
    sentence += f", the whole run {seconds(run_time)}." if run_time else "."
    tables = (
        _slowest("Slowest tests", "Test", by_test),
        _slowest("Slowest files", "File", by_file),
    )
    return tag(
        "section",
        tag("h2", "Durations"),
        tag("p", sentence),
        tag("div", *tables, class_="columns"),
        id="durations",
    )


def _slowest(title: str, noun: str, took: dict[str, float]) -> Markup:
    slowest = sorted(took.items(), key=lambda item: -item[1])[:SLOWEST]
    longest = slowest[0][1] or 1.0
    rows = [
        tag(
            "tr",
            tag("td", tag("code", text(name, 300))),
            tag("td", seconds(duration), class_="count"),
            tag("td", _bar(duration / longest)),
        )
        for name, duration in slowest
        if duration
    ]
    head = tag("tr", *(tag("th", word, scope="col") for word in (noun, "Time", "Share")))
    return tag("table", tag("caption", title), tag("thead", head), tag("tbody", *rows))


def _bar(share: float) -> Markup:
    """A bar; its length is an attribute of SVG, since the page's policy forbids inline style."""
    width = max(1, round(share * 100))
    return Markup(
        '<svg class="bar" viewBox="0 0 100 8" width="100" height="8" aria-hidden="true">'
        f'<rect width="{width}" height="8"></rect></svg>'
    )


def explorer(report: Report) -> Markup:
    """The frame that the page's script fills with the tests that match."""
    outcomes = final_results(report)
    total = len(outcomes)
    if not total:
        return Markup("")
    search = tag("input", type="search", id="test-search", placeholder="part of a nodeid")
    kinds = sorted(set(outcomes.values()))
    options = [tag("option", "any", value=""), *(tag("option", kind, value=kind) for kind in kinds)]
    head = tag("tr", *(tag("th", word, scope="col") for word in ("Test", "Outcome", "Time")))
    table = tag(
        "table",
        tag("caption", "Tests that match", class_="unseen"),
        tag("thead", head),
        tag("tbody", id="test-rows"),
    )
    return tag(
        "section",
        tag("h2", f"All {total:,} tests" if total > 1 else "The test"),
        tag(
            "div",
            tag("label", "Search ", search),
            tag("label", "Outcome ", tag("select", *options, id="test-outcome")),
            tag("p", id="tests-shown", role="status"),
            class_="tools",
        ),
        table,
        tag("button", "Show more", type="button", id="more-tests"),
        id="tests",
        class_="scripted",
    )


def tests_data(report: Report, diagnosis: Diagnosis) -> dict[str, Any]:
    """Each test with the number of its outcome, its time in ms, its cause (0 = none), its cell."""
    outcomes = final_results(report)
    kinds = sorted(set(outcomes.values()), key=_failing_first)
    lasted: dict[Identity, float] = {}
    for result in report.results:
        lasted[result.identity] = lasted.get(result.identity, 0.0) + took(result.duration)
    causes: dict[Identity, int] = {}
    for number, finding in enumerate(diagnosis.findings, 1):
        for failure in finding.failures:
            causes.setdefault(failure.identity, number)
    rows = []
    for test, outcome in outcomes.items():
        ms = round(lasted.get(test, 0.0) * 1000)
        cell = [clean(test.cell, 200)] if test.cell else []
        kind = kinds.index(outcome)
        rows.append([clean(test.nodeid, 500), kind, ms, causes.get(test, 0), *cell])
    return {"outcomes": kinds, "tests": rows}


def _failing_first(outcome: str) -> tuple[bool, str]:
    return outcome not in FAILING_OUTCOMES, outcome
