"""Validators of Pydantic 1 as those of Pydantic 2, where both do the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import libcst as cst

from ._config_layout import argument, with_arguments
from ._config_refusals import awaits_warning, is_choice
from ._v2_after import AfterValidation
from ._v2_names import uses_of
from ._v2_overrides import Overrides

if TYPE_CHECKING:
    from gardener.codemod.import_changes import ImportChanges

    from ._v2_command import ModelCommand

_NONE = cst.SimpleWhitespace("")
_EQUAL = cst.AssignEqual(whitespace_before=_NONE, whitespace_after=_NONE)
_NEW = {"validator": "field_validator", "root_validator": "model_validator"}


class Decorated(NamedTuple):
    """A function with one decorator of Pydantic 1; `old` is the decorator's name there."""

    function: cst.FunctionDef
    decorator: cst.Decorator
    old: str
    holder: cst.ClassDef


class Validators:
    """Changes the validators of one file."""

    def __init__(self, command: ModelCommand, imports: ImportChanges) -> None:
        self.command = command
        self.imports = imports
        self.replaced: list[cst.CSTNode] = []
        self.validated: set[cst.CSTNode] = set()
        self.overrides: Overrides

    def change(self) -> None:
        """Change what can be changed, and leave the others with a note."""
        decorated = list(self._decorated())
        if decorated and not self.command.certain(decorated[0][1]):
            return
        self.overrides = Overrides(self.command, (f.name.value for f, *_ in decorated))
        for function, decorator, old in decorated:
            holder = self.command.index.parent.get(self.command.index.parent[function])
            if isinstance(holder, cst.ClassDef):
                self._judge(Decorated(function, decorator, old, holder))
            else:
                self._leave(decorator, function, old, "it is not in a known model")

    def _decorated(self) -> Iterator[tuple[cst.FunctionDef, cst.Decorator, str]]:
        """The functions with a decorator of Pydantic 1, and its name there."""
        command = self.command
        for function in command.index.find(cst.FunctionDef):
            for decorator in function.decorators:
                written = decorator.decorator
                target = written.func if isinstance(written, cst.Call) else written
                old = _OLD.get(command.meaning(target), "")
                if old and not command.protected(decorator) and not self._stays(decorator, old):
                    yield function, decorator, old

    def _stays(self, decorator: cst.Decorator, old: str) -> bool:
        """Whether the code wants the old one there: for its warning, or for an older version."""
        return awaits_warning(self.command, decorator) or is_choice(
            self.command, decorator, _NEW[old]
        )

    def _judge(self, validator: Decorated) -> None:
        command = self.command
        why, after = "", None
        if not command.receivers.is_model(command.classes.at(validator.holder)):
            why = "it is not in a known model"
        elif validator.old == "root_validator" and _is_after(validator):
            after = AfterValidation(command, validator.function, validator.holder)
            why = self._refused_call(validator) or after.refused()
        else:
            why = self._refused(validator)
        why = why or self._refused_place(validator, is_method=after is not None)
        if why:
            self._leave(validator.decorator, validator.function, validator.old, why)
        elif after is not None:
            self._call(validator, [argument("mode", cst.SimpleString('"after"'))])
            after.change()
        else:
            self._change(validator)

    def _leave(self, node: cst.CSTNode, function: cst.FunctionDef, old: str, why: str) -> None:
        self.command.note(node, f"@{old} of {function.name.value} left alone: {why}")

    # --- what cannot be changed ---------------------------------------------------------------

    def _refused(self, validator: Decorated) -> str:
        call = validator.decorator.decorator
        if not isinstance(call, cst.Call):
            return "it is used without a call"
        why = _refused_keywords(call, validator.old) or self._refused_parameters(validator)
        return why or self._refused_call(validator) or self._refused_defaults(validator, call)

    def _refused_place(self, validator: Decorated, *, is_method: bool) -> str:
        """Why the function means more than itself: by decorators, in its family, to those who call it."""
        function = validator.function
        at = list(function.decorators).index(validator.decorator)
        for number, each in enumerate(function.decorators):
            code = self.command.code(each.decorator)
            if number != at and (code != "classmethod" or number < at):
                return f"it is decorated with {code.partition('(')[0]} too"
        name = function.name.value
        why = self.overrides.of(self.command.classes.at(validator.holder), name)
        takes_more = len((*function.params.posonly_params, *function.params.params)) > 2
        if not why and (is_method or takes_more):
            where = self.overrides.called_in(name)
            why = f"{where} calls {name}, which would take other arguments" if where else ""
        return why

    def _refused_call(self, validator: Decorated) -> str:
        call = validator.decorator.decorator
        assert isinstance(call, cst.Call)
        if not isinstance(call.func, (cst.Name, cst.Attribute)) or any(a.star for a in call.args):
            return "its fields are computed"
        if isinstance(call.func, cst.Name) and call.func.value != validator.old:
            return "it is imported under another name"
        return "a comment stands in it" if "#" in self.command.code(call) else ""

    def _refused_defaults(self, validator: Decorated, call: cst.Call) -> str:
        """Why the defaults of the fields cannot be validated as `always=True` does."""
        if not _is_always(call):
            return ""
        names = [arg.value for arg in call.args if arg.keyword is None]
        if not all(isinstance(name, cst.SimpleString) for name in names):
            return "its fields are computed"
        fields = fields_of(validator.holder)
        for name in names:
            text = str(name.evaluated_value)  # type: ignore[attr-defined]
            if text not in fields:
                return f"`always` needs the field {text}, which is not in this class"
            default = fields[text].value
            if isinstance(default, cst.Call) and not self._is_field(default):
                return f"`always` needs the default of {text}, which a call gives"
        return ""

    def _is_field(self, call: cst.Call) -> bool:
        plain = not any(arg.star for arg in call.args)
        return plain and self.command.meaning(call.func) in (
            "pydantic.Field",
            "pydantic.fields.Field",
        )

    def _refused_parameters(self, validator: Decorated) -> str:
        parameters = validator.function.params
        names = [*parameters.posonly_params, *parameters.params]
        if parameters.star_kwarg is not None and len(names) == 2:
            return "it takes `**`"
        if parameters.kwonly_params or isinstance(parameters.star_arg, cst.Param):
            return "it takes `*`"
        if len(names) == 2 and parameters.star_kwarg is None:
            return ""
        is_values = validator.old == "validator" and len(names) == 3 and _named_values(names[2])
        if not is_values or parameters.star_kwarg is not None:
            return (
                f"it takes `{names[2].name.value}`" if len(names) > 2 else "it takes one argument"
            )
        return self._refused_values(validator.function, names[2])

    def _refused_values(self, function: cst.FunctionDef, values: cst.Param) -> str:
        """Why `values` cannot become `info.data` in a body."""
        names = self.command.names
        if names.bound_anywhere("info") and any(uses_of(function, "info")):
            return "it takes `values`, and the name `info` is taken in it"
        for use in uses_of(function, "values"):
            if use is not values.name and [b.node for b in names.bound(use)] != [values]:
                return "it takes `values` and gives the name another value"
        return ""

    # --- the change -----------------------------------------------------------------------------

    def _change(self, validator: Decorated) -> None:
        command = self.command
        call = validator.decorator.decorator
        assert isinstance(call, cst.Call)
        self._call(validator, _arguments(call.args))
        if _is_always(call):
            self._validate_defaults(validator, call)
        names = {command.code(d.decorator) for d in validator.function.decorators}
        if "classmethod" not in names:
            command.change(validator.function, _as_classmethod)
        parameters = [*validator.function.params.posonly_params, *validator.function.params.params]
        if len(parameters) == 3:
            self._use_info(validator.function, parameters[2])

    def _call(self, validator: Decorated, args: Sequence[cst.Arg]) -> None:
        """Call the new decorator in the place of the old one."""
        command = self.command
        call = validator.decorator.decorator
        assert isinstance(call, cst.Call)
        new = _NEW[validator.old]
        func = call.func
        if isinstance(func, cst.Attribute):
            func = func.with_changes(attr=cst.Name(new))
        else:
            bound = command.names.bound(func)
            written = self.imports.written(validator.function, "pydantic", new, "pydantic_", bound)
            func = cst.parse_expression(written)
            self.replaced.append(call.func)
        changed = call.with_changes(func=func, args=args)
        command.change(call, lambda _: changed)

    def _validate_defaults(self, validator: Decorated, call: cst.Call) -> None:
        """Say of the fields that their defaults are validated too."""
        fields = fields_of(validator.holder)
        for arg in call.args:
            name = arg.value.evaluated_value if isinstance(arg.value, cst.SimpleString) else None
            default = fields[str(name)].value if arg.keyword is None and name else None
            if default is None or default in self.validated:
                continue
            self.validated.add(default)
            if isinstance(default, cst.Call):
                self.command.change(default, _with_validation)
                continue
            bound = self.command.names.bound(call.func)
            written = self.imports.written(
                fields[str(name)], "pydantic", "Field", "Pydantic", bound
            )
            self.command.change(default, partial(_as_field, written))

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
        for use in uses_of(function, "values"):
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
        if name == "always" and old == "validator":
            continue
        if name not in ("pre", "allow_reuse", "check_fields"):
            return f"`{name}` works in another way in Pydantic 2"
    pre = keywords.get("pre")
    if old == "root_validator" and not (isinstance(pre, cst.Name) and pre.value == "True"):
        return "after validation a model validator gets the model, not its values"
    return ""


def _named_values(parameter: cst.Param) -> bool:
    return parameter.name.value == "values" and parameter.default is None


def _is_after(validator: Decorated) -> bool:
    call = validator.decorator.decorator
    return isinstance(call, cst.Call) and AfterValidation.is_meant(call)


def _is_always(call: cst.Call) -> bool:
    return any(
        arg.keyword is not None
        and arg.keyword.value == "always"
        and isinstance(arg.value, cst.Name)
        and arg.value.value == "True"
        for arg in call.args
    )


def _with_validation(field: cst.Call) -> cst.Call:
    """`Field(...)` whose default is validated."""
    extra = argument("validate_default", cst.Name("True"))
    if any(
        arg.keyword is not None and arg.keyword.value == "validate_default" for arg in field.args
    ):
        return field
    return with_arguments(field, [extra], in_lines=False)


def _as_field(name: str, default: cst.BaseExpression) -> cst.Call:
    call = cst.Call(cst.parse_expression(name), [cst.Arg(default)])
    return _with_validation(call)


def fields_of(holder: cst.ClassDef) -> dict[str, cst.AnnAssign]:
    """The annotated fields of a class body by their names."""
    lines = [line for line in holder.body.body if isinstance(line, cst.SimpleStatementLine)]
    parts = [part for line in lines for part in line.body if isinstance(part, cst.AnnAssign)]
    return {part.target.value: part for part in parts if isinstance(part.target, cst.Name)}


def _arguments(args: Sequence[cst.Arg]) -> list[cst.Arg]:
    """The fields, and `mode="before"` in the place of `pre=True`."""
    new: list[cst.Arg] = []
    for arg in args:
        keyword = arg.keyword.value if arg.keyword is not None else ""
        if keyword in ("allow_reuse", "always"):
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
