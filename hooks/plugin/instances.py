"""Under which names instances of a class of the project lie about. PYTEST_DONT_REWRITE"""

from __future__ import annotations

import sys
from typing import Any, Iterator, Set, Tuple

from .executed import Executed
from .objects import bare_dict, mro_of


def names_of_instances(kind: str, executed: Executed) -> Set[str]:
    """Names of modules' variables, and of attributes of these, that hold instances of a class.

    `kind` is its qualified name, of which the last part counts, too: who makes an instance.
    """
    names = {kind.rpartition(".")[2]}
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if not file or executed.repository.origin(file) == "library":
            continue
        for name, value in list(bare_dict(module).items()):
            for spelled, held in ((name, value), *_attributes(value)):
                if any(base.__qualname__ == kind for base in mro_of(type(held))):
                    names.add(spelled)
    return names


def _attributes(value: Any) -> Iterator[Tuple[str, Any]]:
    if isinstance(value, type):
        for base in mro_of(value):
            yield from list(vars(base).items())
    else:
        yield from list(bare_dict(value).items())
        yield from _attributes(type(value)) if type(value).__module__ != "builtins" else ()
