"""What gardener's own codemods are built on, and those of a project may be: a command of libcst.

This is the way to write a codemod. It runs by `gardener fix` and by libcst's own tool:

    python -m libcst.tool codemod -x gardener.codemods.utcnow.Utcnow FILE

A subclass overrides `find`, which looks at the whole tree and says with `change` which nodes
change and how; only these, and what is around them, are visited then. Or it defines the usual
`leave_Call` and the like. Both may `note` what is left to a human.
"""

from __future__ import annotations

import re
from abc import ABC
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import libcst as cst
from libcst.codemod import CodemodCommand, CodemodContext, SkipFile, VisitorBasedCodemodCommand

from gardener.codemod.by_libcst import keeps_away, surroundings
from gardener.codemod.carved import LeftOut
from gardener.codemod.import_sections import in_order
from gardener.codemod.meaning import Names, scopes_of
from gardener.codemod.node_index import NodeIndex
from gardener.codemod.protection import Protection
from gardener.codemod.pruned import Pruned
from gardener.codemod.tree import ParsedFile

if TYPE_CHECKING:
    from gardener.codemod.project import Project

RUN = "gardener"
"""The key of `Run` in the scratch of libcst's context."""

NOTHING_ELSE = re.compile(rb"(?!)")
"""What never occurs, for `Command.INSIDE`."""

Change = Callable[[Any], cst.CSTNode | cst.RemovalSentinel | cst.FlattenSentinel[Any]]


class Note(NamedTuple):
    """Something that is left to a human, at a node; `alike` is as in `Remark`."""

    node: cst.CSTNode
    message: str
    alike: str = ""


class Run:
    """One run over one file: what the command may ask for, and what it leaves to a human."""

    def __init__(self, file: ParsedFile, project: Project, protection: Protection) -> None:
        self.file = file
        self.project = project
        self.protection = protection
        self.notes: list[Note] = []


class Command(VisitorBasedCodemodCommand, ABC):
    """A codemod that knows the project around the file."""

    NAME = ""
    CODES: tuple[str, ...] = ()
    MARKS: re.Pattern[bytes] | None = None
    """What `keeps` answers for every file."""
    INSIDE: re.Pattern[bytes] | None = None
    """What marks statements in functions in which something occurs that `keeps` answers, beside
    that; None if all of them matter."""
    DROPS_COMMENTS = False
    """Whether a comment on what goes may go with it; otherwise no edit that loses one is made."""
    WORDS: re.Pattern[str] | None = None
    """What names in question look like; functions without such a name may be left out."""

    # Known during a run; no properties, as libcst looks at all of them before it begins.
    run: Run
    file: ParsedFile
    project: Project
    index: NodeIndex
    names: Names

    def __init_subclass__(cls) -> None:
        """Describe a command to libcst's own tool as its docstring does, unless it says more."""
        super().__init_subclass__()
        if "DESCRIPTION" not in vars(cls):
            cls.DESCRIPTION = (cls.__doc__ or "").partition("\n")[0]

    def __init__(self, context: CodemodContext) -> None:
        if is_ours(type(self)) and type(self).find is not Command.find:
            # libcst looks at every attribute for its decorators: longer than at a small file.
            # A visit that `change` asks for passes them by.
            CodemodCommand.__init__(self, context)
        else:
            super().__init__(context)
        self._changes: dict[cst.CSTNode, Change] = {}
        self._paths: set[cst.CSTNode] | None = None
        self.needs_all = False

    @classmethod
    def wanted(cls, index: NodeIndex) -> bool:
        """Whether the nodes of a tree give reason to find out what its names mean."""
        del index
        return True

    # --- to override ------------------------------------------------------------------------

    @classmethod
    def keeps(cls, source: bytes, path: str, project: Project) -> re.Pattern[bytes] | None:
        """What marks code that matters in a file; None if all of it does.

        A function without it is left out of the tree but for its head, and so is a long value:
        most of the time goes into trees. What asks for other names says so with `sees`.
        """
        del source, path, project
        return cls.MARKS

    @classmethod
    def inside(cls, project: Project) -> re.Pattern[bytes] | None:
        """`INSIDE`, where it rests on the settings."""
        del project
        return cls.INSIDE

    def find(self, module: cst.Module) -> None:
        """Say with `change` and `note` what is to be done; nothing, if the visits do it."""

    # --- to call ------------------------------------------------------------------------------

    def change(self, node: cst.CSTNode, how: Change) -> None:
        """Put what `how` makes of a node, whose parts have changed already, in its place."""
        self._must_be_here(node)
        before = self._changes.get(node)
        self._changes[node] = (lambda updated: how(before(updated))) if before else how

    def note(self, node: cst.CSTNode, message: str, alike: str = "") -> None:
        """Leave a node to a human; `alike` is what is told where many are left for the same reason."""
        self._must_be_here(node)
        if RUN in self.context.scratch:
            self.run.notes.append(Note(node, message, alike))
        else:
            self.warn(f"line {self.file.line(node)}: {message}")

    def _must_be_here(self, node: cst.CSTNode) -> None:
        """Tell the writer of a codemod at once what would have no effect.

        Raises:
            TypeError: it is no node of the file's tree.
        """
        if not is_ours(type(self)) and node not in self.index.order:
            kind = type(node).__name__
            raise TypeError(
                f"this {kind} is no node of code in the file's tree (a copy, or its value?)"
            )

    def protected(self, node: cst.CSTNode) -> bool:
        """Whether a comment of the user keeps the codemod away from a node's lines."""
        file = self.file
        return file.may_protect and self.run.protection.covers(file, *file.span(node))

    def meaning(self, node: cst.CSTNode) -> str:
        """The dotted name that an expression means by the file's imports, or ''.

        A name of a module that lies beside a script may mean that one: it is none here.
        """
        dotted = self.names.meaning(node)
        if dotted and self.project.is_beside(
            dotted.partition(".")[0], self.file.path, self.file.data
        ):
            return ""
        return dotted

    def code(self, node: cst.CSTNode) -> str:
        """A node as it is written."""
        return self.module.code_for_node(node).strip()

    def get_metadata(self, key: Any, node: cst.CSTNode, default: Any = None) -> Any:
        """What a provider knows of a node; one that is not declared is asked only then."""
        if key in self.get_inherited_dependencies():
            return super().get_metadata(key, node, default)
        return self.file.wrapper.resolve(key).get(node, default)

    def is_given_away(self, name: str) -> bool:
        """Whether other files may take a name from this one: they do, or it is a package's face."""
        own = self.file.path.removesuffix(".py").rpartition("/")[2]
        return own == "__init__" or any(self.project.takers(own, name))

    def sees(self, name: str) -> None:
        """See to it that all places are in the tree where a name occurs.

        Raises:
            LeftOut: some were left out; the codemod is run again with them.
        """
        if self.file.left_out(name):
            raise LeftOut(name)

    # --- the visit ---------------------------------------------------------------------------

    def transform_module_impl(self, tree: cst.Module) -> cst.Module:
        """Find what changes, then visit that and no more."""
        self._begin()
        self._changes.clear()
        self.find(tree)
        if type(self).find is not Command.find:
            if not self._changes:
                return tree
            self._paths = {tree}
            for node in self._changes:
                self._paths.update((node, *self.index.ancestors(node)))
        return in_order(tree, super().transform_module_impl(tree))

    def _begin(self) -> None:
        context_run = self.context.scratch.get(RUN)
        self.run = context_run if isinstance(context_run, Run) else self._run_by_libcst()
        self.file, self.project = self.run.file, self.run.project
        self.index = self.file.index
        self.names = self._names(context_run is not None)

    def _run_by_libcst(self) -> Run:
        """A run in a context that libcst's own tool made.

        Raises:
            libcst.codemod.SkipFile: the settings keep the codemod away from the file.
        """
        wrapper = self.context.wrapper
        assert wrapper is not None
        project, path = surroundings(self.context.filename)
        if keeps_away(project, self.NAME, path):
            raise SkipFile(f"the settings keep {self.NAME} away")
        file = ParsedFile(wrapper.module.bytes, path, wrapper)
        return Run(file, project, Protection(self.NAME, self.CODES))

    def _names(self, by_gardener: bool) -> Names:
        """What the names mean, found out when it is asked for: of the part that matters, if that is known."""
        wrapper, pruned = self.file.wrapper, None
        words = self.WORDS if by_gardener and not self.needs_all else None
        if words is not None and not self.file.carved.left_out:
            pruned = Pruned(self.index, words)
            wrapper = pruned.wrapper
        return Names(partial(scopes_of, wrapper), self.index, pruned, self.file.left_out)

    def on_visit(self, node: cst.CSTNode) -> bool:
        """Whether something changes inside of a node."""
        return super().on_visit(node) if self._paths is None else node in self._paths

    def on_visit_attribute(self, node: cst.CSTNode, attribute: str) -> None:
        """Nothing, where all that changes is known."""
        if self._paths is None:
            super().on_visit_attribute(node, attribute)

    def on_leave_attribute(self, original_node: cst.CSTNode, attribute: str) -> None:
        """Nothing, where all that changes is known."""
        if self._paths is None:
            super().on_leave_attribute(original_node, attribute)

    def on_leave(self, original_node: Any, updated_node: Any) -> Any:
        """Make the changes of a node."""
        if self._paths is None:
            return super().on_leave(original_node, updated_node)
        change = self._changes.get(original_node)
        return change(updated_node) if change else updated_node


def is_ours(transformer: type) -> bool:
    """Whether gardener brings a codemod: what ours ask of libcst is known."""
    return transformer.__module__.startswith("gardener.codemods.")
