"""Looks at objects without running any of their code. PYTEST_DONT_REWRITE

A failing test's objects may be mocks, proxies, or half made: a property or a `__getattr__` may
hang, raise, or change what the test left behind. So attributes are looked up as they are stored.
"""

from __future__ import annotations

import ast
import functools
import types
from typing import Any, List, Mapping, Tuple

from .text import Json

MISSING = object()
WRAPPERS_FOLLOWED = 20
"""Wrappers in wrappers that are followed, since they may lead in a circle."""


def bare_dict(instance: Any) -> Json:
    """The instance's own `__dict__`, or an empty one."""
    try:
        attributes = object.__getattribute__(instance, "__dict__")
    except Exception:
        return {}
    return attributes if isinstance(attributes, dict) else {}


def mro_of(kind: Any) -> Tuple[type, ...]:
    """A class with its bases in the order of attribute look-up; empty if it is no class."""
    try:
        bases: Tuple[type, ...] = type.__getattribute__(kind, "__mro__")
        return bases
    except Exception:
        return ()


def static_attribute(owner: Any, name: str) -> Any:
    """What `owner.name` would find, as it is stored (no descriptor runs), or MISSING."""
    if isinstance(owner, types.ModuleType):
        return vars(owner).get(name, MISSING)
    namespaces: List[Mapping[str, Any]]
    if isinstance(owner, type):
        namespaces = [vars(base) for base in mro_of(owner)]
    else:
        namespaces = [bare_dict(owner)]
    namespaces += [vars(base) for base in mro_of(type(owner))]
    for namespace in namespaces:
        if name in namespace:
            return namespace[name]
    return MISSING


def underlying(wrapper: Any) -> Any:
    """The function or class behind wrappers, bound methods and partials; None if there is none."""
    for _ in range(WRAPPERS_FOLLOWED):
        if isinstance(wrapper, type):
            return wrapper
        wrapped = _wrapped(wrapper)
        if wrapped is None:
            return wrapper if isinstance(wrapper, types.FunctionType) else None
        wrapper = wrapped
    return None


def _wrapped(wrapper: Any) -> Any:
    """What is directly behind a wrapper, or None."""
    if isinstance(wrapper, (staticmethod, classmethod, types.MethodType)):
        return wrapper.__func__
    if isinstance(wrapper, functools.partial):
        return wrapper.func
    if isinstance(wrapper, property):
        return wrapper.fget
    if isinstance(wrapper, types.FunctionType):
        return vars(wrapper).get("__wrapped__")
    wrapped = bare_dict(wrapper).get("__wrapped__")
    if wrapped is None:
        call = static_attribute(type(wrapper), "__call__")
        wrapped = call if isinstance(call, types.FunctionType) else None
    return wrapped


def resolve(node: ast.AST, frame_locals: Mapping[str, Any], frame_globals: Json) -> Any:
    """The object that a name or a chain of attributes stands for in a frame, or MISSING."""
    if isinstance(node, ast.Name):
        if node.id in frame_locals:
            return frame_locals[node.id]
        return frame_globals.get(node.id, MISSING)
    if isinstance(node, ast.Attribute):
        owner = resolve(node.value, frame_locals, frame_globals)
        if owner is MISSING or isinstance(owner, property):
            return MISSING
        return static_attribute(owner, node.attr)
    if isinstance(node, ast.Call):
        # Nothing is called: the class stands for its instance, so that `Class().method` resolves.
        callee = resolve(node.func, frame_locals, frame_globals)
        return callee if isinstance(callee, type) else MISSING
    if isinstance(node, ast.Await):
        return resolve(node.value, frame_locals, frame_globals)
    return MISSING


def resolve_callable(node: ast.AST, frame: types.FrameType) -> Any:
    """The function or class that an expression stands for in a frame, or None."""
    target = resolve(node, frame.f_locals, frame.f_globals)
    return None if target is MISSING else underlying(target)
