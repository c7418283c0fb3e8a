"""What a failed comparison says in the words of its statement: which expression has which value."""

from __future__ import annotations

import ast
import re
from typing import NamedTuple

from gardener.diagnosis.messages import LONGEST
from gardener.diagnosis.root_cause import bare_name
from gardener.model import RaisedException
from gardener.text import clean

_ASSERTED = re.compile(r"(?m)^(?:AssertionError: )?assert (?P<compared>\S[^\n]*)$")
_OPERATORS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Is: "is", ast.IsNot: "is not", ast.In: "in",
    ast.NotIn: "not in", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
_EMPTY = frozenset({"''", '""', "b''", "[]", "{}", "()", "set()", "frozenset()", "dict()"})
_OF_UNITTEST = {
    "assertEqual": ("==", "!="),
    "assertEquals": ("==", "!="),
    "assertIn": ("in", "not found in"),
    "assertNotIn": ("not in", "unexpectedly found in"),
}
"""Methods of a `TestCase`: what they ask for, and what stands between the values that they show."""
_OF_SEQUENCES = re.compile(r"\A(?:AssertionError: )?(?:\w+ differ: )?")
"""What stands before the values in messages of unittest: `Lists differ: [1] != [2]`."""
_FALSY = frozenset({"False", "None", "0"})
_SIGNED_LINE = re.compile(
    r"(?m)^[ \t]*(?:E[ \t]+)?(?P<sign>[-+]) (?P<line>[^\n]+)$(?:\n[ \t]*(?:E[ \t]+)?\? [^\n]*$)?"
)
_LONGEST_EXPRESSION = 80
_LONGEST_VALUE = 100
_DIFFERING_ITEM = re.compile(
    r"(?m)^[ \t]*Differing items:\s*\n[ \t]*\{(?P<key>[^\n:]{1,80}): (?P<left>[^\n]+)\} != \{(?P=key): (?P<right>[^\n]+)\}$"
)
_DIFFERING_INDEX = re.compile(
    r"(?m)^[ \t]*At index (?P<index>\d+) diff: (?P<left>[^\n]+) != (?P<right>[^\n]+)$"
)
_FURTHER_ITEM = re.compile(
    r"(?m)^[ \t]*(?P<side>Left|Right) contains (?:\d+|one) more items?(?:, first extra item)?:\s*(?P<further>\S[^\n]*)$"
)


class _Comparison(NamedTuple):
    """Two expressions, the values that they have, and the operator between them."""

    operator: str
    left: ast.expr
    right: ast.expr
    left_value: str
    right_value: str


def compared(root: RaisedException) -> str:
    """A sentence about the first thing that differs; empty where the message does not show it."""
    if bare_name(root.type) != "AssertionError":
        return ""
    node = _statement(root)
    recorded, message = _recorded(node, root), _shown(node, root.message[:LONGEST])
    is_deep = "differs_at" in root.facts or "differs_from" in root.facts
    is_cut = not message or "..." in message or " chars]" in message
    return (recorded if is_deep or is_cut else "") or message


def _shown(node: ast.stmt | None, message: str) -> str:
    """What the message itself shows of the first thing that differs."""
    comparison = _comparison(node, message)
    if comparison is None:
        return _difference(message) or _truth(node, message)
    return _difference(message) or _of_lines(comparison, message) or _sentence(comparison)


_EQUALITIES = frozenset({
    "assertEqual", "assertEquals", "assertDictEqual", "assertListEqual", "assertTupleEqual",
    "assertSequenceEqual", "assertSetEqual", "assertMultiLineEqual",
})  # fmt: skip


def _recorded(node: ast.stmt | None, root: RaisedException) -> str:
    """What the recorder saw to differ, where the message may be cut; empty: it saw nothing."""
    facts, sides = root.facts, _sides(node, root)
    if sides is None or not ("differs_left" in facts or "differs_right" in facts):
        return ""
    names = [_named(side, word) for side, word in zip(sides, ("left", "right"), strict=True)]
    values = [_code(clean(facts.get(f"differs_{side}", ""), 160)) for side in ("left", "right")]
    at = f" at {_code(facts['differs_at'])}" if "differs_at" in facts else ""
    if "differs_from" in facts:
        at += f" from character {int(facts['differs_from']) + 1} on"
    if "differs_left" not in facts or "differs_right" not in facts:
        has, item = (names[0], values[0]) if "differs_left" in facts else (names[1], values[1])
        return f"Only {has} has {item}{at}."
    types = facts.get("differs_types", "").partition(" and ")
    if types[0] and "NoneType" not in (types[0], types[2]):
        values = [f"{value} ({type_})" for value, type_ in zip(values, types[::2], strict=True)]
    if _is_constant(sides[1]):
        return f"{names[0]} is {values[0]}{at}, not {values[1]}."
    if _is_constant(sides[0]):
        return f"{names[1]} is {values[1]}{at}, not {values[0]}."
    return f"{names[0]} and {names[1]} differ{at}: {values[0]} and {values[1]}."


def _sides(node: ast.stmt | None, root: RaisedException) -> tuple[ast.expr, ast.expr] | None:
    """The two expressions that the failing statement compares; None: it is another one."""
    if isinstance(node, ast.Assert) and isinstance(node.test, ast.Compare):
        is_here = root.frames[-1] is root.crash_frame  # else a library compares values of its own
        compare = node.test
        return (compare.left, compare.comparators[0]) if len(compare.ops) == 1 and is_here else None
    call = node.value if isinstance(node, ast.Expr) else None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
        return None
    is_equality = call.func.attr in _EQUALITIES and len(call.args) >= 2
    return (call.args[0], call.args[1]) if is_equality else None


def _named(side: ast.expr, word: str) -> str:
    """An expression; of one that is long, or written out, only which side it is."""
    return ("" if _is_constant(side) else _expression(side)) or f"the {word} side"


def _difference(message: str) -> str:
    """The first item in which two structures differ, as pytest explains it."""
    item = _DIFFERING_ITEM.search(message)
    if item:
        return _unequal(f"Item {_code(item['key'])} differs", item["left"], item["right"])
    at_index = _DIFFERING_INDEX.search(message)
    if at_index:
        lead = f"Item {at_index['index']} differs"
        return _unequal(lead, at_index["left"], at_index["right"])
    further = _FURTHER_ITEM.search(message)
    if further:
        return f"Only the {further['side'].lower()} side has {_code(_value(further['further']))}."
    return ""


def _unequal(lead: str, left: str, right: str) -> str:
    left, right = _value(left), _value(right)
    return f"{lead}: {_code(left)} and {_code(right)}." if left != right else ""


def _of_lines(comparison: _Comparison, message: str) -> str:
    """The first line in which two long texts differ, as pytest's list of differences shows it."""
    left, right = _expression(comparison.left), _expression(comparison.right)
    is_cut = "..." in comparison.left_value and "..." in comparison.right_value
    signed = _SIGNED_LINE.search(message) if is_cut and comparison.operator == "==" else None
    if signed is None or not left or not right:
        return ""
    further = _SIGNED_LINE.match(message, signed.end() + 1) if signed["sign"] == "-" else None
    if further and further["sign"] == "+":
        shown = _value(further["line"]), _value(signed["line"])
        lead = f"A line of {left} is {_code(shown[0])}, and of {right}"
        return f"{lead} {_code(shown[1])}." if shown[0] != shown[1] else ""
    has, lacks = (left, right) if signed["sign"] == "+" else (right, left)
    return f"{has} has the line {_code(_value(signed['line']))}, which {lacks} lacks."


def _truth(node: ast.stmt | None, message: str) -> str:
    """What a statement asks for without comparing it, and what that is."""
    asserted = _ASSERTED.search(message)
    if not isinstance(node, ast.Assert) or asserted is None:
        return ""
    test = node.test
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.Or):
        sides = [_expression(side) for side in test.values]
        return f"None of these holds: {', '.join(sides)}." if all(sides) else ""
    if not isinstance(test, (ast.Call, ast.Attribute, ast.Name, ast.Subscript)):
        return ""
    subject, value = _expression(test), asserted["compared"].strip()
    is_falsy = value in _FALSY or value in _EMPTY
    return f"{subject} is {_code(value)}." if subject and is_falsy else ""


def _statement(root: RaisedException) -> ast.stmt | None:
    """The failing statement; None where it cannot be read."""
    statement = root.crash_frame.source if root.crash_frame else ""
    try:
        (node,) = ast.parse(statement.strip()).body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None
    return node


def _comparison(node: ast.stmt | None, message: str) -> _Comparison | None:
    asserted = _ASSERTED.search(message)
    if isinstance(node, ast.Assert) and asserted and isinstance(node.test, ast.Compare):
        if len(node.test.ops) > 1:
            return None
        operator = _OPERATORS[type(node.test.ops[0])]
        return _with_values(
            node.test.left, operator, node.test.comparators[0], asserted["compared"], operator
        )
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        called = node.value
        name = called.func.attr if isinstance(called.func, ast.Attribute) else ""
        if name in _OF_UNITTEST and len(called.args) >= 2:
            line = _OF_SEQUENCES.sub("", message).partition("\n")[0].partition(" : ")[0]
            operator, separator = _OF_UNITTEST[name]
            return _with_values(called.args[0], operator, called.args[1], line, separator)
    return None


def _with_values(
    left: ast.expr, operator: str, right: ast.expr, text: str, separator: str
) -> _Comparison | None:
    """A comparison whose message shows the values; None where it is not sure which is which."""
    values = text.split(f" {separator} ")
    return _Comparison(operator, left, right, *values) if len(values) == 2 else None


def _sentence(comparison: _Comparison) -> str:
    operator, left, right, left_value, right_value = comparison
    if operator in ("in", "not in"):
        return _membership(comparison)
    if _is_constant(left) and not _is_constant(right):
        left, right, left_value, right_value = right, left, right_value, left_value
    subject, shown, other = _expression(left), _value(left_value), _value(right_value)
    if not subject or _is_constant(left):
        return ""
    if operator in ("!=", "is not"):
        return f"{subject} is {_code(shown)}, which it should not be."
    if shown == other:
        return ""  # cut off before they differ, or two objects that look the same
    if operator in ("==", "is"):
        if _is_constant(right):
            return f"{subject} is {_code(shown)}, not {_code(other)}."
        expression = _expression(right)
        return (
            f"{subject} is {_code(shown)}, and {expression} is {_code(other)}."
            if expression
            else ""
        )
    return f"{subject} is {_code(shown)}: not {_code(f'{operator} {other}')}."


def _membership(comparison: _Comparison) -> str:
    holder, member = _expression(comparison.right), _value(comparison.left_value)
    if not holder or _is_constant(comparison.right):
        return ""
    if comparison.operator == "not in":
        return f"{holder} holds {_code(member)}, which it should not."
    if comparison.right_value.strip() in _EMPTY:
        return f"{holder} is empty: {_code(member)} is not in it."
    return f"{holder} does not hold {_code(member)}{_nearest(comparison)}."


def _nearest(comparison: _Comparison) -> str:
    """What the one item has that is the same but for a few fields."""
    try:
        wanted = ast.literal_eval(comparison.left_value)
        items = ast.literal_eval(comparison.right_value)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return ""
    if not isinstance(wanted, dict) or not isinstance(items, (list, tuple)):
        return ""
    for candidate in items:
        if isinstance(candidate, dict) and wanted.items() <= candidate.items():
            more = ", ".join(_code(str(key)) for key in candidate if key not in wanted)
            return f": the item that is like it also has {more}"
    return ""


def _is_constant(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def _expression(node: ast.expr) -> str:
    text = ast.unparse(node)
    return _code(text) if len(text) <= _LONGEST_EXPRESSION and "\n" not in text else ""


def _value(text: str) -> str:
    return clean(_ADDRESS.sub("", text.strip()), _LONGEST_VALUE)


def _code(text: str) -> str:
    return f"`{text.replace('`', chr(39))}`"
