"""The first thing in which two values differ, as deep in them as it lies. PYTEST_DONT_REWRITE

What a test compares may be anything: a comparison that raises tells nothing, and only containers,
named tuples and plain attributes are looked into.
"""

from __future__ import annotations

import re
from typing import Any, Dict, Iterable, Iterator, List, Tuple

from .objects import MISSING, bare_dict, static_attribute
from .text import type_name

DEEPEST = 20
ITEMS_READ = 2000
"""The most levels that are gone down, and the most items of one level that are compared."""
LONGEST = 200
BEFORE, AFTER = 24, 50
"""The most characters of a value that are kept; of a text, how many around the first that differs."""
TEXTS = (str, bytes)
_IN_WORD = re.compile(r"[\w.+/=~%-]{2}")

Step = Tuple[str, Any, Any]
"""Where two items are (`['a']`, `[0]`, `.name`; empty: in a set), and the items, one of them MISSING
where only one value has it."""


def difference(value: Any, counterpart: Any) -> Dict[str, str]:
    """Where two values differ (`differs_at`), and what each has there (`differs_left`, `differs_right`).

    A side that has nothing there has no text. `differs_from` is the first character that differs, of
    two texts; `differs_of` the class whose attribute it is; both types are told where they differ.
    """
    path, holder = "", ""
    for _ in range(DEEPEST):
        step = next(_steps(value, counterpart), None)
        if step is None:
            break
        holder = type(value).__name__ if step[0].startswith(".") else ""
        path += step[0]
        value, counterpart = step[1:]
        if value is MISSING or counterpart is MISSING:
            break
    facts = {"differs_at": path, "differs_of": holder}
    if type(value) is type(counterpart) and isinstance(value, TEXTS):
        facts.update(_of_texts(value, counterpart))
    else:
        facts["differs_left"], facts["differs_right"] = _shown(value), _shown(counterpart)
    are_both_there = value is not MISSING and counterpart is not MISSING
    if are_both_there and type(value) is not type(counterpart):
        facts["differs_types"] = _named_apart(type(value), type(counterpart))
    is_told = facts["differs_left"] != facts["differs_right"] or "differs_types" in facts
    return {name: text for name, text in facts.items() if text} if is_told else {}


def _named_apart(kind: type, opposite: type) -> str:
    """Two classes by their names; with their modules where the names are the same."""
    names = kind.__name__, opposite.__name__
    return "%s and %s" % (names if names[0] != names[1] else (type_name(kind), type_name(opposite)))


def _steps(value: Any, counterpart: Any) -> Iterator[Step]:
    """The items in which two values of one type differ, in their order."""
    kind = type(value)
    if kind is not type(counterpart):
        return
    if isinstance(value, dict):
        yield from _of_mappings(value, counterpart)
    elif isinstance(value, (list, tuple)):
        names = static_attribute(kind, "_fields")
        parts = [".%s" % name for name in names] if isinstance(names, tuple) else []
        yield from _of_sequences(value, counterpart, parts)
    elif isinstance(value, (set, frozenset)):
        yield from (("", item, MISSING) for item in _in_order(value - counterpart))
        yield from (("", MISSING, item) for item in _in_order(counterpart - value))
    elif kind.__module__ != "builtins":
        attributes, opposite = bare_dict(value), bare_dict(counterpart)
        if attributes.keys() == opposite.keys():
            for name in list(attributes)[:ITEMS_READ]:
                if _differ(attributes[name], opposite[name]):
                    yield ".%s" % name, attributes[name], opposite[name]


def _of_mappings(value: Dict[Any, Any], counterpart: Dict[Any, Any]) -> Iterator[Step]:
    for key in list(value)[:ITEMS_READ]:
        opposite = counterpart.get(key, MISSING)
        if opposite is MISSING or _differ(value[key], opposite):
            yield "[%s]" % _shown(key), value[key], opposite
    for key in list(counterpart)[:ITEMS_READ]:
        if key not in value:
            yield "[%s]" % _shown(key), MISSING, counterpart[key]


def _of_sequences(value: Any, counterpart: Any, parts: List[str]) -> Iterator[Step]:
    shorter = min(len(value), len(counterpart))
    for number in range(min(shorter, ITEMS_READ)):
        if _differ(value[number], counterpart[number]):
            yield parts[number] if parts else "[%d]" % number, value[number], counterpart[number]
    if len(value) != len(counterpart) and shorter < ITEMS_READ:
        item = value[shorter] if len(value) > shorter else MISSING
        opposite = counterpart[shorter] if len(counterpart) > shorter else MISSING
        yield "[%d]" % shorter, item, opposite


def _in_order(items: Iterable[Any]) -> List[Any]:
    return sorted(items, key=_shown)[:1]


def _differ(value: Any, counterpart: Any) -> bool:
    """Whether two items differ; what cannot be compared does not, as far as is known."""
    if value is counterpart:
        return False
    try:
        return not value == counterpart
    except Exception:
        return False


def _of_texts(value: Any, counterpart: Any) -> Dict[str, str]:
    """Two texts from a little before the first character that differs."""
    shorter = min(len(value), len(counterpart))
    first = next((n for n in range(shorter) if value[n] != counterpart[n]), shorter)
    begin = 0
    if first > 2 * BEFORE:
        begin = _word_start(value, max(_word_start(value, first) - BEFORE, 0))
    return {
        "differs_from": str(first) if begin else "",
        "differs_left": _around(value, begin, first),
        "differs_right": _around(counterpart, begin, first),
    }


def _around(text: Any, begin: int, first: int) -> str:
    """A part of a text, of which no word is cut: half a token is not known for a secret any more."""
    end = min(first + AFTER, len(text))
    while end < len(text) and _is_in_word(text, end):
        end += 1
    if end - begin > LONGEST:
        return "<%s of length %d>" % (type(text).__name__, len(text))
    return _shown(text[begin:end]) + ("..." if end < len(text) else "")


def _word_start(text: Any, place: int) -> int:
    """Where the word begins that a place lies in."""
    while place > 0 and _is_in_word(text, place):
        place -= 1
    return place


def _is_in_word(text: Any, place: int) -> bool:
    """Whether what stands before and behind a place is one word: also a path, or a token of any kind."""
    pair = text[place - 1 : place + 1]
    return bool(_IN_WORD.fullmatch(pair if isinstance(pair, str) else pair.decode("latin-1")))


def _shown(value: Any) -> str:
    """What `repr` says of a value, cut; empty for one that is not there."""
    if value is MISSING:
        return ""
    try:
        text = repr(value)
    except Exception:
        text = "<%s>" % type(value).__name__
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."
