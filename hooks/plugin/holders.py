"""What holds the object that lacks an attribute, by the failing expression. PYTEST_DONT_REWRITE"""

from __future__ import annotations

import ast
import types
from typing import Any

from .frames import Trace
from .objects import MISSING, resolve
from .source import Sources


def holder_of(error: Any, trace: Trace, sources: Sources) -> str:
    """The module of `x` in `x.lib.name`, where a compiled `lib` knows no file; empty: not known."""
    owner = getattr(error, "obj", None)  # Python 3.10
    if not trace or not isinstance(owner, types.ModuleType) or "__file__" in vars(owner):
        return ""
    frame = trace[-1].frame
    statement = sources.of(trace[-1].filename).statement(trace[-1].line)
    for node in ast.walk(statement.node) if statement is not None else ():
        if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Attribute):
            continue
        if resolve(node.value, frame.f_locals, frame.f_globals) is owner:
            held_by = resolve(node.value.value, frame.f_locals, frame.f_globals)
            return "" if held_by is MISSING else _module_of(held_by)
    return ""


def _module_of(holder: Any) -> str:
    if isinstance(holder, types.ModuleType):
        return holder.__name__
    kind = holder if isinstance(holder, type) else type(holder)
    return str(type.__getattribute__(kind, "__module__"))
