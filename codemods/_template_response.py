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
        if not isinstance(node, cst.Name):
            return False
        bindings = self.names.bound(node)
        if len(bindings) != 1:
            return False
        value = bindings[0].value
        if isinstance(value, cst.Call):
            return self.meaning(value.func) in _MAKERS
        return bindings[0].kind == "import" and self._are_made(bindings[0].target)

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
        value = request.value
        changed = _without(context, request)
        last_of_places = bool(by_place) and context is by_place[-1]
        drop = not _entries(changed) and (context.keyword is not None or last_of_places)
        args = [changed if arg is context else arg for arg in call.args]
        args = [arg for arg in args if not (drop and arg is changed)]
        if by_place:
            first = cst.Arg(value)
        else:
            none = cst.SimpleWhitespace("")
            equal = cst.AssignEqual(whitespace_before=none, whitespace_after=none)
            first = cst.Arg(value, cst.Name("request"), equal=equal)
        first = first.with_changes(comma=cst.Comma(whitespace_after=cst.SimpleWhitespace(" ")))
        if drop and args:
            args[-1] = args[-1].with_changes(comma=call.args[-1].comma)
        self._put(call, [first, *args])

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


def _request_in(node: cst.BaseExpression) -> cst.DictElement | None:
    """The entry of a dictionary that holds the request."""
    if not isinstance(node, cst.Dict):
        return None
    for entry in node.elements:
        key = entry.key if isinstance(entry, cst.DictElement) else None
        if isinstance(key, cst.SimpleString) and key.evaluated_value == "request":
            assert isinstance(entry, cst.DictElement)
            return entry
    return None


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
