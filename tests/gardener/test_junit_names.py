"""Nodeids out of `file`, `classname` and `name` of a JUnit test case."""

from xml.etree.ElementTree import Element, SubElement

import pytest

from gardener.model import Phase
from gardener.reports.junit_names import name_of, plain_name

NODEIDS = [
    # pytest, with and without the file
    ("tests.test_a", "test_x", "", "tests/test_a.py::test_x"),
    ("tests.test_a.TestIt", "test_x[a::b]", "", "tests/test_a.py::TestIt::test_x[a::b]"),
    ("tests.test_a.TestIt.TestIn", "test_x", "", "tests/test_a.py::TestIt::TestIn::test_x"),
    ("tests.test_a.TestIt", "test_x", "tests/test_a.py", "tests/test_a.py::TestIt::test_x"),
    ("tests.test_a.lower", "test_x", "tests/test_a.py", "tests/test_a.py::lower::test_x"),
    ("tests.test_a", "test_x", "tests\\test_a.py", "tests/test_a.py::test_x"),
    ("my-app.tests.test_a", "test_x", "", "my-app/tests/test_a.py::test_x"),
    # the class repeats the end of the path only: pytest ran in a folder
    ("tests.test_a.TestIt", "test_x", "api/tests/test_a.py", "api/tests/test_a.py::TestIt::test_x"),
    # folders with brackets, spaces and dots
    ("pages.[id].test_a.TestIt", "test_x[[y]]", "", "pages/[id]/test_a.py::TestIt::test_x[[y]]"),
    ("pages.[...all].test_a", "test_x", "pages/[...all]/test_a.py", "pages/[...all]/test_a.py::test_x"),
    ("my tests.test_a.TestIt", "test_x", "my tests/test_a.py", "my tests/test_a.py::TestIt::test_x"),
    ("", "pages.[id]/test_a.py::test_x[1]", "", "pages/[id]/test_a.py::test_x[1]"),
    # a library's file says nothing
    ("tests.test_a", "test_x", "/usr/lib/python3.12/unittest/case.py", "tests/test_a.py::test_x"),
    # no class at all
    ("", "tests.test_a", "", "tests/test_a.py"),
    ("", "tests.test_a", "tests/test_a.py", "tests/test_a.py"),
    ("", "test_x", "tests/test_a.py", "tests/test_a.py::test_x"),
    ("", "test_x[1]", "", "test_x[1]"),
    # no dotted path: another runner's words
    ("Room joins a user", "joins", "", "Room joins a user::joins"),
    ("Room", "joins", "", "Room::joins"),
    # subtests
    ("tests.test_a.TestIt", "test_x (n=3)", "", "tests/test_a.py::TestIt::test_x"),
    ("tests.test_a.TestIt", "test_x [odd] (n=3)", "", "tests/test_a.py::TestIt::test_x"),
]  # fmt: skip


def case(classname, name, file="", message=""):
    element = Element("testcase", classname=classname, name=name, file=file)
    if message:
        SubElement(element, "error", message=message)
    return element


@pytest.mark.parametrize(("classname", "name", "file", "nodeid"), NODEIDS)
def test_nodeids(classname, name, file, nodeid):
    assert name_of(case(classname, name, file)) == (nodeid, None)


NO_TESTS = [
    (case("", "tests.test_a", message="collection failure"), "tests/test_a.py", Phase.COLLECT),
    (case("unittest.loader._FailedTest", "tests.test_a"), "tests/test_a.py", Phase.COLLECT),
    (case("", "setUpClass (tests.test_a.TestIt)"), "tests/test_a.py::TestIt", Phase.SETUP),
    (case("", "tearDownModule (tests.test_a)"), "tests/test_a.py", Phase.TEARDOWN),
]


@pytest.mark.parametrize(("element", "nodeid", "phase"), NO_TESTS)
def test_what_is_no_test_tells_its_phase(element, nodeid, phase):
    assert name_of(element) == (nodeid, phase)


def test_the_name_of_another_language_is_left_as_it_is():
    assert plain_name(case("com.app.RoomTest", "joins")) == "com.app.RoomTest::joins"
    assert plain_name(case("", "joins")) == "joins"
