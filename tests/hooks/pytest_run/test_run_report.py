"""Several runs of pytest as one report."""

import pytest
from gardener.hooks.pytest_run.facts import Facts
from gardener.hooks.pytest_run.run_report import Ended, joined_report, joined_status

from gardener.model import Environment, Result, WarningCount

PASSED = Facts(
    results=(Result("a.py::t", "passed"),),
    status=0,
    collected=1,
    began=True,
    environment=Environment("3.12", "8", "linux"),
)


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([], None),
        ([0, 5], 0),
        ([5, 5], 5),
        ([0, 1, 5], 1),
        ([1, 2], 2),
        ([0, -11, 1], -11),
        ([3, 4], 3),
    ],
)
def test_the_exit_status_of_several_runs(statuses, expected):
    assert joined_status(statuses) == expected


@pytest.mark.parametrize(
    ("runs", "all_started", "complete"),
    [
        ([Ended(PASSED, 0)], True, True),
        ([Ended(PASSED, 0)], False, False),
        ([Ended(PASSED, -9)], True, False),
        ([Ended(PASSED, 0), Ended(PASSED._replace(collected=2), 0)], True, False),
        ([], True, False),
    ],
)
def test_a_report_is_complete_when_every_run_is(runs, all_started, complete):
    assert joined_report(runs, all_started=all_started).complete is complete


def test_results_follow_each_other_and_warnings_add_up():
    warning = WarningCount("W", "m", "a.py", 1, 2)
    other = WarningCount("W", "m", "a.py", 1, 2, "collect")
    facts = PASSED._replace(warnings=(warning, other), deselected=1)
    report = joined_report([Ended(Facts(), 5), Ended(facts, 0), Ended(facts, 1)], all_started=True)
    assert [result.nodeid for result in report.results] == ["a.py::t"] * 2
    assert [(w.when, w.count) for w in report.warnings] == [("runtest", 4), ("collect", 4)]
    assert (report.collected, report.deselected, report.exit_status) == (2, 2, 1)
    assert report.environment.python == "3.12"
