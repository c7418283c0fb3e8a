"""`x: str = Field("a", const=True)`, which Pydantic 2 refuses, as `x: Literal["a"] = Field("a")`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import libcst as cst

from ._v2_validators import fields_of

if TYPE_CHECKING:
    from gardener.codemod.import_changes import ImportChanges

    from ._v2_command import ModelCommand

_FIELD = ("pydantic.Field", "pydantic.fields.Field")


class Constants:
    """Changes the constant fields of the models of one file."""

    def __init__(self, command: ModelCommand, imports: ImportChanges) -> None:
        self.command = command
        self.imports = imports

    def change(self) -> None:
        """Change what can be changed, and leave the others with a note."""
        command = self.command
        for model in command.index.find(cst.ClassDef):
            for name, field in fields_of(model).items():
                call = field.value
                const = _const(call) if isinstance(call, cst.Call) else None
                if const is None or command.meaning(call.func) not in _FIELD:  # type: ignore[union-attr]
                    continue
                if not command.receivers.is_model(command.classes.at(model)):
                    continue
                if command.protected(field) or not command.certain(const):
                    continue
                assert isinstance(call, cst.Call)
                self._change(model, name, field, call)

    def _change(self, model: cst.ClassDef, name: str, field: cst.AnnAssign, call: cst.Call) -> None:
        command = self.command
        default = _default(call)
        if default is None or not _is_plain(command.code(field.annotation.annotation), default):
            why = "only a plain text or number can become a Literal"
            command.note(field, f"const of {model.name.value}.{name} left alone: {why}")
            return
        if _is_commented(call):
            command.note(
                field, f"const of {model.name.value}.{name} left alone: a comment stands beside it"
            )
            return
        literal = self.imports.written(field, "typing", "Literal", "typing_")
        annotation = cst.parse_expression(f"{literal}[{command.code(default)}]")
        command.change(field.annotation.annotation, lambda _: annotation)
        command.change(call, partial(_without, call))


def _const(call: cst.Call) -> cst.Arg | None:
    for arg in call.args:
        if arg.keyword is not None and arg.keyword.value == "const":
            return arg if isinstance(arg.value, cst.Name) and arg.value.value == "True" else None
    return None


def _default(call: cst.Call) -> cst.BaseExpression | None:
    """The default that a field is given, first or by name."""
    for number, arg in enumerate(call.args):
        if (number == 0 and arg.keyword is None and not arg.star) or (
            arg.keyword is not None and arg.keyword.value == "default"
        ):
            return arg.value
    return None


def _is_plain(annotation: str, default: cst.BaseExpression) -> bool:
    """Whether a default is a value of its type, and written out."""
    if annotation == "str":
        return isinstance(default, cst.SimpleString) and "b" not in default.prefix.lower()
    if annotation == "int":
        return isinstance(default, cst.Integer)
    is_name = annotation == "bool" and isinstance(default, cst.Name)
    return is_name and default.value in ("True", "False")  # type: ignore[attr-defined]


def _is_commented(call: cst.Call) -> bool:
    """Whether a comment is about the const of a call, or would move to another argument without it."""
    const = _const(call)
    assert const is not None
    number = list(call.args).index(const)
    if "#" in _written(const):
        return True
    above = _spaces_behind(call.args[number - 1]) if number else [call.whitespace_before_args]
    texts = [_written(space) for space in above]
    if number == len(call.args) - 1:
        return any("#" in text for text in texts)
    return any("#" in text.partition("\n")[2] for text in texts)  # on lines of their own


def _spaces_behind(arg: cst.Arg) -> list[cst.CSTNode]:
    comma = arg.comma
    behind = (
        [comma.whitespace_before, comma.whitespace_after] if isinstance(comma, cst.Comma) else []
    )
    return [arg.whitespace_after_arg, *behind]


def _written(node: cst.CSTNode) -> str:
    return cst.Module([]).code_for_node(node)


def _without(before: cst.Call, call: cst.Call) -> cst.Call:
    """A call without its const."""
    keep = [n for n, arg in enumerate(before.args) if arg is not _const(before)]
    args = [call.args[number] for number in keep]
    if args and keep[-1] != len(before.args) - 1:
        last = call.args[-1]
        space = last.whitespace_after_arg
        args[-1] = args[-1].with_changes(comma=last.comma, whitespace_after_arg=space)
    return call.with_changes(args=args)
