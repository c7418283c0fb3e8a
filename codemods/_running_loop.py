"""The command behind `running-loop`."""

from __future__ import annotations

import re
from functools import partial

import libcst as cst

from gardener.codemod.command import NOTHING_ELSE, Command
from gardener.codemod.import_changes import only
from gardener.codemod.imports import with_name

from ._running_loop_notes import MEANINGS, NEW, NO_LOOP, OLD

_NEW_MEANINGS = {f"asyncio.{NEW}", f"asyncio.events.{NEW}"}
_PATCHED = re.compile(
    rb"(?:patch|setattr|object)[^\n]*(?:\n[^\n]*){,3}get_event_loop[\"']"
    rb"|\.get_event_loop\s*=(?!=)"
)


class RunningLoop(Command):
    """Ask for the loop that runs: asyncio.get_running_loop() in coroutines."""

    NAME = "running-loop"
    DROPS_COMMENTS = True  # behind the old name in an import that has the new one already
    MARKS = re.compile(rb"get_event_loop|get_running_loop")
    """Uses of both functions."""
    INSIDE = NOTHING_ELSE

    def find(self, module: cst.Module) -> None:
        """Find calls, and whether a loop surely runs when they are made."""
        del module
        calls = [call for call in self.index.find(cst.Call) if self._asks(call)]
        certain = [call for call in calls if self._in_coroutine(call)]
        where = self._patched() if certain else ""
        for call in calls:
            if call not in certain:
                self.note(call, NO_LOOP)
            elif where:
                self.note(call, f"{OLD}() stays: {where} patches it")
        if certain and not where:
            self._change(certain)

    def _asks(self, call: cst.Call) -> bool:
        named = call.func.attr if isinstance(call.func, cst.Attribute) else call.func
        if not isinstance(named, cst.Name) or named.value != OLD or call.args:
            return False
        return self.meaning(call.func) in MEANINGS and not self.protected(call)

    def _in_coroutine(self, call: cst.Call) -> bool:
        """Whether the nearest function around a call is a coroutine, and the call in its body."""
        inner: cst.CSTNode = call
        for around in self.index.ancestors(call):
            if isinstance(around, (cst.Lambda, cst.GeneratorExp, cst.ClassDef)):
                return False
            if _may_unwind(around):
                return False
            if isinstance(around, cst.FunctionDef):
                return around.asynchronous is not None and inner is around.body
            inner = around
        return False

    def _patched(self) -> str:
        """A file of the project that puts something else in the place of the function."""

        def first() -> str:
            files = self.project.grep(OLD)
            return next((path for path, content in files if _PATCHED.search(content)), "")

        return self.project.memo(f"who patches {OLD}", first)

    def _change(self, calls: list[cst.Call]) -> None:
        names = [call.func for call in calls if isinstance(call.func, cst.Name)]
        imports = self._imports_of(names)
        for call in calls:
            function = call.func
            named = function.attr if isinstance(function, cst.Attribute) else function
            if named is not function or imports:
                self.change(named, lambda name: name.with_changes(value=NEW))
        for node in imports:
            self.change(node, partial(_imported, stays=self._used_otherwise(calls)))

    def _imports_of(self, names: list[cst.Name]) -> dict[cst.ImportFrom, None]:
        """The imports that bind called names; none, with a note, if these cannot get the new name."""
        imports: dict[cst.ImportFrom, None] = {}
        if names and any(b.target not in _NEW_MEANINGS for b in self.names.bound_anywhere(NEW)):
            self.note(names[0], f"{OLD}() stays: {NEW} means something else in this file")
            return {}
        for name in names:
            for bound in self.names.bound(name):
                if not isinstance(bound.node, cst.ImportFrom):
                    self.note(name, f"{OLD}() stays: it is not imported by this name")
                    return {}
                if self.protected(bound.node):
                    return {}
                imports[bound.node] = None
        return imports

    def _used_otherwise(self, calls: list[cst.Call]) -> bool:
        """Whether the file, or another one, needs the old name all the same."""
        if self.is_given_away(OLD):
            return True
        if any(OLD in text.value for text in self.index.find(cst.SimpleString)):
            return True
        changed = {call.func for call in calls}
        for name in self.index.find(cst.Name):
            above = self.index.parent[name]
            is_import = isinstance(above, (cst.ImportAlias, cst.AsName))
            if name.value == OLD and name not in changed and not is_import:
                if not (isinstance(above, cst.Attribute) and above.attr is name):
                    return True
        return False


def _may_unwind(around: cst.CSTNode) -> bool:
    """Whether a part of a coroutine also runs when it is thrown away, after its loop ended."""
    if isinstance(around, (cst.ExceptHandler, cst.ExceptStarHandler)):
        caught = around.type
        code = "" if caught is None else cst.Module([]).code_for_node(caught)
        return caught is None or re.search(r"\b(?:BaseException|GeneratorExit)\b", code) is not None
    return isinstance(around, cst.Finally)


def _imported(node: cst.ImportFrom, stays: bool) -> cst.ImportFrom:
    """The import with the new name, beside the old one or in its place."""
    if isinstance(node.names, cst.ImportStar):
        return node
    olds = [number for number, alias in enumerate(node.names) if _binds(alias, OLD)]
    if any(_binds(alias, NEW) for alias in node.names):
        kept = [number for number in range(len(node.names)) if stays or number not in olds]
        return only(node, kept)
    if stays:
        return with_name(node, NEW)
    names = list(node.names)
    for number in olds:
        names[number] = names[number].with_changes(name=cst.Name(NEW), asname=None)
    return node.with_changes(names=names)


def _binds(alias: cst.ImportAlias, name: str) -> bool:
    """Whether a name is imported as itself."""
    return alias.evaluated_name == name and alias.evaluated_alias in (None, name)
