"""Nodeids of pytest: the one place that takes them apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

_PYTHON_FILE_END = re.compile(r"\.pyi?(?=::|\Z)")
_OTHER_FILE_END = re.compile(r"(?:\A|(?<=/))[^/:]*\.\w+(?=::|\Z)")


class NodeId(NamedTuple):
    """A test, a class of tests or a test file, as pytest names it.

    `file` is the path of the file, relative to the repository, with `/`; folders may hold
    `[`, `]`, `::`, spaces and newlines. `names` are the classes and, last, the function;
    empty for a file. `parameters` is the text between the brackets, whatever it holds; None
    where the test has none. `str()` gives the nodeid back, letter by letter.
    """

    file: str
    names: tuple[str, ...] = ()
    parameters: str | None = None

    @classmethod
    def parse(cls, text: str) -> NodeId:
        """Take a nodeid apart.

        The file ends at the first `::` behind a name that ends in `.py`, else behind a file
        name with an extension (`guide.rst::guide.rst`), else at the first `::`. Parameters
        begin at the first `[` behind the file, so that they may hold `::` and brackets.
        """
        return _parse(text)

    def __str__(self) -> str:
        parameters = "" if self.parameters is None else f"[{self.parameters}]"
        return "::".join((self.file, *self.names)) + parameters

    @property
    def name(self) -> str:
        """The last of its names: the function, or the class; empty for a file."""
        return self.names[-1] if self.names else ""

    @property
    def qualname(self) -> str:
        """Its names as Python joins them: `TestClass.test_function`; empty for a file."""
        return ".".join(self.names)

    @property
    def is_file(self) -> bool:
        """Whether it names a whole file."""
        return not self.names

    @property
    def without_parameters(self) -> NodeId:
        """The test function that it is a parametrization of; itself where it is none."""
        return self if self.parameters is None else NodeId(self.file, self.names)

    @property
    def parent(self) -> NodeId:
        """The class or file around it; a file is its own parent."""
        return NodeId(self.file, self.names[:-1])

    def child(self, name: str) -> NodeId:
        """The class or function `name` inside this file or class."""
        return NodeId(self.file, (*self.names, name))

    def containers(self) -> Iterator[NodeId]:
        """Whatever it is a part of, from the file to the test function without parameters."""
        for length in range(len(self.names) + 1):
            yield NodeId(self.file, self.names[:length])

    def is_within(self, container: NodeId) -> bool:
        """Whether it is `container`, or one of the tests in that file, class or function."""
        if container.parameters is not None:
            return self == container
        return self.file == container.file and self.names[: len(container.names)] == container.names


@lru_cache(maxsize=65_536)
def _parse(text: str) -> NodeId:
    end = _PYTHON_FILE_END.search(text) or _OTHER_FILE_END.search(text)
    cut = end.end() if end else text.find("::")
    if cut < 0 or cut == len(text):
        return NodeId(text)
    file, rest = text[:cut], text[cut + len("::") :]
    opening = rest.find("[")
    if opening < 0 or not rest.endswith("]"):
        return NodeId(file, tuple(rest.split("::")))
    return NodeId(file, tuple(rest[:opening].split("::")), rest[opening + 1 : -1])


def file_of(nodeid: str) -> str:
    """The file of a nodeid."""
    return _parse(nodeid).file


def without_parameters(nodeid: str) -> str:
    """The nodeid of the test function, whatever it is called with."""
    parsed = _parse(nodeid)
    return nodeid if parsed.parameters is None else str(parsed.without_parameters)


def numbered(nodeid: str, number: int) -> str:
    """The nodeid with a number behind its parameters, to tell it from another one of that name."""
    parsed = _parse(nodeid)
    return str(parsed._replace(parameters=f"{parsed.parameters or ''}-{number}"))


def is_parametrized(nodeid: str) -> bool:
    """Whether it names one call of a parametrized test."""
    return "[" in nodeid and _parse(nodeid).parameters is not None  # most are told at a glance
