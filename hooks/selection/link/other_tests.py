"""Files that are no Python and yet hold tests: doctests in texts, and what a conftest collects."""

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
    """The files that are no Python in which pytest finds tests, as far as that can be told.

    `summaries` are those of all `conftest.py` files.
    """
    hooks = {
        path: hook
        for path, summary in summaries.items()
        if (hook := next((s for s in summary.definitions if s.name == COLLECTS), None))
    }
    known = frozenset(hooks)
    return [
        path
        for path in files
        if not is_python(path)
        and (
            layout.is_text_test(path)
            or (
                known
                and layout.is_visited(path)
                and any(
                    takes(hooks[one], summaries[one], path.rpartition("/")[2])
                    for one in conftests(path, known)
                )
            )
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
