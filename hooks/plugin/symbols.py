"""Names of functions and classes by where they are defined: `path.py:Class.method`. PYTEST_DONT_REWRITE"""

from __future__ import annotations

import ast
import sys
import types
from collections import Counter
from typing import Any, List, Optional

from .frames import Step, Trace
from .objects import resolve_callable, underlying
from .repository import Repository
from .source import Sources, called_expressions, head_of
from .text import FACT_LIMIT, Json, clean

SYMBOL_LIMIT = 30
"""The most symbols that are named of one test."""


class Symbols:
    """Names callables, and finds those of the project that a test calls."""

    def __init__(self, repository: Repository, sources: Sources) -> None:
        self._repository = repository
        self._sources = sources

    def label(self, target: Any) -> str:
        """`path.py:Qualified.name` inside the repository, else `module:Qualified.name`."""
        filename = _defining_file(target)
        if filename and self._repository.origin(filename) != "library":
            place = self._repository.name(filename)
        else:
            place = str(getattr(target, "__module__", ""))
        return "%s:%s" % (place, getattr(target, "__qualname__", "?"))

    def _project_label(self, target: Any) -> Optional[str]:
        """The label of a callable of the project (no test, no library), else None."""
        filename = _defining_file(target)
        if not filename or self._repository.origin(filename) != "project":
            return None
        return self.label(target)

    def called_by_test(self, trace: Trace, function: Any) -> Json:
        """Callables of the project that the failing statement and the body of a test name.

        `function` is the test function if it is known. A test that is no function, or whose
        source cannot be read, names none.
        """
        labels: Json = {"statement_symbols": [], "body_symbols": []}
        try:
            step = self._test_step(trace, function)
            if step is None:
                return labels
            source = self._sources.of(step.filename)
            statement = source.statement(step.line)
            scope = source.scope(step.line)
            in_statement = called_expressions(head_of(statement.node)) if statement else []
            in_body: List[ast.expr] = []
            if scope and not isinstance(scope.node, ast.ClassDef):
                for child in scope.node.body:
                    in_body += called_expressions(child)
            return {
                "statement_symbols": self._labels(in_statement, step.frame),
                "body_symbols": self._labels(in_body, step.frame),
            }
        except Exception:
            return labels

    def _test_step(self, trace: Trace, function: Any) -> Optional[Step]:
        """Where the test function itself is in a traceback, else the deepest frame of tests."""
        target = underlying(function) if function is not None else None
        code = getattr(target, "__code__", None)
        if code is not None:
            for step in trace:
                if step.frame.f_code is code:
                    return step
        for step in reversed(trace):
            if self._repository.origin(step.filename) == "test":
                return step
        return None

    def _labels(self, expressions: List[ast.expr], frame: types.FrameType) -> List[str]:
        """Labels of what the expressions stand for, those first that are there most often."""
        counts: Counter[str] = Counter()
        for expression in expressions:
            label = self._project_label(resolve_callable(expression, frame))
            if label:
                counts[label] += 1
        return [clean(label, FACT_LIMIT) for label, _ in counts.most_common(SYMBOL_LIMIT)]


def _defining_file(target: Any) -> Optional[str]:
    """The file that a function or class is defined in, if that is known."""
    code = getattr(target, "__code__", None)
    if code:
        return str(code.co_filename)
    if not isinstance(target, type):
        return None
    module = sys.modules.get(str(vars(target).get("__module__", "")))
    return getattr(module, "__file__", None) if isinstance(module, types.ModuleType) else None
