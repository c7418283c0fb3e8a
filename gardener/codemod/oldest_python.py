"""The oldest Python that a project runs on, as its metadata says: code must not need a newer one."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gardener.codemod.project import Project

_FILES = ("pyproject.toml", "setup.cfg", "setup.py")
_ASKED = re.compile(
    rb"""(?m)^[^#\n]*?(?<![\w.-])(?:requires-python|python_requires|python)["']?\s*[=:]\s*"""
    rb"""["']?[^"'\n#]*?(?:>=?|\^|~=?|==)\s*(\d+)\.(\d+)"""
)
_CLASSIFIER = re.compile(rb"Programming Language :: Python :: (?:(\d+)\.(\d+)\b|2[\"'\s])")
_PYTHON_2 = (2, 7)
_RUNS_ON_2 = re.compile(rb"(?m)^__metaclass__\s*=\s*type\b")
"""What only code for Python 2 says, such as what Ansible runs on other machines."""


def oldest_python(project: Project, path: str) -> tuple[int, int] | None:
    """The oldest Python of the project that a file belongs to; None when nothing says it.

    The nearest folder counts whose metadata give a lower bound, or list versions as classifiers. A file
    may say by itself that it is for Python 2 as well.
    """
    for_2 = f"{path} is for Python 2"
    if project.memo(for_2, lambda: bool(_RUNS_ON_2.search(project.read(path)))):
        return _PYTHON_2
    folder = os.path.dirname(path)  # noqa: PTH120 - relative, with `/`
    return project.memo(f"oldest python in {folder}", lambda: _in_folder(project, folder))


def _in_folder(project: Project, folder: str) -> tuple[int, int] | None:
    texts = [project.read(f"{folder}/{name}" if folder else name) for name in _FILES]
    for shape in (_ASKED, _CLASSIFIER):
        matches = [match for text in texts for match in shape.finditer(text)]
        versions = [(int(m[1]), int(m[2])) if m[1] else _PYTHON_2 for m in matches]
        if versions:
            return min(versions)
    return _in_folder(project, folder.rpartition("/")[0]) if folder else None
