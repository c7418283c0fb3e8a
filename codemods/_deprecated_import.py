"""The command behind `deprecated-import`: which imports of a file name something that moved."""

from __future__ import annotations

import re

import libcst as cst

from gardener.codemod.node_index import NodeIndex
from gardener.codemod.prefilter import deprecating_lasts, many
from gardener.codemod.project import Project

from ._deprecated_attributes import AttributeUses
from ._deprecated_modules import ModuleImports
from ._deprecated_names import NameImports
from ._deprecated_strings import Strings
from ._module_uses import ModuleUses
from ._rule_command import RuleCommand
from ._rule_words import configured_lasts, names_in

_IMPORTS = re.compile(rb"(?m)^[ \t]*(?:from|import)\b[^\n(]*(?:\([^)]*\))?[^\n]*")


class DeprecatedImport(RuleCommand):
    """Import names from their new homes."""

    NAME = "deprecated-import"
    CODES = ("UP035",)
    INSIDE = re.compile(rb"[rR]aises|warn|deprecated_call|filter|expect|Warn")
    """What may wait for a warning."""

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
        self.look()
        uses = ModuleUses(self)
        strings = Strings(self, uses)
        attributes = AttributeUses(self, uses)
        modules = ModuleImports(self, uses, attributes, strings.renamed)
        names = NameImports(self, uses, attributes)
        strings.take()
        for statement in self.mentions.imports:
            if self.protected(statement) or self.mentions.awaited.covers(statement):
                continue  # kept by a comment, or a test of the deprecation itself
            if isinstance(statement, cst.ImportFrom):
                names.take(statement)
            else:
                modules.take(statement)
        attributes.finish()
        self.edits.finish()
