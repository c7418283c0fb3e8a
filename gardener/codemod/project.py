"""What codemods may know about the repository around a file: read late, and only once."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

if TYPE_CHECKING:
    from gardener.codemod.name_resolver import NameResolver
    from gardener.config import Config
    from gardener.modules.finder import ModuleFinder


T = TypeVar("T")

CLOCK_TEXTS = (
    *("import *", ".datetime =", "tz_offset", "multiple(", ".dt.", '"dt.', "'dt."),
    *(f"{name}{quote}" for name in ("datetime", "utcnow", "utcfromtimestamp") for quote in "'\""),
)
PATCH_TEXTS = ("patch", "attr(")
MODEL_TEXTS = ("pydantic", ".Config", "'Config'", '"Config"')
TEXTS = (CLOCK_TEXTS, PATCH_TEXTS, MODEL_TEXTS)
"""What codemods search all files for once one file has something to change; a group at once."""

_CONFIGURING = (
    *("pyproject.toml", "setup.cfg", "setup.py", "tox.ini"),
    *("pytest.ini", ".pytest.ini", "pytest.toml", ".pytest.toml"),
)
"""Files that configure pytest or declare a distribution; importing those who read them is slow."""

_DECLARING = (
    *("pyproject.toml", "setup.cfg", "setup.py", "Pipfile", "environment.y*ml"),
    *("*.lock", "pylock.toml", "*conda-lock.yml", "*requirements*", "*constraints*"),
    *("tox.ini", "noxfile.py", "Dockerfile*"),
    *("requirements/*", "requires/*", "reqs/*", "deps/*"),
    "*.dist-info/METADATA",
)
"""Files that may say which version of a library the project has."""

_USUAL_LIMIT = 88
_FORMATTER = rb"(?m)^[ \t]*line[-_]length\s*=\s*(\d+)"
_LINTER = rb"(?m)^[ \t]*(?:max[-_]line[-_]length|column_limit|line_length)\s*=\s*(\d+)"
_LIMITS = (
    # files that say how long a line may be, those of formatters first; black says 88 by its name
    *((name, _FORMATTER) for name in ("ruff.toml", ".ruff.toml", "pyproject.toml")),
    *((name, _LINTER) for name in (".flake8", "setup.cfg", "tox.ini", ".style.yapf", ".pylintrc")),
    ("pyproject.toml", rb"(?m)^\[tool\.(?:black|ruff)\b[^\n]*()"),
)

_RELATIVE = re.compile(rb"(?m)^[ \t]*from[ \t]+\.")
"""What only a module of a package can say."""


class Project:
    """A repository, its settings and its Python files.

    `treated` is the number of files that codemods are asked for; `is_narrowed` says that only
    those of them are left that hold what a codemod looks for.
    """

    def __init__(
        self, root: Path, config: Config, *, unsafe: bool = False, reports: Sequence[Path] = ()
    ) -> None:
        self.root = root
        self.config = config
        self.unsafe = unsafe
        self.reports = tuple(reports)
        self.treated = 0
        self.is_narrowed = False
        self._top = os.path.realpath(root)
        self._memory: dict[str, object] = {}
        self._containing: dict[str, list[str]] = {}

    def memo(self, key: str, make: Callable[[], T]) -> T:
        """What `make` returns, computed once in a run under that key."""
        if key not in self._memory:
            self._memory[key] = make()
        return cast("T", self._memory[key])

    def name_of(self, path: str) -> str:
        """A file's path relative to the repository, with `/`."""
        return os.path.relpath(os.path.realpath(path), self._top).replace(os.sep, "/")

    @cached_property
    def files(self) -> list[str]:
        """Python files of the repository, relative to it; all below `root` without git."""
        return [path for path in self._listed if path.endswith(".py")]

    @cached_property
    def _listed(self) -> list[str]:
        """The Python files, and those that configure pytest or declare a distribution."""
        from gardener.errors import GitError
        from gardener.git import git, lines

        shapes = ["*.py", *(f":(glob)**/{name}" for name in _CONFIGURING)]
        try:
            listed = git("ls-files", "-z", "-co", "--exclude-standard", *shapes, root=self.root)
            return list(dict.fromkeys(lines(listed)))
        except GitError:
            return list(self._walked())

    def _walked(self) -> Iterator[str]:
        for folder, folders, names in os.walk(self.root):
            folders[:] = [f for f in folders if not f.startswith(".") and f != "node_modules"]
            relative = os.path.relpath(folder, self.root).replace(os.sep, "/")
            for name in names:
                if name.endswith(".py") or name in _CONFIGURING:
                    yield f"{relative}/{name}".removeprefix("./")

    @cached_property
    def declaring(self) -> list[str]:
        """Files that say which libraries the project has: requirements, lock files, settings.

        A wheel that is unpacked at the top says so in its metadata.
        """
        files = self._named(_DECLARING)
        return [path for path in files if not path.endswith("/METADATA") or path.count("/") == 1]

    @cached_property
    def beside(self) -> list[str]:
        """Files that codemods may ask beside those they treat: settings, and what git does not know yet.

        Settings are those that declare libraries, and pytest's.
        """
        names = tuple(dict.fromkeys((*_DECLARING, *_CONFIGURING)))
        listing = self._listed_as(names, "*.py")
        if listing is None:
            return self._named(names)
        is_setting = _shape_of(names).fullmatch
        return [
            path for tag, path in listing if is_setting(path) or (tag == "?" and path[-3:] == ".py")
        ]

    def _named(self, names: Sequence[str]) -> list[str]:
        """Files with such names anywhere in the repository, relative to it."""
        listing = self._listed_as(names)
        if listing is not None:
            return [path for _, path in listing if _shape_of(names).fullmatch(path)]
        paths = (path.relative_to(self.root) for name in names for path in self.root.rglob(name))
        return sorted({path.as_posix() for path in paths})

    def _listed_as(self, names: Sequence[str], *more: str) -> list[tuple[str, str]] | None:
        """What git lists with such ends of names, each with its tag; None where git cannot tell."""
        from gardener.errors import GitError
        from gardener.git import git, lines

        # Half as dear for git as `:(glob)**/name`, which says the same.
        shapes = (*(f"*{name}" for name in names), *more)
        try:
            listed = git("ls-files", "-tzco", "--exclude-standard", *shapes, root=self.root)
        except GitError:
            return None
        return list(dict.fromkeys((line[0], line[2:]) for line in lines(listed)))

    @cached_property
    def modules(self) -> NameResolver:
        """Modules and definitions of the repository and of what is installed for it."""
        from gardener.codemod.name_resolver import NameResolver
        from gardener.codemod.namespaces import namespaces

        return NameResolver(
            self.root,
            lambda: self.finder,
            lambda: self.libraries,
            lambda: self.memo("namespaces", lambda: namespaces(self.finder, self._sources)),
        )

    @cached_property
    def finder(self) -> ModuleFinder:
        """Where modules of the repository lie, as pytest and Python would find them."""
        from gardener.modules.distributions import DECLARING, distributions
        from gardener.modules.finder import ModuleFinder
        from gardener.modules.installed import installed, python_path
        from gardener.modules.search_path import SearchPath
        from gardener.pytest_config.settings import CONFIG_NAMES, Layout, settings_by_folder

        names = frozenset((*CONFIG_NAMES, *DECLARING))
        configuring = [path for path in self._listed if path.rpartition("/")[2] in names]
        sources = {path: self.read(path) for path in configuring}
        declared = distributions(sources)
        conftests = (p for p in self.files if p.rpartition("/")[2] == "conftest.py")
        search = SearchPath(
            Layout(settings_by_folder(sources)),
            declared,
            installed(self._top, self.site_packages, declared),
            python_path(self._top),
            any(b"sys.path" in self.read(conftest) for conftest in conftests),
        )
        return ModuleFinder(self.files, search)

    @cached_property
    def site_packages(self) -> list[str]:
        """Folders of the libraries that the project's environment has."""
        from gardener.modules.installed import library_folders

        return library_folders(self.root, self.config.python)

    @cached_property
    def libraries(self) -> list[str]:
        """Folders of the libraries that the project's environment has, then Python's own."""
        import sysconfig

        return [*self.site_packages, sysconfig.get_path("stdlib")]

    def full(self, path: str) -> str:
        """The absolute path of a file of the repository."""
        return os.path.join(self._top, path)  # noqa: PTH118

    def line_limit(self, path: str) -> int:
        """The longest line that formatters and linters allow a file; 88 when none says."""
        return self.said_limit(path) or _USUAL_LIMIT

    def said_limit(self, path: str) -> int:
        """The same, where the settings of one nearest to the file say so; 0 when none does."""
        folder = os.path.dirname(path)  # noqa: PTH120 - relative, with `/`
        return self.memo(f"line limit in {folder}", lambda: self._limit_in(folder))

    def _limit_in(self, folder: str) -> int:
        """The limit of the nearest folder, from this one upwards, whose settings say one."""
        for name, shape in _LIMITS:
            match = re.search(shape, self.read(f"{folder}/{name}" if folder else name))
            if match:
                return int(match[1]) if match[1] else _USUAL_LIMIT
        return self._limit_in(folder.rpartition("/")[0]) if folder else 0

    def is_beside(self, module: str, path: str, source: bytes) -> bool:
        """Whether a module of that name lies beside a file that is in no package.

        Run as a script, the file gets that one, be it named like the standard library's.
        """
        folder = os.path.dirname(path)  # noqa: PTH120 - relative, with `/`
        key = f"{module} lies beside {folder}"
        lies = self.memo(key, lambda: self._is_script_s(self.full(folder), module))
        return lies and not _RELATIVE.search(source)

    def _is_script_s(self, folder: str, module: str) -> bool:
        """Whether a folder that is no package holds a module."""
        from gardener.modules.search_path import module_file

        if os.path.isfile(f"{folder}/__init__.py"):  # noqa: PTH113
            return False
        return module_file(folder, module, os.path.isfile).endswith(".py")

    def read(self, path: str) -> bytes:
        """The bytes of a file of the project; none when it cannot be read."""
        try:
            with open(os.path.join(self._top, path), "rb") as file:  # noqa: PTH118, PTH123
                return file.read()
        except OSError:
            return b""

    def containing(self, text: str) -> list[str]:
        """Python files of the project that hold a text; each text is searched once in a run."""
        if text not in self._containing:
            group = next((texts for texts in TEXTS if text in texts), (text,))
            self._search([each for each in group if each not in self._containing])
        return self._containing[text]

    def remember_containing(self, text: str, paths: Sequence[str]) -> None:
        """Take over what a caller that has read all files knows."""
        self._containing[text] = list(paths)

    @property
    def searched(self) -> dict[str, list[str]]:
        """What is known of the texts that were searched for; another process may take it over."""
        return self._containing

    def _search(self, texts: Sequence[str]) -> None:
        """Find the files that hold each of some texts: what git finds is all that is read."""
        paths = self.matching(*texts, plain=True)
        if len(texts) == 1 and paths is not None:
            self._containing[texts[0]] = paths
            return
        files: dict[str, list[str]] = {text: [] for text in texts}
        for path in self.files if paths is None else paths:
            data = self.read(path)
            for text in texts:
                if text.encode() in data:
                    files[text].append(path)
        self._containing.update(files)

    def matching(
        self, *patterns: str, plain: bool = False, kinds: Sequence[str] = ("*.py",)
    ) -> list[str] | None:
        """Files in which git finds any of some extended regular expressions, or of some texts if `plain`.

        None where git cannot tell.
        """
        from gardener.errors import GitError
        from gardener.git import git, lines

        sought = [part for pattern in patterns for part in ("-e", pattern)]
        how = "-lzF" if plain else "-lzE"
        try:
            return lines(git("grep", how, "--untracked", *sought, "--", *kinds, root=self.root))
        except GitError as wrong:
            # Exit code 1 without a word: nothing found.
            return [] if "no message" in str(wrong) else None

    def _sources(self, pattern: str) -> Iterator[bytes]:
        """The texts of the files in which git finds a regular expression; of all where it cannot tell."""
        paths = self.matching(pattern)
        return map(self.read, self.files if paths is None else paths)

    def grep(self, text: str, *more_texts: str) -> Iterable[tuple[str, bytes]]:
        """Files of the project that hold all these texts, with their bytes."""
        for path in self.containing(text):
            data = self.read(path)
            if all(each.encode() in data for each in more_texts):
                yield path, data

    def takers(self, module: str, name: str) -> Iterator[str]:
        """Files that may take a name from a module, which is given by the last part of its own."""
        sought = (f"{module} import", f"{module} as ", f"{module}.{name}")
        paths = self.matching(*sought, plain=True)
        for path in self.files if paths is None else paths:
            data = self.read(path)
            if name.encode() in data and _takes(data, re.escape(module.encode()), name.encode()):
                yield path


def _shape_of(names: Iterable[str]) -> re.Pattern[str]:
    """A pattern for paths with such names in whatever folder; `*` stands for no `/`."""
    parts = (re.escape(name).replace(r"\*", "[^/]*") for name in names)
    return re.compile(f"(?:.*/)?(?:{'|'.join(parts)})", re.DOTALL)


def _takes(data: bytes, module: bytes, name: bytes) -> bool:
    """Whether a file's text reads a name from a module of that name, or imports it from there."""
    called = b"|".join([module, *re.findall(rb"\b%b\s+as\s+(\w+)" % module, data)])
    if re.search(rb"\b(?:%b)\s*\.\s*%b\b" % (called, name), data):
        return True
    brackets = rb"\((?:#[^\n]*|[^)#])*\)"
    line = rb"(?:\\\r?\n|[^\n#])*"
    lists = rb"\bfrom\s+[\w.]*\b%b\s+import\b\s*(%b|%b)" % (module, brackets, line)
    return any(re.search(rb"\b%b\b|\*" % name, each) for each in re.findall(lists, data))
