"""What a program, a command or a server says comes before what its status is compared with."""

from pathlib import Path

import pytest

from gardener.config import Config
from gardener.diagnosis.diagnosis import diagnose
from gardener.model import Failure, Frame, Output, Phase, Report

TRACEBACK = """server started
Traceback (most recent call last):
  File "app.py", line 3, in <module>
    import tomllib2
ModuleNotFoundError: No module named 'tomllib2'
"""
OF_PYTEST = """collected 0 items / 1 error
E   ImportError: cannot import name 'x' from 'y'
============ 1 error in 0.53s ============
ValueError: said later
"""


def cause_of(message, output="", type_="AssertionError", source="assert done.returncode == 0"):
    failure = Failure(
        nodeid="tests/test_run.py::test_it",
        phase=Phase.CALL,
        type=type_,
        message=message,
        frames=(Frame("tests/test_run.py", 3, "test_it", "test", source),),
        output=(Output("stdout call", "nothing here\n"), Output("stderr call", output)),
    )
    report = Report(created="2026-11-29T00:00:00Z", failures=(failure,))
    return diagnose(report, Config(Path())).findings[0].cause


@pytest.mark.parametrize(
    ("message", "output", "error"),
    [
        ("assert 1 == 0", TRACEBACK, "ModuleNotFoundError: No module named 'tomllib2'"),
        (
            "assert <ExitCode.INTERRUPTED: 2> == 0\n +  where 2 = <RunResult ret=2>.ret",
            OF_PYTEST,
            "ImportError: cannot import name 'x' from 'y'",
        ),
        (
            "assert 1 == 0\n +  where 1 = <Result KeyError('room')>.exit_code",
            "",
            "KeyError('room')",
        ),
        (
            "assert 'x' in ''\n +  where '' = <Result DeprecationWarning('old')>.output",
            "",
            "DeprecationWarning('old')",
        ),
        ("assert 500 == 200\n +  where 500 = <Response [500]>.status_code", TRACEBACK, "ModuleNot"),
    ],
)
def test_the_error_of_what_ran_is_the_cause(message, output, error):
    assert cause_of(message, output).startswith(f"What the test ran failed with `{error}")


def test_a_program_that_must_succeed():
    message = "Command '['x']' returned non-zero exit status 1."
    assert "tomllib2" in cause_of(message, TRACEBACK, "subprocess.CalledProcessError", "run(['x'])")


@pytest.mark.parametrize(
    ("message", "output", "type_", "source"),
    [
        ("assert 1 == 2", TRACEBACK, "AssertionError", "assert len(rooms) == 2"),
        ("assert 1 == 0\n +  where 1 = <Result SystemExit(1)>", "", "AssertionError", "assert x"),
        ("assert 1 == 0", "done\n", "AssertionError", "assert done.returncode == 0"),
        ("bad exit_code", TRACEBACK, "ValueError", "check(exit_code)"),
        (
            "assert 0 == 2\n +  where 0 = <Result okay>.exit_code",
            TRACEBACK,
            "AssertionError",
            "assert result.exit_code == 2",
        ),
        (
            "assert 200 == 404\n +  where 200 = <Response [200 OK]>.status_code",
            TRACEBACK,
            "AssertionError",
            "assert response.status_code == 404",
        ),
        ("200 != 404", TRACEBACK, "AssertionError", "self.assertEqual(r.status_code, 404)"),
        (
            "assert 500 == 20\n +  where 500 = len([1, 2])",
            TRACEBACK,
            "AssertionError",
            "assert len(rooms) == 20",
        ),
    ],
)
def test_output_beside_another_failure_proves_nothing(message, output, type_, source):
    assert "What the test ran" not in cause_of(message, output, type_, source)


def test_a_pattern_that_no_line_of_output_matches_is_one_cause_wherever_it_is_looked_for():
    failures = [
        Failure(
            nodeid=f"tests/test_run.py::test_{name}",
            phase=Phase.CALL,
            type="Failed",
            message=f"nomatch: '*x*'\n    and: 'rootdir: /tmp/{name}'\nremains unmatched: '*full diff*'",
            frames=(Frame("tests/test_run.py", line, f"test_{name}", "test", "result.fnmatch()"),),
        )
        for line, name in enumerate(("a", "b"))
    ]
    report = Report(created="2026-11-29T00:00:00Z", failures=tuple(failures))
    (finding,) = diagnose(report, Config(Path())).findings
    assert finding.title == "Failed: remains unmatched: '*full diff*'"


def test_a_pytest_that_died_is_the_cause_of_what_its_output_lacks():
    died = """collected 1 item
INTERNALERROR> Traceback (most recent call last):
INTERNALERROR>   File "conftest.py", line 1, in <module>
INTERNALERROR> ModuleNotFoundError: No module named 'gone'
"""
    told = "What the test ran failed with `ModuleNotFoundError: No module named 'gone'`."
    assert cause_of("nomatch: '*1 passed*'", died, type_="Failed", source="x") == told
    assert cause_of("assert 'gw' in 'x'", died, source="assert 'gw' in out") == told
    assert cause_of("no", died, type_="KeyError", source="x[1]") != told
