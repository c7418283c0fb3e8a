"""Which calls of a function are in its lazy initialisation, told by names. PYTEST_DONT_REWRITE

A profiler says which code a function called, but not from which line.
"""

from __future__ import annotations

import builtins
import types
from typing import Any, Dict, List, Sequence, Set

from .executed import Executed, identity
from .sites import LazyInitSite

BUILTINS = frozenset(dir(builtins)).union(*(dir(kind) for kind in (dict, list, set, str, bytes)))
"""Names that are most likely called for what is written in C."""
CONSTRUCTORS = ("__init__", "__new__", "__post_init__")


class SiteCalls:
    """Tells calls in lazy initialisations from the other calls of a function."""

    def __init__(self, executed: Executed) -> None:
        self._executed = executed
        self._explained: Dict[int, Set[str]] = {}
        """Names that calls of a function were seen for, by function."""

    def in_sites(self, code: types.CodeType, callees: Sequence[Any]) -> List[Any]:
        """What of the code that a function called it may have called in a lazy initialisation.

        All, if the site is the whole function, or if a name is called there that none of
        the calls so far explains.
        """
        sites = self._executed.sites[identity(code)]
        if sites[0].first == code.co_firstlineno:
            return list(callees)
        explained = self._explained.setdefault(identity(code), set())
        for callee in callees:
            explained |= self._names_of(callee)
        called = {name for site in sites for name in site.calls}
        if not called <= explained | BUILTINS:
            return list(callees)
        named = {name for site in sites for name in site.names}
        return [
            callee
            for callee in callees
            if not named.isdisjoint(self._names_of(callee)) or _is_unnamed(callee, code, sites)
        ]

    def _names_of(self, code: types.CodeType) -> Set[str]:
        """The names by which code may be called: its own, and of a constructor its class's."""
        qualname = self._executed.qualnames.get(identity(code)) or str(
            getattr(code, "co_qualname", "")
        )
        parts = qualname.split(".")
        if code.co_name in CONSTRUCTORS and len(parts) > 1:
            return {code.co_name, parts[-2]}
        return {code.co_name}


def _is_unnamed(
    callee: types.CodeType, function: types.CodeType, sites: Sequence[LazyInitSite]
) -> bool:
    """Whether code may run in one of the sites without being named there."""
    if callee.co_name.startswith("<") and callee.co_filename == function.co_filename:
        return any(site.first <= callee.co_firstlineno <= site.last for site in sites)
    return _is_operator(callee.co_name)


def _is_operator(name: str) -> bool:
    """Whether a method runs without being named, as `__add__` does."""
    return name.startswith("__") and name.endswith("__") and name != "__call__"
