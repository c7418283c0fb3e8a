"""What a value meets that must not become aware: naive values, and texts that name the zone."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from gardener.codemod.command import Command

from ._utcnow_nodes import CLASS, is_none, keywords, method

_ZONE_TEXT = r"^(?:Z(?![A-Za-z])|\+00:?00)|(?:%s|\}|%\w)(?:Z(?![A-Za-z])|\+00:?00)"
_NAIVE_CALLS = {
    # What the class makes without a zone, and the number of arguments that leave it out.
    f"{CLASS}.now": 0,
    f"{CLASS}.today": 0,
    f"{CLASS}.fromtimestamp": 1,
    f"{CLASS}.combine": 2,
}
_COMPARING = {"min", "max", "sorted"}
_TAKING_NAIVE = {"localize", "make_aware", "is_naive", "FromDatetime"}
_NAIVE_ATTRIBUTES = {"not_valid_after", "not_valid_before"}
_STOPS = (cst.Lambda, cst.BaseSmallStatement, cst.BaseCompoundStatement, cst.Decorator, cst.Param)


def printed_with_zone(command: Command, call: cst.Call) -> bool:
    """Whether the value is printed with a Z or an offset behind it, here or by its name."""
    return any(_zone_behind(command, node) for node in _reads(command, call))


def meets_naive(command: Command, call: cst.Call) -> bool:
    """Whether the value, here or by its name, meets one that is naive or has to be."""
    return any(_meets(command, node) for node in _reads(command, call))


def _reads(command: Command, call: cst.Call) -> list[cst.BaseExpression]:
    """The call, and all that reads the name or attribute that it is given to at once."""
    target: cst.BaseExpression | None = None
    above = command.index.parent[call]
    if isinstance(above, cst.Assign) and len(above.targets) == 1:
        target = above.targets[0].target
    elif isinstance(above, (cst.AnnAssign, cst.NamedExpr)):
        target = above.target
    nodes: list[cst.BaseExpression] = [call]
    if isinstance(target, cst.Name):
        names = (n for n in command.index.find(cst.Name) if n.value == target.value)
        within = _function_of(command, target)
        nodes += [
            name
            for name in names
            if name is not target and (within is None or within in command.index.ancestors(name))
        ]
    elif isinstance(target, cst.Attribute):
        command.sees(target.attr.value)
        code = command.code(target)
        attributes = command.index.find(cst.Attribute)
        same = (a for a in attributes if a.attr.value == target.attr.value and a is not target)
        nodes += [attribute for attribute in same if command.code(attribute) == code]
    return nodes


def _function_of(command: Command, target: cst.Name) -> cst.CSTNode | None:
    """The function that a name is local to; None where others may read it."""
    scopes = {bound.scope for bound in command.names.bound(target)}
    scope = scopes.pop() if len(scopes) == 1 else None
    holder = command.names.holder(scope) if scope is not None else None
    if isinstance(holder, cst.FunctionDef):
        return holder
    command.sees(target.value)
    return None


def _zone_behind(command: Command, node: cst.BaseExpression) -> bool:
    """Whether a text that ends the value with a zone stands in the same expression."""
    current: cst.CSTNode = node
    for above in command.index.ancestors(node):
        if isinstance(above, (*_STOPS, cst.CompFor)):
            break
        current = above
    return any(re.search(_ZONE_TEXT, text) for text in _texts(current))


def _texts(node: cst.CSTNode) -> Iterator[str]:
    if isinstance(node, cst.SimpleString):
        value = node.evaluated_value
        yield value if isinstance(value, str) else ""
    elif isinstance(node, cst.FormattedStringText):
        yield node.value
    for child in node.children:
        yield from _texts(child)


def _meets(command: Command, node: cst.BaseExpression) -> bool:
    current = node
    while (above := method(command, current, "replace")) is not None:
        current = above
    parent = command.index.parent[current]
    if isinstance(parent, cst.ComparisonTarget):
        parent = command.index.parent[parent]
    operands: list[cst.BaseExpression] = []
    if isinstance(parent, cst.Comparison):
        operands = [parent.left, *(target.comparator for target in parent.comparisons)]
    elif isinstance(parent, cst.BinaryOperation) and isinstance(parent.operator, cst.Subtract):
        operands = [parent.left, parent.right]
    elif isinstance(parent, cst.Arg):
        return _handed_over(command, parent, current)
    return any(_naive(command, operand) for operand in operands if operand is not current)


def _handed_over(command: Command, argument: cst.Arg, value: cst.BaseExpression) -> bool:
    """Whether a value is an argument of what takes or compares naive ones."""
    call = command.index.parent[argument]
    if not isinstance(call, cst.Call):
        return False
    function = call.func
    last = function.attr.value if isinstance(function, cst.Attribute) else ""
    last = function.value if isinstance(function, cst.Name) else last
    if last in _TAKING_NAIVE:
        return True
    if last not in _COMPARING:
        return False
    operands = [arg.value for arg in call.args if arg.value is not value]
    return any(_naive(command, operand) for operand in operands)


def _naive(command: Command, expr: cst.BaseExpression) -> bool:
    """Whether a value is surely without a zone."""
    if isinstance(expr, cst.Name):
        bindings = command.names.bound(expr)
        value = bindings[0].value if len(bindings) == 1 else None
        return isinstance(value, cst.Call) and _naive(command, value)
    if isinstance(expr, cst.Attribute):
        limits = (f"{CLASS}.min", f"{CLASS}.max")
        return expr.attr.value in _NAIVE_ATTRIBUTES or command.meaning(expr) in limits
    if not isinstance(expr, cst.Call) or any(arg.star for arg in expr.args):
        return False
    named = {arg.keyword.value: arg.value for arg in expr.args if arg.keyword is not None}
    if isinstance(expr.func, cst.Attribute) and expr.func.attr.value == "replace":
        if "tzinfo" in named and keywords(expr) is not None:
            return is_none(named["tzinfo"])
        return _naive(command, expr.func.value)
    meaning = command.meaning(expr.func)
    if meaning in _NAIVE_CALLS:
        return len(expr.args) == _NAIVE_CALLS[meaning] and not named
    if meaning == f"{CLASS}.strptime":
        return len(expr.args) == 2 and "%z" not in command.code(expr.args[1]).lower()
    return meaning == CLASS and "tzinfo" not in named and len(expr.args) - len(named) <= 7
