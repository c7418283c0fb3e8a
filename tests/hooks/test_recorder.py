"""What the recorder says, held against what pytest itself says."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import msgspec
import pytest
from gardener.hooks.pytest_run.process import GRACE
from nasty import FILES
from recording_python import old_python

from gardener.cli import main
from gardener.model import Report
from gardener.reports.store import load

PYTHON = sys.executable


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Make a git repository out of {path: text} and go there."""
    root = tmp_path / "repo"

    def make(files):
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        for command in (
            ["init", "-q", "-b", "main"],
            ["add", "-A"],
            ["-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "start"],
        ):
            subprocess.run(["git", *command], cwd=root, check=True)
        monkeypatch.chdir(root)
        return root

    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    return make


def run(*args, python=PYTHON):
    """Run all tests of the current repository; the report and gardener's exit code."""
    code = main(["run", "--python", python, "--report", "../report.json", *args])
    return load(Path("../report.json")), code


def outcomes(report: Report) -> dict[str, str]:
    return {one.nodeid: one.outcome for one in report.results}


def failures(report: Report) -> dict[str, list]:
    found: dict[str, list] = {}
    for one in report.failures:
        found.setdefault(one.nodeid, []).append(one)
    return found


def by_name(report: Report, name: str):
    """The one failure of the test whose nodeid ends so."""
    [one] = [f for f in report.failures if f.nodeid.endswith(f"::{name}")]
    return one


def junit_key(nodeid: str) -> tuple[str, str]:
    path, bracket, params = nodeid.partition("[")
    names = path.split("::")
    names[0] = re.sub(r"\.py$", "", names[0].replace("/", "."))
    names[-1] += bracket + params
    return ".".join(names[:-1]), names[-1]


def junit(path: Path) -> dict[tuple[str, str], str]:
    """Outcome of every test case; what is worse wins when a test has two."""
    rank = ["passed", "xfailed", "skipped", "error", "failed"]
    found: dict[tuple[str, str], str] = {}
    for case in ET.parse(path).getroot().iter("testcase"):
        outcome = "passed"
        for child in case:
            if child.tag == "skipped":
                outcome = "xfailed" if child.get("type") == "pytest.xfail" else "skipped"
            elif child.tag in ("failure", "error"):
                outcome = "failed" if child.tag == "failure" else "error"
        key = (case.get("classname", ""), case.get("name", ""))
        found[key] = max(found.get(key, "passed"), outcome, key=rank.index)
    return found


def agree(report: Report, xml: Path) -> None:
    theirs = {k: v for k, v in junit(xml).items() if k[0]}
    ours = {
        junit_key(one.nodeid): {"xpassed": "passed"}.get(one.outcome, one.outcome)
        for one in report.results
    }
    # A file that cannot be collected is an error of pytest's XML and a failure of ours.
    for one in report.failures:
        if one.phase == "collect":
            name = one.nodeid.removesuffix(".py").replace("/", ".")
            theirs.pop(("", name), None)
    assert ours == theirs


def test_outcomes_are_those_of_pytests_own_xml(project):
    root = project(FILES)
    report, code = run("--", "--junitxml=../junit.xml")
    assert code == 1
    assert report.complete
    assert len(report.results) > 35
    agree(report, root.parent / "junit.xml")
    assert {f.nodeid for f in report.failures if f.phase == "collect"} == {
        "tests/test_bad_import.py",
        "tests/test_bad_syntax.py",
    }


def test_outcomes_are_the_same_under_xdist(project):
    # xdist itself dies of a lone surrogate in a message or an id.
    files = {name: text.replace("\\udc80", "z") for name, text in FILES.items()}
    root = project(files)
    plain, _ = run()
    shared, code = run("--", "-n", "2", "--junitxml=../junit.xml")
    assert code == 1
    assert outcomes(shared) == outcomes(plain)
    agree(shared, root.parent / "junit.xml")
    assert sorted(f.nodeid for f in shared.failures) == sorted(f.nodeid for f in plain.failures)
    assert sorted(w.count for w in shared.warnings) == sorted(w.count for w in plain.warnings)


@pytest.mark.parametrize(
    "options",
    [
        ["-p", "no:terminal"],
        ["-p", "no:cacheprovider", "-s", "--disable-warnings"],
        ["-q", "--tb=no", "-p", "no:faulthandler"],
        ["--import-mode=importlib", "-p", "no:assertion"],
    ],
    ids=" ".join,
)
def test_a_users_own_options_change_nothing(project, options):
    project(FILES | {"pytest.ini": "[pytest]\naddopts = " + " ".join(options) + "\n"})
    report, code = run("--", "--junitxml=../junit.xml")
    assert code == 1
    agree(report, Path("../junit.xml"))


def test_options_from_the_environment_and_no_autoload(project, monkeypatch):
    project(FILES)
    monkeypatch.setenv("PYTEST_ADDOPTS", "-k test_ok")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    report, _ = run()
    assert outcomes(report) == {"tests/test_nasty.py::test_ok": "passed"}
    assert report.deselected > 30


@pytest.fixture(scope="module")
def nasty(tmp_path_factory):
    """One report of the nasty suite."""
    root = tmp_path_factory.mktemp("nasty")
    for name, text in FILES.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    subprocess.run(
        [PYTHON, "-m", "gardener", "run", "--python", PYTHON, "--report", "../nasty.json"],
        cwd=root,
        capture_output=True,
        check=False,
    )
    return load(root.parent / "nasty.json")


@pytest.mark.parametrize(
    ("name", "type_", "facts"),
    [
        ("test_ctor", "TypeError", {"callable": "pkg/core.py:Info.__init__"}),
        ("test_helper", "TypeError", {"callable": "pkg/core.py:Info.__init__"}),
        ("test_mock", "AttributeError", {"name": "is_healthy", "spec": "pkg/core.py:Info"}),
        ("test_attr", "AttributeError", {"name": "nothing", "owner": "pkg.core.Info"}),
        ("test_pfail", "Failed", {"explicit": "pytest.fail"}),
        ("test_name", "NameError", {"name": "undefined_thing"}),
        ("test_evil", "test_nasty.Evil", {}),
        ("test_raises", "Failed", {}),
    ],
)
def test_facts(nasty, name, type_, facts):
    one = by_name(nasty, name)
    assert one.type == type_
    assert {key: one.facts.get(key) for key in facts} == facts
    assert facts.get("explicit") == one.facts.get("explicit")


DOCTESTS = {
    "pytest.ini": "[pytest]\npythonpath = .\naddopts = --doctest-modules\n",
    "m.py": "def f(x):\n    '''Doubles.\n\n    >>> f(\n    ...     2)\n    4\n    '''\n    return x * 3\n\n"
    "def g():\n    raise KeyError('k')\n",
    "test_guide.txt": "Words.\n\n>>> import m\n>>> m.g()\n1\n",
    "test_name.txt": ">>> nothing\n1\n",
}


@pytest.mark.parametrize("options", [[], ["--", "--doctest-continue-on-failure"]])
def test_a_doctest_fails_at_its_example(project, options):
    project(DOCTESTS)
    report, _ = run(*options)
    found = {
        one.nodeid: (one.type, one.message.split("\n")[0], [(f.file, f.line) for f in one.frames])
        for one in report.failures
    }
    assert found == {
        "m.py::m.f": ("doctest.DocTestFailure", "f(", [("m.py", 4)]),
        "test_guide.txt::test_guide.txt": (
            "KeyError",
            "'k'",
            [("test_guide.txt", 4), ("m.py", 11)],
        ),
        "test_name.txt::test_name.txt": (
            "NameError",
            "name 'nothing' is not defined",
            [("test_name.txt", 1)],
        ),
    }
    [wrong] = [one for one in report.failures if one.type.startswith("doctest")]
    assert wrong.message == "f(\n    2)\nExpected:\n4\nGot:\n6\n"


def test_a_missing_fixture_is_named(nasty):
    one = by_name(nasty, "test_fixture_missing")
    assert (one.phase, one.facts["name"]) == ("setup", "nope")
    assert "nope" in one.message


def test_collection_errors_tell_what_is_missing(nasty):
    found = failures(nasty)
    [wrong] = found["tests/test_bad_import.py"]
    assert (wrong.type, wrong.facts["name"], wrong.facts["owner"]) == (
        "ImportError",
        "Nope",
        "pkg.core",
    )
    [syntax] = found["tests/test_bad_syntax.py"]
    assert syntax.type == "SyntaxError"
    assert (syntax.facts["file"], syntax.facts["line"]) == ("tests/test_bad_syntax.py", "2")


def test_causes_frames_and_symbols(nasty):
    chain = by_name(nasty, "test_chain")
    assert [(c.link, c.type) for c in chain.causes] == [("cause", "ValueError")]
    deepest = chain.causes[0].frames[-1]
    assert (deepest.file, deepest.function, deepest.origin) == ("pkg/core.py", "Info.go", "project")
    assert deepest.source.startswith("raise ValueError")
    assert set(chain.body_symbols) == {"pkg/core.py:Info", "pkg/core.py:Info.go"}
    go = by_name(nasty, "test_go")
    assert go.statement_symbols == ("pkg/core.py:Info.go",)
    assert [c.type for c in by_name(nasty, "test_cyc").causes] == ["ValueError"]
    assert len(by_name(nasty, "test_huge").message) < 21_000
    assert len(by_name(nasty, "test_recursion").frames) <= 60


def test_two_failing_phases_and_subtests_are_all_told(nasty):
    assert [f.phase for f in failures(nasty)["tests/test_nasty.py::test_both"]] == [
        "call",
        "teardown",
    ]
    assert len(failures(nasty)["tests/test_nasty.py::TestU2::test_sub"]) == 2


def test_warnings_are_counted(nasty):
    [one] = [w for w in nasty.warnings if w.message == "old"]
    assert (one.category, one.file, one.count, one.when) == (
        "DeprecationWarning",
        "tests/test_nasty.py",
        3,
        "runtest",
    )


def test_stopping_early_is_told(project):
    project({"test_a.py": "def test_1(): assert 0\ndef test_2(): pass\n"})
    report, code = run("--", "-x")
    assert code == 1
    assert outcomes(report) == {"test_a.py::test_1": "failed"}
    assert (report.complete, report.collected) == (False, 2)


def test_warnings_as_errors(project):
    project(
        {"test_a.py": "import warnings\ndef test_1(): warnings.warn('x')\ndef test_2(): pass\n"}
    )
    report, _ = run("--", "-W", "error")
    assert outcomes(report) == {"test_a.py::test_1": "failed", "test_a.py::test_2": "passed"}
    assert by_name(report, "test_1").type == "UserWarning"


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["alone", "xdist"])
def test_a_test_that_ends_its_process_is_unfinished(project, workers):
    project({"test_a.py": "import os\ndef test_1(): pass\ndef test_2(): os._exit(0)\n"})
    report, code = run("--", *workers)
    assert code != 0
    assert outcomes(report) == {"test_a.py::test_1": "passed", "test_a.py::test_2": "unfinished"}
    assert not report.complete
    assert by_name(report, "test_2").message


def test_an_internal_error_halfway_keeps_what_was_known(project, capsys):
    project(
        {
            "conftest.py": "def pytest_runtest_teardown(item):\n"
            "    pass\n"
            "def pytest_runtest_logfinish(nodeid):\n"
            "    if 'test_2' in nodeid: raise ValueError('broken plugin')\n",
            "test_a.py": "def test_1(): assert 0\ndef test_2(): pass\ndef test_3(): pass\n",
        }
    )
    report, code = run()
    assert code == 2
    assert "broken plugin" in report.internal_error
    assert outcomes(report) == {"test_a.py::test_1": "failed", "test_a.py::test_2": "passed"}
    assert not report.complete
    assert "broken plugin" in capsys.readouterr().err


def test_a_broken_conftest_is_a_finding(project):
    project({"conftest.py": "import gone_away\n", "test_a.py": "def test_1(): pass\n"})
    report, code = run()
    assert code != 0
    [one] = report.failures
    assert (one.nodeid, one.phase, one.facts["name"]) == ("conftest.py", "collect", "gone_away")


def test_a_wrong_option_is_pytests_own_word_and_exit_2(project, capsys):
    project(
        {
            "pytest.ini": "[pytest]\naddopts = --no-such-option\n",
            "test_a.py": "def test_1(): pass\n",
        }
    )
    report, code = run()
    assert (code, report.exit_status, report.complete) == (2, 4, False)
    assert "--no-such-option" in capsys.readouterr().err


def test_no_tests_is_no_success(project, capsys):
    project({"a.py": "x = 1\n"})
    report, code = run()
    assert (code, report.exit_status) == (2, 5)
    assert "collected no tests" in capsys.readouterr().err


def test_two_rootdirs(project):
    text = "from app import value\ndef test_v(): assert value == {}\n"
    report, _ = _two(project, text)
    assert outcomes(report) == {
        "backend/tests/test_v.py::test_v": "passed",
        "frontend/tests/test_v.py::test_v": "failed",
    }
    crash = by_name(report, "test_v").crash_frame
    assert crash.file == "frontend/tests/test_v.py"
    one, _ = run("frontend/tests/test_v.py")
    assert list(outcomes(one)) == ["frontend/tests/test_v.py::test_v"]


def _two(project, text):
    ini = "[pytest]\npythonpath = .\n"
    project(
        {
            "backend/pytest.ini": ini,
            "backend/app.py": "value = 1\n",
            "backend/tests/test_v.py": text.format(1),
            "frontend/pytest.ini": ini,
            "frontend/app.py": "value = 2\n",
            "frontend/tests/test_v.py": text.format(1),
        }
    )
    return run()


def test_the_tests_own_processes_do_not_see_the_recorder(project):
    project(
        {
            "test_a.py": "import os, subprocess, sys\n"
            "def test_1():\n"
            "    code = 'import importlib.util as u; print(u.find_spec(\"gardener_plugin\"))'\n"
            "    said = subprocess.check_output([sys.executable, '-c', code], text=True)\n"
            "    assert said.strip() == 'None' and 'gardener' not in os.environ.get('PYTHONPATH', '')\n"
        }
    )
    for options in ((), ("-n", "1")):
        assert list(outcomes(run("--", *options)[0]).values()) == ["passed"]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_hung_test_is_known_after_a_kill(project, number):
    root = project(
        {
            "test_a.py": "import os, time, pathlib\ndef test_1(): pass\n"
            "def test_2():\n    pathlib.Path('pid').write_text(str(os.getpid()))\n    time.sleep(60)\n"
        }
    )
    child = subprocess.Popen(
        [PYTHON, "-m", "gardener", "run", "--python", PYTHON, "--report", "../r.json"],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    deadline = time.monotonic() + 30
    while not (root / "pid").exists() or not (root / "pid").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    # SIGKILL hits pytest itself, the others hit gardener.
    victim = int((root / "pid").read_text()) if number == signal.SIGKILL else child.pid
    os.kill(victim, number)
    child.communicate(timeout=30)
    report = load(root.parent / "r.json")
    assert outcomes(report)["test_a.py::test_1"] == "passed"
    assert not report.complete
    if number == signal.SIGKILL:
        assert child.returncode == 1
        assert outcomes(report)["test_a.py::test_2"] == "unfinished"
    else:
        assert child.returncode == 130


def test_a_budget_that_runs_out_is_told(project, capsys):
    project({"test_a.py": "import time\ndef test_1(): pass\ndef test_2(): time.sleep(30)\n"})
    report, _ = run("--budget", "3s")
    assert not report.complete
    assert "out of time" in capsys.readouterr().err


def test_the_time_is_kept_where_ctrl_c_is_ignored(project):
    root = project({"test_a.py": "import time\ndef test_1(): time.sleep(20)\n"})
    program = "import signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
    program += "from gardener.cli import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", program, "run", "--python", sys.executable, "--budget", "1s"]
    began = time.monotonic()
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    assert "out of time" in done.stderr
    # pytest ended when it was asked to, and was not killed after the grace it gets.
    assert time.monotonic() - began < GRACE


@pytest.mark.slow
def test_many_nodeids_are_more_than_a_command_line(project):
    count = 6000
    name = "test_" + "x" * 40
    project(
        {
            "test_a.py": "import pytest\n"
            f"@pytest.mark.parametrize('i', range({count}))\ndef {name}(i): pass\n"
        }
    )
    chosen = [f"test_a.py::{name}[{i}]" for i in range(0, count, 2)]
    report, code = run(*chosen)
    assert code == 0
    assert len(report.results) == count // 2


def test_a_nodeid_that_is_gone_is_not_green_and_runs_nothing_else(project, capsys):
    project({"test_a.py": "def test_1(): pass\n"})
    report, code = run("test_a.py::test_gone")
    assert (code, outcomes(report)) == (2, {})
    told = capsys.readouterr()
    assert "pytest found no test test_a.py::test_gone" in told.err
    assert told.out.splitlines() == [
        "No test ran.",
        "Next: see what pytest refused: it ran nothing, so no test is known to pass.",
    ]


def test_the_report_says_where_and_what(project):
    root = project({"test_a.py": "def test_1(): pass\n"})
    report, code = run()
    assert code == 0
    head = subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=root, text=True).strip()
    assert (report.commit, report.branch, report.base) == (head, "main", head)
    assert report.environment.python == ".".join(map(str, sys.version_info[:3]))
    assert report.changed_files == ()
    assert json.loads(msgspec.json.encode(report))["selection"]["everything"] is True


@pytest.fixture(scope="module")
def oldest(tmp_path_factory):
    """Python 3.8 with pytest 7.0; the oldest that the recorder promises to serve."""
    packages = tmp_path_factory.mktemp("packages")
    return old_python("3.8", packages, "pytest==7.0.1", "pytest-rerunfailures")


@pytest.mark.slow
def test_python_38_with_pytest_7(project, oldest, monkeypatch):
    """Fails without Python 3.8 if `GARDENER_REQUIRE_PYTHONS=1`; else it is skipped then."""
    monkeypatch.setenv("PYTHONPATH", str(oldest.packages))
    project(FILES)
    report, code = run("--", "--junitxml=../junit.xml", python=oldest.executable)
    assert code == 1
    assert report.environment.python.startswith("3.8.")
    assert report.environment.pytest.startswith("7.0.")
    agree(report, Path("../junit.xml"))
    assert by_name(report, "test_mock").facts["spec"] == "pkg/core.py:Info"
    assert by_name(report, "test_go").crash_frame.function == "Info.go"


@pytest.mark.slow
def test_reruns_by_a_plugin_are_attempts(project, oldest, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(oldest.packages))
    project(
        {
            "test_a.py": "import pathlib\ndef test_1():\n"
            "    p = pathlib.Path('n')\n    n = int(p.read_text()) if p.exists() else 0\n"
            "    p.write_text(str(n + 1))\n    assert n == 2\n"
        }
    )
    report, _ = run("--", "--reruns", "3", python=oldest.executable)
    assert [(r.outcome, r.attempt) for r in report.results] == [
        ("failed", 1),
        ("failed", 2),
        ("passed", 3),
    ]
    assert [f.attempt for f in report.failures] == [1, 2]
