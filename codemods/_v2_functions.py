"""What methods of classes in a file say of types: what they return, and what they annotate."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import libcst as cst

if TYPE_CHECKING:
    from gardener.codemod.class_hierarchy import Classes, ClassRef
    from gardener.codemod.node_index import NodeIndex

_HARMLESS = frozenset(["staticmethod", "classmethod", "abstractmethod", "override", "final"])
"""Decorators with which a method returns what it says."""
_PROPERTIES = frozenset(["property", "cached_property"])


class Functions:
    """The methods of classes that a file defines."""

    def __init__(self, index: NodeIndex, classes: Classes) -> None:
        self.index = index
        self.classes = classes

    def method(self, ref: ClassRef, name: str) -> cst.FunctionDef | None:
        """The method that a call on an instance or the class runs, or one that overrides it."""
        for each in self.classes.line(ref):
            if each.facts.member(name) is not None:
                function = self._defined(each, name)
                plain = function is not None and decorated_by(function) <= _HARMLESS
                return function if plain else None
        return None

    def property_of(self, ref: ClassRef, name: str) -> cst.BaseExpression | None:
        """The annotation of what a property of a class gives."""
        function = self._defined(ref, name)
        if function is None or function.returns is None or function.asynchronous is not None:
            return None
        decorators = decorated_by(function)
        is_property = bool(decorators & _PROPERTIES) and decorators <= _PROPERTIES | _HARMLESS
        return function.returns.annotation if is_property else None

    def _defined(self, ref: ClassRef, name: str) -> cst.FunctionDef | None:
        """The one function of that name in the body of a class of this file."""
        definition = self.classes.definition(ref)
        body = definition.body.body if definition is not None else ()
        functions = [f for f in body if isinstance(f, cst.FunctionDef) and f.name.value == name]
        return functions[0] if len(functions) == 1 else None

    def given_in_methods(self, ref: ClassRef, name: str) -> Iterator[cst.BaseExpression]:
        """The annotations that methods of a class give to an attribute: `self.name: Class = ...`."""
        definition = self.classes.definition(ref)
        for statement in self.index.find(cst.AnnAssign) if definition is not None else ():
            target = statement.target
            if not isinstance(target, cst.Attribute) or target.attr.value != name:
                continue
            around = [a for a in self.index.ancestors(statement) if isinstance(a, _SCOPES)]
            in_method = len(around) > 1 and isinstance(around[0], cst.FunctionDef)
            if in_method and around[1] is definition and _is_self(target.value, around[0]):
                yield statement.annotation.annotation


_SCOPES = (cst.FunctionDef, cst.ClassDef, cst.Lambda)


def _is_self(node: cst.BaseExpression, function: cst.CSTNode) -> bool:
    """Whether an expression is the first parameter of a method."""
    assert isinstance(function, cst.FunctionDef)
    first = [*function.params.posonly_params, *function.params.params][:1]
    return isinstance(node, cst.Name) and [node.value] == [param.name.value for param in first]


def decorated_by(function: cst.FunctionDef) -> frozenset[str]:
    """The last names of a function's decorators."""
    return frozenset(_last_name(decorator.decorator) for decorator in function.decorators)


def _last_name(node: cst.BaseExpression) -> str:
    function = node.func if isinstance(node, cst.Call) else node
    if isinstance(function, cst.Attribute):
        return function.attr.value
    return function.value if isinstance(function, cst.Name) else ""
