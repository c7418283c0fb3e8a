"""The function that failing tests execute and passing ones do not."""

import msgspec
import pytest

from gardener.diagnosis.grouping import group
from gardener.diagnosis.suspects import RaisedAt, suspect
from gardener.model import Failure, Frame, Phase, Report, Result


def run(tests, executed, deep=()):
    """A report of tests by outcome; `deep` failures have a frame in the project."""
    return Report(
        created="",
        results=tuple(Result(f"t.py::{name}", outcome) for name, outcome in tests.items()),
        failures=tuple(
            Failure(
                nodeid=f"t.py::{name}",
                phase=Phase.CALL,
                type="AssertionError" if name not in deep else "ValueError",
                message=f"assert '{name}' == 'right'",
                frames=(Frame("app.py", 3, "deep", "project"),) if name in deep else (),
            )
            for name, outcome in tests.items()
            if outcome == "failed"
        ),
    ), {f"t.py::{name}": frozenset(symbols) for name, symbols in executed.items()}


def suspects(report, executed):
    return {f.nodeid[6:]: f.suspect for f in suspect(report, executed).failures}


TWO_CAUSES = {"a": "failed", "b": "failed", "c": "failed", "d": "failed", "ok": "passed"}
CASES = [
    # two causes, each with a function of its own; `main` runs in the passing test too
    (
        TWO_CAUSES,
        {"a": ["main", "x"], "b": ["main", "x"], "c": ["main", "y"], "d": ["main", "y"], "ok": ["main"]},
        {"a": "x", "b": "x", "c": "y", "d": "y"},
    ),
    # what explains more comes first
    (
        TWO_CAUSES,
        {"a": ["x"], "b": ["x"], "c": ["x", "y"], "d": ["x", "y"], "ok": []},
        {"a": "x", "b": "x", "c": "x", "d": "x"},
    ),
    # passing tests clear the function
    (
        {"a": "failed", "b": "failed", "ok": "passed", "too": "passed"},
        {"a": ["x"], "b": ["x"], "ok": ["x"], "too": ["x"]},
        {"a": "", "b": ""},
    ),
    # a skipped one tells nothing
    ({"a": "failed", "b": "failed", "ok": "skipped"}, {"a": ["x"], "b": ["x"], "ok": ["x"]}, {"a": "x", "b": "x"}),
    # of a constructor and a method that the same tests execute, the method is named
    ({"a": "failed", "b": "failed"}, {"a": ["R.__init__", "R.join"], "b": ["R.__init__", "R.join"]}, {"a": "R.join", "b": "R.join"}),
    # one test alone is no pattern
    ({"a": "failed", "ok": "passed"}, {"a": ["x"], "ok": []}, {"a": ""}),
    # nothing was traced
    ({"a": "failed", "b": "failed"}, {}, {"a": "", "b": ""}),
]  # fmt: skip


@pytest.mark.parametrize(("tests", "executed", "expected"), CASES)
def test_suspects(tests, executed, expected):
    assert suspects(*run(tests, executed)) == expected


def test_a_failure_that_leads_into_the_project_keeps_its_own_explanation():
    tests = dict.fromkeys("abcd", "failed")
    executed = {name: ["x"] for name in tests}
    found = suspects(*run(tests, executed, deep=("c", "d")))
    assert found == dict.fromkeys("abcd", ""), "half of the tests have another explanation"


def test_a_place_that_many_pass_unharmed_got_its_wrong_value_elsewhere():
    tests = {**dict.fromkeys("abc", "failed"), **dict.fromkeys(["ok", "fine"], "passed")}
    executed = {name: ["app.py:deep", "wrong"] for name in "abc"}
    executed |= {name: ["app.py:deep"] for name in ("ok", "fine")}
    assert suspects(*run(tests, executed, deep="c")) == dict.fromkeys("abc", "wrong")
    executed |= {name: [] for name in ("ok", "fine")}
    assert suspects(*run(tests, executed, deep="c"))["c"] == "", "who gets there fails there"


def test_failures_of_one_suspect_are_one_group_that_says_so():
    report, executed = run(*CASES[0][:2])
    groups = group(suspect(report, executed).failures)
    found = [sorted(f.nodeid[6:] for f in one.failures) for one in groups]
    assert found == [["a", "b"], ["c", "d"]]
    assert [one.evidence.symbol for one in groups] == ["x", "y"]
    assert groups[0].reason == "All execute `x`, which mostly failing tests execute."


def test_variants_of_one_test_that_fail_in_two_ways_have_two_causes():
    """One suspect explains both, but the same lines of the test end in two types of exception."""
    tests = dict.fromkeys(("e2e[a]", "e2e[b]", "e2e[c]", "e2e[d]", "other"), "failed")
    report, executed = run(tests, {name: ["Formatter.__init__"] for name in tests})
    report = msgspec.structs.replace(
        report,
        failures=tuple(
            msgspec.structs.replace(f, type="JSONDecodeError", message="Expecting value: line 1")
            if f.nodeid[-3:] in ("[c]", "[d]")
            else f
            for f in report.failures
        ),
    )
    found = suspect(report, executed).failures
    assert {f.suspect for f in found} == {"Formatter.__init__"}
    groups = [sorted(f.nodeid[6:] for f in one.failures) for one in group(found)]
    assert groups == [["e2e[a]", "e2e[b]", "other"], ["e2e[c]", "e2e[d]"]]


LOST = RaisedAt("app.py:handle", "KeyError")
USUAL = RaisedAt("app.py:handle", "ValueError")
ENDED = RaisedAt("app.py:close", "SystemExit")
BORN = [
    # what only failing tests meet explains them, though as many pass the place unharmed
    ({"a": [LOST], "b": [USUAL, LOST], "ok": [USUAL], "too": [USUAL], "more": []}, {"a": LOST, "b": LOST}),
    # what passing tests meet as well is usual there
    ({"a": [USUAL], "b": [USUAL], "ok": [USUAL], "too": [USUAL], "more": []}, {}),
    # that a program ended says nothing of its cause
    ({"a": [ENDED, LOST], "b": [ENDED], "ok": [], "too": [], "more": []}, {"a": LOST}),
    # the first of several is nearest to the cause
    ({"a": [LOST, RaisedAt("app.py:close", "OSError")], "b": [], "ok": [], "too": [], "more": []}, {"a": LOST}),
]  # fmt: skip


@pytest.mark.parametrize(("born", "expected"), BORN)
def test_an_exception_that_hardly_any_passing_test_meets(born, expected):
    tests = {"a": "failed", "b": "failed", "ok": "passed", "too": "passed", "more": "passed"}
    report, executed = run(tests, {name: ["app.py:handle", "app.py:close"] for name in tests})
    found = suspect(report, executed, {f"t.py::{name}": own for name, own in born.items()})
    named = {f.nodeid[6:]: (f.suspect, f.suspect_raised) for f in found.failures if f.suspect}
    assert named == expected


def test_an_exception_that_the_message_names_needs_no_passing_tests():
    shown = {"a": "<Result KeyError('x')>", "b": "<Result SystemExit(2)>"}
    report, executed = run({"a": "failed", "b": "failed"}, {"a": [], "b": []})
    report = msgspec.structs.replace(
        report,
        failures=tuple(
            msgspec.structs.replace(f, message=f"assert 1 == 0\n where 1 = {shown[f.nodeid[6:]]}")
            for f in report.failures
        ),
    )
    both = [LOST, RaisedAt("app.py:main", "SystemExit")]
    found = suspect(report, executed, {f"t.py::{name}": both for name in "ab"}).failures
    assert [(f.suspect, f.suspect_raised) for f in found] == [LOST, ("", "")]


def test_an_exception_that_another_test_ends_in_needs_no_passing_tests():
    tests = {"a": "failed", "b": "failed", "ends": "failed", "ok": "passed"}
    report, executed = run(tests, {name: ["app.py:handle"] for name in ("a", "b", "ends")})
    place = Frame("app.py", 3, "handle", "project")
    ended = {"type": "lib.ValueError", "message": "bad escape", "frames": (place,)}
    report = msgspec.structs.replace(
        report,
        failures=tuple(
            msgspec.structs.replace(f, **ended) if f.nodeid == "t.py::ends" else f
            for f in report.failures
        ),
    )
    found = suspect(report, executed, {f"t.py::{name}": [USUAL] for name in ("a", "b", "ends")})
    (one,) = group(found.failures)
    assert len(one.failures) == 3
    assert one.evidence.root.message == "bad escape"
    met = suspect(report, executed, {f"t.py::{name}": [USUAL] for name in tests}).failures
    assert not any(f.suspect_raised for f in met)


def test_where_no_passing_test_gets_an_exception_tells_no_more_than_the_place():
    tests = {"a": "failed", "b": "failed", "ok": "passed"}
    report, executed = run(tests, {"a": ["app.py:handle"], "b": ["app.py:handle"], "ok": []})
    born = {f"t.py::{name}": [USUAL] for name in "ab"}
    found = suspect(report, executed, born).failures
    assert {(f.suspect, f.suspect_raised) for f in found} == {("app.py:handle", "")}


def test_a_raise_in_a_fixture_explains_itself():
    broken = Failure(
        nodeid="t.py::a", phase=Phase.SETUP, type="OSError", message="busy",
        frames=(Frame("conftest.py", 3, "server", "test", 'raise OSError("busy")'),),
    )  # fmt: skip
    report, executed = run({"a": "failed", "b": "failed", "ok": "passed"}, {"a": ["x"], "b": ["x"]})
    report = msgspec.structs.replace(report, failures=(broken, *report.failures[1:]))
    assert [f.suspect for f in suspect(report, executed).failures] == ["", ""]


def test_where_most_tests_fail_a_function_must_stand_out_from_them():
    names = [f"t{n}" for n in range(20)]
    tests = {**dict.fromkeys(names, "failed"), "ok": "passed", "too": "passed"}
    executed = {name: ["main", "own" if name < "t11" else "other"] for name in tests}
    executed |= {"ok": ["main"], "too": ["main"]}
    found = suspects(*run(tests, executed))
    assert set(found.values()) == {"own", "other"}, "not `main`, which 20 of 22 fail that execute"


def test_what_shows_a_value_is_no_suspect():
    """Pytest calls it where an assertion fails: that failing tests execute it says nothing."""
    tests = {"a": "failed", "b": "failed", "ok": "passed"}
    executed = {"a": ["app.py:Room.__repr__"], "b": ["app.py:Room.__repr__"], "ok": []}
    assert suspects(*run(tests, executed)) == {"a": "", "b": ""}
