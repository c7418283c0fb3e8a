"""What a run takes and what it leaves out: narrow as asked, and never green without what was named."""

import subprocess
import sys
from pathlib import Path

import pytest
from gardener.hooks.plugin.removals import GONE_MODULES, STANDARD
from gardener.hooks.pytest_run.interpreter import Interpreter
from gardener.hooks.run.absent_modules import told
from gardener.hooks.run.scope import within

from gardener.cli import main
from gardener.model import Failure, Phase, Report, Selected, Selection
from gardener.reports.store import load

FILES = {
    "pytest.ini": "[pytest]\ntestpaths = tests\n",
    "app.py": "def total(values):\n    return sum(values)\n",
    "tests/test_ws_total.py": "from app import total\n\ndef test_ws():\n    assert total([1]) == 1\n",
    "tests/test_total.py": "from app import total\n\ndef test_one():\n    assert total([1]) == 1\n\n"
    "def test_two():\n    assert total([2]) == 2\n",
    "tests/test_other.py": "def test_other():\n    pass\n",
    "scripts/test_script.py": "def test_script():\n    pass\n",
    "service/pytest.ini": "[pytest]\n",
    "service/test_service.py": "def test_service():\n    pass\n",
}
ONE, TWO = "tests/test_total.py::test_one", "tests/test_total.py::test_two"


@pytest.fixture
def root(tmp_path, monkeypatch):
    top = tmp_path / "repository"
    for name, text in FILES.items():
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.chdir(top)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@t"]
    for command in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "start"]):
        subprocess.run([*git, *command], check=True)
    return top


def run(*args):
    """The exit code and the tests that ran."""
    report = Path("../report.json")
    report.unlink(missing_ok=True)
    code = main(["run", "--python", sys.executable, "--report", str(report), *args])
    return code, sorted(one.nodeid for one in load(report).results) if report.exists() else []


def stage(root, text):
    (root / "app.py").write_text(text)
    subprocess.run(["git", "add", "-A"], check=True)


@pytest.mark.parametrize("words", [("--all",), ()], ids=["--all", "nothing"])
def test_all_tests_of_a_path(root, words):
    assert run(*words, "tests/test_total.py") == (0, [ONE, TWO])


def test_a_change_narrowed_to_a_path(root, capsys):
    stage(root, FILES["app.py"].replace("sum(values)", "sum(values) + 0"))
    assert run("--staged", "tests/test_total.py") == (0, [ONE, TWO])
    assert run("--staged", "tests/test_other.py") == (0, [])
    assert "no affected test lies in tests/test_other.py" in capsys.readouterr().err


def test_a_test_that_is_mistyped_is_not_green_and_runs_no_other(root, capsys):
    code, tests = run("tests/test_total.py::test_three", ONE)
    assert (code, tests) == (2, [ONE])
    line = "gardener: pytest found no test tests/test_total.py::test_three: what was named did not run."
    assert line in capsys.readouterr().err.splitlines()
    assert run("tests/test_total.py::test_three") == (2, [])


@pytest.mark.parametrize("words", [("--", "-k", "nosuch"), ("-k", "nosuch"), ("-m", "nosuch")])
def test_options_that_leave_no_test_are_not_green(root, capsys, words):
    assert run("tests/test_total.py", *words) == (2, [])
    told = capsys.readouterr()
    assert "deselected all 2 tests" in told.err
    assert told.out.splitlines()[-1] == "Next: choose other tests or options: none was left to run."


def test_a_focus_without_tests_is_not_green(root, capsys):
    assert run("--focus", "websocket", "tests/test_other.py") == (2, [])
    assert "No tests to run: none of what was asked for" in capsys.readouterr().err


def test_a_focus_does_not_hide_what_else_is_affected(root, capsys):
    stage(root, FILES["app.py"].replace("sum(values)", "0"))
    code, tests = run("--staged", "--focus", "websocket")
    assert (code, tests) == (1, ["tests/test_ws_total.py::test_ws"])
    told = "1 affected test file lies outside focus `websocket`: tests/test_total.py."
    assert told in capsys.readouterr().err
    assert run("--staged", "--focus", "nothing_of_this_name") == (0, [])
    said = capsys.readouterr().err
    assert "No tests to run: all affected tests lie outside focus `nothing_of_this_name`." in said
    assert "2 affected test files lie outside focus `nothing_of_this_name`: " in said
    assert main(["impacted", "--staged", "--focus", "websocket"]) == 0
    assert told in capsys.readouterr().err


def test_a_run_of_all_tests_says_what_testpaths_leave_out(root, capsys):
    code, tests = run("--all")
    assert (code, len(tests)) == (0, 5)
    assert "service/test_service.py::test_service" in tests
    line = "4 test files, with pytest settings of their own in service/; `testpaths` leaves 1 other out."
    assert f"gardener: {line}" in capsys.readouterr().err.splitlines()


def test_a_changed_test_that_testpaths_leave_out_is_told(root, capsys):
    (root / "scripts/test_script.py").write_text("def test_script():\n    assert True\n")
    subprocess.run(["git", "add", "-A"], check=True)
    assert run("--staged") == (0, [])
    said = capsys.readouterr().err
    assert "`testpaths` leaves out 1 changed test file: scripts/test_script.py." in said


def test_what_is_not_installed_is_told_with_the_environment(root, capsys):
    (root / "tests/test_other.py").write_text(
        "import no_such_library.part\nimport app\n\ndef test_other():\n    pass\n"
    )
    (root / "tests/test_total.py").write_text("def test_it():\n    import app.no_such_part\n")
    assert run("tests/test_other.py", "tests/test_total.py")[0] == 1
    line = f"gardener: not installed in {sys.executable}: no_such_library. Install it there, "
    assert line in capsys.readouterr().err


def lacking(*names):
    """A report of files that could not import these modules."""
    return Report(
        created="",
        failures=tuple(
            Failure(
                nodeid=f"test_{name}.py",
                phase=Phase.COLLECT,
                type="ModuleNotFoundError",
                message=f"No module named '{name}'",
            )
            for name in names
        ),
    )


@pytest.mark.parametrize(
    ("names", "version", "expected"),
    [
        (
            ["distutils.version", "imp"],
            "3.12.1",
            "distutils is gone since Python 3.12 (setuptools has it, where that is installed); imp is "
            "gone since Python 3.12 (`importlib`): go over to what takes its place, or name an older "
            "Python with --python.",
        ),
        (
            ["distutils", "telnetlib"],
            "3.11.9",
            "not installed in py: distutils, telnetlib. Install",
        ),
        (
            ["telnetlib"],
            "3.13.0",
            "telnetlib is gone since Python 3.13 (a package that replaces it)",
        ),
        (["redis.no_part", "attrs"], "3.12.1", "not installed in py: attrs. Install it there,"),
        (["attrs", "uu"], "3.14.0", "with --python. not installed in py: attrs. Install it there,"),
    ],
)
def test_what_python_removed_is_not_told_as_missing_there(tmp_path, names, version, expected):
    said = told(lacking(*names), tmp_path, [Interpreter("py", "", version, "8.0")])
    assert expected in said
    assert ("not installed" in said) is ("not installed" in expected)


def test_each_removed_module_has_a_version_and_what_takes_its_place():
    assert GONE_MODULES.keys() == {name for name in STANDARD if "." not in name}
    assert not [
        name
        for name, first in GONE_MODULES.items()
        if tuple(map(int, first.split("."))) <= sys.version_info and name in sys.stdlib_module_names
    ]


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        ((), ["a/t.py", "b/t.py::x"]),
        (("a",), ["a/t.py"]),
        (("a/",), ["a/t.py"]),
        (("a/t.py::y",), ["a/t.py::y"]),
        (("b/t.py",), ["b/t.py::x"]),
        (("b/t.py::z",), []),
        ((".",), ["a/t.py", "b/t.py::x"]),
        (("c",), []),
    ],
)
def test_what_lies_within_paths(paths, expected):
    selection = Selection(tests=(Selected("a/t.py", ""), Selected("b/t.py::x", "")))
    assert [one.test for one in within(selection, paths).tests] == expected


def test_everything_within_paths_is_the_paths():
    everything = Selection(everything=True, reason="conftest.py changed")
    assert within(everything, ("a",)).tests == (Selected("a", "conftest.py changed"),)
