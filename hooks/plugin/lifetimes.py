"""How long the instances live that made a place run once. PYTEST_DONT_REWRITE

Part of the recorder (`hooks/plugin/tracer.py`): standard library only.

What `if self.stack is None: self.stack = self.build()` runs in one test is skipped by another
only for the same instance. So it matters to the tests during whose time that instance was alive,
and to no other. Where an attribute may lie elsewhere than in the instance (a property, a container
that others hold too, a class), nothing is known.
"""

from __future__ import annotations

import sys
import types
import weakref
from typing import Any

from .executed import Executed, Span
from .lazy_init import Place

ALONE = 3  # references to what only its instance holds: the instance's own, ours, and the call's


class Lives:
    """The instances that are alive, by the function that was made ready for them."""

    def __init__(self, executed: Executed) -> None:
        self.executed = executed
        self.alive: dict[tuple[int, int], tuple[Any, Span]] = {}

    def begin(self, number: int, place: Place, frame: types.FrameType) -> Span | None:
        """A place runs: its instance is ready from now on. Gives its life if it is a new one.

        Raises:
            TypeError: no weak reference can be made to it.
        """
        instance = instance_of(frame)
        key = (number, id(instance))
        if key in self.alive:
            return None
        if not place.own or not all(map(holder_of(instance), place.own)):
            self.executed.mixed.add(number)
            return None
        span = Span(self.executed.owner.number)
        self.executed.spans.setdefault(number, []).append(span)

        def end(_: Any) -> None:
            span.last = self.executed.numbers
            self.alive.pop(key, None)

        self.alive[key] = (weakref.ref(instance, end), span)
        return span

    def ran(self, around: int, frame: types.FrameType, number: int) -> None:
        """Code ran in a place of the function that a frame is in."""
        if around in self.executed.spans and around not in self.executed.mixed:
            known = self.alive.get((around, id(instance_of(frame))))
            if known is not None and known[1].codes is not None:
                known[1].codes.add(number)


def instance_of(frame: types.FrameType) -> Any:
    """What a method was called on."""
    return frame.f_locals[frame.f_code.co_varnames[0]]


def holder_of(instance: Any) -> Any:
    """Says of an attribute (`x`, `x[]`) whether it lies in this instance and nowhere else."""
    kind = type(instance)
    setter: object = kind.__setattr__
    plain = setter is object.__setattr__
    own = getattr(instance, "__dict__", None)
    if own is not None and sys.getrefcount(own) > ALONE:
        plain = False  # other instances may have the same attributes

    def holds(name: str) -> bool:
        if not plain:
            return False
        if name.endswith("[]"):
            held = own.get(name[:-2]) if isinstance(own, dict) else None
            return held is not None and sys.getrefcount(held) <= ALONE
        found = next((k.__dict__[name] for k in kind.__mro__ if name in k.__dict__), None)
        return isinstance(found, types.MemberDescriptorType) or not hasattr(type(found), "__set__")

    return holds
