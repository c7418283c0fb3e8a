"""The nodes of the symbol graph, and how they are said to the user."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeVar

from ..parse.doctests import DOCTESTS

_T = TypeVar("_T")

Node = tuple[str, str]
"""(file, symbol); the symbol `""` is what runs at import. Special nodes begin with a mark."""

ATTRIBUTE = "."  # (".", name): an attribute of a value of unknown type
OWN = "self"  # ("self file class", name): an attribute of `self`
VALUE = "module"  # ("module file", ""): a module that is passed around as a value
TEST = "test"  # ("test", nodeid or file)
DOC = (ATTRIBUTE, "__doc__")
OWN_DOC = (ATTRIBUTE, "__doc__ of self")
ANY_MODULE = (ATTRIBUTE, "any module")
"""A module that is looked up by a name that only run time knows."""
ANY = (ATTRIBUTE, "*")
"""An attribute whose name only run time knows."""


class Target(NamedTuple):
    """What a name may mean: a symbol, or (`symbol` None) a module."""

    file: str
    symbol: str | None
    module: str = ""


def closure(start: _T, after: Callable[[_T], Iterable[_T]]) -> list[_T]:
    """All that can be come to from `start` by steps of `after`, itself included, nearest first."""
    found = {start: None}
    todo = [start]
    for one in todo:
        for other in after(one):
            if other not in found:
                found[other] = None
                todo.append(other)
    return todo


def check_of(klass: Node) -> Node:
    """What a comparison with a class depends on (`isinstance`, `except`)."""
    return (ATTRIBUTE, f"is {klass[1].rpartition('.')[2]}")


def doc_of(symbol: Node) -> Node:
    """The docstring of a module or class, read where it is known whose it is."""
    return (ATTRIBUTE, f"__doc__ of {symbol[0]}:{symbol[1]}")


def value_of(path: str) -> Node:
    """A module that is passed around as a value."""
    return (f"{VALUE}\0{path}", "")


def owner(own: Node) -> Node:
    """The class of an attribute of `self`."""
    _, path, klass = own[0].split("\0")
    return (path, klass)


def file_of(test: Node) -> str:
    """The file of a test."""
    return test[1].partition("::")[0]


def say(node: Node) -> str:
    """A node for the user: `file:symbol`, `.attribute`; empty for a step that says nothing."""
    mark, name = node
    if mark == ATTRIBUTE or mark.startswith(OWN + "\0"):
        return name if name.startswith("is ") else f".{name}"
    if mark.startswith(VALUE + "\0"):
        return ""
    if name == DOCTESTS:
        return f"the doctests of {mark}"
    return f"{mark}:{name}" if name else f"import of {mark}"
