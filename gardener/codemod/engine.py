"""The machine that lets codemods change a file only if all holds.

A codemod changes a tree and touches nothing. The machine splices what differs into the bytes
of the file and keeps the result only if it parses, if every statement without an edit means
what it meant, and if the codemod has nothing left to do in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gardener.codemod.candidates import confirmed
from gardener.codemod.model import Codemod, Mended

if TYPE_CHECKING:
    from gardener.codemod.file_text import Remark
    from gardener.codemod.project import Project


def mend(before: bytes, path: str, codemods: Sequence[Codemod], project: Project) -> Mended:
    """Run codemods over one file's bytes: they share one tree.

    Raises:
        gardener.codemod.file_text.Unparsable: nobody can tell what the file says.
    """
    codemods = confirmed(before, path, codemods, project)
    mended = _only_told(before, path, codemods, project)
    if mended is None:
        from gardener.codemod.together import mend_together

        mended = mend_together(before, path, codemods, project)
    remarks = sorted(dict.fromkeys(mended.remarks), key=lambda pair: (pair[1].line, pair[0]))
    return mended._replace(remarks=tuple(remarks))


def _only_told(
    before: bytes, path: str, codemods: Sequence[Codemod], project: Project
) -> Mended | None:
    """What comes of a file in which no codemod has anything to change; None = that is not known."""
    remarks: list[tuple[str, Remark]] = []
    for codemod in codemods:
        told = codemod.told(before, path, project) if codemod.told is not None else None
        if told is None:
            return None
        remarks += ((codemod.name, remark) for remark in told)
    return Mended(before, before, (), tuple(remarks))
