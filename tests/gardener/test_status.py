"""Statuses and what blocks, as a table of base, head and diff."""

from pathlib import Path

import pytest

from gardener.config import Config
from gardener.diagnosis import blocking, diagnose
from gardener.model import Failure, Report, Result


def failed(nodeid, message="no", **more):
    return Failure(nodeid=nodeid, phase="call", type="ValueError", message=message, **more)


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


def test_only_what_fail_on_names_blocks():
    config = Config(Path())
    assert blocking(diagnose(HEAD, config, PASSED), config)
    assert not blocking(diagnose(HEAD, config, SAME), config)
    assert not blocking(diagnose(FLAKY, config), config)
    assert not blocking(diagnose(HEAD, config), config._replace(fail_on=("regression",)))
