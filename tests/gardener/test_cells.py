"""Nothing lost, nothing merged: a test is told from others by its cell, its nodeid and its attempt."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from gardener.config import Config
from gardener.diagnosis.diagnosis import diagnose
from gardener.diagnosis.outcomes import final_results
from gardener.model import Environment, Failure, Outcome, Phase, PriorResult, Report, Result, Status
from gardener.render import sarif
from gardener.reports.merging import merge
from gardener.reports.store import encode, load, parse, save
from gardener.text import absences

TEST = "tests/test_health.py::test_health"
CONFIG = Config(Path())


def failure(nodeid=TEST, message="assert 500 == 200", **fields):
    fields = {"phase": Phase.CALL, "type": "AssertionError", **fields}
    return Failure(nodeid=nodeid, message=message, **fields)


def red(nodeid=TEST, **fields):
    return Report(
        created="2026-11-01",
        results=(Result(nodeid, "failed"),),
        failures=(failure(nodeid),),
        **fields,
    )


def green(nodeid=TEST, **fields):
    return Report(created="2026-11-01", results=(Result(nodeid, "passed"),), **fields)


def on(python, **fields):
    return Environment(python=python, platform="Linux", **fields)


def statuses(report, base=None):
    return [finding.status for finding in diagnose(report, CONFIG, base).findings]


def xml(*suites):
    return f"<testsuites>{''.join(suites)}</testsuites>".encode()


def suite(name, *cases, **fields):
    attributes = " ".join(f'{key}="{text}"' for key, text in {"name": name, **fields}.items())
    return f"<testsuite {attributes}>{''.join(cases)}</testsuite>"


def case(child="", classname="tests.test_health", name="test_health"):
    return f'<testcase classname="{classname}" name="{name}" time="1">{child}</testcase>'


RED = '<failure message="AssertionError: assert 500 == 200">t.py:3: AssertionError</failure>'

# --- cells of a merge ------------------------------------------------------------------------


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    ("first", "second", "cell"),
    [
        ({"cell": "orders"}, {"cell": "billing"}, "billing"),
        ({"environment": on("3.11.4")}, {"environment": on("3.12.1")}, "Python 3.12"),
        ({"shard": "1/2"}, {"shard": "2/2"}, "shard 2/2"),
        (
            {"cell": "test", "environment": on("3.12.1", distributions={"django": "4.2"})},
            {"cell": "test", "environment": on("3.12.1", distributions={"django": "5.1"})},
            "test, django 5.1",
        ),
    ],
)
def test_one_red_cell_is_a_failure_and_not_flaky(first, second, cell, order):
    merged = merge([green(**first), red(**second)][::order])
    [finding] = diagnose(merged, CONFIG).findings
    assert (finding.status, finding.cells) == (Status.UNKNOWN, (cell,))
    assert sorted(final_results(merged).values()) == ["failed", "passed"]


def test_two_services_with_the_same_ids_are_told_apart_by_their_files(tmp_path):
    for name, child in (
        ("a", ""),
        ("b", RED),
        ("c", "<error message='boom'>E   OSError: no</error>"),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / "junit.xml").write_bytes(xml(suite("pytest", case(child))))
    files = [str(tmp_path / name / "junit.xml") for name in "abc"]
    merged = merge([load(Path(file)) for file in files], files)
    findings = diagnose(merged, CONFIG).findings
    assert {cell for finding in findings for cell in finding.cells} == {
        "b/junit.xml",
        "c/junit.xml",
    }
    assert {finding.status for finding in findings} == {Status.UNKNOWN}
    assert len(merged.failures) == 2


def test_a_rerun_of_the_red_cell_only_replaces_that_cell():
    names = {"cell": "linux"}, {"cell": "windows"}
    first, second = green(**names[0]), red(**names[1])
    again = green(attempt=2, **names[1])
    merged = merge([first, second, again])
    assert set(final_results(merged).values()) == {"passed"}
    [finding] = diagnose(merged, CONFIG).findings
    assert (finding.status, finding.cells) == (Status.FLAKY, ("windows",))


def test_attempts_within_a_run_are_no_attempts_of_the_next_one():
    first = Report(
        created="1",
        results=(Result(TEST, "failed"), Result(TEST, "failed", attempt=2)),
        failures=(failure(), failure(message="other", attempt=2)),
    )
    merged = merge([first, green(attempt=2)])
    assert [result.attempt for result in merged.results] == [1, 2, 3]
    assert [f.message for f in merged.failures] == ["assert 500 == 200", "other"]


def test_what_no_shard_can_collect_is_one_failure():
    broken = failure("tests/test_x.py", "boom", phase=Phase.COLLECT, type="ImportError")
    shards = [replace(green(f"t.py::{n}"), failures=(broken,), shard=f"{n}/2") for n in (1, 2)]
    merged = merge(shards)
    assert merged.failures == (broken,)
    assert merged.missing == ()


def test_a_merge_keeps_what_each_cell_ran_on():
    old, new = on("3.11.4", pytest="9.0"), on("3.12.1", pytest="9.0")
    merged = merge([green(cell="old", environment=old), red(cell="new", environment=new)])
    assert {cell.name: cell.environment for cell in merged.cells} == {"old": old, "new": new}
    assert (merged.environment.python, merged.environment.pytest) == ("", "9.0")


def test_merges_can_be_merged_on():
    cells = [red(cell="a"), green(cell="b"), green(cell="c")]
    at_once = merge(cells)
    in_turn = merge([merge(cells[:2]), cells[2]])
    assert final_results(at_once) == final_results(in_turn)
    assert at_once.cells == in_turn.cells
    assert merge([at_once, at_once]).results == at_once.results


def test_a_merge_of_cells_is_read_back(tmp_path):
    merged = merge([red(cell="a"), green(cell="b")])
    save(merged, tmp_path / "merged.json")
    assert load(tmp_path / "merged.json") == merged


def test_a_report_of_before_is_read():
    written = json.loads(encode(red()))
    for record in (written, *written["results"], *written["failures"]):
        for field in ("cell", "cells", "missing"):
            record.pop(field, None)
    assert parse(json.dumps(written).encode(), "old.json") == red()


# --- shards ----------------------------------------------------------------------------------


def test_a_missing_shard_is_named_and_its_tests_are_unknown():
    shards = [green(f"t.py::t{n}", shard=f"{n}/3", cell="unit") for n in (1, 3)]
    merged = merge(shards)
    base = replace(green(), results=tuple(Result(f"t.py::t{n}", "passed") for n in (1, 2, 3)))
    assert merged.missing == ("unit, shard 2/3",)
    assert not merged.complete
    diagnosis = diagnose(merged, CONFIG, base)
    assert (diagnosis.unknown, diagnosis.vanished) == (("t.py::t2",), ())
    whole = merge([merged, green("t.py::t2", shard="2/3", cell="unit")])
    assert (whole.missing, whole.complete) == ((), True)


def test_one_shard_alone_is_not_the_whole():
    merged = merge([green(shard="1/2")])
    assert (merged.missing, merged.complete) == (("shard 2/2",), False)


# --- the base --------------------------------------------------------------------------------


def test_each_cell_is_compared_with_its_own_on_the_base():
    base = merge([red(cell="linux"), green(cell="windows")])
    same = merge([red(cell="linux"), green(cell="windows")])
    worse = merge([red(cell="linux"), red(cell="windows")])
    assert statuses(same, base) == [Status.PRE_EXISTING]
    assert statuses(worse, base) == [Status.REGRESSION]
    assert statuses(red(cell="linux"), base) == [Status.PRE_EXISTING]
    assert statuses(red(cell="windows"), base) == [Status.REGRESSION]
    assert statuses(red(), base) == [Status.PRE_EXISTING]
    assert statuses(red(cell="macos"), base) == [Status.PRE_EXISTING]


def test_a_cell_that_the_base_does_not_have_proves_nothing():
    base = merge([green(cell="linux"), green(cell="windows")])
    [finding] = diagnose(red(cell="macos"), CONFIG, base).findings
    assert (finding.status, finding.status_reason) == (
        Status.UNKNOWN,
        "The run of the base has no cell macos.",
    )


def test_the_only_cell_of_both_runs_is_the_same_whatever_its_name():
    assert statuses(red(cell="check"), green(cell="nightly")) == [Status.REGRESSION]


def test_what_a_cell_found_out_of_the_base_holds_for_that_cell():
    passed = red(cell="linux", before=(PriorResult(TEST, ("passed",)),))
    prints = diagnose(passed, CONFIG).findings[0].fingerprint
    failed = red(cell="windows", before=(PriorResult(TEST, ("failed",), (prints,)),))
    assert statuses(merge([passed, failed])) == [Status.REGRESSION]
    assert statuses(merge([failed])) == [Status.PRE_EXISTING]


def test_a_teardown_is_the_consequence_of_a_failure_in_its_own_cell_only():
    broken = {"message": "cannot stop", "type": "RuntimeError", "phase": Phase.TEARDOWN}
    for cell, causes in (("linux", 1), ("mac", 2)):
        report = replace(red(), failures=(failure(cell="linux"), failure(cell=cell, **broken)))
        assert len(diagnose(report, CONFIG).findings) == causes, cell


def test_environments_are_compared_by_cell():
    def both(old, new):
        return [
            {"cell": "old", "environment": on("3.11.4", distributions={"httpx": old})},
            {"cell": "new", "environment": on("3.12.1", distributions={"httpx": new})},
        ]

    base = merge([green(**fields) for fields in both("0.27", "0.27")])
    changed = merge([kind(**f) for kind, f in zip((green, red), both("0.27", "0.28"), strict=True)])
    [finding] = diagnose(changed, CONFIG, base).findings
    assert finding.environment == "httpx 0.27 -> 0.28"
    same = merge([kind(**f) for kind, f in zip((green, red), both("0.28", "0.27"), strict=True)])
    assert statuses(same, base) == [Status.REGRESSION]


def test_tests_that_vanished_or_are_skipped_now_are_told(capsys):
    from gardener.render import terminal

    names = [f"t.py::{name}" for name in ("kept", "gone", "off", "always_off")]
    outcomes: tuple[Outcome, ...] = ("passed", "passed", "failed", "skipped")
    results = (Result(n, outcome) for n, outcome in zip(names, outcomes, strict=True))
    base = replace(green(), results=tuple(results))
    now = replace(
        base, results=(Result(names[0], "passed"), *(Result(n, "skipped") for n in names[2:]))
    )
    diagnosis = diagnose(now, CONFIG, base)
    assert (diagnosis.vanished, diagnosis.newly_skipped) == ((names[1],), (names[2],))
    terminal.render(now, diagnosis)
    printed = " ".join(capsys.readouterr().out.split())
    assert "1 test of the base did not run and is gone: t.py::gone." in printed
    assert "1 test that ran on the base is skipped now: t.py::off." in printed
    partial = replace(now, selection=replace(now.selection, everything=False))
    assert diagnose(partial, CONFIG, base).vanished == ()
    broken = replace(now, failures=(failure("t.py", "boom", phase=Phase.COLLECT),))
    assert diagnose(broken, CONFIG, base).vanished == ()


# --- suites of JUnit XML ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("suites", "cells"),
    [
        ((suite("orders", case(RED)), suite("billing", case())), {"orders"}),
        ((suite("orders", case()), suite("billing", case(RED))), {"billing"}),
        ((suite("all", suite("a", case(RED)), suite("b", case())),), {"all > a"}),
        ((suite("x", case(RED), hostname="h1"), suite("x", case(), hostname="h2")), {"x, h1"}),
        ((suite("pytest", case(RED)), suite("pytest", case())), {"pytest (1)"}),
    ],
)
def test_suites_with_the_same_ids_are_cells(suites, cells):
    report = parse(xml(*suites), "x.xml")
    [finding] = diagnose(report, CONFIG).findings
    assert (finding.status, set(finding.cells)) == (Status.UNKNOWN, cells)
    assert sorted(final_results(report).values()) == ["failed", "passed"]


def test_files_of_jest_with_the_same_titles():
    def file(name, child):
        return suite(name, case(child, "Button renders", "Button renders"), file=name)

    stack = '<failure message="Error: no">Error: no\n  at Object.x (src/b.test.js:3:1)</failure>'
    report = parse(xml(file("src/a.test.js", ""), file("src/b.test.js", stack)), "jest.xml")
    [finding] = diagnose(report, CONFIG).findings
    assert (finding.status, finding.cells) == (Status.UNKNOWN, ("src/b.test.js",))


@pytest.mark.parametrize("children", [(RED, ""), ("", RED), (RED, RED)])
def test_a_test_that_one_suite_names_twice_fails(children):
    report = parse(xml(suite("pytest", *map(case, children))), "x.xml")
    assert list(final_results(report).values()) == ["failed"]
    assert statuses(report) == [Status.UNKNOWN]
    assert (report.collected, report.cells) == (1, ())


def test_suites_without_a_shared_id_are_no_cells():
    report = parse(xml(suite("a", case(RED)), suite("b", case(name="test_other"))), "x.xml")
    assert report.cells == ()


def test_a_rerun_that_passed_is_flaky():
    rerun = (
        '<rerun message="AssertionError: no" type="AssertionError">t.py:3: AssertionError</rerun>'
    )
    report = parse(xml(suite("pytest", case(rerun))), "x.xml")
    assert statuses(report) == [Status.FLAKY]


# --- a run names its cell ----------------------------------------------------------------------


@pytest.fixture
def project(tmp_path):
    (tmp_path / "test_it.py").write_text("def test_it():\n    assert 500 == 200\n")
    for command in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x"],
    ):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    return tmp_path


CI = ("GITHUB_JOB", "GITHUB_RUN_ATTEMPT", "CI_JOB_NAME", "CIRCLE_JOB", "GARDENER_CELL")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("variables", "options", "expected"),
    [
        ({}, ["--cell", "py312"], ("py312", "", 1)),
        ({"GITHUB_JOB": "unit", "GITHUB_RUN_ATTEMPT": "2"}, [], ("unit", "", 2)),
    ],
)
def test_a_run_names_its_cell(project, monkeypatch, variables, options, expected):
    for name in CI:
        monkeypatch.delenv(name, raising=False)
    for name, text in variables.items():
        monkeypatch.setenv(name, text)
    command = [sys.executable, "-m", "gardener", "run", "--all", "--report", "r.json", *options]
    subprocess.run(command, cwd=project, capture_output=True, timeout=120, check=False)
    report = load(project / "r.json")
    assert (report.cell, report.shard, report.attempt) == expected


@pytest.mark.parametrize(
    ("variables", "arguments", "expected"),
    [
        ({}, (), ("", "", 1)),
        ({"CI_JOB_NAME": "test 2/3"}, (), ("test", "2/3", 1)),
        ({"CI_JOB_NAME": "test: [3.12, linux]", "CI_NODE_INDEX": "2"}, (), ("test: [3.12, linux]", "", 1)),
        ({"CIRCLE_JOB": "t", "CIRCLE_NODE_INDEX": "0", "CIRCLE_NODE_TOTAL": "4"}, (), ("t", "1/4", 1)),
        ({"CIRCLE_JOB": "t", "CIRCLE_NODE_INDEX": "0", "CIRCLE_NODE_TOTAL": "1"}, (), ("t", "", 1)),
        ({"BUILDKITE_LABEL": "t", "BUILDKITE_RETRY_COUNT": "1"}, (), ("t", "", 2)),
        ({"GITHUB_JOB": "t", "GARDENER_CELL": "mine"}, (), ("mine", "", 1)),
        ({}, ("--splits", "4", "--group=2"), ("", "2/4", 1)),
        ({}, ("--num-shards=4", "--shard-id", "0"), ("", "1/4", 1)),
        ({}, ("--splits", "x", "--group", "9"), ("", "", 1)),
    ],
)  # fmt: skip
def test_what_the_ci_says_of_a_run(variables, arguments, expected):
    from hooks.pytest_run.cell import place

    assert place(variables, arguments) == expected


# --- cells of which nothing was heard ----------------------------------------------------------


def test_a_cell_that_the_settings_name_and_no_report_is_of_is_missing():
    expected = ("linux", "macos", "windows")
    parts = [green(cell="linux", expected=expected), green(cell="macos", expected=expected)]
    for reports in (parts, parts[:1]):
        merged = parse(encode(merge(reports)), "r.json")
        assert merged.missing[-1] == "cell windows"
        assert not merged.complete
    whole = merge([*parts, green(cell="windows", expected=expected)])
    assert whole.missing == () and whole.complete


def test_without_the_setting_the_cells_of_the_base_count():
    base = merge([green(cell=name) for name in ("linux", "macos", "windows")])
    only = "tests/test_paths.py::test_drive"
    base = replace(base, results=(*base.results, Result(only, "passed", cell="windows")))
    lacking = merge([green(cell=name) for name in ("linux", "macos")])
    told = diagnose(lacking, CONFIG, base)
    assert told.lost_cells == ("windows",)
    assert (told.vanished, told.unknown) == ((), (only,))
    assert absences(lacking, told)[0] == (
        "The base ran in windows too; no report of this run is of there."
    )


@pytest.mark.parametrize(
    "report",
    [
        green(cell="linux"),  # one job of many, not joined
        merge([green(cell="a"), green(cell="b")]),  # renamed
        merge([green(cell=name) for name in ("linux", "macos", "windows", "new")]),
    ],
)
def test_no_cell_is_lost(report):
    base = merge([green(cell=name) for name in ("linux", "macos", "windows")])
    assert diagnose(report, CONFIG, base).lost_cells == ()


def test_sarif_knows_the_cells_and_what_is_missing():
    expected = ("linux", "windows", "macos")
    merged = merge([red(cell="linux", expected=expected), green(cell="windows")])
    (run,) = json.loads(sarif.render(merged, diagnose(merged, CONFIG)))["runs"]
    assert run["properties"]["cells"] == ["linux", "windows"]
    (result,) = run["results"]
    assert result["properties"]["cells"] == ["linux"]
    assert result["message"]["text"].endswith("It fails in linux.")
    (invocation,) = run["invocations"]
    assert not invocation["executionSuccessful"]
    (notice,) = invocation["toolExecutionNotifications"]
    assert notice["message"]["text"].startswith("Missing: cell macos;")
