"""What the parts of `deprecated-import` know of a file together."""

from __future__ import annotations

from abc import ABC

import libcst as cst
from libcst.codemod import CodemodContext

from gardener.codemod.command import RUN, Command, Run

from ._deprecated_mentions import Mentions
from ._import_edits import ImportEdits
from ._rules import Home, Rule, left


class RuleCommand(Command, ABC):
    """A command over the imports of a file of which rules speak."""

    def __init__(self, context: CodemodContext) -> None:
        super().__init__(context)
        self.mentions: Mentions
        self.edits: ImportEdits
        given = context.scratch.get(RUN)
        if isinstance(given, Run):
            self.mentions = Mentions(given)
            self.WORDS = self.mentions.words

    def look(self) -> None:
        """Take a new file."""
        if self.context.scratch.get(RUN) is None:
            self.mentions = Mentions(self.run)
        self.edits = ImportEdits(self)

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
