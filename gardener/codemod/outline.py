"""The statements of a file and where they lie, to tell whether an edit changes another one."""

from __future__ import annotations

import ast
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import libcst as cst

    from gardener.codemod.file_text import Edit

    Span = Callable[[cst.CSTNode], tuple[int, int]]


class Statement(NamedTuple):
    """One statement; offsets are bytes.

    `whole` is where it begins with its decorators, `start` without them; `head_end` is where
    a compound one's body begins. `lineage` are the kinds and names of what is around it.
    """

    kind: str
    whole: int
    start: int
    head_end: int
    end: int
    lineage: str
    inside: list[Statement]


def flat(statements: Iterable[Statement]) -> Iterator[Statement]:
    """All statements, outer ones before inner ones."""
    for statement in statements:
        yield statement
        yield from flat(statement.inside)


def altered(before: list[Statement], after: list[Statement], edits: Sequence[Edit]) -> int:
    """The offset of a statement that holds no edit and yet means something else; -1 = none.

    Every largest statement without an edit must stand at its moved place in the new tree, be
    of the same kind and just as long there (then the same bytes mean the same), and have
    ancestors of the same kinds and names, but for those whose head is edited.
    """
    moves = _Moves(edits)
    places: dict[int, Statement] = {}
    for statement in flat(after):
        places.setdefault(statement.whole, statement)
    stack: list[tuple[Statement, frozenset[int]]] = [(each, frozenset()) for each in before]
    while stack:
        statement, edited = stack.pop()
        if moves.touch(statement.whole, statement.end):
            if moves.touch(statement.whole, statement.head_end):
                edited |= {statement.lineage.count("/") + 1}
            stack += ((each, edited) for each in statement.inside)
            continue
        at = moves.moved(statement.whole)
        twin = places.get(at)
        same = (
            twin is not None
            and twin.kind == statement.kind
            and twin.end - at == statement.end - statement.whole
            and _are_alike(twin.lineage, statement.lineage, edited)
        )
        if not same:
            return statement.start
    return -1


def _are_alike(after: str, before: str, edited: frozenset[int]) -> bool:
    """Whether two lineages name the same, but for those of their parts whose heads are edited."""
    if after == before:
        return True
    new, old = after.split("/"), before.split("/")
    return len(new) == len(old) and all(
        new[number] == part or number in edited for number, part in enumerate(old)
    )


class _Moves:
    """Where offsets lie after some edits; text inserted exactly there comes before it."""

    def __init__(self, edits: Sequence[Edit]) -> None:
        self.edits = sorted(edits)
        self.starts = [edit.start for edit in self.edits]
        self.ends = [edit.end for edit in self.edits]
        self.added = [0]
        for edit in self.edits:
            growth = len(edit.text.encode()) - (edit.end - edit.start)
            self.added.append(self.added[-1] + growth)

    def touch(self, start: int, end: int) -> bool:
        touching = self.edits[bisect_left(self.ends, start) : bisect_right(self.starts, end)]
        return any(
            (e.start < end and start < e.end)
            or start < e.start <= end
            or (e.end == start and _joins_what_follows(e.text))
            for e in touching
        )

    def moved(self, offset: int) -> int:
        return offset + self.added[bisect_right(self.ends, offset)]


def _joins_what_follows(text: str) -> bool:
    """Whether what is put before a statement becomes a part of it (`await `, a decorator)."""
    last = text.rstrip().rpartition("\n")[2].lstrip()
    return bool(last) and (last[0] == "@" or text.rstrip(" \t")[-1] not in "\n\r;:")


# --- by `ast`, for all that the running Python can read ----------------------------------------


def of_ast(tree: ast.Module, starts: Sequence[int]) -> list[Statement]:
    """The statements of a tree; `starts` are the offsets of its lines."""
    return _below_ast(tree, starts, "")


def _below_ast(node: ast.AST, starts: Sequence[int], lineage: str) -> list[Statement]:
    statements: list[Statement] = []
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            continue
        inner = f"{lineage}/{type(child).__name__}:{getattr(child, 'name', '')}"
        if not isinstance(child, ast.stmt):
            statements += _below_ast(child, starts, inner)
            continue
        start = starts[child.lineno - 1] + child.col_offset
        end = starts[(child.end_lineno or 0) - 1] + (child.end_col_offset or 0)
        decorators = getattr(child, "decorator_list", [])
        # A decorator begins with its sign.
        whole = min((start, *(starts[d.lineno - 1] + d.col_offset - 1 for d in decorators)))
        inside = _below_ast(child, starts, inner)
        head_end = min((end, *(statement.whole for statement in inside)))
        kind = type(child).__name__
        statements.append(Statement(kind, whole, start, head_end, end, lineage, inside))
    return statements


# --- by libcst, for newer syntax ------------------------------------------------------------------


def of_tree(module: cst.Module, data: bytes, span: Span) -> list[Statement]:
    """The statements of a tree; `span` tells where in `data` a node lies."""
    return list(_in_body(data, span, module.body, ""))


def _in_body(
    data: bytes, span: Span, body: Iterable[cst.CSTNode], lineage: str
) -> Iterator[Statement]:
    import libcst as cst

    for node in body:
        if isinstance(node, (cst.SimpleStatementLine, cst.SimpleStatementSuite)):
            for small in node.body:
                start, end = span(small)
                text = isinstance(small, cst.Expr) and isinstance(
                    small.value, (cst.SimpleString, cst.ConcatenatedString)
                )
                kind = "Docstring" if text else type(small).__name__
                yield Statement(kind, start, start, end, end, lineage, [])
        else:
            yield _compound(data, span, node, lineage)


def _compound(data: bytes, span: Span, node: cst.CSTNode, lineage: str) -> Statement:
    import libcst as cst

    start, end = span(node)
    decorators = getattr(node, "decorators", ())
    whole = min((start, *(span(decorator)[0] for decorator in decorators)))
    inside: list[Statement] = []
    stack: list[tuple[cst.CSTNode, str]] = [(node, lineage)]
    while stack:
        part, around = stack.pop(0)
        name = getattr(part, "name", None)
        label = name.value if isinstance(name, cst.Name) else ""
        inner = f"{around}/{type(part).__name__}:{label}"
        body = getattr(part, "body", None)
        if isinstance(body, cst.IndentedBlock):
            inside += _in_body(data, span, body.body, inner)
        elif isinstance(body, cst.SimpleStatementSuite):
            inside += _in_body(data, span, [body], inner)
        parts = [getattr(part, field, None) for field in ("orelse", "finalbody")]
        parts += [*getattr(part, "handlers", ()), *getattr(part, "cases", ())]
        stack += [(further, inner) for further in parts if further is not None]
    inside.sort(key=lambda statement: statement.whole)
    head_end = end
    if inside:
        head = data[start : max(start, inside[0].whole - 1)]
        head_end = start + len(head.rstrip())
    return Statement(type(node).__name__, whole, start, head_end, end, lineage, inside)
