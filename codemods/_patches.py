"""Which files put something else in the place of a module's name, as tests do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gardener.codemod.project import Project


def patched_in(project: Project, module: str, name: str) -> str:
    """A file that patches a name of a module, by a text or as an attribute; '' = none."""
    last = module.rpartition(".")[2]
    texts = [f"{name}{quote}" for quote in "'\""]
    paths = project.matching(*texts, f"{last}.{name}", plain=True)
    shape = _shape(last.encode(), name.encode())
    for path in project.files if paths is None else paths:
        if shape.search(project.read(path)):
            return path
    return ""


def _shape(module: bytes, name: bytes) -> re.Pattern[bytes]:
    """`patch("module.name")`, `patch.object(module, "name")`, `module.name = ...`."""
    return re.compile(
        rb"[\"'](?:[\w.]+\.)?%(module)b\.%(name)b[\"']"
        rb"|(?<!getattr)(?<!hasattr)\(\s*(?:[\w.]+\.)?%(module)b\s*,\s*[\"']%(name)b[\"']"
        rb"|\b%(module)b\.%(name)b[ \t]*=(?!=)" % {b"module": module, b"name": name}
    )
