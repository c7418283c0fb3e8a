"""Sites of lazy initialisation: what is known of each. PYTEST_DONT_REWRITE"""

from __future__ import annotations

from typing import List, NamedTuple, Sequence, Tuple

UNREADABLE = (OSError, SyntaxError, ValueError, RecursionError, MemoryError)

FunctionKey = Tuple[str, int]
"""Name and first line of a function, as its code object has them."""


class LazyInitSite(NamedTuple):
    """Lines of a function that later calls may skip: code that runs once per instance or process.

    `calls` are the last names of what is called there, `names` of all that is named there.
    `attributes` are those of the method's own instance that decide whether the lines are skipped
    (`x`, or `x[]` for what lies in a container); empty where something else may decide.
    `aliases` are names by which the function is called where it does not even start again.
    """

    first: int
    last: int
    calls: List[str]
    names: List[str]
    attributes: Sequence[str] = ()
    aliases: Sequence[str] = ()
