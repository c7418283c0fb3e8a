"""The scope of a run, told and kept: what was named, what of it did not run, what was left out."""

from __future__ import annotations

from pathlib import Path

from gardener.model import Report, Selected, Selection
from gardener.nodeid import NodeId
from gardener.text import count, shortened

from ..pytest_run.rootdirs import ConfiguredTree, repository_files

MOST_NAMED = 3
"""Folders that are told by their names."""


def within(selection: Selection, paths: tuple[str, ...]) -> Selection:
    """What of a selection lies in the paths and nodeids that the user named beside the change."""
    if not paths:
        return selection
    if selection.everything:
        tests = tuple(Selected(path, selection.reason) for path in paths)
    else:
        kept = {
            narrower: selected.reason
            for selected in selection.tests
            for path in paths
            if (narrower := _narrower(selected.test, path))
        }
        tests = tuple(Selected(test, kept[test]) for test in sorted(kept))
    reason = "" if tests else f"no affected test lies in {', '.join(paths)}"
    return Selection(tests=tests, reason=reason, notes=selection.notes)


def _narrower(test: str, path: str) -> str:
    """The narrower of two nodeids, files or folders that overlap; else empty."""
    if is_in(test, path):
        return test
    return path if is_in(path, test) else ""


def is_in(inner: str, outer: str) -> bool:
    """Whether a test, file or folder is, or lies in, another one that somebody named."""
    inner_id, outer_id = NodeId.parse(inner), NodeId.parse(outer)
    folder = outer_id.file.removeprefix("./").rstrip("/")
    if not outer_id.is_file:
        return inner_id.is_within(outer_id)
    return folder in ("", ".") or f"{inner_id.file}/".startswith(f"{folder}/")


def left_out(root: Path) -> str:
    """What a run of all tests takes and what it leaves out; empty where that is all there is."""
    tree = ConfiguredTree(root, lambda: repository_files(root))
    outside = sum(f.endswith(".py") and tree.layout.is_outside(f) for f in tree.files)
    if not outside and not tree.parts:
        return ""
    scope = count(len(tree.tests), "test file")
    if tree.parts:
        names = [f"{part}/" for part in tree.parts]
        scope += f", with pytest settings of their own in {shortened(names, MOST_NAMED)}"
    if outside:
        scope += f"; `testpaths` leaves {count(outside, 'other')} out"
    return scope + "."


def not_run(named: tuple[str, ...], report: Report) -> list[str]:
    """Those of the tests that were named of which the report holds nothing."""
    names = {
        *(result.nodeid for result in report.results),
        *(failure.nodeid for failure in report.failures),
    }
    folders = {name.rpartition("/")[0] for name in names if name.endswith("conftest.py")}
    return [
        test
        for test in named
        if not any(is_in(name, test) for name in names)
        and not any(is_in(test, folder or ".") for folder in folders)
        and NodeId.parse(test).file not in names
    ]
