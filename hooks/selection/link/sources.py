"""Edges for Python files that code reads as text: checks of licences and style, `exec` of a file."""

from __future__ import annotations

from collections.abc import Iterator

from gardener.model import Symbol

from ..parse.summary import Definition, Summary
from .context import Context
from .imports import script_paths
from .nodes import ANY_SOURCE, ImportedModule, reachable, source

_READING = frozenset({"open", "read_text", "read_bytes", "readlines", "getlines", "getline",
                      "get_source", "get_data"})  # fmt: skip
_LISTING = frozenset({"listdir", "scandir", "iterdir", "glob", "iglob", "rglob", "walk"})
_GIVING_SOURCE = frozenset({"getsource", "getsourcelines", "findsource"})
_GIVING_FILE = frozenset({"getsourcefile", "getfile"})
_COMPILING = frozenset({"compile_dir", "compile_file", "py_compile"})
_CHECKERS = frozenset({"ruff", "flake8", "pyflakes", "pycodestyle", "pylint", "mypy", "pyright",
                       "black", "isort", "bandit", "vulture", "pydocstyle", "interrogate",
                       "compileall", "py_compile", "tabnanny", "basedpyright", "pyrefly", "ty",
                       "pyupgrade", "autopep8", "yapf", "autoflake", "docformatter", "refurb",
                       "radon", "xenon", "semgrep", "lint-imports", "slotscheck"})  # fmt: skip
"""Commands that read Python files as text."""


class SourceReads:
    """Adds edges to the texts of Python files that the symbols of a file may read."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def link(self, path: str, summary: Summary) -> None:
        """Link all symbols of a file: most files name no Python file, and that is soon seen."""
        named = {d.name: _python_files(d) for d in summary.definitions}
        if any(named.values()):
            self._link_files(path, summary, named)
        last_names = [_last_names(d) for d in summary.definitions]
        reads = any(not _READING.isdisjoint(used) for used in last_names)
        for definition, used in zip(summary.definitions, last_names, strict=True):
            symbol = Symbol(path, definition.name)
            if not (_CHECKERS.isdisjoint(_commands(definition)) and _COMPILING.isdisjoint(used)):
                self.context.need(symbol, ANY_SOURCE)
            given = _GIVING_SOURCE | _GIVING_FILE if reads else _GIVING_SOURCE
            if not given.isdisjoint(used):
                self._link_mentioned(symbol, definition)
            if _runs_what_it_reads(definition, used) and not named[definition.name]:
                self.context.need(symbol, ANY_SOURCE)
            if reads:
                self._link_paths(symbol, definition, used)

    def _link_paths(self, symbol: Symbol, definition: Definition, used: set[str]) -> None:
        """Link files of modules that are asked for their paths, where the file reads what it opens."""
        if "origin" in used and not used.isdisjoint(("find_spec", "__spec__")):
            self.context.need(symbol, ANY_SOURCE)
        for chain in definition.names:
            if chain.endswith(".__file__"):
                self._link_source(symbol, chain.removesuffix(".__file__"))

    def _link_files(self, path: str, summary: Summary, named: dict[str, list[str]]) -> None:
        """Link what reads files, or lists them, where some are named in full or by their ending."""
        file = _ReadFile(summary, named)
        by_ending = file.by_ending()
        for name, texts in named.items():
            symbol = Symbol(path, name)
            for text in texts if file.may_read(name) else ():
                for script in script_paths(text, self.context.modules):
                    self.context.need(symbol, source(script))
            if name in by_ending:
                self.context.need(symbol, ANY_SOURCE)

    def _link_mentioned(self, symbol: Symbol, definition: Definition) -> None:
        """Link what `inspect.getsource` may be given: what it names, or all that is named beside it."""
        for chain in definition.inspected or definition.names:
            self._link_source(symbol, chain)

    def _link_source(self, symbol: Symbol, chain: str) -> None:
        """Link the text of the file that a chain of names comes from."""
        folder = symbol.file.rpartition("/")[0]
        for target in self.context.classes.resolve(symbol.file, chain).targets:
            files: tuple[str, ...] = (target[0],)
            if isinstance(target, ImportedModule):
                files = self.context.modules.resolve(target.name, folder)
            for file in files:
                if file != symbol.file:
                    self.context.need(symbol, source(file))


class _ReadFile:
    """Which definitions of a file read files, and which of them lead to these by name.

    `named` are the strings in each that name Python files.
    """

    def __init__(self, summary: Summary, named: dict[str, list[str]]) -> None:
        self._definitions = {d.name: d for d in summary.definitions}
        self._named = named
        uses = {d.name: _last_names(d) for d in summary.definitions}
        self._readers = {
            n for n, used in uses.items() if not (_READING | _LISTING).isdisjoint(used)
        }
        self._lists = any(not _LISTING.isdisjoint(used) for used in uses.values())
        self._by_last_name: dict[str, list[str]] = {}
        for name in self._definitions if self._readers else ():
            self._by_last_name.setdefault(name.rpartition(".")[2], []).append(name)

    def may_read(self, name: str) -> bool:
        """Whether what a definition names is read in this file: it leads to a reader, or one to it."""
        return not self._readers.isdisjoint(self._around(name)) or any(
            name in self._around(reader) for reader in self._readers
        )

    def by_ending(self) -> set[str]:
        """The definitions that may read Python files of which the file names only the ending.

        Where it lists folders, what reads there may be given the files from elsewhere in it. Else
        the ending is part of a computed name: it counts for what leads to it and to what reads.
        """
        endings = {name for name, texts in self._named.items() if any(map(_is_ending, texts))}
        if not endings or self._lists:
            return self._readers if endings else set()
        near = {name: set(reachable(name, self._named_by)) for name in self._definitions}
        return {
            name
            for name, ends in near.items()
            if not (ends.isdisjoint(endings) or ends.isdisjoint(self._readers))
        }

    def _around(self, name: str) -> set[str]:
        """What a definition leads to, also by attributes that it uses itself, of whatever object."""
        used = self._definitions[name].attributes.names
        starts = (name, *(n for last in used for n in self._by_last_name.get(last, ())))
        return {end for start in starts for end in reachable(start, self._named_by)}

    def _named_by(self, name: str) -> Iterator[str]:
        """The definitions that one names, or asks for: methods only where it uses them on `self`."""
        definition = self._definitions[name]
        owner = name.rpartition(".")[0]
        methods = (f"{owner}.{used}" for used in definition.attributes.on_self if owner)
        roots = (chain.partition(".")[0] for chain in definition.names)
        for other in (*roots, *methods, *definition.header.parameters):
            if other in self._definitions:
                yield other


def _python_files(definition: Definition) -> list[str]:
    """The strings that name Python files: `pkg/m.py`, `*.py`, `.py`."""
    strings = definition.strings
    return [text for text in (*strings.texts, *strings.dotted) if text.endswith((".py", "*.py*"))]


def _is_ending(text: str) -> bool:
    """Whether a string names Python files by their ending, or by a glob."""
    return text == ".py" or "*" in text or "{" in text


def _commands(definition: Definition) -> tuple[str, ...]:
    """The commands that a definition starts, and the modules that it runs by `-m`."""
    strings = definition.strings
    return (*strings.commands, *(definition.dynamic_imports if "-m" in strings.texts else ()))


def _last_names(definition: Definition) -> set[str]:
    names = (chain.rpartition(".")[2] for chain in definition.names)
    return {*definition.attributes.names, *names}


def _runs_what_it_reads(definition: Definition, used: set[str]) -> bool:
    """Whether a definition gives `exec` what it reads itself: which file may come from its callers."""
    return "exec" in definition.names and not _READING.isdisjoint(used)
