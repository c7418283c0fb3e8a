"""What the parts of `pydantic-v2-api` know of a file together."""

from __future__ import annotations

from abc import ABC

import libcst as cst
from libcst.codemod import CodemodContext

from gardener.codemod.class_hierarchy import Classes
from gardener.codemod.command import Command

from ._pydantic_1 import pydantic_1
from ._v2_certain import Doubts
from ._v2_receivers import Receivers


class ModelCommand(Command, ABC):
    """A command over the models of a file."""

    def __init__(self, context: CodemodContext) -> None:
        super().__init__(context)
        self.classes: Classes
        self.receivers: Receivers
        self.doubts: Doubts
        self.doubt: str | None = None

    def look(self) -> None:
        """Take a new file."""
        self.doubt = None
        self.classes = Classes(self.project, self.file.path, self.names)
        self.receivers = Receivers(self, self.classes)
        self.doubts = Doubts(self.receivers)

    def certain(self, node: cst.CSTNode) -> bool:
        """Whether the file is meant for Pydantic 2; if not, it is told once."""
        if self.doubt is None:
            self.doubt = pydantic_1(self)
            if self.doubt:
                self.note(node, f"this and other uses of models left alone: {self.doubt}")
        return not self.doubt
