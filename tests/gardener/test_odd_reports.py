"""Reports in which any one value is of another kind: read as far as they go, or refused in a sentence."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from gardener.config import Config
from gardener.diagnosis.diagnosis import diagnose
from gardener.errors import ReportError
from gardener.render import formats
from gardener.reports import store

ODD: list[Any] = [None, 7, -1, True, "x", [], {}, [7], [None], {"a": 7}, [[]], 10**30, "\ud800"]
ENTRY: dict[str, Any] = {
    "type": "ReprEntry",
    "data": {
        "lines": ["    def a():", ">       assert 0", "E       assert 0"],
        "reprfileloc": {"path": "t.py", "lineno": 3, "message": "AssertionError"},
        "style": "long",
    },
}
TRACE: dict[str, Any] = {"reprentries": [ENTRY], "extraline": None, "style": "long"}
CRASH: dict[str, Any] = {"path": "/x/t.py", "lineno": 3, "message": "AssertionError: assert 0"}
FAILED: dict[str, Any] = {
    "$report_type": "TestReport",
    "nodeid": "t.py::a",
    "keywords": {"a": 1},
    "outcome": "failed",
    "longrepr": {"reprcrash": CRASH, "reprtraceback": TRACE, "chain": [[TRACE, CRASH, "above"]]},
    "when": "call",
    "user_properties": [],
    "sections": [["Captured stdout call", "hi"]],
    "duration": 0.1,
    "start": 1.0,
}
BEGUN: dict[str, Any] = {"$report_type": "SessionStart", "pytest_version": "8.0"}
ENDED: dict[str, Any] = {"$report_type": "SessionFinish", "exitstatus": 1}
WARNED: dict[str, Any] = {
    "$report_type": "WarningMessage",
    "category": "UserWarning",
    "filename": "a.py",
}
WARNED |= {"lineno": 3, "message": "m", "when": "runtest", "location": None}
REFUSED: dict[str, Any] = {"$report_type": "CollectReport", "nodeid": "u.py", "outcome": "failed"}
REFUSED |= {"longrepr": "E ImportError: no", "result": None, "sections": []}
JSON_REPORT: dict[str, Any] = {
    "created": 1700000000.0,
    "duration": 1.0,
    "exitcode": 1,
    "root": "/x",
    "environment": {},
    "summary": {"failed": 1, "total": 1, "collected": 1},
    "collectors": [{"nodeid": "u.py", "outcome": "failed", "longrepr": "E x", "result": []}],
    "tests": [
        {
            "nodeid": "t.py::a",
            "lineno": 1,
            "outcome": "failed",
            "keywords": ["a"],
            "setup": {"duration": 0.1, "outcome": "passed"},
            "call": {
                "duration": 0.1,
                "outcome": "failed",
                "crash": {"path": "/x/t.py", "lineno": 2, "message": "assert 0"},
                "traceback": [{"path": "t.py", "lineno": 2, "message": "AssertionError"}],
                "stdout": "x",
                "longrepr": "def a():\n>  assert 0\nE  assert 0\n\nt.py:2: AssertionError",
            },
            "teardown": {"duration": 0.1, "outcome": "passed"},
        }
    ],
    "warnings": [{"message": "x", "category": "W", "when": "runtest", "filename": "t.py"}],
}


JUNIT = """
<testsuites name="pytest tests">
<testsuite name="pytest" tests="5" time="0.5" timestamp="2026-01-02T03:04:05" hostname="box">
<properties><property name="k" value="v"/></properties>
<testcase classname="tests.test_a.TestA" name="test_x[1]" time="0.1" file="tests/test_a.py">
<failure message="ValueError: no" type="ValueError">def test_x():
&gt;       f()

tests/test_a.py:3:
def f():
&gt;       raise ValueError("no")
E       ValueError: no

app/a.py:7: ValueError</failure><system-out>hi</system-out><system-err>ho</system-err></testcase>
<testcase classname="tests.test_a" name="test_y" time="0.1">
<error message="failed on setup with &quot;OSError: no&quot;">E  OSError: no</error></testcase>
<testcase name="tests.test_b"><error message="collection failure">E  ImportError: no</error></testcase>
<testcase classname="tests.test_a" name="test_s"><skipped type="pytest.xfail" message="x"/></testcase>
<testcase classname="tests.test_a" name="test_r"><rerunFailure message="m" type="T">x</rerunFailure>
</testcase></testsuite></testsuites>
"""
ODD_TEXTS = (
    *("", " \n\t", "-1", "1e999", "::", "..", "a[b", "(.)*", "unittest.loader._FailedTest.a..b"),
    *(
        "\u2028\ufffd\U0010ffff",
        "t.py:" + 30 * "9" + ": in f",
        'failed on setup with "',
        "x" * 3_000,
    ),
)
TAGS = ("testsuites", "testsuite", "testcase", "failure", "skipped", "rerunError", "{urn:x}a")


def places(document, above=()):
    """The paths of all values in a document."""
    rows = document.items() if isinstance(document, dict) else enumerate(document)
    for key, value in rows:
        yield (*above, key)
        if isinstance(value, (dict, list)):
            yield from places(value, (*above, key))


def with_odd(document):
    """The document once for every place and odd value, with that value there."""
    for *above, last in places(document):
        for odd in ODD:
            changed = json.loads(json.dumps(document))
            inner = changed
            for key in above:
                inner = inner[key]
            inner[last] = odd
            yield changed


def lines(*documents):
    return "".join(json.dumps(each) + "\n" for each in documents)


def documents(kind):
    if kind == "json-report":
        return map(json.dumps, with_odd(JSON_REPORT))
    around = {
        "test": (FAILED, lambda odd: lines(BEGUN, odd, ENDED)),
        "warning": (WARNED, lambda odd: lines(BEGUN, odd, FAILED, ENDED)),
        "collection": (REFUSED, lambda odd: lines(BEGUN, odd, ENDED)),
        "start": (BEGUN, lambda odd: lines(odd, FAILED, ENDED)),
        "end": (ENDED, lambda odd: lines(BEGUN, FAILED, odd)),
    }
    document, write = around[kind]
    return map(write, with_odd(document))


def with_odd_xml(texts):
    """The JUnit XML once for every place and text, and with every element of another name."""
    every = list(ElementTree.fromstring(JUNIT).iter())
    for number, element in enumerate(every):
        changes = [(place, odd) for place in (*element.attrib, "file", "text") for odd in texts]
        changes += [("tag", tag) for tag in TAGS]
        changes += [("within", tag) for tag in TAGS]
        for place, odd in changes:
            top = ElementTree.fromstring(JUNIT)
            changed = list(top.iter())[number]
            if place in ("text", "tag"):
                setattr(changed, place, odd)
            elif place == "within":
                changed.append(ElementTree.Element(odd))
            else:
                changed.set(place, odd)
            yield ElementTree.tostring(top)


def cut_xml():
    """The JUnit XML that ends too early, and with bytes in it that do not belong there."""
    data = JUNIT.strip().encode()
    for at in range(1, len(data), 29):
        yield data[:at]
        yield data[:at] + b"\x00" + data[at + 1 :]
        yield data[:at] + b"<" + data[at + 1 :]
        yield data[:at] + b"\xff" + data[at + 1 :]


def read_and_render(documents):
    """How many of the documents are read; the others are refused in one sentence."""
    read = 0
    for document in documents:
        try:
            report = store.parse(document, "odd")
        except ReportError as wrong:
            assert str(wrong).startswith("odd ")
            assert str(wrong).isprintable()
            assert len(str(wrong)) < 400
            continue
        read += 1
        diagnosis = diagnose(report, Config(Path()))
        for render in formats.RENDERERS.values():
            render(report, diagnosis)
    return read


@pytest.mark.slow
@pytest.mark.parametrize("odd", ODD_TEXTS, ids=lambda text: ascii(text[:20]))
def test_an_odd_text_anywhere_in_junit_xml_is_no_crash(odd):
    assert read_and_render(with_odd_xml([odd])) > 100


def test_junit_xml_that_is_cut_off_is_no_crash():
    assert read_and_render(cut_xml()) < 20


def test_junit_xml_of_any_depth_is_read():
    deep = 50_000
    case = b'<testcase name="a"><failure>x</failure></testcase>'
    suites = b"<testsuite>" * deep + case + b"</testsuite>" * deep
    within = b"<failure>" * deep + b"</failure>" * deep
    within = b'<testsuite><testcase name="a">' + within + b"</testcase></testsuite>"
    assert read_and_render([suites, within]) == 2


@pytest.mark.parametrize("kind", ["test", "warning", "collection", "start", "end", "json-report"])
def test_an_odd_value_anywhere_is_no_crash(kind):
    read = 0
    for document in documents(kind):
        try:
            report = store.parse(document.encode(), "odd.json")
        except ReportError as wrong:
            assert str(wrong).startswith("odd.json")
            continue
        read += 1
        diagnosis = diagnose(report, Config(Path()))
        for render in formats.RENDERERS.values():
            render(report, diagnosis)
    assert read > 10
