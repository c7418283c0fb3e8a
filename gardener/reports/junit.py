"""JUnit XML: reading what pytest, unittest-xml and other runners write, and writing our own."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from msgspec import structs

from gardener.diagnosis.status import final_outcomes
from gardener.errors import ReportError
from gardener.model import (
    FAILING_OUTCOMES,
    Diagnosis,
    Failure,
    Finding,
    Outcome,
    Phase,
    Report,
    Result,
)
from gardener.reports.tracebacks import chain_of, error_lines, frames_of, origin_of, split_message
from gardener.text import clean, error_text

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
    python = not _is_foreign(top)
    for case in top.iter("testcase"):
        _case(case, results, failures, python=python)
    created = next((s.get("timestamp", "") for s in suites if s.get("timestamp")), "")
    return Report(
        created=created,
        source="junit",
        collected=len(results),
        duration=sum(result.duration for result in results),
        results=tuple(results),
        failures=tuple(failures),
    )


_FOREIGN = re.compile(r"\.(?:java|kt|scala|groovy|[cm]?[jt]sx?|go|rb|php|cs|rs):\d+")


def _is_foreign(top: Element) -> bool:
    """Whether a runner of another language wrote it: its stack traces or its properties tell."""
    texts = (child.text or "" for child in top.iter() if child.tag in ("failure", "error"))
    names = (one.get("name", "") for one in top.iter("property"))
    return any(map(_FOREIGN.search, texts)) or any(name.startswith("java.") for name in names)


def _case(case: Element, results: list[Result], failures: list[Failure], *, python: bool) -> None:
    nodeid, own = _named(case) if python else (_plain_name(case), None)
    spent = _seconds(case.get("time", ""))
    outcome: Outcome = "passed"
    phase: Phase | None = own
    attempt = 1
    for child in case:
        if child.tag in ("failure", "error"):
            phase = own or _phase(child)
            outcome = "failed" if child.tag == "failure" and outcome != "error" else "error"
            failures.append(_failure(child, nodeid, phase, spent))
        elif child.tag == "skipped" and outcome == "passed":
            outcome = "xfailed" if _is_expected(child) else "skipped"
        elif child.tag in ("flakyFailure", "flakyError"):  # Maven's, of a test that passed later
            failed = _failure(child, nodeid, Phase.CALL, 0.0)
            failures.append(structs.replace(failed, attempt=attempt))
            results.append(Result(nodeid, "failed", 0.0, attempt))
            attempt += 1
    if phase != "collect":
        _join(results, Result(nodeid, outcome, spent, attempt))


def _plain_name(case: Element) -> str:
    return "::".join(filter(None, (case.get("classname"), case.get("name", ""))))


def _is_expected(skipped: Element) -> bool:
    """Whether a test that counts as skipped failed as expected: by pytest, unittest-xml or nose2."""
    given = skipped.get("type"), skipped.get("message", "").partition(":")[0]
    return given[0] in ("pytest.xfail", "XFAIL") or given[1] == "expected test failure"


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


def _phase(child: Element) -> Phase:
    message = child.get("message", "")
    if child.tag == "error" and message.startswith(("failed on setup", "test setup failure")):
        return Phase.SETUP
    if child.tag == "error" and message.startswith(("failed on teardown", "test teardown failure")):
        return Phase.TEARDOWN
    return Phase.CALL


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
    chain = chain_of(text, nodeid.partition("::")[0])
    if chain:  # what was raised last, whatever the runner says of it
        typed, message = chain[0].type, chain[0].message
    given = child.get("type", "")
    if not typed or (given and given.rpartition(".")[2] == typed):
        typed = given or typed
    return Failure(
        nodeid=nodeid,
        phase=phase,
        type=typed.removeprefix("builtins."),
        message=message,
        frames=chain[0].frames if chain else frames_of(text, nodeid.partition("::")[0]),
        causes=tuple(chain[1:]),
        duration=spent,
    )


_AROUND = re.compile(r"(?P<when>setUp|tearDown)(?:Class|Module) \((?P<where>[\w.]+)\)")
_UNLOADED = re.compile(r"\w+(?:\.\w+)*\.(?:_FailedTest|ModuleImportFailure)\.(?P<module>[\w.]+)")
_SUBTEST = re.compile(r"(?P<test>\w+) (?:\[.*\] )?\((?:\w+=.*|<subtest>)\)", re.DOTALL)


def _named(case: Element) -> tuple[str, Phase | None]:
    """The nodeid of a test case, and its phase where its name tells that it is no test.

    unittest has its own names for what is no test: a file that cannot be imported, and
    what goes on around the tests of a class or module; and one for each subtest.
    """
    whole = ".".join(filter(None, (case.get("classname"), case.get("name", ""))))
    if _is_collection(case):
        return _nodeid(case), Phase.COLLECT
    unloaded, around = _UNLOADED.fullmatch(whole), _AROUND.fullmatch(whole)
    if unloaded:
        return unloaded["module"].replace(".", "/") + ".py", Phase.COLLECT
    if around:
        module = [part for part in around["where"].split(".") if not part[:1].isupper()]
        inner = around["where"].split(".")[len(module) :]
        return "::".join(["/".join(module) + ".py", *inner]), (
            Phase.SETUP if around["when"] == "setUp" else Phase.TEARDOWN
        )
    return _nodeid(case), None


def _nodeid(case: Element) -> str:
    """A nodeid out of `file`, `classname` and `name`.

    pytest writes the module's dotted path and the classes into one attribute; a part
    with a capital letter is taken for a class, as `python_classes` has it by default.
    """
    name, classname, file = (case.get(key, "") for key in ("name", "classname", "file"))
    sub = _SUBTEST.fullmatch(name)
    name = sub["test"] if sub else name
    if origin_of(file) == "library":
        file = ""
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
        elif outcome in FAILING_OUTCOMES:
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
