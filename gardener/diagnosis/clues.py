"""Clues: the structured evidence that tells the root cause of a failure, the surest first.

Facts that the recorder or a fixed form of message tells come before places in a traceback, and
these before texts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from gardener.diagnosis import messages
from gardener.diagnosis.message_shapes import Shape
from gardener.diagnosis.named_symbols import named_symbol
from gardener.diagnosis.pytest_refusals import refusal
from gardener.diagnosis.raised_texts import without_values
from gardener.diagnosis.reported_errors import last_words
from gardener.diagnosis.root_cause import (
    bare_name,
    beneath_test,
    in_test_function,
    silent_assertion,
    symbol_at,
    telling_text,
)
from gardener.diagnosis.rules import Clue, Rule
from gardener.diagnosis.services import refused_by
from gardener.diagnosis.templates import (
    bare_template,
    former_bare_template,
    former_template,
    name_template,
    says_more_than_values,
    template,
    text_template,
)
from gardener.model import Failure, Phase, RaisedException
from gardener.nodeid import without_parameters


def clue_of(failure: Failure, root: RaisedException, reading: messages.Reading) -> Clue:
    """The first clue that a rule finds; `root` is the exception that the failure is about."""
    for find_clue in _CLUE_FINDERS:
        clue = find_clue(failure, root, reading)
        if clue:
            clue = _refused(root, _without_chance(_required(root, clue)))
            return _of_service(failure, root, _not_run(root, clue))
    type_ = bare_name(root.type)
    former = (Rule.MESSAGE, type_, former_template(root.message))
    key = (type_, text_template(telling_text(root.message)), *_where_text_is_silent(failure, root))
    clue = _refused(root, Clue(Rule.MESSAGE, key, former=former))
    return _of_service(failure, root, _not_run(root, _required(root, clue)))


def _where_text_is_silent(failure: Failure, root: RaisedException) -> tuple[str, ...]:
    """What tells failures apart whose text has no word: a code, or the test whose own line failed."""
    state = root.facts.get("state", "")
    if state:
        return (state,)
    is_own = bool(root.frames) and in_test_function(failure, root.frames[-1])
    if is_own and not says_more_than_values(text_template(root.message)):
        return (without_parameters(failure.nodeid),)
    return ()


def _of_service(failure: Failure, root: RaisedException, clue: Clue) -> Clue:
    """A service at an address that stays the same: one cause, whoever asks for it and how."""
    service = refused_by(failure, root)
    address = service.lasting_address if service else ""
    if not address:
        return clue
    return Clue(Rule.SERVICE, (address,), clue.symbol, former=(clue.rule, *clue.key))


def _required(root: RaisedException, clue: Clue) -> Clue:
    """Fields that Pydantic 2 requires and Pydantic 1 did not: one cause, whatever the model."""
    field = root.facts.get("required", "")
    if not field:
        return clue
    former = clue.former or (clue.rule, *clue.key)
    return Clue(Rule.REQUIRED, ("pydantic",), field, former=former)


_OF_PYTEST = re.compile(r"Pytest\w*Warning\Z|(?:Failed|CollectError)\Z")


def _refused(root: RaisedException, clue: Clue) -> Clue:
    """What pytest no longer takes: one cause, whichever test has it."""
    refused = refusal(root.message) if _OF_PYTEST.match(bare_name(root.type)) else None
    if refused is None:
        return clue
    former = clue.former or (clue.rule, *clue.key)
    return Clue(Rule.DEPRECATED, ("pytest", refused.word), refused.word, former=former)


_NOT_RUN = re.compile(
    r"\A(?:async def functions are not natively supported"
    r"|'.*' requested an async fixture '(?P<fixture>[^'\n]+)')",
    re.DOTALL,
)


def _not_run(root: RaisedException, clue: Clue) -> Clue:
    """Async tests and fixtures that no plugin runs: one cause, however it shows."""
    fixture = root.facts.get("async_fixture", "")
    refused = _NOT_RUN.match(root.message) if bare_name(root.type) == "Failed" else None
    if not fixture and refused is None:
        return clue
    fixture = fixture or (refused and refused["fixture"]) or ""
    former = clue.former or (clue.rule, *clue.key)
    return Clue(Rule.FIXTURE, ("async",), fixture, former=former)


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
    if "absent" in root.facts and reading.shape in _OF_MODULES:
        return _absent_package(root, reading)
    collecting = failure.phase == Phase.COLLECT and bare_name(root.type) == "ModuleNotFoundError"
    if reading.shape is not Shape.IMPORT_MODULE and not collecting:
        return None
    module = reading.facts.get("module") or reading.facts.get("name", "")
    return Clue(Rule.IMPORT, ("module", module), module) if module else None


_OF_MODULES = (Shape.MODULE_ATTRIBUTE, Shape.ATTRIBUTE, Shape.IMPORT_MODULE)


def _absent_package(root: RaisedException, reading: messages.Reading) -> Clue:
    """A package that is not installed: one cause, whichever part of it is asked for."""
    absent, facts = root.facts["absent"], reading.facts
    if reading.shape is Shape.IMPORT_MODULE:
        asked = ("module", facts.get("module") or facts.get("name", ""))
        key = ("module", absent)
        return Clue(Rule.IMPORT, key, absent, asked, former=(Rule.IMPORT, *asked))
    asked_for = f"{facts.get('module') or facts.get('owner', '')}.{facts.get('name', '')}"
    former = (Rule.ATTRIBUTE, asked_for)
    return Clue(Rule.IMPORT, ("module", absent), absent, former=former)


def _missing_import(_: Failure, root: RaisedException, reading: messages.Reading) -> Clue | None:
    facts = reading.facts
    if reading.shape not in (Shape.IMPORT_NAME, Shape.IMPORT_CYCLE):
        return None
    symbol = ":".join(filter(None, (facts.get("module", ""), facts.get("name", ""))))
    is_cycle, never_bound = reading.shape is Shape.IMPORT_CYCLE, "never_bound" in root.facts
    cycle = _import_cycle(root, facts) if is_cycle or never_bound else ()
    if cycle and is_cycle:
        return Clue(Rule.CYCLE, cycle, symbol)
    former = (Rule.CYCLE, *cycle) if cycle else ()
    return Clue(Rule.IMPORT, ("name", symbol), symbol, former=former) if symbol else None


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


# --- what is known by its place or its text only ------------------------------------------

_DEPRECATION_TYPE = re.compile(r"Deprecat|^FutureWarning$|^(?:RemovedIn|MovedIn)\w*Warning$")
_DEPRECATED_NAME = re.compile(
    r"^(?:(?:[Tt]he|[Uu]se of|[Aa]rgument) )?(?P<quote>[`'\"]{0,2})(?P<name>[^\W\d][\w.]*)(?:\(\))?(?P=quote)"
    r"(?: (?:argument|attribute|class|decorator|fixture|function|keyword|method|module|option"
    r"|parameter|property|symbol))? (?:is|was|has been) deprecated"
)
_PLAIN_WORD = re.compile(
    r"(?:(?i:this|that|it|default|name|option|support|us(?:e|age)|argument|attribute|class|decorator"
    r"|feature|fixture|function|keyword|method|module|parameter|property|symbol)|[A-Z][a-z]+ing)\Z"
)
"""What stands before `is deprecated` in a sentence without being the name of a thing."""


def _deprecation(_: Failure, root: RaisedException, __: messages.Reading) -> Clue | None:
    """A warning that is an error: one deprecated thing is one cause, wherever it is used."""
    if not _DEPRECATION_TYPE.search(bare_name(root.type)):
        return None
    text = template(root.message)
    if not text:
        return None
    deprecated, frame = _DEPRECATED_NAME.match(text), root.crash_frame
    symbol = symbol_at(frame) if frame else ""
    if deprecated and (deprecated["quote"] or not _PLAIN_WORD.match(deprecated["name"])):
        symbol = deprecated["name"]
    type_ = bare_name(root.type)
    former = (Rule.DEPRECATED, type_, former_template(root.message))
    return Clue(Rule.DEPRECATED, (type_, text), symbol, former=former)


def _project_frame(failure: Failure, root: RaisedException, _: messages.Reading) -> Clue | None:
    """The deepest function of the project in the traceback, which the test calls."""
    for raised in (root, failure):
        called = beneath_test(failure, raised.frames)
        frame = next((f for f in reversed(called) if f.origin == "project"), None)
        if frame:
            symbol = symbol_at(frame)
            # A `raise` is reached for many reasons, and the form of its text tells which.
            place = (bare_name(root.type), symbol)
            if not frame.source.startswith("raise"):
                return _by_answer(Clue(Rule.FRAME, place, symbol), failure, raised)
            form = bare_template(without_values(root.message, frame.source))
            former = (Rule.FRAME, *place, former_bare_template(root.message))
            return Clue(Rule.FRAME, (*place, form), symbol, former=former)
    return None


def runner_key(failure: Failure, root: RaisedException) -> tuple[str, ...]:
    """The key of the function of the project that only runs the test, which once told the cause."""
    for raised in (root, failure):
        projects = [frame for frame in raised.frames if frame.origin == "project"]
        called = beneath_test(failure, raised.frames)
        if projects and not any(frame.origin == "project" for frame in called):
            frame = projects[-1]
            place = (bare_name(root.type), symbol_at(frame))
            is_raise = frame.source.startswith("raise")
            form = bare_template(without_values(root.message, frame.source))
            return (*place, form) if is_raise else place
    return ()


def _shared_test_code(failure: Failure, root: RaisedException, _: messages.Reading) -> Clue | None:
    """What breaks in a fixture, or in a function that tests share."""
    frame = root.crash_frame or failure.crash_frame
    if frame is None or frame.origin != "test" or not frame.function:
        return None
    if failure.phase == Phase.CALL:
        is_assertion = bare_name(root.type) == "AssertionError"
        if is_assertion or in_test_function(failure, frame):
            return None
    clue = Clue(Rule.HELPER, (bare_name(root.type), symbol_at(frame)), symbol_at(frame))
    return _by_answer(clue, failure, root)


_HTTP_ERRORS = frozenset({"HTTPError", "HTTPStatusError", "ClientResponseError"})
_HTTP_STATUS = re.compile(r"(?<!\d)[45]\d\d(?!\d)")


def _by_answer(clue: Clue, failure: Failure, raised: RaisedException) -> Clue:
    """A clue with what a program or a server answered, where code that many use only hands that on."""
    answer = ""
    type_ = bare_name(raised.type)
    if type_ in _HTTP_ERRORS:
        status = _HTTP_STATUS.search(raised.message)
        answer = status[0] if status else ""
    elif type_ == "CalledProcessError":
        answer = text_template(last_words(failure) or raised.message)
    if not answer:
        return clue
    return clue._replace(key=(*clue.key, answer), former=(clue.rule, *clue.key))


def _assertion(failure: Failure, root: RaisedException, _: messages.Reading) -> Clue | None:
    """What a test itself checks: the test, and the form of what it says."""
    symbols = failure.statement_symbols or failure.body_symbols[:1]
    type_ = bare_name(root.type)
    silent = silent_assertion(root)
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
    if silent:  # no test says that
        return Clue(Rule.MESSAGE, (type_, silent), former=tuple(former))
    return Clue(Rule.ASSERTION, tuple(key), symbol, former=tuple(former))


_CLUE_FINDERS = (
    _missing_module,
    _missing_import,
    _syntax_error,
    named_symbol,
    _deprecation,
    _project_frame,
    _shared_test_code,
    _assertion,
)
"""Rules in the order in which they are asked: the surest evidence first."""
