"""Suites that one pytest cannot run: parted by configuration file, conflict and broken conftest."""

import subprocess
import sys
from pathlib import Path

import pytest

from gardener.cli import main
from gardener.reports.store import load

PASSES = "def test_it():\n    pass\n"
OPTION = "def pytest_addoption(parser):\n    parser.addoption('--level-of-detail')\n"
TESTS = {f"tests/{name}/test_{name}.py": PASSES for name in "xyz"}
PER_FOLDER = [f"tests/{name}/test_{name}.py" for name in "xyz"]


@pytest.fixture
def suite(tmp_path, monkeypatch):
    """What makes a repository of files, and runs gardener in it: exit code and report."""
    root = tmp_path / "repository"
    root.mkdir()
    monkeypatch.chdir(root)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    subprocess.run(["git", "init", "-q"], check=True)

    def run(files, *args):
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        code = main(["run", "--python", sys.executable, "--report", "../report.json", *args])
        return code, load(Path("../report.json"))

    return run


def passed(report):
    return sorted(one.nodeid for one in report.results if one.outcome == "passed")


def failed(report):
    return [failure.nodeid for failure in report.failures]


@pytest.mark.parametrize("args", [["--all"], PER_FOLDER], ids=["all", "files"])
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_conftests_that_register_the_same_option(suite, args, jobs, capsys):
    files = {"pytest.ini": "[pytest]\n", **TESTS}
    files |= {"tests/x/conftest.py": OPTION, "tests/y/conftest.py": OPTION}
    code, report = suite(files, *args, "--jobs", jobs)
    assert (code, failed(report)) == (0, [])
    assert passed(report) == [f"{file}::test_it" for file in PER_FOLDER]
    assert report.complete
    assert "one pytest cannot run all of these tests" in capsys.readouterr().err


@pytest.mark.parametrize("args", [["--all"], PER_FOLDER], ids=["all", "files"])
@pytest.mark.parametrize(
    "broken", ["import no_such_thing\n", "raise OSError('no database')\n", "def :\n"]
)
def test_a_broken_conftest_is_one_finding_and_all_others_run(suite, args, broken):
    files = {"pytest.ini": "[pytest]\n", **TESTS, "tests/y/conftest.py": broken}
    files |= {"tests/y/deep/test_d.py": PASSES}
    code, report = suite(files, *args)
    assert code == 1
    assert failed(report) == ["tests/y/conftest.py"]
    assert passed(report) == ["tests/x/test_x.py::test_it", "tests/z/test_z.py::test_it"]
    assert report.exit_status == 1
    assert report.complete


def test_several_broken_conftests_are_several_findings(suite):
    broken = {f"tests/{name}/conftest.py": f"import no_such_{name}\n" for name in "xz"}
    code, report = suite({"pytest.ini": "[pytest]\n", **TESTS, **broken}, *PER_FOLDER)
    assert code == 1
    assert sorted(failed(report)) == ["tests/x/conftest.py", "tests/z/conftest.py"]
    assert passed(report) == ["tests/y/test_y.py::test_it"]


@pytest.mark.parametrize("args", [["--all"], PER_FOLDER], ids=["all", "files"])
def test_a_module_that_exits_ends_nothing_else(suite, args):
    files = {"pytest.ini": "[pytest]\n", **TESTS, "tests/y/test_y.py": "import sys\nsys.exit(3)\n"}
    code, report = suite(files, *args)
    assert (code, failed(report)) == (1, ["tests/y/test_y.py"])
    assert report.failures[0].type == "SystemExit"
    assert passed(report) == ["tests/x/test_x.py::test_it", "tests/z/test_z.py::test_it"]
    assert report.complete


@pytest.mark.parametrize("args", [["--all"], ["tests"], PER_FOLDER], ids=["all", "folder", "files"])
@pytest.mark.parametrize("ends", ["import os\nos._exit(0)\n", "import sys\nsys.exit(3)\n"])
def test_an_import_that_ends_the_process_takes_nothing_along(suite, args, ends, capsys):
    """What pytest had told until then it tells again, once; and of what lies beside that file."""
    broken = {"tests/y/test_y.py": ends, "tests/x/test_x.py": "import no_such_thing\n"}
    beside = {"tests/y/test_notes.txt": ">>> 1 + 1\n2\n"}
    code, report = suite({"pytest.ini": "[pytest]\n", **TESTS, **broken, **beside}, *args)
    assert (code, sorted(failed(report))) == (1, ["tests/x/test_x.py", "tests/y/test_y.py"])
    others = ["tests/y/test_notes.txt::test_notes.txt"] if args != PER_FOLDER else []
    assert passed(report) == [*others, "tests/z/test_z.py::test_it"]
    assert report.complete and report.exit_status == 1
    assert "or a file that ends pytest when it is imported" in capsys.readouterr().err


@pytest.mark.slow
def test_an_import_that_crashes_in_each_way_to_it_is_tried_no_further(suite):
    files = {"pytest.ini": "[pytest]\n", "test_a.py": "import test_b\n"}
    files |= {"test_b.py": "import os\nos._exit(3)\n", "test_c.py": PASSES}
    code, report = suite(files, "--all")
    assert (code, sorted(failed(report))) == (1, ["test_a.py", "test_b.py"])
    assert passed(report) == ["test_c.py::test_it"] and report.complete


def test_a_conftest_that_all_tests_need_is_one_finding(suite):
    code, report = suite({"conftest.py": "import no_such_thing\n", **TESTS}, "--all")
    assert (code, failed(report), report.results) == (1, ["conftest.py"], ())


@pytest.mark.slow
@pytest.mark.parametrize("top", [{}, {"pytest.ini": "[pytest]\ntestpaths = tests\n"}])
def test_each_part_runs_with_its_own_configuration(suite, top):
    """Marks that only the own ini file knows, and options that only one of them may have."""
    test = "import pytest\n\n@pytest.mark.{mark}\ndef test_it():\n    import app\n"
    part = "[pytest]\naddopts = --strict-markers\npythonpath = .\nmarkers = {mark}: x\n"
    files = dict(top)
    for name in "ab":
        files[f"services/{name}/pytest.ini"] = part.format(mark=f"of_{name}")
        files[f"services/{name}/app.py"] = ""
        files[f"services/{name}/tests/test_{name}.py"] = test.format(mark=f"of_{name}")
    files["tests/test_t.py"] = PASSES
    everything = [
        "services/a/tests/test_a.py::test_it",
        "services/b/tests/test_b.py::test_it",
        "tests/test_t.py::test_it",
    ]
    for args in (["--all"], [nodeid.partition("::")[0] for nodeid in everything], ["."]):
        code, report = suite(files, *args)
        assert (code, failed(report), passed(report)) == (0, [], everything), args


@pytest.mark.slow
@pytest.mark.parametrize(
    ("args", "distributed"), [((), (True, False)), (("-n", "1"), (True, True))]
)
def test_pytest_xdist_is_used_where_a_part_has_it(suite, args, distributed):
    pytest.importorskip("xdist")
    test = "import os\n\ndef test_it():\n    assert ('PYTEST_XDIST_WORKER' in os.environ) is {}\n"
    files = {
        "a/pytest.ini": "[pytest]\naddopts = -p xdist -n 2\n",
        "a/test_a.py": test.format(distributed[0]),
        "b/pytest.ini": "[pytest]\naddopts = -p xdist\n",
        "b/test_b.py": test.format(distributed[1]),
    }
    code, report = suite(files, "--all", *args)
    assert (code, passed(report)) == (0, ["a/test_a.py::test_it", "b/test_b.py::test_it"])


def test_a_test_of_a_file_that_cannot_be_collected_ends_no_other(suite):
    broken = {"tests/y/test_y.py": "import no_such_thing\n\n" + PASSES}
    nodeids = [f"{file}::test_it" for file in PER_FOLDER]
    code, report = suite({"pytest.ini": "[pytest]\n", **TESTS, **broken}, *nodeids)
    assert (code, failed(report)) == (1, ["tests/y/test_y.py"])
    assert passed(report) == [nodeids[0], nodeids[2]]


def test_a_configuration_that_the_user_names_holds_for_all(suite):
    files = {"pytest.ini": "[pytest]\n", **TESTS, "tests/y/pytest.ini": "[pytest]\naddopts = -x\n"}
    files["one.ini"] = "[pytest]\n"
    code, report = suite(files, *PER_FOLDER, "--", "-c", "one.ini")
    assert (code, len(passed(report))) == (0, 3)
    assert report.command.count("-c") == 1
    assert set(PER_FOLDER) <= set(report.command)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("jobs", "unstarted"), [("1", "2 further pytests"), ("2", "1 further pytest")]
)
def test_what_is_given_up_is_told(suite, jobs, unstarted, capsys):
    waits = "import time\n\ndef test_it():\n    time.sleep(60)\n"
    files = {f"{name}/pytest.ini": "[pytest]\n" for name in "abc"}
    files |= {f"{name}/test_{name}.py": waits for name in "abc"}
    code, report = suite(files, "--all", "--jobs", jobs, "--budget", "4s")
    assert not report.complete and code in (1, 2)
    assert f"{unstarted} never started." in capsys.readouterr().err


@pytest.mark.slow
def test_who_stops_at_the_first_failure_starts_no_further_pytest(suite, capsys):
    files = {f"{name}/pytest.ini": "[pytest]\n" for name in "ab"}
    files |= {f"{name}/test_{name}.py": "def test_it():\n    assert 0\n" for name in "ab"}
    code, report = suite(files, "--all", "-x")
    assert (code, failed(report)) == (1, ["a/test_a.py::test_it"])
    assert "1 further pytest never started." in capsys.readouterr().err
