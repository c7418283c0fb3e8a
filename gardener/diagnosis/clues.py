"""Clues: the structured evidence that tells the root cause of a failure, the surest first.

Facts that the recorder or a fixed form of message tells come before places in a traceback, and
these before texts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from gardener.diagnosis import messages
from gardener.diagnosis.message_shapes import Shape
from gardener.diagnosis.raised_texts import without_values
from gardener.diagnosis.root_cause import bare_name, in_test_function, qualified_name, symbol_at
from gardener.diagnosis.templates import (
    bare_template,
    former_bare_template,
    former_template,
    name_template,
    template,
    text_template,
)
from gardener.model import Failure, Phase, RaisedException, TextEnum
from gardener.nodeid import NodeId, without_parameters


class Rule(TextEnum):
    """The kinds of evidence that a fingerprint may be made of."""

    IMPORT = "import"
    CYCLE = "cycle"
    SYNTAX = "syntax"
    SIGNATURE = "signature"
    MOCK = "mock"
    ATTRIBUTE = "attribute"
    SETUP = "setup"
    FIXTURE = "fixture"
    NAME = "name"
    ENUM = "enum"
    DEPRECATED = "deprecated"
    REQUIRED = "required"
    FRAME = "frame"
    HELPER = "helper"
    ASSERTION = "assertion"
    MESSAGE = "message"
    RAISED = "raised"


SYMPTOM_RULES = frozenset({Rule.ASSERTION, Rule.HELPER, Rule.MESSAGE})
"""Rules that tell where a failure was noticed, not where it comes from."""

_BUILTIN_TYPES = frozenset({
    "NoneType", "str", "bytes", "bytearray", "int", "float", "bool", "list", "dict", "tuple",
    "set", "frozenset", "function", "method", "type", "object", "generator", "coroutine",
    "async_generator", "builtin_function_or_method", "property", "module", "range", "slice",
    "mappingproxy", "member_descriptor", "cell", "code", "ellipsis", "memoryview",
})  # fmt: skip


class Clue(NamedTuple):
    """One piece of evidence: its rule, what must be equal, and the symbol to fix.

    `key_without_file` is the part of `key` that is known where the file of a symbol is not; a
    failure that has only that belongs to the one cause that shares it. `former` is the rule and
    the key that earlier versions had for it, where they differ: stored fingerprints are of that.
    """

    rule: Rule
    key: tuple[str, ...]
    symbol: str = ""
    key_without_file: tuple[str, ...] = ()
    former: tuple[str, ...] = ()


def clue_of(failure: Failure, root: RaisedException, reading: messages.Reading) -> Clue:
    """The first clue that a rule finds; `root` is the exception that the failure is about."""
    for find_clue in _CLUE_FINDERS:
        clue = find_clue(failure, root, reading)
        if clue:
            return _without_chance(_required(root, clue))
    type_ = bare_name(root.type)
    former = (Rule.MESSAGE, type_, former_template(root.message))
    clue = Clue(Rule.MESSAGE, (type_, text_template(root.message)), former=former)
    return _required(root, clue)


def _required(root: RaisedException, clue: Clue) -> Clue:
    """Fields that Pydantic 2 requires and Pydantic 1 did not: one cause, whatever the model."""
    field = root.facts.get("required", "")
    if not field:
        return clue
    former = clue.former or (clue.rule, *clue.key)
    return Clue(Rule.REQUIRED, ("pydantic",), field, former=former)


_NAME_RULES = frozenset({
    Rule.IMPORT, Rule.SIGNATURE, Rule.MOCK, Rule.ATTRIBUTE, Rule.FIXTURE, Rule.NAME,
})  # fmt: skip


def _without_chance(clue: Clue) -> Clue:
    """A clue whose names hold nothing that is made at random; paths are as they are."""
    if clue.rule not in _NAME_RULES:
        return clue
    key = tuple(part if "/" in part else name_template(part) for part in clue.key)
    if key == clue.key:
        return clue
    return clue._replace(key=key, former=clue.former or (clue.rule, *clue.key))


def shown_error(root: RaisedException) -> str:
    """The exception that an assertion shows, as `KeyError: x`; empty: none."""
    error = messages.shown_error(root)
    return f"{error.type}: {template(error.message)}" if error else ""


def _former_shown_error(root: RaisedException) -> str:
    error = messages.shown_error(root)
    return f"{error.type}: {former_template(error.message)}" if error else ""


# --- what cannot be imported ------------------------------------------------------------


def _missing_module(
    failure: Failure, root: RaisedException, reading: messages.Reading
) -> Clue | None:
    collecting = failure.phase == Phase.COLLECT and bare_name(root.type) == "ModuleNotFoundError"
    if reading.shape is not Shape.IMPORT_MODULE and not collecting:
        return None
    module = reading.facts.get("module") or reading.facts.get("name", "")
    return Clue(Rule.IMPORT, ("module", module), module) if module else None


def _missing_import(_: Failure, root: RaisedException, reading: messages.Reading) -> Clue | None:
    facts = reading.facts
    if reading.shape not in (Shape.IMPORT_NAME, Shape.IMPORT_CYCLE):
        return None
    symbol = ":".join(filter(None, (facts.get("module", ""), facts.get("name", ""))))
    if reading.shape is Shape.IMPORT_CYCLE:
        cycle = _import_cycle(root, facts)
        if cycle:
            return Clue(Rule.CYCLE, cycle, symbol)
    return Clue(Rule.IMPORT, ("name", symbol), symbol) if symbol else None


def _import_cycle(root: RaisedException, facts: Mapping[str, str]) -> tuple[str, ...]:
    """The files that import each other, sorted: the same wherever a test enters the cycle."""
    importing = [frame.file for frame in root.frames if frame.function == "<module>"]
    module, name = facts.get("module", ""), facts.get("name", "")
    for dotted in (f"{module}.{name}", module):
        path = dotted.replace(".", "/")
        starts = [n for n, file in enumerate(importing) if _is_file_of(file, path)]
        files = set(importing[starts[-1] :]) if starts else set()
        if len(files) > 1:
            return tuple(sorted(files))
    return ()


def _is_file_of(file: str, path: str) -> bool:
    """Whether a file is that of a module, whose dotted name is given as a path."""
    return f"/{file}".endswith((f"/{path}.py", f"/{path}/__init__.py"))


_SYNTAX_ERROR_FILE = re.compile(r"\(([^()\s]+\.py), line \d+\)")


def _syntax_error(
    failure: Failure, root: RaisedException, reading: messages.Reading
) -> Clue | None:
    if bare_name(root.type) not in ("SyntaxError", "IndentationError", "TabError"):
        return None
    in_message = _SYNTAX_ERROR_FILE.search(root.message)
    file = reading.facts.get("file", "") or (in_message[1] if in_message else failure.file)
    former = (Rule.SYNTAX, file, former_template(root.message).partition(" (")[0])
    place = template(file) if file.startswith("/") else file
    key = (place, template(root.message).partition(" (")[0])
    return Clue(Rule.SYNTAX, key, file, former=former)


# --- what is named by its symbol ----------------------------------------------------------


def _named_symbol(
    failure: Failure, root: RaisedException, reading: messages.Reading
) -> Clue | None:
    find_clue = _CLUES_BY_SHAPE.get(reading.shape)
    return find_clue(failure, root, reading.facts) if find_clue else None


def _wrong_call(_: Failure, __: RaisedException, facts: Mapping[str, str]) -> Clue | None:
    """A call that does not fit a signature; a bare `__init__` names nothing."""
    called = qualified_name(facts.get("callable", ""))
    label = qualified_name(facts.get("label", ""))
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


def _missing_attribute(_: Failure, __: RaisedException, facts: Mapping[str, str]) -> Clue | None:
    owner = facts.get("owner", "")
    if not owner or bare_name(owner) in _BUILTIN_TYPES:
        return None
    symbol = f"{bare_name(owner)}.{facts['name']}"
    return Clue(Rule.ATTRIBUTE, (f"{owner}.{facts['name']}",), symbol, (symbol,))


def _setup_not_run(_: Failure, __: RaisedException, facts: Mapping[str, str]) -> Clue | None:
    """A class of tests that is no `TestCase`: one cause for all that derive from it."""
    setup, base = facts.get("setup", ""), facts.get("base", "")
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
    return is_here and owner in NodeId.parse(failure.nodeid).names[:-1]


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


# --- what is known by its place or its text only ------------------------------------------

_DEPRECATION_TYPE = re.compile(r"Deprecat|^FutureWarning$|^(?:RemovedIn|MovedIn)\w*Warning$")
_DEPRECATED_NAME = re.compile(
    r"^`?(?P<name>[^\W\d][\w.]*)(?:\(\))?`? (?:is|was|has been) deprecated"
)


def _deprecation(_: Failure, root: RaisedException, __: messages.Reading) -> Clue | None:
    """A warning that is an error: one deprecated thing is one cause, wherever it is used."""
    if not _DEPRECATION_TYPE.search(bare_name(root.type)):
        return None
    text = template(root.message)
    if not text:
        return None
    deprecated, frame = _DEPRECATED_NAME.match(text), root.crash_frame
    symbol = symbol_at(frame) if frame else ""
    if deprecated:
        symbol = deprecated["name"]
    type_ = bare_name(root.type)
    former = (Rule.DEPRECATED, type_, former_template(root.message))
    return Clue(Rule.DEPRECATED, (type_, text), symbol, former=former)


def _project_frame(failure: Failure, root: RaisedException, _: messages.Reading) -> Clue | None:
    """The deepest function of the project in the traceback."""
    for raised in (root, failure):
        frame = next((f for f in reversed(raised.frames) if f.origin == "project"), None)
        if frame:
            symbol = symbol_at(frame)
            # A `raise` is reached for many reasons, and the form of its text tells which.
            place = (bare_name(root.type), symbol)
            if not frame.source.startswith("raise"):
                return Clue(Rule.FRAME, place, symbol)
            form = bare_template(without_values(root.message, frame.source))
            former = (Rule.FRAME, *place, former_bare_template(root.message))
            return Clue(Rule.FRAME, (*place, form), symbol, former=former)
    return None


def _shared_test_code(failure: Failure, root: RaisedException, _: messages.Reading) -> Clue | None:
    """What breaks in a fixture, or in a function that tests share."""
    frame = root.crash_frame or failure.crash_frame
    if frame is None or frame.origin != "test" or not frame.function:
        return None
    if failure.phase == Phase.CALL:
        is_assertion = bare_name(root.type) == "AssertionError"
        if is_assertion or in_test_function(failure, frame):
            return None
    return Clue(Rule.HELPER, (bare_name(root.type), symbol_at(frame)), symbol_at(frame))


def _assertion(failure: Failure, root: RaisedException, _: messages.Reading) -> Clue | None:
    """What a test itself checks: the test, and the form of what it says."""
    symbols = failure.statement_symbols or failure.body_symbols[:1]
    type_ = bare_name(root.type)
    if failure.phase == Phase.COLLECT or not (symbols or type_ in ("AssertionError", "Failed")):
        return None
    test = (without_parameters(failure.nodeid), type_)
    key = [*test, bare_template(root.message)]
    former = [Rule.ASSERTION, *test, former_bare_template(root.message)]
    error = shown_error(root)
    if error:
        key.append(error)
        former.append(_former_shown_error(root))
    symbol = symbols[-1] if symbols else ""
    return Clue(Rule.ASSERTION, tuple(key), symbol, former=tuple(former))


_CLUE_FINDERS = (
    _missing_module,
    _missing_import,
    _syntax_error,
    _named_symbol,
    _deprecation,
    _project_frame,
    _shared_test_code,
    _assertion,
)
"""Rules in the order in which they are asked: the surest evidence first."""
