"""Statuses and what blocks, as a table of base, head and diff."""

from pathlib import Path

import msgspec
import pytest
from msgspec import structs

from gardener.config import Config
from gardener.diagnosis.diagnosis import blocking, diagnose
from gardener.diagnosis.outcomes import flaky_tests
from gardener.diagnosis.status import prior_results
from gardener.model import (
    Environment,
    Failure,
    Phase,
    PriorResult,
    Report,
    Result,
    SelectionSummary,
    Status,
)


def failed(nodeid, message="no", **more):
    return Failure(nodeid=nodeid, phase=Phase.CALL, type="ValueError", message=message, **more)


def run(*results, failures=(), **more):
    return Report(
        created="2026-01-01", results=tuple(Result(*r) for r in results), failures=failures, **more
    )


HEAD = run(("t.py::a", "failed"), failures=(failed("t.py::a"),), changed_files=("app.py",))
TOUCHED = run(("t.py::a", "failed"), failures=(failed("t.py::a"),), changed_files=("t.py",))
FLAKY = run(
    ("t.py::a", "failed", 0.0, 1), ("t.py::a", "passed", 0.0, 2), failures=(failed("t.py::a"),)
)
PASSED = run(("t.py::a", "passed"))
SAME = run(("t.py::a", "failed"), failures=(failed("t.py::a"),))
OTHER = run(("t.py::a", "failed"), failures=(failed("t.py::a", "quite another thing"),))
ABSENT = run(("t.py::b", "passed"))
CUT = run(("t.py::b", "passed"), complete=False)
SKIPPED = run(("t.py::a", "skipped"))
ELSEWHERE = run(("t.py::b", "failed"), failures=(failed("t.py::b"),))

CASES = [
    (HEAD, None, "unknown"),
    (TOUCHED, None, "active-dev"),
    (HEAD, PASSED, "regression"),
    (TOUCHED, PASSED, "active-dev"),
    (HEAD, SAME, "pre-existing"),
    (TOUCHED, SAME, "pre-existing"),
    (HEAD, OTHER, "unknown"),
    (HEAD, ABSENT, "new"),
    (TOUCHED, ABSENT, "new"),
    (HEAD, CUT, "unknown"),
    (HEAD, SKIPPED, "unknown"),
    (HEAD, ELSEWHERE, "pre-existing"),
    (FLAKY, None, "flaky"),
    (FLAKY, PASSED, "flaky"),
]


@pytest.mark.parametrize(("head", "base", "status"), CASES)
def test_status(head, base, status):
    (finding,) = diagnose(head, Config(Path()), base).findings
    assert finding.status == status
    assert finding.status_reason


def test_the_worst_test_of_a_finding_decides():
    head = run(
        ("t.py::a", "failed"),
        ("t.py::b", "failed"),
        failures=(failed("t.py::a"), failed("t.py::b")),
    )
    base = run(("t.py::a", "passed"), ("t.py::c", "passed"))
    (finding,) = diagnose(head, Config(Path()), base).findings
    assert finding.status == "regression"


PRINT = diagnose(SAME, Config(Path())).findings[0].fingerprint
BEFORE = [
    (PriorResult("t.py::a", ("passed",)), "regression", "passed on the base"),
    (PriorResult("t.py::a", ("failed",), (PRINT,)), "pre-existing", "same cause"),
    (PriorResult("t.py::a", ("failed",), ("1:other",)), "unknown", "another cause"),
    (PriorResult("t.py::a", ("passed", "failed"), (PRINT,)), "flaky", "passed and failed"),
    (PriorResult("t.py::a", ("passed", "failed"), ("1:other",)), "unknown", "another cause"),
    (PriorResult("t.py::a", ("absent",)), "new", "does not exist"),
    (PriorResult("t.py::a", reason="Git is on fire."), "unknown", "on fire"),
    (PriorResult("t.py::z", ("passed",)), "unknown", "Nobody looked"),
]


@pytest.mark.parametrize(("before", "status", "why"), BEFORE)
def test_what_the_run_found_out_itself(before, status, why):
    head = structs.replace(HEAD, before=(before,))
    (finding,) = diagnose(head, Config(Path())).findings
    assert (finding.status, why in finding.status_reason) == (status, True)
    # What it found out outranks a report of the base, which says the rest.
    is_known = before.outcomes and before.nodeid == "t.py::a"
    with_report = diagnose(head, Config(Path()), ABSENT).findings[0]
    assert with_report.status == (status if is_known else "new")


THEN = Environment("3.12.1", "8.3.0", "linux", {"httpx": "0.27.2", "mine": "1"}, ("mine",))
NOW = structs.replace(THEN, distributions={"httpx": "0.28.1", "mine": "2"})
CHANGED = "httpx 0.27.2 -> 0.28.1 since the run of the base"


@pytest.mark.parametrize(
    ("head", "base", "before", "status", "why"),
    [
        (HEAD, PASSED, None, "unknown", f"{CHANGED}."),
        (HEAD, PASSED, PriorResult("t.py::a", ("failed",), (PRINT,)), "pre-existing", CHANGED),
        (HEAD, PASSED, PriorResult("t.py::a", ("passed",)), "regression", "passed on the base"),
        (HEAD, PASSED, PriorResult("t.py::a", reason="No git."), "unknown", f"{CHANGED}."),
        (HEAD, SAME, None, "pre-existing", "same cause"),
        (HEAD, OTHER, None, "unknown", f"{CHANGED}."),
        (HEAD, SKIPPED, None, "unknown", f"{CHANGED}."),
        (HEAD, CUT, None, "unknown", "lacks this test"),
        (HEAD, OTHER, PriorResult("t.py::a", ("failed",), (PRINT,)), "pre-existing", CHANGED),
        (HEAD, SAME, PriorResult("t.py::a", ("failed",), (PRINT,)), "pre-existing", "same cause"),
        (HEAD, PASSED, PriorResult("t.py::a", ("failed",), ("1:x",)), "unknown", "another cause"),
        (HEAD, ABSENT, None, "new", "does not exist"),
        (TOUCHED, PASSED, None, "active-dev", "itself is changed"),
    ],
)
def test_a_run_in_another_environment_proves_no_regression(head, base, before, status, why):
    config = Config(Path())
    head = structs.replace(head, environment=NOW, before=(before,) if before else None)
    diagnosed = diagnose(head, config, structs.replace(base, environment=THEN))
    (finding,) = diagnosed.findings
    assert (finding.status, why in finding.status_reason) == (status, True)
    blocks = status in ("regression", "new", "active-dev") or why in (
        "lacks this test",
        "another cause",
    )
    assert bool(blocking(diagnosed, config)) is blocks
    for unknown in (Environment(), Environment(python="3.12.1"), NOW):
        same = diagnose(head, config, structs.replace(base, environment=unknown)).findings[0]
        assert "since the run" not in same.status_reason


def test_what_only_the_environment_may_have_done_hides_nothing_that_blocks():
    failures = tuple(failed(f"t.py::{name}") for name in "ab")
    results = (("t.py::a", "failed"), ("t.py::b", "failed"))
    proof = (PriorResult("t.py::b", ("passed",)),)
    head = run(*results, failures=failures, environment=NOW, before=proof)
    base = run(("t.py::a", "passed"), ("t.py::b", "passed"), environment=THEN)
    (finding,) = diagnose(head, Config(Path()), base).findings
    assert finding.status == "regression"
    assert (
        "t.py::b: The test passed on the base. (1 of 2 tests; 1 unknown.)" in finding.status_reason
    )


def test_a_run_of_some_tests_of_the_base_proves_no_test_absent():
    base = structs.replace(ABSENT, selection=SelectionSummary(everything=False))
    assert diagnose(HEAD, Config(Path()), base).findings[0].status == "unknown"


def test_a_test_that_passed_on_the_base_is_a_regression_whatever_others_did_there():
    base = run(("t.py::a", "passed"), ("t.py::b", "failed"), failures=(failed("t.py::b"),))
    assert diagnose(HEAD, Config(Path()), base).findings[0].status == "regression"


def test_what_blocks_by_configuration_decides_first():
    head = run(
        ("t.py::a", "failed"),
        ("t.py::b", "failed"),
        failures=(failed("t.py::a"), failed("t.py::b")),
    )
    base = run(("t.py::a", "passed"), ("t.py::b", "failed"), failures=(failed("t.py::b"),))
    config = Config(Path(), fail_on=(Status.PRE_EXISTING,))
    (finding,) = diagnose(head, config, base).findings
    assert finding.status == "pre-existing"
    assert "1 of 2 tests; 1 regression" in finding.status_reason


def tries(*rows):
    """Rows of (outcome, how) as the attempts of one test."""
    return Report(
        created="",
        results=tuple(
            Result("t.py::a", outcome, 0.0, n, how) for n, (outcome, how) in enumerate(rows, 1)
        ),
    )


F, P = "failed", "passed"
TRIES = [
    ([(F, ""), (F, "together"), (F, "alone")], None),
    ([(P, ""), (P, "alone")], None),
    ([(F, ""), (P, "together")], "passed 1 of 2 times"),
    ([(F, ""), (P, "alone"), (F, "alone"), (F, "")], "passed 1 of 4 times"),
    ([(F, ""), (P, "alone"), (P, "alone"), (F, "")], "Order-dependent: it passes alone (2 of 2)"),
    ([(F, ""), (P, "alone"), (P, "alone")], "may depend"),
    ([(F, ""), (P, "alone"), (P, "")], "passed 2 of 3 times"),
    ([(P, ""), (F, "alone"), (P, "")], "Order-dependent: it fails alone (1 of 1)"),
]


@pytest.mark.parametrize(("rows", "why"), TRIES)
def test_order_dependent_is_told_from_random(rows, why):
    found = flaky_tests(tries(*rows))
    assert (why is None) == (not found)
    assert why is None or why in found["t.py::a"]


def test_only_what_fail_on_names_blocks():
    config = Config(Path())
    assert blocking(diagnose(HEAD, config, PASSED), config)
    assert not blocking(diagnose(HEAD, config, SAME), config)
    assert not blocking(diagnose(FLAKY, config), config)
    assert not blocking(
        diagnose(HEAD, config), msgspec.structs.replace(config, fail_on=("regression",))
    )


def linked(names):
    """Failures that only a suspect joins."""
    return tuple(
        Failure(
            nodeid=f"t.py::{name}",
            phase=Phase.CALL,
            type="AssertionError",
            message=f"{name} == 1",
            suspect="app.py:total",
        )
        for name in names
    )


def found_with(names, before):
    """Tests of each finding with its status; `before` is what tests did on the base."""
    failures = linked(names)
    head = run(*((f.nodeid, "failed") for f in failures), failures=failures)
    base = run(
        *((f"t.py::{name}", outcome) for name, outcome in before.items()),
        failures=tuple(f for f in failures if before.get(f.nodeid[-1]) == "failed"),
        complete=False,
    )
    found = diagnose(head, Config(Path()), base).findings
    return {"".join(test[-1] for test in one.tests): one.status for one in found}


@pytest.mark.parametrize(
    ("names", "before", "expected"),
    [
        # a cause of the base does not explain what passed there
        ("ab", {"a": "failed", "b": "passed"}, {"a": "pre-existing", "b": "regression"}),
        ("ab", {"a": "failed", "b": "failed"}, {"ab": "pre-existing"}),
        ("ab", {"a": "passed", "b": "passed"}, {"ab": "regression"}),
        # what the base does not tell is told by the link
        ("ab", {"a": "failed"}, {"ab": "unknown"}),
        ("ab", {"a": "passed"}, {"ab": "regression"}),
        ("ab", {}, {"ab": "unknown"}),
        # and ties nothing together that the base keeps apart
        ("abc", {"a": "failed", "b": "passed"}, {"ac": "unknown", "b": "regression"}),
    ],
)
def test_the_base_overrules_what_links_failures(names, before, expected):
    assert found_with(names, before) == expected


@pytest.mark.parametrize(
    ("compared", "expected"),
    [("fork", "pre-existing"), ("reported", "pre-existing"), ("between", "regression")],
)
def test_proof_of_a_commit_in_between_is_none_of_the_base(compared, expected):
    """After a merge the commit before may be the change's own, where the test failed already."""
    before = (PriorResult("t.py::a", ("failed",), (PRINT,)),)
    report = structs.replace(HEAD, commit="head", base="fork", compared=compared, before=before)
    base = structs.replace(PASSED, commit="reported")
    [finding] = diagnose(report, Config(Path()), base).findings
    assert finding.status == expected


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        ("passed", "Both tests passed on the base."),
        (None, "Neither test exists on the base."),
    ],
)
def test_what_holds_for_several_tests_is_said_of_all(outcome, reason):
    names = ("t.py::a", "t.py::b")
    head = run(*((name, "failed") for name in names), failures=tuple(map(failed, names)))
    base = run(*((name, outcome) for name in names if outcome), ("t.py::c", "passed"))
    (finding,) = diagnose(head, Config(Path()), base).findings
    assert finding.status_reason == reason


def test_several_tests_that_did_not_end_on_the_base_are_they():
    names = ("t.py::a", "t.py::b")
    head = run(*((name, "failed") for name in names), failures=tuple(map(failed, names)))
    nowhere = prior_results(structs.replace(PASSED, results=()), names, {})
    head = structs.replace(head, before=tuple(nowhere))
    (finding,) = diagnose(head, Config(Path())).findings
    assert finding.status_reason == "They did not end on the base."
