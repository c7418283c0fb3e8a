"""Links: what two failures share that tells, more or less surely, that they have one cause.

The kinds of links were chosen by `bench/grouping`, by how well they tell the causes of mutants
of real libraries apart.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from gardener.diagnosis.fingerprint import Evidence
from gardener.diagnosis.library_breaks import passed_keyword
from gardener.diagnosis.message_shapes import Shape
from gardener.diagnosis.messages import wrong_type
from gardener.diagnosis.reported_errors import told_by
from gardener.diagnosis.root_cause import (
    bare_name,
    beneath_test,
    in_test_function,
    inside_of,
    symbol_at,
    symbols_of,
)
from gardener.diagnosis.rules import Rule
from gardener.diagnosis.services import refused_by
from gardener.diagnosis.templates import holds_words, says_more_than_values, template
from gardener.model import Failure, Frame, RaisedException, TextEnum
from gardener.nodeid import is_parametrized, without_parameters


class LinkKind(TextEnum):
    """The kinds of links; their texts, in alphabetical order, give the order of joining."""

    ATTRIBUTE_AT = "attribute at"
    ASSERTION = "check"
    DIFFERENCE = "differs"
    CLASSES = "differs in class"
    MISSING_NAME = "name"
    EXPECTED_COUNT = "nothing"
    OWN_ATTRIBUTE = "own attribute"
    TEST_NAME_IN_TEXT = "own name"
    PASSED = "passed"
    RAISED = "raised"
    REPORTED = "reported"
    SERVICE = "service"
    SHOWN_ERROR = "shown"
    SUSPECT = "suspect"
    TEXT = "text"
    TEXT_ANYWHERE = "text alone"
    TEXT_IN_FILE = "text in"
    TOLD_BY_LIBRARY = "told"
    WRONG_TYPE = "value"
    WRONG_TYPE_IN_FILE = "value in"
    VARIANT = "variant"


SIMILARITIES = frozenset({
    LinkKind.VARIANT, LinkKind.ASSERTION, LinkKind.TEXT, LinkKind.TEXT_IN_FILE,
    LinkKind.WRONG_TYPE, LinkKind.WRONG_TYPE_IN_FILE, LinkKind.EXPECTED_COUNT,
    LinkKind.TOLD_BY_LIBRARY, LinkKind.DIFFERENCE, LinkKind.CLASSES,
})  # fmt: skip
"""Links by what failures look like: two clusters with suspects of their own stay apart."""


class Link(NamedTuple):
    """Something that failures may share, and the symbol where they share it (empty: none)."""

    kind: LinkKind
    content: str
    symbol: str


class Member(NamedTuple):
    """A failure with its evidence."""

    failure: Failure
    evidence: Evidence


Cluster = list[Member]


def links_of(cluster: Iterable[Member]) -> list[Link]:
    """All links of the failures of a cluster, each once, in their order."""
    distinct_traits = dict.fromkeys(_traits_of(*member) for member in cluster)
    links: dict[Link, None] = {}
    for traits in distinct_traits:
        for make_links in _LINK_MAKERS:
            for link in make_links(traits):
                links[link] = None
    return list(links)


# --- traits -------------------------------------------------------------------------------

_RAISED_BY_INTERPRETER = frozenset({
    "AttributeError", "IndexError", "KeyError", "NameError", "TypeError", "UnboundLocalError",
    "ZeroDivisionError", "StopIteration", "RecursionError",
})  # fmt: skip
_NAMED_CAUSES = frozenset({
    Rule.IMPORT, Rule.CYCLE, Rule.SYNTAX, Rule.SETUP, Rule.FIXTURE, Rule.MOCK, Rule.ENUM,
    Rule.DEPRECATED,
    Rule.REQUIRED, Rule.SERVICE,
})  # fmt: skip
"""Rules that name their cause; what else such failures share is chance."""
_TEST_VERDICTS = ("AssertionError: ", "Failed: ")
"""What a test says by itself: the same words in two files say little about the cause."""
_DEEPEST_FRAMES = 2
"""Frames of the project, from the deepest, that may have made a value of the wrong type."""
_CONNECTING = 4
"""Shared functions on the way to a refused connection that tell what was asked for."""
_WORD = re.compile(r"[^\W\d]\w{2,}")


_OF_MODULE = (Shape.MODULE_ATTRIBUTE, Shape.PATCH_TARGET)


class _Traits(NamedTuple):
    """All that the links of a failure are made of; many failures have the same ones.

    `text` is type and template, where it holds words. `wrong_type` is the type of a value that
    should be another, `type_symbols` the functions that may have made it. `expected_count` is
    the number of things of which none came. `shown_error` is the exception that an assertion
    shows. `suspect` and `suspect_raised` are those of the failure. `ends_in_raise` says that a
    `raise` of the project, or of code that tests share, ended it: its place tells more than its
    text, so `text_symbols`, the functions that a text may be common to, are empty then.
    `missing_attribute` is an attribute, `attribute_symbol` the place that asked for it.
    `missing_name` is a name that a module lacks, `lacks_own` says that a test's own instance
    lacks something and nothing is known of its class; `passed` is a library, and the keyword that it
    passes to functions of the project that do not take it.
    `text_without_names` is type, text and symbol, the test's name masked in the text.
    `variant` is the test function and its failing statement, `assertion` the place and text of
    an assertion that tests share; each empty where there is none. `reported` is the error that
    the output tells of: what else such failures share tells less. `connecting` is the code
    that connects to what does not answer, `inner_error` the error inside a library that it put into words.
    `is_own_statement` says that no library raised it. `difference` is a class, its attribute
    in which two compared objects differ, and both values; `classes` two classes of one name, with their modules,
    whose objects are compared.
    """

    file: str = ""
    text: str = ""
    wrong_type: str = ""
    expected_count: str = ""
    shown_error: str = ""
    suspect: str = ""
    suspect_raised: str = ""
    ends_in_raise: bool = False
    text_symbols: tuple[str, ...] = ()
    type_symbols: tuple[str, ...] = ()
    missing_attribute: str = ""
    attribute_symbol: str = ""
    missing_name: str = ""
    lacks_own: bool = False
    passed: tuple[str, str] = ("", "")
    text_without_names: tuple[str, ...] = ()
    variant: tuple[str, ...] = ()
    assertion: tuple[str, ...] = ()
    reported: str = ""
    connecting: tuple[str, ...] = ()
    inner_error: str = ""
    is_own_statement: bool = True
    difference: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()


def _traits_of(failure: Failure, evidence: Evidence) -> _Traits:
    missing_name = _missing_name(evidence)
    if _names_its_cause(evidence):
        is_own = evidence.reading.shape is Shape.OWN_ATTRIBUTE
        passed = passed_keyword(evidence)
        return _Traits(missing_name=missing_name, lacks_own=is_own, passed=passed)
    reported = told_by(evidence.reported)
    if reported:
        return _Traits(reported=reported)
    root, reading = evidence.root, evidence.reading
    type_, frame = bare_name(root.type), root.crash_frame
    symbols = tuple(symbols_of(failure, root))
    deepest = _project_symbols(beneath_test(failure, root.frames))
    ends_in_raise = _ends_in_raise(frame, type_, evidence.rule)
    none_came = reading.shape is Shape.COUNT and reading.facts.get("actual") == "0"
    text_symbols = symbols or ("",)
    if ends_in_raise or reading.shape is Shape.DID_NOT_RAISE:
        text_symbols = ()
    attribute, asked_at = _missing_attribute(failure, root, reading.facts)
    return _Traits(
        file=failure.file,
        text=f"{type_}: {evidence.template}" if _says_something(evidence, frame) else "",
        wrong_type=wrong_type(root),
        expected_count=reading.facts.get("expected", "") if none_came else "",
        shown_error=evidence.shown_error,
        suspect=failure.suspect,
        suspect_raised=failure.suspect_raised,
        ends_in_raise=ends_in_raise,
        text_symbols=text_symbols,
        type_symbols=symbols if ends_in_raise else deepest[:_DEEPEST_FRAMES] or _called(failure),
        missing_attribute=attribute,
        attribute_symbol=asked_at,
        missing_name=missing_name,
        text_without_names=_text_without_names(failure, evidence) if ends_in_raise else (),
        variant=_variant(failure, type_, frame),
        assertion=_shared_assertion(failure, type_, frame),
        connecting=_connecting(failure, root),
        inner_error=_told_by_library(failure, root),
        is_own_statement=not (root.frames and root.frames[-1].origin == "library"),
        difference=_difference(root.facts),
        classes=_classes(root.facts),
    )


def _classes(facts: Mapping[str, str]) -> tuple[str, ...]:
    """Two classes of one name whose objects are compared, in any order."""
    classes = sorted(facts.get("differs_types", "").split(" and "))
    is_of_one_name = "." in classes[0] and len({bare_name(name) for name in classes}) == 1
    return tuple(classes) if is_of_one_name else ()


def _difference(facts: Mapping[str, str]) -> tuple[str, ...]:
    """The attribute of a class in which two objects differ, with both values, in any order."""
    kind, attribute = facts.get("differs_of", ""), bare_name(facts.get("differs_at", ""))
    values = sorted(facts.get(name, "") for name in ("differs_left", "differs_right"))
    return (kind, attribute, *map(template, values)) if kind and all(values) else ()


def _says_something(evidence: Evidence, frame: Frame | None) -> bool:
    """Whether a text may be said for one reason: that of a bare `assert False` is said for any."""
    if frame and frame.source and not says_more_than_values(frame.source):
        return False
    return holds_words(evidence.template)


def _connecting(failure: Failure, root: RaisedException) -> tuple[str, ...]:
    """The shared code that connects to what does not answer, at another address each time."""
    if not refused_by(failure, root):
        return ()
    frames = (frame for frame in reversed(root.frames) if frame.origin != "library")
    shared = (symbol_at(frame) for frame in frames if not in_test_function(failure, frame))
    return tuple(dict.fromkeys(shared))[:_CONNECTING]


def _told_by_library(failure: Failure, root: RaisedException) -> str:
    """The error inside a library that it put into words of its own, with its place."""
    inner = inside_of(failure, root)
    if inner is None or not inner.frames:
        return ""
    return f"{inner.type}: {template(inner.message)}\0{symbol_at(inner.frames[-1])}"


def _names_its_cause(evidence: Evidence) -> bool:
    """Whether the evidence is a symbol whose place is known: no other failure shares more."""
    if evidence.rule in _NAMED_CAUSES:
        return True
    clue = evidence.clue
    return clue.rule is Rule.SIGNATURE and clue.key_without_file != clue.key


def _project_symbols(frames: tuple[Frame, ...]) -> tuple[str, ...]:
    """The functions of the project in a traceback, the deepest first."""
    symbols = (symbol_at(frame) for frame in reversed(frames) if frame.origin == "project")
    return tuple(dict.fromkeys(symbols))


def _ends_in_raise(frame: Frame | None, type_: str, rule: Rule) -> bool:
    """Whether a `raise` of the project, or of code that tests share, ended a test.

    Where the statement is not known, it is taken for one unless the interpreter itself raises
    exceptions of that type.
    """
    if frame is None or frame.origin != ("test" if rule is Rule.HELPER else "project"):
        return False
    if frame.source:
        return frame.source.startswith("raise")
    return type_ not in _RAISED_BY_INTERPRETER


def _called(failure: Failure) -> tuple[str, ...]:
    """What the failing statement calls, else what the test calls most."""
    return failure.statement_symbols or failure.body_symbols[:2]


def _missing_attribute(
    failure: Failure, root: RaisedException, facts: Mapping[str, str]
) -> tuple[str, str]:
    """The attribute that is missing, and the place in the project, or in shared test code.

    It comes with its class where the place is unsure: a bare name of a function in the project.
    In shared test code the line is sure: the class is whichever test it was made for.
    """
    name = facts.get("name", "") if bare_name(root.type) == "AttributeError" else ""
    deepest, frame = _project_symbols(beneath_test(failure, root.frames)), root.crash_frame
    if not name:
        return "", ""
    if deepest:
        has_class = "." in deepest[0].rpartition(":")[2]
        return name if has_class else f"{bare_name(facts.get('owner', ''))}.{name}", deepest[0]
    if frame is None or frame.origin != "test" or frame.file == failure.file:
        return "", ""
    return f"{name}\0{frame.line}", symbol_at(frame)


def _missing_name(evidence: Evidence) -> str:
    """The name that a module lacks, as a dotted one: asked for by import or as an attribute."""
    rule, key, shape = evidence.rule, evidence.clue.key, evidence.reading.shape
    if rule is Rule.IMPORT and len(key) == 2:
        return key[1].replace(":", ".") if "." in key[1].replace(":", ".") else ""
    is_of_module = evidence.root.message.startswith("module '")
    if rule is Rule.ATTRIBUTE and (shape in _OF_MODULE or is_of_module):
        return key[0] if "." in key[0] else ""
    return ""


def _text_without_names(failure: Failure, evidence: Evidence) -> tuple[str, ...]:
    """What a shared `raise` says, without the names of the test that it says it of."""
    if evidence.rule is not Rule.FRAME:
        return ()
    test_words = set(_WORD.findall(failure.nodeid))
    if test_words.isdisjoint(_WORD.findall(evidence.template)):
        return ()
    text = _WORD.sub(lambda word: "_" if word[0] in test_words else word[0], evidence.template)
    return (bare_name(evidence.root.type), text, evidence.symbol)


def _variant(failure: Failure, type_: str, frame: Frame | None) -> tuple[str, ...]:
    """What variants of one parametrized test share that fail at one statement."""
    if frame is None or not is_parametrized(failure.nodeid):
        return ()
    statement = frame.source or str(frame.line)
    return (without_parameters(failure.nodeid), type_, symbol_at(frame), statement)


def _shared_assertion(failure: Failure, type_: str, frame: Frame | None) -> tuple[str, ...]:
    """The assertion in a function that tests share, where that is what fails."""
    if frame is None or frame.origin != "test" or not frame.source or type_ != "AssertionError":
        return ()
    return () if in_test_function(failure, frame) else (symbol_at(frame), frame.source)


# --- from traits to links --------------------------------------------------------------------


def _of_suspect(traits: _Traits) -> Iterator[Link]:
    if traits.suspect_raised:
        yield Link(LinkKind.RAISED, traits.suspect_raised, traits.suspect)
    elif traits.suspect:
        yield Link(LinkKind.SUSPECT, traits.suspect, traits.suspect)


def _of_output(traits: _Traits) -> Iterator[Link]:
    if traits.reported:
        yield Link(LinkKind.REPORTED, traits.reported, "")


def _of_other_side(traits: _Traits) -> Iterator[Link]:
    for symbol in traits.connecting:
        yield Link(LinkKind.SERVICE, "", symbol)
    if traits.inner_error:
        yield Link(LinkKind.TOLD_BY_LIBRARY, traits.inner_error, "")


def _of_statement(traits: _Traits) -> Iterator[Link]:
    if traits.shown_error:
        yield Link(LinkKind.SHOWN_ERROR, traits.shown_error, "")
    if traits.difference:
        symbol = ".".join(traits.difference[:2])
        yield Link(LinkKind.DIFFERENCE, "\0".join(traits.difference), symbol)
    if traits.classes:
        yield Link(LinkKind.CLASSES, "\0".join(traits.classes), bare_name(traits.classes[0]))
    if traits.variant:
        yield Link(LinkKind.VARIANT, "\0".join(traits.variant), "")
    if traits.text_without_names:
        *text, symbol = traits.text_without_names
        yield Link(LinkKind.TEST_NAME_IN_TEXT, "\0".join(text), symbol)
    if traits.assertion:
        yield Link(LinkKind.ASSERTION, "\0".join(traits.assertion), traits.assertion[0])


def _of_text(traits: _Traits) -> Iterator[Link]:
    if not traits.text or traits.ends_in_raise:
        return
    for symbol in traits.text_symbols:
        yield Link(LinkKind.TEXT, traits.text, symbol)
    yield Link(LinkKind.TEXT_IN_FILE, f"{traits.file}\0{traits.text}", "")
    if not traits.text.startswith(_TEST_VERDICTS):
        yield Link(LinkKind.TEXT_ANYWHERE, traits.text, "")


def _of_wrong_type(traits: _Traits) -> Iterator[Link]:
    if not traits.wrong_type:
        return
    for symbol in traits.type_symbols:
        yield Link(LinkKind.WRONG_TYPE, traits.wrong_type, symbol)
    if not traits.type_symbols and traits.is_own_statement:
        yield Link(LinkKind.WRONG_TYPE_IN_FILE, f"{traits.file}\0{traits.wrong_type}", "")


def _of_missing_things(traits: _Traits) -> Iterator[Link]:
    if traits.missing_name:
        yield Link(LinkKind.MISSING_NAME, traits.missing_name, traits.missing_name)
    if traits.passed[1]:
        yield Link(LinkKind.PASSED, "\0".join(traits.passed), "")
    if traits.lacks_own:
        yield Link(LinkKind.OWN_ATTRIBUTE, "", "")
    if traits.expected_count and any(traits.text_symbols[:1]):
        # Nothing came where the same number was expected: tests word it differently.
        yield Link(LinkKind.EXPECTED_COUNT, traits.expected_count, traits.text_symbols[0])
    if traits.missing_attribute:
        yield Link(LinkKind.ATTRIBUTE_AT, traits.missing_attribute, traits.attribute_symbol)


_LINK_MAKERS: tuple[Callable[[_Traits], Iterator[Link]], ...] = (
    _of_suspect,
    _of_output,
    _of_other_side,
    _of_statement,
    _of_text,
    _of_wrong_type,
    _of_missing_things,
)
"""In the order in which two clusters that share several links are joined."""
