"""Every test is in exactly one shard, whatever the shards know; with a plan they take equally long."""

import json
import shutil
import subprocess
import sys
from itertools import chain
from pathlib import Path

import pytest
from gardener.hooks.plugin.sharding import shard_of
from gardener.hooks.run.plan_file import Shard
from gardener.hooks.run.shards import split, weights
from hypothesis import given, settings
from hypothesis import strategies as st

from gardener.cli import main
from gardener.model import Selected, Selection
from gardener.nodeid import NodeId

FILES = {
    ".gitignore": "__pycache__/\n.pytest_cache/\n*.json\n",
    "pytest.ini": "[pytest]\npythonpath = .\n",
    "app.py": "def one():\n    return 1\n\ndef two():\n    return 2\n",
    "tests/test_first.py": "import app\n\ndef test_one(): assert app.one()\n\ndef test_two(): assert app.two()\n",
    "tests/test_second.py": "import app, pytest\n\n@pytest.mark.parametrize('n', ['a::b', '[', ''])\n"
    "def test_many(n): assert app.one()\n\nclass TestMore:\n    def test_one(self): assert app.one()\n"
    "    def test_two(self): assert app.two()\n",
    "tests/test_broken.py": "import nowhere\n",
    "tests/test_long.py": "import time\n\ndef test_a(): time.sleep(0.3)\n\ndef test_b(): time.sleep(0.3)\n\n"
    "class TestC:\n    def test_c(self): time.sleep(0.2)\n    def test_d(self): time.sleep(0.2)\n",
}
EVERY = {
    "tests/test_first.py::test_one",
    "tests/test_first.py::test_two",
    "tests/test_second.py::test_many[a::b]",
    "tests/test_second.py::test_many[[]",
    "tests/test_second.py::test_many[]",
    "tests/test_second.py::TestMore::test_one",
    "tests/test_second.py::TestMore::test_two",
    "tests/test_long.py::test_a",
    "tests/test_long.py::test_b",
    "tests/test_long.py::TestC::test_c",
    "tests/test_long.py::TestC::test_d",
}


def git(root, *args):
    command = ["git", "-c", "user.name=t", "-c", "user.email=t@t", *args]
    subprocess.run(command, cwd=root, check=True, capture_output=True)


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "tests").mkdir()
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "all")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words):
    """The exit code and the report of a run."""
    code = main(["run", "-q", "--python", sys.executable, "--report", "report.json", *words])
    return code, json.loads(Path("report.json").read_bytes())


def run_all(count, *words):
    """The reports of all shards, and the tests that each of them ran."""
    reports = [run("--shard", f"{number}/{count}", *words) for number in range(1, count + 1)]
    tests = [[result["nodeid"] for result in report["results"]] for _, report in reports]
    assert [report["shard"] for _, report in reports] == [
        f"{n}/{count}" for n in range(1, count + 1)
    ]
    return reports, tests


@pytest.mark.slow
def test_without_a_plan_the_names_of_files_decide(project):
    reports, tests = run_all(3)
    assert sorted(chain(*tests)) == sorted(EVERY)
    # What cannot be collected is told once.
    failures = [failure["nodeid"] for _, report in reports for failure in report["failures"]]
    assert failures == ["tests/test_broken.py"]
    assert [code for code, _ in reports] == [int(bool(r["failures"])) for _, r in reports]


@pytest.mark.slow
@pytest.mark.parametrize("named", [["tests"], sorted(n for n in FILES if n.startswith("tests/"))])
def test_what_is_named_runs_in_one_of_the_shards(project, named):
    reports, tests = run_all(3, *named)
    assert sorted(chain(*tests)) == sorted(EVERY)
    assert [code for code, _ in reports] == [int(bool(r["failures"])) for _, r in reports]
    _, there = run_all(2, "tests/test_first.py", "tests/test_long.py::test_nowhere")
    assert sorted(chain(*there)) == [n for n in sorted(EVERY) if "test_first" in n]


@pytest.mark.slow
def test_a_plan_divides_by_what_tests_took_and_all_shards_take_it(project, capsys):
    assert run("--all")[0] == 1
    capsys.readouterr()
    assert main(["plan", "--shards", "3", "--format", "github-matrix", "-o", "plan.json"]) == 0
    assert capsys.readouterr().out == '{"shard":["1/3","2/3","3/3"]}\n'
    plan = json.loads(Path("plan.json").read_bytes())
    assert max(plan["seconds"]) < 1.5 * min(plan["seconds"])
    # A test that the plan does not know, and another record: all the same.
    with Path("tests/test_long.py").open("a") as file:
        file.write("\ndef test_new(): pass\n")
    Path("tests/test_newer.py").write_text("def test_new(): pass\n")
    reports, tests = run_all(3, "--plan", "plan.json")
    new = {"tests/test_long.py::test_new", "tests/test_newer.py::test_new"}
    assert sorted(chain(*tests)) == sorted(EVERY | new)
    assert all(tests)
    long = [sum("test_long" in nodeid for nodeid in of_shard) for of_shard in tests]
    assert all(long), "the file that takes longest is in all shards"
    # Each shard alone says which are missing; together nothing is.
    paths = []
    for number, (_, report) in enumerate(reports):
        paths.append(f"shard-{number}.json")
        Path(paths[-1]).write_text(json.dumps(report))
    assert main(["merge", *paths, "-o", "merged.json"]) == 0
    merged = json.loads(Path("merged.json").read_bytes())
    assert {result["nodeid"] for result in merged["results"]} == EVERY | new
    # Kept together, when asked for.
    assert main(["plan", "--shards", "3", "--keep-files", "-o", "whole.json"]) == 0
    whole = json.loads(Path("whole.json").read_bytes())
    assert all(unit.endswith(".py") for unit in whole["assigned"])


@pytest.mark.slow
def test_only_what_a_change_affects_is_divided(project, capsys):
    Path("app.py").write_text(FILES["app.py"].replace("return 2", "return 22"))
    git(project, "checkout", "-qb", "change")
    git(project, "commit", "-qam", "two")
    assert main(["plan", "--since", "main", "--shards", "8", "-o", "plan.json"]) == 0
    assert capsys.readouterr().out.startswith("2 selected tests in 2 files in 2 shards\n")
    _, tests = run_all(2, "--plan", "plan.json")
    assert sorted(tests) == [
        ["tests/test_first.py::test_two"],
        ["tests/test_second.py::TestMore::test_two"],
    ]
    # Without a plan, too: each shard then selects by itself.
    shutil.rmtree(project / ".git" / "gardener")
    _, tests = run_all(2, "--since", "main")
    assert sorted(chain(*tests)) == [
        "tests/test_first.py::test_two",
        "tests/test_second.py::TestMore::test_two",
    ]


def test_what_is_not_known_is_not_said(project, capsys):
    assert main(["plan", "--shards", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        "all tests in 2 shards (all tests were asked for)",
        "No test was timed yet, so they are divided by their number.",
    ]


def test_nothing_affected_is_an_empty_matrix(project, capsys):
    words = [
        "plan",
        "--since",
        "main",
        "--shards",
        "8",
        "--format",
        "github-matrix",
        "-o",
        "p.json",
    ]
    assert main(words) == 0
    assert capsys.readouterr().out == '{"shard":[]}\n'


@pytest.mark.slow
def test_workers_of_a_shard_take_its_tests_alone(project):
    reports, tests = run_all(2, "-n", "2")
    assert sorted(chain(*tests)) == sorted(EVERY)
    assert sorted(code for code, _ in reports) == [0, 1]


@pytest.mark.slow
def test_a_shard_without_a_test_is_clean_and_a_suite_without_one_is_not(project, capsys):
    for name in FILES:
        if name.startswith("tests/") and name != "tests/test_first.py":
            (project / name).unlink()
    reports, tests = run_all(2)
    assert sorted(map(len, tests)) == [0, 2]
    assert [code for code, _ in reports] == [0, 0]
    assert "gardener: no test is in shard " in capsys.readouterr().err
    empty = 1 + tests.index([])
    assert run("--shard", f"{empty}/2", "-n", "1")[0] == 0
    (project / "tests" / "test_first.py").unlink()
    assert run("--shard", "1/2")[0] == 2
    assert "pytest collected no tests, so nothing was checked." in capsys.readouterr().err


def test_a_plan_that_cannot_be_used_is_refused(project, capsys):
    assert main(["plan", "--shards", "2", "-o", "plan.json"]) == 0
    for words, said in [
        (["--plan", "plan.json"], "--plan needs --shard I/N."),
        (["--shard", "1/3", "--plan", "plan.json"], "--shard 1/3 is of another plan: plan.json has 2."),
        (["--shard", "1/2", "--plan", "plan.json", "--all"], "leave other choices to it"),
        (["--shard", "1/2", "--plan", "plan.json", "tests"], "leave other choices to it"),
        (["--shard", "1/2", "--plan", "plan.json", "--also-failed"], "leave other choices to it"),
        (["--shard", "1/2", "--plan", "nowhere.json"], "nowhere.json cannot be read"),
        (["--shard", "1/2", "--plan", "pytest.ini"], "pytest.ini is not a plan of `gardener plan`"),
        (["--shard", "0/2"], "--shard '0/2' is not a shard such as 3/8."),
        (["--shard", "3/2"], "is not a shard"),
        (["--shard", ""], "is not a shard"),
    ]:  # fmt: skip
        capsys.readouterr()
        assert main(["run", *words]) == 2, words
        assert said in capsys.readouterr().err
    git(project, "commit", "-qm", "more", "--allow-empty")
    assert main(["run", "--shard", "1/2", "--plan", "plan.json"]) == 2
    assert "plan.json was made on commit " in capsys.readouterr().err


nodeids = st.builds(
    lambda file, cls, name, parameter: str(
        NodeId(f"{file}.py", (*((cls,) if cls else ()), name), parameter)
    ),
    st.sampled_from(["a", "tests/b", "x::y/c", "p[1]/d"]),
    st.sampled_from(["", "TestA", "TestB"]),
    st.sampled_from(["test_1", "test_2", "test_3"]),
    st.sampled_from([None, "", "1", "a::b", "]["]),
)


@settings(max_examples=200)
@given(
    st.dictionaries(nodeids, st.floats(0, 100)), st.integers(1, 9), st.booleans(), st.sets(nodeids)
)
def test_each_test_has_one_shard_and_none_takes_much_longer_than_it_must(
    seconds, count, keep, others
):
    tests = sorted({NodeId.parse(nodeid).file for nodeid in seconds})
    predicted = weights(tests, seconds, {})
    shards = split(predicted, count, keep_files=keep)
    assert split(dict(reversed(predicted.items())), count, keep_files=keep) == shards
    assigned = dict(shards.assigned)
    for nodeid in {*seconds, *others}:
        assert 0 <= shard_of(nodeid, assigned, count) < count
    in_shard = [0.0] * count
    for nodeid, duration in seconds.items():
        in_shard[shard_of(nodeid, assigned, count)] += duration
    total = sum(seconds.values())
    if keep:
        files = {
            file: {shard_of(n, assigned, count) for n in seconds if NodeId.parse(n).file == file}
            for file in tests
        }
        assert all(len(where) == 1 for where in files.values())
    elif seconds:
        functions: dict[str, float] = {}
        for nodeid, duration in seconds.items():
            function = str(NodeId.parse(nodeid).without_parameters)
            functions[function] = functions.get(function, 0.0) + duration
        # A shard has at most an even share and its last unit, which is half a share or one test.
        assert max(in_shard) <= total / count + max(total / count, max(functions.values())) + 2


LONG = f"c.py::test_c[{'x' * 300}]"  # longer than the name of any file


def test_a_shard_takes_the_selected_tests_that_may_be_in_it(tmp_path):
    (tmp_path / "folder").mkdir()
    assigned = {"a.py": 0, "a.py::TestX": 1, "b.py": 1, "c.py::test_c": 0, "c.py": 0}
    selection = Selection(
        tests=tuple(
            Selected(t, "") for t in ["a.py", "b.py", LONG, "a.py::TestX::test_y", "folder"]
        )
    )
    parts = [
        {
            selected.test
            for selected in Shard(number, 2, assigned).part_of(selection, tmp_path).tests
        }
        for number in (0, 1)
    ]
    assert parts == [
        {"a.py", LONG, "folder"},
        {"a.py", "b.py", "a.py::TestX::test_y", "folder"},
    ]
