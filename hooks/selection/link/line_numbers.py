"""Edges for what may look at numbers of lines: of frames, tracebacks, warnings, log records, code."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gardener.model import Symbol

from ..parse.summary import Definition, Summary
from .context import Context
from .nodes import (
    LINES,
    LINES_COMPARED,
    LINES_GIVEN,
    LINES_OF_CODE,
    LINES_SEEN,
    LINES_TOLD,
    Node,
    lines_in,
)

_OF_FRAMES = frozenset({"f_lineno", "tb_lineno", "findCaller", "getframeinfo", "extract_stack",
                        "extract_tb", "walk_stack", "walk_tb"})  # fmt: skip
"""What gives numbers of lines that run."""
_OF_CODE = frozenset({"co_firstlineno", "co_lines", "co_positions", "co_lnotab", "findlinestarts",
                      "getsourcelines", "findsource"})  # fmt: skip
"""What gives numbers of lines of code that need not run."""
_BY_TESTS = frozenset({"lineno", "end_lineno", "tb_lasti", "format_exc", "format_exception",
                       "format_tb", "format_stack", "format_list", "TracebackException",
                       "StackSummary", "reprcrash"})  # fmt: skip
"""What means such a number, or a text with one, where a test uses it."""
_TELLING = frozenset({"format_exc", "format_exception", "format_tb", "format_stack", "print_exc",
                      "print_exception", "print_tb", "print_stack", "print_last", "dump_traceback",
                      "TracebackException", "caplog", "formatException", "showwarning",
                      "formatwarning"})  # fmt: skip
"""What makes texts with numbers of lines."""
_FORMAT = re.compile(r"%\(lineno\)|\{lineno|\{record\.lineno|\{record\.line\b|\{line\}")
"""Numbers of lines in formats of log records, and of warnings."""
_IN_FILE = re.compile(r"([\w-]+\.pyi?)(?::|[\"'],? line |, line )\d")
"""A line of a file of a known name: `m.py:3`, `File "m.py", line 3`."""
_IN_PYTHON = re.compile(
    r"(?<![\w-])\.?pyi?:[\d{]|(?<![\w-])\.pyi?[\"'],? line |, line [\d{][^,]*, in "
)
"""A line of a file of Python code whose name is not said."""
_A_LINE = re.compile(r", line [\d{]|\b(?:on|at) line [\d{]|^line \d+$")
"""A line of some text."""
_MAYBE_A_LINE = re.compile(r"\blines? \d|[A-Za-z_)\]]:\d{1,4}(?!\d)|\.pyi?\(\d")
"""What may be one, and anything else, too."""
_READING = frozenset({"open", "read_text", "read_bytes", "getlines"})
_COMPARING = re.compile(r"snapshot(_\w+)?|\w+_regression|golden(_files?)?|approvals")
"""Names of fixtures that compare with what was kept."""
_TEST_FOLDERS = frozenset({"tests", "test", "testing", "e2e"})


class LineReads:
    """Adds edges from what may look at numbers of lines, or tells them, to nodes that say so."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def link(self, path: str, summary: Summary) -> None:
        """Link all definitions of a file."""
        looks = _seen_by_tests if self._is_of_tests(path) else _given_by
        for definition in summary.definitions:
            for node in looks(definition):
                self.context.need(Symbol(path, definition.name), node)

    def _is_of_tests(self, path: str) -> bool:
        *folders, name = path.split("/")
        return (
            path in self.context.tests
            or name == "conftest.py"
            or not _TEST_FOLDERS.isdisjoint(folders)
        )


def _given_by(definition: Definition) -> Iterator[Node]:
    """What code of the project does with numbers of lines."""
    used = _last_names(definition)
    if not (_OF_FRAMES | _OF_CODE).isdisjoint(used) or "inspect.stack" in definition.names:
        yield LINES_GIVEN
        yield LINES_TOLD
    texts = (*definition.strings.texts, *definition.strings.dotted)
    if not _TELLING.isdisjoint(used) or any(map(_FORMAT.search, texts)):
        yield LINES_TOLD


def _seen_by_tests(definition: Definition) -> Iterator[Node]:
    """What a test, or a helper of tests, looks at."""
    used = _last_names(definition)
    if not (_BY_TESTS | _OF_FRAMES).isdisjoint((*used, *definition.strings.identifiers)):
        yield LINES
    if not _OF_CODE.isdisjoint(used):
        yield LINES_OF_CODE
    texts = (*definition.strings.texts, *definition.strings.dotted)
    if not _TELLING.isdisjoint(used) or any(map(_FORMAT.search, texts)):
        yield LINES_TOLD
    for text in texts:
        names = _IN_FILE.findall(text)
        yield from map(lines_in, names)
        if not names and _IN_PYTHON.search(text):
            yield LINES
    if any(map(_A_LINE.search, texts)):
        yield LINES_SEEN
    compares = any(map(_COMPARING.fullmatch, definition.header.parameters))
    if compares or not _READING.isdisjoint(used) or any(map(_MAYBE_A_LINE.search, texts)):
        yield LINES_COMPARED


def _last_names(definition: Definition) -> set[str]:
    names = (chain.rpartition(".")[2] for chain in definition.names)
    return {*definition.attributes.names, *names, *definition.header.parameters}
