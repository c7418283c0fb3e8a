"""What the message of an exception says in a fixed form: names of symbols, modules, counts.

The forms are those of the interpreter, unittest.mock, pytest and a few libraries; the
recorder's facts, where it knows more, win over what is read here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from gardener.model import RaisedException

LONGEST = 20_000
"""Characters of a message that are read; the rest says nothing new about its cause."""

WRAPPERS = frozenset({"Failed", "AssertionError", "Exception", "RuntimeError", "Error"})
"""Types that tests raise around another error: `pytest.fail(f"...: {error}")`."""


class Shape(NamedTuple):
    """A form of message: its id, the exception types that use it, and its pattern.

    `carried` says that the form is telling enough to be believed inside the message of
    another exception.
    """

    id: str
    types: tuple[str, ...]
    pattern: re.Pattern[str]
    carried: bool = True


def _shape(id_: str, types: str, pattern: str, *, carried: bool = True) -> Shape:
    return Shape(id_, tuple(types.split()), re.compile(pattern), carried)


_NAME = r"[^\W\d]\w*"
_DOTTED = rf"{_NAME}(?:\.(?:{_NAME}|<locals>|<lambda>))*"

SHAPES: tuple[Shape, ...] = (
    _shape(
        "missing-arguments",
        "TypeError",
        rf"(?P<callable>{_DOTTED})\(\) missing \d+ required (?:positional|keyword-only) arguments?",
    ),
    _shape(
        "missing-arguments",
        "TypeError",
        r"missing a required (?:keyword-only )?argument: '(?P<name>\w+)'",
        carried=False,
    ),
    _shape(
        "unexpected-argument",
        "TypeError",
        rf"(?P<callable>{_DOTTED})\(\) got an unexpected keyword argument '(?P<name>\w+)'",
    ),
    _shape(
        "unexpected-argument",
        "TypeError",
        rf"(?P<callable>{_DOTTED})\(\) got (?:multiple values for|some positional-only|some keyword-only)"
        r" arguments?(?: passed as keyword arguments?:)? '(?P<name>\w+)",
    ),
    _shape(
        "too-many-arguments",
        "TypeError",
        rf"(?P<callable>{_DOTTED})\(\) takes .{{1,60}}arguments? .{{0,60}}(?:given|keyword-only)",
    ),
    _shape(
        "mock-attribute",
        "AttributeError",
        rf"(?P<spec>(?:Non)?(?:Callable)?(?:Async|Magic|Property)?{_NAME}?Mock) object has no attribute '(?P<name>\w+)'",
    ),
    _shape("mock-attribute", "AttributeError", r"^Mock object has no attribute '(?P<name>\w+)'"),
    _shape(
        "patch-target",
        "AttributeError",
        r"<(?:module|class) '(?P<module>[\w.]+)'[^>]*> does not have the attribute '(?P<name>\w+)'",
    ),
    _shape("patch-target", "AttributeError", r"does not have the attribute '(?P<name>\w+)'"),
    _shape(
        "patch-target",
        "AttributeError",
        r"<(?:module|class) '(?P<module>[\w.]+)'[^>]*> has no attribute '(?P<name>\w+)'",
    ),
    _shape(
        "attribute",
        "AttributeError",
        r"(?:type object )?'(?P<owner>[\w.]+)'(?: object)? has no attribute '(?P<name>\w+)'",
    ),
    _shape(
        "module-attribute",
        "AttributeError",
        r"module '(?P<module>[\w.]+)' has no attribute '(?P<name>\w+)'",
    ),
    _shape(
        "import-cycle",
        "ImportError AttributeError",
        r"cannot import name '(?P<name>\w+)' from partially initialized module '(?P<module>[\w.]+)'",
    ),
    _shape(
        "import-cycle",
        "AttributeError",
        r"partially initialized module '(?P<module>[\w.]+)'.{0,300}has no attribute '(?P<name>\w+)'",
    ),
    _shape(
        "import-cycle",
        "AttributeError",
        r"cannot access submodule '(?P<name>\w+)' of module '(?P<module>[\w.]+)'",
    ),
    _shape(
        "import-name",
        "ImportError",
        r"cannot import name '?(?P<name>\w+)'?(?: from '(?P<module>[\w.]+)')?",
    ),
    _shape(
        "import-module", "ModuleNotFoundError ImportError", r"No module named '?(?P<module>[\w.]+)"
    ),
    _shape(
        "duplicate-basename",
        "_pytest.pathlib.ImportPathMismatchError ImportPathMismatchError CollectError",
        r"(?s)import file mismatch",
    ),
    _shape(
        "fixture", "FixtureLookupError Failed CollectError", r"fixture '(?P<name>\w+)' not found"
    ),
    _shape(
        "fixture-scope",
        "ScopeMismatch Failed CollectError",
        r"ScopeMismatch: You tried to access the '?\w+'? scoped fixture '?(?P<name>\w+)",
    ),
    _shape("name", "NameError UnboundLocalError", r"name '(?P<name>\w+)' is not defined"),
    _shape(
        "json",
        "TypeError",
        r"Object of type '?(?P<owner>\w+)'? is not JSON serializable",
    ),
    _shape(
        "validation",
        "ValidationError",
        r"\d+ validation errors? for (?P<owner>[\w.]+)",
    ),
    _shape(
        "mock-call",
        "AssertionError",
        r"[Ee]xpected '?(?P<name>[\w.]+)'? to (?:be|have been|not have been) (?:called|awaited)(?P<rest>.{0,40})",
    ),
    _shape(
        "mock-call",
        "AssertionError",
        r"(?:expected (?:call|await) not found|[Cc]alls not found|not awaited)",
    ),
    _shape(
        "did-not-raise",
        "Failed AssertionError",
        r"DID NOT (?:RAISE|WARN)[^\n]{0,20}?(?:<class '(?P<name>[\w.]+)'>)?",
    ),
    _shape(
        "did-not-raise", "AssertionError", r"(?P<name>\w+) not raised(?: by (?P<callable>\w+))?"
    ),
    _shape("abstract", "TypeError", r"Can't instantiate abstract class (?P<owner>\w+)"),
)

_HINT = re.compile(
    r"argument|attribute|import|module|fixture|defined|serializable|validation|call|await|RAISE|WARN"
    r"|raised|abstract|mismatch|Mismatch"
)
"""One of these words is in every message that has a shape; most messages have none."""

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
_GOT = re.compile(
    r"[Ee]xpected (?:at least |exactly )?(?P<expected>\d+)(?P<what>[^,;:.\n]{0,60}?)[,;:]? ?(?:but )?(?:got|received|found|was|were|saw|only)\D{0,12}(?P<actual>\d+)"
)


class Reading(NamedTuple):
    """What a message says: the id of its shape (empty: none) and the names in it."""

    shape: str = ""
    facts: Mapping[str, str] = MappingProxyType({})
    carried: bool = False


@lru_cache(maxsize=4096)
def _read(type_: str, message: str) -> Reading:
    last = type_.rpartition(".")[2]
    wraps = last in WRAPPERS
    for shape in SHAPES if _HINT.search(message) else ():
        own = last in shape.types or type_ in shape.types
        if not own and not (wraps and shape.carried):
            continue
        match = shape.pattern.search(message)
        if match:
            facts = {k: v for k, v in match.groupdict().items() if v}
            return Reading(shape.id, facts, carried=not own)
    if last in ("AssertionError", "Failed"):
        return _read_comparison(message)
    return Reading()


def _read_comparison(message: str) -> Reading:
    enum = _read_enum(message)
    if enum:
        return Reading("enum-text", enum)
    said = _GOT.search(message)
    if said:
        facts = {k: v.strip() for k, v in said.groupdict().items() if v and v.strip()}
        return Reading("count", facts)
    counts = _COUNTS.search(message)
    if counts:
        facts = {"actual": counts["left"], "expected": counts["right"]}
        if (
            f"where {counts['right']} = len(" in message
            and f"where {counts['left']} = len(" not in message
        ):
            facts = {"actual": counts["right"], "expected": counts["left"]}
        return Reading("count" if counts["operator"] != "!=" else "", facts)
    return Reading()


def _read_enum(message: str) -> dict[str, str]:
    """The enum whose member stands as text (`Colour.RED`) where its value (`red`) should be."""
    by_sign: dict[str, list[str]] = {"-": [], "+": []}
    for line in _DIFF.finditer(message):
        by_sign[line["sign"]].append(line["text"].strip())
    pairs = list(zip(by_sign["-"], by_sign["+"], strict=False))
    pairs += [(m["left"], m["right"]) for m in _SIDES.finditer(message)]
    for one, other in pairs:
        for text, value in ((one, other), (other, one)):
            found = _ENUM_TEXT.match(text.strip())
            if found and _same_word(found["name"], value):
                return {"owner": found["owner"], "name": found["name"]}
    for found in _ENUM_REPR.finditer(message):
        value = found["value"]
        if value and (f"'{value}'" in message.replace(found[0], "")):
            return {"owner": found["owner"], "name": found["name"]}
    return _read_enum_inside(message)


def _read_enum_inside(message: str) -> dict[str, str]:
    """The same where the text is a part of a larger one: `{'type': 'Colour.RED'} == {'type': 'red'}`."""
    first = message.partition("\n")[0]
    left, mark, right = first.partition(" == ") if " == " in first else first.partition(" != ")
    for one, other in ((left, right), (right, left)) if mark else ():
        for found in _ENUM_QUOTED.finditer(one):
            value = re.escape(found["name"])
            there = re.search(rf"(?i)(?<![\w.]){value}(?!\w)", other)
            if there and _around(one, found) == _around(other, there):
                return {"owner": found["owner"], "name": found["name"]}
    return {}


def _around(text: str, found: re.Match[str]) -> tuple[str, str]:
    """What stands right before and after a match."""
    return text[max(found.start() - 2, 0) : found.start()], text[found.end() : found.end() + 4]


def _same_word(member: str, value: str) -> bool:
    def plain(text: str) -> str:
        return re.sub(r"[\W_]", "", text).lower()

    return bool(plain(value)) and "." not in value and plain(member) == plain(value)


def read(raised: RaisedException) -> Reading:
    """What is known of an exception in fixed form; where the recorder knows more, it wins.

    Facts of a reading: `name` (an attribute, a keyword, a fixture), `owner` (whose), `spec`
    (the class behind a mock), `callable` (qualified, as the message has it), `label` (the
    same as `path:Qualified.name`), `module`, `file`, `expected`, `actual`, `timeout`.
    """
    reading = _read(raised.type, raised.message[:LONGEST])
    known = raised.facts
    if not known:
        return reading
    facts = dict(reading.facts)
    if "setup" in known:
        return Reading("setup-not-run", {"label": known["setup"], **facts})
    if "callable" in known:
        facts["label"] = known["callable"]
        facts.setdefault("callable", known["callable"].rpartition(":")[2])
    for name in ("spec", "file", "line", "timeout", "explicit", "crash", "stopped"):
        if name in known:
            facts[name] = known[name]
    if reading.shape == "attribute" and "owner" in known:
        facts["owner"] = known["owner"]
    if reading.shape in ("import-name", "import-cycle") and "owner" in known:
        facts["module"] = known["owner"]
    for name in ("name", "owner"):
        if name in known and reading.shape not in ("mock-attribute", "unexpected-argument"):
            facts.setdefault(name, known[name])
    return reading._replace(facts=facts)


_MAY_SHOW = re.compile(r"(?:Error|Exception)\(")
_SHOWN = re.compile(
    r"(?<![\w.])(?P<type>[A-Z]\w*(?:Error|Exception))"
    r"\((?P<text>'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"|)[,)]"
)


def shown_error(raised: RaisedException) -> RaisedException | None:
    """The exception that an assertion shows, as `1 = <Result KeyError('x')>.exit_code` does.

    Not one that the statement itself writes: that is what the test expects.
    """
    message = raised.message[:LONGEST]
    if raised.type.rpartition(".")[2] != "AssertionError" or not _MAY_SHOW.search(message):
        return None
    source = raised.crash_frame.source if raised.crash_frame else ""
    for found in _SHOWN.finditer(message):
        if f"{found['type']}(" not in source:
            return RaisedException(type=found["type"], message=found["text"][1:-1])
    return None


_PLAIN = r"(?:NoneType|list|tuple|bool|str|int|float|dict|bytes|set)"
_OF_PLAIN_TYPE = re.compile(rf"^'(?P<type>{_PLAIN})' object ")
_PLAIN_AT_END = re.compile(
    rf"(?:not|non-iterable|returned|, got) '?(?P<a>{_PLAIN})'?(?: object)?$|(?P<b>{_PLAIN}) found$"
)
_OPERANDS = re.compile(
    r"operand type\(s\) for .{1,12}: '(\w+)' and '(\w+)'"
    r"|can only concatenate (\w+) \(not \"(\w+)\"\)|instances of '(\w+)' and '(\w+)'"
)
_TELLING = ("list", "tuple", "dict", "set", "str", "bytes")
_NONE_ASSERTED = re.compile(
    r"^assert None |^assert not None|where None = |type\(None\)|isinstance\(None|Actual message: 'None'"
    r"|^[ \t]*\+ '?None'?$|^[ \t]*\{[^{}\n]{1,60}: None\} != \{|^assert 'None' == ",
    re.MULTILINE,
)


def wrong_value(raised: RaisedException) -> str:
    """The plain type (`NoneType`, `list`, ...) of a value that should be another; empty: none.

    A function that returns the wrong kind of thing fails with many messages, wherever the
    value is used: `'NoneType' object has no attribute 'x'`, `'NoneType' object is not
    iterable`, `assert None == 3`.
    """
    last, message = raised.type.rpartition(".")[2], raised.message[:LONGEST]
    if last == "AssertionError":
        return "NoneType" if _NONE_ASSERTED.search(message) else ""
    if last not in ("AttributeError", "TypeError"):
        return ""
    first = message.partition("\n")[0]
    found = _OF_PLAIN_TYPE.match(first)
    if found:
        return found["type"]
    if last == "AttributeError":
        return ""
    if "NoneType" in first:
        return "NoneType"
    operands = _OPERANDS.search(first)
    if operands:  # of two that do not fit, the container is the more telling one
        both = set(operands.groups())
        return next((type_ for type_ in _TELLING if type_ in both), "")
    found = _PLAIN_AT_END.search(first)
    return (found["a"] or found["b"]) if found else ""
