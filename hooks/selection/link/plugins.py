"""Which files pytest loads for a test file: conftests and plugins."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from gardener.pytest_config.entry_points import PYTEST
from gardener.pytest_config.settings import Layout

from ..parse.summary import Summary
from .imports import Modules, conftests

_SETTINGS = "INSTALLED_APPS"
"""The name that tells settings of Django."""
_SETTINGS_WORD = re.compile("settings|conf(?!test)")


def decides_plugins(path: str, summary: Summary) -> tuple[object, ...]:
    """What of a file decides which files pytest loads for all tests; all false where nothing does."""
    is_conftest = path.rpartition("/")[2] == "conftest.py"
    may_be_settings = _is_called_like_settings(path)
    return (
        summary.plugins,
        is_conftest and _names_settings(summary),
        may_be_settings and _defines_settings(summary),
        may_be_settings and bool(summary.stars),
    )


def _is_called_like_settings(path: str) -> bool:
    """Whether a Python file, or the folder around it, is called after settings or configuration."""
    return path.endswith(".py") and any(map(_SETTINGS_WORD.search, path.lower().split("/")[-2:]))


def _defines_settings(summary: Summary) -> bool:
    return any(definition.name == _SETTINGS for definition in summary.definitions)


def _names_settings(summary: Summary) -> bool:
    """Whether a conftest says which settings Django has: by the variable, or `settings.configure`."""
    return any(
        "DJANGO_SETTINGS_MODULE" in definition.strings.identifiers
        or any(chain.endswith("settings.configure") for chain in definition.names)
        for definition in summary.definitions
    )


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
            if not self._says_settings():
                files.update(dict.fromkeys(self._possible_settings()))
            self._files = list(files)
        return self._files

    def _loaded(self) -> Iterator[tuple[str, str]]:
        """Names of the modules that are loaded for all tests, each with the folder that names it."""
        for settings in self.layout.settings.values():
            yield from ((plugin, settings.folder) for plugin in settings.plugins)
        for entry_point in self.layout.entry_points:
            if entry_point.group == PYTEST:
                yield entry_point.target.partition(":")[0], entry_point.folder
        for path, summary in self._conftests():
            yield from ((plugin, path.rpartition("/")[0]) for plugin in summary.plugins)

    def _conftests(self) -> Iterator[tuple[str, Summary]]:
        for path in sorted(self.modules.by_name.get("conftest", ())):
            summary = self.summaries.get(path)
            if summary is not None and path.rpartition("/")[2] == "conftest.py":
                yield path, summary

    def _says_settings(self) -> bool:
        """Whether the configuration or a conftest says which settings of Django tests use."""
        return any(settings.django_settings for settings in self.layout.settings.values()) or any(
            _names_settings(summary) for _, summary in self._conftests()
        )

    def _possible_settings(self) -> list[str]:
        """The files that may be settings of Django: an option or a variable says which are."""
        called_so = filter(_is_called_like_settings, self.modules.paths)
        found = {path: self.summaries[path] for path in sorted(called_so) if path in self.summaries}
        if not any(map(_defines_settings, found.values())):
            return []
        return [path for path, s in found.items() if _defines_settings(s) or s.stars]

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
