"""The rules by which a change affects every test, each with the reason that it gives.

A rule looks at one kind of change and returns "everything, because ..." or nothing. The rules
are asked in order, the cheapest first: those of `BY_NAME` look at the names of the changed files,
those of `BY_SYMBOL` at what changed in them and at the record, those of `BY_GRAPH` at the graph.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from gardener.config import Selecting
from gardener.model import Symbol
from gardener.paths import is_python, matches

from ..changes import Comparison, FileChange
from ..record.place import is_kept
from .changed_symbols import ChangedSymbols, changed_symbols
from .collection_time import collection_reason, source_reader
from .config_files import irrelevant_files
from .data_files import (
    is_harmless,
    listers,
    may_be_built_from,
    mentions,
    reason_by_names,
    tests_called_like,
)
from .graph.graph import Graph
from .graph.graph_cache import graph_of
from .page_files import page_readers
from .python_version import same_python
from .requirement_files import uninstalled
from .scripts import started_by_scripts
from .tree import SourceTree

if TYPE_CHECKING:
    from .recorded_tests import RecordedTests


class Change:
    """A change and what it touches; each part is worked out when it is first asked for."""

    def __init__(self, tree: SourceTree, comparison: Comparison, settings: Selecting) -> None:
        self.tree = tree
        self.comparison = comparison
        self.settings = settings

    @cached_property
    def irrelevant(self) -> frozenset[str]:
        """Configuration and requirements that changed in nothing that tests depend on."""
        tree, changes = self.tree, self.comparison.changes
        unneeded = uninstalled(tree, (change.path for change in changes))
        return irrelevant_files(tree, changes) | unneeded | same_python(tree, changes)

    @cached_property
    def files(self) -> tuple[FileChange, ...]:
        """The changed files but those that the settings ignore."""
        ignored = self.settings.ignore
        return tuple(c for c in self.comparison.changes if not matches(c.path, *ignored))

    @cached_property
    def python_files(self) -> list[FileChange]:
        """The changed Python files."""
        return [change for change in self.files if is_python(change.path)]

    @cached_property
    def data_files(self) -> list[str]:
        """The changed non-Python files; Python files of which only the mode differs are some."""
        return [c.path for c in self.files if not is_python(c.path) or _is_same_content(c)]

    @cached_property
    def symbols(self) -> ChangedSymbols:
        """What changed in the Python files."""
        tree = self.tree
        return changed_symbols(tree.root, self.python_files, tree.summaries, tree.modules)

    @cached_property
    def mentions(self) -> dict[str, list[Symbol]]:
        """The data files, each with the symbols that may mean it."""
        tree = self.tree
        found = mentions(self.data_files, tree.summaries, tree.places, tree.files, tree.sources)
        tests = frozenset(tree.tests) if found else frozenset()
        for path, symbols in found.items():
            if not symbols:
                symbols += [Symbol(test, "") for test in tests_called_like(path, tests)]
        return found

    @cached_property
    def pages(self) -> dict[str, list[Symbol]]:
        """The pages that nobody names, each with all that may read it; a record knows who did."""
        tree = self.tree
        unnamed = [path for path in self.data_files if not self.mentions[path]]
        return {} if is_kept(tree.root) else page_readers(unnamed, tree.summaries)

    @cached_property
    def text_tests(self) -> list[str]:
        """Those of the data files that hold tests, or did so."""
        return self.tree.text_tests_among(self.mentions)

    @cached_property
    def starts(self) -> dict[Symbol, str]:
        """All symbols that the change touches, each with the reason: the graph is walked from them."""
        starts = dict(self.symbols.symbols)
        for path, symbols in self.mentions.items():
            for symbol in symbols:
                starts.setdefault(symbol, f"{path} changed, which it names")
        for path, symbols in self.pages.items():
            for symbol in symbols:
                starts.setdefault(symbol, f"{path} changed, which it may read")
        starts.update((Symbol(path, ""), f"{path} changed") for path in self.text_tests)
        for path in self.unread:
            for symbol in self.listers:
                starts.setdefault(symbol, f"{path} changed, which it may list")
        return {**started_by_scripts(self.tree, starts, self.data_files), **starts}

    @cached_property
    def record(self) -> RecordedTests | None:
        """What earlier runs recorded of the tests, if anything."""
        if not is_kept(self.tree.root):
            return None
        from .recorded_tests import recorded_tests  # late: without a record it is not needed

        readers = {**self.mentions, **dict.fromkeys(self.unread, self.listers)}
        before = {c.path: c.before.sha for c in self.python_files if c.before}
        moved = frozenset(self.symbols.moved)
        return recorded_tests(
            self.tree, self.starts, readers, self.text_tests, before, self.files, moved
        )

    @cached_property
    def unread(self) -> list[str]:
        """Data files that may matter, and that no Python file names."""
        return [
            path
            for path in self.data_files
            if not is_python(path)
            and not self.mentions[path]
            and path not in self.text_tests
            and path not in self.pages
            and path not in self.irrelevant
            and not is_harmless(path, self.tree.places)
        ]

    @cached_property
    def listers(self) -> list[Symbol]:
        """What may list the folder of a file that nobody names; a record knows who did open it."""
        return listers(self.tree.summaries) if self.unread and is_kept(self.tree.root) else []

    @cached_property
    def lost_fixtures(self) -> dict[Symbol, str]:
        """Symbols that were fixtures, now or when tests were recorded, with the fixture's name."""
        recorded = self.record.since.lost_fixtures if self.record else {}
        return {**recorded, **self.symbols.lost_fixtures}

    @property
    def all_starts(self) -> dict[Symbol, str]:
        """All that the graph is walked from: what the change touches, and recorded readers of it."""
        readers = self.record.validity.readers if self.record else {}
        return {**readers, **self.starts}

    @property
    def touches_tests(self) -> bool:
        """Whether the change may affect any test at all; if not, no graph has to be built."""
        return bool(
            self.starts
            or self.python_files
            or self.lost_fixtures
            or self.unread
            or self.record
            or self.settings.always
        )

    @cached_property
    def graph(self) -> Graph:
        """The graph of the tree, made ready to be walked from what the change touches."""
        deleted = self.symbols.deleted
        before = {c.path: c.before for c in self.python_files if c.before}
        unrecorded = self.record.validity.all_unrecorded_changes if self.record else {}
        tree = self.tree.with_deleted(deleted, before)
        graph = graph_of(tree, (*self.all_starts, *unrecorded), self.lost_fixtures)
        graph.drop_import_edges(self._imported_only())
        return graph

    def _imported_only(self) -> set[Symbol]:
        """The changed names that only imports bind: importing their module is no way to them."""
        imported = self.symbols.imported_names
        if self.record is None:
            return imported
        since = self.record.since
        defined = (self.starts.keys() - imported) | since.defined_names
        return (imported | since.imported_names) - defined


Rule = Callable[[Change], str]
"""Why the change affects every test; empty where the rule does not say so."""


def first_reason(rules: Iterable[Rule], change: Change) -> str:
    """The reason of the first rule that gives one; else empty."""
    return next((reason for rule in rules if (reason := rule(change))), "")


def unknown_change(change: Change) -> str:
    """The two trees cannot be compared."""
    return change.comparison.unknown


def named_file(change: Change) -> str:
    """A file changed that by its name any test may depend on."""
    return reason_by_names(change.comparison.changes, change.settings, change.irrelevant)


def hook_of_conftest(change: Change) -> str:
    """A conftest changed a hook of pytest that acts on the whole session."""
    return _changed_hook(change, lambda path: path.endswith("conftest.py"))


def pytest_itself(change: Change) -> str:
    """The project is a library that pytest runs on."""
    for path, _ in change.symbols.symbols:
        top = change.tree.modules.top(path)
        if top in _UNDER_PYTEST:
            return f"{path} changed, and pytest itself runs on {top}"
    return ""


def input_of_build(change: Change) -> str:
    """A file changed of which a build makes what tests import: no test has to open it for that."""
    tree, opened = change.tree, change.record.validity.opened if change.record else frozenset()
    for path in change.data_files:
        if path in change.irrelevant or path in change.text_tests:
            continue
        namers = change.mentions[path]
        if may_be_built_from(path, namers, path in opened, tree.summaries, tree.places):
            return f"{path} changed, and what tests import may be built from it"
    return ""


def unread_data_file(change: Change) -> str:
    """A non-Python file changed that no Python file names, and no record says who read it.

    With a record those run that were seen to open it, may list it, or have no valid record.
    """
    for path in change.unread:
        if change.record is None or not change.record.recording.tests:
            return f"no Python file names {path}, so any test may read it"
        if change.record.was_read_at_collection(path):
            return f"{path} changed, which was read while tests were collected"
        if change.record.was_opened_unseen(path):
            return f"{path} changed, which was opened by what may keep it for other tests"
    return ""


def other_environment(change: Change) -> str:
    """No recorded test passed in the environment of today."""
    return change.record.validity.other_environment if change.record else ""


def runs_at_collection(change: Change) -> str:
    """The change executes while tests are collected: an error there stops them all."""
    return collection_reason(
        change.graph,
        change.starts,
        change.record,
        change.symbols.nested_only,
        source_reader(change.tree),
    )


def hook_of_plugin(change: Change) -> str:
    """A plugin of the project changed a hook of pytest that acts on the whole session."""
    return _changed_hook(change, lambda path: path in change.graph.plugins)


BY_NAME: tuple[Rule, ...] = (unknown_change, named_file)
BY_SYMBOL: tuple[Rule, ...] = (
    hook_of_conftest,
    pytest_itself,
    input_of_build,
    unread_data_file,
    other_environment,
)
BY_GRAPH: tuple[Rule, ...] = (runs_at_collection, hook_of_plugin)

_UNDER_PYTEST = {
    "pytest",
    "_pytest",
    "pluggy",
    "iniconfig",
    "packaging",
    "pygments",
    "exceptiongroup",
    "tomli",
}
"""Modules that pytest imports: a suite of one of these runs on what it tests."""
_HOOKS_PER_TEST = (
    "pytest_runtest",
    "pytest_pyfunc",
    "pytest_fixture",
    "pytest_generate",
    "pytest_itemcollected",
    "pytest_make_",
    "pytest_assert",
)
"""Beginnings of the names of hooks that act on one test: the graph knows which."""


def _changed_hook(change: Change, is_plugin: Callable[[str], bool]) -> str:
    for path, name in change.symbols.symbols:
        if is_session_hook(name) and is_plugin(path):
            return f"{path} changed its hook {name}, which acts on all tests"
    return ""


def is_session_hook(name: str) -> bool:
    """Whether a function of this name is a hook of pytest that acts on the whole session."""
    return name.startswith("pytest_") and not name.startswith(_HOOKS_PER_TEST)


def _is_same_content(change: FileChange) -> bool:
    """Whether only the mode of a file differs."""
    return bool(change.before and change.after and change.before.sha == change.after.sha)
