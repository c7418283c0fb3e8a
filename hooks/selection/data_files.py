"""Non-Python files: which tests a change to one of them can affect, by names alone."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from fnmatch import fnmatchcase

from gardener.config import Selecting
from gardener.model import Symbol
from gardener.paths import matches
from gardener.pytest_config.settings import CONFIG_NAMES

from ..changes import GITLINK, FileChange
from .parse.summaries import Summaries
from .parse.summary import Definition, Strings, Summary

_WILD = frozenset("*?[")


class BuiltInGlobs:
    """A list of gardener's own globs, of the one kind that the settings have, made for speed.

    Every changed path is held against all of them, and `gardener.paths.matches` loads a library.
    Three shapes need none: `PART` without a `/`, `**/NAME` and `**/FOLDER/**/NAME`.
    """

    def __init__(self, *globs: str) -> None:
        """Raises: ValueError: a glob has another shape."""
        self.globs = globs
        parts = [glob for glob in globs if "/" not in glob]
        self._parts = frozenset(part for part in parts if not _WILD & set(part))
        self._part_globs = [part for part in parts if _WILD & set(part)]
        ends: list[str] = []
        self._names: list[str] = []
        self._below: list[tuple[str, str]] = []
        for glob in (glob for glob in globs if "/" in glob):
            match glob.split("/"):
                case ["**", name] if name[0] == "*" and not _WILD & set(name[1:]):
                    ends.append(name[1:])
                case ["**", name]:
                    self._names.append(name)
                case ["**", folder, "**", name]:
                    self._below.append((folder, name))
                case _:
                    raise ValueError(f"{glob!r} has another shape")
        self._ends = tuple(ends)

    def fit(self, path: str) -> bool:
        """Whether one of them fits a path."""
        parts = path.split("/")
        *folders, name = parts
        return (
            name.endswith(self._ends)
            or not self._parts.isdisjoint(parts)
            or any(fnmatchcase(part, glob) for glob in self._part_globs for part in parts)
            or any(fnmatchcase(name, glob) for glob in self._names)
            or any(
                fnmatchcase(name, last) and any(fnmatchcase(part, above) for part in folders)
                for above, last in self._below
            )
        )


EVERYTHING = BuiltInGlobs(
    # What every test may depend on: how pytest runs, what is installed, what is built.
    *CONFIG_NAMES,
    "setup.py",
    *("**/*requirements*.txt", "**/*requirements*/**/*.txt"),
    *("**/*requirements*.in", "**/*requirements*/**/*.in"),
    *("**/*constraints*.txt", "**/*constraints*/**/*.txt"),
    "**/*.lock",
    "**/pylock*.toml",
    "Pipfile",
    *("**/environment*.yml", "**/environment*/**/*.yml"),
    *("**/environment*.yaml", "**/environment*/**/*.yaml"),
    *("**/conda*.yml", "**/conda*/**/*.yml"),
    ".python-version",
    ".coveragerc",
    "noxfile.py",
    "**/*.pth",
    ".env",
    ".env.*",
    ".gitmodules",
)
"""Globs of files whose change runs all tests."""

IGNORED = BuiltInGlobs(
    "**/*.md",
    "**/*.rst",
    "LICENSE*",
    "LICENCE*",
    "COPYING*",
    "NOTICE*",
    "AUTHORS*",
    "CONTRIBUTORS*",
    "CHANGELOG*",
    "CHANGES*",
    "CODEOWNERS",
    ".gitignore",
    ".gitattributes",
    ".editorconfig",
    ".mailmap",
    ".git-blame-ignore-revs",
    ".pre-commit-config.yaml",
    ".pre-commit-hooks.yaml",
    ".readthedocs.yml",
    ".readthedocs.yaml",
    ".github",
    ".gitlab-ci.yml",
    ".circleci",
    ".vscode",
    ".idea",
    # What Python and its tools leave behind: byte code beside its source, caches.
    *("__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis"),
)
"""Globs of files whose change runs no test, unless a Python file names them."""

ELSEWHERE = BuiltInGlobs(
    # A web page and what builds it.
    *("**/*.js", "**/*.mjs", "**/*.cjs", "**/*.jsx", "**/*.ts", "**/*.mts", "**/*.cts", "**/*.tsx"),
    *("**/*.vue", "**/*.svelte", "**/*.css", "**/*.scss", "**/*.sass", "**/*.less"),
    *("package.json", "**/tsconfig*.json", "**/tsconfig*/**/*.json", ".nvmrc", ".npmrc"),
    *(
        "package-lock.json",
        "npm-shrinkwrap.json",
        "yarn.lock",
        "pnpm-lock.yaml",
        "bun.lock",
        "bun.lockb",
    ),
    *(".eslintrc*", ".eslintignore", ".prettierrc*", ".prettierignore", ".stylelintrc*"),
    # Programs in other languages that Python does not load.
    *("**/*.go", "go.mod", "go.sum", "**/*.java", "**/*.kt", "**/*.swift", "**/*.scala", "**/*.cs"),
    *("**/*.rb", "Gemfile", "Gemfile.lock", "**/*.php", "composer.json", "composer.lock"),
    *("**/*.dart", "pubspec.lock"),
    # Where the program is built and runs.
    *("Dockerfile*", "**/*.dockerfile", ".dockerignore", "compose.yml", "compose.yaml"),
    *("**/docker-compose*.yml", "**/docker-compose*.yaml", "**/docker-compose*/**/*.yml"),
    *("**/*.tf", "**/*.tfvars", ".terraform.lock.hcl", "Jenkinsfile", "Procfile"),
    *("**/azure-pipelines*.yml", "**/azure-pipelines*/**/*.yml", "Makefile", "justfile"),
    # Tools that look at the code without running it.
    *("mypy.ini", ".mypy.ini", "ruff.toml", ".ruff.toml", ".flake8", ".pylintrc", ".isort.cfg"),
    *("pyrightconfig.json", "codecov.yml", ".codecov.yml", "mkdocs.yml", "renovate.json"),
)
"""Globs of files that Python tests do not read, unless a Python file names them, their folder or
a glob that fits them."""

LISTING = frozenset({"listdir", "scandir", "iterdir", "glob", "iglob", "rglob", "walk", "files"})
"""Calls that give the files of a folder."""


def reason_by_names(
    changes: Iterable[FileChange], settings: Selecting, irrelevant: Container[str]
) -> str:
    """Why the change needs all tests, by rules on names alone; empty if it does not.

    `irrelevant` are configuration files that changed in nothing that tests depend on.
    """
    for change in changes:
        path = change.path
        if matches(path, *settings.everything):
            return f"{path} changed (tool.gardener.selection.everything)"
        if matches(path, *settings.ignore):
            continue
        if any(entry and entry.mode == GITLINK for entry in (change.before, change.after)):
            return f"the submodule {path} changed"
        if path not in irrelevant and EVERYTHING.fit(path) and not ELSEWHERE.fit(path):
            return f"{path} changed, which every test may depend on"
    return ""


def is_harmless(path: str) -> bool:
    """Whether a change to this file affects no test, provided that no Python file names it."""
    return IGNORED.fit(path) or ELSEWHERE.fit(path)


def mentions(paths: Iterable[str], summaries: Summaries) -> dict[str, list[Symbol]]:
    """For each of these files the symbols that may mean it.

    By its name, its folder, a glob, or a listing of a folder above it.
    """
    symbols_of: dict[str, dict[Symbol, None]] = {path: {} for path in paths}
    if not symbols_of:
        return {}
    files = _FilesByText(symbols_of)
    for file, summary in summaries.mentioning(files.texts()):
        for definition in summary.definitions:
            for path in files.meant_by(definition.strings):
                symbols_of[path][Symbol(file, definition.name)] = None
        for definition in _listing(summary):
            for path in files.below(file.rpartition("/")[0]):
                symbols_of[path][Symbol(file, definition.name)] = None
    return {path: list(symbols) for path, symbols in symbols_of.items()}


class _FilesByText:
    """Files by what a string may call them; those that are ignored only by their whole name."""

    def __init__(self, paths: Iterable[str]) -> None:
        self.by_name: dict[str, list[str]] = {}
        self.by_folder: dict[str, list[str]] = {}
        self.unignored: list[str] = []
        for path in paths:
            folder, _, name = path.rpartition("/")
            self.by_name.setdefault(name, []).append(path)
            if not IGNORED.fit(path):
                self.unignored.append(path)
                if folder:
                    self.by_folder.setdefault(folder.rpartition("/")[2], []).append(path)

    def texts(self) -> list[str]:
        """What the code of a file must hold, one of these, to mean any of the files."""
        wild = ("*", "__file__") if self.unignored else ()
        return [*self.by_name, *self.by_folder, *wild]

    def meant_by(self, strings: Strings) -> Iterator[str]:
        """The files that the strings of a definition may mean."""
        for text in (*strings.texts, *strings.dotted, *strings.identifiers):
            yield from self._called(text)
        for command in strings.commands:
            yield from self._in_folder_of(command)

    def _called(self, text: str) -> Iterator[str]:
        end = text.rpartition("/")[2]
        yield from self.by_name.get(end, ())
        yield from self._in_folder_of(text)
        if "*" in end and end.strip("*./"):  # a glob as Python code writes it
            yield from (p for p in self.unignored if fnmatchcase(p.rpartition("/")[2], end))

    def _in_folder_of(self, path: str) -> Iterator[str]:
        """The files in folders that a path may name."""
        for part in path.split("/") if self.by_folder else ():
            yield from self.by_folder.get(part, ())

    def below(self, folder: str) -> list[str]:
        """The files in or below a folder."""
        return [p for p in self.unignored if not folder or p.startswith(f"{folder}/")]


def _listing(summary: Summary) -> list[Definition]:
    """What lists folders in a file that asks where it lies itself."""
    if not any("__file__" in definition.names for definition in summary.definitions):
        return []
    return [d for d in summary.definitions if not LISTING.isdisjoint(_last_names(d))]


def _last_names(definition: Definition) -> set[str]:
    """Last parts of the names that a definition uses; walking a syntax tree is no listing."""
    return {
        *definition.attributes.names,
        *(name.rpartition(".")[2] for name in definition.names if name != "ast.walk"),
    }
