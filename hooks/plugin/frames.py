"""The frames of a traceback, as events list them. PYTEST_DONT_REWRITE"""

from __future__ import annotations

import types
from typing import Any, List, Optional

from .repository import Repository
from .source import Sources
from .text import clean

FRAME_LIMIT = 60
OUTERMOST_KEPT = 20
"""Frames of an endless recursion that are kept, and how many of them are its beginning."""
LIBRARY_FRAMES = 10
"""Frames that are kept where all are of libraries."""


class Step:
    """A frame of a traceback: its file as the code object has it, the line and the instruction it was at."""

    __slots__ = ("filename", "frame", "line", "offset")

    def __init__(self, frame: types.FrameType, line: int, offset: int = -1) -> None:
        self.frame = frame
        self.line = line
        self.offset = offset
        self.filename = frame.f_code.co_filename


Trace = List[Step]


def trace_of(error: BaseException) -> Trace:
    """The traceback of an exception, from the outermost frame to the deepest."""
    steps = []
    traceback = error.__traceback__
    while traceback is not None:
        steps.append(Step(traceback.tb_frame, traceback.tb_lineno or 0, traceback.tb_lasti))
        traceback = traceback.tb_next
    return steps


class Frames:
    """Describes frames."""

    def __init__(self, repository: Repository, sources: Sources) -> None:
        self._repository = repository
        self._sources = sources

    def describe(self, trace: Trace) -> List[List[Any]]:
        """The frames that matter: from the first one outside of libraries, in the order given."""
        return [self._row(step) for step in self._kept(trace)]

    def _kept(self, trace: Trace) -> Trace:
        for number, step in enumerate(trace):
            if self._origin(step) != "library":
                relevant = trace[number:]
                break
        else:
            return trace[-LIBRARY_FRAMES:]
        if len(relevant) > FRAME_LIMIT:
            return relevant[:OUTERMOST_KEPT] + relevant[OUTERMOST_KEPT - FRAME_LIMIT :]
        return relevant

    def _origin(self, step: Step) -> str:
        """Whose a frame is: Hypothesis gives its wrappers the file of the test that they wrap."""
        module = step.frame.f_globals.get("__name__", "")
        if isinstance(module, str) and module.partition(".")[0] == "hypothesis":
            return "library"
        return self._repository.origin(step.filename)

    def _row(self, step: Step) -> List[Any]:
        """A frame as events have it: file, line, function, origin and source text."""
        code = step.frame.f_code
        origin = self._origin(step)
        text = ""
        qualname: Optional[str] = getattr(code, "co_qualname", None)  # Python 3.11
        if origin != "library":
            source = self._sources.of(code.co_filename)
            text = source.text(step.line)
            scope = source.scope(step.line) if qualname is None else None
            if scope is not None and scope.qualname.split(".")[-1] == code.co_name:
                qualname = scope.qualname
        name = self._repository.name(code.co_filename)
        return [name, step.line, clean(qualname or code.co_name), origin, text]
