"""What pytest no longer takes from a suite: in which words it says so, and what to do."""

from __future__ import annotations

import re
from typing import NamedTuple

_LONGEST = 2000


class Refusal(NamedTuple):
    """One thing that pytest refuses, by the word that stands for it in the tests."""

    word: str
    pattern: re.Pattern[str]
    cause: str
    next_step: str


_REFUSALS = (
    Refusal(
        "return",
        re.compile(r"\ATest functions should return None, but |\AExpected None, but .{1,300} returned "),
        "Tests return something, and pytest wants them to return nothing; warnings are errors.",
        "Check with `assert` what they return, and return nothing.",
    ),
    Refusal(
        "yield",
        re.compile(r"'yield' keyword is allowed in fixtures, but not in tests|\Ayield tests were removed"),
        "Tests use `yield`, which pytest takes only in fixtures.",
        "Give each case to the test with `pytest.mark.parametrize`.",
    ),
    Refusal(
        "classmethod",
        re.compile(r"\Acannot discover fixture \S+ (?:due to being|because it is) wrapped "),
        "A decorator above `@pytest.fixture` hides the fixture from pytest.",
        "Place `@pytest.fixture` above the other decorator.",
    ),
    Refusal(
        "parametrize",
        re.compile(r"\APassing a non-Collection iterable to parametrize is deprecated"),
        "`pytest.mark.parametrize` is given a generator, which can be read only once; warnings are errors.",
        "Give it a list or a tuple.",
    ),
)  # fmt: skip


def refusal(message: str) -> Refusal | None:
    """What pytest refuses in a message of its own; None: nothing that is known."""
    text = message[:_LONGEST]
    return next((one for one in _REFUSALS if one.pattern.search(text)), None)
