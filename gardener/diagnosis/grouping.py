"""Failures put together by root cause.

Two failures belong together when they share a link: the same key of the fingerprint, or
the same error text, wrong value or missing attribute at a project symbol they share, or
the suspect that a trace of the run gives. Links were chosen by `bench/grouping`. What is
known of the base overrules a link: a cause that was there before does not explain a test
that passed then.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from gardener.diagnosis.fingerprint import (
    WEAK,
    Evidence,
    evidence_of,
    fingerprint,
    in_test_function,
    last,
    place,
    symbols_of,
    test_function,
)
from gardener.diagnosis.messages import wrong_value
from gardener.diagnosis.union_find import Components, Marks
from gardener.model import Failure, Frame

_REASONS = {
    "import": "All stop at the same import: {symbol}.",
    "cycle": "All go round one circle of imports: {files}.",
    "syntax": "All stop at the same syntax error in {symbol}.",
    "signature": "All call {symbol} with other arguments than it takes.",
    "mock": "All ask a mock for the same missing attribute: {symbol}.",
    "attribute": "All ask for the same missing attribute: {symbol}.",
    "setup": "All miss what {symbol} should have set.",
    "fixture": "All need the fixture {symbol}.",
    "name": "All use the undefined name {symbol}.",
    "enum": "All compare text of the enum {symbol} with its value.",
    "deprecated": "All use what is deprecated: {symbol}.",
    "frame": "All raise the same type of exception at {symbol}.",
    "helper": "All fail in the same function of the tests, {symbol}.",
    "assertion": "All are variants of one test that fail at the same assertion.",
    "message": "All have the same error text.",
}
_LINKED = {
    "variant": "All are variants of one test that fail at the same statement.",
    "check": "All fail at the same check that tests share, in {symbol}.",
    "text": "All have the same error text and use {symbol}.",
    "text in": "All have the same error text, in one file of tests.",
    "value": "All get a value of the same wrong type where they use {symbol}.",
    "value in": "All get a value of the same wrong type, in one file of tests.",
    "own name": "All raise the same exception at {symbol}, with the name of the test in its text.",
    "suspect": "All execute {symbol}, which mostly failing tests execute.",
    "raised": "In all of them {what} comes up in {symbol}, which mostly failing tests meet.",
    "shown": "In all of them an assertion shows the same exception.",
    "text alone": "All have the same error text, which no others have.",
    "nothing": "All expect the same number of things from {symbol} and get none.",
    "attribute at": "All miss the same attribute at {symbol}.",
}


WasRed = Callable[[str], bool | None]
_Member = tuple[Failure, Evidence]
_INTERPRETER = frozenset({
    "AttributeError", "IndexError", "KeyError", "NameError", "TypeError", "UnboundLocalError",
    "ZeroDivisionError", "StopIteration", "RecursionError",
})  # fmt: skip
_LOOSE = frozenset({"variant", "check", "text", "text in", "value", "value in", "nothing"})
"""Links that say what failures look like; two that have suspects are told apart by these."""
_NAMED = frozenset({
    "import", "cycle", "syntax", "setup", "fixture", "mock", "enum", "deprecated",
})  # fmt: skip
"""Rules that name their cause; what else such failures share is chance."""
_WIDE = "text alone"
"""The link that holds wherever it is found, if two groups alone have it."""
_VERDICTS = ("AssertionError: ", "Failed: ")
"""What a test says by itself: the same words there say little about the cause."""
_NEAR = 2
"""Frames of the project, from the deepest, that may have made a value of the wrong type."""


class Group(NamedTuple):
    """Failures with one root cause; the evidence is that of the plainest of them."""

    failures: tuple[Failure, ...]
    evidence: Evidence
    fingerprints: frozenset[str]
    reason: str


class _Link(NamedTuple):
    """What two failures may share; `symbol` is where."""

    kind: str
    what: str
    symbol: str


_Pair = tuple[_Link, int, int]
"""A link and two parts that share it."""


def group(failures: Iterable[Failure], was_red: WasRed = lambda _: None) -> list[Group]:
    """Group failures by root cause, in the order in which the causes were first seen.

    `was_red` says of a nodeid whether that test was red on the base; None where that is
    not known, or where there was no such test.
    """
    return [_close(found, why) for found, why in _joined(_alike(failures), was_red)]


def alike(failures: Iterable[Failure]) -> list[Group]:
    """The same without what only links join: what surely has one cause."""
    return [_close(found, None) for found in _alike(failures)]


def _alike(failures: Iterable[Failure]) -> list[list[_Member]]:
    members: dict[str, list[_Member]] = {}
    for failure in failures:
        evidence = evidence_of(failure)
        members.setdefault(evidence.fingerprint, []).append((failure, evidence))
    _join_weak(members)
    return list(members.values())


def _join_weak(members: dict[str, list[_Member]]) -> None:
    """Failures that name a symbol without its file join the one group that knows the file."""
    full: dict[str, list[str]] = {}
    for id_, found in members.items():
        clue = found[0][1].clue
        if clue.weak and clue.weak != clue.key:
            full.setdefault(fingerprint(clue.rule, clue.weak), []).append(id_)
    for weak, owners in full.items():
        if weak in members and len(owners) == 1:
            members[owners[0]] += members.pop(weak)


def _joined(
    parts: list[list[_Member]], was_red: WasRed
) -> Iterator[tuple[list[_Member], _Link | None]]:
    """Parts that share a link, put together; and the link that most of them share."""
    links = [_all_links(found) for found in parts]
    _meet_swallowed(parts, links)
    found = _shared(links, _older(parts, links, was_red))
    components = Components([_marks(part) for part in parts])
    for _, one, other in found.firm:
        components.join(one, other)
    shared = [
        *found.firm,
        *(pair for pair in sorted(found.suspected) if components.join_suspected(*pair[1:])),
        *(pair for pair in sorted(found.loose) if components.join_alike(*pair[1:])),
        *(pair for pair in _alone(found.wide, components) if components.join_alike(*pair[1:])),
    ]
    together: dict[int, list[_Member]] = {}
    for n, part in enumerate(parts):
        together.setdefault(components.top(n), []).extend(part)
    why: dict[int, Counter[_Link]] = {}
    for link, _, n in shared:
        why.setdefault(components.top(n), Counter())[link] += 1
    for n, whole in together.items():
        yield whole, (why[n].most_common(1)[0][0] if n in why else None)


class _Shared(NamedTuple):
    """Pairs of parts that share a link, the surest first; of a wide link all parts that have it."""

    firm: list[_Pair]
    suspected: list[_Pair]
    loose: list[_Pair]
    wide: dict[tuple[_Link, bool], list[int]]


def _shared(links: list[list[_Link]], olders: list[bool]) -> _Shared:
    first: dict[tuple[_Link, bool], int] = {}
    found = _Shared([], [], [], {})
    for n, (own, older) in enumerate(zip(links, olders, strict=True)):
        for link in own:
            if link.kind == _WIDE:
                found.wide.setdefault((link, older), []).append(n)
                continue
            one = first.setdefault((link, older), n)
            if one != n:
                _of_kind(found, link.kind).append((link, one, n))
    return found


def _of_kind(found: _Shared, kind: str) -> list[_Pair]:
    if kind in _LOOSE:
        return found.loose
    return found.suspected if kind == "suspect" else found.firm


def _alone(wide: Mapping[tuple[_Link, bool], list[int]], components: Components) -> Iterator[_Pair]:
    """What two groups alone share, wherever they are; what more have is said for many reasons."""
    for (link, _), own in sorted(wide.items()):
        one, *others = {components.top(n): n for n in own}.values()
        if len(others) == 1:
            yield link, one, others[0]


def _marks(found: list[_Member]) -> Marks:
    suspects = frozenset(f"{f.suspect} {f.suspect_raised}" for f, _ in found if f.suspect)
    shown = frozenset(evidence.shown for _, evidence in found if evidence.shown)
    types: dict[str, set[str]] = {}
    for failure, evidence in found if suspects else ():
        types.setdefault(test_function(failure), set()).add(last(evidence.root.type))
    return Marks(suspects, shown, {test: frozenset(own) for test, own in types.items()})


def _meet_swallowed(parts: list[list[_Member]], links: list[list[_Link]]) -> None:
    """Link what swallowed an exception with the failures that end in it, if these are of one kind."""
    born = {link for own in links for link in own if link.kind == "raised"}
    ends: dict[_Link, list[int]] = {}
    for n, found in enumerate(parts) if born else ():
        evidence = found[0][1]
        link = _Link("raised", last(evidence.root.type), evidence.symbol)
        if evidence.rule == "frame" and link in born:
            ends.setdefault(link, []).append(n)
    for link, own in ends.items():
        if len(own) == 1 and link not in links[own[0]]:
            links[own[0]].append(link)


def _all_links(found: list[_Member]) -> list[_Link]:
    traits = dict.fromkeys(_trait(*pair) for pair in found)
    return list({link: None for trait in traits for link in _links(trait)})


def _older(parts: list[list[_Member]], links: list[list[_Link]], was_red: WasRed) -> list[bool]:
    """Of each part whether its cause is one of the base.

    A part of which that is not known is counted to the base's if it has a link to them.
    """
    known: list[bool | None] = []
    for found in parts:
        said = {was_red(failure.nodeid) for failure, _ in found}
        known.append(said.pop() if len(said) == 1 else None)
    base = {
        link
        for older, own in zip(known, links, strict=True)
        for link in own
        if older and link.kind != _WIDE
    }
    return [
        older if older is not None else not base.isdisjoint(own)
        for older, own in zip(known, links, strict=True)
    ]


class _Trait(NamedTuple):
    """All that the links of a failure are made of; many failures have the same one.

    `raised` says that a `raise` of the project, or of what tests share, ended it: its place
    tells more than its text. `shown` is the exception that an assertion shows.
    `born` is the type of the exception that came up in the suspect. `near` are the symbols
    that may have made a wrong value, `shared` those that a text is common to; `missing` is an
    attribute and the place that asked for it.
    """

    file: str = ""
    text: str = ""
    wrong: str = ""
    nothing: str = ""
    shown: str = ""
    suspect: str = ""
    born: str = ""
    raised: bool = False
    shared: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    missing: tuple[str, str] = ("", "")
    nameless: tuple[str, ...] = ()
    variant: tuple[str, ...] = ()
    check: tuple[str, ...] = ()


def _trait(failure: Failure, evidence: Evidence) -> _Trait:
    root, reading = evidence.root, evidence.reading
    if evidence.rule in _NAMED:
        return _Trait()
    if evidence.rule == "signature" and evidence.clue.weak != evidence.clue.key:
        return _Trait()  # its file is known: another file's symbol of that name is not it
    type_, frame = last(root.type), root.crash_frame
    deep = list(dict.fromkeys(place(f) for f in reversed(root.frames) if f.origin == "project"))
    helper = evidence.rule == "helper"
    raised = frame is not None and _raises(frame, type_, "test" if helper else "project")
    symbols = tuple(symbols_of(failure, root))
    nothing = reading.shape == "count" and reading.facts.get("actual") == "0"
    attribute = reading.facts.get("name", "") if type_ == "AttributeError" and deep else ""
    return _Trait(
        file=failure.file,
        text=f"{type_}: {evidence.text}" if _is_telling(evidence.text) else "",
        wrong=wrong_value(root),
        nothing=reading.facts.get("expected", "") if nothing else "",
        shown=evidence.shown,
        suspect=failure.suspect,
        born=failure.suspect_raised,
        raised=raised,
        shared=() if raised or reading.shape == "did-not-raise" else symbols or ("",),
        near=symbols if raised else tuple(deep[:_NEAR]) or _named(failure),
        missing=(_owned(attribute, deep[0], reading.facts), deep[0]) if attribute else ("", ""),
        nameless=_nameless(failure, evidence) if raised else (),
        variant=_variant(failure, type_, frame),
        check=_check(failure, type_, frame),
    )


def _raises(frame: Frame, type_: str, origin: str) -> bool:
    """Whether a `raise` there ended it; without the statement: any but what the interpreter raises."""
    if frame.origin != origin:
        return False
    return frame.source.startswith("raise") if frame.source else type_ not in _INTERPRETER


def _named(failure: Failure) -> tuple[str, ...]:
    """What the failing statement calls, else what the test calls most."""
    return failure.statement_symbols or failure.body_symbols[:2]


def _owned(attribute: str, where: str, facts: Mapping[str, str]) -> str:
    """An attribute with its class where a bare function name does not tell the place."""
    bare = "." not in where.rpartition(":")[2]
    return f"{last(facts.get('owner', ''))}.{attribute}" if bare else attribute


_WORD = re.compile(r"[^\W\d]\w{2,}")


def _nameless(failure: Failure, evidence: Evidence) -> tuple[str, ...]:
    """What a shared `raise` says, without the names of the test that it says it of."""
    own = set(_WORD.findall(failure.nodeid))
    said = [word for word in _WORD.findall(evidence.text) if word in own]
    if not said or evidence.rule != "frame":
        return ()
    text = _WORD.sub(lambda word: "_" if word[0] in own else word[0], evidence.text)
    return (last(evidence.root.type), text, evidence.symbol)


def _variant(failure: Failure, type_: str, frame: Frame | None) -> tuple[str, ...]:
    """What variants of one parametrized test share that fail at one statement."""
    if frame is None or "[" not in failure.nodeid:
        return ()
    return (test_function(failure), type_, place(frame), frame.source or str(frame.line))


def _check(failure: Failure, type_: str, frame: Frame | None) -> tuple[str, ...]:
    """The assertion in a function that tests share, where that is what fails."""
    if frame is None or frame.origin != "test" or not frame.source or type_ != "AssertionError":
        return ()
    return () if in_test_function(failure, frame) else (place(frame), frame.source)


def _links(trait: _Trait) -> Iterator[_Link]:
    if trait.born:
        yield _Link("raised", trait.born, trait.suspect)
    elif trait.suspect:
        yield _Link("suspect", trait.suspect, trait.suspect)
    if trait.shown:
        yield _Link("shown", trait.shown, "")
    if trait.variant:
        yield _Link("variant", "\0".join(trait.variant), "")
    if trait.nameless:
        yield _Link("own name", "\0".join(trait.nameless[:-1]), trait.nameless[-1])
    if trait.check:
        yield _Link("check", "\0".join(trait.check), trait.check[0])
    if trait.text and not trait.raised:
        for symbol in trait.shared:
            yield _Link("text", trait.text, symbol)
        yield _Link("text in", f"{trait.file}\0{trait.text}", "")
        if not trait.text.startswith(_VERDICTS):
            yield _Link(_WIDE, trait.text, "")
    if trait.wrong:
        for symbol in trait.near:
            yield _Link("value", trait.wrong, symbol)
        if not trait.near:
            yield _Link("value in", f"{trait.file}\0{trait.wrong}", "")
    if trait.nothing and any(trait.shared[:1]):
        # Nothing came where the same number was expected: tests word it differently.
        yield _Link("nothing", trait.nothing, trait.shared[0])
    if trait.missing[0]:
        yield _Link("attribute at", *trait.missing)


@lru_cache(maxsize=8192)
def _is_telling(text: str) -> bool:
    """Whether a text holds a word; `assert <n> == <n>` is said by unrelated tests."""
    return re.search(r"[A-Za-z]{3}", text.replace("<n>", "").replace("assert", "")) is not None


def _reason(evidence: Evidence) -> str:
    said = _LINKED["raised"] if evidence.rule == "raised" else _REASONS[evidence.rule]
    first, files = evidence.clue.key[0], ", ".join(f"`{file}`" for file in evidence.clue.key[:5])
    return said.format(symbol=f"`{evidence.symbol}`", what=f"`{first}`", files=files)


def _close(members: list[_Member], why: _Link | None) -> Group:
    # What a test wrapped into its own words says less than the error itself.
    plain = [pair for pair in members if not pair[1].reading.carried] or members
    keys = Counter(evidence.fingerprint for _, evidence in plain)
    common = min(keys, key=lambda key: (-keys[key], key))
    evidence = next(e for _, e in plain if e.fingerprint == common)
    reason = _reason(evidence)
    suspect = next((f.suspect for f, _ in members if f.suspect), "")
    if suspect and (evidence.rule in WEAK or evidence.rule == "frame"):
        evidence = evidence._replace(clue=evidence.clue._replace(symbol=suspect))
    if len(keys) > 1 and why:
        if why.symbol:
            evidence = evidence._replace(clue=evidence.clue._replace(symbol=why.symbol))
        said = _LINKED[why.kind] if why.symbol or why.kind != "text" else _REASONS["message"]
        reason = said.format(symbol=f"`{why.symbol}`", what=f"`{why.what}`")
    if len({failure.nodeid for failure, _ in members}) == 1:
        reason = "It is the only test with this cause."
    # The one that is shown comes first: the plainest, of the most common form.
    order = sorted(
        members, key=lambda pair: (pair[1].reading.carried, pair[1].fingerprint != common)
    )
    prints = frozenset(print_ for _, e in members for print_ in e.prints)
    return Group(tuple(f for f, _ in order), evidence, prints, reason)
