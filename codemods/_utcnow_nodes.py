"""Shapes of code around a clock that `utcnow` asks for."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

import libcst as cst

from gardener.codemod.command import Command

CLASS = "datetime.datetime"
METHODS = frozenset({"utcnow", "utcfromtimestamp"})

_UTC_NAMES = {
    "datetime.timezone.utc",
    "datetime.UTC",
    "pytz.utc",
    "pytz.UTC",
    "dateutil.tz.UTC",
    "django.utils.timezone.utc",
}
_UTC_CALLS = {"dateutil.tz.tzutc"}
_UTC_NAMED = {"pytz.timezone", "zoneinfo.ZoneInfo", "dateutil.tz.gettz"}

_TOUCHY = METHODS | {
    *("now", "replace", "fromtimestamp", "fromutc", "astimezone", "utcoffset", "tzinfo", "combine"),
    *("__new__", "__init__", "__getattribute__", "__getattr__", "__init_subclass__"),
}
"""What the new form relies on."""


class Clock(NamedTuple):
    """One `X.utcnow` or `X.utcfromtimestamp`; `doubt` says what is not certain about it."""

    node: cst.Attribute
    call: cst.Call | None
    doubt: str = ""


def note_at(command: Command, clock: Clock, why: str) -> None:
    """Leave one use to a human."""
    command.note(clock.node, f"{clock.node.attr.value}: {why}")


def plain_subclass(
    command: Command, node: cst.ClassDef, allowed: Collection[str] = frozenset()
) -> bool:
    """Whether a class is `datetime` with nothing changed that the new form relies on."""
    if len(node.bases) != 1 or node.keywords or node.decorators:
        return False
    base = node.bases[0].value
    if command.meaning(base) != CLASS:
        bindings = command.names.bound(base)
        above = bindings[0].node if len(bindings) == 1 else None
        if not isinstance(above, cst.ClassDef) or not plain_subclass(command, above):
            return False
    return not (_TOUCHY - set(allowed)) & set(_bound_in(command, node))


def _bound_in(command: Command, node: cst.ClassDef) -> Iterator[str]:
    for statement in node.body.body:
        if isinstance(statement, (cst.FunctionDef, cst.ClassDef)):
            yield statement.name.value
        scope = command.names.scope(statement)
        yield from (name for name in command.names.own(scope) if name in _TOUCHY)


def method(command: Command, value: cst.CSTNode, *names: str) -> cst.Call | None:
    """The call of a method of `value`, if the value stands before one of them."""
    attribute = command.index.parent[value]
    if not isinstance(attribute, cst.Attribute) or attribute.value is not value:
        return None
    if names and attribute.attr.value not in names:
        return None
    call = command.index.parent[attribute]
    return call if isinstance(call, cst.Call) and call.func is attribute else None


def keywords(call: cst.Call) -> dict[str, cst.Arg] | None:
    """The arguments of a call by name; None if there are others."""
    named = {arg.keyword.value: arg for arg in call.args if arg.keyword is not None}
    return named if len(named) == len(call.args) else None


def is_utc(command: Command, expr: cst.BaseExpression) -> bool:
    """Whether an expression is surely the zone UTC."""
    meaning = command.meaning(expr)
    if meaning in _UTC_NAMES:
        return True
    if not isinstance(expr, cst.Call):
        return False
    meaning = command.meaning(expr.func)
    if meaning in _UTC_CALLS:
        return not expr.args
    if meaning not in _UTC_NAMED or len(expr.args) != 1 or expr.args[0].keyword is not None:
        return False
    value = expr.args[0].value
    return isinstance(value, cst.SimpleString) and value.evaluated_value == "UTC"


def is_none(node: cst.BaseExpression) -> bool:
    """Whether an expression is the constant None."""
    return isinstance(node, cst.Name) and node.value == "None"


def in_parentheses_of(old: cst.BaseExpression, new: cst.BaseExpression) -> cst.BaseExpression:
    """An expression in the parentheses of the one whose place it takes, outside of its own."""
    lpar = (*old.lpar, *new.lpar)
    return new.with_changes(lpar=lpar, rpar=(*new.rpar, *old.rpar))


TAIL = ".replace(tzinfo=None)"


def no_zone() -> cst.Arg:
    """The argument `tzinfo=None`."""
    equal = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
    return cst.Arg(cst.Name("None"), keyword=cst.Name("tzinfo"), equal=equal)


def with_no_zone(value: cst.BaseExpression) -> cst.Call:
    """`value.replace(tzinfo=None)`."""
    return cst.Call(cst.Attribute(value, cst.Name("replace")), [no_zone()])
