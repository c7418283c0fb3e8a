"""What a class of an installed library is: its source in the project's environment is read, never imported."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from gardener.codemod.bound import only_target

if TYPE_CHECKING:
    from gardener.codemod.project import Project

_DEEPEST = 12
"""How many classes and re-exports one name is followed through."""
_HOOKS = {"__init_subclass__", "__pydantic_init_subclass__", "__new__", "__class_getitem__"}
"""Methods with which a class may do something of its own with what its subclasses define."""


def bases_in_libraries(
    project: Project, dotted: str, path: str, ends: Collection[str]
) -> set[str] | None:
    """The dotted names of `ends` that a class of a library comes from, as the file at `path` sees it.

    None where that is not known, or where the library does more with subclasses than Pydantic does.
    """
    try:
        return set(_Library(project, ends).of(dotted, path, 0))
    except LookupError:
        return None


class _Library:
    def __init__(self, project: Project, ends: Collection[str]) -> None:
        self.modules = project.modules
        self.ends = ends

    def of(self, dotted: str, path: str, depth: int) -> Iterator[str]:
        """The ends that a dotted name leads to.

        Raises:
            LookupError: it cannot be told.
        """
        if dotted in self.ends or dotted.startswith("pydantic.v1."):
            yield dotted
            return
        module, _, name = dotted.rpartition(".")
        if module in ("typing", "typing_extensions", "abc", "builtins"):
            return
        file = self.modules.locate(module, path) if module else ""
        source = self.modules.source(file) if file else None
        if source is None or self.modules.in_project(file) or depth > _DEEPEST:
            raise LookupError(dotted)
        bindings = [b for b in source.bound(name) if not b.for_types]
        target = only_target(bindings)
        if target:
            yield from self.of(self.modules.absolute(target, file), file, depth + 1)
            return
        node = bindings[0].node if len(bindings) == 1 else None
        if not isinstance(node, ast.ClassDef) or node.keywords or _HOOKS & _methods(node):
            raise LookupError(dotted)
        for written in node.bases:
            base = written.value if isinstance(written, ast.Subscript) else written
            meaning = self.modules.absolute(source.meaning(base), file)
            if not meaning and isinstance(base, ast.Name):
                is_own = bool(source.bound(base.id))
                meaning = f"{self.modules.name(file) if is_own else 'builtins'}.{base.id}"
            yield from self.of(meaning, file, depth + 1)


def _methods(node: ast.ClassDef) -> set[str]:
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {each.name for each in node.body if isinstance(each, functions)}
