"""Who mocks or freezes the clock of a file: the file itself, or a test of the project."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import libcst as cst

from gardener.codemod.project import CLOCK_TEXTS, Project

from ._utcnow_nodes import CLASS, METHODS, Clock

if TYPE_CHECKING:
    from gardener.codemod.command import Command

_FREEZERS = ("time_machine", "pytest_freezegun", "pytest_freezer")
_PATCHED = re.compile(r"(?:^|\.)(?:datetime|utcnow|utcfromtimestamp|(?:datetime|dt)\.\w+)$")
_PATCHING = {"patch", "object", "setattr", "multiple", "spy", "stub"}
_FAKED = {"return_value", "side_effect"}
_OFFSET = re.compile(rb"\bfreeze_time\([^)]*\btz_offset\s*=|\bfreeze_time\([^,()]*,\s*[-+\d]")


def mocked(command: Command, clocks: Sequence[Clock]) -> str:
    """Why the clock of a file is not the real one; empty when it is."""
    return _mocked_here(command) or _mocked_by_a_test(command, clocks)


# --- in the file itself ---------------------------------------------------------------------


def _mocked_here(command: Command) -> str:
    for node, why in (*_frozen(command), *_replaced(command), *_patched(command)):
        return f"{why} (line {command.file.line(node)}): change both by hand"
    return ""


def _frozen(command: Command) -> list[tuple[cst.CSTNode, str]]:
    frozen = "time is frozen by"
    imports = [
        (node, command.code(node)) for node in command.index.find(cst.Import, cst.ImportFrom)
    ]
    freezers: list[tuple[cst.CSTNode, str]] = [
        (node, f"{frozen} {name} in this file")
        for node, code in imports
        for name in _FREEZERS
        if re.match(rf"(?:from|import)\s+{name}\b", code)
    ]
    params = ((param, param.name.value) for param in command.index.find(cst.Param))
    freezers += [
        (param, f"{frozen} the fixture {name} in this file")
        for param, name in params
        if name in ("freezer", "time_machine")
    ]
    offset = _OFFSET.search(command.file.data)
    if offset:
        freezers.append((command.module, "time is frozen with an offset in this file"))
    return freezers


def _replaced(command: Command) -> list[tuple[cst.CSTNode, str]]:
    """Assignments to `module.datetime`, and results that somebody gives to a fake `utcnow`."""
    replacements: list[tuple[cst.CSTNode, str]] = []
    for node in command.index.find(cst.Attribute):
        parent = command.index.parent[node]
        name = node.attr.value
        if isinstance(parent, (cst.AssignTarget, cst.Del, cst.AugAssign)):
            if (name == "datetime" or name in METHODS) and command.meaning(node.value):
                replacements.append((node, "datetime is replaced in this file"))
        if name in METHODS and isinstance(parent, cst.Attribute) and parent.attr.value in _FAKED:
            replacements.append((node, "datetime is mocked in this file"))
    return replacements


def _patched(command: Command) -> list[tuple[cst.CSTNode, str]]:
    patches: list[tuple[cst.CSTNode, str]] = []
    for call in command.index.find(cst.Call):
        function = call.func
        last = function.attr.value if isinstance(function, cst.Attribute) else ""
        last = function.value if isinstance(function, cst.Name) else last
        if last not in _PATCHING:
            continue
        named = {arg.keyword.value for arg in call.args if arg.keyword is not None}
        texts = [_end_of_text(arg.value) for arg in call.args]
        clocks = [text for text in texts if _PATCHED.search(text)]
        owner = command.meaning(call.args[0].value) if clocks and clocks[0] != texts[0] else ""
        dotted = [f"{owner}.{text}" if owner else text for text in clocks]
        if any(_is_of_module(command.project, command.file.path, each) for each in dotted):
            continue
        if (last == "multiple" and "datetime" in named) or clocks:
            patches.append((call, "datetime is mocked in this file"))
    return patches


def _is_of_module(project: Project, path: str, dotted: str) -> bool:
    """Whether a dotted name is a function `utcnow` of a module, which is none of datetime's own."""
    owner, _, name = dotted.rpartition(".")
    if name not in METHODS or owner in ("", "datetime"):
        return False
    importer = project.full(path)
    return bool(project.modules.locate(project.modules.absolute(owner, importer), importer))


def _end_of_text(node: cst.BaseExpression) -> str:
    """The text of a string, or the end of one that is put together."""
    if isinstance(node, cst.SimpleString):
        value = node.evaluated_value
        return value if isinstance(value, str) else ""
    if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Add):
        return _end_of_text(node.right)
    if isinstance(node, cst.FormattedString) and node.parts:
        last = node.parts[-1]
        return last.value if isinstance(last, cst.FormattedStringText) else ""
    return ""


# --- in the tests of the project --------------------------------------------------------------


def _mocked_by_a_test(command: Command, clocks: Sequence[Clock]) -> str:
    """Why a test of the project would no longer find what it mocks; '' = it would."""
    project, path = command.project, command.file.path
    patches = project.memo("patched clocks", lambda: patched_clocks(project))
    setters = project.memo("sets datetime", lambda: _setters(project))
    if not patches and not setters:
        return _offset_somewhere(project)
    this_module = project.modules.name(project.full(path))
    receivers = (clock.node.value for clock in clocks)
    elsewhere = {
        place for text, place in patches if _is_of_module(project, place.rpartition(":")[0], text)
    }
    by_module = any(isinstance(r, cst.Attribute) and command.meaning(r) == CLASS for r in receivers)
    for text, place in patches:
        if place.rpartition(":")[0] == path or (
            place in elsewhere and text.rpartition(".")[2] in METHODS
        ):
            continue
        module = text.partition(".datetime")[0] if ".datetime" in text else text.rpartition(".")[0]
        same = (
            module == this_module
            or f".{this_module}".endswith(f".{module}")
            or f".{module}".endswith(f".{this_module}")
        )
        if module and this_module and same:
            return f"{place} mocks the datetime of this module: change both by hand"
        if text.startswith("datetime.datetime") and by_module:
            return f"{place} mocks datetime.datetime for all modules: change both by hand"
    for module, place in setters:
        if module == this_module and this_module and place.rpartition(":")[0] != path:
            return f"{place} replaces the datetime of this module: change both by hand"
    return _offset_somewhere(project)


def _offset_somewhere(project: Project) -> str:
    for path in project.containing("tz_offset"):
        if re.search(rb"\bfreeze_time\([^)]*\btz_offset\s*=", project.read(path)):
            return f"{path} freezes time with a tz_offset, which now(timezone.utc) would feel"
    return ""


_NAMES_CLOCK = re.compile(
    rb"""["'][^"'\n]*(?:\bdatetime|\bdt\.\w+|\butcnow|\butcfromtimestamp)["']|multiple\([^)]*\bdatetime\s*="""
)
"""What a file must hold that patches a clock by its name: bytes are asked before the tree is."""


def patched_clocks(project: Project) -> list[tuple[str, str]]:
    """Dotted names of clocks that the project's tests patch, with `file:line`."""
    from gardener.codemod.kept import Kept
    from gardener.codemod.prefilter import patched_in

    answers = Kept(project.root, "fix-patches")
    patches: list[tuple[str, str]] = []
    for path in dict.fromkeys(p for text in CLOCK_TEXTS for p in project.containing(text)):
        data = project.read(path)
        if (b"patch" in data or b"attr(" in data) and _NAMES_CLOCK.search(data):
            places = answers.of(data, partial(patched_in, project, path, data))
            patches += [(text, f"{path}:{line}") for text, line in places if _PATCHED.search(text)]
    answers.save()
    return patches


def _setters(project: Project) -> list[tuple[str, str]]:
    """Modules whose `datetime` is assigned from elsewhere, with `file:line`."""
    setters: list[tuple[str, str]] = []
    for path in project.containing(".datetime ="):
        source = project.modules.source(project.full(path))
        for node in source.find(ast.Attribute) if source else ():
            if node.attr == "datetime" and isinstance(node.ctx, ast.Store) and source:
                for meaning in sorted(source.meanings(node.value)):
                    module = project.modules.absolute(meaning, project.full(path))
                    setters.append((module, f"{path}:{node.lineno}"))
    return setters
