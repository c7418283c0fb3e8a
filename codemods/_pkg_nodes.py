"""Imports of pkg_resources, and the lines that take their places."""

from __future__ import annotations

import re
from collections.abc import Sequence

import libcst as cst

OLD = "pkg_resources"


def followed(
    line: cst.SimpleStatementLine, lines: list[cst.SimpleStatementLine]
) -> cst.FlattenSentinel[cst.SimpleStatementLine]:
    return cst.FlattenSentinel([line, *lines])


def replaced(
    _line: cst.SimpleStatementLine, lines: list[cst.SimpleStatementLine]
) -> cst.FlattenSentinel[cst.SimpleStatementLine]:
    return cst.FlattenSentinel(lines)


def without(statement: cst.Import, keep: Sequence[int]) -> cst.Import:
    """An import with some of its names alone."""
    names = [statement.names[number] for number in keep]
    names[-1] = names[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
    return statement.with_changes(names=names)


def imports_it(statement: cst.Import | cst.ImportFrom) -> bool:
    if isinstance(statement, cst.ImportFrom):
        module = statement.module
        return isinstance(module, cst.Name) and module.value == OLD and not statement.relative
    return any(alias.evaluated_name.partition(".")[0] == OLD for alias in statement.names)


def aliases(statement: cst.Import | cst.ImportFrom) -> list[cst.ImportAlias]:
    """What a statement imports of the module, but for a star."""
    if isinstance(statement.names, cst.ImportStar):
        return []
    is_from = isinstance(statement, cst.ImportFrom)
    names = statement.names
    return [a for a in names if is_from or a.evaluated_name.partition(".")[0] == OLD]


def types(handler: cst.ExceptHandler) -> list[cst.BaseExpression]:
    """The exceptions that a handler names; none where it takes all."""
    if isinstance(handler.type, cst.Tuple):
        return [element.value for element in handler.type.elements]
    return [handler.type] if handler.type is not None else []


def is_text(node: cst.BaseExpression, shape: re.Pattern[str]) -> bool:
    value = node.evaluated_value if isinstance(node, cst.SimpleString) else None
    return isinstance(value, str) and shape.fullmatch(value) is not None


def is_name(node: cst.BaseExpression, *names: str) -> bool:
    return isinstance(node, cst.Name) and node.value in names


def import_line(module: str) -> cst.SimpleStatementLine:
    statement = cst.parse_statement(f"import {module}")
    assert isinstance(statement, cst.SimpleStatementLine)
    return statement
