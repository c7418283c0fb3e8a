"""`@root_validator(skip_on_failure=True)` that only looks at the values, as a method of the model."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import libcst as cst

from ._v2_names import gives_value, uses_of

if TYPE_CHECKING:
    from ._v2_command import ModelCommand

_ALLOWED = {"skip_on_failure": "True", "pre": "False", "allow_reuse": ""}


class AfterValidation:
    """One root validator that runs after validation."""

    def __init__(
        self, command: ModelCommand, function: cst.FunctionDef, holder: cst.ClassDef
    ) -> None:
        self.command = command
        self.function = function
        self.holder = holder
        self.parent = command.index.parent
        self.reads: dict[cst.CSTNode, str] = {}
        """The nodes that read a field, with its name."""
        self.returns: list[cst.Name] = []

    @staticmethod
    def is_meant(call: cst.Call) -> bool:
        """Whether the arguments of a decorator say that it runs after validation."""
        keywords = {a.keyword.value: a.value for a in call.args if a.keyword is not None}
        if len(keywords) != len(call.args) or "skip_on_failure" not in keywords:
            return False
        return all(
            name in _ALLOWED
            and isinstance(value, cst.Name)
            and value.value == (_ALLOWED[name] or value.value)
            for name, value in keywords.items()
        )

    def refused(self) -> str:
        """Why it cannot become a method; '' = it can."""
        parameters = self.function.params
        names = [*parameters.posonly_params, *parameters.params]
        plain = not (parameters.star_kwarg or parameters.kwonly_params) and len(names) == 2
        if not plain or isinstance(parameters.star_arg, cst.Param):
            return "it takes more than the values"
        first, values = (name.name.value for name in names)
        if any(use for use in uses_of(self.function, first) if self.parent[use] is not names[0]):
            return f"it uses {first}, and a method has the model instead"
        if self.command.doubts.setting(self.command.classes.at(self.holder), "validate_assignment"):
            return "the model validates assignments, which a method would see too late"
        if any(uses_of(self.function, "self")):
            return "it uses the name self"
        for use in uses_of(self.function, values):
            if self.parent[use] is not names[1] and not self._understood(use):
                return "it does more with the values than to read fields and to return them"
        given_back = [statement.value for statement in self._return_statements()]
        if any(value not in self.returns for value in given_back):
            return "it returns something else than the values"
        if any(use not in given_back for use in self.returns):
            return "a function in it returns the values"
        return ""

    def _return_statements(self) -> list[cst.Return]:
        statements: list[cst.Return] = []
        stack: list[cst.CSTNode] = [self.function.body]
        while stack:
            node = stack.pop()
            if isinstance(node, cst.Return):
                statements.append(node)
            elif not isinstance(node, (cst.FunctionDef, cst.Lambda, cst.ClassDef)):
                stack += node.children
        return statements

    def _understood(self, use: cst.Name) -> bool:
        """Whether a use of the values reads a field, or returns them."""
        above = self.parent[use]
        if isinstance(above, cst.Return):
            self.returns.append(use)
            return True
        key: cst.CSTNode | None = None
        node: cst.CSTNode = above
        if isinstance(above, cst.Subscript) and above.value is use and len(above.slice) == 1:
            index = above.slice[0].slice
            key = index.value if isinstance(index, cst.Index) else None
        elif isinstance(above, cst.Attribute) and above.attr.value == "get":
            node = self.parent[above]
            if isinstance(node, cst.Call) and node.func is above and node.args:
                key = node.args[0].value
        if not isinstance(key, cst.SimpleString) or gives_value(self.parent, node):
            return False
        name = str(key.evaluated_value)
        if not self._is_field(name):
            return False
        self.reads[node] = name
        return True

    def _is_field(self, name: str) -> bool:
        classes = self.command.classes
        return name.isidentifier() and any(
            name in ref.facts.annotated for ref in classes.line(classes.at(self.holder))
        )

    def change(self) -> None:
        """Let the function be a method that looks at the model."""
        command = self.command
        for node, name in self.reads.items():
            command.change(node, partial(_attribute, name))
        for use in self.returns:
            command.change(use, lambda _: cst.Name("self"))
        command.change(self.function, self._as_method)

    def _as_method(self, function: cst.FunctionDef) -> cst.FunctionDef:
        params = cst.Parameters([cst.Param(cst.Name("self"))])
        returns = function.returns
        if returns is not None:
            returns = returns.with_changes(
                annotation=cst.SimpleString(f'"{self.holder.name.value}"')
            )
        decorators = [
            d for d in function.decorators if self.command.code(d.decorator) != "classmethod"
        ]
        return function.with_changes(params=params, returns=returns, decorators=decorators)


def _attribute(name: str, node: cst.BaseExpression) -> cst.Attribute:
    return cst.Attribute(cst.Name("self"), cst.Name(name), lpar=node.lpar, rpar=node.rpar)
