"""What a finding says of an expression whose value is None, or of another type than it is used as."""

from __future__ import annotations

from gardener.diagnosis.categories import Category
from gardener.diagnosis.fingerprint import Evidence
from gardener.diagnosis.root_cause import bare_name, symbol_at
from gardener.diagnosis.rules import Rule

_CATEGORIES = frozenset({"none-value", "wrong-type", "missing-attribute", "event-loop"})

_Told = tuple[str, str] | None
"""Root cause and next step; None: this is not about such a failure."""


def of_misfit(category: Category, evidence: Evidence) -> _Told:
    """The expression that the recorder found behind `'NoneType' object is not callable`.

    An attribute that an object of a class lacks is told by the name of the class.
    """
    facts = evidence.root.facts
    expression, type_ = facts.get("misfit", ""), facts.get("misfit_type", "")
    if not expression or category.id not in _CATEGORIES or evidence.rule is Rule.ATTRIBUTE:
        return None
    quoted, value = f"`{expression.replace('`', chr(39))}`", _value(type_)
    has = f"{quoted} {'gives' if expression.endswith(')') else 'is'} {value}"
    if "misfit_in" in facts:
        return _in_library(has, facts["misfit_in"], evidence)
    at = f" at `{_place(evidence)}`"
    if type_ == "coroutine":
        return f"{has}{at}: it is not awaited.", f"Await {quoted}."
    return f"{has}{at}.", f"See why {has} there, or handle the case."


def _value(type_: str) -> str:
    if type_ in ("NoneType", "coroutine"):
        return "None" if type_ == "NoneType" else "a coroutine"
    return f"a value of the type `{bare_name(type_)}`"


def _in_library(has: str, library: str, evidence: Evidence) -> tuple[str, str]:
    """The same inside a library: what matters is who called it with what."""
    caller = evidence.root.crash_frame
    if caller is None:
        return f"In {library}, {has}.", "Read what calls it, and what it is given."
    name, place = library.rpartition(" ")[0], symbol_at(caller)
    return (
        f"In {library}, {has}; `{place}` leads there.",
        f"See what `{place}` passes to {name}, or does not set up before; and whether {name} was updated lately.",
    )


def _place(evidence: Evidence) -> str:
    """Where the expression is: the function of the project, or the line of the test."""
    frame = evidence.root.frames[-1] if evidence.root.frames else None
    if frame is None:
        return evidence.symbol
    is_function = frame.origin == "project" and frame.function
    return symbol_at(frame) if is_function else f"{frame.file}:{frame.line}"
