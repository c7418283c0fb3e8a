"""Narrows a selection to a focus and a level."""

from __future__ import annotations

from collections.abc import Iterable

from gardener.config import Config
from gardener.model import Selected, Selection
from gardener.nodeid import NodeId
from gardener.pytest_config.settings import PytestSettings

from .focus import FocusMatcher, Match, match_level
from .focus_record import recorded_focus
from .request import Request
from .tree import SourceTree


def narrowed(
    request: Request,
    config: Config,
    tree: SourceTree,
    affected: dict[str, str] | None,
    reason: str,
) -> Selection:
    """Keep what belongs to the focus and the level; `affected` None = all tests, with `reason`."""
    test_files = _test_files(tree.tests, affected, reason)
    if request.focus:
        tree.summaries.fetch(test_files)
    narrowing = _Narrowing(request, config, tree, affected or {})
    tests: dict[str, str] = {}
    for test_file in tree.summaries.in_turn(list(test_files)):
        tests.update(narrowing.tests_in(test_file, test_files[test_file]))
    return Selection(tests=tuple(Selected(test, tests[test]) for test in sorted(tests)))


class _Narrowing:
    """Narrows one test file after the other; `affected` is empty where all tests are."""

    def __init__(
        self,
        request: Request,
        config: Config,
        tree: SourceTree,
        affected: dict[str, str],
    ) -> None:
        self._request = request
        self._not_unit = config.not_unit
        self._tree = tree
        self._affected = affected
        self._nodeids = _nodeids_by_file(affected)
        focus = request.focus
        self._matcher = FocusMatcher(focus, tree, lambda: recorded_focus(tree)) if focus else None

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
            str(name): "; ".join(
                filter(None, (self._affected.get(str(name), why), focus.reason_for(name)))
            )
            for name in names
        }

    def _level(self, test_file: str) -> Match:
        summary, settings = self._tree.summaries[test_file], self._settings(test_file)
        return match_level(test_file, summary, self._request.level, self._not_unit, settings)

    def _focus(self, test_file: str) -> Match:
        if self._matcher is None:
            return Match(True)
        return self._matcher.match(test_file, self._settings(test_file))

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
        ranked = [reasons[path] for path in _paths_around(test_file) if path in reasons]
        if ranked:
            selected[test_file] = min(ranked)[1]
    return selected


def _by_path(affected: dict[str, str]) -> dict[str, tuple[int, str]]:
    """The files and folders that names are or lie in, with the reason and rank of the first one.

    The folder of all is the empty path.
    """
    by_path: dict[str, tuple[int, str]] = {}
    for rank, (name, why) in enumerate(affected.items()):
        plain = name.removeprefix("./").rstrip("/")
        for path in {"" if plain == "." else plain, NodeId.parse(plain).file}:
            by_path.setdefault(path, (rank, why))
    return by_path


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
