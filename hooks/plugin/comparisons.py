"""Keeps what differs in a comparison that fails: pytest and unittest cut what is long. PYTEST_DONT_REWRITE"""

from __future__ import annotations

import sys
from typing import Any, Dict

from .frames import Trace
from .source import Sources

UNITTEST = "unittest/case.py"
EQUALITIES = frozenset(
    {
        *("assertEqual", "assertDictEqual", "assertListEqual", "assertTupleEqual"),
        *("assertSequenceEqual", "assertSetEqual", "assertMultiLineEqual"),
    }
)
"""Methods of a `TestCase` whose first two arguments are what is compared."""


class Comparisons:
    """Is told by pytest of each comparison in an `assert` that fails; keeps the last one."""

    def __init__(self) -> None:
        self._last: Dict[str, str] = {}
        self._frame = (0, 0)
        """The frame and its code by identity, so that no object of a test is kept alive."""
        self._line = 0

    def pytest_assertrepr_compare(self, op: str, left: Any, right: Any) -> None:
        """Keep what differs; pytest goes on as if it had not asked."""
        try:
            self._last, frame = {}, sys._getframe(1)
            while "@pytest_ar" not in frame.f_globals:  # those of files that pytest rewrites
                frame = frame.f_back  # type: ignore[assignment]
            self._frame, self._line = (id(frame), id(frame.f_code)), frame.f_lineno
            if op == "==":
                from .differences import difference  # most runs have no failure

                self._last = difference(left, right)
        except Exception:
            self._last = {}

    def facts(self, error: Any, trace: Trace, sources: Sources) -> Dict[str, str]:
        """What differs in the comparison with which a test ended."""
        if not isinstance(error, AssertionError) or not trace:
            return {}
        step = trace[-1]
        if self._frame == (id(step.frame), id(step.frame.f_code)):
            source = sources.of(step.filename)
            is_it = source.statement(self._line) is source.statement(step.line)
            return self._last if is_it else {}
        return _of_unittest(trace)


def _of_unittest(trace: Trace) -> Dict[str, str]:
    from .differences import difference

    for step in trace:
        code = step.frame.f_code
        is_of_unittest = step.filename.replace("\\", "/").endswith(UNITTEST)
        if is_of_unittest and code.co_name in EQUALITIES:
            values = [step.frame.f_locals.get(name) for name in code.co_varnames[1:3]]
            return difference(*values)
    return {}
