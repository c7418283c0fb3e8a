"""What annotations tell of an expression."""

from __future__ import annotations

from typing import NamedTuple

from gardener.codemod.class_facts import Form
from gardener.codemod.class_hierarchy import ClassRef


class Typed(NamedTuple):
    """The class of an expression, and the form in which it has that; None where it is not known."""

    ref: ClassRef | None = None
    form: Form = "one"

    def of(self, form: Form) -> ClassRef | None:
        """The class, if the expression has it in that form."""
        return self.ref if self.form == form else None
