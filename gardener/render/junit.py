"""Writes JUnit XML: each test once, by its last attempt."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from gardener.diagnosis.outcomes import final_results
from gardener.model import FAILING_OUTCOMES, Diagnosis, Failure, Finding, Phase, Report
from gardener.nodeid import NodeId
from gardener.text import clean, error_text

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element


def render(report: Report, diagnosis: Diagnosis) -> str:
    """JUnit XML; a test that failed names its finding."""
    from xml.etree import ElementTree as Tree

    outcomes: dict[str, str] = dict(final_outcomes(report))
    last_failure = {failure.nodeid: failure for failure in report.failures}
    for failure in report.failures:
        if failure.phase == Phase.COLLECT:
            outcomes.setdefault(failure.nodeid, "error")
    durations = {result.nodeid: result.duration for result in report.results}
    findings = {test: finding for finding in diagnosis.findings for test in finding.tests}
    top = Tree.Element("testsuites", name="gardener")
    suite = _add_suite(top, report, Counter(outcomes.values()))
    for nodeid, outcome in outcomes.items():
        case = _add_case(suite, NodeId.parse(nodeid), durations.get(nodeid, 0.0))
        if outcome in ("skipped", "xfailed"):
            reason = "pytest.skip" if outcome == "skipped" else "pytest.xfail"
            Tree.SubElement(case, "skipped", type=reason)
        elif outcome in FAILING_OUTCOMES:
            _add_failure(case, outcome, last_failure.get(nodeid), findings.get(nodeid))
    Tree.indent(top)
    return "<?xml version='1.0' encoding='utf-8'?>\n" + Tree.tostring(top, "unicode") + "\n"


def _add_suite(top: Element, report: Report, counts: Counter[str]) -> Element:
    from xml.etree.ElementTree import SubElement

    return SubElement(
        top,
        "testsuite",
        name="pytest",
        tests=str(counts.total()),
        failures=str(counts["failed"]),
        errors=str(counts["error"] + counts["unfinished"]),
        skipped=str(counts["skipped"] + counts["xfailed"]),
        time=f"{report.duration:.3f}",
        timestamp=report.created,
    )


def _add_case(suite: Element, test: NodeId, duration: float) -> Element:
    """Add a test, named as pytest does: the module and the classes, joined by dots, and the rest."""
    from xml.etree.ElementTree import SubElement

    module = test.file.removesuffix(".py").replace("/", ".")
    name = test.file if test.is_file else str(NodeId(test.name, (), test.parameters))
    return SubElement(
        suite,
        "testcase",
        classname=clean(".".join([module, *test.names[:-1]]), 2000),
        name=clean(name, 2000),
        file=clean(test.file, 2000),
        time=f"{duration:.3f}",
    )


def _add_failure(
    case: Element, outcome: str, failure: Failure | None, finding: Finding | None
) -> None:
    from xml.etree.ElementTree import SubElement

    error = error_text(failure) if failure else outcome
    child = SubElement(
        case,
        "failure" if outcome == "failed" else "error",
        message=clean(error.partition("\n")[0], 500),
        type=clean(failure.type, 200) if failure else "",
    )
    text = f"{finding.name}\n{finding.cause}\n\n{error}" if finding else error
    child.text = clean(text, 30_000)
