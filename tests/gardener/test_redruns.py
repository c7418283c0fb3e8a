"""What bench/redruns.py says of findings, against labels of true causes."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "bench"


@pytest.fixture(scope="module")
def bench():
    spec = importlib.util.spec_from_file_location("redruns", BENCH / "redruns.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["redruns"] = module  # msgspec looks for annotations there
    spec.loader.exec_module(module)
    yield module
    del sys.modules["redruns"]


@pytest.fixture
def recipe(bench):
    """Two causes; the second accuses nobody falsely but who says `Client`."""
    label = bench.Label
    service = bench.Cause("service", "Redis is not there.", [label(raised="refused")], "Redis")
    removed = bench.Cause(
        "removed",
        "2.0 took `app` away.",
        [label(tests="test_app", raised="'app'")],
        "app",
        "Client",
    )
    return bench.Recipe("p", "1", "3.12", [], [service, removed])


def failed(bench, nodeid, message, **more):
    return bench.Failed("Error", message, nodeid, **more)


def red(bench, *more):
    behind = [bench.Raised("OSError", "refused")]
    return bench.Run(
        [
            failed(bench, "t.py::test_a", "refused"),
            failed(bench, "t.py::test_b", "cannot start", causes=behind),
            failed(bench, "t.py::test_app", "no 'app'"),
            *more,
        ]
    )


def finding(bench, text, *tests):
    return bench.Finding("failing-test", [f"t.py::{test}" for test in tests], cause=text)


CASES = {
    "each its own": (
        [("Redis is down.", "test_a", "test_b"), ("`app` is gone.", "test_app")],
        ["right", "right"],
    ),
    "split": (
        [("Redis is down.", "test_a"), ("Redis.", "test_b"), ("`app`.", "test_app")],
        ["right", "split", "right"],
    ),
    "merged": ([("Redis is down.", "test_a", "test_b", "test_app")], ["merged"]),
    "vacuous": ([("No.", "test_a", "test_b"), ("`app`.", "test_app")], ["vacuous", "right"]),
    "false": (
        [("Redis.", "test_a", "test_b"), ("Take `app` again in `Client`.", "test_app")],
        ["right", "false"],
    ),
    "false before merged": ([("`Client`.", "test_app", "test_app_2", "test_a")], ["false"]),
}


@pytest.mark.parametrize(("told", "words"), CASES.values(), ids=CASES)
def test_one_word_about_each_finding(bench, recipe, told, words):
    findings = [finding(bench, *one) for one in told]
    run = red(bench, failed(bench, "t.py::test_app_2", "no 'app'"))
    assert [v.word for v in bench.judge(recipe, run, findings).verdicts] == words


def test_a_failure_in_no_finding_is_lost(bench, recipe):
    run = red(bench)
    run.results = [bench.Outcome("t.py::test_c", "error"), bench.Outcome("t.py::test_d", "passed")]
    judgement = bench.judge(recipe, run, [finding(bench, "Redis", "test_a", "test_b")])
    assert judgement.lost == ("t.py::test_app", "t.py::test_c")
    assert judgement.unlabelled == ("t.py::test_c",)


def test_a_test_that_fails_twice_has_two_causes(bench, recipe):
    run = bench.Run(
        [failed(bench, "t.py::test_app", "no 'app'"), failed(bench, "t.py::test_app", "refused")]
    )
    findings = [finding(bench, "Redis", "test_app"), finding(bench, "`app`", "test_app")]
    judgement = bench.judge(recipe, run, findings)
    assert not judgement.unlabelled
    assert "merged" not in [verdict.word for verdict in judgement.verdicts]


def test_a_failure_without_a_label_is_told_beside_one_that_has_one(bench, recipe):
    run = red(bench, failed(bench, "t.py::test_a", "something else"))
    assert bench.judge(recipe, run, []).unlabelled == ("t.py::test_a",)


def test_the_row_counts_findings_by_word(bench, recipe):
    told = [finding(bench, "Redis", "test_a", "test_b")]
    row = bench.judge(recipe, red(bench), told).row("run", 2)
    assert row == ("run", "2", "1", "1", "0", "0", "0", "0", "1")


def test_every_recipe_can_be_read_and_pins_all_that_it_installs(bench):
    recipes = bench.recipes([])
    assert recipes
    for name, recipe in recipes.items():
        assert all("==" in version for version in recipe.versions), name
        assert len({cause.name for cause in recipe.causes}) == len(recipe.causes) > 0, name


def test_a_recipe_that_is_not_there_is_named(bench):
    with pytest.raises(SystemExit, match="no recipe nothing"):
        bench.recipes(["nothing"])


def test_a_release_without_tests_in_its_distribution_is_taken_from_a_clone(bench, tmp_path):
    clone = tmp_path / "clone"
    clone.mkdir()
    git = ["git", "-C", str(clone), "-c", "user.name=a", "-c", "user.email=a@b"]
    (clone / "test_it.py").write_text("def test_it(): pass\n")
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "x"], ["tag", "1.0"]):
        subprocess.run([*git, *words], check=True)
    (clone / "test_it.py").write_text("later")
    bench.extract(clone, "1.0", tmp_path / "place" / "source")
    assert (tmp_path / "place/source/test_it.py").read_text() == "def test_it(): pass\n"
