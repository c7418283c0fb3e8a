"""JUnit XML: reading what pytest, unittest-xml and other runners write, and writing our own."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from gardener.errors import ReportError
from gardener.foreign import error_lines, frames_of, split_message
from gardener.model import RED, Diagnosis, Failure, Finding, Outcome, Phase, Report, Result
from gardener.status import final_outcomes
from gardener.wording import clean, error_text

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element


def read(data: bytes, name: str) -> Report:
    """Read a JUnit XML file.

    Raises:
        ReportError: it is cut off, no JUnit XML, or holds entities or a DTD.
    """
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        top: Element = fromstring(data, forbid_dtd=True)
    except ParseError as wrong:
        raise ReportError(f"{name} is cut off or not valid XML: {wrong}.") from None
    except DefusedXmlException:
        raise ReportError(
            f"{name} holds a DTD or entities, which gardener does not read."
        ) from None
    except (ValueError, LookupError) as wrong:
        raise ReportError(f"{name} is not XML in an encoding that can be read: {wrong}.") from None
    if top.tag not in ("testsuites", "testsuite"):
        raise ReportError(f"{name} is XML but no JUnit report: it starts with <{top.tag[:40]}>.")
    suites = [top] if top.tag == "testsuite" else []
    suites += top.iter("testsuite") if top.tag == "testsuites" else []
    results: list[Result] = []
    failures: list[Failure] = []
    for case in top.iter("testcase"):
        _case(case, results, failures)
    created = next((s.get("timestamp", "") for s in suites if s.get("timestamp")), "")
    return Report(
        created=created,
        source="junit",
        collected=len(results),
        duration=sum(result.duration for result in results),
        results=tuple(results),
        failures=tuple(failures),
    )


def _case(case: Element, results: list[Result], failures: list[Failure]) -> None:
    nodeid, spent = _nodeid(case), _seconds(case.get("time", ""))
    collecting = _is_collection(case)
    outcome: Outcome = "passed"
    for child in case:
        if child.tag in ("failure", "error"):
            phase = _phase(child, collecting)
            outcome = "failed" if child.tag == "failure" and outcome != "error" else "error"
            failures.append(_failure(child, nodeid, phase, spent))
        elif child.tag == "skipped" and outcome == "passed":
            outcome = "xfailed" if child.get("type") == "pytest.xfail" else "skipped"
    if not collecting:
        _join(results, Result(nodeid, outcome, spent))


def _join(results: list[Result], new: Result) -> None:
    """Add a result; pytest writes a second testcase when a teardown fails after the call."""
    last = results[-1] if results else None
    if last and last.nodeid == new.nodeid and new.outcome in ("failed", "error"):
        results[-1] = Result(last.nodeid, new.outcome, last.duration + new.duration)
    else:
        results.append(new)


def _is_collection(case: Element) -> bool:
    return not case.get("classname") and any(
        child.get("message", "").startswith("collection ") for child in case
    )


def _phase(child: Element, collecting: bool) -> Phase:
    message = child.get("message", "")
    if collecting:
        return "collect"
    if child.tag == "error" and message.startswith(("failed on setup", "test setup failure")):
        return "setup"
    if child.tag == "error" and message.startswith(("failed on teardown", "test teardown failure")):
        return "teardown"
    return "call"


def _failure(child: Element, nodeid: str, phase: Phase, spent: float) -> Failure:
    text, told = child.text or "", child.get("message", "")
    marked = error_lines(text)
    typed, message = split_message(marked)
    if not typed or (marked == text.strip() and told):
        wrapped = re.match(r'failed on (?:setup|teardown) with "(?P<inner>.*)"$', told, re.DOTALL)
        typed_told, message_told = split_message(wrapped["inner"] if wrapped else told)
        if told and not told.startswith(
            ("test setup failure", "test teardown failure", "collection ")
        ):
            typed, message = typed_told, message_told
    given = child.get("type", "")
    if not typed or (given and given.rpartition(".")[2] == typed):
        typed = given or typed
    return Failure(
        nodeid=nodeid,
        phase=phase,
        type=typed.removeprefix("builtins."),
        message=message,
        frames=frames_of(text, nodeid.partition("::")[0]),
        duration=spent,
    )


def _nodeid(case: Element) -> str:
    """A nodeid out of `file`, `classname` and `name`.

    pytest writes the module's dotted path and the classes into one attribute; a part
    with a capital letter is taken for a class, as `python_classes` has it by default.
    """
    name, classname, file = (case.get(key, "") for key in ("name", "classname", "file"))
    parts = classname.split(".") if classname else []
    if not classname:
        if re.fullmatch(r"[\w.]+\.[\w.]+", name) and not file:
            return name.replace(".", "/") + ".py"
        if file and name == file.removesuffix(".py").replace("/", "."):
            return file
        return f"{file}::{name}" if file else name
    if not all(part.isidentifier() or part.replace("-", "_").isidentifier() for part in parts):
        return f"{classname}::{name}"
    cut = next((n for n, part in enumerate(parts) if part[:1].isupper()), len(parts))
    if file.endswith(".py"):
        stem = file.removesuffix(".py").replace("\\", "/").replace("/", ".")
        module = stem.split(".")
        shared = next(
            (n for n in range(len(parts), 0, -1) if module[-n:] == parts[:n]), min(cut, len(parts))
        )
        return "::".join([file.replace("\\", "/"), *parts[shared:], name])
    if cut == 0:
        return f"{classname}::{name}"
    return "::".join(["/".join(parts[:cut]) + ".py", *parts[cut:], name])


def _seconds(text: str) -> float:
    try:
        value = float(text.replace(",", ""))
    except ValueError:
        return 0.0
    return value if 0 <= value < 1e9 else 0.0


def render(report: Report, diagnosis: Diagnosis) -> str:
    """JUnit XML with each test once, by its last attempt; red ones name their finding."""
    from xml.etree import ElementTree as Tree

    names = {f.nodeid: one for one in diagnosis.findings for f in one.failures}
    by_test: dict[str, list[Failure]] = {}
    for failure in report.failures:
        by_test.setdefault(failure.nodeid, []).append(failure)
    spent = {result.nodeid: result.duration for result in report.results}
    outcomes: dict[str, str] = dict(final_outcomes(report))
    for failure in report.failures:
        if failure.phase == "collect":
            outcomes.setdefault(failure.nodeid, "error")
    counts = Counter(outcomes.values())
    top = Tree.Element("testsuites", name="gardener")
    suite = Tree.SubElement(
        top,
        "testsuite",
        name="pytest",
        tests=str(len(outcomes)),
        failures=str(counts["failed"]),
        errors=str(counts["error"] + counts["unfinished"]),
        skipped=str(counts["skipped"] + counts["xfailed"]),
        time=f"{report.duration:.3f}",
        timestamp=report.created,
    )
    for nodeid, outcome in outcomes.items():
        file, *inner = _split(nodeid)
        module = file.removesuffix(".py").replace("/", ".")
        case = Tree.SubElement(
            suite,
            "testcase",
            classname=clean(".".join([module, *inner[:-1]]), 2000),
            name=clean(inner[-1] if inner else file, 2000),
            file=clean(file, 2000),
            time=f"{spent.get(nodeid, 0.0):.3f}",
        )
        if outcome in ("skipped", "xfailed"):
            Tree.SubElement(
                case, "skipped", type="pytest.skip" if outcome == "skipped" else "pytest.xfail"
            )
        elif outcome in RED:
            _add_failure(case, outcome, by_test.get(nodeid, []), names.get(nodeid))
    Tree.indent(top)
    return "<?xml version='1.0' encoding='utf-8'?>\n" + Tree.tostring(top, "unicode") + "\n"


def _add_failure(
    case: Element, outcome: str, failures: list[Failure], finding: Finding | None
) -> None:
    from xml.etree.ElementTree import SubElement

    last = failures[-1] if failures else None
    said = error_text(last) if last else outcome
    child = SubElement(
        case,
        "failure" if outcome == "failed" else "error",
        message=clean(said.partition("\n")[0], 500),
        type=clean(last.type, 200) if last else "",
    )
    text = f"{finding.name}\n{finding.cause}\n\n{said}" if finding else said
    child.text = clean(text, 30_000)


def _split(nodeid: str) -> list[str]:
    """Split at `::`, but not inside of a parameter's `[...]`."""
    head, bracket, parameter = nodeid.partition("[")
    parts = head.split("::")
    return [*parts[:-1], parts[-1] + bracket + parameter]
