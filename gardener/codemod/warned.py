"""Where a codemod of libcst was when it warned: its warnings hold a text and no place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import libcst as cst


class Warned(list[str]):
    """The warnings of one run, as libcst's context keeps them, each with the node that was visited."""

    def __init__(self) -> None:
        super().__init__()
        self._visited: cst.CSTNode | None = None
        self._nodes: list[cst.CSTNode | None] = []

    def append(self, warning: str, /) -> None:
        """Keep a warning that comes now."""
        super().append(warning)
        self._nodes.append(self._visited)

    def places(self) -> Iterator[tuple[str, cst.CSTNode | None]]:
        """The warnings, each with its node; None where nothing was visited."""
        return zip(self, self._nodes, strict=True)

    def watch(self, transformer: cst.CSTTransformer) -> None:
        """See from now on which node a transformer visits or leaves."""
        visit, leave = transformer.on_visit, transformer.on_leave

        def on_visit(node: cst.CSTNode) -> bool:
            self._visited = node
            return visit(node)

        def on_leave(original: Any, updated: Any) -> Any:
            self._visited = original
            return leave(original, updated)

        transformer.on_visit = on_visit  # type: ignore[method-assign]
        transformer.on_leave = on_leave  # type: ignore[method-assign, assignment]
