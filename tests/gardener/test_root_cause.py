"""The exception that a failure is about, and the code that it leads to."""

import pytest

from gardener.diagnosis.fingerprint import evidence_of
from gardener.diagnosis.root_cause import frame_of, in_test_function, root_of, symbol_at, symbols_of
from gardener.model import Cause, Failure, Frame, Phase

PARSE = Frame("app/core.py", 3, "Parser.parse", "project")
LOAD = Frame("app/core.py", 9, "load", "project")
TEST = Frame("t.py", 1, "test_it", "test")
LIBRARY = Frame("/lib/json.py", 5, "loads", "library")


def failed(type_, message, *causes, nodeid="t.py::test_it", frames=(), **more):
    return Failure(
        nodeid=nodeid,
        phase=Phase.CALL,
        type=type_,
        message=message,
        causes=causes,
        frames=frames,
        **more,
    )


def cause(link, type_, message=""):
    return Cause(type=type_, message=message, link=link)


def staged(source, function):
    """A failed assertion in the handler of an error that was raised by this statement."""
    raised = Frame("t.py", 2, function, "test", source)
    checked = Frame("t.py", 4, "test_it", "test", "assert shown == 'x'")
    behind = Cause(type="ValueError", message="x", link="context", frames=(raised,))
    return failed("AssertionError", "assert 'y' == 'x'", behind, frames=(checked,))


ROOTS = [
    ("nothing behind it", failed("ValueError", "no"), "ValueError"),
    ("raise ... from", failed("RuntimeError", "no", cause("cause", "KeyError")), "KeyError"),
    ("a member of a group", failed("ExceptionGroup", "1", cause("group", "OSError")), "OSError"),
    ("a whole chain", failed("A", "", cause("cause", "B"), cause("cause", "C")), "C"),
    ("handled on the way", failed("ValueError", "no", cause("context", "KeyError", "'x'")), "ValueError"),
    ("a verdict of the test", failed("Failed", "no", cause("context", "KeyError", "'x'")), "KeyError"),
    ("a verdict without a word", failed("Failed", "no", cause("context", "KeyError")), "Failed"),
    ("a repeated message", failed("OSError", "cannot: no such room", cause("context", "KeyError", "no such room")), "KeyError"),
    ("in a clean-up", failed("AttributeError", "no", cause("context", "OSError", "x"), facts={"cleanup": "finally"}), "OSError"),
    ("a library lacks it, in a clean-up or not", failed("AttributeError", "no", cause("context", "OSError", "x"), facts={"cleanup": "__exit__", "lacks": "`a.b`"}), "AttributeError"),
    ("the deadline that a clean-up tells of", failed("TooSlowError", "", cause("context", "trio.Cancelled"), facts={"cleanup": "__exit__"}), "TooSlowError"),
    ("too short to repeat", failed("OSError", "cannot: no", cause("context", "KeyError", "no")), "OSError"),
    ("cancelled from outside", failed("TimeoutError", "", cause("cause", "asyncio.CancelledError")), "TimeoutError"),
    ("an error that the test raised to check its handling", staged("raise ValueError('x')", "test_it"), "AssertionError"),
    ("an error of another function, checked in a handler", staged("raise ValueError('x')", "helper"), "ValueError"),
    ("an error that came up in the test, checked in a handler", staged("load()", "test_it"), "ValueError"),
    ("a fixture's look-up", failed("FixtureLookupError", "", cause("cause", "KeyError")), "FixtureLookupError"),
]  # fmt: skip


@pytest.mark.parametrize(("failure", "expected"), [row[1:] for row in ROOTS], ids=[row[0] for row in ROOTS])  # fmt: skip
def test_root_of(failure, expected):
    assert root_of(failure).type == expected


INSIDE = (LIBRARY,)
WRAPPED = [
    ("an error of its inside", ("NotImplementedError", "Do you have it installed?"), ("KeyError", "'RS256'", INSIDE), True),
    ("the text of the driver in its own", ("sa.OperationalError", "(db.Error) no such table: x [SQL: ...]"), ("db.Error", "no such table: x", INSIDE), True),
    ("another text", ("wrap.Failed", "it failed somehow"), ("ValueError", "bad value", INSIDE), False),
    ("an error of the project", ("wrap.Failed", "it failed somehow"), ("KeyError", "'x'", (LIBRARY, PARSE)), False),
]  # fmt: skip


@pytest.mark.parametrize(("outer", "inner", "is_told"), [row[1:] for row in WRAPPED], ids=[row[0] for row in WRAPPED])  # fmt: skip
def test_what_a_library_wraps_is_told_in_its_words(outer, inner, is_told):
    type_, message, frames = inner
    behind = Cause(type=type_, message=message, frames=frames, link="cause")
    one = failed(*outer, behind, frames=(TEST, LIBRARY))
    assert root_of(one).type == (outer[0] if is_told else type_)
    former = evidence_of(failed(type_, message, frames=frames)).fingerprint
    if is_told:
        assert former in evidence_of(one).fingerprints


def test_the_frame_is_that_of_the_root_else_of_the_failure():
    inner = Cause(type="KeyError", message="", link="cause", frames=(TEST, PARSE, LIBRARY))
    assert frame_of(failed("E", "", inner, frames=(TEST, LOAD))) == PARSE
    assert frame_of(failed("E", "", cause("cause", "KeyError"), frames=(TEST, LOAD))) == LOAD
    assert frame_of(failed("E", "")) is None


@pytest.mark.parametrize(
    ("nodeid", "function", "expected"),
    [
        ("t.py::test_it", "test_it", True),
        ("t.py::TestIt::test_it", "TestIt.test_it", True),
        ("t.py::test_it[a::b]", "test_it.<locals>.inner", True),
        ("pages/[id]/t.py::test_it[[x]]", "test_it", True),
        ("pages/[id]/t.py::test_it", "helper", False),
        ("t.py::test_it", "test_it_too", False),
        ("t.py::test_it", "", False),
        ("t.py", "<module>", False),
    ],
)
def test_in_test_function(nodeid, function, expected):
    failure = failed("E", "", nodeid=nodeid)
    assert in_test_function(failure, Frame("t.py", 1, function, "test")) is expected


def test_symbols_come_from_the_traceback_the_statement_and_the_test():
    failure = failed(
        "E",
        "",
        frames=(TEST, LOAD, PARSE, LIBRARY),
        statement_symbols=("app/core.py:load",),
        body_symbols=("app/core.py:close",),
    )
    symbols = ["app/core.py:Parser.parse", "app/core.py:load", "app/core.py:close"]
    assert symbols_of(failure, failure) == symbols
    assert symbols_of(failure, failure, limit=2) == symbols[:2]
    assert symbol_at(Frame("a.py", 1, "f.<locals>.g", "project")) == "a.py:f.g"
    assert symbol_at(Frame("a.py", 1, "", "project")) == "a.py"
