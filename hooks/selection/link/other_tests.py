"""Non-Python files that hold tests: doctests in texts, and what a conftest collects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from gardener.paths import is_python
from gardener.pytest_config.settings import Layout

from ..parse.summary import Definition, Summary
from .imports import conftests

COLLECTS = "pytest_collect_file"
"""The hook by which a conftest makes tests of files of any kind."""


def other_tests(
    files: Iterable[str], summaries: Mapping[str, Summary], layout: Layout
) -> list[str]:
    """The non-Python files in which pytest finds tests, as far as that can be told.

    `summaries` are those of all `conftest.py` files.
    """
    hooks = {
        path: definition
        for path, summary in summaries.items()
        for definition in summary.definitions
        if definition.name == COLLECTS
    }
    hooked = frozenset(hooks)

    def is_collected(path: str) -> bool:
        """Whether the hook of a conftest above may collect a file."""
        name = path.rpartition("/")[2]
        return any(takes(hooks[c], summaries[c], name) for c in conftests(path, hooked))

    return [
        path
        for path in files
        if not is_python(path)
        and (
            layout.is_text_test(path) or (hooks and layout.is_visited(path) and is_collected(path))
        )
    ]


def takes(hook: Definition, summary: Summary, name: str) -> bool:
    """Whether a collecting hook seems to mean files of this name, by the strings around it."""
    suffix = name[name.rfind(".") :] if "." in name else name
    fits = any(
        text in (suffix, suffix.removeprefix("."), name)
        or (text.startswith(".") and name.endswith(text))
        or ("*" in text and fnmatchcase(name, text))
        for text in summary.texts
    )
    if not fits or "startswith" not in hook.direct.attributes:
        return fits
    return name.startswith((*hook.strings.identifiers, *hook.strings.texts))
