"""The nodes of the dependency graph: kinds, order, and how they are shown."""

import pytest
from gardener.hooks.selection.link.nodes import (
    ANY_ATTRIBUTE,
    ANY_DOCSTRING,
    ANY_MODULE,
    SELF_DOCSTRING,
    NodeKind,
    VirtualNode,
    attribute,
    docstring,
    kind_of,
    module_value,
    node_of_test,
    reachable,
    self_attribute,
    show,
    sort_key,
    type_check,
)

from gardener.model import Symbol

RUN = Symbol("pkg/a.py", "Engine.run")
ENGINE = Symbol("pkg/a.py", "Engine")
NODES = [
    (RUN, NodeKind.SYMBOL, "pkg/a.py:Engine.run"),
    (Symbol("pkg/a.py", ""), NodeKind.SYMBOL, "import of pkg/a.py"),
    (Symbol("doc.rst", ">>>"), NodeKind.SYMBOL, "the doctests of doc.rst"),
    (attribute("run"), NodeKind.ATTRIBUTE, ".run"),
    (attribute("visit_*"), NodeKind.ATTRIBUTE_PATTERN, ".visit_*"),
    (attribute("*"), NodeKind.ANY_ATTRIBUTE, ".*"),
    (ANY_DOCSTRING, NodeKind.ATTRIBUTE, ".__doc__"),
    (SELF_DOCSTRING, NodeKind.SELF_DOCSTRING, ".__doc__ of self"),
    (ANY_MODULE, NodeKind.ANY_MODULE, ".any module"),
    (type_check(Symbol("pkg/a.py", "Engine.Error")), NodeKind.TYPE_CHECK, "is Error"),
    (self_attribute(ENGINE, "run"), NodeKind.SELF_ATTRIBUTE, ".run"),
    (docstring(ENGINE), NodeKind.DOCSTRING, ".__doc__ of pkg/a.py:Engine"),
    (module_value("pkg/a.py"), NodeKind.MODULE_VALUE, ""),
    (node_of_test("t.py::test_a[x::y]", "t.py"), NodeKind.TEST, "test:t.py::test_a[x::y]"),
]


@pytest.mark.parametrize(("node", "kind", "shown"), NODES)
def test_kind_and_text(node, kind, shown):
    assert kind_of(node) is kind
    assert show(node) == shown


def test_no_two_kinds_are_equal():
    nodes = {node for node, _, _ in NODES}
    assert len(nodes) == len(NODES)
    # Nor where the texts in them are alike:
    alike = [VirtualNode(kind, "x", "x") for kind in NodeKind if kind is not NodeKind.SYMBOL]
    assert len({*alike, Symbol("x", "x")}) == len(NodeKind)


def test_every_kind_is_shown():
    for kind in NodeKind:
        if kind is not NodeKind.SYMBOL:
            assert isinstance(show(VirtualNode(kind, "name", "file", "owner")), str)


def test_nodes_of_all_kinds_have_an_order():
    nodes = [node for node, _, _ in NODES]
    backwards = nodes[::-1]
    assert sorted(nodes, key=sort_key) == sorted(backwards, key=sort_key)


def test_a_name_that_is_not_known_is_one_node():
    assert attribute("*") == ANY_ATTRIBUTE
    assert attribute("a*") != ANY_ATTRIBUTE


@pytest.mark.parametrize(
    ("successors", "expected"),
    [
        ({}, ["a"]),
        ({"a": "bc", "b": "d"}, ["a", "b", "c", "d"]),  # the nearest first
        ({"a": "b", "b": "a"}, ["a", "b"]),
        ({"b": "a"}, ["a"]),
    ],
)
def test_reachable(successors, expected):
    assert reachable("a", lambda node: successors.get(node, ())) == expected
