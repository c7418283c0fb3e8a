"""Which files pytest loads for a test file: conftests and plugins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gardener.pytest_config.entry_points import PYTEST
from gardener.pytest_config.settings import Layout

from ..parse.summary import Summary
from .imports import Modules, conftests


class Plugins:
    """Finds the conftests and plugins of a project."""

    def __init__(self, summaries: Mapping[str, Summary], modules: Modules, layout: Layout) -> None:
        self.summaries = summaries
        self.modules = modules
        self.layout = layout
        self._scopes: dict[str, list[str]] = {}
        self._files: list[str] | None = None

    def preset(self, files: list[str]) -> None:
        """Take over the files of plugins that are known from an earlier tree."""
        self._files = files

    @property
    def files(self) -> list[str]:
        """Files of plugins that configuration, or any conftest, loads for all tests."""
        if self._files is None:
            files: dict[str, None] = {}
            for name, folder in self._loaded():
                files.update(dict.fromkeys(self.modules.resolve(name, folder)))
            self._files = list(files)
        return self._files

    def _loaded(self) -> Iterator[tuple[str, str]]:
        """Names of the modules that are loaded for all tests, each with the folder that names it."""
        for settings in self.layout.settings.values():
            yield from ((plugin, settings.folder) for plugin in settings.plugins)
        for entry_point in self.layout.entry_points:
            if entry_point.group == PYTEST:
                yield entry_point.target.partition(":")[0], entry_point.folder
        for path in sorted(self.modules.by_name.get("conftest", ())):
            summary = self.summaries.get(path)
            if summary is not None and path.rpartition("/")[2] == "conftest.py":
                yield from ((plugin, path.rpartition("/")[0]) for plugin in summary.plugins)

    @property
    def configured(self) -> list[str]:
        """What configuration and entry points name as plugins, or as commands."""
        names = [p for s in self.layout.settings.values() for p in s.plugins]
        return names + [e.target.replace(":", ".") for e in self.layout.entry_points]

    def scope(self, path: str) -> list[str]:
        """Files whose fixtures and hooks a test file sees: itself, its conftests, plugins."""
        scope = self._scopes.get(path)
        if scope is None:
            files = dict.fromkeys([path, *conftests(path, self.modules.paths)])
            worklist = list(files)
            for file in worklist:
                for source in self._named_by(file):
                    if source not in files:
                        files[source] = None
                        worklist.append(source)
            files.update(dict.fromkeys(self.files))
            scope = self._scopes[path] = list(files)
        return scope

    def _named_by(self, file: str) -> Iterator[str]:
        """The files of the plugins that a file names in `pytest_plugins`."""
        summary = self.summaries.get(file)
        for plugin in summary.plugins if summary else ():
            yield from self.modules.resolve(plugin, file.rpartition("/")[0])
