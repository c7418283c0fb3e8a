"""What `sys.monitoring` must not do to the tests that it watches."""

import subprocess

import pytest
from recording_python import MONITORING, lend_pytest

from gardener.cli import main
from gardener.reports.store import load

TESTS = """
def again(): again()
def test_recursion(): again()
"""


@pytest.mark.parametrize("python", MONITORING)
def test_a_full_stack_is_the_tests_own(tmp_path, monkeypatch, python):
    """No call is left for the tracer then, and its own error must not take the place."""
    root = tmp_path / "repo"
    root.mkdir()
    (root / "test_a.py").write_text(TESTS)
    subprocess.run(["git", "init", "-q", "-b", "main"], cwd=root, check=True)
    monkeypatch.chdir(root)
    lend_pytest(python, tmp_path, monkeypatch)
    main(["run", "--python", python, "--report", "../report.json"])
    [failure] = load(tmp_path / "report.json").failures
    assert failure.type == "RecursionError"
    assert failure.causes == ()
    assert {frame.file for frame in failure.frames} == {"test_a.py"}
