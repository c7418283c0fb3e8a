"""The command behind `renamed-arguments`."""

from __future__ import annotations

import re
from functools import partial

import libcst as cst

from gardener.codemod.command import NOTHING_ELSE, Command
from gardener.codemod.evidence import proven
from gardener.codemod.imports import with_name

_PARAMETERS = ("Query", "Path", "Body", "Form", "Header", "Cookie", "File")
_ITEMS = {"min_items": "min_length", "max_items": "max_length"}
RENAMED: dict[str, tuple[str, str, dict[str, str]]] = {
    # what is called: the distribution, the version from which on, old and new names
    "websockets.connect": ("websockets", "14", {"extra_headers": "additional_headers"}),
    "websockets.asyncio.client.connect": ("websockets", "14", {"extra_headers": "additional_headers"}),
    "pydantic.Field": ("pydantic", "2", {**_ITEMS, "regex": "pattern"}),
    "pydantic.fields.Field": ("pydantic", "2", {**_ITEMS, "regex": "pattern"}),
    "pydantic.conlist": ("pydantic", "2", _ITEMS),
    "pydantic.conset": ("pydantic", "2", _ITEMS),
    "pydantic.constr": ("pydantic", "2", {"regex": "pattern"}),
    **{f"fastapi.{name}": ("fastapi", "0.100", {"regex": "pattern"}) for name in _PARAMETERS},
}  # fmt: skip
TRANSPORTS = {"httpx.Client": "WSGITransport", "httpx.AsyncClient": "ASGITransport"}


class RenamedArguments(Command):
    """Give arguments by the names that libraries have for them now."""

    NAME = "renamed-arguments"
    MARKS = re.compile(rb"\b(?:app|extra_headers|m(?:in|ax)_items|regex)\s*=(?!=)")
    """Calls with such an argument."""
    INSIDE = NOTHING_ELSE

    def find(self, module: cst.Module) -> None:
        """Find calls with arguments that have another name now."""
        del module
        for call in self.index.find(cst.Call):
            by_name = {arg.keyword.value: arg for arg in call.args if arg.keyword is not None}
            if not by_name or self.protected(call):
                continue
            meaning = self.meaning(call.func)
            if meaning in RENAMED:
                self._rename(call, by_name, meaning)
            elif meaning in TRANSPORTS and "app" in by_name:
                self._give_transport(call, by_name, TRANSPORTS[meaning])

    def _rename(self, call: cst.Call, by_name: dict[str, cst.Arg], meaning: str) -> None:
        library, version, names = RENAMED[meaning]
        if by_name.keys().isdisjoint(names):
            return
        if not proven(self.project, library, version, self.file.path):
            return
        for old, new in names.items():
            if old not in by_name:
                continue
            if new in by_name:
                self.note(call, f"{meaning} gets both {old} and {new}")
                continue
            keyword = by_name[old].keyword
            assert keyword is not None
            self.change(keyword, partial(_called, new=new))

    def _give_transport(self, call: cst.Call, by_name: dict[str, cst.Arg], transport: str) -> None:
        if "transport" in by_name or any(arg.star == "**" for arg in call.args):
            self.note(call, "`app` stays: the call gives a transport too, or may do so")
            return
        argument = by_name["app"]
        if self._may_be_none(argument.value):
            self.note(call, "`app` stays: it may be None, and then there is no app at all")
            return
        if isinstance(call.func, cst.Attribute):
            named = f"{self.code(call.func.value)}.{transport}"
        else:
            imports = [bound.node for bound in self.names.bound(call.func)]
            taken = [
                b for b in self.names.bound_anywhere(transport) if b.target != f"httpx.{transport}"
            ]
            if taken or len(imports) != 1 or not isinstance(imports[0], cst.ImportFrom):
                self.note(call, f"`app` stays: {transport} cannot be imported beside it")
                return
            named = transport
            self.change(imports[0], lambda node: _importing(node, transport))
        value = argument.value
        made = cst.Call(cst.parse_expression(named), [_argument("app", value)])
        self.change(
            argument, lambda old: old.with_changes(keyword=cst.Name("transport"), value=made)
        )

    def _may_be_none(self, node: cst.BaseExpression) -> bool:
        """Whether a value is None in some case: `app or None`, a parameter with that default."""
        if isinstance(node, cst.Name):
            if node.value == "None":
                return True
            bindings = [bound.node for bound in self.names.bound(node)]
            defaults = [b.default for b in bindings if isinstance(b, cst.Param)]
            return any(isinstance(d, cst.Name) and d.value == "None" for d in defaults)
        return isinstance(node, (cst.IfExp, cst.BooleanOperation))


def _called(name: cst.Name, new: str) -> cst.Name:
    return name.with_changes(value=new)


def _argument(name: str, value: cst.BaseExpression) -> cst.Arg:
    none = cst.SimpleWhitespace("")
    equal = cst.AssignEqual(whitespace_before=none, whitespace_after=none)
    return cst.Arg(value, cst.Name(name), equal=equal)


def _importing(node: cst.ImportFrom, name: str) -> cst.ImportFrom:
    """The import with one more name, if it does not have it yet."""
    assert not isinstance(node.names, cst.ImportStar)
    names = {alias.evaluated_name for alias in node.names}
    return node if name in names else with_name(node, name)
