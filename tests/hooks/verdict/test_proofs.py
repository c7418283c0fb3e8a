"""What proves something about a test elsewhere, by tables."""

import pytest
from gardener.hooks.pytest_run.picked_tests import Picked
from gardener.hooks.verdict.base_run import Limit
from gardener.hooks.verdict.bisect_target import Target, named_finding
from gardener.hooks.verdict.bisection import judge
from gardener.hooks.verdict.evidence import (
    VerificationPlan,
    base_limit,
    failing_tests,
    history_rows,
)
from gardener.hooks.verdict.proved_results import is_affected, joined_results
from gardener.hooks.verdict.reruns import with_attempts

from gardener.config import Config, Hook
from gardener.diagnosis.fingerprint import VERSION
from gardener.model import Failure, Finding, Kind, Mode, Phase, PriorResult, Report, Result
from gardener.reports.history import Row

CAUSE = f"{VERSION}:cause"
FILE = "tests/pages/[id]/test_a.py"


@pytest.mark.parametrize(
    ("nodeid", "affected", "expected"),
    [
        (f"{FILE}::test_a[1]", {FILE}, True),
        (f"{FILE}::test_a[1]", {f"{FILE}::test_a"}, True),
        (f"{FILE}::test_a[1]", {f"{FILE}::test_a[1]"}, True),
        (f"{FILE}::test_a[1]", {f"{FILE}::test_a[2]"}, False),
        (f"{FILE}::TestA::test_a", {f"{FILE}::TestA"}, True),
        (f"{FILE}::TestA", {f"{FILE}::TestA::test_a"}, True),
        (f"{FILE}::TestA", {f"{FILE}::TestAB::test_a"}, False),
        (f"{FILE}::test_a", {f"{FILE}::test_ab"}, False),
        (f"{FILE}::test_a", {"tests/pages/[id]/test_b.py", "tests"}, False),
        (FILE, {f"{FILE}::test_a"}, True),
        (FILE, set(), False),
    ],
)
def test_whether_a_test_is_among_the_affected(nodeid, affected, expected):
    assert is_affected(nodeid, frozenset(affected)) is expected


@pytest.mark.parametrize(
    ("rows", "outcomes", "fingerprints"),
    [
        ([(("passed",), ())], ("passed",), ()),
        ([(("failed",), (CAUSE,))], ("failed",), (CAUSE,)),
        ([(("failed",), (CAUSE,)), (("passed",), ())], ("failed", "passed"), (CAUSE,)),
        ([(("failed",), ("0:old",))], None, None),
        ([(("failed",), ())], None, None),
        ([(("failed",), ("0:old",)), (("passed",), ())], ("passed",), ()),
        ([(("unfinished",), (CAUSE,))], None, None),
        ([], None, None),
    ],
)
def test_what_several_runs_prove_together(rows, outcomes, fingerprints):
    several = tuple(Row("t", came, 0.0, prints) for came, prints in rows)
    proved = joined_results({"t": several})
    if outcomes is None:
        assert proved == {}
    else:
        assert proved == {"t": PriorResult("t", outcomes, fingerprints)}


@pytest.mark.parametrize(
    ("results", "term", "reason"),
    [
        ([("failed",), ("passed",)], "bad", "1 of 2 tests fail for this cause"),
        ([("passed",), ("skipped",)], "good", "1 of 2 tests pass"),
        ([("absent",), ("absent",)], "good", "its tests do not exist yet"),
        ([("absent",), ("skipped",)], "skip", "they were skipped"),
        ([(), ()], "skip", "no time"),
    ],
)
def test_what_git_bisect_is_told(results, term, reason):
    tests = tuple(f"t{number}" for number in range(len(results)))
    found = {
        test: PriorResult(test, outcomes, (CAUSE,), reason="" if outcomes else "no time")
        for test, outcomes in zip(tests, results, strict=True)
    }
    assert judge(Target("slug", tests, frozenset({CAUSE})), found) == (term, reason)


@pytest.mark.parametrize(
    ("fingerprints", "other_outcomes", "judgement"),
    [
        (frozenset(), ("skipped",), ("bad", "1 of 2 tests fail for this cause")),
        (frozenset({"1:b"}), ("skipped",), ("skip", "1 of 2 tests fail for another cause")),
        (frozenset({"1:b"}), ("passed",), ("good", "1 of 2 tests pass")),
    ],
)
def test_another_cause_is_not_the_one_that_is_looked_for(fingerprints, other_outcomes, judgement):
    found = {
        "t": PriorResult("t", ("failed",), ("1:a",)),
        "u": PriorResult("u", other_outcomes),
    }
    assert judge(Target("slug", ("t", "u"), fingerprints), found) == judgement


def finding(slug, test, **more):
    failure = Failure(nodeid=test, phase=Phase.CALL, type="E", message="m")
    return Finding(
        kind=Kind.FAILING, category="c", slug=slug, title="", failures=(failure,), **more
    )


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("one", "one"),
        ("1:a", "one"),
        ("1:old", "two"),
        ("failing-test-regression-P1-two", "two"),
        ("t.py::two", "two"),
        ("three", None),
    ],
)
def test_a_finding_by_any_of_its_names(name, slug):
    findings = (
        finding("one", "t.py::one", fingerprint="1:a"),
        finding("two", "t.py::two", fingerprint="1:b", aliases=("1:old",)),
    )
    found = named_finding(findings, name)
    assert (found.slug if found else None) == slug


@pytest.mark.parametrize(
    ("plan", "spent", "expected"),
    [
        ({"reruns": 2, "base_limit": Limit()}, 99, (2, Limit())),
        ({"reruns": 2, "base_limit": Limit(), "budget": 10}, 10, (0, None)),
        ({"reruns": 2, "base_limit": Limit(), "budget": 10}, 4, (2, Limit(6))),
        ({"base_limit": Limit(3, 20), "budget": 10}, 4, (0, Limit(3, 20))),
        ({"base_limit": Limit(30, 20), "budget": 10}, 4, (0, Limit(6, 20))),
        ({"reruns": 1, "budget": 10}, 4, (1, None)),
    ],
)
def test_what_a_budget_leaves(plan, spent, expected):
    left = VerificationPlan(Mode.STAGED, **plan).within_budget(spent)
    assert (left.reruns, left.base_limit) == expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"verify_base": True, "hook": False}, Limit()),
        ({"verify_base": True, "hook": True}, Limit()),
        ({"verify_base": False, "hook": True}, Limit(5.0, 7)),
        ({"verify_base": False, "hook": False}, None),
    ],
)
def test_how_much_is_run_on_the_base(tmp_path, options, expected):
    config = Config(tmp_path, hook=Hook(verify_seconds=5.0, verify_tests=7))
    assert base_limit(config, **options) == expected
    no_time = Config(tmp_path, hook=Hook(verify_seconds=0))
    assert base_limit(no_time, verify_base=False, hook=True) is None


def test_failing_tests_are_those_whose_last_attempt_failed():
    collect = Failure(nodeid="b.py", phase=Phase.COLLECT, type="E", message="m")
    report = Report(
        created="",
        results=(
            Result("a.py::x", "failed", 0.5),
            Result("a.py::x", "passed", 0.25, attempt=2),
            Result("a.py::y", "error"),
            Result("a.py::z", "unfinished"),
            Result("a.py::s", "skipped"),
        ),
        failures=(collect,),
    )
    assert failing_tests(report) == ("a.py::y", "a.py::z", "b.py")
    rows = {row.nodeid: row for row in history_rows(report)}
    assert rows["a.py::x"].outcomes == ("failed", "passed")
    assert rows["a.py::x"].duration == 0.75
    assert rows["b.py"].outcomes == ("error",) and rows["b.py"].fingerprints


def test_attempts_of_reruns_follow_those_of_the_run():
    first = Report(created="", results=(Result("t", "failed"), Result("u", "passed")))
    again = Report(
        created="",
        results=(
            Result("t", "failed"),
            Result("t", "unfinished", attempt=2),
            Result("u", "passed"),
        ),
        failures=(Failure(nodeid="t", phase=Phase.CALL, type="E", message="m"),),
    )
    report = with_attempts(first, Picked(again, {}), frozenset({"t"}), "alone")
    assert [(r.nodeid, r.outcome, r.attempt, r.how) for r in report.results[2:]] == [
        ("t", "failed", 2, "alone")
    ]
    assert [failure.attempt for failure in report.failures] == [2]
