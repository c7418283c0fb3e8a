"""Tells where pytest looks at what a module holds, and swallows whatever that raises. PYTEST_DONT_REWRITE

While a file is collected pytest asks each name of it whether it is a test. A proxy, or an object
that makes up its attributes, runs code of the project then, and no error of that stops anything.
"""

from __future__ import annotations

import sys
import types
from typing import FrozenSet, Optional

from .executed import Context, identity

SWALLOWING = (
    ("_pytest.compat", "safe_getattr"),
    ("_pytest.compat", "safe_isclass"),
    ("_pytest.fixtures", "FixtureManager._find_wrapped_fixture_def"),
)
OF_UNITTEST = ("_pytest.unittest", "pytest_pycollect_makeitem")
"""It goes on with what is a class: not all that this raises is swallowed."""


class Lookups:
    """Notes what runs while a file is collected, by whether its errors go on."""

    def __init__(self, pluggy_call: int) -> None:
        self._pluggy_call = pluggy_call
        self._swallowing: FrozenSet[int] = frozenset()
        self._of_unittest = 0

    def note(self, code_id: int, context: Context) -> bool:
        """Add code that starts to the context; whether its errors go on."""
        if context.guarded is not None and self._are_swallowed(sys._getframe(2)):
            context.guarded.add(code_id)
            return False
        context.codes.add(code_id)
        return True

    def _are_swallowed(self, frame: Optional[types.FrameType]) -> bool:
        if not self._swallowing:
            self._find()
        while frame is not None and frame.f_code.co_name != "<module>":
            around = identity(frame.f_code)
            if around in self._swallowing:
                return True
            if around == self._of_unittest:
                return not issubclass(type(frame.f_locals.get("obj", type)), type)
            if around == self._pluggy_call:
                return False
            frame = frame.f_back
        return False

    def _find(self) -> None:
        swallowing = {_code_of(module, name) for module, name in SWALLOWING}
        self._swallowing = frozenset(swallowing - {0}) or frozenset({-1})
        self._of_unittest = _code_of(*OF_UNITTEST)


def _code_of(module: str, name: str) -> int:
    """The identity of a function's code; 0 if there is none."""
    function: object = sys.modules.get(module)
    for part in (*name.split("."), "__code__"):
        function = getattr(function, part, None)
    return 0 if function is None else identity(function)
