"""Failures that depend on the order of tests are traced to the test that may be to blame."""

from pathlib import Path

import pytest

from gardener.config import Config
from gardener.diagnosis.diagnosis import diagnose
from gardener.model import Failure, Phase, Report, Result
from gardener.render.evidence import rerun_of


def run(tests, **attempts):
    """A report of `name: message` in the order of the run; an empty message is a pass."""
    return Report(
        created="",
        results=(
            *(Result(f"t.py::{n}", "failed" if said else "passed") for n, said in tests.items()),
            *(
                Result(f"t.py::{n}", outcome, attempt=2, how="alone")
                for n, outcome in attempts.items()
            ),
        ),
        failures=tuple(
            Failure(nodeid=f"t.py::{n}", phase=Phase.CALL, type="RuntimeError", message=said)
            for n, said in tests.items()
            if said
        ),
    )


def reasons(report):
    return {
        tuple(t[6:] for t in f.tests): (f.reason, f.after)
        for f in diagnose(report, Config(Path())).findings
    }


CLOSED = "Event loop is closed"
ALONE = {"b": "passed", "c": "passed"}
"""What reruns of each test by itself gave."""


def test_it_began_after_a_failure():
    found = reasons(run({"ok": "", "breaks": "boom at start", "b": CLOSED, "c": CLOSED}, **ALONE))
    reason, after = found["b", "c"]
    assert after == "t.py::breaks"
    assert "It began after `t.py::breaks` failed: fix that test first" in reason
    assert found["breaks",][1] == ""


def test_what_to_do_next_is_to_fix_the_first():
    report = run({"breaks": "boom at start", "b": CLOSED, "c": CLOSED}, **ALONE)
    (finding,) = (f for f in diagnose(report, Config(Path())).findings if f.after)
    assert finding.next_step == "Fix `t.py::breaks` first, then run again."


def test_the_first_that_fails_so_is_named_with_the_test_before():
    reason, after = reasons(run({"a": "", "b": CLOSED, "ok": "", "c": CLOSED}, **ALONE))["b", "c"]
    assert "The first to fail this way was `t.py::b`: look there, and at `t.py::a`" in reason
    assert after == "t.py::a"


def test_nothing_ran_before_the_first():
    reason, after = reasons(run({"b": CLOSED, "c": CLOSED}, **ALONE))["b", "c"]
    assert "The first to fail this way was `t.py::b`: look there." in reason
    assert after == ""


@pytest.mark.parametrize(
    "said",
    [
        "[Errno 98] Address already in use",
        "[Errno 48] error while attempting to bind",
        "database is locked",
        "Duplicated timeseries in CollectorRegistry: {'x'}",
        "codec 'x' is already registered",
        "I/O operation on closed file.",
    ],
)
def test_a_word_in_a_message_proves_nothing(said):
    tests = {"breaks": "boom at start", "b": said, "c": said}
    reason, after = reasons(run(tests))["b", "c"]
    assert after == "" and "polluted" not in reason
    assert reasons(run(tests, **ALONE))["b", "c"][1] == "t.py::breaks"


def test_an_error_is_traced_only_where_each_test_passes_alone():
    tests = {"breaks": "boom at start", "b": "no such room", "c": "no such room"}
    assert reasons(run(tests))["b", "c"][1] == ""
    reason, after = reasons(run(tests, breaks="failed", b="passed", c="passed"))["b", "c"]
    assert after == "t.py::breaks"
    assert reason.endswith("They pass alone.")


def test_the_command_runs_the_test_before_too():
    found = diagnose(
        run({"breaks": "boom at start", "b": CLOSED}, b="passed"), Config(Path())
    ).findings
    (finding,) = (f for f in found if f.after)
    assert rerun_of(finding) == "pytest t.py::breaks t.py::b"
