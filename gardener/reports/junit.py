"""Reads JUnit XML as pytest, unittest-xml and other runners write it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import structs

from gardener.errors import ReportError
from gardener.model import Failure, Outcome, Output, Phase, Report, Result
from gardener.nodeid import file_of
from gardener.reports.foreign import READS, name_of_xml
from gardener.reports.junit_names import CaseName, name_of, plain_name
from gardener.reports.junit_suites import Suite, in_suites, told_apart
from gardener.reports.tracebacks import chain_of, error_lines, frames_of, split_message

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element


def read(data: bytes, name: str) -> Report:
    """Read a JUnit XML file; `name` is what an error calls it.

    Raises:
        ReportError: it is cut off, no JUnit XML, or holds entities or a DTD.
    """
    top = _without_namespaces(_parse_xml(data, name))
    if top.tag not in ("testsuites", "testsuite"):
        raise ReportError(f"{name} is XML but no JUnit report: it is {name_of_xml(top)}; {READS}.")
    is_python = not _is_of_other_language(top)
    cases = _Cases()
    for suite, case in in_suites(top):
        if case.tag == "testsuite":
            named = CaseName(suite.name or suite.file or name, Phase.COLLECT)
        else:
            named = name_of(case, suite.file) if is_python else CaseName(plain_name(case))
        cases.add(case, named, suite)
    timestamps = (suite.get("timestamp", "") for suite in top.iter("testsuite"))
    report = Report(
        created=next(filter(None, timestamps), ""),
        source="junit",
        duration=sum(result.duration for result in cases.results),
        results=tuple(cases.results),
        failures=tuple(cases.failures),
    )
    report = told_apart(report, cases.suites)
    return structs.replace(report, collected=len({r.identity for r in report.results}))


def _parse_xml(data: bytes, name: str) -> Element:
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        top: Element = fromstring(data, forbid_dtd=True)
    except ParseError as error:
        raise ReportError(f"{name} is cut off or not valid XML ({error}); write it anew.") from None
    except DefusedXmlException:
        raise ReportError(
            f"{name} holds a DTD or entities, which gardener does not read; write it without."
        ) from None
    except (ValueError, LookupError) as error:
        raise ReportError(
            f"{name} is not XML in an encoding that can be read ({error}); write it in UTF-8."
        ) from None
    return top


def _without_namespaces(top: Element) -> Element:
    """The document with plain names, if it is JUnit's in a namespace."""
    if top.tag.rpartition("}")[2] in ("testsuites", "testsuite"):
        for element in top.iter():
            element.tag = element.tag.rpartition("}")[2]
    return top


_FAILED = frozenset({"failed", "failure", "fail", "error", "broken"})
"""What runners write into `status` or `result` of a test case, some without any element in it."""
_OTHER_LANGUAGE = re.compile(r"\.(?:java|kt|scala|groovy|[cm]?[jt]sx?|go|rb|php|cs|rs):\d+")


def _is_of_other_language(top: Element) -> bool:
    """Whether a runner of another language wrote it: its stack traces or its properties tell."""
    texts = (child.text or "" for child in top.iter() if child.tag in ("failure", "error"))
    properties = (element.get("name", "") for element in top.iter("property"))
    return any(map(_OTHER_LANGUAGE.search, texts)) or any(
        name.startswith("java.") for name in properties
    )


_RERUNS = ("flakyFailure", "flakyError", "rerunFailure", "rerunError", "rerun")
"""What a failed attempt is called where there were others: by Maven, and by plugins of pytest."""


class _Cases:
    """The results and failures of the test cases so far."""

    def __init__(self) -> None:
        self.results: list[Result] = []
        self.failures: list[Failure] = []
        self.suites: dict[str, Suite] = {}

    def add(self, case: Element, name: CaseName, suite: Suite) -> None:
        """Take in one test case of a suite, whose number is its cell for now."""
        cell = str(suite.number)
        self.suites[cell] = suite
        duration = _seconds(case.get("time", ""))
        attempt = self._add_reruns(case, name.nodeid, cell)
        outcome: Outcome = "passed"
        output = _output(case) if _has_failed(case) else ()
        for child in case:
            if child.tag in ("failure", "error"):
                phase = name.phase or _phase(child)
                is_failure = child.tag == "failure" and outcome != "error"
                outcome = "failed" if is_failure else "error"
                failure = _failure(child, name.nodeid, phase, duration)
                self.failures.append(
                    structs.replace(failure, output=output, attempt=attempt, cell=cell)
                )
            elif child.tag == "skipped" and outcome == "passed":
                outcome = "xfailed" if _is_xfail(child) else "skipped"
        if outcome == "passed" and case.tag == "testcase" and _says_failed(case):
            outcome = "failed"
            self.failures.append(
                Failure(
                    nodeid=name.nodeid,
                    phase=Phase.CALL,
                    type="",
                    message="",
                    duration=duration,
                    attempt=attempt,
                    cell=cell,
                )
            )
        if name.phase != Phase.COLLECT:
            self._add_result(Result(name.nodeid, outcome, duration, attempt, cell=cell))

    def _add_reruns(self, case: Element, nodeid: str, cell: str) -> int:
        """Take in the failed attempts that runners write beside the last one.

        Returns the number of the attempt that follows them.
        """
        attempt = 1
        for child in case:
            if child.tag in _RERUNS:
                failure = _failure(child, nodeid, Phase.CALL, 0.0)
                self.failures.append(structs.replace(failure, attempt=attempt, cell=cell))
                self.results.append(Result(nodeid, "failed", 0.0, attempt, cell=cell))
                attempt += 1
        return attempt

    def _add_result(self, result: Result) -> None:
        """Add a result; pytest writes a second test case when a teardown fails after the call."""
        last = self.results[-1] if self.results else None
        is_same = last and (last.identity, last.attempt) == (result.identity, result.attempt)
        if last and is_same and result.outcome in ("failed", "error"):
            duration = last.duration + result.duration
            self.results[-1] = structs.replace(result, duration=duration)
        else:
            self.results.append(result)


def _says_failed(case: Element) -> bool:
    """Whether an attribute alone says that a test case failed."""
    states = (case.get("status", ""), case.get("result", ""))
    return any(state.lower() in _FAILED for state in states)


def _has_failed(case: Element) -> bool:
    return any(case.find(tag) is not None for tag in ("failure", "error"))


def _output(case: Element) -> tuple[Output, ...]:
    """What a test case printed, where the runner wrote it."""
    streams = (("system-out", "stdout"), ("system-err", "stderr"))
    texts = ((title, case.findtext(tag) or "") for tag, title in streams)
    return tuple(Output(title, text) for title, text in texts if text.strip())


def _is_xfail(skipped: Element) -> bool:
    """Whether a test that counts as skipped failed as expected: by pytest, unittest-xml or nose2."""
    reason = skipped.get("message", "").partition(":")[0]
    return skipped.get("type") in ("pytest.xfail", "XFAIL") or reason == "expected test failure"


def _phase(child: Element) -> Phase:
    message = child.get("message", "")
    if child.tag == "error" and message.startswith(("failed on setup", "test setup failure")):
        return Phase.SETUP
    if child.tag == "error" and message.startswith(("failed on teardown", "test teardown failure")):
        return Phase.TEARDOWN
    return Phase.CALL


def _failure(child: Element, nodeid: str, phase: Phase, duration: float) -> Failure:
    text = child.text or ""
    type_, message = _type_and_message(text, child.get("message", ""))
    chain = chain_of(text, file_of(nodeid))
    if chain:  # what was raised last, whatever the runner says of it
        type_, message = chain[0].type, chain[0].message
    qualified = child.get("type", "")
    if not type_ or (qualified and qualified.rpartition(".")[2] == type_):
        type_ = qualified or type_
    return Failure(
        nodeid=nodeid,
        phase=phase,
        type=type_.removeprefix("builtins."),
        message=message,
        frames=chain[0].frames if chain else frames_of(text, file_of(nodeid)),
        causes=tuple(chain[1:]),
        duration=duration,
    )


_AROUND_CALL = re.compile(r'failed on (?:setup|teardown) with "(?P<error>.*)"$', re.DOTALL)
_WORDS_OF_PYTEST = ("test setup failure", "test teardown failure", "collection ")


def _type_and_message(text: str, attribute: str) -> tuple[str, str]:
    """Type and message of an exception, from a traceback, else from the `message` attribute."""
    lines = error_lines(text)
    type_, message = split_message(lines)
    is_in_traceback = bool(type_) and lines != text.strip()
    if is_in_traceback or not attribute or attribute.startswith(_WORDS_OF_PYTEST):
        return type_, message
    around_call = _AROUND_CALL.match(attribute)
    return split_message(around_call["error"] if around_call else attribute)


def _seconds(text: str) -> float:
    """A duration; `1,234.5` is one too."""
    try:
        seconds = float(text.replace(",", ""))
    except ValueError:
        return 0.0
    return seconds if 0 <= seconds < 1e9 else 0.0
