"""Why a picked test has no outcome on the tree where it ran."""

import pytest
from gardener.hooks.pytest_run.execution import Execution
from gardener.hooks.pytest_run.missing_tests import PickedRun, missing_tests, no_file

from gardener.model import Report, Result

T = "tests/pages/[id]/test_a.py::test_t"
FILE = "tests/pages/[id]/test_a.py"


@pytest.fixture
def tree(tmp_path):
    (tmp_path / FILE).parent.mkdir(parents=True)
    (tmp_path / FILE).touch()
    (tmp_path / "lib/module").mkdir(parents=True)
    return tmp_path


def execution(tree, log="", results=(), **more):
    path = tree / "log"
    path.write_text(log)
    report = {name: more.pop(name) for name in ("exit_status", "internal_error") if name in more}
    return Execution(Report(created="", results=results, **report), (path,), **more)


@pytest.mark.parametrize(
    ("run", "ended", "reason"),
    [
        ({"file_outcomes": {FILE: "passed"}}, {}, ""),
        (
            {"file_outcomes": {FILE: "passed"}, "tests": frozenset([T])},
            {},
            "It did not run to its end there.",
        ),
        (
            {"file_outcomes": {FILE: "passed"}, "tests": frozenset([T])},
            {"out_of_time": True},
            "There was no time left to run it there.",
        ),
        ({"file_outcomes": {FILE: "skipped"}}, {}, f"{FILE} is skipped there."),
        (
            {"file_outcomes": {FILE: "failed"}, "not_collected": frozenset([FILE])},
            {},
            f"{FILE} could not be collected there.",
        ),
        ({}, {"interrupted": True}, "The run was interrupted."),
        ({}, {"out_of_time": True}, "There was no time left to run it there."),
        (
            {},
            {"internal_error": "Traceback\nINTERNALERROR> no\n"},
            "pytest died there of an internal error: INTERNALERROR> no.",
        ),
        (
            {},
            {"exit_status": 4, "log": "usage: pytest error: x\nERROR: no such option\n"},
            "pytest could not run there (exit status 4: ERROR: no such option).",
        ),
        ({}, {"exit_status": 2}, "pytest could not run there (exit status 2)."),
        (
            {"foreign_modules": ("app (/x/app.py)",)},
            {},
            "Its modules were not imported from that commit: app (/x/app.py).",
        ),
        (
            {"foreign_modules": ("app", "lib", "net")},
            {},
            "Its modules were not imported from that commit: app and 2 more.",
        ),
        (
            {"foreign_of_children": {T: "pkg"}},
            {},
            "A process that it starts does not import from that commit: pkg.",
        ),
        (
            {"foreign_of_children": {"": "pkg", "other": "lib"}},
            {},
            "A process that it starts does not import from that commit: pkg.",
        ),
    ],
)
def test_the_reason_of_a_test_without_an_outcome(tree, run, ended, reason):
    assert missing_tests(PickedRun(tree, execution(tree, **ended), **run), (T,))[T] == reason


def test_a_test_with_an_outcome_is_not_missing(tree):
    results = (Result(T, "failed"),)
    run = PickedRun(tree, execution(tree, results=results), file_outcomes={FILE: "passed"})
    assert missing_tests(run, (T, FILE)) == {}


def test_a_name_that_holds_an_address_is_another_one_there(tree):
    nodeid = f"{FILE}::test_t[<object at 0x7f20f13ce660>]"
    run = PickedRun(tree, execution(tree), file_outcomes={FILE: "passed"})
    assert "holds an address" in missing_tests(run, (nodeid,))[nodeid]


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ("lib/module/tests/test_m.py", "lib/module is a submodule, which was not checked out."),
        ("tests/test_gone.py", ""),
        ("test_gone.py", ""),
    ],
)
def test_a_file_that_is_not_there(tree, file, reason):
    assert no_file(tree, file) == reason
