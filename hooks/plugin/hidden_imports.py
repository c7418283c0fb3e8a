"""What `from module import name` hides: an error that the module itself met. PYTEST_DONT_REWRITE

A module that loads its parts when they are asked for may fail to load one. Where that ends in an
`AttributeError`, Python says "cannot import name" and forgets the error. So does a module that catches the
failure of its own imports.
"""

from __future__ import annotations

import importlib
import re
import sys
import types
from typing import Any, Optional

from .facts import CANNOT_IMPORT
from .frames import trace_of
from .guarded_imports import caught_imports, left_out
from .objects import mro_of
from .text import message_of

LOOKUPS = ("__getattr__", "__getattribute__")


def hidden_error(error: BaseException) -> Optional[BaseException]:
    """The error that a lazy module met as it was asked for a name; None: it just has no such name.

    It is asked once more: the import that failed has asked it the same a moment ago.
    """
    match = re.match(CANNOT_IMPORT, message_of(error)) if type(error) is ImportError else None
    module = sys.modules.get(match.group("module")) if match else None
    if match is None or module is None or error.__cause__ or not _is_lazy(module):
        return None
    try:
        getattr(module, match.group("name"))
    except (Exception, SystemExit) as hidden:
        deepest = trace_of(hidden)[-1].frame.f_code
        is_inside = deepest.co_name not in (*LOOKUPS, "hidden_error")
        return hidden if is_inside and isinstance(hidden, AttributeError) else None
    return None


def caught_error(error: BaseException) -> Optional[BaseException]:
    """The error of an import that a module catches, and so lacks a name; None: it caught none.

    It is imported once more, as nothing is kept of an import that failed.
    """
    match = re.match(CANNOT_IMPORT, message_of(error)) if type(error) is ImportError else None
    module = sys.modules.get(match.group("module")) if match else None
    if match is None or module is None or error.__cause__:
        return None
    name = match.group("name")
    if left_out(module, name):
        return None  # the package that is not installed is told as such
    targets = caught_imports(module, name)
    failed = next((target for target in targets if target not in sys.modules), None)
    if failed is None:
        return None
    try:
        importlib.import_module(failed)
    except ImportError as caught:
        return caught
    except (Exception, SystemExit):
        return None
    return None


def _is_lazy(module: Any) -> bool:
    if isinstance(vars(module).get("__getattr__"), types.FunctionType):
        return True
    kinds = [kind for kind in mro_of(type(module)) if kind not in (types.ModuleType, object)]
    return any(name in vars(kind) for kind in kinds for name in LOOKUPS)
