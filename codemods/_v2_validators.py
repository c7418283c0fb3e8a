"""Validators of Pydantic 1 as those of Pydantic 2, where both do the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import libcst as cst

if TYPE_CHECKING:
    from gardener.codemod.import_changes import ImportChanges

    from ._pydantic_v2_api import PydanticV2Api

_NONE = cst.SimpleWhitespace("")
_EQUAL = cst.AssignEqual(whitespace_before=_NONE, whitespace_after=_NONE)
_NEW = {"validator": "field_validator", "root_validator": "model_validator"}


class Decorated(NamedTuple):
    """A function with one decorator of Pydantic 1; `old` is the decorator's name there."""

    function: cst.FunctionDef
    decorator: cst.Decorator
    old: str


class Validators:
    """Changes the validators of one file."""

    def __init__(self, command: PydanticV2Api, imports: ImportChanges) -> None:
        self.command = command
        self.imports = imports
        self.replaced: list[cst.CSTNode] = []

    def change(self) -> None:
        """Change what can be changed, and leave the others with a note."""
        command = self.command
        for function in command.index.find(cst.FunctionDef):
            for decorator in function.decorators:
                written = decorator.decorator
                target = written.func if isinstance(written, cst.Call) else written
                old = _OLD.get(command.meaning(target), "")
                if old:
                    self._judge(Decorated(function, decorator, old))

    def _judge(self, found: Decorated) -> None:
        command = self.command
        holder = command.index.parent.get(command.index.parent[found.function])
        in_model = isinstance(holder, cst.ClassDef) and command.receivers.is_model(
            command.classes.at(holder)
        )
        if command.protected(found.decorator):
            return
        why = "" if in_model else "it is not in a known model"
        why = why or self._refused(found)
        name = found.function.name.value
        if why:
            command.note(found.decorator, f"@{found.old} of {name} left alone: {why}")
        elif command.certain(found.decorator):
            self._change(found)

    # --- what cannot be changed ---------------------------------------------------------------

    def _refused(self, found: Decorated) -> str:
        call = found.decorator.decorator
        if not isinstance(call, cst.Call):
            return "it is used without a call"
        why = _refused_keywords(call, found.old) or self._refused_parameters(found)
        if why:
            return why
        if not isinstance(call.func, (cst.Name, cst.Attribute)) or any(a.star for a in call.args):
            return "its fields are computed"
        if isinstance(call.func, cst.Name) and call.func.value != found.old:
            return "it is imported under another name"
        return "a comment stands in it" if "#" in self.command.code(call) else ""

    def _refused_parameters(self, found: Decorated) -> str:
        parameters = found.function.params
        names = [*parameters.posonly_params, *parameters.params]
        if parameters.star_kwarg is not None and len(names) == 2:
            return "it takes `**`"
        if parameters.kwonly_params or isinstance(parameters.star_arg, cst.Param):
            return "it takes `*`"
        if len(names) == 2 and parameters.star_kwarg is None:
            return ""
        is_values = found.old == "validator" and len(names) == 3 and _named_values(names[2])
        if not is_values or parameters.star_kwarg is not None:
            return (
                f"it takes `{names[2].name.value}`" if len(names) > 2 else "it takes one argument"
            )
        return self._refused_values(found.function, names[2])

    def _refused_values(self, function: cst.FunctionDef, values: cst.Param) -> str:
        """Why `values` cannot become `info.data` in a body."""
        names = self.command.names
        if names.bound_anywhere("info") and any(_says(function, "info")):
            return "it takes `values`, and the name `info` is taken in it"
        for use in _says(function, "values"):
            above = self.command.index.parent[use]
            if isinstance(above, (cst.AssignTarget, cst.AugAssign, cst.Del, cst.Param)):
                if above is not values:
                    return "it takes `values` and gives the name another value"
        return ""

    # --- the change -----------------------------------------------------------------------------

    def _change(self, found: Decorated) -> None:
        command = self.command
        call = found.decorator.decorator
        assert isinstance(call, cst.Call)
        new = _NEW[found.old]
        func = call.func
        if isinstance(func, cst.Attribute):
            func = func.with_changes(attr=cst.Name(new))
        else:
            near = command.names.bound(func)
            written = self.imports.written(found.function, "pydantic", new, "pydantic_", near)
            func = cst.parse_expression(written)
            self.replaced.append(call.func)
        args = _arguments(call.args)
        changed = call.with_changes(func=func, args=args)
        command.change(call, lambda _: changed)
        names = {command.code(d.decorator) for d in found.function.decorators}
        if "classmethod" not in names:
            command.change(found.function, _as_classmethod)
        parameters = [*found.function.params.posonly_params, *found.function.params.params]
        if len(parameters) == 3:
            self._use_info(found.function, parameters[2])

    def _use_info(self, function: cst.FunctionDef, values: cst.Param) -> None:
        """Read what was validated before from `info.data`."""
        command = self.command
        annotation = None
        if values.annotation is not None:
            written = self.imports.written(function, "pydantic", "ValidationInfo", "pydantic_")
            annotation = values.annotation.with_changes(annotation=cst.parse_expression(written))
        command.change(
            values, lambda old: old.with_changes(name=cst.Name("info"), annotation=annotation)
        )
        for use in _says(function, "values"):
            if command.index.parent[use] is not values:
                command.change(use, lambda _: cst.parse_expression("info.data"))


_OLD = {
    f"{module}.{name}": name
    for module in ("pydantic", "pydantic.class_validators", "pydantic.deprecated.class_validators")
    for name in _NEW
}


def _refused_keywords(call: cst.Call, old: str) -> str:
    keywords = {arg.keyword.value: arg.value for arg in call.args if arg.keyword is not None}
    for name, value in keywords.items():
        if not (isinstance(value, cst.Name) and value.value in ("True", "False")):
            return f"{name} is computed"
        if name not in ("pre", "allow_reuse", "check_fields"):
            return f"`{name}` works in another way in Pydantic 2"
    pre = keywords.get("pre")
    if old == "root_validator" and not (isinstance(pre, cst.Name) and pre.value == "True"):
        return "after validation a model validator gets the model, not its values"
    return ""


def _named_values(parameter: cst.Param) -> bool:
    return parameter.name.value == "values" and parameter.default is None


def _says(function: cst.FunctionDef, name: str) -> list[cst.Name]:
    """The uses of a name in a function: no attributes, no keywords."""
    uses: list[cst.Name] = []
    stack: list[cst.CSTNode] = [function.params, function.body]
    while stack:
        node = stack.pop()
        if isinstance(node, cst.Name) and node.value == name:
            uses.append(node)
        elif isinstance(node, (cst.Attribute, cst.Arg)):
            stack.append(node.value)
        else:
            stack += node.children
    return uses


def _arguments(args: Sequence[cst.Arg]) -> list[cst.Arg]:
    """The fields, and `mode="before"` in the place of `pre=True`."""
    new: list[cst.Arg] = []
    for arg in args:
        keyword = arg.keyword.value if arg.keyword is not None else ""
        if keyword == "allow_reuse":
            continue
        if keyword == "pre":
            if isinstance(arg.value, cst.Name) and arg.value.value == "True":
                mode = cst.SimpleString('"before"')
                new.append(arg.with_changes(keyword=cst.Name("mode"), value=mode, equal=_EQUAL))
            continue
        new.append(arg)
    if new and args[-1] is not new[-1]:
        last = args[-1]
        space = last.whitespace_after_arg
        new[-1] = new[-1].with_changes(comma=last.comma, whitespace_after_arg=space)
    return new


def _as_classmethod(function: cst.FunctionDef) -> cst.FunctionDef:
    decorator = cst.Decorator(cst.Name("classmethod"))
    return function.with_changes(decorators=[*function.decorators, decorator])
