"""The tree that is judged: its files, their summaries, and the graph of their imports."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cached_property
from pathlib import Path
from typing import Literal, NamedTuple

from gardener.config import Focus
from gardener.errors import GitError, SelectionError
from gardener.git import store
from gardener.model import Mode
from gardener.modules.distributions import DECLARING, distributions
from gardener.modules.finder import SearchPath
from gardener.modules.installed import installed, python_path, site_packages
from gardener.paths import is_python
from gardener.pytest_config.entry_points import EntryPoint, entry_points
from gardener.pytest_config.settings import CONFIG_NAMES, Layout, settings_by_folder

from ..changes import Comparison, Entry, contents
from .graph.graph_cache import Tree
from .link.imports import Modules
from .link.other_tests import other_tests
from .parse.doctests import DOCTESTS
from .parse.summaries import Summaries
from .parse.summary import Summary


class Request(NamedTuple):
    """What to select for: a change (`mode`, `ref`), and what to narrow it to.

    `python` is the interpreter that will run the tests, where that is known.
    """

    root: Path
    mode: Mode | Literal["trees"]
    ref: str = ""
    focus: Focus | None = None
    level: str = "any"
    paths: tuple[str, ...] = ()
    python: str = ""


class Project:
    """The tree that is judged: its files, their summaries, and the graph of their imports."""

    def __init__(self, request: Request, comparison: Comparison) -> None:
        self.request = request
        self.files = comparison.files
        self.python = [p for p in self.files if is_python(p)]
        self.configuration = self._read(*CONFIG_NAMES)
        self._declaring = {**self.configuration, **self._read("setup.py")}
        self.layout = Layout(settings_by_folder(self.configuration), self._entry_points())
        self.summaries = Summaries(request.root, self._of(self.python), {})
        others = self._may_hold_tests(self.files)
        self.modules = Modules(self.python, self._search_path())
        self.summaries.add(self._of(others))
        self.other_tests = [p for p in others if self._holds_tests(p)]

    @cached_property
    def tests(self) -> list[str]:
        """The files in which pytest would look for tests."""
        found = [p for p in self.python if p.endswith(".py") and self.layout.is_test(p)]
        return [*found, *self.other_tests]

    def other_tests_in(self, files: Iterable[str]) -> list[str]:
        """Those of these files that are no Python and yet hold tests, or did so."""
        known = frozenset(self.other_tests)
        return [p for p in self._may_hold_tests(files) if p in known or p not in self.files]

    def _holds_tests(self, path: str) -> bool:
        """Whether a text shows an example, or a conftest collects the file."""
        symbols = self.summaries[path].definitions
        return not self.layout.is_text_test(path) or any(s.name == DOCTESTS for s in symbols)

    def _may_hold_tests(self, files: Iterable[str]) -> list[str]:
        self.summaries.fetch(self._conftests)
        known = {path: self.summaries[path] for path in self._conftests}
        return other_tests(files, known, self.layout)

    @cached_property
    def _conftests(self) -> list[str]:
        return [p for p in self.python if p.rpartition("/")[2] == "conftest.py"]

    def says(self, words: Collection[str]) -> bool:
        """Whether the tests, or the options they run with, say one of these words."""
        options = " ".join(o for s in self.layout.found.values() for o in s.addopts)
        if any(word in options for word in words):
            return True
        files = (*self.tests, *self._conftests) if words else ()
        summaries = (self.summaries[path] for path in files)
        return any(not _said(summary).isdisjoint(words) for summary in summaries)

    def _of(self, paths: Iterable[str]) -> dict[str, Entry]:
        return {path: self.files[path] for path in paths}

    def _read(self, *names: str) -> dict[str, bytes]:
        """The files of these names, wherever they lie."""
        wanted = {p: e for p, e in self.files.items() if p.rpartition("/")[2] in names}
        return contents(self.request.root, wanted)

    def _entry_points(self) -> list[EntryPoint]:
        points = []
        for path in sorted(self._declaring):
            folder, _, name = path.rpartition("/")
            if name in DECLARING:
                points += entry_points(name, self._declaring[path], folder)
        return points

    def _search_path(self) -> SearchPath:
        """What decides where modules are found, as far as it can be told without running code."""
        root, python = str(self.request.root), self.request.python
        declared = distributions(self._declaring)
        folders = site_packages(python) if python else []
        changed = any(_changes_sys_path(self.summaries[path]) for path in self._conftests)
        return SearchPath(
            self.layout, declared, installed(root, folders, declared), python_path(root), changed
        )

    def add_asked(self, paths: tuple[str, ...]) -> None:
        """Count files that the user names as tests, whatever the configuration says.

        Raises:
            SelectionError: there is no such file or folder.
        """
        for path in paths:
            file = path.partition("::")[0].removeprefix("./").rstrip("/")
            if not (self.request.root / file).exists():
                raise SelectionError(f"There is no test file or folder {file!r}.")
            if file.endswith(".py") and file not in self.tests:
                self.tests.append(file)
                if file not in self.files:  # ignored by git
                    self.files[file] = Entry("100644", "")
                    self.python.append(file)
                    self.summaries.add(self._of([file]))

    def tree(self, gone: dict[str, Summary], before: dict[str, Entry]) -> Tree:
        """What a net is made of; with deleted files, so that it shows who used them."""
        summaries, modules = self.summaries, self.modules
        if gone:
            files = {p: before[p] for p in gone}
            modules = modules.among([*self.python, *files])
            files |= self._of((*self.python, *self.other_tests))
            summaries = Summaries(self.request.root, files, gone)
        try:
            folder = store(self.request.root) / "nets"
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


def _said(summary: Summary) -> set[str]:
    """The words in a file's strings, and what it imports."""
    found = {word for text in summary.texts for word in text.split()}
    for definition in summary.definitions:
        found.update(definition.strings.commands)
    return found | {one.module.partition(".")[0] for one in summary.imports}
