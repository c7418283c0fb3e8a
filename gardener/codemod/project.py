"""What codemods may know about the repository around a file: read late, and only once."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

if TYPE_CHECKING:
    from gardener.codemod.modules import Modules
    from gardener.config import Config


T = TypeVar("T")

TEXTS = (
    *("import *", "patch", "attr(", ".datetime =", "tz_offset"),
    *("pydantic", ".Config", "'Config'", '"Config"'),
)
"""What codemods search all files for once one file has something to mend."""


class Project:
    """A repository, its settings and its Python files."""

    def __init__(
        self, root: Path, config: Config, *, unsafe: bool = False, reports: Sequence[Path] = ()
    ) -> None:
        self.root = root
        self.config = config
        self.unsafe = unsafe
        self.reports = tuple(reports)
        self.treated = 0
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
        full = os.path.realpath(path)
        return os.path.relpath(full, self._top).replace(os.sep, "/")

    @cached_property
    def files(self) -> list[str]:
        """Python files of the repository, relative to it; all below `root` without git."""
        from gardener.errors import GitError
        from gardener.git import git, lines

        try:
            listed = git("ls-files", "-z", "-co", "--exclude-standard", "*.py", root=self.root)
            return list(dict.fromkeys(lines(listed)))
        except GitError:
            found = []
            for folder, folders, names in os.walk(self.root):
                folders[:] = [f for f in folders if not f.startswith(".") and f != "node_modules"]
                here = os.path.relpath(folder, self.root)
                found += [f"{here}/{n}".removeprefix("./") for n in names if n.endswith(".py")]
            return found

    @cached_property
    def modules(self) -> Modules:
        """Modules and definitions of the repository and of what is installed for it."""
        from gardener.codemod.modules import Modules

        return Modules(self.root, lambda: self.files, lambda: self.libraries)

    @cached_property
    def libraries(self) -> list[str]:
        """Folders of the libraries that the project's environment has, then Python's own."""
        import sysconfig

        found: list[str] = []
        homes = [self.config.python and str(Path(self.config.python).parent.parent)]
        homes += [os.environ.get("VIRTUAL_ENV", ""), os.environ.get("CONDA_PREFIX", "")]
        homes += [str(self.root / name) for name in (".venv", "venv", "env")]
        for home in filter(None, homes):
            found += [str(p) for p in sorted(Path(home).glob("lib/python3*/site-packages"))]
            found += [str(p) for p in Path(home).glob("Lib/site-packages")]
        return [*dict.fromkeys(found), sysconfig.get_path("stdlib")]

    def full(self, path: str) -> str:
        """The absolute path of a file of the repository."""
        return os.path.join(self._top, path)  # noqa: PTH118

    @cached_property
    def line_length(self) -> int:
        """The longest line that the project's formatter allows; 88 when it does not say."""
        match = re.search(rb"(?m)^line[-_]length\s*=\s*(\d+)", self.read("pyproject.toml"))
        return int(match[1]) if match else 88

    @cached_property
    def minimum_python(self) -> tuple[int, int] | None:
        """The oldest Python that pyproject.toml asks for; None when it does not say."""
        try:
            text = (self.root / "pyproject.toml").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return None
        match = re.search(
            r"""^requires-python\s*=\s*["'][^"'\n]*>=\s*(\d+)\.(\d+)""", text, re.MULTILINE
        )
        return (int(match[1]), int(match[2])) if match else None

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
            if text in TEXTS:
                self._survey()
            else:
                self._containing[text] = self._searched(text)
        return self._containing[text]

    def remember_containing(self, text: str, paths: Sequence[str]) -> None:
        """Take over what a caller that has read all files knows."""
        self._containing[text] = list(paths)

    @property
    def searched(self) -> dict[str, list[str]]:
        """What is known of the texts that were searched for; another process may take it over."""
        return self._containing

    def _survey(self) -> None:
        """Search for all the texts that codemods ask for at once: the files are read only once."""
        wanted = [(text, text.encode()) for text in TEXTS if text not in self._containing]
        found: dict[str, list[str]] = {text: [] for text, _ in wanted}
        for path in self.files:
            data = self.read(path)
            for text, needle in wanted:
                if needle in data:
                    found[text].append(path)
        self._containing.update(found)

    def _searched(self, text: str) -> list[str]:
        from gardener.errors import GitError
        from gardener.git import git, lines

        try:
            found = git("grep", "-lzF", "--untracked", "-e", text, "--", "*.py", root=self.root)
            return lines(found)
        except GitError as wrong:
            if "no message" in str(wrong):  # exit code 1 without a word: nothing found
                return []
            return [path for path in self.files if text.encode() in self.read(path)]

    def grep(self, text: str, *others: str) -> Iterable[tuple[str, bytes]]:
        """Files of the project that hold all these texts, with their bytes."""
        for path in self.containing(text):
            data = self.read(path)
            if all(other.encode() in data for other in others):
                yield path, data
