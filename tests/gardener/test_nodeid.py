"""Nodeids taken apart, and put together again to the same text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gardener.nodeid import NodeId, file_of, without_parameters

CASES = [
    ("tests/test_a.py", NodeId("tests/test_a.py")),
    ("tests/test_a.py::test_b", NodeId("tests/test_a.py", ("test_b",))),
    ("test_a.py::TestC::test_b", NodeId("test_a.py", ("TestC", "test_b"))),
    ("test_a.py::test_b[1]", NodeId("test_a.py", ("test_b",), "1")),
    ("test_a.py::test_b[]", NodeId("test_a.py", ("test_b",), "")),
    ("test_a.py::test_b[a::b]", NodeId("test_a.py", ("test_b",), "a::b")),
    ("test_a.py::test_b[[x]-y[0]]", NodeId("test_a.py", ("test_b",), "[x]-y[0]")),
    ("test_a.py::test_b[x.py::test_c]", NodeId("test_a.py", ("test_b",), "x.py::test_c")),
    ("test_a.py::test_b[one\ntwo ]", NodeId("test_a.py", ("test_b",), "one\ntwo ")),
    ("pages/[id]/test_a.py::test_b", NodeId("pages/[id]/test_a.py", ("test_b",))),
    ("pages/[id]/test_a.py::test_b[1]", NodeId("pages/[id]/test_a.py", ("test_b",), "1")),
    ("pages/[id]", NodeId("pages/[id]")),
    ("a::b/test_a.py::test_c", NodeId("a::b/test_a.py", ("test_c",))),
    ("a b\n/test_a.py::test_c", NodeId("a b\n/test_a.py", ("test_c",))),
    ("docs/guide.rst::guide.rst", NodeId("docs/guide.rst", ("guide.rst",))),
    ("a::b/guide.rst::guide.rst", NodeId("a::b/guide.rst", ("guide.rst",))),
    ("pkg/mod.py::pkg.mod.Class.f", NodeId("pkg/mod.py", ("pkg.mod.Class.f",))),
    ("cases.yml::a case: first", NodeId("cases.yml", ("a case: first",))),
    ("some.Class::test_a", NodeId("some.Class", ("test_a",))),
    ("package.Suite::test_a[x/y.z::1]", NodeId("package.Suite", ("test_a",), "x/y.z::1")),
    ("folder", NodeId("folder")),
    ("", NodeId("")),
    ("test_a.py::test_b[1", NodeId("test_a.py", ("test_b[1",))),
]


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[text for text, _ in CASES])
def test_a_nodeid_is_taken_apart(text, expected):
    assert NodeId.parse(text) == expected
    assert str(expected) == text


PART = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="/"), min_size=1, max_size=8
)
NAME = st.from_regex(r"\A[A-Za-z_]\w*\Z")


@given(
    folders=st.lists(PART.filter(lambda part: ".py::" not in part + "::"), max_size=3),
    names=st.lists(NAME, min_size=1, max_size=3),
    parameters=st.none() | st.text(max_size=12),
)
def test_whatever_folders_and_parameters_hold(folders, names, parameters):
    expected = NodeId("/".join([*folders, "test_a.py"]), tuple(names), parameters)
    assert NodeId.parse(str(expected)) == expected


def test_parts_of_a_nodeid():
    test = NodeId.parse("pages/[id]/test_a.py::TestC::test_b[a::b]")
    assert test.name == "test_b"
    assert test.qualname == "TestC.test_b"
    assert str(test.without_parameters) == "pages/[id]/test_a.py::TestC::test_b"
    assert str(test.parent) == "pages/[id]/test_a.py::TestC"
    assert [str(around) for around in test.containers()] == [
        "pages/[id]/test_a.py",
        "pages/[id]/test_a.py::TestC",
        "pages/[id]/test_a.py::TestC::test_b",
    ]
    assert NodeId.parse("test_a.py").child("TestC").child("test_b") == NodeId.parse(
        "test_a.py::TestC::test_b"
    )
    assert file_of(str(test)) == "pages/[id]/test_a.py"
    assert without_parameters(str(test)) == "pages/[id]/test_a.py::TestC::test_b"


@pytest.mark.parametrize(
    ("nodeid", "container", "expected"),
    [
        ("a.py::T::t[1]", "a.py", True),
        ("a.py::T::t[1]", "a.py::T", True),
        ("a.py::T::t[1]", "a.py::T::t", True),
        ("a.py::T::t[1]", "a.py::T::t[1]", True),
        ("a.py::T::t[1]", "a.py::T::t[2]", False),
        ("a.py::Tt::t", "a.py::T", False),
        ("a.py::t", "b.py", False),
        ("a.py", "a.py::t", False),
    ],
)
def test_what_lies_within_what(nodeid, container, expected):
    assert NodeId.parse(nodeid).is_within(NodeId.parse(container)) is expected
