"""The nodes of the dependency graph: what they are, and how they are shown to the user.

Most nodes are symbols of files. The others are virtual: they stand between symbols where
only run time knows which symbol is meant (an attribute of a value of unknown type), or
where something other than a definition depends on symbols (a test). An edge leads from a
node to what it may run or read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import IntEnum
from functools import cache
from typing import NamedTuple, TypeAlias, TypeVar

from gardener.model import Symbol

from ..parse.doctests import DOCTESTS
from ..parse.program import PROGRAM

_T = TypeVar("_T")


class NodeKind(IntEnum):
    """What a node of the graph is; `VirtualNode` says which fields each kind has."""

    # Shared by all files:
    ATTRIBUTE = 0
    """The attribute `name` of a value of unknown type."""
    ATTRIBUTE_PATTERN = 1
    """An attribute of which only a part is known: `name` is a glob, as `visit_*`."""
    ANY_ATTRIBUTE = 2
    """An attribute whose name only run time knows: `getattr(value, name)`."""
    TYPE_CHECK = 3
    """A comparison with a class called `name`: `isinstance`, `except`."""
    ANY_MODULE = 4
    """A module that is looked up by a name that only run time knows."""
    SELF_DOCSTRING = 5
    """`self.__doc__` in a method of any class."""
    # Of one file:
    MODULE_VALUE = 6
    """The module `file` where it is passed around as a value."""
    SELF_ATTRIBUTE = 7
    """The attribute `name` of `self` in the class `owner` of `file`."""
    DOCSTRING = 8
    """The docstring of the symbol `name` in `file`, read where it is known whose it is."""
    SYMBOL = 9
    """A `Symbol`."""
    TEST = 10
    """The test, or file of tests, whose nodeid is `name`."""
    SOURCE = 11
    """The text of the Python file `file`, read as text."""
    SCRIPT_NAMED = 12
    """The Python file `file`, of whose path strings say a part."""
    SCRIPT = 13
    """The same as a module: for who says so and loads files by a path that only run time knows."""


class VirtualNode(NamedTuple):
    """A node that is no symbol; `file` is empty for the kinds that all files share."""

    kind: NodeKind
    name: str = ""
    file: str = ""
    owner: str = ""


Node: TypeAlias = Symbol | VirtualNode
"""Both are tuples, of two and of four fields, so that they hash fast and never are equal."""

ANY_ATTRIBUTE = VirtualNode(NodeKind.ANY_ATTRIBUTE)
ANY_MODULE = VirtualNode(NodeKind.ANY_MODULE)
SELF_DOCSTRING = VirtualNode(NodeKind.SELF_DOCSTRING)


@cache
def attribute(name: str) -> VirtualNode:
    """An attribute of a value of unknown type; in `name`, `*` stands for what is not known."""
    if name == "*":
        return ANY_ATTRIBUTE
    pattern = "*" in name
    return VirtualNode(NodeKind.ATTRIBUTE_PATTERN if pattern else NodeKind.ATTRIBUTE, name)


ANY_DOCSTRING = attribute("__doc__")
ANY_SOURCE = attribute("<source>")
"""The text of any Python file: no attribute has such a name."""
ALL_DOCSTRINGS = attribute("<docstrings>")
"""The docstrings of all that a module holds, as pydoc and doctest read them."""
LINES = attribute("<lines>")
"""What looks at the numbers of lines that run, in code of tests."""
LINES_OF_CODE = attribute("<lines of code>")
"""What looks at the numbers of lines of code that need not run."""
LINES_GIVEN = attribute("<given lines>")
"""What gives the numbers of lines that run to others."""
LINES_TOLD = attribute("<told lines>")
"""What makes texts with numbers of lines in them."""
LINES_SEEN = attribute("<seen lines>")
"""What compares texts with such numbers."""
LINES_COMPARED = attribute("<compared lines>")
"""What may compare such texts, among others: it reads files, or says a number behind a colon."""
LOADING = attribute("<loading>")
"""What loads modules by paths that only run time knows."""


def self_attribute(klass: Symbol, name: str) -> VirtualNode:
    """An attribute of `self` in a method of a class."""
    return VirtualNode(NodeKind.SELF_ATTRIBUTE, name, klass.file, klass.qualname)


@cache
def module_value(file: str) -> VirtualNode:
    """A module that is passed around as a value."""
    return VirtualNode(NodeKind.MODULE_VALUE, "", file)


def node_of_test(nodeid: str, file: str) -> VirtualNode:
    """A test in a file, or the whole file, whose nodeid is its path."""
    return VirtualNode(NodeKind.TEST, nodeid, file)


def type_check(klass: Symbol) -> VirtualNode:
    """What a comparison with a class depends on (`isinstance`, `except`)."""
    return VirtualNode(NodeKind.TYPE_CHECK, klass.qualname.rpartition(".")[2])


def docstring(symbol: Symbol) -> VirtualNode:
    """The docstring of a module or class, read where it is known whose it is."""
    return VirtualNode(NodeKind.DOCSTRING, symbol.qualname, symbol.file)


def source(file: str) -> VirtualNode:
    """The text of a Python file, for those that read it as text."""
    return VirtualNode(NodeKind.SOURCE, "", file)


def lines_in(file: str) -> VirtualNode:
    """What looks at numbers of lines in files that are called like this one."""
    return attribute(f"<lines of {file.rpartition('/')[2]}>")


def kind_of(node: Node) -> NodeKind:
    """What a node is."""
    return NodeKind.SYMBOL if isinstance(node, Symbol) else node.kind


def sort_key(node: Node) -> tuple[int, str, str, str]:
    """An order of nodes that does not depend on how a graph numbers them."""
    if isinstance(node, Symbol):
        return (NodeKind.SYMBOL, node.file, node.qualname, "")
    return (node.kind, node.file, node.name, node.owner)


def script_named(file: str) -> VirtualNode:
    """A Python file of whose path strings say a part."""
    return VirtualNode(NodeKind.SCRIPT_NAMED, "", file)


def script(file: str) -> VirtualNode:
    """The same as a module: a member of `script_named`, which `LOADING` means."""
    return VirtualNode(NodeKind.SCRIPT, "", file)


class ImportedModule(NamedTuple):
    """A module as a name may mean it: its dotted name, in the project or outside it."""

    name: str


Target: TypeAlias = Symbol | ImportedModule
"""What a name may mean."""


def reachable(start: _T, successors: Callable[[_T], Iterable[_T]]) -> list[_T]:
    """All that can be reached from `start`, itself included, in the order of a breadth-first search."""
    visited = {start: None}
    worklist = [start]
    for current in worklist:
        for successor in successors(current):
            if successor not in visited:
                visited[successor] = None
                worklist.append(successor)
    return worklist


def show(node: Node) -> str:
    """A node for the user: `file:symbol`, `.attribute`; empty for a step that says nothing."""
    if isinstance(node, Symbol):
        if node.qualname == DOCTESTS:
            return f"the doctests of {node.file}"
        if node.qualname == PROGRAM:
            return f"the program {node.file}"
        return f"{node.file}:{node.qualname}" if node.qualname else f"import of {node.file}"
    return _SHOWN[node.kind].format(name=node.name, file=node.file)


_SHOWN = {
    NodeKind.ATTRIBUTE: ".{name}",
    NodeKind.ATTRIBUTE_PATTERN: ".{name}",
    NodeKind.ANY_ATTRIBUTE: ".*",
    NodeKind.TYPE_CHECK: "is {name}",
    NodeKind.ANY_MODULE: ".any module",
    NodeKind.SELF_DOCSTRING: ".__doc__ of self",
    NodeKind.MODULE_VALUE: "",
    NodeKind.SELF_ATTRIBUTE: ".{name}",
    NodeKind.DOCSTRING: ".__doc__ of {file}:{name}",
    NodeKind.TEST: "test:{name}",
    NodeKind.SOURCE: "text of {file}",
    NodeKind.SCRIPT_NAMED: "path of {file}",
    NodeKind.SCRIPT: "",
}
