"""What the project's own pytest configuration says about where its tests are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any, NamedTuple

from gardener.toml import tables

from .entry_points import EntryPoint

CONFIG_NAMES = (
    "pytest.ini",
    ".pytest.ini",
    "pytest.toml",
    ".pytest.toml",
    "pyproject.toml",
    "tox.ini",
    "setup.cfg",
)
"""Files that may hold pytest's configuration, in the order in which pytest looks."""

_SECTIONS = {
    "tox.ini": "pytest",
    "setup.cfg": "tool:pytest",
    "pytest.ini": "pytest",
    ".pytest.ini": "pytest",
}
_NO_RECURSE = ("*.egg", ".*", "_darcs", "build", "CVS", "dist", "node_modules", "venv", "{arch}")


_ASIDE = frozenset(
    [
        "example",
        "examples",
        "sample",
        "samples",
        "demo",
        "demos",
        "tutorial",
        "tutorials",
        "doc",
        "docs",
        "template",
        "templates",
        "skeleton",
        "skeletons",
        "cookiecutter",
        "fixtures",
        "testdata",
        "test_data",
        "vendor",
        "vendored",
        "_vendor",
        "third_party",
        "third-party",
        "thirdparty",
        "external",
        "extern",
        "contrib",
        "sandbox",
        "playground",
        "archive",
        "backup",
    ]
)
"""Folders whose projects are no part of the suite around them, unless its `testpaths` name them."""


class PytestSettings(NamedTuple):
    """The settings that decide what pytest collects; `folder` is where they were found."""

    folder: str = ""
    python_files: tuple[str, ...] = ("test_*.py", "*_test.py")
    python_classes: tuple[str, ...] = ("Test",)
    python_functions: tuple[str, ...] = ("test",)
    testpaths: tuple[str, ...] = ()
    pythonpath: tuple[str, ...] = ()
    norecursedirs: tuple[str, ...] = _NO_RECURSE
    usefixtures: tuple[str, ...] = ()
    addopts: tuple[str, ...] = ()
    django: tuple[str, ...] = ()

    @property
    def doctest_modules(self) -> bool:
        """Whether every Python file is collected for its doctests."""
        return "--doctest-modules" in self.addopts

    @property
    def import_mode(self) -> str:
        """How pytest imports test files: `prepend`, `append` or `importlib`."""
        return next(reversed(_values(self.addopts, "--import-mode")), "prepend")

    @property
    def plugins(self) -> tuple[str, ...]:
        """Modules loaded with `-p`, and those with settings that pytest-django loads."""
        named = tuple(v for v in _values(self.addopts, "-p") if not v.startswith("no:"))
        return (*named, *self.django_settings)

    @property
    def django_settings(self) -> tuple[str, ...]:
        """The modules of settings that pytest-django loads."""
        return (*self.django, *_values(self.addopts, "--ds"))


def _values(options: tuple[str, ...], name: str) -> list[str]:
    """What is given to an option of the command line, each time that it is there."""
    arguments = []
    for at, option in enumerate(options):
        if option == name and at + 1 < len(options):
            arguments.append(options[at + 1])
        elif option.startswith(name + "=") or (len(name) == 2 and option.startswith(name)):
            arguments.append(option[len(name) :].lstrip("="))
    return arguments


def parse(name: str, source: bytes, folder: str) -> PytestSettings | None:
    """Settings out of one configuration file; None when it says nothing about pytest."""
    import configparser  # late: a fix with nothing to do needs none

    try:
        text = source.decode()
    except UnicodeDecodeError:
        return None
    if name.endswith(".toml"):
        table = _toml(name, text)
    else:
        reader = configparser.RawConfigParser(strict=False)
        try:
            reader.read_string(text)
        except configparser.Error:
            return None
        section = _SECTIONS[name]
        if not reader.has_section(section):
            # An empty pytest.ini still marks the rootdir.
            return PytestSettings(folder) if name.endswith("pytest.ini") else None
        table = dict(reader.items(section))
    if table is None:
        return PytestSettings(folder) if "pytest.toml" in name else None
    return _settings(table, folder)


def settings_by_folder(sources: Mapping[str, bytes]) -> dict[str, PytestSettings]:
    """The settings in each folder out of configuration files (path -> bytes), as pytest picks them.

    Files of other names are passed over.
    """
    settings: dict[str, PytestSettings] = {}
    for config_name in CONFIG_NAMES:
        for path in sorted(sources):
            folder, _, name = path.rpartition("/")
            if name == config_name and folder not in settings:
                parsed = parse(name, sources[path], folder)
                if parsed is not None:
                    settings[folder] = parsed
    return settings


def canonical_settings(name: str, source: bytes) -> str:
    """All that one configuration file says about pytest, however it is laid out; else empty."""
    import configparser  # late: a fix with nothing to do needs none
    import json

    try:
        text = source.decode()
        if name.endswith(".toml"):
            return json.dumps(_toml(name, text) or "", sort_keys=True, default=str).strip('"')
        reader = configparser.RawConfigParser(strict=False)
        reader.read_string(text)
        section = _SECTIONS[name]
        return json.dumps(sorted(reader.items(section))) if reader.has_section(section) else ""
    except (UnicodeDecodeError, configparser.Error):
        return repr(source)


def _toml(name: str, text: str) -> dict[str, Any] | None:
    if name == "pyproject.toml" and "pytest" not in text:
        return None
    try:
        document: Any = tables(text)
    except ValueError:
        return None
    if name != "pyproject.toml":
        table = document.get("pytest")
        return table if isinstance(table, dict) else None
    tools = document.get("tool")
    tool = tools.get("pytest", {}) if isinstance(tools, dict) else None
    if not isinstance(tool, dict):
        return None
    if "ini_options" in tool:  # marks the rootdir even where it is empty
        table = tool["ini_options"]
        return table if isinstance(table, dict) else None
    return tool or None


def _settings(table: dict[str, Any], folder: str) -> PytestSettings:
    import shlex  # late: a fix with nothing to do needs none

    default = PytestSettings()

    def words(key: str, otherwise: tuple[str, ...]) -> tuple[str, ...]:

        value = table.get(key)
        if isinstance(value, str):
            try:
                return tuple(shlex.split(value, comments=key != "addopts"))
            except ValueError:
                return tuple(value.split())
        if isinstance(value, list):
            return tuple(str(v) for v in value)
        return otherwise

    return PytestSettings(
        folder=folder,
        python_files=words("python_files", default.python_files),
        python_classes=words("python_classes", default.python_classes),
        python_functions=words("python_functions", default.python_functions),
        testpaths=words("testpaths", ()),
        # `python_paths` is the setting of the plugin pytest-pythonpath, for older versions.
        pythonpath=(*words("pythonpath", ()), *words("python_paths", ())),
        norecursedirs=words("norecursedirs", default.norecursedirs),
        usefixtures=words("usefixtures", ()),
        addopts=words("addopts", ()),
        django=words("DJANGO_SETTINGS_MODULE", words("django_settings_module", ())),
    )


class Layout:
    """Tells test files from others, by the configuration that governs each folder."""

    def __init__(
        self, settings: dict[str, PytestSettings], entry_points: Sequence[EntryPoint] = ()
    ) -> None:
        """`settings` are those in each folder (`""` = the repository) that has some."""
        self.settings = settings
        self.entry_points = tuple(entry_points)
        self.of_folder = lru_cache(maxsize=None)(self._of_folder)
        self._is_open = lru_cache(maxsize=None)(self._may_be_entered)

    def _of_folder(self, folder: str) -> PytestSettings:
        # The nearest configuration, as pytest finds it; see `rootdirs.invocations`.
        if folder in self.settings:
            return self.settings[folder]
        if not folder:
            return PytestSettings()
        return self.of_folder(folder.rpartition("/")[0])

    def _may_be_entered(self, folder: str) -> bool:
        """Whether no configuration further up keeps pytest out of a folder that has one.

        `testpaths` do not: what has a configuration of its own is a part of its own, unless
        it is an example, a template or somebody else's code.
        """
        if not folder:
            return True
        above = self.of_folder(folder.rpartition("/")[0])
        if above.folder not in self.settings:
            return True
        inside = folder[len(above.folder) :].lstrip("/")
        if _testpath_of(inside, above.testpaths) is None and not _ASIDE.isdisjoint(
            inside.lower().split("/")
        ):
            return False
        entered = _collected(f"{folder}/x", above._replace(testpaths=()))
        return entered and self._is_open(above.folder)

    def is_test(self, path: str) -> bool:
        """Whether plain pytest would collect this Python file."""
        folder, _, name = path.rpartition("/")
        settings = self.of_folder(folder)
        if name == "conftest.py" or not (
            settings.doctest_modules or any(_fits(path, p) for p in settings.python_files)
        ):
            return False
        return self.is_visited(path)

    def is_outside(self, path: str) -> bool:
        """Whether only `testpaths` keep plain pytest from collecting this Python file."""
        settings = self.of_folder(path.rpartition("/")[0])
        if not settings.testpaths or path.endswith("conftest.py"):
            return False
        named = any(_fits(path, pattern) for pattern in settings.python_files)
        return (
            named
            and _testpath_of(path[len(settings.folder) :].lstrip("/"), settings.testpaths) is None
            and _collected(path, settings._replace(testpaths=()))
            and self._is_open(settings.folder)
        )

    def is_text_test(self, path: str) -> bool:
        """Whether plain pytest would look for doctests in this non-Python file."""
        settings = self.of_folder(path.rpartition("/")[0])
        patterns = _values(settings.addopts, "--doctest-glob") or ["test*.txt"]
        if "no:doctest" in _values(settings.addopts, "-p"):
            return False
        return any(_fits(path, p) for p in patterns) and self.is_visited(path)

    def is_visited(self, path: str) -> bool:
        """Whether plain pytest comes to this file, and asks its hooks about it."""
        settings = self.of_folder(path.rpartition("/")[0])
        return _collected(path, settings) and self._is_open(settings.folder)

    def parts(self, files: Iterable[str]) -> list[str]:
        """The folders with a configuration of their own that hold tests, or lie topmost."""
        holding = {self.of_folder(f.rpartition("/")[0]).folder for f in files if self.is_test(f)}
        topmost = {
            folder
            for folder in self.settings
            if self.of_folder(folder.rpartition("/")[0] if folder else "").folder
            not in self.settings
        }
        return sorted(
            folder
            for folder in self.settings
            if folder and self._is_open(folder) and (folder in holding or folder in topmost)
        )


def _collected(path: str, settings: PytestSettings) -> bool:
    """Whether plain pytest comes by a file: below a test path, and in no folder that it ignores."""
    inside = path[len(settings.folder) :].lstrip("/")
    testpath = _testpath_of(inside, settings.testpaths)
    if testpath is None:
        return False
    for folder in _folders_below(testpath, inside):
        if any(_fits(folder, pattern.rstrip("/")) for pattern in settings.norecursedirs):
            return False
    ignored = [folder.rstrip("/") for folder in _values(settings.addopts, "--ignore")]
    if any(_is_below(inside, folder) for folder in ignored):
        return False
    return not any(fnmatchcase(inside, g) for g in _values(settings.addopts, "--ignore-glob"))


def _testpath_of(path: str, testpaths: tuple[str, ...]) -> str | None:
    """The setting that makes pytest start above a file, `""` where it starts at the top; or None."""
    if not testpaths:
        return ""
    folders = (testpath.rstrip("/") for testpath in testpaths)
    return next((folder for folder in folders if _is_below(path, folder)), None)


def _folders_below(testpath: str, path: str) -> list[str]:
    """The folders that pytest enters from a test path down to a file."""
    rest = path if _has_wildcards(testpath) else path[len(testpath) :]
    above = path[: len(path) - len(rest.lstrip("/"))]
    parts = rest.strip("/").split("/")[:-1]
    return [above + "/".join(parts[: n + 1]) for n in range(len(parts))]


def _is_below(path: str, folder: str) -> bool:
    """Whether a file is a folder of the settings, which may be a pattern, or lies below it."""
    folder = folder.removeprefix("./")
    if folder in (".", ""):
        return True
    if _has_wildcards(folder):
        parts = path.split("/")
        return any(fnmatchcase("/".join(parts[:n]), folder) for n in range(1, len(parts) + 1))
    return path == folder or path.startswith(folder + "/")


# Patterns of pytest's own settings are read as pytest reads them: by fnmatch, where `*` crosses
# folders. They are another kind than the globs of gardener's settings (`gardener.paths.matches`).


def _has_wildcards(pattern: str) -> bool:
    return any(mark in pattern for mark in "*?[")


def _fits(path: str, pattern: str) -> bool:
    """Whether a pattern of pytest's settings fits: on the name, or on the path if it has a `/`."""
    if "/" in pattern:
        return fnmatchcase(path, pattern) or fnmatchcase(path, f"*/{pattern}")
    return fnmatchcase(path.rpartition("/")[2], pattern)


def name_fits(name: str, patterns: tuple[str, ...]) -> bool:
    """Whether pytest takes a function or class of this name: a prefix, or a glob."""
    return any(
        name.startswith(pattern) or (_has_wildcards(pattern) and fnmatchcase(name, pattern))
        for pattern in patterns
    )
