"""Tests that do not end: what is said of them is what really happened to their process."""

import sys

import pytest

from gardener.config import Config
from gardener.diagnosis.diagnosis import diagnose
from gardener.model import Selection

FILES = {
    "pytest.ini": "[pytest]\npythonpath = .\n",
    "app.py": """
import ctypes, os, signal, sys, time

def die(): ctypes.string_at(0)
def abort(): os.abort()
def leave(): os._exit(7)
def kill(): os.kill(os.getpid(), signal.SIGKILL)
def wait():
    while True: time.sleep(0.05)
""",
    "test_a_first.py": "def test_fine(): pass\n",
    "test_c_last.py": "def test_never(): pass\n",
}
BODIES = {
    "segfault": ("app.die()", "worker-crash", "Fatal Python error: Segmentation fault", "app.py"),
    "abort": ("app.abort()", "worker-crash", "Fatal Python error: Aborted", "app.py"),
    "exit": ("app.leave()", "worker-crash", "ended with exit status 7", ""),
    "kill": ("app.kill()", "worker-crash", "killed by SIGKILL", ""),
    "thread": ("app.wait()", "timeout", "Timeout from pytest-timeout", "app.py"),
    "signal": ("app.wait()", "timeout", "Timeout (>0.3s) from pytest-timeout", "app.py"),
    "pytest.exit": ("pytest.exit('enough')", "interrupted", "enough", "test_b_dies.py"),
    "interrupt": ("raise KeyboardInterrupt", "interrupted", "", "test_b_dies.py"),
}
"""A body, its category, what is said of it, and the file of its place."""


def run(root, files, **options):
    from gardener.hooks.pytest_run.execution import ExecutionRequest, execute

    for name, text in {**FILES, **files}.items():
        (root / name).write_text(text.lstrip("\n"))
    report = execute(
        ExecutionRequest(root, sys.executable, Selection(everything=True), Config(root), **options)
    ).report
    return report, diagnose(report, Config(root)).findings


def body(kind):
    mark = f"@pytest.mark.timeout(0.3, method='{kind}')\n" if kind in ("thread", "signal") else ""
    return f"import app, pytest\n\n{mark}def test_dies():\n    {BODIES[kind][0]}\n"


@pytest.mark.parametrize("kind", BODIES)
def test_what_ended_it_is_told(repository, kind):
    _, category, said, file = BODIES[kind]
    plugins = ("-p", "pytest_timeout") if category == "timeout" else ()
    if plugins:
        pytest.importorskip("pytest_timeout")
    files = {"test_b_dies.py": body(kind)}
    report, [finding] = run(repository.root, files, pytest_args=plugins)
    [failure] = finding.failures
    assert (finding.tests, finding.category) == (("test_b_dies.py::test_dies",), category)
    assert said in failure.message
    assert (failure.crash_frame.file if failure.crash_frame else "") == file
    assert report.complete is (kind == "signal")


def test_a_test_that_was_running_when_the_time_was_up_is_not_blamed(repository):
    report, [finding] = run(repository.root, {"test_b_dies.py": body("thread")}, seconds=3.0)
    [failure] = finding.failures
    assert (finding.category, finding.priority) == ("interrupted", "P3")
    assert failure.message == "It was still running when the time for the run was up."
    assert failure.crash_frame.file == "app.py" and not report.complete


def test_a_file_whose_import_kills_the_process_is_named(repository):
    report, [finding] = run(repository.root, {"test_b_dies.py": "import app\n\napp.die()\n"})
    assert (finding.name.partition("-")[0], finding.category) == ("uncollectable", "worker-crash")
    assert finding.tests == ("test_b_dies.py",) and report.complete


def test_each_worker_that_dies_is_told_by_its_own_words(repository, monkeypatch):
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    files = {"test_b_dies.py": body("segfault"), "test_b_more.py": body("abort")}
    _, found = run(repository.root, files, pytest_args=("-n", "1"))
    said = {one.tests: one.failures[0].message for one in found}
    assert "Segmentation fault" in said[("test_b_dies.py::test_dies",)]
    assert "Aborted" in said[("test_b_more.py::test_dies",)]


@pytest.mark.parametrize("before, status", [("app.die()", "pre-existing"), ("pass", "regression")])
def test_a_crash_is_looked_for_on_the_base(repository, before, status):
    files = {**FILES, "test_b_dies.py": "import app\n\ndef test_dies():\n    app.f()\n"}
    files["app.py"] += f"def f():\n    {before.replace('app.', '')}\n"
    repository.commit({name: text.lstrip("\n") for name, text in files.items()})
    repository.stage({"app.py": FILES["app.py"] + "def f():\n    die()  # it dies\n"})
    ran = repository.run("--all", "--verify-base")
    assert ran.status == {"test_b_dies.py::test_dies": status}
