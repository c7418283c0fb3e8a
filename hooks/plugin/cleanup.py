"""Tells what comes up in a clean-up, while another exception is on its way. PYTEST_DONT_REWRITE"""

from __future__ import annotations

import ast
from typing import Any, Iterator, List

from .frames import Step, Trace
from .source import Sources

EXITS = ("__exit__", "__aexit__")


def cleanup_of(trace: Trace, on_its_way: Trace, sources: Sources) -> str:
    """The kind of clean-up that an exception came up in: `finally`, `__exit__`, `except`; or empty.

    The other exception must have passed the very frame that cleans up: one that is merely being
    handled further out is not on its way.
    """
    passed = {id(step.frame): step.line for step in on_its_way}
    previous = None
    for step in trace:
        name = step.frame.f_code.co_name
        if name in EXITS and previous is not None and id(previous.frame) in passed:
            if _left_with(previous, passed[id(previous.frame)], sources):
                return name
        if id(step.frame) in passed:
            kind = _block_of(step, passed[id(step.frame)], sources)
            if kind:
                return kind
        previous = step
    return ""


def _left_with(step: Step, raised_at: int, sources: Sources) -> bool:
    """Whether the other exception left a `with` block whose exit this is."""
    return any(
        isinstance(node, (ast.With, ast.AsyncWith))
        and _holds(node.body, raised_at)
        and node.lineno <= step.line <= _last_line(node)
        for node in _compound(step, sources)
    )


def _block_of(step: Step, raised_at: int, sources: Sources) -> str:
    """`finally`, or `except` where the handler ends by raising again what it caught."""
    for node in _compound(step, sources):
        if not hasattr(node, "finalbody"):
            continue
        protected = [*node.body, *node.handlers, *node.orelse]
        if _holds(node.finalbody, step.line) and _holds(protected, raised_at):
            return "finally"
        for handler in node.handlers if _holds(node.body, raised_at) else ():
            if _holds(handler.body, step.line) and _passes_on(handler.body, step.line):
                return "except"
    return ""


def _compound(step: Step, sources: Sources) -> Iterator[Any]:
    return (statement.node for statement in sources.of(step.filename).statements)


def _holds(body: List[Any], line: int) -> bool:
    return bool(body) and body[0].lineno <= line <= _last_line(body[-1])


def _last_line(node: Any) -> int:
    return int(getattr(node, "end_lineno", None) or node.lineno)


def _passes_on(body: List[Any], line: int) -> bool:
    """Whether a handler would have raised the same again, and does not raise at this line itself."""
    last = body[-1]
    if not (isinstance(last, ast.Raise) and last.exc is None):
        return False
    return not any(
        isinstance(node, ast.Raise) and node.lineno <= line <= _last_line(node)
        for node in _nodes(body)
    )


def _nodes(body: List[Any]) -> Iterator[ast.AST]:
    for statement in body:
        yield from ast.walk(statement)
