"""pytest's own words as options of `gardener run`, its debugger, and Ctrl-C."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from gardener.hooks.commands.run import run
from gardener.hooks.commands.run_request import request_of
from gardener.hooks.pytest_run import progress
from gardener.hooks.pytest_run.on_terminal import wants_terminal, without_terminal
from gardener.hooks.run.refusal import broken_plugin, missing_plugin

from gardener.cli import main
from gardener.errors import FOUND, INTERRUPTED, USAGE
from gardener.reports.store import load

GARDENER = [sys.executable, "-m", "gardener", "run", "--python", sys.executable]
SUITE = {
    "test_a.py": "import time\n"
    "import pytest\n\n"
    "def test_red():\n    number = 41\n    assert number == 42\n\n"
    "def test_green():\n    print('said aloud')\n\n"
    "@pytest.mark.filterwarnings('ignore')\ndef test_marked():\n    time.sleep(0.05)\n",
}


@pytest.fixture
def suite(tmp_path, monkeypatch):
    root = tmp_path / "repo"
    root.mkdir()
    for name in ("PYTEST_ADDOPTS", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.chdir(root)

    def make(files):
        for name, text in files.items():
            (root / name).write_text(text)
        for command in (
            ["init", "-q", "-b", "main"],
            ["add", "-A"],
            ["-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "start"],
        ):
            subprocess.run(["git", *command], cwd=root, check=True)
        return root

    return make


@pytest.mark.parametrize(
    ("words", "passed"),
    [
        ([], ()),
        (["-k", "a or b"], ("-ka or b",)),
        (["-m", "not slow"], ("-mnot slow",)),
        (["-x"], ("-x",)),
        (["--exitfirst", "--maxfail", "3"], ("-x", "--maxfail=3")),
        (["--lf", "--ff"], ("--lf", "--ff")),
        (["-n", "auto"], ("-nauto",)),
        (["-n2", "--pdb", "-s"], ("-n2", "--pdb", "-s")),
        (["--durations=0"], ("--durations=0",)),
    ],
    ids=str,
)
def test_what_is_passed_on(suite, words, passed):
    root = suite(SUITE)
    context = run.make_context("run", words)
    request = request_of(root, dict(context.params), ())
    assert request.pytest_args == passed


@pytest.mark.parametrize("option", ["--maxfail", "--durations"])
def test_what_is_no_number_is_refused(suite, capsys, option):
    suite(SUITE)
    assert main(["run", option, "many"]) == USAGE
    assert f"{option} takes a number, not 'many'." in capsys.readouterr().err


def test_words_narrow_the_run_and_stop_it(suite, capsys):
    suite(SUITE)
    report = ["--python", sys.executable, "--report", "../r.json"]
    assert main(["run", "-k", "green or marked", "--durations", "1", *report]) == 0
    assert {r.nodeid for r in load(Path("../r.json")).results} == {
        "test_a.py::test_green",
        "test_a.py::test_marked",
    }
    seen = capsys.readouterr()
    assert "slowest 1 durations:" in seen.err and "test_a.py::test_marked" in seen.err
    assert main(["run", "-x", *report]) == FOUND
    assert [r.outcome for r in load(Path("../r.json")).results] == ["failed"]


def on_terminal(arguments, answers):
    """Run gardener on a terminal of its own and answer what is asked there; code and all text."""
    child, terminal = pty.fork()
    if child == 0:
        os.execv(arguments[0], arguments)
    text = ""
    left = list(answers)
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # the other side has gone
            break
        if not piece:
            break
        text += piece.decode(errors="replace")
        if left and left[0][0] in text.rpartition("answered")[2]:
            os.write(terminal, left.pop(0)[1])
            text += "answered"
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), text


@pytest.mark.slow
def test_the_debugger_has_the_terminal(suite):
    suite(SUITE)
    code, text = on_terminal(
        [*GARDENER, "--pdb", "--report", "../r.json"],
        [("(Pdb)", b"p number + 1000\n"), ("1041", b"c\n")],
    )
    assert code == FOUND, text
    assert "1041" in text.replace("p number + 1000", "")
    assert [r.outcome for r in load(Path("../r.json")).results] == ["failed", "passed", "passed"]
    assert "failing-test-" in text.rpartition("1041")[2]


@pytest.mark.slow
def test_who_leaves_the_debugger_is_interrupted_and_keeps_the_failure(suite):
    suite(SUITE)
    code, text = on_terminal([*GARDENER, "--pdb", "--report", "../r.json"], [("(Pdb)", b"q\n")])
    assert code == INTERRUPTED, text
    report = load(Path("../r.json"))
    assert [(r.nodeid, r.outcome) for r in report.results] == [("test_a.py::test_red", "failed")]
    assert [f.type for f in report.failures] == ["AssertionError"]


def test_what_tests_print_is_shown_and_stdout_is_for_findings(suite):
    suite(SUITE)
    done = subprocess.run([*GARDENER, "-s", "-k", "green"], capture_output=True, text=True)
    assert done.returncode == 0
    assert "said aloud" in done.stderr and "said aloud" not in done.stdout


def test_what_runs_again_needs_no_terminal():
    words = ("-x", "--pdb", "-s", "--trace", "--capture=no")
    assert wants_terminal(words) and not wants_terminal(("-x", "-k", "s"))
    assert without_terminal(words) == ("-x",)


WAITS = """
import pathlib, subprocess, sys, time

def test_red():
    assert 1 == 2

def test_waits():
    code = "import pathlib, time; pathlib.Path('waits').touch(); time.sleep(60)"
    subprocess.run([sys.executable, "-c", code], check=True)

def test_never():
    pass
"""


@pytest.mark.slow
@pytest.mark.parametrize("workers", [(), ("-n2",)], ids=["one process", "xdist"])
def test_ctrl_c_makes_no_finding(suite, monkeypatch, workers):
    root = suite({"test_a.py": WAITS})
    if workers:
        monkeypatch.setenv("PYTEST_ADDOPTS", "-p xdist")
    child = subprocess.Popen(
        [*GARDENER, *workers, "--reruns", "2", "--report", "../r.json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while not (root / "waits").exists() or time.monotonic() < deadline - 59:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=60)
    assert child.returncode == INTERRUPTED, err
    report = json.loads(Path("../r.json").read_text())
    assert {f["nodeid"] for f in report["failures"]} <= {"test_a.py::test_red"}
    assert "test_waits" not in out and "flaky" not in out
    again = subprocess.run(
        [*GARDENER, "--report", "../r.json", "test_a.py::test_red"], capture_output=True, text=True
    )
    assert "flaky" not in again.stdout


@pytest.mark.slow
def test_a_log_hears_now_and_then_how_far_the_run_is(suite, monkeypatch, capsys):
    slow = "import time, pytest\n@pytest.mark.parametrize('n', range(8))\n"
    suite({"test_a.py": f"{slow}def test_a(n):\n    time.sleep(0.1)\n"})
    monkeypatch.setattr(progress, "FIRST", 0.1)
    monkeypatch.setattr(progress, "EVERY", 0.1)
    assert main(["run", "--python", sys.executable]) == 0
    lines = [line for line in capsys.readouterr().err.splitlines() if " of 8 tests ran" in line]
    assert len(lines) >= 2
    assert lines[-1].startswith("gardener: ") and "now test_a.py::test_a[" in lines[-1]
    assert main(["run", "--python", sys.executable, "-q"]) == 0
    assert "tests ran" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("argument", "plugin"),
    [
        ("-n2", "pytest-xdist"),
        ("-n", "pytest-xdist"),
        ("-nauto", "pytest-xdist"),
        ("--cov=app", "pytest-cov"),
        ("--cov-report=xml", "pytest-cov"),
        ("--nosuch", ""),
        ("-nosuch", ""),
    ],
)
def test_an_argument_of_a_missing_plugin_names_it(argument, plugin):
    lines = [
        "usage: __main__.py [options]",
        f"__main__.py: error: unrecognized arguments: {argument}",
    ]
    said = missing_plugin(lines, "/env/bin/python")
    assert said == "" if not plugin else f"{plugin}, which /env/bin/python does not have" in said


BROKEN_PLUGIN = [
    [
        'Error while loading plugin "pytest11".',
        "../venv/lib/python3.12/site-packages/snaps/__init__.py:3: in <module>",
        "    import imp",
        "E   ModuleNotFoundError: No module named 'imp'",
    ],
    [
        '  File "/v/lib/python3.12/site-packages/pluggy/_manager.py", line 416, in load_setuptools_entrypoints',
        '  File "/v/lib/python3.12/site-packages/_pytest/assertion/rewrite.py", line 184, in exec_module',
        '  File "/v/lib/python3.12/site-packages/snaps/__init__.py", line 3, in <module>',
        "ModuleNotFoundError: No module named 'imp'",
    ],
]


@pytest.mark.parametrize("lines", BROKEN_PLUGIN)
def test_a_plugin_that_cannot_be_imported_is_named(lines):
    said = broken_plugin(lines, "/v/bin/python")
    assert "the plugin `snaps`, which is installed in /v/bin/python" in said
    assert "(ModuleNotFoundError: No module named 'imp')" in said
    assert not broken_plugin(lines[1:], "/v/bin/python")
    assert not broken_plugin(lines[:-1], "/v/bin/python")


def test_an_installed_plugin_that_is_broken_ends_the_run_with_its_name(
    suite, tmp_path, monkeypatch, capsys
):
    suite(SUITE)
    site = tmp_path / "elsewhere" / "site-packages"
    (site / "snaps").mkdir(parents=True)
    (site / "snaps" / "__init__.py").write_text("import no_such_module_of_old\n")
    (site / "snaps-1.0.dist-info").mkdir()
    (site / "snaps-1.0.dist-info" / "METADATA").write_text("Name: snaps\nVersion: 1.0\n")
    (site / "snaps-1.0.dist-info" / "entry_points.txt").write_text("[pytest11]\nsnaps = snaps\n")
    monkeypatch.setenv("PYTHONPATH", str(site))
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    assert main(["run", "--python", sys.executable]) == USAGE
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith("gardener: pytest loads the plugin `snaps`, which is installed in ")
    assert said.endswith("'no_such_module_of_old'): update it, or uninstall it.")


def test_a_warning_of_several_lines_that_ends_pytest_is_told_by_its_name(suite, capsys):
    conftest = (
        "import warnings\ndef pytest_configure(config):\n"
        "    raise UserWarning('the option \"mode\" is unset.\\nSet it some day.')\n"
    )
    suite({**SUITE, "conftest.py": conftest})
    assert main(["run", "--python", sys.executable]) == USAGE
    assert 'UserWarning: the option "mode" is unset.' in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ("required_plugins = pytest-nosuch\n", "pytest-nosuch"),
        ("addopts = -p nosuch_plugin\n", "nosuch_plugin"),
        ("filterwarnings =\n    error\n    ignore:x:nosuch_module.Warned\n", "nosuch_module"),
    ],
)
def test_settings_that_name_what_is_not_installed(suite, capsys, settings, name):
    suite({**SUITE, "pytest.ini": f"[pytest]\n{settings}"})
    assert main(["run", "--python", sys.executable]) == USAGE
    said = capsys.readouterr().err.splitlines()[-1]
    assert said == (
        f"gardener: the settings of pytest name `{name}`, which {sys.executable} does not have: "
        "install it there."
    )


@pytest.mark.parametrize("named", [(), ("test_a.py",)], ids=["all", "a file"])
def test_workers_without_xdist(suite, capsys, named):
    suite(SUITE)
    assert main(["run", *named, "-n", "2", "--python", sys.executable]) == USAGE
    said = capsys.readouterr().err
    assert f"`-n` is an option of pytest-xdist, which {sys.executable}" in said
    assert "unrecognized arguments: -n" in said and "found no test" not in said
