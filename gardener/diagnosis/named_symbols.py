"""Clues that name the symbol to mend: what is missing, wrongly called, undefined or not set up."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from gardener.diagnosis import messages
from gardener.diagnosis.message_shapes import Shape
from gardener.diagnosis.root_cause import bare_name, qualified_name
from gardener.diagnosis.rules import Clue, Rule
from gardener.model import Failure, RaisedException
from gardener.nodeid import NodeId

_BUILTIN_TYPES = frozenset({
    "NoneType", "str", "bytes", "bytearray", "int", "float", "bool", "list", "dict", "tuple",
    "set", "frozenset", "function", "method", "type", "object", "generator", "coroutine",
    "async_generator", "builtin_function_or_method", "property", "module", "range", "slice",
    "mappingproxy", "member_descriptor", "cell", "code", "ellipsis", "memoryview",
})  # fmt: skip


def named_symbol(failure: Failure, root: RaisedException, reading: messages.Reading) -> Clue | None:
    """What is missing, wrongly called or undefined, by its own name."""
    find_clue = _CLUES_BY_SHAPE.get(reading.shape)
    return find_clue(failure, root, reading.facts) if find_clue else None


def own_attribute(failure: Failure, root: RaisedException, reading: messages.Reading) -> bool:
    """Whether the test misses an attribute on itself, in its own file.

    In code that test classes share, the place says more; and where the exception was recorded,
    so do its facts: they tell whether a set-up would have set it.
    """
    if (
        root.facts
        or reading.shape is not Shape.ATTRIBUTE
        or bare_name(root.type) != "AttributeError"
    ):
        return False
    owner = bare_name(reading.facts.get("owner", ""))
    frame = root.crash_frame
    is_here = frame is None or frame.file == failure.file
    if is_old_name_of_testcase(root, reading.facts.get("name", "")):
        return False
    return is_here and owner in NodeId.parse(failure.nodeid).names[:-1]


_OF_PARAMETER = re.compile(r"parameter `(?P<name>\w+)`.*", re.DOTALL)


def _of_one_library(root: RaisedException, label: str) -> str:
    """What is changed by one hand: a library, but of Python's own only a module."""
    library = root.facts["library"].rpartition(" ")[0]
    return label.partition(":")[0].partition(".")[0] if library == "Python" else library


def _wrong_call(_: Failure, root: RaisedException, facts: Mapping[str, str]) -> Clue | None:
    """A call that does not fit a signature; a bare `__init__` names nothing.

    Of a library each parameter is a cause of its own, whichever of its functions had it: it took
    one away, and then another.
    """
    called = qualified_name(facts.get("callable", ""))
    label = qualified_name(facts.get("label", ""))
    parameter = _OF_PARAMETER.match(root.facts.get("lacks", ""))
    if parameter and "library" in root.facts:
        name = label or called
        key = (_of_one_library(root, label), parameter["name"])
        return Clue(Rule.SIGNATURE, key, name, former=(Rule.SIGNATURE, name, parameter[0]))
    if label:
        return Clue(Rule.SIGNATURE, (label,), label, (called,))
    if "." in called or (called and not called.startswith("__")):
        return Clue(Rule.SIGNATURE, (called,), called, (called,))
    return None


def _missing_on_mock(_: Failure, __: RaisedException, facts: Mapping[str, str]) -> Clue | None:
    name = facts.get("name", "")
    if not name:
        return None
    spec = facts.get("spec", "").rpartition(":")[2]
    if not spec or spec.endswith("Mock"):
        return Clue(Rule.MOCK, (name,), name, (name,))
    return Clue(Rule.MOCK, (spec, name), f"{spec}.{name}", (name,))


def _missing_in_module(_: Failure, __: RaisedException, facts: Mapping[str, str]) -> Clue | None:
    if not facts.get("name"):
        return None
    symbol = ".".join(filter(None, (facts.get("module", ""), facts["name"])))
    return Clue(Rule.ATTRIBUTE, (symbol,), symbol)


def _missing_attribute(_: Failure, root: RaisedException, facts: Mapping[str, str]) -> Clue | None:
    owner, name = facts.get("owner", ""), facts.get("name", "")
    if not owner or bare_name(owner) in _BUILTIN_TYPES:
        return None
    symbol = f"{bare_name(owner)}.{name}"
    clue = Clue(Rule.ATTRIBUTE, (f"{owner}.{name}",), symbol, (symbol,))
    if not is_old_name_of_testcase(root, name):
        return clue
    former = (clue.rule, *clue.key)
    return Clue(Rule.ATTRIBUTE, ("unittest", "old names"), f"TestCase.{name}", former=former)


_OLD_NAME_OF_TESTCASE = re.compile(
    r"(?:assert(?:_|(?:Not)?(?:Almost)?Equals|(?:Not)?RegexpMatches|RaisesRegexp|ItemsEqual|DictContainsSubset)"
    r"|fail(?:If|Unless)\w*)\Z"
)


def is_old_name_of_testcase(root: RaisedException, name: str) -> bool:
    """Whether a `TestCase` lacks one of the names that Python 3.12 took from it, all at once.

    A class that is no `TestCase` lacks all that it has: Python does not mean another one then.
    """
    if not _OLD_NAME_OF_TESTCASE.match(name):
        return False
    return (
        root.facts.get("lacks", "").startswith("`TestCase.")
        or "Did you mean: 'assert" in root.message
    )


def _setup_not_run(_: Failure, __: RaisedException, facts: Mapping[str, str]) -> Clue | None:
    """A class of tests that is no `TestCase`: one cause for all that derive from it."""
    setup, base = facts.get("setup", ""), facts.get("base", "")
    if base and setup.endswith(".setup"):  # nose's, which pytest 8 runs in no class any more
        return Clue(Rule.SETUP, ("nose",), base, former=(Rule.SETUP, base))
    if not base:  # as earlier versions recorded it
        return Clue(Rule.SETUP, (setup,), setup.rpartition(".")[0] or setup)
    former = (Rule.SETUP, setup)
    if not setup:
        former = (Rule.ATTRIBUTE, f"{facts.get('owner', '')}.{facts.get('name', '')}")
    return Clue(Rule.SETUP, (base,), base, former=former)


def _own_attribute(
    failure: Failure, root: RaisedException, facts: Mapping[str, str]
) -> Clue | None:
    """What a test's own instance lacks: its set-up, whatever the name of the attribute."""
    as_attribute = _missing_attribute(failure, root, facts)
    former = (as_attribute.rule, *as_attribute.key) if as_attribute else ()
    owner = f"{failure.file}:{bare_name(facts['owner'])}"
    return Clue(Rule.SETUP, ("own", owner), owner, former=former)


def _missing_fixture(_: Failure, __: RaisedException, facts: Mapping[str, str]) -> Clue | None:
    name = facts.get("name", "")
    return Clue(Rule.FIXTURE, (Shape.FIXTURE, name), name) if name else None


def _fixture_scope(_: Failure, __: RaisedException, facts: Mapping[str, str]) -> Clue | None:
    name = facts.get("name", "")
    return Clue(Rule.FIXTURE, (Shape.FIXTURE_SCOPE, name), name) if name else None


def _undefined_name(
    failure: Failure, root: RaisedException, facts: Mapping[str, str]
) -> Clue | None:
    name, frame = facts.get("name", ""), root.crash_frame
    file = frame.file if frame else failure.file
    return Clue(Rule.NAME, (name, file), name) if name else None


def _enum_text(_: Failure, __: RaisedException, facts: Mapping[str, str]) -> Clue | None:
    return Clue(Rule.ENUM, (facts["owner"],), facts["owner"])


_CLUES_BY_SHAPE: Mapping[
    Shape, Callable[[Failure, RaisedException, Mapping[str, str]], Clue | None]
] = {
    Shape.MISSING_ARGUMENTS: _wrong_call,
    Shape.UNEXPECTED_ARGUMENT: _wrong_call,
    Shape.TOO_MANY_ARGUMENTS: _wrong_call,
    Shape.MOCK_ATTRIBUTE: _missing_on_mock,
    Shape.PATCH_TARGET: _missing_in_module,
    Shape.MODULE_ATTRIBUTE: _missing_in_module,
    Shape.ATTRIBUTE: _missing_attribute,
    Shape.SETUP_NOT_RUN: _setup_not_run,
    Shape.OWN_ATTRIBUTE: _own_attribute,
    Shape.FIXTURE: _missing_fixture,
    Shape.FIXTURE_SCOPE: _fixture_scope,
    Shape.NAME: _undefined_name,
    Shape.ENUM_TEXT: _enum_text,
}
