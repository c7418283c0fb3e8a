"""The tree of which a graph is made."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from gardener.paths import is_python
from gardener.pytest_config.settings import Layout

from ..link.imports import Modules
from ..parse.summaries import Summaries


class Tree(NamedTuple):
    """The Python files of a tree and others with tests, with what decides how they are linked.

    `folder` is where graphs are kept; None to keep none.
    """

    summaries: Summaries
    modules: Modules
    layout: Layout
    folder: Path | None

    def is_test(self, path: str) -> bool:
        """Whether pytest looks for tests in a file of the tree."""
        return not is_python(path) or (path.endswith(".py") and self.layout.is_test(path))
