"""How long instances live after their lazy initialisation. PYTEST_DONT_REWRITE

What `if self.stack is None: self.stack = self.build()` runs in one test is skipped by another
only for the same instance. So it matters to the tests during whose time that instance was alive,
and to no other. Where an attribute may lie elsewhere than in the instance (a property, a container
that others hold too, a class), nothing is known: the function is untracked.
"""

from __future__ import annotations

import sys
import types
import weakref
from typing import Any, Callable, Dict, Optional, Tuple

from .executed import Executed, Lifetime, identity
from .sites import LazyInitSite

SOLE_REFERENCES = 3
"""References to what only its instance holds: the instance's own, ours, and the call's."""


class LifetimeTracker:
    """The instances that are alive, by the function that they were initialised in."""

    def __init__(self, executed: Executed) -> None:
        self._executed = executed
        self._alive: Dict[Tuple[int, int], Tuple[Any, Lifetime]] = {}

    def begin(self, code_id: int, site: LazyInitSite, frame: types.FrameType) -> Optional[Lifetime]:
        """A site of a function is entered: its instance is initialised from now on.

        Returns its lifetime, or None if it already was or cannot be tracked.

        Raises:
            TypeError: no weak reference can be made to the instance.
        """
        instance = instance_of(frame)
        key = (code_id, identity(instance))
        if key in self._alive:
            return None
        if not site.attributes or not all(map(attribute_check(instance), site.attributes)):
            self._executed.untracked.add(code_id)
            return None
        lifetime = Lifetime(self._executed.current.number)
        self._executed.lifetimes.setdefault(code_id, []).append(lifetime)

        def end(_: Any) -> None:
            lifetime.last_test = self._executed.last_number
            self._alive.pop(key, None)

        self._alive[key] = (weakref.ref(instance, end), lifetime)
        return lifetime

    def add_executed(self, around: int, frame: types.FrameType, code_id: int) -> None:
        """Code ran in a site of the function `around`, which the frame is of."""
        if around in self._executed.lifetimes and around not in self._executed.untracked:
            entry = self._alive.get((around, identity(instance_of(frame))))
            if entry is not None:
                _, lifetime = entry
                if lifetime.codes is not None:
                    lifetime.codes.add(code_id)


def instance_of(frame: types.FrameType) -> Any:
    """What a method was called on: its first argument."""
    return frame.f_locals[frame.f_code.co_varnames[0]]


def attribute_check(instance: Any) -> Callable[[str], bool]:
    """A function that tells of an attribute (`x`, `x[]`) if it lies in this instance alone."""
    kind = type(instance)
    setter: object = kind.__setattr__
    namespace = getattr(instance, "__dict__", None)
    if setter is not object.__setattr__:
        return lambda attribute: False
    if namespace is not None and sys.getrefcount(namespace) > SOLE_REFERENCES:
        return lambda attribute: False  # other instances may have the same attributes

    def lies_here(attribute: str) -> bool:
        if attribute.endswith("[]"):
            container = namespace.get(attribute[:-2]) if isinstance(namespace, dict) else None
            return container is not None and sys.getrefcount(container) <= SOLE_REFERENCES
        stored = next(
            (base.__dict__[attribute] for base in kind.__mro__ if attribute in base.__dict__), None
        )
        is_slot = isinstance(stored, types.MemberDescriptorType)
        return is_slot or not hasattr(type(stored), "__set__")

    return lies_here
