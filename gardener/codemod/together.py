"""All codemods of libcst over one file: one tree, one set of metadata, one check of the result."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from traceback import walk_tb
from typing import NamedTuple

from gardener.codemod import comments, line_breaks, outline
from gardener.codemod.candidates import candidates, confirmed
from gardener.codemod.carved import LeftOut
from gardener.codemod.command import NOTHING_ELSE, Command
from gardener.codemod.file_text import Edit, FileText, Remark, Unparsable
from gardener.codemod.libcst_adapter import Proposal, proposed
from gardener.codemod.model import Codemod, Mended
from gardener.codemod.project import Project
from gardener.codemod.protection import Protection
from gardener.codemod.tree import ParsedFile
from gardener.errors import GardenerError

_MOST_TRIES = 12
"""Words after which the whole file is read instead of a larger part of it."""


class _Wrong(NamedTuple):
    """Why edits are not made, and the line of it."""

    line: int
    reason: str


def mend_together(
    before: bytes, path: str, codemods: Sequence[Codemod], project: Project
) -> Mended:
    """Run codemods over a file; those whose edits meet are run one after the other.

    Raises:
        gardener.codemod.file_text.Unparsable: libcst cannot read the file.
    """
    keep = _kept(before, path, codemods, project)
    inside = [_inside(codemod, project) for codemod in codemods] if keep else []
    while True:
        try:
            file = ParsedFile(before, path, keep=keep, inside=inside)
            return _mend(file, codemods, project)
        except LeftOut as missing:
            name = "".join(map(str, missing.args)).encode()
            more = [*keep, re.compile(rb"\b%b\b" % re.escape(name))]
            keep = more if name and len(more) < _MOST_TRIES else []
            inside = [*inside, NOTHING_ELSE] if keep else []


def _kept(
    before: bytes, path: str, codemods: Sequence[Codemod], project: Project
) -> list[re.Pattern[bytes]]:
    """What marks the code of a file that matters to some codemods; none if all of it does."""
    all_marks = []
    for codemod in codemods:
        transformer = _transformer(codemod, project)
        marks = None
        if isinstance(transformer, type) and issubclass(transformer, Command):
            marks = transformer.keeps(before, path, project)
        if marks is None:
            return []
        all_marks.append(marks)
    return all_marks


def _inside(codemod: Codemod, project: Project) -> re.Pattern[bytes] | None:
    """What else matters to a codemod in a function that it has a reason to look at; None is all of it."""
    transformer = _transformer(codemod, project)
    assert issubclass(transformer, Command)
    return transformer.inside(project)


def _transformer(codemod: Codemod, project: Project) -> type:
    return project.memo(f"transformer of {codemod.name}", codemod.transformer)


def _mend(file: ParsedFile, codemods: Sequence[Codemod], project: Project) -> Mended:
    original = file
    applied: list[str] = []
    remarks: list[tuple[str, Remark]] = []
    waiting = list(codemods)
    while waiting:
        chosen, waiting = _compatible(file, waiting, project)
        edits = [edit for _, proposal in chosen for edit in proposal.edits]
        editing = [codemod for codemod, proposal in chosen if proposal.edits]
        result = _checked(file, edits, editing, project) if edits else file
        if isinstance(result, _Wrong) and len(editing) > 1:
            # Which of them is to blame shows when each is alone.
            first, *later = editing
            editing, waiting = [first], [*later, *waiting]
            names = {codemod.name for codemod in later}
            chosen = [pair for pair in chosen if pair[0].name not in names]
            edits = [edit for _, proposal in chosen for edit in proposal.edits]
            result = _checked(file, edits, editing, project)
        notes = [(codemod.name, remark) for codemod, p in chosen for remark in p.remarks]
        if isinstance(result, _Wrong):
            remark = Remark(result.line, f"left as it is: {result.reason}")
            notes.append((editing[0].name, remark))
        elif result is not file:
            # Remarks give the lines of the file as it is left behind.
            notes = [(name, _moved(remark, file, edits)) for name, remark in notes]
            remarks = [(name, _moved(remark, file, edits)) for name, remark in remarks]
            applied += [codemod.name for codemod in editing]
            file = result
        remarks += notes
    if applied:
        short, edits = _with_short_lines(original, file, project)
        remarks = [(name, _moved(remark, file, edits)) for name, remark in remarks]
        file = short
    return Mended(original.raw, file.raw, tuple(applied), tuple(remarks))


def _with_short_lines(
    original: ParsedFile, file: ParsedFile, project: Project
) -> tuple[ParsedFile, list[Edit]]:
    """The file with the lines broken that got too long for the project, and the edits for that."""
    limit = project.said_limit(file.path)
    if not limit or file.path.endswith(".ipynb"):
        return file, []
    unit = original.module.default_indent  # the changed file needs no tree for that
    edits = line_breaks.breaking(original, file, limit, unit)
    result = _checked(file, edits, (), project) if edits else file
    return (file, []) if isinstance(result, _Wrong) else (result, edits)


def _moved(remark: Remark, source: FileText, edits: Sequence[Edit]) -> Remark:
    """A remark with the line that its place has after the edits."""
    if remark.line < 1 or remark.line > len(source.starts):
        return remark
    start = source.starts[remark.line - 1]
    added = 0
    for edit in edits:
        if edit.start < start:
            removed = source.data[edit.start : min(edit.end, start)].count(b"\n")
            new = edit.text.count("\n")
            # Within a change that is spread over lines, they are taken to follow each other.
            added += (min(new, removed) if edit.end > start else new) - removed
    return remark._replace(line=remark.line + added)


def _compatible(
    file: ParsedFile, codemods: Sequence[Codemod], project: Project
) -> tuple[list[tuple[Codemod, Proposal]], list[Codemod]]:
    """What codemods propose as far as it can be done at once, and those that have to wait."""
    chosen: list[tuple[Codemod, Proposal]] = []
    later: list[Codemod] = []
    planned: list[Edit] = []
    for codemod in codemods:
        proposal = _proposed(codemod, file, project)
        if any(
            new.start <= e.end and e.start <= new.end for new in proposal.edits for e in planned
        ):
            later.append(codemod)
            continue
        chosen.append((codemod, proposal))
        planned += proposal.edits
    return chosen, later


def _proposed(codemod: Codemod, file: ParsedFile, project: Project) -> Proposal:
    told = codemod.told(file.raw, file.path, project) if codemod.told is not None else None
    if told is not None:
        return Proposal((), tuple(told))
    protection = Protection(codemod.name, codemod.codes)
    try:
        proposal = proposed(_transformer(codemod, project), file, project, protection)
    except (GardenerError, Unparsable, RecursionError, LeftOut):
        raise
    except Exception as wrong:
        if codemod.origin == "gardener":
            raise
        # Somebody else's codemod: what it cannot do must not stop the others.
        proposal = Proposal(problem=_failure(wrong, codemod.file))
    if proposal.problem:
        return _refused(proposal, 1, proposal.problem)
    for edit in proposal.edits:
        if protection.covers(file, edit.start, edit.end):
            line = file.line_of(proposal.edits[0].start)
            return _refused(proposal, line, "a line that has to change is protected by a comment")
    return proposal


def _failure(wrong: Exception, file: str) -> str:
    """Why a codemod could not do its work, and where in its file, as the rest of a sentence."""
    message = str(wrong).strip().partition("\n")[0] or "no message"
    lines = [
        line for frame, line in walk_tb(wrong.__traceback__) if frame.f_code.co_filename == file
    ]
    place = f" ({os.path.basename(file)}:{lines[-1]})" if lines else ""  # noqa: PTH119
    return f"the codemod fails: {type(wrong).__name__}: {message}{place}"


def _refused(proposal: Proposal, line: int, reason: str) -> Proposal:
    return Proposal((), (*proposal.remarks, Remark(line, f"left as it is: {reason}")))


def _checked(
    file: ParsedFile, edits: list[Edit], codemods: Sequence[Codemod], project: Project
) -> ParsedFile | _Wrong:
    """The file after the edits, or what is wrong with them."""
    line = file.line_of(edits[0].start)
    try:
        mended = ParsedFile(file.spliced(edits), file.path, keep=file.keep, inside=file.inside)
    except (Unparsable, UnicodeEncodeError, ValueError) as wrong:
        return _Wrong(line, f"the result {wrong}")
    if (file.by_ast is None) != (mended.by_ast is None):
        return _Wrong(line, "the result is read differently")
    if _loses_comment(file, mended, edits, codemods, project):
        return _Wrong(line, "a comment would be lost")
    place = outline.altered(file.statements, mended.statements, edits)
    if place >= 0:
        return _Wrong(file.line_of(place), "the edit would change more than it should")
    # Most files hold nothing afterwards that the codemod looks for: that is the second run.
    again = candidates(mended.raw, file.path, codemods, project)
    for codemod in confirmed(mended.raw, file.path, again, project):
        if _proposed(codemod, mended, project).edits:
            return _Wrong(line, "a second run would change it again")
    return mended


def _loses_comment(
    file: ParsedFile,
    mended: ParsedFile,
    edits: Sequence[Edit],
    codemods: Sequence[Codemod],
    project: Project,
) -> bool:
    """Whether a comment is gone that no codemod means to take away."""
    if not any(b"#" in file.data[edit.start : edit.end] for edit in edits):
        return False
    if any(getattr(_transformer(c, project), "DROPS_COMMENTS", False) for c in codemods):
        return False
    return comments.lost(file.data.decode(), mended.data.decode())
