"""Codemods, and the machine that lets one change a file only if all holds.

A codemod changes a tree and touches nothing. The machine splices what differs into the bytes
of the file and keeps the result only if it parses, if every statement without an edit means
what it meant, and if the codemod has nothing left to do in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from gardener.codemod.file_text import Edit, FileText, Remark
    from gardener.codemod.project import Project


class Example(NamedTuple):
    """What a codemod does, as a test and as documentation.

    `after` is None where the file stays as it is; `note` is then (or beside the change)
    a part of what is told. `title` says in a few words what it shows; `files` are other
    files of the project.
    """

    title: str
    before: str
    after: str | None = None
    note: str = ""
    files: Mapping[str, str] = {}


class Codemod(NamedTuple):
    """One mechanical repair.

    `needles` are byte strings of which a file must hold one; `look` is a cheap second
    look at its bytes. `confirm` asks what lies around the file too, before it is parsed: its answer
    is not remembered with the file. `told` gives what there is to say of a confirmed file in which
    nothing is to be changed, without libcst; None where its tree is needed. `codes` are the lint codes whose `# noqa` keeps it away.
    `default` is false for one that runs only when it is named; `safe` is false for one
    that may change behaviour. `traces` are texts that matter to other files than the one that
    holds them: where all files are treated, `needles` is asked when `Project.containing`
    knows who holds them. `file` is where the codemod is written. `transformer` gives the class
    for libcst, which is imported only then. `shape` gives a regular expression that a line of
    every file matches which the codemod may change: git seeks it in all files at once. Without
    one git seeks the needles. `rules` gives lines to list; one with `#` first is printed as it is.
    """

    name: str
    explanation: str
    needles: Callable[[Project], Sequence[bytes]]
    look: Callable[[bytes, str, Project], bool]
    transformer: Callable[[], type]
    examples: tuple[Example, ...] = ()
    codes: tuple[str, ...] = ()
    default: bool = True
    safe: bool = True
    origin: str = "gardener"
    file: str = ""
    traces: tuple[bytes, ...] = ()
    rules: Callable[[Project], Iterable[str]] | None = None
    confirm: Callable[[bytes, str, Project], bool] | None = None
    shape: Callable[[Project], str] | None = None
    told: Callable[[bytes, str, Project], Sequence[Remark] | None] | None = None

    @property
    def summary(self) -> str:
        """The first line of the explanation."""
        return self.explanation.strip().partition("\n")[0]


class Mended(NamedTuple):
    """What codemods make of one file; `after` equals `before` where they change nothing."""

    before: bytes
    after: bytes
    codemods: tuple[str, ...] = ()
    remarks: tuple[tuple[str, Remark], ...] = ()


def candidates(
    data: bytes, path: str, codemods: Sequence[Codemod], project: Project
) -> list[Codemod]:
    """The codemods that a file's bytes give reason to parse it for."""
    skipped = _skipped(path, project)
    chosen = []
    for codemod in codemods:
        if codemod.name in skipped:
            continue
        for needle in project.memo(f"needles of {codemod.name}", lambda: codemod.needles(project)):  # noqa: B023
            if needle in data:
                if codemod.look(data, path, project):
                    chosen.append(codemod)
                break
    return chosen


def confirmed(
    data: bytes, path: str, codemods: Sequence[Codemod], project: Project
) -> list[Codemod]:
    """Those codemods that have something to do for all that is known without libcst's tree."""
    return [c for c in codemods if c.confirm is None or c.confirm(data, path, project)]


def _skipped(path: str, project: Project) -> set[str]:
    """Codemods that the configuration keeps away from a file (`per-path-skip`)."""
    rules = project.config.codemods.per_path_skip
    if not rules:
        return set()
    from gardener.paths import matches

    return {name for glob, names in rules.items() if matches(path, glob) for name in names}


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


def failure(wrong: Exception) -> str:
    """Why a codemod could not do its work, as the rest of a sentence."""
    message = str(wrong).strip().partition("\n")[0] or "no message"
    return f"the codemod fails: {type(wrong).__name__}: {message}"


def moved(remark: Remark, source: FileText, edits: Sequence[Edit]) -> Remark:
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
