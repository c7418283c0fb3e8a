"""Holds a selection against the tests that fail when everything runs."""

from __future__ import annotations

from collections.abc import Iterable

from gardener.nodeid import NodeId


def missed(failing: Iterable[str], selected: Iterable[str]) -> tuple[str, ...]:
    """The failing tests that no selected nodeid, class or file covers, sorted."""
    chosen = frozenset(selected)

    def is_covered(nodeid: str) -> bool:
        parsed = NodeId.parse(nodeid)
        return nodeid in chosen or any(str(part) in chosen for part in parsed.containers())

    return tuple(sorted(nodeid for nodeid in failing if not is_covered(nodeid)))
