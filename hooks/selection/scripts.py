"""Scripts of a shell, and rules of `make`: who starts one depends on the programs that it names."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from gardener.model import Symbol
from gardener.pytest_config.entry_points import COMMANDS

from .file_kinds import BuiltInGlobs
from .link.imports import Modules, named_modules, relative_module, script_paths
from .parse.summaries import Summaries
from .script_starters import by_command, by_place, named_in_script, starters_of
from .tree import SourceTree

_MAKEFILES = BuiltInGlobs("Makefile", "makefile", "GNUmakefile", "**/*.mk")
_OF_RUNNERS = {
    "make": _MAKEFILES,
    "gmake": _MAKEFILES,
    "just": BuiltInGlobs("justfile", "Justfile", ".justfile"),
    "task": BuiltInGlobs("Taskfile.yml", "Taskfile.yaml"),
}
"""Files that a command finds by itself: nobody names them."""
_OF_SHELLS = BuiltInGlobs(
    *(
        "**/*.sh",
        "**/*.bash",
        "**/*.zsh",
        "**/*.ksh",
        "**/*.fish",
        "**/*.bat",
        "**/*.cmd",
        "**/*.ps1",
    )
)
_EXECUTABLE = "100755"
_TESTS = ("test", "conftest.py")
"""How names begin of what belongs to tests."""
_MODULE = re.compile(r"""(?:\s-m\s*|(?:^|[\s;"'(])(?:from|import)\s+)([A-Za-z_][\w.]*)""")
_FILE = re.compile(r"[\w./-]*\w\.py\b")
_WORD = re.compile(r"\$\(MAKE\)|[\w.-]+")
_COMMAND = re.compile(r"[\w.-]+(?![\w./-])")
"""A word that is no folder of a path: it may be the name of a program."""
_END_OF_PATH = re.compile(r"/[\w.-]+(?![\w./-])")


def started_by_scripts(
    tree: SourceTree, starts: Iterable[Symbol], files: Collection[str]
) -> dict[Symbol, str]:
    """The symbols that start a script which comes to a change, each with the reason.

    It does if it, or one of the `files` that it names, changed, or if a program that it starts
    imports a file with one of the `starts`; or if it starts such a script.
    """
    scripts = _Scripts(tree)
    touched = scripts.naming(files)
    starters = {
        script: symbols
        for script, symbols in scripts.starters().items()
        if scripts.may_come_to(script, touched)
    }
    imports = _Imports(tree.summaries, tree.modules)
    changed = frozenset(symbol.file for symbol in starts)
    for path in scripts.closed(starters) - touched:
        if imports.lead_to(scripts.programs[path], changed):
            touched.add(path)
    return {
        symbol: f"{script} comes to what changed, and it starts that"
        for script, symbols in starters.items()
        if not touched.isdisjoint(scripts.closed([script]))
        for symbol in symbols
    }


class _Scripts:
    """The scripts of a tree, with the words in them and the Python files that they start."""

    def __init__(self, tree: SourceTree) -> None:
        self._tree = tree
        paths = [path for path, entry in tree.files.items() if _is_script(path, entry.mode)]
        sources = tree.sources(paths) if paths else {}
        texts = {path: source.decode("utf-8", "replace") for path, source in sources.items()}
        self._words = {path: _words(text) for path, text in texts.items()}
        self._by_name = _by_name(texts)
        self.programs = {path: _programs(path, text, tree) for path, text in texts.items()}

    def naming(self, files: Collection[str]) -> set[str]:
        """The scripts that are among some files, or name one of them."""
        names = {path.rpartition("/")[2] for path in files}
        return {p for p, said in self._words.items() if p in files or not names.isdisjoint(said)}

    def starters(self) -> dict[str, list[Symbol]]:
        """The scripts that code starts, each with the symbols that do."""
        if not self._by_name:
            return {}
        # The code of an application does not start its own scripts by a name that has to be on PATH.
        return starters_of(
            self._by_name, self._tree.summaries, self._tree.root, among_tests=self._is_among_tests
        )

    def _is_among_tests(self, path: str) -> bool:
        return path in self._tree.tests or any(part.startswith(_TESTS) for part in path.split("/"))

    def may_come_to(self, script: str, touched: Collection[str]) -> bool:
        """Whether a script, or one that it starts, starts a program or is touched."""
        return any(path in touched or self.programs[path] for path in self.closed([script]))

    def closed(self, scripts: Iterable[str]) -> set[str]:
        """Some scripts, and those that these start."""
        closed = set(scripts)
        queue = list(closed)
        while queue:
            for name in named_in_script(self._by_name, self._words[queue.pop()]):
                fresh = set(self._by_name[name]) - closed
                closed |= fresh
                queue += fresh
        return closed


def _is_script(path: str, mode: str) -> bool:
    if path.endswith(".py"):
        return False
    is_command = mode == _EXECUTABLE and "." not in path.rpartition("/")[2]
    return is_command or _OF_SHELLS.fit(path) or _is_found(path)


def _is_found(path: str) -> bool:
    """Whether a command finds a file by itself."""
    return any(globs.fit(path) for globs in _OF_RUNNERS.values())


def _words(text: str) -> frozenset[str]:
    """The words of a script, and the ends of its paths."""
    return frozenset((*_WORD.findall(text), *_END_OF_PATH.findall(text)))


def _by_name(scripts: Mapping[str, str]) -> dict[str, list[str]]:
    """Scripts by what starts them: their names, and the runners that find them.

    One whose name has no ending is told by where it lies (`by_place`), and by a command of that
    name (`by_command`) if its first line says what runs it: a word such as `release` is in any text.
    """
    by_name: dict[str, list[str]] = {}
    for path, text in scripts.items():
        name = path.rpartition("/")[2]
        if "." in name or _is_found(path):
            keys = [name]
        else:
            keys = [by_place(path), *([by_command(name)] if text.startswith("#!") else ())]
        for runner, globs in _OF_RUNNERS.items():
            if globs.fit(path):
                keys += [runner, f"$({runner.upper()})"]
        for key in keys:
            by_name.setdefault(key, []).append(path)
    return by_name


def _programs(path: str, text: str, tree: SourceTree) -> set[str]:
    """The Python files that a script starts, or imports on a command line."""
    modules = tree.modules
    programs = {f for name in _MODULE.findall(text) for f in named_modules(name, path, modules)}
    for name in _FILE.findall(text):
        programs.update(script_paths(name, modules))
    words = frozenset(_COMMAND.findall(text))
    for point in tree.layout.entry_points:
        if point.group in COMMANDS and point.name in words:
            module = point.target.partition(":")[0]
            programs.update(named_modules(module, f"{point.folder}/", modules))
    return programs


class _Imports:
    """Which files come to run where some do."""

    def __init__(self, summaries: Summaries, modules: Modules) -> None:
        self._summaries = summaries
        self._modules = modules
        self._imported: dict[str, tuple[str, ...]] = {}

    def lead_to(self, files: Iterable[str], changed: Collection[str]) -> bool:
        """Whether one of these files is, or imports, a changed one."""
        visited = set(files)
        row = visited
        while row:
            if not row.isdisjoint(changed):
                return True
            self._summaries.fetch(sorted(row - self._imported.keys()))  # not one by one
            row = {imported for path in row for imported in self._imports(path)} - visited
            visited |= row
        return False

    def _imports(self, path: str) -> tuple[str, ...]:
        if path not in self._imported:
            self._imported[path] = tuple(dict.fromkeys(self._find(path)))
        return self._imported[path]

    def _find(self, path: str) -> Iterator[str]:
        """What a file imports, or names as a module, with the packages around it."""
        folder = path.rpartition("/")[0]
        while folder:
            package = f"{folder}/__init__.py"
            if package in self._modules.paths:
                yield package
            folder = folder.rpartition("/")[0]
        if path not in self._summaries:
            return
        summary, folder = self._summaries[path], path.rpartition("/")[0]
        for statement in summary.imports:
            module = relative_module(path, statement.level, statement.module)
            yield from self._modules.resolve(module, folder)
            for name in statement.names:
                yield from self._modules.resolve(f"{module}.{name}", folder)
        for definition in summary.definitions:
            for name in definition.dynamic_imports:
                yield from named_modules(name, path, self._modules)
            for text in definition.strings.dotted:
                parts = text.replace(":", ".").split(".")
                for end in range(len(parts), 0, -1):
                    yield from self._modules.resolve(".".join(parts[:end]), folder)
