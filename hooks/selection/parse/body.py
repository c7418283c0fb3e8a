"""What the code of one symbol mentions, while it is read."""

from __future__ import annotations

from .summary import Definition


class Body:
    """A symbol in the making: what it mentions, in the order of mention."""

    def __init__(self, name: str, kind: str) -> None:
        self.name = name
        self.kind = kind
        self.names: dict[str, None] = {}
        self.attrs: dict[str, None] = {}
        self.own: dict[str, None] = {}
        self.checks: dict[str, None] = {}
        self.words: dict[str, None] = {}
        self.dotted: dict[str, None] = {}
        self.texts: dict[str, None] = {}
        self.modules: dict[str, None] = {}
        self.runs: dict[int, None] = {}
        self.params: tuple[str, ...] = ()
        self.bases: tuple[str, ...] = ()
        self.decorators: dict[str, None] = {}
        self.annotations: dict[str, None] = {}
        self.fixture = ""
        self.autouse = False
        self.globals = False
        self.coroutine = False
        self.calls: dict[str, None] = {}
        self.touches: dict[str, None] = {}
        self.passes: dict[str, None] = {}
        self.later = 0  # how many function bodies around do not run now

    def definition(self) -> Definition:
        return Definition(
            self.name,
            self.kind,
            tuple(self.names),
            tuple(self.attrs),
            tuple(self.own),
            tuple(self.checks),
            tuple(self.words),
            tuple(self.dotted),
            tuple(self.texts),
            tuple(self.modules),
            tuple(self.runs),
            self.params,
            self.bases,
            tuple(self.decorators),
            tuple(self.annotations),
            self.fixture,
            self.autouse,
            self.globals,
            self.coroutine,
            tuple(self.calls),
            tuple(self.touches),
            tuple(self.passes),
        )
