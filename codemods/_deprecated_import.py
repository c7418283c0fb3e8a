"""The command behind `deprecated-import`: which imports of a file name something that moved."""

from __future__ import annotations

import re

import libcst as cst
from libcst.codemod import CodemodContext

from gardener.codemod.command import RUN, Command, Run
from gardener.codemod.node_index import NodeIndex
from gardener.codemod.prefilter import deprecating_lasts, many
from gardener.codemod.project import Project

from ._deprecated_attributes import AttributeUses
from ._deprecated_mentions import Mentions
from ._deprecated_modules import ModuleImports
from ._deprecated_names import NameImports
from ._deprecated_strings import Strings
from ._import_edits import ImportEdits
from ._rules import Home, Rule, left
from .deprecated_import import configured_lasts, names_in

_IMPORTS = re.compile(rb"(?m)^[ \t]*(?:from|import)\b[^\n(]*(?:\([^)]*\))?[^\n]*")


class DeprecatedImport(Command):
    """Import names from their new homes."""

    NAME = "deprecated-import"
    CODES = ("UP035",)
    INSIDE = re.compile(rb"[rR]aises|warn|deprecated_call|filter|expect|Warn")
    """What may wait for a warning."""

    def __init__(self, context: CodemodContext) -> None:
        super().__init__(context)
        self.mentions: Mentions
        self.edits: ImportEdits
        self.strings: Strings
        self.modules: ModuleImports
        self.attributes: AttributeUses
        self.names_of: NameImports
        given = context.scratch.get(RUN)
        if isinstance(given, Run):
            self.mentions = Mentions(given)
            self.WORDS = self.mentions.words

    @classmethod
    def keeps(cls, data: bytes, path: str, project: Project) -> re.Pattern[bytes] | None:
        """Imports, names of modules that deprecate something, and what is imported by these."""
        del path
        if project.reports or not many(project):
            return None
        lasts = {*configured_lasts(project)}
        lasts |= deprecating_lasts(project, lambda file: names_in(project, file))
        words = {last for last in lasts if last in data}
        for statement in _IMPORTS.findall(data):
            if any(word in statement for word in words):
                words = {*words, *re.findall(rb"\w+", statement.partition(b"import")[2])}
        return re.compile(rb"\b(?:import|%s)\b" % b"|".join(sorted(words | {b"import"})))

    @classmethod
    def wanted(cls, index: NodeIndex) -> bool:
        """Whether there is any import, or a call that may name a module."""
        return any(index.find(cst.Import, cst.ImportFrom, cst.Call))

    def find(self, module: cst.Module) -> None:
        """Find the imports, the uses and the strings that name something that moved."""
        del module
        if self.context.scratch.get(RUN) is None:
            self.mentions = Mentions(self.run)
        self.edits = ImportEdits(self)
        self.attributes = AttributeUses(self)
        self.modules = ModuleImports(self)
        self.strings = Strings(self)
        self.names_of = NameImports(self)
        self.strings.take()
        for statement in self.mentions.imports:
            if self.protected(statement) or self.mentions.awaited.covers(statement):
                continue  # kept by a comment, or a test of the deprecation itself
            if isinstance(statement, cst.ImportFrom):
                self.names_of.take(statement)
            else:
                self.modules.take(statement)
        self.attributes.finish()
        self.edits.finish()

    def leave(self, node: cst.CSTNode, subject: str, rule: Rule | None, why: str) -> None:
        """Tell that something deprecated stays, and why."""
        self.note(node, left(subject, rule, why))

    def leave_at(self, node: cst.CSTNode, subject: str, home: Home) -> None:
        """The same for a home that is none."""
        self.leave(node, subject, home.rule, home.why)

    def line(self, node: cst.CSTNode) -> int:
        """The line on which a node begins."""
        return self.file.line_of(self.file.span(node)[0])

    def is_top(self, node: cst.CSTNode) -> bool:
        """Whether a node is evaluated when the module is imported, outside of any class."""
        inner = (cst.FunctionDef, cst.ClassDef, cst.Lambda)
        return not any(isinstance(around, inner) for around in self.index.ancestors(node))
