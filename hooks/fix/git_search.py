"""Asks git which files hold what codemods look for: one search for all, quicker than reading them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from gardener.codemod.model import Codemod
from gardener.codemod.project import Project
from gardener.errors import GitError
from gardener.git import git, lines

WORTH_FROM = 300
"""Number of files from which a process of git costs less than reading them."""


def shape_of(codemods: Iterable[Codemod], texts: Iterable[bytes], project: Project) -> str:
    """One regular expression of which a line of a file must match; '' where that cannot be said."""
    shapes = [any_of(texts)]
    for codemod in codemods:
        said = codemod.shape(project) if codemod.shape is not None else ""
        shapes.append(said or any_of(codemod.needles(project)))
        if not shapes[-1]:
            return ""
    return "|".join(filter(None, shapes))


def any_of(texts: Iterable[bytes]) -> str:
    """A regular expression for some texts; '' if one of them is no part of a line."""
    texts = list(texts)
    if not all(texts) or any(b"\n" in text for text in texts):
        return ""
    return "|".join(re.escape(text.decode()) for text in texts)


def files_with(shape: str, kinds: Sequence[str], root: Path) -> frozenset[str] | None:
    """Tracked files of which a line matches; None where git cannot tell (built without PCRE)."""
    if not shape:
        return None
    as_bytes = {**os.environ, "LC_ALL": "C"}
    try:
        listed = git("grep", "-lzaP", "-e", shape, "--", *kinds, root=root, environment=as_bytes)
    except GitError as wrong:
        # Exit code 1 without a word: nothing found.
        return frozenset() if "no message" in str(wrong) else None
    return frozenset(lines(listed))
