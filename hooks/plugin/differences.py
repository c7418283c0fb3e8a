"""The first thing in which two values differ, as deep in them as it lies. PYTEST_DONT_REWRITE

What a test compares may be anything: a comparison that raises tells nothing, and only containers,
named tuples and plain attributes are looked into.
"""

from __future__ import annotations

from typing import Any, Dict, Iterable, Iterator, List, Tuple

from .objects import MISSING, bare_dict, static_attribute

DEEPEST = 20
ITEMS_READ = 2000
"""The most levels that are gone down, and the most items of one level that are compared."""
LONGEST = 200
BEFORE, AFTER = 24, 50
"""The most characters of a value that are kept; of a text, how many around the first that differs."""
TEXTS = (str, bytes)

Step = Tuple[str, Any, Any]
"""Where two items are (`['a']`, `[0]`, `.name`; empty: in a set), and the items, one of them MISSING
where only one value has it."""


def difference(left: Any, right: Any) -> Dict[str, str]:
    """Where two values differ (`differs_at`), and what each has there (`differs_left`, `differs_right`).

    A side that has nothing there has no text. `differs_from` is the first character that differs, of
    two texts; `differs_of` the class whose attribute it is; both types are told where they differ.
    """
    path, holder = "", ""
    for _ in range(DEEPEST):
        step = next(_steps(left, right), None)
        if step is None:
            break
        holder = type(left).__name__ if step[0].startswith(".") else ""
        path += step[0]
        left, right = step[1:]
        if left is MISSING or right is MISSING:
            break
    facts = {"differs_at": path, "differs_of": holder}
    if type(left) is type(right) and isinstance(left, TEXTS):
        facts.update(_of_texts(left, right))
    else:
        facts["differs_left"], facts["differs_right"] = _shown(left), _shown(right)
    are_both_there = left is not MISSING and right is not MISSING
    if are_both_there and type(left) is not type(right):
        facts["differs_types"] = "%s and %s" % (type(left).__name__, type(right).__name__)
    is_told = facts["differs_left"] != facts["differs_right"] or "differs_types" in facts
    return {name: text for name, text in facts.items() if text} if is_told else {}


def _steps(left: Any, right: Any) -> Iterator[Step]:
    """The items in which two values of one type differ, in their order."""
    kind = type(left)
    if kind is not type(right):
        return
    if isinstance(left, dict):
        yield from _of_mappings(left, right)
    elif isinstance(left, (list, tuple)):
        names = static_attribute(kind, "_fields")
        parts = [".%s" % name for name in names] if isinstance(names, tuple) else []
        yield from _of_sequences(left, right, parts)
    elif isinstance(left, (set, frozenset)):
        yield from (("", item, MISSING) for item in _in_order(left - right))
        yield from (("", MISSING, item) for item in _in_order(right - left))
    elif kind.__module__ != "builtins":
        own, other = bare_dict(left), bare_dict(right)
        if own.keys() == other.keys():
            for name in list(own)[:ITEMS_READ]:
                if _differ(own[name], other[name]):
                    yield ".%s" % name, own[name], other[name]


def _of_mappings(left: Dict[Any, Any], right: Dict[Any, Any]) -> Iterator[Step]:
    for key in list(left)[:ITEMS_READ]:
        other = right.get(key, MISSING)
        if other is MISSING or _differ(left[key], other):
            yield "[%s]" % _shown(key), left[key], other
    for key in list(right)[:ITEMS_READ]:
        if key not in left:
            yield "[%s]" % _shown(key), MISSING, right[key]


def _of_sequences(left: Any, right: Any, parts: List[str]) -> Iterator[Step]:
    shorter = min(len(left), len(right))
    for number in range(min(shorter, ITEMS_READ)):
        if _differ(left[number], right[number]):
            yield parts[number] if parts else "[%d]" % number, left[number], right[number]
    if len(left) != len(right) and shorter < ITEMS_READ:
        item = left[shorter] if len(left) > shorter else MISSING
        other = right[shorter] if len(right) > shorter else MISSING
        yield "[%d]" % shorter, item, other


def _in_order(items: Iterable[Any]) -> List[Any]:
    return sorted(items, key=_shown)[:1]


def _differ(left: Any, right: Any) -> bool:
    """Whether two items differ; what cannot be compared does not, as far as is known."""
    if left is right:
        return False
    try:
        return not left == right
    except Exception:
        return False


def _of_texts(left: Any, right: Any) -> Dict[str, str]:
    """Two texts from a little before the first character that differs."""
    shorter = min(len(left), len(right))
    first = next((n for n in range(shorter) if left[n] != right[n]), shorter)
    begin = max(first - BEFORE, 0) if first > 2 * BEFORE else 0
    end = first + AFTER
    return {
        "differs_from": str(first) if begin else "",
        "differs_left": _shown(left[begin:end]),
        "differs_right": _shown(right[begin:end]),
    }


def _shown(value: Any) -> str:
    """What `repr` says of a value, cut; empty for one that is not there."""
    if value is MISSING:
        return ""
    try:
        text = repr(value)
    except Exception:
        text = "<%s>" % type(value).__name__
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."
