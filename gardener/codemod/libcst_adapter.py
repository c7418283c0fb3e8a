"""Codemods written for libcst: their result becomes edits, so that the machine checks them too."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from gardener.codemod.source import Edit, Remark
from gardener.errors import ConfigError

if TYPE_CHECKING:
    from types import ModuleType

    import libcst
    from libcst.codemod import CodemodContext

    from gardener.codemod.project import Project
    from gardener.codemod.source import Source


def transformer_of(module: ModuleType, name: str, origin: str) -> type:
    """The one transformer or command of libcst that a module defines.

    Raises:
        ConfigError: it defines none, or several without `TRANSFORMER = ...`.
    """
    declared = getattr(module, "TRANSFORMER", None)
    if isinstance(declared, type):
        return declared
    import libcst
    from libcst.codemod import Codemod

    kinds = (libcst.CSTTransformer, Codemod)
    classes = [
        cls
        for cls in vars(module).values()
        if isinstance(cls, type)
        and issubclass(cls, kinds)
        and cls.__module__ == module.__name__
        and not cls.__name__.startswith("_")
    ]
    if len(classes) == 1:
        return classes[0]
    if not classes:
        raise ConfigError(
            f"The codemod {name!r} of {origin} needs NEEDLES and rewrite(), or a transformer of libcst."
        )
    names = ", ".join(cls.__name__ for cls in classes)
    raise ConfigError(
        f"The codemod {name!r} of {origin} has several transformers ({names}); "
        f"say which one: TRANSFORMER = {classes[-1].__name__}."
    )


def transformed(transformer: type, source: Source, project: Project) -> Iterator[Edit | Remark]:
    """Yield the edits that lead to what a transformer makes of a file, and what it warns of."""
    import libcst
    from libcst.codemod import CodemodContext, SkipFile

    before = source.data.decode()
    tree = libcst.parse_module(before)
    if tree.code != before:
        yield Remark(1, "left as it is: libcst cannot write this file as it is")
        return
    path = project.full(source.path)
    name = project.modules.name(path)
    package = name if source.path.endswith("__init__.py") else name.rpartition(".")[0]
    context = CodemodContext(
        filename=path,
        full_module_name=name or None,
        full_package_name=package or None,
        metadata_manager=_repository_metadata(transformer, path, project),
    )
    try:
        after = _visited(transformer, tree, context)
    except SkipFile:
        return
    for warning in context.warnings:
        yield Remark(1, str(warning))
    yield from edits_between(source.data, after.code.encode())


def _visited(transformer: type, tree: libcst.Module, context: CodemodContext) -> libcst.Module:
    import libcst
    from libcst.codemod import Codemod, ContextAwareTransformer

    takes_context = issubclass(transformer, (Codemod, ContextAwareTransformer))
    instance = transformer(context) if takes_context else transformer()
    if isinstance(instance, Codemod):
        return instance.transform_module(tree)
    assert isinstance(instance, libcst.CSTTransformer)
    if instance.get_inherited_dependencies():
        after: object = libcst.metadata.MetadataWrapper(tree, unsafe_skip_copy=True).visit(instance)
    else:
        after = tree.visit(instance)
    if not isinstance(after, libcst.Module):
        raise TypeError(f"{transformer.__name__} removes the whole module")
    return after


def _repository_metadata(
    transformer: type, path: str, project: Project
) -> libcst.metadata.FullRepoManager | None:
    """What providers of metadata that look at the whole repository need."""
    import libcst

    if not issubclass(transformer, libcst.MetadataDependent):
        return None
    providers = {p for p in transformer.get_inherited_dependencies() if p.gen_cache}
    if not providers:
        return None
    return libcst.metadata.FullRepoManager(os.path.realpath(project.root), [path], providers)


def edits_between(before: bytes, after: bytes) -> Iterator[Edit]:
    """Edits that lead from one text to another: by lines, then the part of them that differs."""
    if before == after:
        return
    import difflib

    old, new = before.split(b"\n"), after.split(b"\n")
    old = [line + b"\n" for line in old[:-1]] + old[-1:]
    new = [line + b"\n" for line in new[:-1]] + new[-1:]
    starts = [0]
    for line in old:
        starts.append(starts[-1] + len(line))
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for tag, first, last, new_first, new_last in matcher.get_opcodes():
        if tag == "equal":
            continue
        if last - first == new_last - new_first:  # line by line: smaller edits
            for number in range(last - first):
                yield from _within(
                    starts[first + number], old[first + number], new[new_first + number]
                )
            continue
        yield from _within(
            starts[first], b"".join(old[first:last]), b"".join(new[new_first:new_last])
        )


def _within(start: int, old: bytes, new: bytes) -> Iterator[Edit]:
    """The one edit between two texts without their common beginning and end."""
    before, after = old.decode(), new.decode()
    if before == after:
        return
    head = _common_beginning(before, after)
    tail = _common_beginning(before[head:][::-1], after[head:][::-1])
    first = start + len(before[:head].encode())
    removed = before[head : len(before) - tail].encode()
    yield Edit(first, first + len(removed), after[head : len(after) - tail])


def _common_beginning(before: str, after: str) -> int:
    """How many characters two texts have in common at their beginning."""
    pairs = enumerate(zip(before, after, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(before), len(after)))
