"""Finds the `setUp` that never runs, because the class of a test is no `TestCase`. PYTEST_DONT_REWRITE"""

from __future__ import annotations

import dis
import re
from typing import Any, Iterator, List, Optional, Tuple

import pytest

from .facts import NO_ATTRIBUTE
from .objects import mro_of, underlying
from .symbols import Symbols
from .text import message_of

SETUP_METHODS = ("setUp", "asyncSetUp", "setUpClass")
OF_UNITTEST = (
    r"(?:assert(?:[A-Z]\w*|_)|fail(?:If|Unless)?(?:[A-Z]\w*)?|skipTest|subTest|maxDiff|longMessage"
    r"|addCleanup|doCleanups|addAsyncCleanup|enterContext|enterAsyncContext|addTypeEqualityFunc"
    r"|shortDescription|failureException)$"
)
"""What a class has because it is a `TestCase`."""
NOSE_SETUP = "setup"
"""A method that pytest runs before version 8 only."""


def testcase_facts(
    instance: Any, error: BaseException, symbols: Symbols
) -> Iterator[Tuple[str, str]]:
    """The `base` that should have been a `TestCase`, and the method (`setup`) that nothing calls.

    Nothing where the error is not that a test's instance lacks what `setUp` would have set or
    what `unittest` would have brought, or where its class is a `TestCase`.
    """
    setup = unused_setup(instance, error)
    if setup is not None:
        yield "setup", symbols.label(setup)
    elif not lacks_unittest(instance, error):
        return
    yield "base", _shared_base(mro_of(type(instance)), symbols)


def unused_setup(instance: Any, error: BaseException) -> Any:
    """The method that would have set what a test's instance lacks, if nothing calls it.

    None where the error is another one, or the class is a `TestCase`, or none of its methods
    sets the attribute.
    """
    if not _lacks_something(instance, error):
        return None
    bases = mro_of(type(instance))
    match = re.match(NO_ATTRIBUTE, message_of(error))
    if match and not _may_set(bases, match.group("name")):
        return None
    return _first_method(bases, _setup_methods())


def lacks_unittest(instance: Any, error: BaseException) -> bool:
    """Whether a test that is of no `TestCase` asks itself for what only these have."""
    match = re.match(NO_ATTRIBUTE, message_of(error)) if _lacks_something(instance, error) else None
    return match is not None and re.match(OF_UNITTEST, match.group("name")) is not None


def _lacks_something(instance: Any, error: BaseException) -> bool:
    """Whether a test's own instance lacks an attribute, and is of no `TestCase`."""
    if instance is None or not isinstance(error, AttributeError):
        return False
    names = {base.__name__ for base in mro_of(type(instance))}
    return "TestCase" not in names and _is_about(error, instance)


def _shared_base(bases: Tuple[type, ...], symbols: Symbols) -> str:
    """The label of the class that tests share: of the repository, and as far up as possible.

    The last that has a `setUp`, else that is not called a mixin, else any.
    """
    in_repository = [base for base in bases if ".py:" in symbols.label(base)] or [bases[0]]
    with_setup = [
        base for base in in_repository if _first_method((base,), _setup_methods()) is not None
    ]
    no_mixins = [base for base in in_repository if "mixin" not in base.__name__.lower()]
    return symbols.label((with_setup or no_mixins or in_repository)[-1])


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
