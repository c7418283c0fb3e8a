"""Reports of other runners: one suite says the same, whoever ran it.

`data/foreign` was written by unittest-xml-reporting 4.0, nose2 0.16 and subunit2junitxml 1.4
on Python 3.11, with another folder put in the place of the real one. Surefire and jest-junit
are written as their documentation has them.
"""

import json
from pathlib import Path

import pytest

from gardener.cli import main
from gardener.diagnosis.outcomes import final_outcomes
from gardener.reports.store import parse

DATA = Path(__file__).parent / "data" / "foreign"
ROOM = "tests/test_rooms.py::TestRoom::test_"
CAUSES = {
    ("import-error", "tests/test_lost.py"): ("uncollectable", 1),
    ("missing-item", ROOM + "leave"): ("failing", 2),
    ("wrong-value", ROOM + "load"): ("failing", 1),
    ("setup-failure", "tests/test_rooms.py::TestBroken"): ("failing", 1),
    ("assertion", ROOM + "size"): ("failing", 1),
    ("assertion", ROOM + "sub"): ("failing", 1),
}
"""By category and first test: the kind, and how many tests."""


def findings(path, capsys):
    assert main(["report", str(path), "--format", "json"]) == 0
    return json.loads(capsys.readouterr().out)["findings"]


@pytest.mark.parametrize("name", ["xmlrunner", "nose2", "subunit"])
def test_unittest(name, capsys):
    found = {
        (one["category"], one["tests"][0]): (one["kind"], len(one["tests"]))
        for one in findings(DATA / f"{name}.xml", capsys)
        if "unexpected" not in one["tests"][0]
    }
    assert found == CAUSES


@pytest.mark.parametrize("name", ["xmlrunner", "nose2", "subunit"])
def test_what_each_failure_is_about(name, capsys):
    titles = {one["title"] for one in findings(DATA / f"{name}.xml", capsys)}
    assert titles > {
        "ModuleNotFoundError: No module named 'app.missing'",
        "KeyError: 'room'",
        "ValueError: invalid literal for int() with base 10: 'x'",
        "OSError: no server",
        "AssertionError: 1 != 2 : sizes",
    }


SUREFIRE = """<?xml version="1.0" encoding="UTF-8"?>
<testsuite xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" name="com.example.RoomTest"
    time="0.06" tests="4" errors="1" skipped="0" failures="1">
  <properties><property name="java.version" value="17"/></properties>
  <testcase name="joins" classname="com.example.RoomTest" time="0.012"/>
  <testcase name="leaves" classname="com.example.RoomTest" time="0.004">
    <failure message="expected: &lt;1&gt; but was: &lt;2&gt;"
      type="org.opentest4j.AssertionFailedError"><![CDATA[
org.opentest4j.AssertionFailedError: expected: <1> but was: <2>
	at com.example.RoomTest.leaves(RoomTest.java:14)
]]></failure>
    <rerunFailure message="expected: &lt;1&gt; but was: &lt;2&gt;" type="org.opentest4j.AssertionFailedError">
      <stackTrace>again</stackTrace></rerunFailure>
  </testcase>
  <testcase name="closes" classname="com.example.RoomTest" time="0.001">
    <error message="Cannot invoke &quot;Room.close()&quot;" type="java.lang.NullPointerException"><![CDATA[
java.lang.NullPointerException: Cannot invoke "Room.close()"
	at com.example.Room.close(Room.java:31)
]]></error>
  </testcase>
  <testcase name="waits" classname="com.example.RoomTest" time="0.2">
    <flakyFailure message="too late" type="java.lang.AssertionError"><stackTrace>late</stackTrace></flakyFailure>
  </testcase>
</testsuite>"""
JEST = """<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="jest tests" tests="2" failures="1" errors="0" time="1.2">
  <testsuite name="Room" errors="0" failures="1" skipped="0" timestamp="2026-01-02T03:04:05" tests="2">
    <testcase classname="Room joins (twice)" name="Room joins (twice)" time="0.004"/>
    <testcase classname="Room leaves" name="Room leaves" time="0.01">
      <failure>Error: expect(received).toBe(expected) // Object.is equality
    at Object.toBe (/srv/app/src/room.test.js:9:24)</failure>
    </testcase>
  </testsuite>
</testsuites>"""


def test_surefire(tmp_path, capsys):
    report = parse(SUREFIRE.encode(), "x.xml")
    room = "com.example.RoomTest::"
    assert final_outcomes(report) == {
        f"{room}joins": "passed",
        f"{room}leaves": "failed",
        f"{room}closes": "error",
        f"{room}waits": "passed",
    }
    (tmp_path / "x.xml").write_text(SUREFIRE)
    found = {one["tests"][0]: one["status"] for one in findings(tmp_path / "x.xml", capsys)}
    assert found == {
        f"{room}leaves": "unknown",
        f"{room}closes": "unknown",
        f"{room}waits": "flaky",
    }


def test_jest(tmp_path, capsys):
    (tmp_path / "x.xml").write_text(JEST)
    (one,) = findings(tmp_path / "x.xml", capsys)
    assert one["tests"] == ["Room leaves::Room leaves"]
    assert one["title"].startswith("Error: expect(received).toBe(expected)")
    assert one["status"] == "unknown"


LOG = [
    {"pytest_version": "9.2.0", "$report_type": "SessionStart"},
    {"$report_type": "SubTestReport", "nodeid": "t.py::a", "when": "call", "outcome": "failed",
     "longrepr": "t.py:3: in a\nE   AssertionError: no"},
    {"$report_type": "TestReport", "nodeid": "t.py::a", "when": "setup", "outcome": "passed"},
    {"$report_type": "TestReport", "nodeid": "t.py::a", "when": "call", "outcome": "passed"},
    {"$report_type": "TestReport", "nodeid": "t.py::a", "when": "teardown", "outcome": "passed"},
    {"exitstatus": 1, "$report_type": "SessionFinish"},
]  # fmt: skip


def test_a_test_with_a_failed_subtest_is_no_green_one():
    report = parse("\n".join(map(json.dumps, LOG)).encode(), "log")
    assert final_outcomes(report) == {"t.py::a": "failed"}
    assert [one.type for one in report.failures] == ["AssertionError"]


def test_a_red_test_without_a_reason_is_a_finding():
    test = {"nodeid": "t.py::a", "outcome": "failed", "call": {"outcome": "passed"}}
    document = {"summary": {}, "exitcode": 1, "tests": [test]}
    (failure,) = parse(json.dumps(document).encode(), "x.json").failures
    assert failure.message == "The report does not say why it failed."
