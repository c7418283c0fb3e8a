"""The tree whose tests are selected: its files, their summaries, and what configures pytest."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cached_property
from pathlib import Path

from gardener.errors import GitError, SelectionError
from gardener.git import store
from gardener.modules.distributions import DECLARING, distributions
from gardener.modules.installed import installed, python_path, site_packages
from gardener.modules.search_path import SearchPath
from gardener.nodeid import file_of
from gardener.paths import is_python
from gardener.pytest_config.entry_points import BUILT, EntryPoint, entry_points
from gardener.pytest_config.settings import CONFIG_NAMES, Layout, settings_by_folder

from ..changes import Entry, contents
from .file_kinds import Places
from .graph.source_tree import Tree
from .link.imports import Modules
from .link.other_tests import other_tests
from .parse.doctests import DOCTESTS
from .parse.summaries import Summaries
from .parse.summary import Summary


class SourceTree:
    """The files of a tree, with what is known of them before any graph is built.

    `interpreter` will run the tests, if that is known. `python` are the Python files, `layout`
    says where pytest looks for tests, `modules` which file an import means. `text_tests` are the
    non-Python files that hold tests.
    """

    def __init__(self, root: Path, files: dict[str, Entry], interpreter: str = "") -> None:
        self.root = root
        self.files = files
        self.interpreter = interpreter
        self.python = [path for path in files if is_python(path)]
        self.configuration = self._read(*CONFIG_NAMES)
        self._declaring = {**self.configuration, **self._read("setup.py")}
        self.layout = Layout(settings_by_folder(self.configuration), self._entry_points())
        self.summaries = Summaries(root, self._entries(self.python), {})
        candidates = self._may_hold_tests(files)
        self.modules = Modules(self.python, self._search_path())
        self.summaries.add(self._entries(candidates))
        self.text_tests = [path for path in candidates if self._holds_tests(path)]

    def sources(self, paths: Iterable[str]) -> dict[str, bytes]:
        """The contents of files of the tree, as far as they can be read."""
        return contents(self.root, self._entries(paths))

    @cached_property
    def places(self) -> Places:
        """Where the Python code lies."""
        return Places(self.python, self.text_tests)

    @cached_property
    def tests(self) -> list[str]:
        """The files in which pytest would look for tests."""
        python = [p for p in self.python if p.endswith(".py") and self.layout.is_test(p)]
        return [*python, *self.text_tests]

    def text_tests_among(self, files: Iterable[str]) -> list[str]:
        """Those of these non-Python files that hold tests, or did so before they were deleted."""
        text_tests = frozenset(self.text_tests)
        candidates = self._may_hold_tests(files)
        return [path for path in candidates if path in text_tests or path not in self.files]

    def _holds_tests(self, path: str) -> bool:
        """Whether a text shows an example, or a conftest collects the file."""
        definitions = self.summaries[path].definitions
        return not self.layout.is_text_test(path) or any(d.name == DOCTESTS for d in definitions)

    def _may_hold_tests(self, files: Iterable[str]) -> list[str]:
        self.summaries.fetch(self._conftests)
        conftests = {path: self.summaries[path] for path in self._conftests}
        return other_tests(files, conftests, self.layout)

    @cached_property
    def _conftests(self) -> list[str]:
        return [path for path in self.python if path.rpartition("/")[2] == "conftest.py"]

    def mentions(self, words: Collection[str]) -> bool:
        """Whether the tests, or the options they run with, mention one of these words."""
        options = " ".join(o for s in self.layout.settings.values() for o in s.addopts)
        if any(word in options for word in words):
            return True
        files = (*self.tests, *self._conftests) if words else ()
        return any(not _words(self.summaries[path]).isdisjoint(words) for path in files)

    def _entries(self, paths: Iterable[str]) -> dict[str, Entry]:
        return {path: self.files[path] for path in paths}

    def _read(self, *names: str) -> dict[str, bytes]:
        """The files of these names, wherever they lie."""
        entries = {p: e for p, e in self.files.items() if p.rpartition("/")[2] in names}
        return contents(self.root, entries)

    def _entry_points(self) -> list[EntryPoint]:
        points = []
        for path in sorted(self._declaring):
            folder, _, name = path.rpartition("/")
            if name in DECLARING:
                points += entry_points(name, self._declaring[path], folder)
        for path, source in sorted(self._read(BUILT).items()):
            folder = path.rpartition("/")[0]
            if folder.endswith((".egg-info", ".dist-info")):
                points += entry_points(BUILT, source, folder.rpartition("/")[0])
        return list(dict.fromkeys(points))

    def _search_path(self) -> SearchPath:
        """What decides where modules are found, as far as it can be told without running code."""
        root = str(self.root)
        declared = distributions(self._declaring)
        folders = site_packages(self.interpreter) if self.interpreter else []
        changed = any(_changes_sys_path(self.summaries[path]) for path in self._conftests)
        return SearchPath(
            self.layout, declared, installed(root, folders, declared), python_path(root), changed
        )

    def add_tests(self, nodeids: Iterable[str]) -> None:
        """Count files that the user names as tests, whatever the configuration says.

        Raises:
            SelectionError: there is no such file or folder.
        """
        for nodeid in nodeids:
            file = file_of(nodeid).removeprefix("./").rstrip("/")
            if not (self.root / file).exists():
                raise SelectionError(
                    f"There is no test file or folder {file!r}; name one that exists."
                )
            if file.endswith(".py") and file not in self.tests:
                self.tests.append(file)
                if file not in self.files:  # ignored by git
                    self.files[file] = Entry("100644", "")
                    self.python.append(file)
                    self.summaries.add(self._entries([file]))

    def with_deleted(self, deleted: dict[str, Summary], before: dict[str, Entry]) -> Tree:
        """What a graph is built of; with deleted files, so that it shows who used them."""
        summaries, modules = self.summaries, self.modules
        if deleted:
            files = {path: before[path] for path in deleted}
            modules = modules.among([*self.python, *files])
            files |= self._entries((*self.python, *self.text_tests))
            summaries = Summaries(self.root, files, deleted)
        try:
            folder = store(self.root) / "nets"
        except GitError:
            folder = None
        return Tree(summaries, modules, self.layout, folder)


def _changes_sys_path(summary: Summary) -> bool:
    """Whether a file names `sys.path`, or a function that adds to it."""
    return any(
        "sys.path" in chain or chain.endswith(("addsitedir", "syspath_prepend"))
        for definition in summary.definitions
        for chain in (*definition.names, *definition.attributes.names)
    )


def _words(summary: Summary) -> set[str]:
    """The words in a file's strings, and what it imports."""
    words = {word for text in summary.texts for word in text.split()}
    for definition in summary.definitions:
        words.update(definition.strings.commands)
    return words | {imported.module.partition(".")[0] for imported in summary.imports}
