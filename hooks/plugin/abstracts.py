"""Classes of which no instance can be made: whose abstract methods those are. PYTEST_DONT_REWRITE"""

from __future__ import annotations

import re
from typing import Any, Dict, Iterator, List, Optional, Tuple

from .frames import Step, Trace
from .libraries import Libraries
from .objects import mro_of, resolve_callable
from .source import Sources, called_expressions, head_of
from .text import message_of

MESSAGE = r"^Can't instantiate abstract class (?P<name>\w+)\b"
CONCRETE_SHOWN = 3


def abstract_facts(
    error: Any, trace: Trace, sources: Sources, libraries: Libraries
) -> Iterator[Tuple[str, str]]:
    """A `library` whose class is `abstract` itself, or whose base `demands` a method.

    `instead` tells which classes of the library are made of an abstract one.
    """
    match = re.match(MESSAGE, message_of(error))
    if not match or not isinstance(error, TypeError) or not trace:
        return
    kind = _made(match.group("name"), trace[-1], sources)
    if kind is None:
        return
    library = libraries.of_module(_module_of(kind))
    if library:
        yield "library", library
        yield "abstract", "%s.%s" % (_module_of(kind), kind.__qualname__)
        yield "instead", _concrete(kind, libraries, library)
        return
    for base in mro_of(kind)[1:]:
        library = libraries.of_module(_module_of(base))
        demanded = sorted(_abstract_methods(kind) & set(vars(base)))
        if demanded and library and not library.startswith("Python "):
            yield "library", library
            yield "demands", ", ".join("`%s.%s`" % (base.__name__, name) for name in demanded)
            return


def _abstract_methods(kind: type) -> "frozenset[str]":
    return frozenset(vars(kind).get("__abstractmethods__", ()))


def _made(name: str, step: Step, sources: Sources) -> Optional[type]:
    """The class of this name that a statement calls, else the only one that its frame knows."""
    statement = sources.of(step.filename).statement(step.line)
    candidates: List[Any] = []
    if statement is not None:
        calls = called_expressions(head_of(statement.node))
        candidates = [resolve_callable(expression, step.frame) for expression in calls]
    candidates += list(step.frame.f_locals.values())
    for candidate in candidates:
        if isinstance(candidate, type) and candidate.__name__ == name:
            if _abstract_methods(candidate):
                return candidate
    return None


def _module_of(kind: type) -> str:
    return str(type.__getattribute__(kind, "__module__"))


def _concrete(kind: type, libraries: Libraries, library: str) -> str:
    """The library's own public classes that are made of an abstract one and can be used."""
    names: Dict[str, None] = {}
    heirs: List[type] = type.__subclasses__(kind)
    for heir in heirs:
        is_own = libraries.of_module(_module_of(heir)) == library
        if is_own and not heir.__name__.startswith("_") and not _abstract_methods(heir):
            names["`%s`" % heir.__name__] = None
    if not names:
        return ""
    shown = list(names)[:CONCRETE_SHOWN]
    return "Made of it, and usable: %s." % ", ".join(shown)
