"""Failures put together by root cause.

Two failures belong together when they share a link: the same key of the fingerprint, or
the same error text, wrong value or missing attribute at a project symbol they share.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from gardener.fingerprint import (
    WEAK,
    Evidence,
    evidence_of,
    fingerprint,
    last,
    place,
    symbols_of,
)
from gardener.model import Failure
from gardener.shapes import wrong_value

_REASONS = {
    "import": "All stop at the same import: {symbol}.",
    "syntax": "All stop at the same syntax error in {symbol}.",
    "signature": "All call {symbol} with other arguments than it takes.",
    "mock": "All ask a mock for the same missing attribute: {symbol}.",
    "attribute": "All ask for the same missing attribute: {symbol}.",
    "setup": "All miss what {symbol} should have set.",
    "fixture": "All need the fixture {symbol}.",
    "name": "All use the undefined name {symbol}.",
    "enum": "All compare text of the enum {symbol} with its value.",
    "frame": "All raise the same type of exception at {symbol}.",
    "helper": "All fail in the same function of the tests, {symbol}.",
    "assertion": "All are variants of one test that fail at the same assertion.",
    "message": "All have the same error text.",
}
_LINKED = {
    "text": "All have the same error text and use {symbol}.",
    "value": "All get a value of the same wrong type where they use {symbol}.",
    "suspect": "All execute {symbol}, which nearly no passing test executes.",
    "nothing": "All expect the same number of things from {symbol} and get none.",
    "attribute at": "All miss the same attribute at {symbol}.",
}


_Member = tuple[Failure, Evidence]


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


def group(failures: Iterable[Failure]) -> list[Group]:
    """Group failures by root cause, in the order in which the causes were first seen."""
    members: dict[str, list[_Member]] = {}
    for failure in failures:
        evidence = evidence_of(failure)
        members.setdefault(evidence.fingerprint, []).append((failure, evidence))
    _join_weak(members)
    return [_close(found, why) for found, why in _joined(list(members.values()))]


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


def _joined(parts: list[list[_Member]]) -> Iterator[tuple[list[_Member], _Link | None]]:
    """Parts that share a link, put together; and the link that most of them share."""
    above = list(range(len(parts)))

    def top(n: int) -> int:
        while above[n] != n:
            above[n] = above[above[n]]
            n = above[n]
        return n

    first: dict[_Link, int] = {}
    shared: list[tuple[_Link, int]] = []
    for n, found in enumerate(parts):
        traits = dict.fromkeys(_trait(*pair) for pair in found)
        for link in {link: None for trait in traits for link in _links(trait)}:
            if link in first:
                one, other = sorted((top(first[link]), top(n)))
                above[other] = one
                shared.append((link, n))
            else:
                first[link] = n
    together: dict[int, list[_Member]] = {}
    for n, found in enumerate(parts):
        together.setdefault(top(n), []).extend(found)
    why: dict[int, Counter[_Link]] = {}
    for link, n in shared:
        why.setdefault(top(n), Counter())[link] += 1
    for n, found in together.items():
        yield found, (why[n].most_common(1)[0][0] if n in why else None)


class _Trait(NamedTuple):
    """All that the links of a failure are made of; many failures have the same one."""

    text: str = ""
    wrong: str = ""
    symbols: tuple[str, ...] = ()
    attribute: str = ""
    place: str = ""
    suspect: str = ""
    nothing: str = ""


def _trait(failure: Failure, evidence: Evidence) -> _Trait:
    root = evidence.root
    if evidence.rule in ("import", "syntax", "setup", "fixture", "mock", "enum"):
        return _Trait()  # these name their cause; what else they share is chance
    if evidence.rule == "signature" and evidence.clue.weak != evidence.clue.key:
        return _Trait()  # its file is known: another file's symbol of that name is not it
    type_, attribute, where = last(root.type), "", ""
    if type_ == "AttributeError":
        frame = next((f for f in reversed(root.frames) if f.origin == "project"), None)
        attribute = evidence.reading.facts.get("name", "") if frame else ""
        where = place(frame) if frame else ""
    facts = evidence.reading.facts
    nothing = evidence.reading.shape == "count" and facts.get("actual") == "0"
    return _Trait(
        text=f"{type_}: {evidence.text}" if _is_telling(evidence.text) else "",
        wrong=wrong_value(root),
        symbols=tuple(symbols_of(failure, root)),
        attribute=attribute,
        place=where,
        suspect=failure.suspect if evidence.rule in WEAK else "",
        nothing=facts.get("expected", "") if nothing else "",
    )


def _links(trait: _Trait) -> Iterator[_Link]:
    if trait.suspect:
        yield _Link("suspect", trait.suspect, trait.suspect)
    if trait.text:
        for symbol in trait.symbols or [""]:
            yield _Link("text", trait.text, symbol)
    if trait.wrong:
        for symbol in trait.symbols:
            yield _Link("value", trait.wrong, symbol)
    if trait.nothing and trait.symbols:
        # Nothing came where the same number was expected: tests word it differently.
        yield _Link("nothing", trait.nothing, trait.symbols[0])
    if trait.attribute:
        yield _Link("attribute at", trait.attribute, trait.place)


def _is_telling(text: str) -> bool:
    """Whether a text holds a word; `assert <n> == <n>` is said by unrelated tests."""
    return re.search(r"[A-Za-z]{3}", text.replace("<n>", "").replace("assert", "")) is not None


def _close(members: list[_Member], why: _Link | None) -> Group:
    # What a test wrapped into its own words says less than the error itself.
    plain = [pair for pair in members if not pair[1].reading.carried] or members
    keys = Counter(evidence.fingerprint for _, evidence in plain)
    common = min(keys, key=lambda key: (-keys[key], key))
    evidence = next(e for _, e in plain if e.fingerprint == common)
    reason = _REASONS[evidence.rule].format(symbol=f"`{evidence.symbol}`")
    suspect = next((f.suspect for f, _ in members if f.suspect), "")
    if suspect and evidence.rule in WEAK:
        evidence = evidence._replace(clue=evidence.clue._replace(symbol=suspect))
    if len(keys) > 1 and why:
        if why.symbol:
            reason = _LINKED[why.kind].format(symbol=f"`{why.symbol}`")
            evidence = evidence._replace(clue=evidence.clue._replace(symbol=why.symbol))
        else:
            reason = _REASONS["message"]
    if len({failure.nodeid for failure, _ in members}) == 1:
        reason = "It is the only test with this cause."
    # The one that is shown comes first: the plainest, of the most common form.
    order = sorted(
        members, key=lambda pair: (pair[1].reading.carried, pair[1].fingerprint != common)
    )
    prints = frozenset(e.fingerprint for _, e in members)
    return Group(tuple(f for f, _ in order), evidence, prints, reason)
