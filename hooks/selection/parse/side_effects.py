"""Expressions of a module that surely do nothing but give a value when it is imported.

What is called is known by the import that binds its name, so only the standard library is
trusted. The arguments must be such that the call cannot fail.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Sequence

from .constant_calls import (
    CONSTANT_CALLS,
    Origins,
    Rule,
    calculates,
    is_path,
    is_text_method,
    origin_of,
)
from .syntax import arguments_of, called_by, chain_of, is_constant, is_marker, last_of

_BARE = frozenset({
    "object", "dict", "itertools.count",
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
_PLAIN_DECORATORS = frozenset({
    "property", "staticmethod", "classmethod", "abstractmethod", "overload", "override",
    "cached_property", "contextmanager", "asynccontextmanager", "wraps", "final",
    "setter", "getter", "deleter", "dataclass", "total_ordering",
})  # fmt: skip
"""Decorators that are known by their last name alone, if they have no arguments."""
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


def is_effect_free(node: ast.expr, origins: Origins) -> bool:
    """Whether evaluating an expression surely calls nothing of the project, and never fails."""
    if isinstance(node, (ast.Constant, ast.Name)):
        return True
    if isinstance(node, (ast.List, ast.Tuple)):
        return all(is_effect_free(element, origins) for element in node.elts)
    if isinstance(node, ast.Dict):
        named = all(isinstance(key, ast.Constant) for key in node.keys)
        return named and all(is_effect_free(value, origins) for value in node.values)
    if calculates(node) or is_path(node, origins):
        return True
    if not isinstance(node, ast.Call):
        return False
    if is_text_method(node):
        return True
    rule = _EFFECT_FREE_CALLS.get(_origin_of(node.func, origins))
    return rule is not None and rule(node, origins)


def is_effect_free_decorator(node: ast.expr, origins: Origins) -> bool:
    """Whether applying a decorator surely does nothing else to its module."""
    function, arguments = called_by(node), arguments_of(node)
    chain = chain_of(function)
    if is_marker(chain) or chain in ("pytest.fixture", "fixture"):
        return all(map(is_constant, arguments)) or _is_known_decorator(node, origins)
    positional = isinstance(node, ast.Call) and bool(node.args)
    if last_of(function) in _PLAIN_DECORATORS and (not positional or last_of(function) == "wraps"):
        return True
    return _is_known_decorator(node, origins)


def _is_known_decorator(node: ast.expr, origins: Origins) -> bool:
    origin = _origin_of(called_by(node), origins)
    return origin in _DECORATORS and all(map(_is_plain, arguments_of(node)))


def are_effect_free_bases(nodes: Sequence[ast.expr], origins: Origins) -> bool:
    """Whether a class with these bases surely is made without a line of the project or a library.

    Several may not fit together; of those only well-known combinations are trusted.
    """
    bases = [_origin_of(n.value if isinstance(n, ast.Subscript) else n, origins) for n in nodes]
    if not all(b in _BUILTIN or b in _BASES or b.startswith(_ABSTRACT) for b in bases):
        return False
    mixed = len(bases) == 2 and bases[0] in ("str", "int") and bases[1] == "enum.Enum"
    return len(bases) < 2 or mixed or sorted(bases) == ["abc.ABC", "typing.Generic"]


def _origin_of(node: ast.AST, origins: Origins) -> str:
    return origin_of(node, origins, _BUILTIN)


def _has_no_arguments(call: ast.Call, _origins: Origins) -> bool:
    return not arguments_of(call)


def _makes_default_dict(call: ast.Call, _origins: Origins) -> bool:
    factories = (isinstance(a, (ast.Name, ast.Lambda)) for a in call.args)
    return not call.keywords and all(factories)


def _makes_field(call: ast.Call, _origins: Origins) -> bool:
    """A field of a dataclass, which has no default value and factory at once."""
    names = {keyword.arg for keyword in call.keywords}
    if call.args or {"default", "default_factory"} <= names:
        return False
    return all(_is_plain(a) or isinstance(a, ast.Lambda) for a in arguments_of(call))


def _makes_named_object(call: ast.Call, _origins: Origins) -> bool:
    return _begins_with_name(call) and all(
        _is_plain(argument) or _is_type(argument) for argument in arguments_of(call)
    )


def _begins_with_name(call: ast.Call) -> bool:
    """Whether the first argument is a name, and what follows can be: a type variable has no single constraint."""
    first = call.args[0] if call.args else None
    if isinstance(first, ast.Constant):
        is_single = last_of(call.func) == "TypeVar" and len(call.args) == 2
        return isinstance(first.value, str) and not is_single
    return isinstance(first, ast.Name) and first.id == "__name__"


def _is_plain(node: ast.expr) -> bool:
    if isinstance(node, ast.Attribute):
        return _is_plain(node.value)
    return isinstance(node, (ast.Constant, ast.Name))


def _is_type(node: ast.expr) -> bool:
    """A type such as `dict[str, int]` or `Sequence["X"]`, as a bound has it."""
    return isinstance(node, ast.Subscript) and _is_plain(node.value)


_EFFECT_FREE_CALLS: dict[str, Rule] = {
    **dict.fromkeys(_BARE, _has_no_arguments),
    **dict.fromkeys(_NAMED, _makes_named_object),
    **CONSTANT_CALLS,
    "collections.defaultdict": _makes_default_dict,
    "dataclasses.field": _makes_field,
}
"""For what is called: whether a call with its arguments surely has no side effects."""
