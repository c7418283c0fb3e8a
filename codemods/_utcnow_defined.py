"""A function by a `def`, in the place of a name that was given `datetime.utcnow`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import libcst as cst

if TYPE_CHECKING:
    from gardener.codemod.command import Command

_BLANK = cst.EmptyLine(indent=False)


def define(command: Command, line: cst.SimpleStatementLine, function: cst.Lambda) -> None:
    """Define a function in the place of a line that gives one name a value."""
    statement = cst.ensure_type(line.body[0], cst.Assign)
    name = cst.ensure_type(statement.targets[0].target, cst.Name)
    block = command.index.parent[line]
    body: Sequence[cst.BaseStatement] = block.body  # type: ignore[attr-defined]
    blanks = 2 if block is command.module else 1
    place = body.index(line)
    inner = cst.SimpleStatementLine([cst.Return(function.body)])
    body_of = cst.IndentedBlock([inner], header=line.trailing_whitespace)
    new = cst.FunctionDef(cst.Name(name.value), function.params, body_of, leading_lines=())

    def defined(updated: cst.SimpleStatementLine) -> cst.FunctionDef:
        lines = updated.leading_lines
        return new.with_changes(leading_lines=_apart(lines, blanks) if place else lines)

    command.change(line, defined)
    for following in body[place + 1 :][:1]:
        command.change(following, partial(_below, blanks=blanks))


def _below(updated: cst.BaseStatement, blanks: int) -> cst.BaseStatement:
    lines: Sequence[cst.EmptyLine] = updated.leading_lines  # type: ignore[attr-defined]
    return updated.with_changes(leading_lines=_apart(lines, blanks))


def _apart(lines: Sequence[cst.EmptyLine], blanks: int) -> list[cst.EmptyLine]:
    """Lines that begin with as many blank ones, or more."""
    there = next((n for n, line in enumerate(lines) if line.comment is not None), len(lines))
    return [*[_BLANK] * (blanks - there), *lines]
