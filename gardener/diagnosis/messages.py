"""Reads the message of an exception: its shape, and the names, modules and counts in it.

Where the facts that the recorder read off the exception object know more, they win.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from gardener.diagnosis.message_shapes import SHAPE_HINT, SHAPE_PATTERNS, Shape
from gardener.model import RaisedException

LONGEST = 20_000
"""Characters of a message that are read; the rest says nothing new about its cause."""

WRAPPERS = frozenset({"Failed", "AssertionError", "Exception", "RuntimeError", "Error"})
"""Types that tests raise around another error: `pytest.fail(f"...: {error}")`."""

_ENUM_REPR = re.compile(r"<(?P<owner>[A-Z]\w*)\.(?P<name>\w+): (?:'(?P<value>[^'\n]{0,200})'|\d+)>")
_DIFF = re.compile(r"^[ \t]*(?:E[ \t]+)?(?P<sign>[-+]) (?P<text>\S.*)$", re.MULTILINE)
_ENUM_TEXT = re.compile(r"^['\"]?(?P<owner>[A-Z]\w*)\.(?P<name>[A-Z][A-Z0-9_]*)['\"]?,?$")
_ENUM_QUOTED = re.compile(
    r"(?<![\w.])(?P<owner>[A-Z]\w*)\.(?P<name>[A-Z][A-Z0-9_]*)(?!\w)(?=[^\n]*['\"])"
)
_SIDES = re.compile(
    r"assert (['\"])(?P<left>[^\n]{0,300}?)\1 == (['\"])(?P<right>[^\n]{0,300}?)\3\s*$",
    re.MULTILINE,
)
_COUNTS = re.compile(
    r"(?:assert |AssertionError: |^)(?P<left>\d+) (?P<operator>==|>=|>|!=) (?P<right>\d+)",
    re.MULTILINE,
)
_EXPECTED_BUT_GOT = re.compile(
    r"[Ee]xpected (?:at least |exactly )?(?P<expected>\d+)(?P<what>[^,;:.\n]{0,60}?)[,;:]? ?(?:but )?(?:got|received|found|was|were|saw|only)\D{0,12}(?P<actual>\d+)"
)


class Reading(NamedTuple):
    """What a message says: its shape and the facts in it.

    `embedded` says that the message of another exception was found inside of it.
    """

    shape: Shape = Shape.UNKNOWN
    facts: Mapping[str, str] = MappingProxyType({})
    embedded: bool = False


def read(raised: RaisedException) -> Reading:
    """What is known of an exception in fixed form.

    Facts of a reading: `name` (an attribute, a keyword, a fixture), `owner` (whose), `spec`
    (the class behind a mock), `callable` (qualified, as the message has it), `label` (the
    same as `path:Qualified.name`), `module`, `file`, `expected`, `actual`, `timeout`, `async_fixture`
    (one that no plugin runs).
    """
    reading = _read_message(raised.type, raised.message[:LONGEST])
    return _with_recorded_facts(reading, raised.facts) if raised.facts else reading


def _with_recorded_facts(reading: Reading, recorded: Mapping[str, str]) -> Reading:
    """The reading with what the exception object tells, which is surer than its message."""
    facts = dict(reading.facts)
    if "setup" in recorded or "base" in recorded:
        about = {name: recorded[name] for name in ("setup", "base", "owner") if name in recorded}
        return Reading(Shape.SETUP_NOT_RUN, {**facts, **about})
    if reading.shape is Shape.IMPORT_CYCLE and "never_bound" in recorded:
        reading = reading._replace(shape=Shape.IMPORT_NAME)  # what Python takes for a cycle is none
    if "callable" in recorded:
        facts["label"] = recorded["callable"]
        facts.setdefault("callable", recorded["callable"].rpartition(":")[2])
    for name in (
        "spec",
        "file",
        "line",
        "timeout",
        "explicit",
        "crash",
        "stopped",
        "required",
        "address",
        "raised_by",
        "async_fixture",
    ):
        if name in recorded:
            facts[name] = recorded[name]
    if reading.shape is Shape.ATTRIBUTE and "owner" in recorded:
        facts["owner"] = recorded["owner"]
    if reading.shape in (Shape.IMPORT_NAME, Shape.IMPORT_CYCLE) and "owner" in recorded:
        facts["module"] = recorded["owner"]
    for name in ("name", "owner"):
        if name in recorded and reading.shape not in (
            Shape.MOCK_ATTRIBUTE,
            Shape.UNEXPECTED_ARGUMENT,
        ):
            facts.setdefault(name, recorded[name])
    return reading._replace(facts=facts)


@lru_cache(maxsize=4096)
def _read_message(type_: str, message: str) -> Reading:
    bare_type = type_.rpartition(".")[2]
    is_wrapper = bare_type in WRAPPERS
    for wording in SHAPE_PATTERNS if SHAPE_HINT.search(message) else ():
        is_its_type = bare_type in wording.types or type_ in wording.types
        if not is_its_type and not (is_wrapper and wording.believed_inside):
            continue
        match = wording.pattern.search(message)
        if match:
            facts = {name: text for name, text in match.groupdict().items() if text}
            return Reading(wording.shape, facts, embedded=not is_its_type)
    if bare_type in ("AssertionError", "Failed"):
        return _read_comparison(message)
    return Reading()


def _read_comparison(message: str) -> Reading:
    """What an assertion compares: an enum with its value, or two counts."""
    enum_member = _read_enum(message)
    if enum_member:
        return Reading(Shape.ENUM_TEXT, enum_member)
    in_words = _EXPECTED_BUT_GOT.search(message)
    if in_words:
        facts = {name: text.strip() for name, text in in_words.groupdict().items() if text}
        return Reading(Shape.COUNT, {name: text for name, text in facts.items() if text})
    counts = _COUNTS.search(message)
    if not counts:
        return Reading()
    actual, expected = counts["left"], counts["right"]
    if f"where {expected} = len(" in message and f"where {actual} = len(" not in message:
        actual, expected = expected, actual
    shape = Shape.COUNT if counts["operator"] != "!=" else Shape.UNKNOWN
    return Reading(shape, {"actual": actual, "expected": expected})


def _read_enum(message: str) -> dict[str, str]:
    """The enum whose member stands as text (`Colour.RED`) where its value (`red`) should be."""
    for first, second in _compared_texts(message):
        for text, counterpart in ((first, second), (second, first)):
            member = _ENUM_TEXT.match(text.strip())
            if member and _same_word(member["name"], counterpart):
                return {"owner": member["owner"], "name": member["name"]}
    for member in _ENUM_REPR.finditer(message):
        if member["value"] and f"'{member['value']}'" in message.replace(member[0], ""):
            return {"owner": member["owner"], "name": member["name"]}
    return _read_enum_inside(message)


def _compared_texts(message: str) -> Iterator[tuple[str, str]]:
    """Pairs of texts that an assertion holds against each other: in its diff, in its statement."""
    lines: dict[str, list[str]] = {"-": [], "+": []}
    for line in _DIFF.finditer(message):
        lines[line["sign"]].append(line["text"].strip())
    yield from zip(lines["-"], lines["+"], strict=False)
    for sides in _SIDES.finditer(message):
        yield sides["left"], sides["right"]


def _read_enum_inside(message: str) -> dict[str, str]:
    """The same where the text is a part of a larger one: `{'type': 'Colour.RED'} == {'type': 'red'}`."""
    first_line = message.partition("\n")[0]
    operator = " == " if " == " in first_line else " != "
    actual, separator, expected = first_line.partition(operator)
    sides = ((actual, expected), (expected, actual)) if separator else ()
    for text, counterpart in sides:
        for member in _ENUM_QUOTED.finditer(text):
            name = re.escape(member["name"])
            value = re.search(rf"(?i)(?<![\w.]){name}(?!\w)", counterpart)
            if value and _surroundings(text, member) == _surroundings(counterpart, value):
                return {"owner": member["owner"], "name": member["name"]}
    return {}


def _surroundings(text: str, match: re.Match[str]) -> tuple[str, str]:
    """What stands right before and after a match."""
    return text[max(match.start() - 2, 0) : match.start()], text[match.end() : match.end() + 4]


def _same_word(member: str, value: str) -> bool:
    def letters(text: str) -> str:
        return re.sub(r"[\W_]", "", text).lower()

    return bool(letters(value)) and "." not in value and letters(member) == letters(value)


_MAY_SHOW_ERROR = re.compile(r"(?:Error|Exception)\(")
_SHOWN_ERROR = re.compile(
    r"(?<![\w.])(?P<type>[A-Z]\w*(?:Error|Exception))"
    r"\((?P<text>'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"|)[,)]"
)


def shown_error(raised: RaisedException) -> RaisedException | None:
    """The exception that an assertion shows, as `1 = <Result KeyError('x')>.exit_code` does.

    Not one that the statement itself writes: that is what the test expects.
    """
    message = raised.message[:LONGEST]
    if raised.type.rpartition(".")[2] != "AssertionError" or not _MAY_SHOW_ERROR.search(message):
        return None
    statement = raised.crash_frame.source if raised.crash_frame else ""
    for error in _SHOWN_ERROR.finditer(message):
        if f"{error['type']}(" not in statement:
            return RaisedException(type=error["type"], message=error["text"][1:-1])
    return None


_PLAIN_TYPE = r"(?:NoneType|list|tuple|bool|str|int|float|dict|bytes|set)"
_OBJECT_OF_PLAIN_TYPE = re.compile(rf"^'(?P<type>{_PLAIN_TYPE})' object ")
_PLAIN_TYPE_AT_END = re.compile(
    rf"(?:not|non-iterable|returned|, got) '?(?P<a>{_PLAIN_TYPE})'?(?: object)?$"
    rf"|(?P<b>{_PLAIN_TYPE}) found$"
)
_OPERANDS = re.compile(
    r"operand type\(s\) for .{1,12}: '(\w+)' and '(\w+)'"
    r"|can only concatenate (\w+) \(not \"(\w+)\"\)|instances of '(\w+)' and '(\w+)'"
)
_CONTAINERS = ("list", "tuple", "dict", "set", "str", "bytes")
_NONE_ASSERTED = re.compile(
    r"^assert None |^assert not None|where None = |type\(None\)|isinstance\(None|Actual message: 'None'"
    r"|^[ \t]*\+ '?None'?$|^[ \t]*\{[^{}\n]{1,60}: None\} != \{|^assert 'None' == ",
    re.MULTILINE,
)


def wrong_type(raised: RaisedException) -> str:
    """The plain type (`NoneType`, `list`, ...) of a value that should be another; empty: none.

    A function that returns the wrong kind of thing fails with many messages, wherever the
    value is used: `'NoneType' object has no attribute 'x'`, `'NoneType' object is not
    iterable`, `assert None == 3`.
    """
    bare_type, message = raised.type.rpartition(".")[2], raised.message[:LONGEST]
    if bare_type == "AssertionError":
        return "NoneType" if _NONE_ASSERTED.search(message) else ""
    first_line = message.partition("\n")[0]
    if bare_type == "AttributeError":
        owner = _OBJECT_OF_PLAIN_TYPE.match(first_line)
        return owner["type"] if owner else ""
    return _wrong_type_of_operand(first_line) if bare_type == "TypeError" else ""


def _wrong_type_of_operand(text: str) -> str:
    """The plain type that a `TypeError` names."""
    owner = _OBJECT_OF_PLAIN_TYPE.match(text)
    if owner:
        return owner["type"]
    if "NoneType" in text:
        return "NoneType"
    operands = _OPERANDS.search(text)
    if operands:  # of two that do not fit, the container is the more telling one
        return next((type_ for type_ in _CONTAINERS if type_ in operands.groups()), "")
    at_end = _PLAIN_TYPE_AT_END.search(text)
    return (at_end["a"] or at_end["b"]) if at_end else ""
