"""What two failures share: a table of links, and what is no link."""

import pytest

from gardener.diagnosis.fingerprint import evidence_of
from gardener.diagnosis.links import Link, LinkKind, Member, links_of
from gardener.model import Failure, Frame, Phase

TEST = Frame("t.py", 9, "test_it", "test", "assert load() == 3")
LOAD = Frame("app.py", 3, "load", "project", "return TABLE[name]")
RAISE = Frame("app.py", 5, "Room.check", "project", "raise ValueError(name)")
HELPER = Frame("helpers.py", 5, "check", "test", "assert room.open")


def failed(type_, message, *frames, nodeid="t.py::test_it", **more):
    return Failure(
        nodeid=nodeid, phase=Phase.CALL, type=type_, message=message, frames=frames, **more
    )


def links(*failures):
    return links_of([Member(failure, evidence_of(failure)) for failure in failures])


def kinds(*failures):
    return {link.kind for link in links(*failures)}


CASES = [
    (
        "an error text, by the symbols of the test and by its file",
        failed("OSError", "port 1 is busy", TEST, statement_symbols=("app.py:load",)),
        [
            Link(LinkKind.TEXT, "OSError: port <n> is busy", "app.py:load"),
            Link(LinkKind.TEXT_IN_FILE, "t.py\0OSError: port <n> is busy", ""),
            Link(LinkKind.TEXT_ANYWHERE, "OSError: port <n> is busy", ""),
        ],
    ),
    (
        "a wrong type",
        failed("TypeError", "'NoneType' object is not iterable", TEST, body_symbols=("app.py:load",)),
        [
            Link(LinkKind.TEXT, "TypeError: 'NoneType' object is not iterable", "app.py:load"),
            Link(LinkKind.TEXT_IN_FILE, "t.py\0TypeError: 'NoneType' object is not iterable", ""),
            Link(LinkKind.TEXT_ANYWHERE, "TypeError: 'NoneType' object is not iterable", ""),
            Link(LinkKind.WRONG_TYPE, "NoneType", "app.py:load"),
        ],
    ),
    (
        "a suspect, and an exception that was swallowed there",
        failed("AssertionError", "assert 1 == 2", TEST, suspect="app.py:load", suspect_raised="KeyError"),
        [Link(LinkKind.RAISED, "KeyError", "app.py:load")],
    ),
    (
        "a suspect alone",
        failed("AssertionError", "assert 1 == 2", TEST, suspect="app.py:load"),
        [Link(LinkKind.SUSPECT, "app.py:load", "app.py:load")],
    ),
    (
        "a variant",
        failed("AssertionError", "assert 1 == 2", TEST, nodeid="t.py::test_it[a::b]"),
        [Link(LinkKind.VARIANT, "t.py::test_it\0AssertionError\0t.py:test_it\0assert load() == 3", "")],
    ),
    ("a symbol that names its cause", failed("FixtureLookupError", "fixture 'db' not found"), []),
    ("numbers alone are no text", failed("AssertionError", "assert 1 == 2", TEST), []),
]  # fmt: skip


@pytest.mark.parametrize(("failure", "expected"), [row[1:] for row in CASES], ids=[row[0] for row in CASES])  # fmt: skip
def test_links_of_one_failure(failure, expected):
    assert links(failure) == expected


def test_a_raise_of_the_project_is_told_by_its_place_not_by_its_text():
    assert kinds(failed("ValueError", "no such room", TEST, RAISE)) == set()
    assert LinkKind.TEXT in kinds(failed("KeyError", "no such room", TEST, LOAD))


def test_a_raise_that_says_the_name_of_the_test():
    failure = failed("ValueError", "test_it is not open", TEST, RAISE)
    text = "ValueError\0_ is not open"
    assert links(failure) == [Link(LinkKind.TEST_NAME_IN_TEXT, text, "app.py:Room.check")]


def test_an_assertion_in_code_that_tests_share():
    content = "helpers.py:check\0assert room.open"
    link = Link(LinkKind.ASSERTION, content, "helpers.py:check")
    assert link in links(failed("AssertionError", "assert False", TEST, HELPER))


def test_a_folder_with_brackets_makes_no_variants():
    plain = failed("AssertionError", "assert 1 == 2", TEST, nodeid="pages/[id]/t.py::test_it")
    assert LinkKind.VARIANT not in kinds(plain)


def test_the_links_of_a_cluster_are_each_named_once():
    failure = failed("OSError", "port 1 is busy", TEST)
    assert links(failure, failure) == links(failure)
