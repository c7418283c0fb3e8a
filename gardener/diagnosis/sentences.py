"""What a finding says of itself: its title, its root cause and the next step, each in one sentence."""

from __future__ import annotations

import re
from typing import NamedTuple

from gardener.diagnosis.categories import Category
from gardener.diagnosis.comparisons import compared
from gardener.diagnosis.failed_imports import of_import, of_library_import
from gardener.diagnosis.fingerprint import Evidence
from gardener.diagnosis.library_breaks import called_by_library, library_break
from gardener.diagnosis.message_shapes import Shape
from gardener.diagnosis.messages import LONGEST, shown_error
from gardener.diagnosis.misfits import of_misfit
from gardener.diagnosis.plugin_fixtures import next_step_of, told_of_mark
from gardener.diagnosis.program_outputs import of_program, of_unmatched_line
from gardener.diagnosis.pytest_refusals import refusal
from gardener.diagnosis.root_cause import (
    bare_name,
    beneath_test,
    frame_of,
    inside_of,
    saying,
    silent_assertion,
    symbol_at,
    telling_text,
)
from gardener.diagnosis.rules import Rule
from gardener.diagnosis.services import SERVICE_CATEGORIES, service_of, unresolved_host
from gardener.model import Failure, RaisedException
from gardener.text import clean

_NAMING_RULES = frozenset({
    Rule.IMPORT, Rule.CYCLE, Rule.SYNTAX, Rule.SIGNATURE, Rule.ATTRIBUTE, Rule.MOCK, Rule.SETUP,
    Rule.FIXTURE, Rule.NAME, Rule.ENUM, Rule.DEPRECATED, Rule.REQUIRED,
})  # fmt: skip
"""Rules of evidence whose symbol is the thing that is wrong, not a place where it shows."""


_RAISED_BY = frozenset({
    "other", "library-error", "wrong-value", "wrong-type", "missing-item", "missing-attribute", "not-implemented",
    "schema-validation", "parse-error", "system-exit", "exhausted", "serialization-error",
    "frozen-instance", "setup-failure", "teardown-failure", "marker-or-config",
})  # fmt: skip
"""Categories that say little of what is wrong: which library raised the error says more."""
_COMPARING = ("assertion", "assertion-payload")
_BY_OUTPUT = "Mend that error first; the captured output says where it comes from."
_EXAMPLE = re.compile(r"(?s)^Expected:\n(?P<told>.*?)^Got:\n(?P<given>.*)\Z", re.MULTILINE)
"""How a doctest shows what an example gives."""
_EXPECTED = re.compile(
    r"DID NOT (?P<how>RAISE|WARN)[^\n]{0,20}?(?:<class ')?(?P<type>[^\W\d][\w.]*)(?:'>)?\Z"
)
"""How pytest says that an error, or a warning, did not come."""


class Sentences(NamedTuple):
    """The sentences of one finding."""

    title: str
    cause: str
    next_step: str


def sentences(category: Category, evidence: Evidence, first: Failure) -> Sentences:
    """The sentences for a finding; `first` is the failure that is shown.

    Where nothing is known but a place, the category's words for a place are used: a place
    is not what is missing, and cannot be restored or installed.
    """
    title = _title(evidence)
    surest = (tell(category, evidence, first) for tell in _TELLERS)
    words = next(filter(None, surest), None) or _of_category(category, evidence, first)
    return Sentences(title, *words)


_Told = tuple[str, str] | None
"""Root cause and next step; None: this is not about such a failure."""


def _of_library(category: Category, evidence: Evidence, _: Failure) -> _Told:
    broken = library_break(category, evidence) or called_by_library(evidence)
    return (broken.cause, broken.next_step) if broken else None


def _of_service(category: Category, evidence: Evidence, first: Failure) -> _Told:
    service = service_of(first) if category.id in SERVICE_CATEGORIES else None
    if not service or not service.cause:
        return None
    reported = evidence.reported.line
    if reported and service.is_own:
        return f"{service.cause} What the test ran failed with `{reported}`.", _BY_OUTPUT
    return service.cause, service.next_step


def _of_host(category: Category, _: Evidence, first: Failure) -> _Told:
    host = unresolved_host(first) if category.id == "host-not-found" else ""
    if not host:
        return None
    if host == "localhost":
        return (
            "The name `localhost` cannot be resolved as it is asked for here.",
            "If an address of IPv6 is asked for, this machine may have none: run these tests where there is one,"
            " or skip them elsewhere.",
        )
    return f"The name of the host `{host}` cannot be resolved.", category.next_step


def _of_unset_attribute(category: Category, evidence: Evidence, _: Failure) -> _Told:
    set_in = evidence.root.facts.get("set_in", "")
    if not set_in or category.id != "missing-attribute":
        return None
    return _not_set_yet(evidence.symbol or "the attribute", set_in)


def _of_misfit(category: Category, evidence: Evidence, first: Failure) -> _Told:
    """The expression with the unfit value, unless it is known which function gives that."""
    expression = evidence.root.facts.get("misfit", "")
    function = bare_name(evidence.symbol.rpartition(":")[2])
    named = re.search(rf"(?<!\w){re.escape(function)}\(", expression)
    if named and gives_value(evidence, first):
        return None
    return of_misfit(category, evidence)


def _of_output(_: Category, evidence: Evidence, __: Failure) -> _Told:
    reported = evidence.reported.line
    return (f"What the test ran failed with `{reported}`.", _BY_OUTPUT) if reported else None


def _of_program_run(_: Category, evidence: Evidence, first: Failure) -> _Told:
    return of_program(evidence, first)


def _of_silent_assertion(_: Category, evidence: Evidence, __: Failure) -> _Told:
    """An `assert` of a library that says nothing: where it is."""
    place = silent_assertion(evidence.root)
    if not place:
        return None
    return (
        f"An `assert` of a library fails without a word, in `{place}`.",
        "Read that function; and mend first what else fails in the fixtures of these tests.",
    )


def _of_lines(category: Category, evidence: Evidence, _: Failure) -> _Told:
    return of_unmatched_line(evidence) if category.id == "assertion" else None


def _of_import(category: Category, evidence: Evidence, first: Failure) -> _Told:
    told = of_import(category, evidence, first)
    if told is None and category.id in _RAISED_BY:
        return of_library_import(evidence)
    return told


def _of_example(category: Category, evidence: Evidence, first: Failure) -> _Told:
    example = _EXAMPLE.search(evidence.root.message) if category.id == "doctest" else None
    if not example:
        return None
    output = clean(example["given"].strip() or "nothing", 120)
    expected = clean(example["told"].strip() or "nothing", 120)
    place = _place(evidence, first)
    return (
        f"The example at `{place}` gives `{output}`, and its text says `{expected}`.",
        category.next_step,
    )


def _of_mark(category: Category, evidence: Evidence, _: Failure) -> _Told:
    if category.id != "marker-or-config":
        return None
    refused = refusal(evidence.root.message)
    if refused:
        return refused.cause, refused.next_step
    return told_of_mark(evidence.root.message)


def _of_async_mode(category: Category, evidence: Evidence, _: Failure) -> _Told:
    """An async test or fixture that no plugin runs, or one that is there and leaves it alone."""
    if category.id != "async-not-supported":
        return None
    plugin, fixture = evidence.root.facts.get("strict_mode", ""), evidence.symbol
    if plugin:
        about = f" `{fixture}` is none of these." if fixture else ""
        return (
            f"{plugin} is in strict mode: it runs only the async tests that are marked, and the async fixtures"
            f" made with `pytest_asyncio.fixture`.{about}",
            'Set `asyncio_mode = "auto"` in the settings of pytest, or mark the tests with `pytest.mark.asyncio`'
            " and make the fixtures with `pytest_asyncio.fixture`.",
        )
    if fixture:
        return f"No plugin runs the async fixture `{fixture}`.", category.next_step
    return None


def _of_shown_error(category: Category, evidence: Evidence, _: Failure) -> _Told:
    """An error that a result holds: the assertion shows it, and compares it with none."""
    error = shown_error(evidence.root) if category.id == "assertion" else None
    if error is None or not error.message:
        return None
    words = clean(error.message.replace("`", "'"), 160)
    return (
        f"What the test checks holds the error `{error.type}: {words}`.",
        "Mend that error first.",
    )


def _of_fixture(category: Category, evidence: Evidence, _: Failure) -> _Told:
    step = next_step_of(evidence.symbol) if category.id == "fixture-missing" else ""
    return (f"There is no fixture `{evidence.symbol}`.", step) if step else None


def _of_verdict(category: Category, evidence: Evidence, first: Failure) -> _Told:
    """What a test says in words of its own: `pytest.fail("...")`, `assert ready, "..."`."""
    root = evidence.root
    line = next(iter(root.message.strip().splitlines()), "")
    frame = root.crash_frame
    statement = frame.source if frame else ""
    is_own = "explicit" in root.facts or re.match(r"(?:assert|raise AssertionError)\b", statement)
    if category.id != "assertion" or not is_own or line.startswith("assert "):
        return None
    words = clean(line.removeprefix("AssertionError: ").replace("`", "'"), 120)
    is_value = re.match(r"[(\[{<'\"]", words) is not None
    if (
        is_value
        or not re.search(r"[^\W\d_]{3}", words)
        or (evidence.symbol and gives_value(evidence, first))
    ):
        return None
    place = _place(evidence, first) or first.nodeid
    return f"The test says: `{words}`.", f"See what `{place}` checks, and why it does not hold."


def _of_silence(category: Category, evidence: Evidence, first: Failure) -> _Told:
    """An error that was expected and did not come: which one, and whose it is."""
    expected = _EXPECTED.match(evidence.root.message) if category.id == "did-not-raise" else None
    if expected is None or gives_value(evidence, first):
        return None
    library = evidence.root.facts.get("expected_of", "")
    whose = f" of {library}" if library else ""
    verb = "warned of" if expected["how"] == "WARN" else "raised"
    cause = f"`{bare_name(expected['type'])}`{whose} was expected, and nothing {verb} it."
    if not library:
        return cause, category.next_step_at
    release = f"If {library.rpartition(' ')[0]} was updated lately, its release notes tell when it still raises it."
    return cause, f"{category.next_step_at} {release}"


_TELLERS = (
    _of_library,
    _of_service,
    _of_host,
    _of_unset_attribute,
    _of_misfit,
    _of_silent_assertion,
    _of_output,
    _of_program_run,
    _of_example,
    _of_fixture,
    _of_mark,
    _of_async_mode,
    _of_import,
    _of_lines,
    _of_silence,
    _of_shown_error,
    _of_verdict,
)
"""What tells more than the words of the category, in the order in which it is asked."""


def _of_category(category: Category, evidence: Evidence, first: Failure) -> tuple[str, str]:
    """The words of the category, with what is known: the thing that is wrong, or a place."""
    culprit, place = _culprit(category, evidence, first), _place(evidence, first)
    names = {
        "symbol": culprit or place or first.nodeid,
        "type": bare_name(evidence.root.type) or "failure",
    }
    cause = category.cause or category.explanation
    told = compared(evidence.root) if category.id in _COMPARING else ""
    if culprit:
        frames = evidence.root.frames
        is_call = bool(frames) and frames[-1].origin == "project"  # else a library calls it
        is_elsewhere = place != culprit and not place.rpartition(":")[2].isdigit()
        if evidence.rule is Rule.SIGNATURE and is_elsewhere and is_call:
            cause += f" The call is in `{place}`."
        shown = told if told and "{symbol}" not in cause else _fill(cause, names)
        return shown, _fill(category.next_step, names)
    cause = told or _fill(category.cause_at or cause, names)
    if category.id == "other" and not evidence.root.type:
        words = clean(telling_text(evidence.root.message).partition("\n")[0] or "failed", 120)
        cause = f"The report says of `{place or first.nodeid}` only: `{words}`."
    cause += _further(category, evidence, first, place)
    return cause, _fill(category.next_step_at or category.next_step, names)


def _further(category: Category, evidence: Evidence, first: Failure, place: str) -> str:
    """What more is known where only a place is: who raised it, who called it, what was executed."""
    more = ""
    inner = inside_of(first, evidence.root) if category.id in ("other", "library-error") else None
    if inner:
        message = clean(inner.message.partition("\n")[0], 120)
        more = f" Inside it: `{bare_name(inner.type)}: {message}`."
    if category.id in _SAID_WHOLE:
        more += _rest(evidence.root)
    facts = evidence.root.facts if category.id in _RAISED_BY else {}
    if evidence.rule is Rule.RAISED:
        return f"{more} `{first.suspect_raised or evidence.clue.key[0]}` was raised in `{evidence.symbol}` before."
    if "raised_by" in facts:
        return f"{more} {facts['raised_by']} raises it."
    if "called_by" in facts:
        return f"{more} {facts['called_by']} calls it."
    if first.suspect and first.suspect == evidence.symbol != place:
        return f"{more} Most executed by failing tests: `{first.suspect}`."
    return more


_SAID_WHOLE = ("other", "library-error", "marker-or-config")
"""Categories that say nothing of their own: what an exception says below its first line is told, too."""


def _rest(root: RaisedException) -> str:
    """What an exception says beyond the line that is its title."""
    lines = [line.strip() for line in telling_text(root.message).splitlines() if line.strip()]
    rest = " ".join(lines[1:]).replace("`", "'") if not any(map(_OPEN.search, lines[:1])) else ""
    return f" It goes on: `{clean(' '.join(rest.split()), 240)}`." if rest else ""


def _not_set_yet(symbol: str, set_in: str) -> tuple[str, str]:
    """An attribute that an object does not have yet: cause and next step."""
    return (
        f"`{symbol}` is not set: `{set_in}` sets it, and did not get that far.",
        f"See why `{set_in}` did not run to the place where it sets it: what failed there comes first.",
    )


def _fill(text: str, names: dict[str, str]) -> str:
    """Put names in the place of their `{placeholders}`; other braces stay."""
    for placeholder, name in names.items():
        text = text.replace("{" + placeholder + "}", name)
    return text


def _culprit(category: Category, evidence: Evidence, first: Failure) -> str:
    """What is wrong, by name; empty where only a place is known."""
    if evidence.rule in _NAMING_RULES:
        return evidence.symbol
    if category.naming:
        named = re.search(category.naming, saying(evidence.root)[:LONGEST])
        return next(filter(None, named.groups()), "") if named else ""
    return evidence.symbol if gives_value(evidence, first) else ""


def named_by(category: Category, evidence: Evidence, first: Failure) -> str:
    """The thing that a failure names: a variable, a table, a library; empty where it names none."""
    if category.id in SERVICE_CATEGORIES:
        return service_of(first).asked_by.partition(" ")[0]
    return _culprit(category, evidence, first) if category.naming else ""


def gives_value(evidence: Evidence, first: Failure) -> bool:
    """Whether the failing statement proves that the wrong value came from the symbol.

    What failing tests execute is only suspected, as is what a statement calls where another
    call in it failed.
    """
    if evidence.rule is not Rule.ASSERTION or evidence.symbol not in first.statement_symbols:
        return False
    frames = evidence.root.frames
    return not frames or frames[-1].origin == "test"


def _place(evidence: Evidence, first: Failure) -> str:
    """The function of the project (else the line of the test) where the failure shows."""
    for frame in reversed(beneath_test(first, evidence.root.frames)):
        if frame.origin == "project" and frame.function:
            return symbol_at(frame)
    if evidence.rule is Rule.HELPER:
        return evidence.symbol
    crash_frame = frame_of(first)
    return f"{crash_frame.file}:{crash_frame.line}" if crash_frame else ""


_OPEN = re.compile(r":\Z|\A[^A-Za-z]*\Z")
"""A first line that says nothing without those below it."""


def _title(evidence: Evidence) -> str:
    """The error in one line, as the exception says it; with what a validation found first."""
    root = evidence.root
    lines = [line.strip() for line in telling_text(root.message).splitlines() if line.strip()]
    is_open = any(map(_OPEN.search, lines[:1]))
    lines = lines[:3] if is_open or evidence.reading.shape is Shape.VALIDATION else lines[:1]
    lines = lines or [root.facts.get("state", "")]
    title = ": ".join(filter(None, (bare_name(root.type), *lines)))
    title = title or "failed without a message"
    return title if len(title) <= 200 else title[:199] + "…"
