"""Narrows a selection to a focus and a level."""

from __future__ import annotations

from collections.abc import Iterable

from gardener.config import Config, Focus
from gardener.model import Selected, Selection
from gardener.nodeid import NodeId
from gardener.pytest_config.settings import PytestSettings

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
    test_files = _test_files(tree.tests, affected, reason)
    narrowing = _Narrowing(request, config, tree, affected or {}, list(test_files))
    tests: dict[str, str] = {}
    for test_file, why in test_files.items():
        tests.update(narrowing.tests_in(test_file, why))
    return Selection(tests=tuple(Selected(test, tests[test]) for test in sorted(tests)))


class _Narrowing:
    """Narrows one test file after the other; `affected` is empty where all tests are."""

    def __init__(
        self,
        request: Request,
        config: Config,
        tree: SourceTree,
        affected: dict[str, str],
        test_files: list[str],
    ) -> None:
        self._request = request
        self._not_unit = config.not_unit
        self._tree = tree
        self._affected = affected
        self._nodeids = _nodeids_by_file(affected)
        focus = request.focus
        self._imports = _imports_of_focus(tree, test_files, focus) if focus else {}

    def tests_in(self, test_file: str, why: str) -> dict[str, str]:
        """What of a file is affected and belongs to focus and level, each with the reason."""
        level, focus = self._level(test_file), self._focus(test_file)
        summary = self._tree.summaries[test_file]
        # A file that cannot be read hides its names: keep it if nothing else speaks.
        if summary.broken and (level.is_whole_file or level.tests):
            reason = focus.reason or f"it {summary.broken}"
            focus = focus._replace(is_whole_file=True, reason=reason)
        names = _in_both(NodeId(test_file), level, focus)
        nodeids = self._nodeids.get(test_file)
        if nodeids and test_file not in self._affected:
            names = [narrower for name in names for narrower in _narrower(name, nodeids)]
        return {
            test: "; ".join(filter(None, (self._affected.get(test, why), focus.reason)))
            for test in map(str, names)
        }

    def _level(self, test_file: str) -> Match:
        summary, settings = self._tree.summaries[test_file], self._settings(test_file)
        return match_level(test_file, summary, self._request.level, self._not_unit, settings)

    def _focus(self, test_file: str) -> Match:
        if self._request.focus is None:
            return Match(True)
        matcher = FocusMatcher(
            self._request.focus,
            self._tree.summaries[test_file],
            self._settings(test_file),
            _fixtures(self._tree, test_file),
        )
        return matcher.match(test_file, self._imports.get(test_file, ""))

    def _settings(self, test_file: str) -> PytestSettings:
        return self._tree.layout.of_folder(test_file.rpartition("/")[0])


def _test_files(
    test_files: Iterable[str], affected: dict[str, str] | None, reason: str
) -> dict[str, str]:
    """The test files of which something is affected, each with why."""
    if affected is None:
        return dict.fromkeys(test_files, reason)
    reasons = _by_path(affected)
    selected = {}
    for test_file in test_files:
        found = [reasons[path] for path in _paths_around(test_file) if path in reasons]
        if found:
            selected[test_file] = min(found)[1]
    return selected


def _by_path(affected: dict[str, str]) -> dict[str, tuple[int, str]]:
    """The files and folders that names are or lie in, with the reason and rank of the first one.

    The folder of all is the empty path.
    """
    found: dict[str, tuple[int, str]] = {}
    for rank, (name, why) in enumerate(affected.items()):
        plain = name.removeprefix("./").rstrip("/")
        for path in {"" if plain == "." else plain, NodeId.parse(plain).file}:
            found.setdefault(path, (rank, why))
    return found


def _paths_around(test_file: str) -> list[str]:
    """A file and the folders around it."""
    parts = test_file.split("/")
    return ["/".join(parts[:n]) for n in range(len(parts) + 1)]


def _nodeids_by_file(nodeids: Iterable[str]) -> dict[str, list[NodeId]]:
    """Those of the names that are tests or classes, by the file that they are in."""
    by_file: dict[str, list[NodeId]] = {}
    for nodeid in map(NodeId.parse, nodeids):
        if not nodeid.is_file:
            by_file.setdefault(nodeid.file, []).append(nodeid)
    return by_file


def _in_both(test_file: NodeId, level: Match, focus: Match) -> list[NodeId]:
    """The nodeids that two matches share."""
    if level.is_whole_file and focus.is_whole_file:
        return [test_file]
    if level.is_whole_file or focus.is_whole_file:
        return list(focus.tests if level.is_whole_file else level.tests)
    return [narrower for name in level.tests for narrower in _narrower(name, focus.tests)]


def _narrower(nodeid: NodeId, candidates: Iterable[NodeId]) -> list[NodeId]:
    """The narrower of `nodeid` and each of the candidates that overlaps it."""
    narrower: dict[NodeId, None] = {}
    for candidate in candidates:
        if candidate.is_within(nodeid):
            narrower[candidate] = None
        elif nodeid.is_within(candidate.without_parameters):
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
