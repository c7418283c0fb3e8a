"""Fingerprints as they are: one that changes orphans the issues and the history of every team."""

import pytest

from gardener.diagnosis.fingerprint import evidence_of
from gardener.diagnosis.rules import Rule
from gardener.model import Cause, Failure, Frame, Phase


def failed(type_, message, *frames, phase=Phase.CALL, nodeid="tests/test_a.py::test_a[1]", **more):
    return Failure(nodeid=nodeid, phase=phase, type=type_, message=message, frames=frames, **more)


PARSE = Frame("app/core.py", 3, "Parser.parse", "project", "return int(text)")
RAISE = Frame("app/core.py", 3, "Parser.parse", "project", "raise ValueError(text)")
TEST = Frame("tests/test_a.py", 9, "test_a", "test", "assert load() == 3")
FIXTURE = Frame("tests/conftest.py", 9, "server", "test", "start()")
CYCLE = "cannot import name 'x' from partially initialized module 'a.b'"
MISSING = "Room.__init__() missing 1 required positional argument: 'owner'"

STABLE = [
    ("a missing module", failed("ModuleNotFoundError", "No module named 'a.b'"), Rule.IMPORT, "1:3ae9cfb100de"),
    ("a missing name", failed("ImportError", "cannot import name 'x' from 'a.b' (a/b.py)"), Rule.IMPORT, "1:1a06f70371fa"),
    (
        "a cycle of imports",
        failed("ImportError", CYCLE, Frame("a/b.py", 1, "<module>", "project"), Frame("c.py", 1, "<module>", "project")),
        Rule.CYCLE,
        "1:4202fdb01e53",
    ),
    ("a syntax error", failed("SyntaxError", "invalid syntax (core.py, line 3)", phase=Phase.COLLECT), Rule.SYNTAX, "1:c75c3557b443"),
    ("a wrong call", failed("TypeError", MISSING), Rule.SIGNATURE, "1:69403470841c"),
    ("the same, by its file", failed("TypeError", MISSING, facts={"callable": "app/room.py:Room.__init__"}), Rule.SIGNATURE, "1:1f76f7cd21ed"),
    ("an attribute of a mock", failed("AttributeError", "Mock object has no attribute 'x'"), Rule.MOCK, "1:a35571105bcf"),
    ("an attribute", failed("AttributeError", "'Room' object has no attribute 'x'"), Rule.ATTRIBUTE, "1:679f215c6814"),
    ("a fixture", failed("FixtureLookupError", "fixture 'db' not found"), Rule.FIXTURE, "1:9107f851b510"),
    ("an undefined name", failed("NameError", "name 'x' is not defined", PARSE), Rule.NAME, "1:41d185e2c38a"),
    ("an enum as text", failed("AssertionError", "assert 'Colour.RED' == 'red'"), Rule.ENUM, "1:53e596ff6083"),
    ("a deprecation", failed("DeprecationWarning", "app.old() is deprecated"), Rule.DEPRECATED, "1:43364071d155"),
    ("a place", failed("KeyError", "'x'", TEST, PARSE), Rule.FRAME, "1:d95cd1cf9e20"),
    ("a raise", failed("ValueError", "no room 'a' of 3", TEST, RAISE), Rule.FRAME, "1:e7cfafda9901"),
    ("a fixture that breaks", failed("OSError", "busy", FIXTURE, phase=Phase.SETUP), Rule.HELPER, "1:423ed9574082"),
    ("an assertion", failed("AssertionError", "assert 2 == 3", TEST), Rule.ASSERTION, "1:904c7deaa506"),
    ("a message alone", failed("OSError", "port 1 is busy"), Rule.MESSAGE, "1:ca361ba9c2d9"),
    (
        "a swallowed exception",
        failed("AssertionError", "assert 2 == 3", TEST, suspect="app/core.py:load", suspect_raised="KeyError"),
        Rule.RAISED,
        "1:163eab76db51",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("failure", "rule", "expected"), [row[1:] for row in STABLE], ids=[row[0] for row in STABLE])  # fmt: skip
def test_fingerprints_are_stable(failure, rule, expected):
    evidence = evidence_of(failure)
    assert (evidence.rule, evidence.fingerprint) == (rule, expected)


SAME = {
    "another line, test and number": (
        failed("KeyError", "'x'", TEST, PARSE),
        failed("KeyError", "'y'", Frame("app/core.py", 99, "Parser.parse", "project"), nodeid="t.py::b"),
    ),
    "parameters": (
        failed("AssertionError", "assert 2 == 3", TEST),
        failed("AssertionError", "assert 2 == 4", TEST, nodeid="tests/test_a.py::test_a[x::[y]]"),
    ),
    "wrapped": (
        failed("KeyError", "'x'", PARSE),
        failed("Failed", "no", TEST, causes=(Cause(type="KeyError", message="'x'", frames=(PARSE,), link="context"),)),
    ),
}  # fmt: skip
DIFFERENT = {
    "two types at one place": (failed("KeyError", "'x'", PARSE), failed("OSError", "x", PARSE)),
    "two texts of one raise": (
        failed("ValueError", "no room", RAISE),
        failed("ValueError", "no user", RAISE),
    ),
    "two tests below a folder with brackets": (
        failed("AssertionError", "assert 2 == 3", TEST, nodeid="pages/[id]/test_a.py::test_a"),
        failed("AssertionError", "assert 2 == 3", TEST, nodeid="pages/[id]/test_b.py::test_b"),
    ),
}


@pytest.mark.parametrize("pair", SAME.values(), ids=SAME)
def test_one_cause_has_one_fingerprint(pair):
    assert len({evidence_of(failure).fingerprint for failure in pair}) == 1


@pytest.mark.parametrize("pair", DIFFERENT.values(), ids=DIFFERENT)
def test_two_causes_have_two(pair):
    assert len({evidence_of(failure).fingerprint for failure in pair}) == 2


def test_a_swallowed_exception_is_known_by_the_assertion_too():
    with_trace = evidence_of(STABLE[-1][1])
    without = evidence_of(failed("AssertionError", "assert 2 == 3", TEST))
    assert with_trace.fingerprints == (with_trace.fingerprint, without.fingerprint)
    assert without.fingerprints == (without.fingerprint,)


FSTRING = Frame("app/core.py", 3, "Parser.parse", "project", 'raise ValueError(f"no room {name}")')
BASE = {"base": "b.py:Base", "owner": "t.TestA"}
NO_ROOMS = "'TestA' object has no attribute 'rooms'"
NO_SKIP = "'TestA' object has no attribute 'skipTest'"
STORED = [
    ("a value in a raise", failed("ValueError", "no room blue", TEST, FSTRING), "1:35168e9ec93d"),
    ("an id in a raise", failed("ValueError", "no room room-3fa8b1c2", TEST, RAISE), "1:e5224edea998"),
    ("a counter in a verdict", failed("AssertionError", "server user17 did not start"), "1:222bcf5fb98a"),
    ("a counter in a text", failed("ValueError", "server user17 did not start", phase=Phase.SETUP), "1:423e8a752c0d"),
    ("an id in a module", failed("ModuleNotFoundError", "No module named 'plugin_3fa8b1c2'"), "1:99d4ec7b598a"),
    ("an id in a deprecation", failed("DeprecationWarning", "use of room-3fa8b1c2 is deprecated"), "1:f6aa5c1108ac"),
    ("what a test lacks", failed("AttributeError", NO_ROOMS, nodeid="t.py::TestA::test_a"), "1:bd35407626f7"),
    ("a setup", failed("AttributeError", NO_ROOMS, facts={"setup": "t.py:TestA.setUp", "name": "rooms", **BASE}), "1:be286f404a9e"),
    ("a method of unittest", failed("AttributeError", NO_SKIP, facts={"name": "skipTest", **BASE}), "1:71d39c98e41e"),
]  # fmt: skip
"""What the version before texts without chance made of failures, as it stands in issues and histories."""


@pytest.mark.parametrize(
    ("failure", "stored"), [case[1:] for case in STORED], ids=[c[0] for c in STORED]
)
def test_a_fingerprint_that_was_stored_before_is_known(failure, stored):
    evidence = evidence_of(failure)
    assert stored in evidence.fingerprints
    assert evidence.fingerprint != stored
