"""What the running Python's own parser tells of a file: a tenth of the time that libcst takes.

No edit is made by it: it says which code can be left out of libcst's tree, and which comments and
statements lie where.
"""

from __future__ import annotations

import ast
import re
import warnings
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache

from gardener.codemod.file_text import Comment, Unparsable
from gardener.codemod.outline import Statement

_MARKED = re.compile(rb"#[^\r\n]*?(?:gardener:|fmt:|yapf:|(?i:noqa))[^\r\n]*")
_ONE_STRING = re.compile(
    rb"(?i:[rbu]{0,2})"
    rb'(?:"""[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*"""'
    rb"|'''[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*'''"
    rb'|"(?:[^"\\]|\\.)*"'
    rb"|'(?:[^'\\]|\\.)*')",
    re.DOTALL,
)


@lru_cache(maxsize=4)
def tree_of(data: bytes) -> ast.Module | None:
    """The tree of some text in UTF-8; None for syntax that this Python does not know.

    It is asked for by several in turn, so the last ones are kept; nobody changes them.

    Raises:
        gardener.codemod.file_text.Unparsable: it is nested so deeply that other parsers end the process.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # invalid escapes and the like of user code
            return ast.parse(data.decode())
    except (SyntaxError, ValueError) as wrong:
        if "too many nested" in str(wrong):
            raise Unparsable(f"does not parse: {wrong}") from None
        return None
    except (RecursionError, MemoryError) as wrong:
        raise Unparsable(f"does not parse: {wrong or type(wrong).__name__}") from None


# --- comments -------------------------------------------------------------------------------


def marked_comments(data: bytes, tree: ast.Module, starts: Sequence[int]) -> list[Comment] | None:
    """Comments that may protect something; None where only a tokenizer can tell what is one."""
    comments: list[Comment] = []
    texts: list[tuple[int, int]] | None = None
    for match in _MARKED.finditer(data):
        if texts is None:
            texts = sorted(_texts(tree, starts))
        at = match.start()
        while at >= 0:
            text = _around(at, texts)
            if text is None:
                line = bisect_right(starts, at)
                comments.append(Comment(line, at, match.end(), data[at : match.end()].decode()))
                break
            if not _ONE_STRING.fullmatch(data, *text):
                return None  # between parts of a string there may be comments
            at = data.find(b"#", at + 1, match.end())
    return comments


def _texts(tree: ast.Module, starts: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Where strings lie."""
    stack: list[ast.AST] = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.JoinedStr) or (
            isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes))
        ):
            yield _span(node, starts)
        else:
            stack += ast.iter_child_nodes(node)


def _around(at: int, texts: Sequence[tuple[int, int]]) -> tuple[int, int] | None:
    before = bisect_right(texts, (at, len(texts) and texts[-1][1] + at)) - 1
    return texts[before] if before >= 0 and at < texts[before][1] else None


# --- statements -----------------------------------------------------------------------------


def statements_of(data: bytes, tree: ast.Module, starts: Sequence[int]) -> list[Statement]:
    """The statements, each with the end of its head, as `gardener.codemod.outline.of_tree` tells them."""
    return list(_in_block(tree.body, data, starts))


def _in_block(block: Sequence[ast.stmt], data: bytes, starts: Sequence[int]) -> Iterator[Statement]:
    for node in block:
        start, end = _span(node, starts)
        first = start
        for decorator in getattr(node, "decorator_list", ()):
            sign = data.rfind(b"@", 0, _span(decorator, starts)[0])
            first = min(first, sign)
        inside = sorted(_inside(node, data, starts), key=lambda statement: statement.whole)
        head_end = end
        if inside:
            head_end = start + len(data[start : max(start, inside[0].whole - 1)].rstrip())
        yield Statement(_kind(node), first, start, head_end, end, "", inside)


def _inside(node: ast.AST, data: bytes, starts: Sequence[int]) -> Iterator[Statement]:
    for field in ("body", "handlers", "cases", "orelse", "finalbody"):
        parts = getattr(node, field, ())
        for part in parts if isinstance(parts, list) else ():
            if not isinstance(part, ast.stmt) or _is_elif(node, field, part, data, starts):
                yield from _inside(part, data, starts)  # no statement of its own
            else:
                yield from _in_block([part], data, starts)


def _is_elif(node: ast.AST, field: str, part: ast.stmt, data: bytes, starts: Sequence[int]) -> bool:
    if field != "orelse" or not isinstance(node, ast.If) or not isinstance(part, ast.If):
        return False
    return data.startswith(b"elif", _span(part, starts)[0])


def _kind(node: ast.stmt) -> str:
    is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    is_text = is_text and isinstance(node.value.value, (str, bytes))  # type: ignore[attr-defined]
    return "Docstring" if is_text else type(node).__name__


def _span(node: ast.AST, starts: Sequence[int]) -> tuple[int, int]:
    assert isinstance(node, (ast.stmt, ast.expr))
    start = starts[node.lineno - 1] + node.col_offset
    return start, starts[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0)
