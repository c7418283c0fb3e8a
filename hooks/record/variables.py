"""Which variables of the environment hold something else than when tests were recorded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .recording import Recording
from .states import States, variables_changed


def changed_variables(recording: Recording, states: States | None = None) -> frozenset[str]:
    """The variables, as they are named among the files, that some record read in another state."""
    read = {pair for files in _reads(recording) for pair in files.items()}
    return variables_changed(read, states or States(lambda _: "", ()))


def _reads(recording: Recording) -> Iterator[Mapping[str, str]]:
    """All that is recorded to have been read, by whom it was."""
    for test in recording.tests.values():
        yield test.files
    for run in recording.runs.values():
        yield run.data
        yield from run.read.values()
