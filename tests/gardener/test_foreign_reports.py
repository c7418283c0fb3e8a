"""Reports of other tools, written by those tools in a real run, say the same in gardener."""

import json
import subprocess
import sys

import pytest

from gardener.cli import main
from gardener.config import Config
from gardener.diagnosis.diagnosis import diagnose
from gardener.diagnosis.outcomes import final_outcomes
from gardener.errors import ReportError
from gardener.reports.store import load, parse

SUITE = {
    "app/__init__.py": "",
    "app/core.py": """
        def parse(text):
            return int(text)

        def load(text):
            try:
                return parse(text)
            except ValueError as wrong:
                raise RuntimeError("no config") from wrong
    """,
    "tests/test_all.py": """
        import warnings
        import pytest
        from app import core

        @pytest.fixture
        def broken():
            raise ValueError("no")

        @pytest.fixture
        def leaves():
            yield
            raise OSError("left over")

        class TestThings:
            def test_pass(self):
                warnings.warn("old way", DeprecationWarning)

            @pytest.mark.parametrize("text", ["a::b", "[x]", "1"])
            def test_parse(self, text):
                assert core.parse(text) == 1

        def test_wrong():
            assert 1 == 2, "numbers"

        def test_chain():
            core.load("x")

        def test_setup(broken):
            pass

        def test_teardown(leaves):
            pass

        def test_skip():
            pytest.skip("later")

        @pytest.mark.xfail
        def test_xfail():
            assert False

        @pytest.mark.xfail
        def test_xpass():
            pass
    """,
    "tests/test_lost.py": "import app.missing\n",
}


def line_of(text):
    return SUITE["tests/test_all.py"].partition(text)[0].count("\n") + 1


OUTCOMES = {
    "tests/test_all.py::TestThings::test_pass": "passed",
    "tests/test_all.py::TestThings::test_parse[a::b]": "failed",
    "tests/test_all.py::TestThings::test_parse[[x]]": "failed",
    "tests/test_all.py::TestThings::test_parse[1]": "passed",
    "tests/test_all.py::test_wrong": "failed",
    "tests/test_all.py::test_chain": "failed",
    "tests/test_all.py::test_setup": "error",
    "tests/test_all.py::test_teardown": "error",
    "tests/test_all.py::test_skip": "skipped",
    "tests/test_all.py::test_xfail": "xfailed",
    "tests/test_all.py::test_xpass": "xpassed",
}

FORMATS = {
    "pytest-json-report": ["--json-report", "--json-report-file=OUT"],
    "pytest-reportlog": ["--report-log=OUT"],
    "junit": ["--junit-xml=OUT"],
    "junit1": ["--junit-xml=OUT", "-o", "junit_family=xunit1"],
}


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    from textwrap import dedent

    top = tmp_path_factory.mktemp("suite")
    for name, text in SUITE.items():
        (top / name).parent.mkdir(exist_ok=True)
        (top / name).write_text(dedent(text))
    args = [
        arg.replace("OUT", str(top / name))
        for name, args in FORMATS.items()
        if name != "junit1"
        for arg in args
    ]
    base = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "--continue-on-collection-errors",
        "-p",
        "no:cacheprovider",
    ]
    for extra in (args, [arg.replace("OUT", str(top / "junit1")) for arg in FORMATS["junit1"]]):
        done = subprocess.run([*base, *extra], cwd=top, capture_output=True, text=True)
        assert done.returncode == 1, done.stdout + done.stderr
    return top


@pytest.mark.parametrize("name", FORMATS)
def test_outcomes_are_those_of_pytest(written, name):
    report = load(written / name)
    expected = dict(OUTCOMES)
    if name.startswith("junit"):  # the format cannot say xpassed
        expected["tests/test_all.py::test_xpass"] = "passed"
    assert final_outcomes(report) == expected
    assert report.source == name.rstrip("1")


@pytest.mark.parametrize("name", FORMATS)
def test_causes_are_grouped_and_placed(written, name, capsys):
    assert main(["report", str(written / name), "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)["findings"]
    tests = sorted(
        sorted(test.rpartition("/")[2] for test in finding["tests"]) for finding in found
    )
    parse_tests = [
        "test_all.py::TestThings::test_parse[[x]]",
        "test_all.py::TestThings::test_parse[a::b]",
    ]
    if name == "pytest-reportlog":  # the only one that holds the chain in parts
        parse_tests = [*parse_tests, "test_all.py::test_chain"]
    else:
        assert ["test_all.py::test_chain"] in tests or any(
            "test_all.py::test_chain" in group and len(group) == 3 for group in tests
        )
    assert any(set(parse_tests) <= set(group) for group in tests), tests
    (lost,) = (f for f in found if f["tests"] == ["tests/test_lost.py"])
    assert lost["kind"] == "uncollectable"
    assert lost["category"] == "import-error"
    (wrong,) = (f for f in found if f["tests"] == ["tests/test_all.py::test_wrong"])
    assert wrong["place"] == {"file": "tests/test_all.py", "line": line_of("assert 1 == 2")}
    assert "numbers" in wrong["error"]


@pytest.mark.parametrize("name", ["pytest-json-report", "pytest-reportlog"])
def test_warnings_are_counted(written, name):
    (warning,) = (w for w in load(written / name).warnings if w.message == "old way")
    assert (warning.category, warning.count, warning.line) == (
        "DeprecationWarning",
        1,
        line_of("warnings.warn"),
    )


def test_a_log_that_was_cut_off_is_read_up_to_there(written):
    data = (written / "pytest-reportlog").read_bytes()
    rows = data.splitlines(keepends=True)
    report = parse(b"".join(rows[:-4]) + rows[-4][:20], "log")
    assert not report.complete
    assert report.results


UNITTEST_XML = b"""<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite name="tests.test_chat.TestRoom" tests="3" timestamp="2026-01-02T03:04:05" file="tests/test_chat.py">
    <testcase classname="tests.test_chat.TestRoom" name="test_join" time="0.001" file="tests/test_chat.py" line="4"/>
    <testcase classname="tests.test_chat.TestRoom" name="test_leave" time="1,234.5" file="tests/test_chat.py" line="9">
      <error type="KeyError" message="'room'"><![CDATA[Traceback (most recent call last):
  File "/srv/app/tests/test_chat.py", line 11, in test_leave
    leave("room")
  File "/srv/app/chat/rooms.py", line 7, in leave
    del ROOMS[name]
KeyError: 'room'
]]></error>
    </testcase>
    <testcase classname="tests.test_chat.TestRoom" name="test_old" time="0"><skipped type="skip" message="old"/></testcase>
  </testsuite>
</testsuites>"""


def test_the_xml_of_unittest_is_read():
    report = parse(UNITTEST_XML, "x.xml")
    assert final_outcomes(report) == {
        "tests/test_chat.py::TestRoom::test_join": "passed",
        "tests/test_chat.py::TestRoom::test_leave": "error",
        "tests/test_chat.py::TestRoom::test_old": "skipped",
    }
    (failure,) = report.failures
    assert (failure.type, failure.message, failure.phase) == ("KeyError", "'room'", "call")
    assert [(f.line, f.function) for f in failure.frames] == [(11, "test_leave"), (7, "leave")]


JEST_XML = b"""<testsuites name="jest"><testsuite name="Room">
<testcase classname="Room joins a user" name="Room joins a user" time="0.01">
<failure>Error: expect(received).toBe(expected)
    at Object.toBe (src/room.test.js:5:9)</failure></testcase></testsuite></testsuites>"""


def test_the_xml_of_a_runner_of_another_language_is_read():
    report = parse(JEST_XML, "x.xml")
    assert [r.outcome for r in report.results] == ["failed"]
    assert report.failures[0].type == "Error"
    assert report.failures[0].nodeid == "Room joins a user::Room joins a user"


def test_our_own_junit_reads_back_the_same(written):
    from pathlib import Path

    from gardener.config import Config
    from gardener.diagnosis.diagnosis import diagnose
    from gardener.render import junit

    report = load(written / "pytest-json-report")
    text = junit.render(report, diagnose(report, Config(Path())))
    again = parse(text.encode(), "own.xml")
    before = final_outcomes(report)
    before["tests/test_all.py::test_xpass"] = "passed"
    after = final_outcomes(again)
    assert {k: v for k, v in after.items() if k in before} == before


SHORT = (
    """<testsuites><testsuite name="pytest" tests="2" failures="2">{}</testsuite></testsuites>"""
)
CASE = """<testcase classname="tests.test_rooms" name="test_{name}" time="1"><failure
message="app.errors.RoomError: {text}">tests/test_rooms.py:{line}: in test_{name}
    client.{name}("a")
app/client.py:{line}: in {name}
    self._check(response)
app/client.py:12: in _check
    raise RoomError(response.json()["message"])
E   app.errors.RoomError: {text}</failure></testcase>"""


def test_short_tracebacks_tell_what_a_raise_says(tmp_path):
    """One place raises what a server answered: two answers are two causes."""
    cases = [
        CASE.format(name=name, text=text, line=line)
        for name, text, line in (
            ("enter", "The room is locked", 20),
            ("leave", "Nobody is left", 30),
        )
    ]
    file = tmp_path / "junit.xml"
    file.write_text(SHORT.format("".join(cases)))
    report = load(file)
    assert [frame.source for frame in report.failures[0].frames] == [
        'client.enter("a")', "self._check(response)", 'raise RoomError(response.json()["message"])',
    ]  # fmt: skip
    assert len(diagnose(report, Config(tmp_path)).findings) == 2


def test_a_suite_that_failed_itself_is_not_lost():
    report = parse(
        b'<testsuites><testsuite name="pkg/x" tests="0" errors="1"><error message="build failed"/>'
        b'<system-err>undefined: y</system-err></testsuite><testsuite name="pkg/y">'
        b'<testcase classname="y" name="ok"/></testsuite></testsuites>',
        "report.xml",
    )
    (failure,) = report.failures
    assert (failure.nodeid, failure.phase, failure.message) == ("pkg/x", "collect", "build failed")
    assert [output.text for output in failure.output] == ["undefined: y"]
    assert [result.outcome for result in report.results] == ["passed"]


def test_a_status_alone_tells_a_failure():
    report = parse(
        b'<testsuite name="s"><testcase classname="t.u" name="x" status="failed"/>'
        b'<testcase classname="t.u" name="y" status="run" result="completed"/></testsuite>',
        "report.xml",
    )
    assert [failure.nodeid for failure in report.failures] == ["t/u.py::x"]
    assert [result.outcome for result in report.results] == ["failed", "passed"]


def test_junit_in_a_namespace_is_read():
    report = parse(
        b'<j:testsuite xmlns:j="urn:junit" name="s"><j:testcase classname="t.u" name="x">'
        b'<j:failure message="AssertionError: z"/></j:testcase></j:testsuite>',
        "report.xml",
    )
    assert [failure.nodeid for failure in report.failures] == ["t/u.py::x"]


def test_what_jest_expects_is_an_assertion(tmp_path, capsys):
    (tmp_path / "report.xml").write_text(
        '<testsuites><testsuite name="rooms"><testcase classname="rooms" name="opens"><failure>'
        "Error: expect(received).toBe(expected)\n\n    at Object.&lt;anonymous&gt; (/a/r.test.js:5:2)"
        "</failure></testcase></testsuite></testsuites>"
    )
    assert main(["report", str(tmp_path / "report.xml"), "--format", "json"]) == 0
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert finding["category"] == "assertion"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (b"TAP version 13\n1..2\nok 1 - a\n", "TAP"),
        (b"===== test session starts =====\nplatform linux\n", "what pytest prints"),
        (b"TN:\nSF:a.js\n", "LCOV"),
        (b"=== RUN   TestX\n--- FAIL: TestX (0.00s)\n", "go test"),
    ],
)
def test_a_text_that_is_no_report_is_named(text, name):
    with pytest.raises(ReportError, match=name):
        parse(text, "report.txt")
