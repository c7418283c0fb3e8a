"""The table of message shapes: fixed forms of text that tell what went wrong, by name.

The forms are those of the interpreter, unittest.mock, pytest and a few libraries.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from gardener.model import TextEnum


class Shape(TextEnum):
    """What a message says in a fixed form.

    The last four come from no pattern of the table: `enum-text` and `count` are read from
    what an assertion compares, `setup-not-run` from the facts of the exception; an attribute is
    a test's `own-attribute` where it is missing on the instance of its class.
    """

    UNKNOWN = ""
    MISSING_ARGUMENTS = "missing-arguments"
    UNEXPECTED_ARGUMENT = "unexpected-argument"
    TOO_MANY_ARGUMENTS = "too-many-arguments"
    MOCK_ATTRIBUTE = "mock-attribute"
    PATCH_TARGET = "patch-target"
    ATTRIBUTE = "attribute"
    MODULE_ATTRIBUTE = "module-attribute"
    IMPORT_CYCLE = "import-cycle"
    IMPORT_NAME = "import-name"
    IMPORT_MODULE = "import-module"
    DUPLICATE_BASENAME = "duplicate-basename"
    FIXTURE = "fixture"
    FIXTURE_SCOPE = "fixture-scope"
    NAME = "name"
    JSON = "json"
    VALIDATION = "validation"
    MOCK_CALL = "mock-call"
    DID_NOT_RAISE = "did-not-raise"
    ABSTRACT = "abstract"
    ENUM_TEXT = "enum-text"
    COUNT = "count"
    SETUP_NOT_RUN = "setup-not-run"
    OWN_ATTRIBUTE = "own-attribute"


class ShapePattern(NamedTuple):
    """One wording of a shape: the exception types that use it, and its pattern.

    `believed_inside` says that the wording is distinctive enough to be recognised inside the
    message of another exception, such as `pytest.fail(f"cannot start: {error}")`.
    """

    shape: Shape
    types: tuple[str, ...]
    pattern: re.Pattern[str]
    believed_inside: bool = True


def _pattern(
    shape: Shape, types: str, pattern: str, *, believed_inside: bool = True
) -> ShapePattern:
    return ShapePattern(shape, tuple(types.split()), re.compile(pattern), believed_inside)


_NAME = r"[^\W\d]\w*"
_DOTTED = rf"{_NAME}(?:\.(?:{_NAME}|<locals>|<lambda>))*"
_NO_COMPARISON = r"\A(?!(?:AssertionError: )?assert |(?:no|fn|re|exact )?match: )[\s\S]*?"
"""A comparison of texts, or a search in output, shows what those say: no mock says it here."""

SHAPE_PATTERNS: tuple[ShapePattern, ...] = (
    _pattern(
        Shape.MISSING_ARGUMENTS,
        "TypeError",
        rf"(?P<callable>{_DOTTED})\(\) missing \d+ required (?:positional|keyword-only) arguments?",
    ),
    _pattern(
        Shape.MISSING_ARGUMENTS,
        "TypeError",
        r"missing a required (?:keyword-only )?argument: '(?P<name>\w+)'",
        believed_inside=False,
    ),
    _pattern(
        Shape.UNEXPECTED_ARGUMENT,
        "TypeError",
        rf"(?P<callable>{_DOTTED})\(\) got an unexpected keyword argument '(?P<name>\w+)'",
    ),
    _pattern(
        Shape.UNEXPECTED_ARGUMENT,
        "TypeError",
        rf"(?P<callable>{_DOTTED})\(\) got (?:multiple values for|some positional-only|some keyword-only)"
        r" arguments?(?: passed as keyword arguments?:)? '(?P<name>\w+)",
    ),
    _pattern(
        Shape.TOO_MANY_ARGUMENTS,
        "TypeError",
        rf"(?P<callable>{_DOTTED})\(\) takes .{{1,60}}arguments? .{{0,60}}(?:given|keyword-only)",
    ),
    _pattern(
        Shape.MOCK_ATTRIBUTE,
        "AttributeError",
        rf"(?P<spec>(?:Non)?(?:Callable)?(?:Async|Magic|Property)?{_NAME}?Mock) object has no attribute '(?P<name>\w+)'",
    ),
    _pattern(
        Shape.MOCK_ATTRIBUTE, "AttributeError", r"^Mock object has no attribute '(?P<name>\w+)'"
    ),
    _pattern(
        Shape.PATCH_TARGET,
        "AttributeError",
        r"<(?:module|class) '(?P<module>[\w.]+)'[^>]*> does not have the attribute '(?P<name>\w+)'",
    ),
    _pattern(Shape.PATCH_TARGET, "AttributeError", r"does not have the attribute '(?P<name>\w+)'"),
    _pattern(
        Shape.PATCH_TARGET,
        "AttributeError",
        r"<(?:module|class) '(?P<module>[\w.]+)'[^>]*> has no attribute '(?P<name>\w+)'",
    ),
    _pattern(
        Shape.ATTRIBUTE,
        "AttributeError",
        r"(?:type object )?'(?P<owner>[\w.]+)'(?: object)? has no attribute '(?P<name>\w+)'",
    ),
    _pattern(
        Shape.MODULE_ATTRIBUTE,
        "AttributeError",
        r"module '(?P<module>[\w.]+)' has no attribute '(?P<name>\w+)'",
    ),
    _pattern(
        Shape.IMPORT_CYCLE,
        "ImportError AttributeError",
        r"cannot import name '(?P<name>\w+)' from partially initialized module '(?P<module>[\w.]+)'",
    ),
    _pattern(
        Shape.IMPORT_CYCLE,
        "AttributeError",
        r"partially initialized module '(?P<module>[\w.]+)'.{0,300}has no attribute '(?P<name>\w+)'",
    ),
    _pattern(
        Shape.IMPORT_CYCLE,
        "AttributeError",
        r"cannot access submodule '(?P<name>\w+)' of module '(?P<module>[\w.]+)'",
    ),
    _pattern(
        Shape.IMPORT_NAME,
        "ImportError",
        r"cannot import name '?(?P<name>\w+)'?(?: from '(?P<module>[\w.]+)')?",
    ),
    _pattern(
        Shape.IMPORT_MODULE,
        "ModuleNotFoundError ImportError",
        r"No module named '?(?P<module>[\w.]+)",
    ),
    _pattern(
        Shape.DUPLICATE_BASENAME,
        "_pytest.pathlib.ImportPathMismatchError ImportPathMismatchError CollectError",
        r"(?s)import file mismatch",
    ),
    _pattern(
        Shape.FIXTURE,
        "FixtureLookupError Failed CollectError",
        r"fixture '(?P<name>\w+)' not found",
    ),
    _pattern(
        Shape.FIXTURE_SCOPE,
        "ScopeMismatch Failed CollectError",
        r"ScopeMismatch: You tried to access the '?\w+'? scoped fixture '?(?P<name>\w+)",
    ),
    _pattern(Shape.NAME, "NameError UnboundLocalError", r"name '(?P<name>\w+)' is not defined"),
    _pattern(
        Shape.JSON,
        "TypeError",
        r"Object of type '?(?P<owner>\w+)'? is not JSON serializable",
    ),
    _pattern(
        Shape.VALIDATION,
        "ValidationError",
        r"\d+ validation errors? for (?P<owner>[\w.]+)",
    ),
    _pattern(
        Shape.MOCK_CALL,
        "AssertionError",
        rf"{_NO_COMPARISON}[Ee]xpected '?(?P<name>[\w.]+)'? to (?:be|have been|not have been) (?:called|awaited)(?P<rest>.{{0,40}})",
    ),
    _pattern(
        Shape.MOCK_CALL,
        "AssertionError",
        rf"{_NO_COMPARISON}(?:expected (?:call|await) not found|[Cc]alls not found|not awaited)",
    ),
    _pattern(
        Shape.DID_NOT_RAISE,
        "Failed AssertionError",
        r"DID NOT (?:RAISE|WARN)[^\n]{0,20}?(?:<class '(?P<name>[\w.]+)'>)?",
    ),
    _pattern(
        Shape.DID_NOT_RAISE, "AssertionError", r"(?P<name>\w+) not raised(?: by (?P<callable>\w+))?"
    ),
    _pattern(Shape.ABSTRACT, "TypeError", r"Can't instantiate abstract class (?P<owner>\w+)"),
)

SHAPE_HINT = re.compile(
    r"argument|attribute|import|module|fixture|defined|serializable|validation|call|await|RAISE|WARN"
    r"|raised|abstract|mismatch|Mismatch"
)
"""One of these words is in every message that has a shape; most messages have none:
a quick look spares them the patterns."""
