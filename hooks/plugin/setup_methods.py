"""Finds the `setUp` that never runs, because the class of a test is no `TestCase`. PYTEST_DONT_REWRITE"""

from __future__ import annotations

import dis
import re
from typing import Any, List, Optional, Tuple

import pytest

from .facts import NO_ATTRIBUTE
from .objects import mro_of, underlying
from .text import message_of

SETUP_METHODS = ("setUp", "asyncSetUp", "setUpClass")
NOSE_SETUP = "setup"
"""A method that pytest runs before version 8 only."""


def unused_setup(instance: Any, error: BaseException) -> Any:
    """The method that would have set what a test's instance lacks, if nothing calls it.

    None where the error is another one, or the class is a `TestCase`, or none of its methods
    sets the attribute.
    """
    if instance is None or not isinstance(error, AttributeError):
        return None
    bases = mro_of(type(instance))
    if any(base.__name__ == "TestCase" for base in bases) or not _is_about(error, instance):
        return None
    match = re.match(NO_ATTRIBUTE, message_of(error))
    if match and not _may_set(bases, match.group("name")):
        return None
    return _first_method(bases, _setup_methods())


def _is_about(error: BaseException, instance: Any) -> bool:
    """Whether it is the test's own instance that has no such attribute."""
    if getattr(error, "obj", None) is instance:  # Python 3.10
        return True
    return "'%s' object" % type(instance).__name__ in str(error)


def _setup_methods() -> List[str]:
    is_unknown_to_pytest = int(pytest.__version__.split(".")[0]) >= 8
    return [*SETUP_METHODS, NOSE_SETUP] if is_unknown_to_pytest else list(SETUP_METHODS)


def _first_method(bases: Tuple[type, ...], names: List[str]) -> Optional[Any]:
    for name in names:
        for base in bases:
            method = underlying(vars(base).get(name))
            if method is not None:
                return method
    return None


def _may_set(bases: Tuple[type, ...], attribute: str) -> bool:
    """Whether a method of these classes sets an attribute of this name, or may set any."""
    methods = [underlying(member) for base in bases for member in list(vars(base).values())]
    return any(_sets(getattr(method, "__code__", None), attribute) for method in methods)


def _sets(code: Any, attribute: str) -> bool:
    if code is None:
        return False
    if "setattr" in code.co_names or "__dict__" in code.co_names:
        return True
    return attribute in code.co_names and any(
        step.opname == "STORE_ATTR" and step.argval == attribute
        for step in dis.get_instructions(code)
    )
