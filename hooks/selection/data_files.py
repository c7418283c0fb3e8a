"""Files that are no Python: which tests a change to one of them can affect, by names alone."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from fnmatch import fnmatchcase

from gardener.config import Selecting
from gardener.pytest_config.settings import CONFIG_NAMES

from ..changes import GITLINK, FileChange
from .link.nodes import Node
from .parse.summaries import Summaries
from .parse.summary import Definition

EVERYTHING = (
    # What every test may depend on: how pytest runs, what is installed, what is built.
    *CONFIG_NAMES,
    "setup.py",
    "*requirements*.txt",
    "*requirements*.in",
    "requirements/*.txt",
    "requirements/*.in",
    "*constraints*.txt",
    "*.lock",
    "pylock*.toml",
    "Pipfile",
    "environment*.yml",
    "environment*.yaml",
    "conda*.yml",
    ".python-version",
    ".coveragerc",
    "noxfile.py",
    "*.pth",
    ".env",
    ".env.*",
    ".gitmodules",
)
"""Names (globs) of files whose change runs all tests."""

IGNORED = (
    "*.md",
    "*.rst",
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
    ".github/*",
    ".gitlab-ci.yml",
    ".circleci/*",
    ".vscode/*",
    ".idea/*",
    # What Python and its tools leave behind: byte code beside its source, caches.
    *("__pycache__/*", ".pytest_cache/*", ".mypy_cache/*", ".ruff_cache/*", ".hypothesis/*"),
)
"""Names (globs) of files whose change runs no test, unless a Python file names them."""

ELSEWHERE = (
    # A web page and what builds it.
    *("*.js", "*.mjs", "*.cjs", "*.jsx", "*.ts", "*.mts", "*.cts", "*.tsx", "*.vue", "*.svelte"),
    *("*.css", "*.scss", "*.sass", "*.less", "package.json", "tsconfig*.json", ".nvmrc", ".npmrc"),
    *("package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb"),
    *(".eslintrc*", ".eslintignore", ".prettierrc*", ".prettierignore", ".stylelintrc*"),
    # Programs in other languages that Python does not load.
    *("*.go", "go.mod", "go.sum", "*.java", "*.kt", "*.swift", "*.rb", "Gemfile", "Gemfile.lock"),
    *("*.php", "composer.json", "composer.lock", "*.dart", "pubspec.lock", "*.cs", "*.scala"),
    # Where the program is built and runs.
    *("Dockerfile*", "*.dockerfile", ".dockerignore", "docker-compose*.yml", "docker-compose*.yaml"),
    *("compose.yml", "compose.yaml", "*.tf", "*.tfvars", ".terraform.lock.hcl", "Jenkinsfile"),
    *("azure-pipelines*.yml", "Procfile", "Makefile", "justfile"),
    # Tools that look at the code without running it.
    *("mypy.ini", ".mypy.ini", "ruff.toml", ".ruff.toml", ".flake8", ".pylintrc", ".isort.cfg"),
    *("pyrightconfig.json", "codecov.yml", ".codecov.yml", "mkdocs.yml", "renovate.json"),
)  # fmt: skip
"""Names (globs) of files that Python tests do not read, unless a Python file names them, their
folder or a glob that fits them."""

LISTING = frozenset({"listdir", "scandir", "iterdir", "glob", "iglob", "rglob", "walk", "files"})
"""Calls that give the files of a folder."""
_WILD = frozenset("*?[")


def everything(changes: Iterable[FileChange], rules: Selecting, quiet: Container[str]) -> str:
    """Why the change needs all tests, by rules on names alone; empty if it does not.

    `quiet` are files that changed in nothing that tests depend on.
    """
    for change in changes:
        path = change.path
        if fits(path, rules.everything):
            return f"{path} changed (tool.gardener.selection.everything)"
        if fits(path, rules.ignore):
            continue
        if GITLINK in {e.mode for e in (change.before, change.after) if e}:
            return f"the submodule {path} changed"
        if path not in quiet and fits(path, EVERYTHING) and not fits(path, ELSEWHERE):
            return f"{path} changed, which every test may depend on"
    return ""


def is_harmless(path: str) -> bool:
    """Whether a change to this file affects no test, provided that no Python file names it."""
    return fits(path, IGNORED) or fits(path, ELSEWHERE)


def fits(path: str, globs: Iterable[str]) -> bool:
    """Whether a path, an end of it or its last part fits one of these globs."""
    name = path.rpartition("/")[2]
    for glob in globs:
        whole = glob.removeprefix("./").removesuffix("/") + ("/*" if glob.endswith("/") else "")
        if not _WILD & set(whole):  # most are: without a regular expression
            if path == whole or path.endswith(f"/{whole}"):
                return True
        elif (
            fnmatchcase(path, whole)
            or fnmatchcase(path, f"*/{whole}")
            or ("/" not in whole and fnmatchcase(name, whole))
        ):
            return True
    return False


def namers(paths: Iterable[str], summaries: Summaries) -> dict[str, list[Node]]:
    """For each of these files the symbols that may mean it.

    By its name, its folder, a glob, or a listing of a folder above it.
    """
    found: dict[str, dict[Node, None]] = {path: {} for path in paths}
    if not found:
        return {}
    wanted = _Wanted(found)
    for file, summary in summaries.saying(wanted.texts()):
        for symbol in summary.definitions:
            for text in (
                *symbol.strings.texts,
                *symbol.strings.dotted,
                *symbol.strings.identifiers,
            ):
                for path in wanted.meant_by(text):
                    found[path][file, symbol.name] = None
            for command in symbol.strings.commands:
                for path in wanted.in_folder_of(command):
                    found[path][file, symbol.name] = None
        if any("__file__" in symbol.names for symbol in summary.definitions):
            below = wanted.below(file.rpartition("/")[0])
            for symbol in summary.definitions if below else ():
                if not LISTING.isdisjoint(_used(symbol)):
                    for path in below:
                        found[path][file, symbol.name] = None
    return {path: list(nodes) for path, nodes in found.items()}


class _Wanted:
    """Files by what a string may call them; those that are ignored only by their whole name."""

    def __init__(self, paths: Iterable[str]) -> None:
        self.named: dict[str, list[str]] = {}
        self.inside: dict[str, list[str]] = {}
        self.loud: list[str] = []
        for path in paths:
            folder, _, name = path.rpartition("/")
            self.named.setdefault(name, []).append(path)
            if not fits(path, IGNORED):
                self.loud.append(path)
                if folder:
                    self.inside.setdefault(folder.rpartition("/")[2], []).append(path)

    def texts(self) -> list[str]:
        """What the code of a file must hold, one of these, to mean any of the files."""
        return [*self.named, *self.inside, *(("*", "__file__") if self.loud else ())]

    def meant_by(self, text: str) -> Iterator[str]:
        """The files that a string may mean."""
        end = text.rpartition("/")[2]
        yield from self.named.get(end, ())
        yield from self.in_folder_of(text)
        if "*" in end and end.strip("*./"):
            yield from (p for p in self.loud if fnmatchcase(p.rpartition("/")[2], end))

    def in_folder_of(self, path: str) -> Iterator[str]:
        """The files in folders that a path may name."""
        for part in path.split("/") if self.inside else ():
            yield from self.inside.get(part, ())

    def below(self, folder: str) -> list[str]:
        """The files in or below a folder."""
        return [p for p in self.loud if not folder or p.startswith(f"{folder}/")]


def _used(symbol: Definition) -> set[str]:
    """Last parts of the names that a symbol uses; walking a syntax tree is no listing."""
    return {
        *symbol.attributes.names,
        *(n.rpartition(".")[2] for n in symbol.names if n != "ast.walk"),
    }
