"""Names formats that gardener does not read, so that its refusal says what was given to it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gardener.reports.fields import Json

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

READS = (
    "gardener reads its own reports, JUnit XML, and those of pytest-json-report and"
    " pytest-reportlog"
)

_BY_ROOT = {
    "assemblies": "xUnit.net's XML",
    "assembly": "xUnit.net's XML",
    "test-run": "NUnit's XML",
    "test-results": "NUnit's XML",
    "TestRun": "a TRX file of Visual Studio",
    "robot": "Robot Framework's output.xml",
    "testng-results": "TestNG's XML",
    "testExecutions": "SonarQube's generic test data",
    "Site": "CTest's XML",
    "TestRunner": "Boost.Test's XML",
    "TestLog": "Boost.Test's XML",
    "Catch": "Catch2's own XML",
    "Catch2TestRun": "Catch2's own XML",
    "TestCase": "Qt Test's XML",
    "test-suite": "Allure 1's XML",
    "checkstyle": "Checkstyle's XML",
    "pmd": "PMD's XML",
    "html": "an HTML page",
    "svg": "an SVG picture",
    "report": "a coverage report of JaCoCo",
}
"""Formats of XML by the name of the first element."""

_BY_KEYS: tuple[tuple[frozenset[str], str], ...] = tuple(
    (frozenset(keys.split()), name)
    for keys, name in (
        ("Action Package", "output of `go test -json`"),
        ("type event", "output of `cargo test` as JSON"),
        ("type protocolVersion", "Dart's JSON of tests"),
        ("protocolVersion runnerVersion", "Dart's JSON of tests"),
        ("numFailedTests testResults", "Jest's JSON"),
        ("numTotalTests testResults", "Jest's JSON"),
        ("config suites errors", "Playwright's JSON"),
        ("stats passes failures", "Mocha's JSON"),
        ("stats tests failures", "Mocha's JSON"),
        ("reportFormat results", "a CTRF report"),
        ("results reportFormat specVersion", "a CTRF report"),
        ("historyId fullName", "a result of Allure"),
        ("meta files totals", "a coverage report of coverage.py"),
        ("runs version", "SARIF"),
        ("examples summary", "RSpec's JSON"),
        ("hook_id entry", "a log of pre-commit"),
        ("reason package_id", "messages of Cargo"),
        ("testRunStarted", "messages of Cucumber"),
        ("meta pickle", "messages of Cucumber"),
    )
)
"""Formats of JSON by keys of the object, or of the first line."""


_BY_BEGINNING = (
    (r"TAP version |1\.\.\d+\s|(?:not )?ok \d", "TAP (Test Anything Protocol)"),
    (r"=+ test session starts =+", "what pytest prints; write a report with `--junitxml`"),
    (r"(?:TN|SF):", "a coverage report of LCOV"),
    (r"=== RUN |--- (?:PASS|FAIL)|(?:ok|FAIL)\s+\S+\s+[\d.]+s", "output of `go test`"),
    (r"mode: (?:set|count|atomic)", "a coverage report of Go"),
    (r"%PDF-", "a PDF"),
    (r"[\w-]+:(?: |$)", "YAML or plain text"),
)
"""Formats of plain text by how they begin."""


def name_of_text(data: bytes) -> str:
    """What a text is that is no JSON, for a sentence; empty: nothing that is known."""
    beginning = data[:2000].decode("utf-8", "replace").lstrip("\ufeff \r\n\t")
    names = (name for pattern, name in _BY_BEGINNING if re.match(pattern, beginning))
    return next(names, "")


def name_of_xml(top: Element) -> str:
    """What a document of XML is, for a sentence; by its first element."""
    tag = top.tag.rpartition("}")[2]
    if tag == "coverage":
        is_clover = top.get("clover") is not None or top.get("generated") is not None
        return f"a coverage report ({'Clover' if is_clover else 'Cobertura'})"
    format_name = _BY_ROOT.get(tag)
    return (
        format_name or f"XML of a kind that gardener does not know, which starts with <{tag[:40]}>"
    )


def name_of_json(document: Json) -> str:
    """What a JSON object is, for a sentence; by its keys."""
    keys = document.keys()
    for needed_keys, name in _BY_KEYS:
        if needed_keys <= keys:
            return name
    first_keys = ", ".join(repr(str(key)[:30]) for key in list(keys)[:4])
    return f"of a kind that gardener does not know, with {first_keys or 'no keys'}"
