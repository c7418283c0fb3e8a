"""Who defines a validator of the same name in another class of a model's family, or calls one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING

import libcst as cst

from gardener.codemod.class_hierarchy import ClassRef

if TYPE_CHECKING:
    from ._v2_command import ModelCommand


class Overrides:
    """The functions of the project that are called as some of one file are."""

    def __init__(self, command: ModelCommand, names: Iterable[str]) -> None:
        self.command = command
        self.names = sorted(set(names))

    def of(self, model: ClassRef, name: str) -> str:
        """Why a validator of a model is not alone in its family; '' = it is.

        Pydantic keeps old and new validators apart: with one of each, the inherited one runs as well.
        """
        classes = self.command.classes
        for base in classes.bases(model).classes:
            if base.facts.member(name) is not None:
                return f"it overrides that of {base.name}"
        for path, ref in self._with_method(name):
            if (ref.path, ref.key) != (model.path, model.key) and classes.inherits(ref, model):
                return f"{ref.name} in {path} overrides it"
        return ""

    def _with_method(self, name: str) -> Iterator[tuple[str, ClassRef]]:
        command = self.command
        for node in command.index.find(cst.ClassDef):
            ref = command.classes.at(node)
            if ref.facts.member(name) is not None:
                yield command.file.path, ref
        for path in self._files:
            if path != command.file.path and f"def {name}(".encode() in command.project.read(path):
                file = command.project.full(path)
                for key, facts in command.classes.modules.facts(file).classes.items():
                    if facts.member(name) is not None:
                        yield path, ClassRef(file, key, facts)

    @cached_property
    def _files(self) -> list[str]:
        project = self.command.project
        paths = project.matching(*(f"def {name}(" for name in self.names), plain=True)
        return project.files if paths is None else paths

    def called_in(self, name: str) -> str:
        """A file that calls something of that name with arguments of its own; '' = none."""
        project = self.command.project
        call = re.compile(rb"\.%b\(" % name.encode())
        for path in project.containing(f".{name}("):
            if call.search(project.read(path)):
                return path
        return ""
