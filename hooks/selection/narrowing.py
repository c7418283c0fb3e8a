"""Narrows a selection to a focus and a level."""

from __future__ import annotations

from collections.abc import Iterable

from gardener.config import Config, Focus
from gardener.model import Selected, Selection
from gardener.nodeid import NodeId

from .focus import Fixtures, FocusMatcher, Match, imported_of_focus, match_level
from .link.imports import direct
from .parse.summary import Definition, Summary
from .tree import Request, SourceTree


def narrowed(
    request: Request,
    config: Config,
    tree: SourceTree,
    affected: dict[str, str] | None,
    reason: str,
) -> Selection:
    """Keep what belongs to the focus and the level; `affected` None = all tests, with `reason`."""
    selected = _test_files(tree.tests, affected, reason)
    imports = _imports_of_focus(tree, list(selected), request.focus) if request.focus else {}
    nodeids_in = _nodeids_by_file(affected or ())
    narrowed_tests: dict[str, str] = {}
    for test_file, why in selected.items():
        summary = tree.summaries[test_file]
        settings = tree.layout.of_folder(test_file.rpartition("/")[0])
        level = match_level(test_file, summary, request.level, config.not_unit, settings)
        focus = Match(True)
        if request.focus:
            matcher = FocusMatcher(request.focus, summary, settings, _fixtures(tree, test_file))
            focus = matcher.match(test_file, imports.get(test_file, ""))
        # A file that cannot be read hides its names: keep it if nothing else speaks.
        if summary.broken and (level.whole or level.tests):
            focus = focus._replace(whole=True, reason=focus.reason or f"it {summary.broken}")
        names = _in_both(NodeId(test_file), level, focus)
        if affected is not None and test_file not in affected and test_file in nodeids_in:
            names = [n for name in names for n in _narrower(name, nodeids_in[test_file])]
        for name in map(str, names):
            reasons = ((affected or {}).get(name, why), focus.reason)
            narrowed_tests[name] = "; ".join(filter(None, reasons))
    tests = tuple(Selected(test, narrowed_tests[test]) for test in sorted(narrowed_tests))
    return Selection(tests=tests)


def _test_files(
    test_files: Iterable[str], affected: dict[str, str] | None, reason: str
) -> dict[str, str]:
    """The test files of which something is affected, each with why."""
    if affected is None:
        return dict.fromkeys(test_files, reason)
    selected = {}
    for test_file in test_files:
        why = _reason_for(test_file, affected)
        if why is not None:
            selected[test_file] = why
    return selected


def _reason_for(test_file: str, affected: dict[str, str]) -> str | None:
    """Why a test file is affected or asked for: itself, a folder of it, a nodeid in it."""
    for name, why in affected.items():
        plain = name.removeprefix("./").rstrip("/")
        if plain in ("", ".") or test_file.startswith(f"{plain}/"):
            return why
        if NodeId.parse(plain).file == test_file:
            return why
    return None


def _nodeids_by_file(nodeids: Iterable[str]) -> dict[str, list[NodeId]]:
    """Those of the names that are tests or classes, by the file that they are in."""
    by_file: dict[str, list[NodeId]] = {}
    for nodeid in map(NodeId.parse, nodeids):
        if not nodeid.is_file:
            by_file.setdefault(nodeid.file, []).append(nodeid)
    return by_file


def _in_both(test_file: NodeId, level: Match, focus: Match) -> list[NodeId]:
    """The nodeids that two matches share."""
    if level.whole and focus.whole:
        return [test_file]
    if level.whole or focus.whole:
        return list(focus.tests if level.whole else level.tests)
    return [n for name in level.tests for n in _narrower(name, focus.tests)]


def _narrower(nodeid: NodeId, others: Iterable[NodeId]) -> list[NodeId]:
    """The narrower of `nodeid` and each of `others` that overlaps it."""
    narrower: dict[NodeId, None] = {}
    for other in others:
        if other.is_within(nodeid):
            narrower[other] = None
        elif nodeid.is_within(other.without_parameters):
            narrower[nodeid] = None
    return list(narrower)


def _fixtures(tree: SourceTree, test_file: str) -> Fixtures:
    """The fixtures that the tests of a file may ask for: its own and those of conftests above."""
    folders = test_file.split("/")[:-1]
    conftests = ["/".join((*folders[:n], "conftest.py")) for n in range(len(folders) + 1)]
    fixtures: dict[str, list[tuple[Summary, Definition]]] = {}
    for path in (*conftests, test_file):
        summary = tree.summaries.get(path)
        for definition in summary.definitions if summary else ():
            if summary and definition.fixture:
                name = definition.fixture
                overridden = fixtures.get(name, ()) if name in definition.header.parameters else ()
                fixtures[name] = [(summary, definition), *overridden]
    return fixtures


def _imports_of_focus(tree: SourceTree, test_files: list[str], focus: Focus) -> dict[str, str]:
    """For each of these files whose imports reach an import of the focus: which it is."""
    importers: dict[str, list[str]] = {}
    reached: dict[str, str] = {}
    queue = list(test_files)
    visited = set(queue)
    for path in queue:
        summary = tree.summaries[path]
        imported = imported_of_focus(summary, focus)
        if imported:
            reached[path] = imported
            continue
        for target in direct(path, summary, tree.modules):
            importers.setdefault(target, []).append(path)
            if target not in visited:
                visited.add(target)
                queue.append(target)
    back = list(reached)
    for path in back:
        for importer in importers.get(path, ()):
            if importer not in reached:
                reached[importer] = reached[path]
                back.append(importer)
    return reached
