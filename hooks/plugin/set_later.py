"""Which method of its class sets an attribute that an object lacks. PYTEST_DONT_REWRITE"""

from __future__ import annotations

import dis
import types
from typing import Any, Iterator, Tuple

from .objects import mro_of
from .repository import Repository
from .symbols import Symbols


def set_later(error: Any, repository: Repository, symbols: Symbols) -> Iterator[Tuple[str, str]]:
    """The method of the project (`set_in`) that sets the attribute, which did not get so far.

    Only where the object itself is known (Python 3.10), and the class is not told by its name.
    """
    name, owner = getattr(error, "name", None), getattr(error, "obj", None)
    if not isinstance(error, AttributeError) or not name or owner is None:
        return
    if isinstance(owner, (type, types.ModuleType)):
        return
    for base in mro_of(type(owner)):
        for function in list(vars(base).values()):
            code = getattr(function, "__code__", None)
            if not isinstance(code, types.CodeType) or name not in code.co_names:
                continue
            if repository.origin(code.co_filename) != "library" and _sets(code, name):
                yield "set_in", symbols.label(function)
                return


def _sets(code: types.CodeType, name: str) -> bool:
    """Whether a method sets an attribute of that name on its first argument."""
    loaded = None
    for instruction in dis.get_instructions(code):
        if instruction.opname == "STORE_ATTR" and instruction.argval == name:
            if code.co_varnames[:1] == (loaded,):
                return True
        loaded = instruction.argval
        if isinstance(loaded, tuple):  # Python 3.13 loads two names at once
            loaded = loaded[-1]
    return False
