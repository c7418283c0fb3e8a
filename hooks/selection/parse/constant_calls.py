"""Calls and operators of the standard library that surely give a value of the constants they get.

What may fail for some constants is tried here, with those at hand.
"""

from __future__ import annotations

import ast
import collections
import datetime
import decimal
import re
from collections.abc import Callable, Mapping

from .syntax import arguments_of, chain_of, is_constant

Origins = Mapping[str, str]
"""What the names that imports bind stand for: `{"t": "typing", "Lock": "threading.Lock"}`."""
Rule = Callable[[ast.Call, Origins], bool]
"""Whether a call, of which the name is known, surely gives a value."""

_NUMBER = (int, float)
_SMALL = 64
"""Exponents and shifts above this make numbers that take time."""
_TEXT_METHODS = frozenset({"split", "rsplit", "splitlines", "strip", "lstrip", "rstrip", "lower",
                           "upper", "title", "capitalize", "casefold"})  # fmt: skip
_PATH_ATTRIBUTES = frozenset({"parent", "name", "stem", "suffix"})
_PATH_METHODS = frozenset({"resolve", "absolute", "as_posix"})


def origin_of(node: ast.AST, origins: Origins, builtin: frozenset[str] = frozenset()) -> str:
    """What a dotted name stands for: `typing.TypeVar`; empty if that is not known."""
    root, dot, rest = chain_of(node).partition(".")
    origin = origins.get(root, root if root in builtin else "")
    return f"{origin}{dot}{rest}" if origin else ""


def calculates(node: ast.expr) -> bool:
    """Whether numbers, or texts, are calculated from constants: it cannot fail, nor take long."""
    return _is_number(node) or _is_text(node)


def _is_number(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, (ast.USub, ast.UAdd)) and _is_number(node.operand)
    if not isinstance(node, ast.BinOp):
        return isinstance(node, ast.Constant) and type(node.value) in _NUMBER
    if not _is_number(node.left):
        return False
    right = node.right.value if isinstance(node.right, ast.Constant) else None
    if isinstance(node.op, (ast.Div, ast.FloorDiv, ast.Mod)):
        return type(right) is int and right != 0
    if isinstance(node.op, (ast.Pow, ast.LShift)):
        base = node.left.value if isinstance(node.left, ast.Constant) else None
        return type(base) is int and type(right) is int and 0 <= right <= _SMALL
    return isinstance(node.op, (ast.Add, ast.Sub, ast.Mult)) and _is_number(node.right)


def _is_text(node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Add) and _is_text(node.left) and _is_text(node.right)
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def is_text_method(call: ast.Call) -> bool:
    """`"a b".split()`, `",".join(["a", "b"])`: methods of a text that is there."""
    function = call.func
    if not isinstance(function, ast.Attribute) or not _is_text(function.value) or call.keywords:
        return False
    if function.attr == "join":
        return len(call.args) == 1 and _elements(call.args[0], _is_text)
    return (
        function.attr in _TEXT_METHODS
        and all(map(_is_text, call.args))
        and _gives(call, getattr(_text_of(function.value), function.attr))
    )


def _text_of(node: ast.expr) -> str:
    """The text that a constant, or a sum of some, is."""
    if isinstance(node, ast.BinOp):
        return _text_of(node.left) + _text_of(node.right)
    return str(ast.literal_eval(node))


def is_path(node: ast.expr, origins: Origins) -> bool:
    """`Path(__file__).resolve().parent / "templates"`: nothing is read but symbolic links."""
    match node:
        case ast.BinOp(left, ast.Div(), right):
            return is_path(left, origins) and _is_text(right)
        case ast.Attribute(value, attr):
            return attr in _PATH_ATTRIBUTES and is_path(value, origins)
        case ast.Call(ast.Attribute(value, attr), [], []) if attr in _PATH_METHODS:
            return is_path(value, origins)
        case ast.Call(function, arguments, []):
            origin = origin_of(function, origins)
            if origin in ("pathlib.Path", "pathlib.PurePath", "pathlib.PurePosixPath"):
                return all(_is_path_text(a, origins) for a in arguments)
    return False


def _is_path_text(node: ast.expr, origins: Origins) -> bool:
    return (
        (isinstance(node, ast.Name) and node.id == "__file__")
        or _is_text(node)
        or (
            isinstance(node, ast.Call)
            and origin_of(node.func, origins) in _PATH_CALLS
            and _joins_path(node, origins)
        )
    )


def _joins_path(call: ast.Call, origins: Origins) -> bool:
    """`os.path.join(os.path.dirname(__file__), "data")`."""
    single = origin_of(call.func, origins) != "os.path.join"
    return (
        bool(call.args)
        and not (call.keywords or (single and len(call.args) > 1))
        and all(_is_path_text(a, origins) for a in call.args)
    )


def _asks_environment(call: ast.Call, _origins: Origins) -> bool:
    """`os.environ.get("NAME", "default")`."""
    return (
        not call.keywords
        and 1 <= len(call.args) <= 2
        and _is_text(call.args[0])
        and all(map(is_constant, call.args))
    )


def _collects(call: ast.Call, _origins: Origins) -> bool:
    """`frozenset({"a", "b"})`: a container of constants that can be keys, or of nothing."""
    if call.keywords or len(call.args) > 1:
        return False
    return not call.args or _elements(call.args[0], _is_key) or _is_text(call.args[0])


def _elements(node: ast.expr, fits: Callable[[ast.expr], bool]) -> bool:
    return isinstance(node, (ast.List, ast.Tuple, ast.Set)) and all(map(fits, node.elts))


def _is_key(node: ast.expr) -> bool:
    if isinstance(node, ast.Tuple):
        return all(map(_is_key, node.elts))
    return isinstance(node, ast.Constant) or calculates(node)


def _dedents(call: ast.Call, _origins: Origins) -> bool:
    return len(call.args) == 1 and _is_text(call.args[0]) and not call.keywords


def _gets_items(call: ast.Call, _origins: Origins) -> bool:
    """`itemgetter("a", 1)`."""
    return bool(call.args) and not call.keywords and all(map(is_constant, call.args))


def _gets_attributes(call: ast.Call, _origins: Origins) -> bool:
    """`attrgetter("a.b")`."""
    return bool(call.args) and not call.keywords and all(map(_is_text, call.args))


def _is_tried(function: Callable[..., object]) -> Rule:
    """The rule for a call that may fail, but does not with the constants that it gets."""

    def rule(call: ast.Call, _origins: Origins) -> bool:
        return all(map(_is_literal, arguments_of(call))) and _gives(call, function)

    return rule


def _is_literal(node: ast.expr) -> bool:
    return is_constant(node) or (isinstance(node, ast.UnaryOp) and _is_number(node))


def _gives(call: ast.Call, function: Callable[..., object]) -> bool:
    """Whether a function, called as it is there with constants, gives a value."""
    try:
        arguments = [ast.literal_eval(argument) for argument in call.args]
        function(*arguments, **{k.arg or "": ast.literal_eval(k.value) for k in call.keywords})
    except Exception:  # whatever it is, the call may fail
        return False
    return True


def _compiles(call: ast.Call, origins: Origins) -> bool:
    """Whether `re.compile` accepts its pattern and flags."""
    if call.keywords or not 1 <= len(call.args) <= 2:
        return False
    pattern, flags = call.args[0], 0
    if not isinstance(pattern, ast.Constant) or not isinstance(pattern.value, (str, bytes)):
        return False
    for operand in _operands(call.args[1]) if len(call.args) == 2 else ():
        module, _, name = origin_of(operand, origins).partition(".")
        flag = getattr(re, name, None)
        if module != "re" or not isinstance(flag, re.RegexFlag):
            return False
        flags |= flag
    try:
        re.compile(pattern.value, flags)
    except (re.error, ValueError, OverflowError, RecursionError):
        return False
    return True


def _operands(node: ast.expr) -> list[ast.expr]:
    """`a`, `b` and `c` of `a | b | c`."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return [*_operands(node.left), *_operands(node.right)]
    return [node]


_PATH_CALLS = frozenset(
    f"os.path.{name}" for name in ("join", "dirname", "basename", "abspath", "realpath", "normpath")
)
CONSTANT_CALLS: dict[str, Rule] = {
    "re.compile": _compiles,
    **dict.fromkeys(("set", "frozenset", "tuple", "list", "collections.deque"), _collects),
    **dict.fromkeys(("textwrap.dedent", "inspect.cleandoc", "string.Template"), _dedents),
    **dict.fromkeys(("os.environ.get", "os.getenv"), _asks_environment),
    **dict.fromkeys(_PATH_CALLS, _joins_path),
    "operator.itemgetter": _gets_items,
    "operator.attrgetter": _gets_attributes,
    "datetime.timedelta": _is_tried(datetime.timedelta),
    "decimal.Decimal": _is_tried(decimal.Decimal),
    "collections.namedtuple": _is_tried(collections.namedtuple),
}
"""For what is called: whether a call with its arguments surely gives a value."""
