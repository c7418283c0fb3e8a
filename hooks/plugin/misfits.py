"""Which expression has the value that an error finds unfit, as None that is called. PYTEST_DONT_REWRITE

The interpreter names the type and not the expression: `'NoneType' object is not callable`. From
Python 3.11 on the traceback knows the instruction and its columns; before, and where they are not
enough, an expression is told only if the frame still shows that it has such a value, or if it is
the only one of which an attribute of that name is asked.
"""

from __future__ import annotations

import ast
import builtins
import dis
import re
import types
from itertools import islice
from typing import Any, Callable, Iterable, Iterator, List, Optional, Set, Tuple

from .frames import Step, Trace
from .objects import MISSING, resolve, static_attribute
from .source import Source, Sources, head_of
from .text import message_of

LONGEST_SHOWN = 80
"""The most characters of an expression that is told."""
OF_ONE_ITERABLE = (
    *(list, tuple, set, frozenset, sorted, sum, min, max, any, all, enumerate, iter, len, dict),
)
"""Built-in functions that fail in their own name at what they are given."""
TYPES_OF_PYTHON = frozenset(
    kind.__name__
    for kind in (*vars(builtins).values(), *vars(types).values())
    if isinstance(kind, type)
)
"""Names that say little of an object; the class of a project, or of a library, says enough."""
INNER_FRAMES = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)

Operand = Tuple[ast.expr, ast.AST]
"""An expression that an error may be about, and the node at whose end the instruction ends."""
Operands = Callable[[ast.AST, "re.Match[str]"], Iterable[Operand]]


class Wording:
    """One way in which the interpreter words an error: its pattern, and what of a node it may speak of.

    Where the failing instruction is one of `surely`, its operand need not be seen. What other
    instructions run may be code in C, which says the same of a value of its own.
    """

    __slots__ = ("is_named", "operands", "pattern", "surely")

    def __init__(
        self, pattern: str, operands: Operands, surely: str = "", *, is_named: bool = False
    ) -> None:
        self.pattern = re.compile(pattern)
        self.operands = operands
        self.surely = frozenset(surely.split())
        self.is_named = is_named
        """Whether the name of an attribute tells the node, too."""


def misfit_facts(error: Any, trace: Trace, sources: Sources) -> Iterator[Tuple[str, str]]:
    """The expression (`misfit`) and the type of its value (`misfit_type`)."""
    if not isinstance(error, (AttributeError, TypeError)) or not trace:
        return
    message, step = message_of(error), trace[-1]
    for wording in WORDINGS:
        match = wording.pattern.match(message)
        if match is not None:
            expression = _misfit(wording, match, step, sources.of(step.filename))
            if expression:
                yield "misfit", expression
                yield "misfit_type", match.group("type")
            return


def _misfit(wording: Wording, match: "re.Match[str]", step: Step, source: Source) -> str:
    """The text of the one expression of a statement that an error is about; empty: not known."""
    statement = source.statement(step.line)
    if statement is None:
        return ""
    # The head of a loop leaves the loop itself out, which says what is gone through.
    nodes = [statement.node, *ast.walk(head_of(statement.node))]
    operands = [pair for node in nodes for pair in wording.operands(node, match)]
    placed = _at_columns(operands, step)
    is_inner = step.frame.f_code.co_name.startswith("<")
    if not placed and is_inner:
        return ""  # names of the function around mean nothing in the frame of a comprehension
    certain: Set[str] = set()
    possible: Set[str] = set()
    for operand in placed or [operand for operand, _ in operands]:
        value, text = _value(operand, step), _text(operand, source.lines)
        if value is MISSING:
            possible.add(text)
        elif type(value).__name__ == match.group("type").rpartition(".")[2]:
            certain.add(text)
    if placed:
        is_sure = _instruction(step) in wording.surely
    else:
        is_sure = wording.is_named and not any(isinstance(node, INNER_FRAMES) for node in nodes)
    texts = certain or (possible if is_sure else set())
    return texts.pop() if len(texts) == 1 else ""


def _at_columns(operands: List[Operand], step: Step) -> List[ast.expr]:
    """The operands of the nodes at the columns of the failing instruction; none where they are not known.

    An instruction of a method in a chain over lines begins at the method's name: then the end counts.
    """
    positions = getattr(step.frame.f_code, "co_positions", None)  # Python 3.11
    if positions is None or step.offset < 0:
        return []
    line, end_line, column, end_column = next(
        islice(positions(), step.offset // 2, None), (None,) * 4
    )
    if end_column is None:
        return []
    at_end = [pair for pair in operands if _end(pair[1]) == (end_line, end_column)]
    exact = [pair for pair in at_end if _begin(pair[1]) == (line, column)]
    return [operand for operand, _ in exact or at_end]


def _begin(node: Any) -> Tuple[int, int]:
    return node.lineno, node.col_offset


def _end(node: Any) -> Tuple[Optional[int], Optional[int]]:
    return node.end_lineno, node.end_col_offset


def _instruction(step: Step) -> str:
    """The name of the failing instruction."""
    return dis.opname[step.frame.f_code.co_code[step.offset]]


def _value(operand: ast.expr, step: Step) -> Any:
    """The value of an expression, as far as it can be told without running anything; else MISSING."""
    if isinstance(operand, ast.Constant):
        return operand.value
    if isinstance(operand, ast.Subscript):
        return _item(operand, step)
    if isinstance(operand, ast.Call):
        return MISSING
    value = resolve(operand, step.frame.f_locals, step.frame.f_globals)
    if value is MISSING and isinstance(operand, ast.Name):
        return getattr(builtins, operand.id, MISSING)
    return MISSING if isinstance(value, property) or _is_descriptor(operand, value) else value


def _is_descriptor(operand: ast.expr, value: Any) -> bool:
    """Whether what is stored for an attribute is not what asking for it gives."""
    return isinstance(operand, ast.Attribute) and (
        static_attribute(type(value), "__get__") is not MISSING
    )


def _item(operand: ast.Subscript, step: Step) -> Any:
    """An item of a plain container, by a key that is written out."""
    owner = _value(operand.value, step)
    index: Any = operand.slice
    if index.__class__.__name__ == "Index":  # Python 3.8
        index = index.value
    key = _value(index, step) if isinstance(index, (ast.Constant, ast.Name)) else MISSING
    if type(key) not in (str, int, bytes) or type(owner) not in (dict, list, tuple):
        return MISSING
    try:
        return owner[key]
    except (KeyError, IndexError, TypeError):
        return MISSING


def _text(operand: ast.expr, lines: List[str]) -> str:
    """The expression as it is written, in one line; empty if it is long."""
    text = ast.get_source_segment("".join(lines), operand) or ""
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_SHOWN else ""


# --- what each wording may speak of ---------------------------------------------------------


def _owner(node: ast.AST, match: "re.Match[str]") -> Iterator[Operand]:
    """What is asked for an attribute, where the name of its class says little."""
    if match.group("type") not in TYPES_OF_PYTHON:
        return
    if isinstance(node, ast.Attribute) and node.attr == match.group("name"):
        yield node.value, node


def _callee(node: ast.AST, _: "re.Match[str]") -> Iterator[Operand]:
    if isinstance(node, ast.Call):
        yield node.func, node


def _container(node: ast.AST, _: "re.Match[str]") -> Iterator[Operand]:
    if isinstance(node, ast.Subscript):
        yield node.value, node


def _iterated(node: ast.AST, _: "re.Match[str]") -> Iterator[Operand]:
    """What is gone through, by a loop or by a built-in function."""
    if isinstance(node, (ast.For, ast.comprehension)):
        yield node.iter, node.iter
    if isinstance(node, ast.For):
        yield node.iter, node  # Python 3.11
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) == 1:
        if getattr(builtins, node.func.id, None) in OF_ONE_ITERABLE:
            yield node.args[0], node


def _searched(node: ast.AST, _: "re.Match[str]") -> Iterator[Operand]:
    """What something is sought in."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        if isinstance(node.ops[0], (ast.In, ast.NotIn)):
            yield node.comparators[0], node


def _unpacked(node: ast.AST, _: "re.Match[str]") -> Iterator[Operand]:
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], (ast.Tuple, ast.List)):
        yield node.value, node.targets[0]


def _awaited(node: ast.AST, _: "re.Match[str]") -> Iterator[Operand]:
    if isinstance(node, ast.Await):
        yield node.value, node


def _left(node: ast.AST, _: "re.Match[str]") -> Iterator[Operand]:
    if isinstance(node, ast.BinOp):
        yield node.left, node
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        yield node.left, node


def _right(node: ast.AST, _: "re.Match[str]") -> Iterator[Operand]:
    if isinstance(node, ast.BinOp):
        yield node.right, node
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        yield node.comparators[0], node


OBJECT = r"'(?P<type>[\w.]+)' object "
ASKING = "LOAD_ATTR LOAD_METHOD STORE_ATTR DELETE_ATTR"
TAKING = "BINARY_SUBSCR BINARY_SLICE STORE_SUBSCR STORE_SLICE DELETE_SUBSCR BINARY_OP"
OF_OPERATOR = (
    r"(?:unsupported operand type\(s\) for [^:\n]+: |'[<>=]+' not supported between instances of )"
)
WORDINGS = (
    Wording(OBJECT + r"has no attribute '(?P<name>\w+)'", _owner, ASKING, is_named=True),
    Wording(OBJECT + "is not callable", _callee),
    Wording(OBJECT + "(?:is not subscriptable|does not support item)", _container, TAKING),
    Wording(OBJECT + "is not iterable", _iterated, "GET_ITER"),
    Wording(r"object of type '(?P<type>[\w.]+)' has no len\(\)", _iterated),
    Wording(r"argument of type '(?P<type>[\w.]+)' is not", _searched, "CONTAINS_OP"),
    Wording(
        r"cannot unpack non-iterable (?P<type>[\w.]+) object",
        _unpacked,
        "UNPACK_SEQUENCE UNPACK_EX",
    ),
    Wording(r"object (?P<type>[\w.]+) can't be used in 'await'", _awaited, "GET_AWAITABLE"),
    Wording(OF_OPERATOR + "'(?P<type>NoneType)' and '", _left),
    Wording(OF_OPERATOR + "'[^']+' and '(?P<type>NoneType)'", _right),
)
"""The wordings; the first that fits counts."""
