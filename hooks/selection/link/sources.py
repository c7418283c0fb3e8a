"""Edges for Python files that code reads as text: checks of licences and style, `exec` of a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gardener.model import Symbol

from ..parse.summary import Definition, Summary
from .context import Context
from .imports import script_paths
from .nodes import ANY_SOURCE, ImportedModule, reachable, source

_READING = frozenset({"open", "read_text", "read_bytes", "readlines", "getlines", "getline",
                      "get_source", "get_data"})  # fmt: skip
_LISTING = frozenset({"listdir", "scandir", "iterdir", "glob", "iglob", "rglob", "walk"})
_GIVING_SOURCE = frozenset({"getsource", "getsourcelines", "findsource"})
_CHECKERS = frozenset({"ruff", "flake8", "pyflakes", "pycodestyle", "pylint", "mypy", "pyright",
                       "black", "isort", "bandit", "vulture", "pydocstyle", "interrogate"})  # fmt: skip
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
        for definition in summary.definitions:
            symbol = Symbol(path, definition.name)
            if not _CHECKERS.isdisjoint(_commands(definition)):
                self.context.need(symbol, ANY_SOURCE)
            if not _GIVING_SOURCE.isdisjoint(_last_names(definition)):
                self._link_mentioned(symbol, definition)

    def _link_files(self, path: str, summary: Summary, named: dict[str, list[str]]) -> None:
        """Link what reads files, or lists them, where some are named in full or by their ending."""
        uses = {d.name: _last_names(d) for d in summary.definitions}
        reads = any(not _READING.isdisjoint(names) for names in uses.values())
        by_ending = _by_ending(summary, named, uses)
        for name, texts in named.items():
            symbol = Symbol(path, name)
            for text in texts if reads else ():
                for file in script_paths(text, self.context.modules):
                    self.context.need(symbol, source(file))
            if name in by_ending:
                self.context.need(symbol, ANY_SOURCE)

    def _link_mentioned(self, symbol: Symbol, definition: Definition) -> None:
        """Link what `inspect.getsource` may be given: all that is named beside it."""
        folder = symbol.file.rpartition("/")[0]
        for chain in definition.names:
            for target in self.context.classes.resolve(symbol.file, chain).targets:
                files: tuple[str, ...] = (target[0],)
                if isinstance(target, ImportedModule):
                    files = self.context.modules.resolve(target.name, folder)
                for file in files:
                    if file != symbol.file:
                        self.context.need(symbol, source(file))


def _by_ending(
    summary: Summary, named: dict[str, list[str]], uses: dict[str, set[str]]
) -> set[str]:
    """The definitions that may read Python files of which some name in their file is only the ending.

    Where the file lists folders, what reads there may be given the files from elsewhere in it. Else
    the ending is part of a computed name: it counts for what leads to it and to what reads.
    """
    endings = {name for name, texts in named.items() if any(map(_is_ending, texts))}
    readers = {name for name, used in uses.items() if not (_READING | _LISTING).isdisjoint(used)}
    if not endings or not readers:
        return set()
    if any(not _LISTING.isdisjoint(used) for used in uses.values()):
        return readers
    definitions = {d.name: d for d in summary.definitions}
    near = {name: set(reachable(name, lambda n: _named_by(n, definitions))) for name in definitions}
    return {
        n for n, ends in near.items() if not (ends.isdisjoint(endings) or ends.isdisjoint(readers))
    }


def _named_by(name: str, definitions: Mapping[str, Definition]) -> Iterator[str]:
    """The definitions of its file that one names: methods only where it uses them on `self`."""
    definition = definitions[name]
    owner = name.rpartition(".")[0]
    methods = (f"{owner}.{used}" for used in definition.attributes.on_self if owner)
    for other in (*(chain.partition(".")[0] for chain in definition.names), *methods):
        if other in definitions:
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
