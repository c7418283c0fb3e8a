"""Expressions of a module that surely do nothing but give a value when it is imported.

What is called is known by the import that binds its name, so only the standard library is
trusted. The arguments must be such that the call cannot fail: where that depends on their
value (a regular expression), it is tried here.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Mapping, Sequence

Origins = Mapping[str, str]
"""What the names that imports bind stand for: `{"t": "typing", "Lock": "threading.Lock"}`."""

_BARE = frozenset({
    "object", "set", "frozenset", "dict", "list", "tuple", "itertools.count", "collections.deque",
    "collections.OrderedDict", "collections.Counter", "weakref.WeakKeyDictionary",
    "weakref.WeakValueDictionary", "weakref.WeakSet", "threading.Lock", "threading.RLock",
    "threading.Event", "threading.local",
})  # fmt: skip
"""Calls that cannot fail without arguments."""
_NAMED = frozenset({
    "logging.getLogger", "contextvars.ContextVar", "typing.TypeVar", "typing.ParamSpec",
    "typing.TypeVarTuple", "typing.NewType", "typing_extensions.TypeVar",
    "typing_extensions.ParamSpec", "typing_extensions.TypeVarTuple",
})  # fmt: skip
"""Calls that cannot fail with a name first, and plain values after it."""
_DECORATORS = frozenset({
    "functools.lru_cache", "functools.cache", "functools.cached_property", "functools.singledispatch",
    "contextlib.contextmanager", "contextlib.asynccontextmanager",
    "typing.final", "typing.overload", "typing.override",
    "typing.no_type_check", "typing_extensions.override", "typing_extensions.final",
    "typing_extensions.overload", "abc.abstractmethod",
    "warnings.deprecated", "typing_extensions.deprecated", "dataclasses.dataclass",
})  # fmt: skip
_BASES = frozenset({
    "typing.Generic", "typing.Protocol", "typing_extensions.Protocol", "typing.NamedTuple",
    "typing.TypedDict", "typing_extensions.TypedDict", "abc.ABC", "enum.Enum", "enum.IntEnum",
    "enum.StrEnum", "enum.Flag", "enum.IntFlag", "contextlib.AbstractContextManager",
    "contextlib.AbstractAsyncContextManager", "contextlib.ContextDecorator", "threading.Thread",
    "threading.local", "logging.Handler", "logging.Filter", "logging.Formatter",
    "logging.LoggerAdapter", "json.JSONEncoder", "json.JSONDecoder", "unittest.TestCase",
    "unittest.IsolatedAsyncioTestCase", "io.RawIOBase", "io.BufferedIOBase", "io.TextIOBase",
    "io.TextIOWrapper", "io.StringIO", "io.BytesIO", "string.Formatter", "string.Template",
    "ast.NodeVisitor", "ast.NodeTransformer", "html.parser.HTMLParser", "argparse.Action",
    "argparse.ArgumentParser", "argparse.HelpFormatter", "collections.UserDict",
    "collections.UserList", "collections.UserString", "collections.OrderedDict",
})  # fmt: skip
_ABSTRACT = ("collections.abc.", "typing.")
_BUILTIN = frozenset(dir(builtins))


def origin_of(node: ast.AST, origins: Origins) -> str:
    """What a dotted name stands for: `typing.TypeVar`; empty if that is not known."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    first = origins.get(node.id, node.id if node.id in _BUILTIN else "")
    return ".".join((first, *reversed(names))) if first else ""


def is_quiet(node: ast.expr, origins: Origins) -> bool:
    """Whether evaluating an expression surely calls nothing of the project, and never fails."""
    if isinstance(node, (ast.Constant, ast.Name)):
        return True
    if isinstance(node, (ast.List, ast.Tuple)):
        return all(is_quiet(item, origins) for item in node.elts)
    if isinstance(node, ast.BinOp):
        return _calculates(node)
    if not isinstance(node, ast.Call):
        return False
    called = origin_of(node.func, origins)
    if called == "re.compile":
        return _compiles(node, origins)
    arguments = [*node.args, *(k.value for k in node.keywords)]
    if called in _BARE:
        return not arguments
    if called == "collections.defaultdict":
        return all(isinstance(a, (ast.Name, ast.Lambda)) for a in arguments) and not node.keywords
    if called == "dataclasses.field":
        given = {k.arg for k in node.keywords}
        plain = all(_plain(a) or isinstance(a, ast.Lambda) for a in arguments)
        return plain and not node.args and not {"default", "default_factory"} <= given
    return called in _NAMED and _names(node) and all(_plain(a) or _subscript(a) for a in arguments)


def _names(call: ast.Call) -> bool:
    """Whether the first argument is a name, and what follows can be: a type variable has no single constraint."""
    first = call.args[0] if call.args else None
    if isinstance(first, ast.Constant):
        alone = _last(call.func) == "TypeVar" and len(call.args) == 2
        return isinstance(first.value, str) and not alone
    return isinstance(first, ast.Name) and first.id == "__name__"


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def is_quiet_decorator(node: ast.expr, origins: Origins) -> bool:
    """Whether applying a decorator surely does nothing else to its module."""
    call = node.func if isinstance(node, ast.Call) else node
    arguments = (
        [*node.args, *(k.value for k in node.keywords)] if isinstance(node, ast.Call) else []
    )
    return origin_of(call, origins) in _DECORATORS and all(map(_plain, arguments))


def are_quiet_bases(nodes: Sequence[ast.expr], origins: Origins) -> bool:
    """Whether a class with these bases surely is made without a line of the project or a library.

    Several may not fit together; of those only well-known combinations are trusted.
    """
    known = [origin_of(n.value if isinstance(n, ast.Subscript) else n, origins) for n in nodes]
    if not all(k in _BUILTIN or k in _BASES or k.startswith(_ABSTRACT) for k in known):
        return False
    mixed = len(known) == 2 and known[0] in ("str", "int") and known[1] == "enum.Enum"
    return len(known) < 2 or mixed or sorted(known) == ["abc.ABC", "typing.Generic"]


def _plain(node: ast.expr) -> bool:
    if isinstance(node, ast.Attribute):
        return _plain(node.value)
    return isinstance(node, (ast.Constant, ast.Name))


def _subscript(node: ast.expr) -> bool:
    """A type such as `dict[str, int]` or `Sequence["X"]`, as a bound has it."""
    return isinstance(node, ast.Subscript) and _plain(node.value)


def _calculates(node: ast.expr) -> bool:
    """Sums and products of numbers: they cannot fail, and take no time to speak of."""
    if isinstance(node, ast.BinOp):
        if not isinstance(node.op, (ast.Add, ast.Sub, ast.Mult)):
            return False
        return _calculates(node.left) and _calculates(node.right)
    return isinstance(node, ast.Constant) and type(node.value) in (int, float)


def _compiles(node: ast.Call, origins: Origins) -> bool:
    """Whether `re.compile` accepts its pattern and flags."""
    if node.keywords or not 1 <= len(node.args) <= 2:
        return False
    pattern, flags = node.args[0], 0
    if not isinstance(pattern, ast.Constant) or not isinstance(pattern.value, (str, bytes)):
        return False
    for part in _parts(node.args[1]) if len(node.args) == 2 else ():
        module, _, name = origin_of(part, origins).partition(".")
        if module != "re" or not isinstance(getattr(re, name, None), re.RegexFlag):
            return False
        flags |= getattr(re, name)
    try:
        re.compile(pattern.value, flags)
    except (re.error, ValueError, OverflowError, RecursionError):
        return False
    return True


def _parts(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return [*_parts(node.left), *_parts(node.right)]
    return [node]
