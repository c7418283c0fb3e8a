"""What linking one file looks at in another: when such a fact changes, it is linked again."""

from __future__ import annotations

from enum import IntEnum
from functools import cache
from typing import NamedTuple

from gardener.model import Symbol


class Aspect(IntEnum):
    """What of a file was looked at."""

    SURFACE = 0
    """The names, kinds, bases and fixtures of all its definitions."""
    REQUESTS = 1
    """Below that: parameters and strings, by which its functions may request fixtures."""
    REGISTRIES = 2
    """Below that: where its decorators keep what they decorate."""
    NAME = 3
    """Of the surface only the definition of one name."""
    MEMBERS = 4
    """Of the surface only the members of one class."""
    SERVING = 5
    """What serves tests without being asked: hooks, autouse fixtures; and what these request."""
    FIXTURE = 6
    """Which fixtures there are of one name, in whatever file."""
    REQUESTED = 7
    """What one fixture requests."""
    ASKING = 8
    """Which of its functions and variables ask for fixtures, and by which strings."""
    FOLDER = 9
    """Which Python files lie in one folder."""


NAMED_ASPECTS = frozenset(
    {Aspect.NAME, Aspect.MEMBERS, Aspect.FIXTURE, Aspect.REQUESTED, Aspect.FOLDER}
)
"""Aspects of one name, not of the whole file."""


class Fact(NamedTuple):
    """One aspect of a file; `name` is that of the definition or class where only one counts."""

    file: str
    aspect: Aspect
    name: str = ""


@cache
def aspect_of(file: str, aspect: Aspect) -> Fact:
    """An aspect of a whole file."""
    return Fact(file, aspect)


@cache
def name_in(file: str, name: str) -> Fact:
    """The definition of one name in a file."""
    return Fact(file, Aspect.NAME, name)


@cache
def fixtures_named(name: str) -> Fact:
    """The fixtures of a name: one test file sees those of many others, so none is named here."""
    return Fact("", Aspect.FIXTURE, name)


@cache
def files_in(folder: str) -> Fact:
    """Which Python files lie in a folder of which strings say the name."""
    return Fact("", Aspect.FOLDER, folder)


@cache
def requested_by(fixture: Symbol) -> Fact:
    """What a fixture requests."""
    return Fact(fixture.file, Aspect.REQUESTED, fixture.qualname)


@cache
def members_of(klass: Symbol) -> Fact:
    """The members of one class."""
    return Fact(klass.file, Aspect.MEMBERS, klass.qualname)
