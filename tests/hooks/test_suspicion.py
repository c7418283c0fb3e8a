"""What a run traced becomes suspects: project functions only."""

from gardener.hooks.pytest_run.traces import Executed, Trace
from gardener.hooks.record.suspicion import suspected

from gardener.model import Failure, Phase, Report, Result


def trace(**tests):
    return Trace(
        tests={
            f"tests/t.py::{name}": Executed(frozenset(symbols), frozenset(), ran=frozenset(symbols))
            for name, symbols in tests.items()
        },
        modules={},
        sites=(),
        python="",
    )


def failed(name):
    return Failure(
        nodeid=f"tests/t.py::{name}",
        phase=Phase.CALL,
        type="AssertionError",
        message=f"{name} == 1",
    )


def test_functions_of_tests_and_modules_are_no_suspects():
    own = ("tests/t.py", "helper")
    module = ("app/core.py", "")
    wrong = ("app/core.py", "price")
    report = Report(
        created="",
        results=(Result("tests/t.py::a", "failed"), Result("tests/t.py::b", "failed")),
        failures=(failed("a"), failed("b")),
    )
    found = suspected(report, [trace(a=[own, module, wrong], b=[own, module]), trace(b=[wrong])])
    assert [failure.suspect for failure in found.failures] == ["app/core.py:price"] * 2


def test_a_green_run_is_left_as_it_is():
    report = Report(created="", results=(Result("tests/t.py::a", "passed"),))
    assert suspected(report, [trace(a=[("app/core.py", "price")])]) is report


def test_what_an_import_ran_is_no_suspect():
    """It belongs to the tests of the file that happened to be collected first."""
    imported = frozenset({("app/core.py", "register")})
    tests = {f"tests/t.py::{name}": Executed(imported, frozenset()) for name in "ab"}
    report = Report(
        created="",
        results=(Result("tests/t.py::a", "failed"), Result("tests/t.py::b", "failed")),
        failures=(failed("a"), failed("b")),
    )
    assert suspected(report, [Trace(tests, {}, (), "")]) is report
