"""Which tests a change can affect, each with the reason."""

from __future__ import annotations

from typing import NamedTuple

from gardener.config import Config
from gardener.model import Mode, Selected, Selection
from gardener.nodeid import file_of
from gardener.paths import is_python, matches
from gardener.pytest_config.settings import CONFIG_NAMES
from gardener.text import count, shortened

from ..changes import GITLINK, Comparison, compare, read_ahead
from ..record.place import is_kept
from ..record.text_changes import TextChanges
from .affected import affected_tests
from .graph.patience import OutOfPatience, Patience
from .handed_out import HandedOut
from .parse.garbage import no_garbage_collection
from .request import Request, as_asked
from .rules import BY_GRAPH, BY_NAME, BY_SYMBOL, Change, first_reason
from .tree import SourceTree


def select(request: Request, config: Config) -> Selection:
    """Select the tests that a change can affect, narrowed to a focus and a level.

    Raises:
        GitError: git is missing or failed, or `request.ref` names no commit.
        SelectionError: a path that was asked for does not exist.
        ConfigError: a setting is not understood.
    """
    asked = as_asked(request)
    if asked is not None:
        return asked
    if request.mode not in (Mode.GIVEN, Mode.ALL):
        return select_changed(compare(request.root, request.mode, request.ref), request, config)
    from .narrowing import narrowed  # late: most selections are not narrowed

    tree = _read_tree(request, compare(request.root, request.mode))
    if request.mode is Mode.ALL:
        return narrowed(request, config, tree, None, "")
    tree.add_tests(request.paths)
    return narrowed(request, config, tree, dict.fromkeys(request.paths, "given"), "")


def select_changed(comparison: Comparison, request: Request, config: Config) -> Selection:
    """Select the tests that the difference of two trees can affect; see `select`."""
    tree = _read_tree(request, comparison)
    is_same = not comparison.unknown and not comparison.changes
    if is_same and not _differs_in_variables(tree):
        return Selection(reason="nothing changed")
    with no_garbage_collection():  # else it looks through the whole graph again and again
        affected = _affected(Change(tree, comparison, config.selection), request.reasons)
    passed_by = [c.path for c in comparison.changes if tree.layout.is_outside(c.path)]
    if passed_by and affected.tests is not None:
        note = f"`testpaths` leaves out {count(len(passed_by), 'changed test file')}"
        affected = affected._replace(notes=(*affected.notes, f"{note}: {shortened(passed_by)}."))
    if request.narrows:
        from .narrowing import narrowed  # late: most selections are not narrowed
        from .outside import outside, scope, told

        selection = narrowed(request, config, tree, affected.tests, affected.reason)
        left = told(outside(affected.tests, tree.tests, selection.tests), request)
        notes = (*affected.notes, *([left] if left else ()))
        reason = f"all affected tests lie outside {scope(request)}" if left else ""
        return Selection(
            tests=selection.tests, reason="" if selection.tests else reason, notes=notes
        )
    if affected.tests is None:
        return Selection(everything=True, reason=affected.reason, notes=affected.notes)
    tests = tuple(Selected(test, affected.tests[test]) for test in sorted(affected.tests))
    return Selection(tests=tests, notes=affected.notes)


def _differs_in_variables(tree: SourceTree) -> bool:
    """Whether variables of the environment hold something else than when tests were recorded."""
    if not is_kept(tree.root):
        return False
    from ..record.store import recorded  # late, as all that only a record needs
    from ..record.variables import changed_variables

    return bool(changed_variables(recorded(tree.root, tree.interpreter)))


class _Affected(NamedTuple):
    """The affected tests with their reasons; None where `reason` says that all may be."""

    tests: dict[str, str] | None
    reason: str = ""
    notes: tuple[str, ...] = ()


def _affected(change: Change, reasons: bool) -> _Affected:
    """Ask the rules whether all tests are affected, and the graph for those that are."""
    reason = first_reason(BY_NAME, change)
    if reason:
        return _Affected(None, reason)
    notes = tuple(change.symbols.notes)
    reason = first_reason(BY_SYMBOL, change)
    if reason:
        return _Affected(None, reason, notes)
    if not change.touches_tests:
        return _Affected({}, notes=notes)
    reason = first_reason(BY_GRAPH, change)
    if reason:
        return _Affected(None, reason, notes)
    if change.record and change.record.recording.note:
        notes = (*notes, change.record.recording.note)
    change.graph.patience = Patience(change.settings.patience)
    try:
        tests = _reached(change, reasons)
    except OutOfPatience:
        return _by_files(change, notes)
    finally:
        change.graph.derived = None  # it leads back to the graph: a circle, slow to be found
    return _Affected(_with_settings(change, tests), notes=notes)


def _by_files(change: Change, notes: tuple[str, ...]) -> _Affected:
    """The coarse answer, with a note that it is one."""
    from .coarse import affected_by_files  # late: nearly no selection comes here

    late = f"no answer symbol by symbol within {change.settings.patience:g} s (selection.patience)"
    tests = affected_by_files(change)
    if tests is None:
        return _Affected(None, late, (*notes, f"{late}: everything is selected"))
    tests = _with_settings(change, tests)
    return _Affected(tests, notes=(*notes, f"{late}: selected by files"))


def _reached(change: Change, reasons: bool) -> dict[str, str]:
    """The tests that the graph reaches, and those that the record adds.

    Raises:
        OutOfPatience: the graph is too large to be walked in the time that there is.
    """
    texts = TextChanges(
        frozenset(change.symbols.documented),
        frozenset(c.path for c in change.python_files),
        frozenset(change.symbols.moved),
    )
    handed_out = HandedOut(change.tree.summaries, change.tree.modules)
    return affected_tests(
        change.graph,
        change.all_starts,
        texts,
        handed_out,
        change.record,
        change.unread,
        reasons=reasons,
    )


def _with_settings(change: Change, tests: dict[str, str]) -> dict[str, str]:
    """Tests without those of deleted files, with those that the settings always run."""
    deleted = change.symbols.deleted
    tests = {test: why for test, why in tests.items() if file_of(test) not in deleted}
    always = change.settings.always
    for test in change.tree.tests if always else ():
        if matches(test, *always):
            tests[test] = "tool.gardener.selection.always"
    return tests


_MOST_READ_AHEAD = 200
"""Of a change of more files the further ones are read when they are needed, if they are."""


def _read_tree(request: Request, comparison: Comparison) -> SourceTree:
    """The later tree; what is read whatever comes is read at once."""
    entries = [e for p, e in comparison.files.items() if p.rpartition("/")[2] in CONFIG_NAMES]
    for change in comparison.changes[:_MOST_READ_AHEAD]:
        if is_python(change.path):
            entries += [entry for entry in (change.before, change.after) if entry]
    shas = [entry.sha for entry in entries if entry.sha and entry.mode != GITLINK]
    read_ahead(request.root, list(dict.fromkeys(shas)))
    return SourceTree(request.root, comparison.files, request.python)
