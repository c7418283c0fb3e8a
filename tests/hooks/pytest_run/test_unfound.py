"""Selected tests that pytest does not find: the others run in the same pytest, their files after it."""

import subprocess
import sys

import pytest
from gardener.hooks.pytest_run.execution import ExecutionRequest, execute

from gardener.config import Config
from gardener.model import Mode, Selected, Selection, SelectionSummary

FILES = {
    "pytest.ini": "[pytest]\n",
    "test_a.py": "def test_one(): pass\ndef test_two(): pass\ndef test_three(): pass\n",
    "sub/test_b.py": "class TestB:\n    def test_it(self): pass\n\nclass FakeTest: pass\n",
    "sub/test_broken.py": "import no_such_thing\n\ndef test_it(): pass\n",
    "sub/test_skipped.py": "import pytest\npytest.skip('not here', allow_module_level=True)\n",
}
A, B, BROKEN, SKIPPED = list(FILES)[1:]
GONE = f"{A}::test_gone"


@pytest.fixture
def run(tmp_path, monkeypatch):
    """What runs selected tests: the execution, and how many pytests it took."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    root = tmp_path
    subprocess.run(["git", "init", "-q", root], check=True)
    for name, text in FILES.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text)

    def run(*tests, options=(), mode=Mode.SINCE, focus=""):
        selection = Selection(tests=tuple(Selected(test, "named") for test in tests))
        summary = SelectionSummary(mode=mode, focus=focus, everything=False)
        request = ExecutionRequest(root, sys.executable, selection, Config(root))
        execution = execute(request._replace(summary=summary, pytest_args=options))
        return execution, len(execution.logs)

    return run


def passed(execution):
    return sorted(one.nodeid for one in execution.report.results if one.outcome == "passed")


ALL_OF_A = sorted(f"{A}::test_{name}" for name in ("one", "two", "three"))


def test_the_others_run_at_once_and_its_file_after_them(run):
    execution, pytests = run(f"{A}::test_one", GONE, f"{B}::TestB::test_it")
    assert passed(execution) == [f"{B}::TestB::test_it", *ALL_OF_A]
    assert (pytests, execution.report.complete, execution.report.exit_status) == (2, True, 0)
    assert execution.report.collected == 4
    assert execution.notes == ("pytest did not find 1 selected test; whole files run instead.",)


@pytest.mark.parametrize("broken", [f"{BROKEN}::test_it", f"{SKIPPED}::test_it"])
def test_a_file_that_is_not_collected_takes_no_second_pytest(run, broken):
    execution, pytests = run(broken, f"{A}::test_one")
    assert (passed(execution), pytests) == ([f"{A}::test_one"], 1)
    assert [f.nodeid for f in execution.report.failures] == [BROKEN] * (broken[:-9] == BROKEN)
    assert execution.report.complete and execution.notes == ()


def test_a_file_without_the_only_selected_test_runs_whole(run):
    execution, _ = run(GONE)
    assert passed(execution) == ALL_OF_A
    assert execution.report.exit_status == 0 and execution.report.complete


def test_what_is_no_test_in_a_test_file(run):
    execution, _ = run(f"{B}::FakeTest", f"{A}::test_one")
    assert passed(execution) == [f"{B}::TestB::test_it", f"{A}::test_one"]


def test_in_a_folder_that_the_user_named_no_other_test_runs(run):
    execution, pytests = run(f"{A}::test_one", GONE, mode=Mode.GIVEN, focus="x")
    assert (passed(execution), pytests) == ([f"{A}::test_one"], 1)
    assert execution.notes == ("pytest did not find 1 selected test.",)
    nothing, _ = run(GONE, mode=Mode.GIVEN, focus="x")
    assert (nothing.report.results, nothing.report.exit_status) == ((), 5)


@pytest.mark.slow
def test_workers_of_xdist_go_on_as_well(run):
    pytest.importorskip("xdist")
    options = ("-p", "xdist", "-n", "2")
    execution, pytests = run(f"{A}::test_one", GONE, f"{B}::TestB::test_it", options=options)
    assert (passed(execution), pytests) == ([f"{B}::TestB::test_it", *ALL_OF_A], 2)
    assert execution.report.complete


def test_a_file_that_is_gone_is_refused_by_pytest(run):
    execution, _ = run("test_gone.py", f"{A}::test_one")
    assert execution.report.exit_status == 4
