"""A file with newer syntax than the running Python's as this Python can read it.

What codemods ask of other files (which names they define, deprecate and patch) is read with `ast`,
which is cheap. Where it does not know the syntax, libcst does: what is new is written in an older
way, line for line, and only read, never written anywhere.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import libcst as cst

    from gardener.codemod.file_text import Edit
    from gardener.codemod.tree import ParsedFile


def in_older_syntax(raw: bytes, path: str) -> bytes | None:
    """The text of a file without newer syntax, its lines where they were; None if that is not possible."""
    from gardener.codemod.file_text import Unparsable
    from gardener.codemod.tree import ParsedFile

    try:
        file = ParsedFile(raw, path)
        text = file.spliced(_edits(file))
        return text if _is_readable(text.decode(file.encoding)) else None
    except (Unparsable, ValueError, RecursionError):
        return None


def _is_readable(text: str, mode: str = "exec") -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text, mode=mode)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _edits(file: ParsedFile) -> Iterator[Edit]:
    """What replaces the newer syntax."""
    import libcst as cst

    from gardener.codemod.file_text import Edit

    strings = (cst.FormattedString, cst.ConcatenatedString, getattr(cst, "TemplatedString", ()))
    kinds = tuple(kind for kind in strings if kind)
    parts: list[cst.CSTNode] = [file.module]
    while parts:
        node = parts.pop()
        start, end = file.span(node)
        if isinstance(node, cst.TypeParameters):
            yield Edit(start, end, _blank(file.data[start:end]))
        elif isinstance(node, cst.TypeAlias):
            lines = file.data[start:end].count(b"\n")
            yield Edit(start, end, f"{node.name.value} = None" + " \\\n" * lines)
        elif isinstance(node, cst.ExceptStarHandler):
            star = file.data.index(b"*", start)
            yield Edit(star, star + 1, " ")
            parts += node.children
        elif isinstance(node, kinds):
            written = file.data[start:end].decode()
            if not _is_readable(f"({written})", "eval"):
                plain = "".join(_texts(node, file))
                yield Edit(start, end, f"({plain!r}" + "\n" * written.count("\n") + ")")
        else:
            parts += node.children


def _blank(text: bytes) -> str:
    """Spaces, and lines that go on."""
    return "".join("\\\n" if char == "\n" else " " for char in text.decode())


def _texts(node: cst.CSTNode, file: ParsedFile) -> Iterator[str]:
    """The text of a string, with its expressions in braces."""
    import libcst as cst

    if isinstance(node, cst.SimpleString):
        text = node.evaluated_value
        yield text if isinstance(text, str) else ""
    elif isinstance(node, cst.FormattedStringText):
        yield node.value
    elif isinstance(node, cst.FormattedStringExpression):
        yield f"{{{file.module.code_for_node(node.expression)}}}"
    else:
        for child in node.children:
            yield from _texts(child, file)
