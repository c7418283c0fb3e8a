"""Under which names instances of a class of the project lie about. PYTEST_DONT_REWRITE"""

from __future__ import annotations

import sys
import types
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
            for spelled, attribute in ((name, value), *_attributes(value)):
                if any(base.__qualname__ == kind for base in mro_of(type(attribute))):
                    names.add(spelled)
    return names


def names_made_late(code: types.CodeType, executed: Executed) -> Set[str]:
    """Names of a module's variables that its own code did not make, but a function in it."""
    bodies = [c for c in list(executed.codes.values()) if c.co_filename == code.co_filename]
    made = {name for c in bodies if c.co_name == "<module>" for name in c.co_names}
    modules = [
        module
        for module in list(sys.modules.values())
        if getattr(module, "__file__", None) == code.co_filename
    ]
    return {
        name
        for module in modules
        for name in list(bare_dict(module))
        if name not in made and not name.startswith("__")
    }


def _attributes(value: Any) -> Iterator[Tuple[str, Any]]:
    if isinstance(value, type):
        for base in mro_of(value):
            yield from list(vars(base).items())
    else:
        yield from list(bare_dict(value).items())
        yield from _attributes(type(value)) if type(value).__module__ != "builtins" else ()
