"""Which model a method is called on: only where that is certain."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import libcst as cst

from gardener.codemod.class_facts import named
from gardener.codemod.class_hierarchy import Classes, ClassRef
from gardener.codemod.meaning import Bound

from ._config_refusals import MODELS, SETTINGS
from ._v2_methods import COPIES, MAKES

if TYPE_CHECKING:
    from gardener.codemod.command import Command

_DEEPEST = 5
_CLASS_METHODS = frozenset(
    ["classmethod", "validator", "root_validator", "field_validator", "model_validator"]
)
_TYPES = ("typing.Type", "builtins.type")


class Typed(NamedTuple):
    """The model of an annotation, and whether it is one of many things of that model."""

    model: ClassRef | None = None
    is_many: bool = False

    @property
    def single(self) -> ClassRef | None:
        """The model where there is one of it."""
        return None if self.is_many else self.model

    @property
    def each(self) -> ClassRef | None:
        """The model where there are many of it."""
        return self.model if self.is_many else None


class Receivers:
    """Finds the models behind expressions of one file."""

    def __init__(self, command: Command, classes: Classes) -> None:
        self.command = command
        self.classes = classes
        self.names = command.names
        self.parent = command.index.parent

    def is_model(self, ref: ClassRef) -> bool:
        """Whether a class is surely one of Pydantic 2."""
        bases = self.classes.bases(ref)
        outside = set(bases.outside)
        has_v1 = any(name.startswith("pydantic.v1") for name in (*outside, *bases.unknown))
        return bool((MODELS | SETTINGS) & outside) and not has_v1

    def _model(self, ref: ClassRef | str) -> ClassRef | None:
        return ref if isinstance(ref, ClassRef) and self.is_model(ref) else None

    # --- classes --------------------------------------------------------------------------

    def of_class(self, node: cst.BaseExpression, depth: int = 0) -> ClassRef | None:
        """The model class that an expression is."""
        while isinstance(node, cst.Subscript):
            node = node.value
        if depth > _DEEPEST:
            return None
        if isinstance(node, cst.Call):  # type(model)
            is_type = isinstance(node.func, cst.Name) and node.func.value == "type"
            plain = len(node.args) == 1 and node.args[0].keyword is None and not node.args[0].star
            return self.instance(node.args[0].value, depth + 1) if is_type and plain else None
        if isinstance(node, cst.Attribute) and node.attr.value == "__class__":
            return self.instance(node.value, depth + 1)
        if isinstance(node, cst.Name):
            bound = self._only(node)
            if bound is not None and isinstance(bound.node, cst.Param):
                if node.value == "cls":
                    return self._around(bound.node, is_class=True)
                return self._annotated_class(bound.node.annotation)
        if not isinstance(node, (cst.Name, cst.Attribute)):
            return None
        return self._model(self.classes.of(node))

    def _annotated_class(self, annotation: cst.Annotation | None) -> ClassRef | None:
        """The model of `type[Model]`."""
        written = annotation.annotation if annotation is not None else None
        if not isinstance(written, cst.Subscript) or len(written.slice) != 1:
            return None
        outer = self.classes.of(written.value)
        inner = written.slice[0].slice
        if outer not in _TYPES or not isinstance(inner, cst.Index):
            return None
        return self._typed(inner.value).single

    def _around(self, parameter: cst.Param, *, is_class: bool) -> ClassRef | None:
        """The model whose method has this `self` or `cls` first."""
        parameters = self.parent[parameter]
        function = self.parent[parameters]
        if not isinstance(function, cst.FunctionDef) or not isinstance(parameters, cst.Parameters):
            return None
        first = [*parameters.posonly_params, *parameters.params][:1]
        block = self.parent[function]
        holder = self.parent.get(block)
        if first != [parameter] or not isinstance(holder, cst.ClassDef):
            return None
        decorators = {_last_name(d.decorator) for d in function.decorators}
        if "staticmethod" in decorators or bool(decorators & _CLASS_METHODS) is not is_class:
            return None
        return self._model(self.classes.at(holder))

    # --- instances --------------------------------------------------------------------------

    def instance(self, node: cst.BaseExpression, depth: int = 0) -> ClassRef | None:
        """The model that an expression is an instance of."""
        if depth > _DEEPEST:
            return None
        if isinstance(node, cst.Call):
            return self._made(node, depth)
        if isinstance(node, cst.Await):
            call = node.expression
            return self._returned(call, is_async=True) if isinstance(call, cst.Call) else None
        if isinstance(node, cst.Attribute):
            return self._field(node, depth).single
        bound = self._only(node)
        return self._bound(node, bound, depth) if bound is not None else None

    def _only(self, node: cst.BaseExpression) -> Bound | None:
        """The one thing that binds a name."""
        bindings = self.names.bound(node)
        return bindings[0] if len(bindings) == 1 and bindings[0].scope is not None else None

    def _bound(self, node: cst.BaseExpression, bound: Bound, depth: int) -> ClassRef | None:
        where = bound.node
        if isinstance(where, cst.Param) and isinstance(node, cst.Name) and node.value == "self":
            return self._around(where, is_class=False)
        if bound.kind == "assign" and isinstance(bound.value, (cst.Call, cst.Await)):
            if not isinstance(where, cst.AnnAssign):
                return self.instance(bound.value, depth + 1)
        loop = self.parent.get(where)
        if isinstance(loop, (cst.For, cst.CompFor)) and loop.target is where:
            return self._typed_expression(loop.iter, depth + 1).each
        return self._typed(self._annotation(where)).single

    def _annotation(self, node: cst.CSTNode) -> cst.BaseExpression | None:
        """The annotation of what binds a name: a parameter, a variable."""
        if isinstance(node, cst.Param):
            by_name = isinstance(node.star, str) and node.star in ("*", "**")
            return node.annotation.annotation if node.annotation and not by_name else None
        statement = node if isinstance(node, cst.AnnAssign) else self.parent.get(node)
        return statement.annotation.annotation if isinstance(statement, cst.AnnAssign) else None

    def _typed(self, annotation: cst.BaseExpression | None) -> Typed:
        """The model that an annotation of this file names."""
        name = named(self.names, annotation) if annotation is not None else None
        if name is None:
            return Typed()
        return Typed(self._model(self.classes.meant(name.meaning)), name.is_many)

    def _typed_expression(self, node: cst.BaseExpression, depth: int) -> Typed:
        """What an expression is by annotations alone."""
        if isinstance(node, cst.Attribute):
            return self._field(node, depth)
        bound = self._only(node)
        return self._typed(self._annotation(bound.node)) if bound is not None else Typed()

    def _field(self, node: cst.Attribute, depth: int) -> Typed:
        """What the annotation of a model's field names, where the field is read."""
        owner = self.instance(node.value, depth + 1)
        for ref in self.classes.line(owner) if owner is not None else ():
            field = ref.facts.field(node.attr.value)
            if field is not None:
                return Typed(
                    self._model(self.classes.meant(field.meaning, ref.path)), field.is_many
                )
            if ref.facts.member(node.attr.value) is not None:
                break
        return Typed()

    def _made(self, call: cst.Call, depth: int) -> ClassRef | None:
        """The model that a call gives an instance of."""
        model = self.of_class(call.func, depth + 1)
        if model is not None:
            return model
        if isinstance(call.func, cst.Attribute) and call.func.attr.value in MAKES:
            owner = call.func.value
            if call.func.attr.value in COPIES:
                return self.instance(owner, depth + 1)
            return self.of_class(owner, depth + 1)
        return self._returned(call, is_async=False)

    def _returned(self, call: cst.Call, *, is_async: bool) -> ClassRef | None:
        """The model that a function of this file says it returns."""
        bound = self._only(call.func)
        function = bound.node if bound is not None else None
        if not isinstance(function, cst.FunctionDef) or function.returns is None:
            return None
        if function.decorators or (function.asynchronous is not None) is not is_async:
            return None
        return self._typed(function.returns.annotation).single


def _last_name(node: cst.BaseExpression) -> str:
    function = node.func if isinstance(node, cst.Call) else node
    if isinstance(function, cst.Attribute):
        return function.attr.value
    return function.value if isinstance(function, cst.Name) else ""
