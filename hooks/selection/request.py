"""What is asked of a selection, and the answer where that needs no look at any file."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from gardener.config import Focus
from gardener.model import Mode, Selected, Selection


class Request(NamedTuple):
    """What to select for: a change (`mode`, `ref`), and what to narrow it to.

    `python` is the interpreter that will run the tests, where that is known. Without `reasons`
    no way from a test to the change is looked for: its reason is empty.
    """

    root: Path
    mode: Mode
    ref: str = ""
    focus: Focus | None = None
    level: str = "any"
    paths: tuple[str, ...] = ()
    python: str = ""
    reasons: bool = True

    @property
    def narrows(self) -> bool:
        """Whether only the tests of a focus or of a level are asked for."""
        return self.focus is not None or self.level != "any"


def as_asked(request: Request) -> Selection | None:
    """The selection of who asks for all tests, or for some by name; None for any other."""
    if request.narrows or request.mode not in (Mode.GIVEN, Mode.ALL):
        return None
    if request.mode is Mode.ALL:
        return Selection(everything=True, reason="all tests were asked for")
    return Selection(tests=tuple(Selected(path, "given") for path in request.paths))
