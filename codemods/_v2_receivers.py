"""Which model a method is called on: only where that is certain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from gardener.codemod.class_facts import named
from gardener.codemod.class_hierarchy import Classes, ClassRef
from gardener.codemod.meaning import Bound

from ._config_refusals import MODELS, SETTINGS
from ._v2_containers import Container, element_of, iterated, taken_from
from ._v2_functions import Functions, decorated_by
from ._v2_methods import COPIES, MAKES
from ._v2_typed import Typed

if TYPE_CHECKING:
    from gardener.codemod.command import Command

_DEEPEST = 5
_CLASS_METHODS = frozenset(
    ["classmethod", "validator", "root_validator", "field_validator", "model_validator"]
)
_TYPES = ("typing.Type", "builtins.type")
_GIVEN = (cst.Call, cst.Await, cst.Attribute, cst.Subscript)
"""What an assigned value may be that tells what the name is then."""


class Receivers:
    """Finds the models behind expressions of one file."""

    def __init__(self, command: Command, classes: Classes) -> None:
        self.command = command
        self.classes = classes
        self.names = command.names
        self.parent = command.index.parent
        self.functions = Functions(command.index, classes)

    def is_model(self, ref: ClassRef) -> bool:
        """Whether a class is surely one of Pydantic 2."""
        bases = self.classes.bases(ref)
        outside = set(bases.outside)
        has_v1 = any(name.startswith("pydantic.v1") for name in (*outside, *bases.unknown))
        return bool((MODELS | SETTINGS) & outside) and not has_v1

    def of_class(self, node: cst.BaseExpression) -> ClassRef | None:
        """The model class that an expression is."""
        return self._model(self._class(node))

    def instance(self, node: cst.BaseExpression) -> ClassRef | None:
        """The model that an expression is an instance of."""
        return self._model(self._typed(node).of("one"))

    def _model(self, ref: ClassRef | None) -> ClassRef | None:
        return ref if ref is not None and self.is_model(ref) else None

    # --- classes --------------------------------------------------------------------------

    def _class(self, node: cst.BaseExpression, depth: int = 0) -> ClassRef | None:
        """The class of the project that an expression is."""
        while isinstance(node, cst.Subscript):
            node = node.value
        if depth > _DEEPEST:
            return None
        if isinstance(node, cst.Call):  # type(model)
            is_type = isinstance(node.func, cst.Name) and node.func.value == "type"
            plain = len(node.args) == 1 and node.args[0].keyword is None and not node.args[0].star
            return (
                self._typed(node.args[0].value, depth + 1).of("one") if is_type and plain else None
            )
        if isinstance(node, cst.Attribute) and node.attr.value == "__class__":
            return self._typed(node.value, depth + 1).of("one")
        if isinstance(node, cst.Name):
            bound = self._only(node)
            if bound is not None and isinstance(bound.node, cst.Param):
                if node.value == "cls":
                    return self._around(bound.node, is_class=True)
                return self._annotated_class(bound.node.annotation)
        if not isinstance(node, (cst.Name, cst.Attribute)):
            return None
        ref = self.classes.of(node)
        return ref if isinstance(ref, ClassRef) else None

    def _annotated_class(self, annotation: cst.Annotation | None) -> ClassRef | None:
        """The class of `type[Class]`."""
        written = annotation.annotation if annotation is not None else None
        if not isinstance(written, cst.Subscript) or len(written.slice) != 1:
            return None
        outer = self.classes.of(written.value)
        inner = written.slice[0].slice
        if outer not in _TYPES or not isinstance(inner, cst.Index):
            return None
        return self._annotated(inner.value).of("one")

    def _around(self, parameter: cst.Param, *, is_class: bool) -> ClassRef | None:
        """The class whose method has this `self` or `cls` first."""
        parameters = self.parent[parameter]
        function = self.parent[parameters]
        if not isinstance(function, cst.FunctionDef) or not isinstance(parameters, cst.Parameters):
            return None
        first = [*parameters.posonly_params, *parameters.params][:1]
        block = self.parent[function]
        holder = self.parent.get(block)
        if first != [parameter] or not isinstance(holder, cst.ClassDef):
            return None
        decorators = decorated_by(function)
        if "staticmethod" in decorators or bool(decorators & _CLASS_METHODS) is not is_class:
            return None
        return self.classes.at(holder)

    # --- what expressions are -----------------------------------------------------------------

    def _typed(self, node: cst.BaseExpression, depth: int = 0) -> Typed:
        """The class that an expression is an instance of, or holds many of."""
        if depth > _DEEPEST:
            return Typed()
        if isinstance(node, cst.Call):
            return self._made(node, depth)
        if isinstance(node, cst.Await):
            call = node.expression
            return (
                self._returned(call, depth, is_async=True)
                if isinstance(call, cst.Call)
                else Typed()
            )
        if isinstance(node, cst.Attribute):
            return self._field(node, depth)
        if isinstance(node, cst.Subscript):
            return self._part(element_of(node), depth)
        bound = self._only(node)
        return self._bound(node, bound, depth) if bound is not None else Typed()

    def _part(self, container: Container | None, depth: int) -> Typed:
        """One of what an expression holds, if it holds in one of some forms."""
        if container is None:
            return Typed()
        many = self._typed(container.expression, depth + 1)
        return Typed(many.ref) if many.form in container.forms else Typed()

    def _only(self, node: cst.BaseExpression) -> Bound | None:
        """The one thing that binds a name."""
        bindings = self.names.bound(node)
        return bindings[0] if len(bindings) == 1 and bindings[0].scope is not None else None

    def _bound(self, node: cst.BaseExpression, bound: Bound, depth: int) -> Typed:
        where = bound.node
        if isinstance(where, cst.Param) and isinstance(node, cst.Name) and node.value == "self":
            return Typed(self._around(where, is_class=False))
        if bound.kind == "assign" and isinstance(bound.value, _GIVEN):
            if not isinstance(where, cst.AnnAssign):
                return self._typed(bound.value, depth + 1)
        if isinstance(where, cst.Name) and not isinstance(self.parent.get(where), cst.AnnAssign):
            is_builtin = not self.names.bound_anywhere("enumerate")
            return self._part(iterated(where, self.parent, is_builtin), depth)
        return self._annotated(_annotation(where, self.parent))

    def _annotated(self, annotation: cst.BaseExpression | None) -> Typed:
        """What an annotation of this file names."""
        name = named(self.names, annotation) if annotation is not None else None
        if name is None:
            return Typed()
        ref = self.classes.meant(name.meaning)
        return Typed(ref, name.form) if isinstance(ref, ClassRef) else Typed()

    def _field(self, node: cst.Attribute, depth: int) -> Typed:
        """What an attribute is by the annotation that its class gives it."""
        owner = self._typed(node.value, depth + 1).of("one")
        name = node.attr.value
        for ref in self.classes.line(owner) if owner is not None else ():
            field = ref.facts.field(name)
            if field is not None:
                kind = self.classes.meant(field.meaning, ref.path)
                return Typed(kind, field.form) if isinstance(kind, ClassRef) else Typed()
            if ref.facts.member(name) is not None:
                return self._annotated(self.functions.property_of(ref, name))
            types = [self._annotated(a) for a in self.functions.given_in_methods(ref, name)]
            if types:
                return types[0] if len(set(types)) == 1 else Typed()
        return Typed()

    # --- calls ------------------------------------------------------------------------------------

    def _made(self, call: cst.Call, depth: int) -> Typed:
        """What a call gives: an instance of a class, a part of something, what a function returns."""
        ref = self._class(call.func, depth + 1)
        if ref is not None:
            is_own = all(each.facts.member("__new__") is None for each in self.classes.line(ref))
            return Typed(ref) if is_own else Typed()
        if isinstance(call.func, cst.Attribute):
            owner, name = call.func.value, call.func.attr.value
            if name in COPIES:
                model = self._model(self._typed(owner, depth + 1).of("one"))
            else:
                model = self._model(self._class(owner, depth + 1)) if name in MAKES else None
            if model is not None:
                return Typed(model)
            part = self._part(taken_from(call), depth)
            if part.ref is not None:
                return part
        return self._returned(call, depth, is_async=False)

    def _returned(self, call: cst.Call, depth: int, *, is_async: bool) -> Typed:
        """What a function or a method of this file says it returns."""
        function: cst.CSTNode | None
        if isinstance(call.func, cst.Attribute):
            owner = call.func.value
            ref = self._typed(owner, depth + 1).of("one") or self._class(owner, depth + 1)
            function = self.functions.method(ref, call.func.attr.value) if ref is not None else None
        else:
            bound = self._only(call.func)
            function = bound.node if bound is not None else None
            if not isinstance(function, cst.FunctionDef) or function.decorators:
                return Typed()
        if not isinstance(function, cst.FunctionDef) or function.returns is None:
            return Typed()
        if (function.asynchronous is not None) is not is_async:
            return Typed()
        return self._annotated(function.returns.annotation)


def _annotation(
    node: cst.CSTNode, parent: dict[cst.CSTNode, cst.CSTNode]
) -> cst.BaseExpression | None:
    """The annotation of what binds a name: a parameter, a variable."""
    if isinstance(node, cst.Param):
        by_name = isinstance(node.star, str) and node.star in ("*", "**")
        return node.annotation.annotation if node.annotation and not by_name else None
    statement = node if isinstance(node, cst.AnnAssign) else parent.get(node)
    return statement.annotation.annotation if isinstance(statement, cst.AnnAssign) else None
