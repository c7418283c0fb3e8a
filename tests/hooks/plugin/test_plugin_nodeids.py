"""Nodeids inside the plugin: taken apart as gardener's own `NodeId` does."""

import pytest
from gardener.hooks.plugin.nodeids import NodeIds, split_file, without_group
from gardener.hooks.plugin.repository import Repository

from gardener.nodeid import file_of

pytest_plugins = ["pytester"]

CASES = [
    ("tests/test_a.py", "", ""),
    ("tests/test_a.py", "::test_b", ""),
    ("test_a.py", "::TestC::test_b[a::b]", ""),
    ("test_a.py", "::test_b[x.py::test_c]", ""),
    ("pages/[id]/test_a.py", "::test_b[1]", ""),
    ("a::b/test_a.py", "::test_c", ""),
    ("a b\n/test_a.py", "::test_c", ""),
    ("docs/guide.rst", "::guide.rst", ""),
    ("cases.yml", "::a case: first", ""),
    ("folder", "", ""),
    ("", "", ""),
    ("test_a.py", "::test_b", "@group"),
    ("test_a.py", "::test_b[x@y]", "@group"),
    ("test_a.py", "::test_b[x@y]", ""),
    ("pages/[id]/a@b/test_a.py", "::test_b", ""),
    ("pages/[id]/a@b/test_a.py", "::test_b", "@group"),
]


@pytest.mark.parametrize(("file", "names", "group"), CASES)
def test_the_file_and_the_group_of_a_nodeid(file, names, group):
    nodeid = file + names
    assert split_file(nodeid) == (file, names)
    assert file_of(nodeid) == file
    assert without_group(nodeid + group) == nodeid


@pytest.mark.parametrize(
    ("rootdir", "options", "nodeid", "expected"),
    [
        (".", [], "test_a.py::test_b", "test_a.py::test_b"),
        (".", [], "test_a.py::test_b[\udc80]", "test_a.py::test_b[\\udc80]"),
        (".", [], "test_a.py::test_b@group", "test_a.py::test_b@group"),
        ("sub", [], "test_a.py::test_b[/]", "sub/test_a.py::test_b[/]"),
        ("sub", [], "../test_a.py::test_b", "test_a.py::test_b"),
        ("sub", [], "a::b/test_a.py::test_b", "sub/a::b/test_a.py::test_b"),
        ("sub", ["--dist=loadgroup"], "test_a.py::test_b@group", "sub/test_a.py::test_b"),
    ],
)
def test_nodeids_relative_to_the_repository(pytester, rootdir, options, nodeid, expected):
    pytester.mkdir("sub")
    pytester.makeini("[pytest]\n")
    config = pytester.parseconfig(f"--rootdir={pytester.path / rootdir}", *options)
    repository = Repository(str(pytester.path), str(pytester.path), ["test_*.py"])
    assert NodeIds(config, repository).relative(nodeid) == expected
