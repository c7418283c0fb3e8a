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


UNSEEN = (
    "a state that another test left: rows in a database, files, modules' variables that are set",
    "files that git ignores, and what is generated into them",
    "without a record, numbers of lines that code gives to which many tests come",
    "without a record, Python code that only a library names, or that a test copies or packs",
    "what lies outside the repository: services, other machines, the clock, installed programs",
    "tests that plain pytest does not come to from the top: outside its test paths",
)
"""What selection leaves out on purpose, as docs/selection.md lists it."""
