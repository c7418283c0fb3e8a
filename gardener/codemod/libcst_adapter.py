"""Codemods written for libcst: their result becomes edits, so that the machine checks them too."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from gardener.codemod.differences import edits_between
from gardener.codemod.file_text import Edit, Remark
from gardener.errors import ConfigError

if TYPE_CHECKING:
    from types import ModuleType

    import libcst
    from libcst.codemod import Codemod, CodemodContext

    from gardener.codemod.project import Project
    from gardener.codemod.protection import Protection
    from gardener.codemod.tree import ParsedFile
    from gardener.codemod.warned import Warned


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
            f"The codemod {name!r} of {origin} needs a transformer or a command of libcst."
        )
    names = ", ".join(cls.__name__ for cls in classes)
    raise ConfigError(
        f"The codemod {name!r} of {origin} has several transformers ({names}); "
        f"say which one: TRANSFORMER = {classes[-1].__name__}."
    )


class Proposal(NamedTuple):
    """What one codemod would do to a file; `problem` says why it cannot do anything."""

    edits: tuple[Edit, ...] = ()
    remarks: tuple[Remark, ...] = ()
    problem: str = ""


def proposed(
    transformer: type, file: ParsedFile, project: Project, protection: Protection
) -> Proposal:
    """The edits that lead to what a transformer makes of a file, and what it warns of.

    All codemods of a file share its tree and its metadata.
    """
    from libcst.codemod import CodemodContext, SkipFile

    from gardener.codemod.carved import LeftOut
    from gardener.codemod.command import RUN, Command, Run, is_ours
    from gardener.codemod.warned import Warned

    if issubclass(transformer, Command) and not transformer.wanted(file.index):
        return Proposal()
    path = project.full(file.path)
    # The name of the module in libcst's context is nothing that ours read.
    name = "" if is_ours(transformer) else project.modules.name(path)
    package = name if file.path.endswith("__init__.py") else name.rpartition(".")[0]
    run = Run(file, project, protection)
    warned = Warned()
    context = CodemodContext(
        warned,
        filename=path,
        full_module_name=name or None,
        full_package_name=package or None,
        metadata_manager=_repository_metadata(transformer, path, project),
        scratch={RUN: run},
    )
    try:
        after = _visited(transformer, file, context, None if is_ours(transformer) else warned)
    except SkipFile:
        return Proposal()
    remarks = [Remark(_line(file, node), str(warning)) for warning, node in warned.places()]
    remarks += [Remark(file.line(note.node), note.message, note.alike) for note in run.notes]
    if after is file.module:
        return Proposal((), tuple(remarks))
    edits = _edits_by_statement(file, after)
    if edits is None:
        if not file.is_faithful:
            return Proposal((), tuple(remarks), "libcst cannot write this file as it is")
        edits = list(edits_between(file.carved.text, after.code.encode()))
    if _meet(edits, file.carved.left_out):
        raise LeftOut
    return Proposal(tuple(_in_newlines_of(file, edits)), tuple(remarks))


def _line(file: ParsedFile, node: libcst.CSTNode | None) -> int:
    """The line of a node of the file's own tree, else the first."""
    return file.line(node) if node is not None and node in file.index.order else 1


def _meet(edits: Sequence[Edit], ranges: Sequence[tuple[int, int]]) -> bool:
    """Whether an edit touches what was left out."""
    return any(e.start < end and start < e.end for e in edits for start, end in ranges)


def _edits_by_statement(file: ParsedFile, after: libcst.Module) -> list[Edit] | None:
    """The edits in statements at the top level that are others now; None: it cannot be told so.

    All other statements are the very nodes that they were, and need not be written out.
    """
    before = file.module
    pairs = [
        (before.header, after.header),
        (before.body, after.body),
        (before.footer, after.footer),
    ]
    if any(len(old) != len(new) for old, new in pairs):
        return None
    if any(a is not b for old, new in (pairs[0], pairs[2]) for a, b in zip(old, new, strict=True)):
        return None
    edits: list[Edit] = []
    at = 0
    for old, new in zip(before.body, after.body, strict=True):
        if old is new:
            continue
        was = before.code_for_node(old).encode()
        place = file.carved.text.find(was)
        if place < at or file.carved.text.find(was, place + 1) >= 0:
            return None
        at = place + len(was)
        changes = edits_between(was, after.code_for_node(new).encode())
        edits += (Edit(e.start + place, e.end + place, e.text) for e in changes)
    return edits


def _in_newlines_of(file: ParsedFile, edits: Iterable[Edit]) -> Iterator[Edit]:
    """Edits of the text that libcst has read, as edits of the file."""
    if file.newline != "\r":
        yield from edits
        return
    for edit in edits:
        yield edit._replace(text=edit.text.replace("\n", "\r"))


def _visited(
    transformer: type, file: ParsedFile, context: CodemodContext, warned: Warned | None
) -> libcst.Module:
    import libcst
    from libcst.codemod import Codemod, ContextAwareTransformer

    takes_context = issubclass(transformer, (Codemod, ContextAwareTransformer))
    instance = transformer(context) if takes_context else transformer()
    if warned is not None and isinstance(instance, libcst.CSTTransformer):
        warned.watch(instance)
    if isinstance(instance, Codemod):
        if context.metadata_manager is not None or instance.should_allow_multiple_passes():
            return instance.transform_module(file.module)
        return _transformed(instance, file)
    assert isinstance(instance, libcst.CSTTransformer)
    if instance.get_inherited_dependencies():
        after: object = file.wrapper.visit(instance)
    else:
        after = file.module.visit(instance)
    if not isinstance(after, libcst.Module):
        raise TypeError(f"{transformer.__name__} removes the whole module")
    return after


def _transformed(instance: Codemod, file: ParsedFile) -> libcst.Module:
    """What `transform_module` does, with the tree and the metadata of all codemods of the file."""
    from dataclasses import replace

    from libcst.codemod.visitors import AddImportsVisitor, RemoveImportsVisitor

    from gardener.codemod.carved import LeftOut
    from gardener.codemod.command import RUN, Command

    context = instance.context
    instance.context = replace(context, wrapper=file.wrapper)
    try:
        with instance.resolve(file.wrapper):
            after = instance.transform_module_impl(file.module)
    except LeftOut:
        if file.carved.left_out:
            raise
        assert isinstance(instance, Command)
        instance.needs_all = True
        context.scratch[RUN].notes.clear()
        with instance.resolve(file.wrapper):
            after = instance.transform_module_impl(file.module)
    instance.context = context
    for further in (AddImportsVisitor, RemoveImportsVisitor):
        if further.CONTEXT_KEY in context.scratch:
            after = further(context).transform_module(after)
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
