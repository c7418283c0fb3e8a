"""The answer for a graph that is too large to be walked symbol by symbol: by files."""

from __future__ import annotations

from gardener.model import Symbol
from gardener.nodeid import file_of

from .graph.by_files import files_leading_to
from .graph.patience import OutOfPatience, Patience
from .link.nodes import (
    ANY_SOURCE,
    LINES,
    LINES_GIVEN,
    LINES_OF_CODE,
    LINES_SEEN,
    Node,
    lines_in,
    source,
)
from .rules import Change

_LEAST = 1.0
"""Seconds that the coarse answer may take, however little patience there is."""


def affected_by_files(change: Change) -> dict[str, str] | None:
    """The files of tests that lead to a file with a change, each with the reason.

    None where any test may be affected, for all that can be told in a reasonable time.
    """
    if change.unread:
        return None
    graph = change.graph
    graph.patience = Patience(max(change.settings.patience, _LEAST))
    try:
        files = files_leading_to(graph, _starts(change)) | _seeing_lines(change)
    except OutOfPatience:
        return None
    why = "by files, for lack of patience: it leads to a file with what changed"
    affected = {file: why for file in graph.tests if file in files}
    for nodeid, reason in change.record.touched_tests(graph) if change.record else ():
        affected.setdefault(file_of(nodeid), reason)
    return affected


def _seeing_lines(change: Change) -> set[str]:
    """The files that look at numbers of lines, and lead to a file with code of which only those differ."""
    moved = {file for file, _ in change.symbols.moved}
    if not moved:
        return set()
    looking: set[Node] = {
        LINES,
        LINES_GIVEN,
        LINES_OF_CODE,
        LINES_SEEN,
        *(lines_in(file) for file in moved),
    }
    files = files_leading_to(change.graph, looking)
    return files & files_leading_to(change.graph, {Symbol(file, "") for file in moved})


def _starts(change: Change) -> set[Node]:
    """All nodes that those tests reach which may depend on the change, or on one since a record."""
    starts: set[Node] = {*change.all_starts, *change.symbols.documented, ANY_SOURCE}
    starts.update(source(file.path) for file in change.python_files)
    if change.record:
        validity = change.record.validity
        starts.update(validity.all_unrecorded_changes)
        for texts in validity.texts.values():
            starts.update(texts.documented, map(source, texts.files))
    starts.update(Symbol(node.file, "") for node in [*starts] if isinstance(node, Symbol))
    return starts
