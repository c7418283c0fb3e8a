"""How a run ends: what is said of tests that did not run, and the exit code."""

from pathlib import Path

import pytest
from gardener.hooks.pytest_run.execution import Execution
from gardener.hooks.run.concluding import conclude, why_nothing_ran
from gardener.hooks.run.request import RunRequest
from gardener.hooks.run.selecting import Choice, intent
from gardener.hooks.selection.audit import UNSEEN

from gardener.config import Config
from gardener.model import (
    Failure,
    Mode,
    Phase,
    Report,
    Result,
    Selected,
    Selection,
    SelectionSummary,
)

PASSED = (Result("t.py::a", "passed"),)
FAILURE = Failure(nodeid="t.py::b[1]", phase=Phase.CALL, type="E", message="m")
ALL = Selection(everything=True)
ROOT = Path("/repo")


def report(**fields):
    return Report(created="", **{"exit_status": 0, "collected": 1, "results": PASSED, **fields})


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, ""),
        ({"exit_status": 1}, ""),
        (
            {"exit_status": 5, "results": ()},
            "pytest collected no tests, so nothing was checked.",
        ),
        (
            {"exit_status": 5, "results": (), "selection": SelectionSummary(everything=False)},
            "pytest collected none of the selected tests, so nothing was checked.",
        ),
        ({"exit_status": 5, "results": (), "deselected": 3}, ""),
        (
            {"internal_error": "a\nINTERNALERROR> KeyError: 1\n", "exit_status": 3},
            "pytest died of an internal error: INTERNALERROR> KeyError: 1",
        ),
        (
            {"exit_status": 4},
            "pytest refused its arguments or its configuration (exit status 4); see above.",
        ),
        (
            {"exit_status": 2, "results": ()},
            "pytest ended with exit status 2 before it ran a test; see above.",
        ),
        (
            {"exit_status": -9, "results": ()},
            "pytest was killed (signal 9) before it ran a test; see above.",
        ),
        ({"exit_status": 2, "results": (), "failures": (FAILURE,)}, ""),
        (
            {"exit_status": 0, "results": ()},
            "pytest ended without running a test; see `gardener run -v`.",
        ),
    ],
)
def test_why_nothing_ran(fields, sentence):
    assert why_nothing_ran(report(**fields)) == sentence


@pytest.mark.parametrize(
    ("execution", "blocks", "code", "text"),
    [
        ({}, False, 0, ""),
        ({}, True, 1, ""),
        ({"interrupted": True}, True, 130, "interrupted: 1 of 1 collected tests ran to their end."),
        ({"out_of_time": True}, False, 0, "out of time: 1 of 1 collected tests"),
        ({"out_of_time": True}, True, 1, "out of time"),
        ({"out_of_time": True, "unstarted": 1}, False, 2, "1 further pytest never started."),
        (
            {"unstarted": 1},
            False,
            2,
            "not everything ran: 1 of 1 collected tests ran to their end;",
        ),
        ({"unstarted": 1}, True, 1, "1 further pytest never started."),
        (
            {"interrupted": True, "unstarted": 2},
            False,
            130,
            "interrupted: 1 of 1 collected tests ran to their end; 2 further pytests never started.",
        ),
        ({"complete": False}, False, 1, "pytest stopped before its end: 1 of 1"),
        (
            {"complete": False, "exit_status": -9},
            False,
            1,
            "pytest was killed (signal 9): 1 of 1 collected tests",
        ),
        ({"exit_status": 4}, False, 2, "pytest refused its arguments"),
        (
            {"exit_status": 5, "deselected": 2, "results": ()},
            False,
            0,
            "pytest's own options deselected all 2 tests.",
        ),
    ],
    ids=str,
)
def test_the_exit_code(capsys, execution, blocks, code, text):
    names = ("interrupted", "out_of_time", "unstarted")
    ended = {name: execution[name] for name in names if name in execution}
    fields = {name: field for name, field in execution.items() if name not in ended}
    request = RunRequest(ROOT, Config(ROOT), Mode.ALL, quiet=True)
    done = Execution(report(**fields), **ended)
    assert conclude(request, ALL, done, blocks=blocks) == code
    error = capsys.readouterr().err
    assert text in error if text else not error


@pytest.mark.parametrize(
    ("affected", "code", "last"),
    [
        (ALL, 0, "audit: everything selected, 1 failing, 0 missed."),
        (
            Selection(tests=(Selected("t.py::b", "it calls f"),)),
            0,
            "audit: 1 selected test in 1 file, 1 failing, 0 missed.",
        ),
        (
            Selection(tests=(Selected("t.py::c", "it calls f"),)),
            1,
            "audit: 1 selected test in 1 file, 1 failing, 1 missed.",
        ),
    ],
)
def test_an_audit_lists_what_the_selection_missed(capsys, affected, code, last):
    request = RunRequest(ROOT, Config(ROOT), Mode.STAGED, audit=True)
    done = Execution(report(failures=(FAILURE,)))
    assert conclude(request, affected, done, blocks=False) == code
    *missed, summary = capsys.readouterr().out.splitlines()
    assert summary == last
    assert missed[:1] == (["not selected, but failing: t.py::b[1]"] if code else [])
    assert [line.strip() for line in missed[2:]] == list(UNSEEN if code else ())


@pytest.mark.parametrize(
    ("selection", "sentence"),
    [
        (ALL, "Running all tests."),
        (
            Selection(everything=True, reason="conftest.py changed"),
            "Running all tests (conftest.py changed).",
        ),
        (
            Selection(tests=(Selected("[a]/t.py::x[::]", ""), Selected("[a]/t.py::y", ""))),
            "Running 2 selected tests in 1 file.",
        ),
        (
            Selection(tests=(Selected("t.py", ""),)),
            "Running 1 selected file.",
        ),
    ],
)
def test_what_is_going_to_run(selection, sentence):
    assert intent(selection) == sentence


@pytest.mark.parametrize(
    ("selection", "is_empty"),
    [(Selection(), True), (ALL, False), (Selection(tests=(Selected("t.py", ""),)), False)],
)
def test_a_choice_without_tests_is_empty(selection, is_empty):
    assert Choice(selection, selection, SelectionSummary()).is_empty is is_empty
