"""Writes JUnit XML: each test of each cell once, by its last attempt.

It is valid against the schema that pytest's own output is tested with. That has no place for the
file of a test case, which the names alone do not tell: there is one suite for each file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from gardener.diagnosis.outcomes import final_results
from gardener.disarm import disarmed_xml
from gardener.model import FAILING_OUTCOMES, Diagnosis, Failure, Finding, Identity, Phase, Report
from gardener.nodeid import NodeId, file_of
from gardener.text import clean, cut, error_text, plain

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element


MOST_OUTPUT = 20_000
"""The most characters that are written of one stream of a failure."""


class _Case(NamedTuple):
    """What is written of one test."""

    identity: Identity
    outcome: str
    duration: float
    failure: Failure | None
    finding: Finding | None


def render(report: Report, diagnosis: Diagnosis) -> str:
    """JUnit XML; a test that failed names its finding."""
    from xml.etree import ElementTree as Tree

    suites: dict[tuple[str, str], list[_Case]] = {}
    for case in _cases(report, diagnosis):
        cell, nodeid = case.identity
        suites.setdefault((cell, file_of(nodeid)), []).append(case)
    top = Tree.Element("testsuites", name="gardener")
    for (cell, file), cases in suites.items():
        suite = Tree.SubElement(top, "testsuite", _suite(cell or report.cell, file, cases))
        suite.set("timestamp", clean(report.created, 100))
        for case in cases:
            _add_case(suite, case)
    Tree.indent(top)
    document = disarmed_xml(Tree.tostring(top, "unicode"))
    return f"<?xml version='1.0' encoding='utf-8'?>\n{document}\n"


def _cases(report: Report, diagnosis: Diagnosis) -> Iterator[_Case]:
    outcomes = final_results(report)
    last_failure = {failure.identity: failure for failure in report.failures}
    for failure in report.failures:
        if failure.phase == Phase.COLLECT:
            outcomes.setdefault(failure.identity, "error")
    durations = {result.identity: result.duration for result in report.results}
    findings = {f.identity: finding for finding in diagnosis.findings for f in finding.failures}
    for identity, outcome in outcomes.items():
        duration = durations.get(identity, 0.0)
        failure_of_test, finding = last_failure.get(identity), findings.get(identity)
        yield _Case(identity, outcome, duration, failure_of_test, finding)


def _suite(cell: str, file: str, cases: list[_Case]) -> dict[str, str]:
    """The attributes of a suite: of one file in one cell."""
    counts = Counter(case.outcome for case in cases)
    return {
        "name": clean(cell, 500) or "pytest",
        "tests": str(counts.total()),
        "failures": str(counts["failed"]),
        "errors": str(counts["error"] + counts["unfinished"]),
        "skipped": str(counts["skipped"] + counts["xfailed"]),
        "time": _time(sum(case.duration for case in cases)),
        "file": clean(file, 2000),
    }


def _time(seconds: float) -> str:
    """Seconds as the schema has them; what is no time is none."""
    return f"{seconds if 0 <= seconds < 1e9 else 0.0:.3f}"


def _add_case(suite: Element, case: _Case) -> None:
    """Add a test, named as pytest does: the module and the classes, joined by dots, and the rest."""
    from xml.etree.ElementTree import SubElement

    test = NodeId.parse(case.identity.nodeid)
    module = test.file.removesuffix(".py").replace("/", ".")
    name = test.file if test.is_file else str(NodeId(test.name, (), test.parameters))
    element = SubElement(
        suite,
        "testcase",
        classname=clean(".".join([module, *test.names[:-1]]), 2000),
        name=clean(name, 2000),
        time=_time(case.duration),
    )
    if case.outcome in ("skipped", "xfailed"):
        reason = "pytest.skip" if case.outcome == "skipped" else "pytest.xfail"
        SubElement(element, "skipped", type=reason)
    elif case.outcome in FAILING_OUTCOMES:
        _add_failure(element, case)


def _add_failure(element: Element, case: _Case) -> None:
    from xml.etree.ElementTree import SubElement

    failure, finding = case.failure, case.finding
    error = error_text(failure) if failure else case.outcome
    child = SubElement(
        element,
        "failure" if case.outcome == "failed" else "error",
        message=clean(error.partition("\n")[0], 500),
        type=clean(failure.type, 200) if failure else "",
    )
    text = f"{finding.name}\n{finding.cause}\n\n{error}" if finding else error
    child.text = clean(text, 30_000)
    for tag, texts in _captured(failure).items() if failure else ():
        SubElement(element, tag).text = plain("\n".join(texts))


def _captured(failure: Failure) -> dict[str, list[str]]:
    """What pytest captured of a failure, as its own JUnit XML heads it; of each kind once."""
    captured: dict[str, list[str]] = {}
    for output in failure.output:
        tag = "system-err" if output.title.startswith("stderr") else "system-out"
        texts = captured.setdefault(tag, [])
        texts += [f"--- Captured {output.title} ---", cut(output.text, MOST_OUTPUT)]
    return captured
