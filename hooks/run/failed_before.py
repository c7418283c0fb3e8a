"""Tests that failed when they last ran here: `--also-failed`, and the key `f` of `--watch`."""

from __future__ import annotations

from pathlib import Path

from msgspec import structs

from gardener.git import store
from gardener.model import FAILING_OUTCOMES, Selected, Selection
from gardener.nodeid import file_of, without_parameters
from gardener.reports.history import History

from .scope import is_in


def failed_before(root: Path, within: tuple[str, ...] = ()) -> list[str]:
    """The tests whose last outcome was a failure and whose file is still there.

    `within` are paths and nodeids that narrow them; none = all.
    """
    return [
        nodeid
        for nodeid, row in History(store(root)).latest().items()
        if not FAILING_OUTCOMES.isdisjoint(row.outcomes[-1:])
        and (root / file_of(nodeid)).is_file()
        and (not within or any(is_in(nodeid, path) for path in within))
    ]


def with_failed(selection: Selection, root: Path, within: tuple[str, ...]) -> Selection:
    """The selection with the tests that failed before, unless it holds them."""
    if selection.everything:
        return selection
    chosen = {selected.test for selected in selection.tests}
    added = tuple(
        Selected(nodeid, "it failed when it last ran")
        for nodeid in failed_before(root, within)
        if not any(part in chosen for part in (nodeid, without_parameters(nodeid), file_of(nodeid)))
    )
    return structs.replace(selection, tests=(*selection.tests, *added))
