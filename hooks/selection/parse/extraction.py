"""Summarizes a file: its imports, its definitions, and what each of them mentions."""

from __future__ import annotations

import ast

from .doctests import DOCTESTS, docstrings
from .outline import assigned_markers, outline_of, plugins_of
from .program import PROGRAM, note_starts
from .strings import IDENTIFIER
from .summary import DOTTED, Summary
from .top_level import TopLevel
from .unparsed import summarize_unparsed

_LONGEST_TEXT = 200_000  # characters of a non-Python file that are read


def summarize(source: bytes) -> Summary:
    """Read one Python file; never raises for what is in it."""
    try:
        tree = ast.parse(source)
        texts = [text for _, text in docstrings(tree.body)] if DOCTESTS.encode() in source else []
        reader = TopLevel(walrus=bool(texts) or b":=" in source)
        reader.statements(tree.body)
        if PROGRAM in reader.file.bodies:
            note_starts(tree, reader.file.bodies)
        for text in texts:
            reader.doctests(text)
        return _summary(reader, tree.body)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None)
        where = f" (line {line})" if line else ""
        return summarize_unparsed(source, f"does not parse: {getattr(error, 'msg', error)}{where}")


def summarize_text(source: bytes) -> Summary:
    """Read the doctests of a non-Python file."""
    text = source.decode("utf-8", "replace")[:_LONGEST_TEXT]
    reader = TopLevel(walrus=True)
    reader.doctests(text)
    # A conftest may look for what the file names.
    module = reader.file.module
    module.identifiers.update(dict.fromkeys(IDENTIFIER.findall(text)))
    module.dotted.update(dict.fromkeys(DOTTED.findall(text)))
    return _summary(reader, [])


def _summary(reader: TopLevel, statements: list[ast.stmt]) -> Summary:
    file = reader.file
    return Summary(
        imports=tuple(file.imports),
        definitions=tuple(body.definition() for body in file.bodies.values()),
        aliases={name: tuple(origins) for name, origins in file.aliases.items()},
        stars=tuple(file.stars),
        outline=tuple(outline_of(statements)),
        markers=tuple(assigned_markers(statements)),
        plugins=tuple(plugins_of(statements)),
    )
