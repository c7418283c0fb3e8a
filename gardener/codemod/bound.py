"""What a name surely means, by all that binds it: in trees of `ast` and of libcst alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

ValueT_co = TypeVar("ValueT_co", covariant=True)


class Binds(Protocol[ValueT_co]):
    """What is asked of a binding, be it of a tree of `ast` or of libcst."""

    @property
    def kind(self) -> str:
        """How the name gets its value: import, assign, ..."""

    @property
    def target(self) -> str:
        """The dotted name of what an import binds."""

    @property
    def value(self) -> ValueT_co | None:
        """The right side of a plain assignment to one name."""


def only_target(bindings: Sequence[Binds[object]]) -> str:
    """The dotted name that all bindings of a name import; '' if it may mean anything else."""
    targets = {binding.target for binding in bindings}
    is_sure = len(targets) == 1 and all(binding.kind == "import" for binding in bindings)
    return targets.pop() if is_sure else ""


def only_value(bindings: Sequence[Binds[ValueT_co]]) -> ValueT_co | None:
    """What a name is assigned that is bound by one plain assignment and nothing else."""
    is_sure = len(bindings) == 1 and bindings[0].kind == "assign"
    return bindings[0].value if is_sure else None
