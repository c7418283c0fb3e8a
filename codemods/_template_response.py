"""The command behind `template-response`."""

from __future__ import annotations

import re

import libcst as cst

from gardener.codemod import comments
from gardener.codemod.class_hierarchy import Classes
from gardener.codemod.command import Command
from gardener.codemod.evidence import proven

_MAKERS = (
    *("starlette.templating.Jinja2Templates", "fastapi.templating.Jinja2Templates"),
    "fastapi.responses.Jinja2Templates",
)


class TemplateResponse(Command):
    """Give the request to TemplateResponse first."""

    NAME = "template-response"
    MARKS = re.compile(rb"TemplateResponse|Jinja2Templates")
    """Calls of that name."""

    def find(self, module: cst.Module) -> None:
        """Find calls in the old order."""
        del module
        path = self.file.path
        if not (
            proven(self.project, "fastapi", "0.108", path)
            or proven(self.project, "starlette", "0.29", path)
        ):
            return
        for call in self.index.find(cst.Call):
            method = call.func
            if isinstance(method, cst.Attribute) and method.attr.value == "TemplateResponse":
                if self._are_templates(method.value) and not self.protected(call):
                    self._call(call)

    def _are_templates(self, node: cst.BaseExpression) -> bool:
        """Whether an expression is surely what `Jinja2Templates(...)` made."""
        if isinstance(node, cst.Attribute) and isinstance(node.value, cst.Name):
            return node.value.value in ("self", "cls") and self._are_assigned(node.attr.value)
        if not isinstance(node, cst.Name):
            return False
        bindings = self.names.bound(node)
        if len(bindings) != 1:
            return False
        value = bindings[0].value
        if isinstance(value, cst.Call):
            return self.meaning(value.func) in _MAKERS
        return bindings[0].kind == "import" and self._are_made(bindings[0].target)

    def _are_assigned(self, name: str) -> bool:
        """Whether all that the file gives an attribute of that name is what `Jinja2Templates(...)` made."""
        self.sees(name)
        assigned: list[cst.Assign | cst.AnnAssign] = [*self.index.find(cst.Assign)]
        assigned += self.index.find(cst.AnnAssign)
        values = [a.value for a in assigned if name in map(_last_name, _targets(a))]
        return bool(values) and all(
            isinstance(value, cst.Call) and self.meaning(value.func) in _MAKERS for value in values
        )

    def _are_made(self, imported: str) -> bool:
        """Whether a name that the file imports is bound to `Jinja2Templates(...)` where it is defined."""
        classes = Classes(self.project, self.file.path, self.names)
        return classes.modules.called(imported, classes.path) in _MAKERS

    def _call(self, call: cst.Call) -> None:
        if any(arg.star for arg in call.args):
            return
        by_place = [arg for arg in call.args if arg.keyword is None]
        by_name = {arg.keyword.value: arg for arg in call.args if arg.keyword is not None}
        if "request" in by_name or (by_place and _is_request(by_place[0].value)):
            return
        context = by_place[1] if len(by_place) > 1 else by_name.get("context")
        request = _request_in(context.value) if context is not None else None
        if context is None or request is None:
            self.note(call, "the old order stays: the context is not written out with its request")
            return
        if _is_plain(request.value):
            self._put(call, _reordered(call, context, request))
        else:
            self.note(call, "the old order stays: the request is made in the context")

    def _put(self, call: cst.Call, args: list[cst.Arg]) -> None:
        """Give a call other arguments, unless a comment would be lost."""
        if comments.lost(self.code(call), self.code(call.with_changes(args=args))):
            self.note(call, "the old order stays: a comment stands in the context")
            return
        self.change(call, lambda old: old.with_changes(args=args))


def _is_request(node: cst.BaseExpression) -> bool:
    """Whether a first argument looks like the request of the new order."""
    if isinstance(node, cst.Name):
        return node.value in ("request", "req", "_request")
    return isinstance(node, cst.Attribute) and node.attr.value == "request"


def _reordered(call: cst.Call, context: cst.Arg, request: cst.DictElement) -> list[cst.Arg]:
    """The arguments with the request first, and the context without it."""
    by_place = [arg for arg in call.args if arg.keyword is None]
    changed = _without(context, request)
    last_of_places = bool(by_place) and context is by_place[-1]
    drop = not _entries(changed) and (context.keyword is not None or last_of_places)
    args = [changed if arg is context else arg for arg in call.args]
    args = [arg for arg in args if not (drop and arg is changed)]
    if by_place:
        first = cst.Arg(request.value)
    else:
        none = cst.SimpleWhitespace("")
        equal = cst.AssignEqual(whitespace_before=none, whitespace_after=none)
        first = cst.Arg(request.value, cst.Name("request"), equal=equal)
    first = first.with_changes(comma=cst.Comma(whitespace_after=_space_between(call)))
    if drop and args:
        args[-1] = args[-1].with_changes(comma=call.args[-1].comma)
    return [first, *args]


def _targets(assigned: cst.Assign | cst.AnnAssign) -> list[cst.BaseExpression]:
    if isinstance(assigned, cst.AnnAssign):
        return [assigned.target]
    return [target.target for target in assigned.targets]


def _last_name(node: cst.BaseExpression) -> str:
    named = node.attr if isinstance(node, cst.Attribute) else node
    return named.value if isinstance(named, cst.Name) else ""


def _space_between(call: cst.Call) -> cst.BaseParenthesizableWhitespace:
    """What stands between two arguments: a new line where each has one of its own."""
    start, comma = call.whitespace_before_args, call.args[0].comma
    between = comma.whitespace_after if isinstance(comma, cst.Comma) else None
    is_in_lines = isinstance(start, cst.ParenthesizedWhitespace) and (
        len(call.args) == 1 or isinstance(between, cst.ParenthesizedWhitespace)
    )
    if not is_in_lines:
        return cst.SimpleWhitespace(" ")
    return start.with_changes(first_line=cst.TrailingWhitespace(), empty_lines=[])


def _is_plain(node: cst.BaseExpression) -> bool:
    """Whether an expression only reads a name or attributes, so that it may come earlier."""
    while isinstance(node, cst.Attribute):
        node = node.value
    return isinstance(node, cst.Name)


def _request_in(node: cst.BaseExpression) -> cst.DictElement | None:
    """The entry of a dictionary that gives it its request, if no other one may do so before."""
    for entry in node.elements if isinstance(node, cst.Dict) else ():
        if not isinstance(entry, cst.DictElement):
            return None
        if isinstance(entry.key, cst.SimpleString) and entry.key.evaluated_value == "request":
            return entry if _count_of_requests(node) == 1 else None
    return None


def _count_of_requests(node: cst.BaseExpression) -> int:
    assert isinstance(node, cst.Dict)
    keys = (entry.key for entry in node.elements if isinstance(entry, cst.DictElement))
    texts = [key.evaluated_value for key in keys if isinstance(key, cst.SimpleString)]
    return texts.count("request")


def _entries(argument: cst.Arg) -> bool:
    return isinstance(argument.value, cst.Dict) and bool(argument.value.elements)


def _without(argument: cst.Arg, entry: cst.DictElement) -> cst.Arg:
    """The context without its request."""
    assert isinstance(argument.value, cst.Dict)
    elements = argument.value.elements
    rest = [each for each in elements if each is not entry]
    if rest and elements[-1] is entry:
        rest[-1] = rest[-1].with_changes(comma=entry.comma)
    return argument.with_changes(value=argument.value.with_changes(elements=rest))
