"""The affected tests that a focus or a level leaves out, told so that they do not hide."""

from __future__ import annotations

from collections.abc import Iterable

from gardener.model import Selected
from gardener.nodeid import NodeId, file_of
from gardener.text import count, shortened

from .request import Request


def outside(
    affected: Iterable[str] | None, test_files: Iterable[str], taken: Iterable[Selected]
) -> list[str]:
    """The affected tests of which nothing is taken; None: all tests are affected, by files."""
    by_file: dict[str, list[NodeId]] = {}
    for selected in taken:
        nodeid = NodeId.parse(selected.test)
        by_file.setdefault(nodeid.file, []).append(nodeid)
    if affected is None:
        return [file for file in test_files if file not in by_file]
    return sorted(test for test in affected if not _overlaps(test, by_file))


def _overlaps(test: str, by_file: dict[str, list[NodeId]]) -> bool:
    nodeid = NodeId.parse(test)
    return any(
        nodeid.is_within(taken) or taken.is_within(nodeid)
        for taken in by_file.get(file_of(test), ())
    )


def told(tests: list[str], request: Request) -> str:
    """One sentence about the affected tests that lie outside; empty where there are none."""
    if not tests:
        return ""
    noun = "test file" if all(file_of(test) == test for test in tests) else "test"
    verb = "lies" if len(tests) == 1 else "lie"
    number = count(len(tests), f"affected {noun}")
    return f"{number} {verb} outside {scope(request)}: {shortened(tests)}."


def scope(request: Request) -> str:
    """The focus and the level in words."""
    level = f"level `{request.level}`" if request.level != "any" else ""
    if request.focus is None:
        return level
    return f"focus `{request.focus.name}`" + (f" at {level}" if level else "")
