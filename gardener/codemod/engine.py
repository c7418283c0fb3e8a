"""Codemods, and the machine that lets one change a file only if all holds.

A codemod yields edits and touches nothing. The machine splices them into the bytes of the
file and keeps the result only if it parses, if every statement without an edit means what
it meant, and if the codemod has nothing left to do in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from gardener.errors import GardenerError

if TYPE_CHECKING:
    import ast

    from gardener.codemod.project import Project
    from gardener.codemod.source import Edit, Remark, Source


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
    look at its bytes. `codes` are the lint codes whose `# noqa` keeps it away.
    `default` is false for one that runs only when it is named; `safe` is false for one
    that may change behaviour. `traces` are texts that matter to other files than the one that
    holds them: where all files are treated, `needles` is asked when `Project.containing`
    knows who holds them. `file` is where the codemod is written.
    """

    name: str
    explanation: str
    needles: Callable[[Project], Sequence[bytes]]
    look: Callable[[bytes, str, Project], bool]
    rewrite: Callable[[Source, Project], Iterable[Edit | Remark]]
    examples: tuple[Example, ...] = ()
    codes: tuple[str, ...] = ()
    default: bool = True
    safe: bool = True
    origin: str = "gardener"
    file: str = ""
    traces: tuple[bytes, ...] = ()
    rules: Callable[[Project], Iterable[str]] | None = None

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


def _skipped(path: str, project: Project) -> set[str]:
    """Codemods that the configuration keeps away from a file (`per-path-skip`)."""
    rules = project.config.codemods.per_path_skip
    if not rules:
        return set()
    from gardener.paths import matches

    return {name for glob, names in rules.items() if matches(path, glob) for name in names}


def mend(before: bytes, path: str, codemods: Sequence[Codemod], project: Project) -> Mended:
    """Run codemods over one file's bytes.

    Raises:
        gardener.codemod.source.Unparsable: the file is no Python that this interpreter knows.
    """
    from gardener.codemod.source import Source

    data = before
    applied: list[str] = []
    remarks: list[tuple[str, Remark]] = []
    source = Source(data, path)
    for codemod in codemods:
        edits, new_remarks = _run(codemod, source, project)
        after = data
        if edits:
            after, new_remarks = _checked(codemod, source, edits, new_remarks, project)
        if after != data:
            applied.append(codemod.name)
            # Remarks give the lines of the file as it is left behind.
            remarks = [(name, _moved(remark, source, edits)) for name, remark in remarks]
            new_remarks = [_moved(remark, source, edits) for remark in new_remarks]
            data, source = after, Source(after, path)
        remarks += [(codemod.name, remark) for remark in new_remarks]
    remarks.sort(key=lambda pair: (pair[1].line, pair[0]))
    return Mended(before, data, tuple(applied), tuple(dict.fromkeys(remarks)))


def _run(codemod: Codemod, source: Source, project: Project) -> tuple[list[Edit], list[Remark]]:
    """What a codemod proposes for a file: edits that change something, and remarks."""
    from gardener.codemod.source import Edit, Protection, Remark

    source.protection = Protection(codemod.name, codemod.codes)
    edits: list[Edit] = []
    remarks: list[Remark] = []
    try:
        for proposal in codemod.rewrite(source, project):
            if isinstance(proposal, Edit):
                if source.data[proposal.start : proposal.end] != proposal.text.encode():
                    edits.append(proposal)
            else:
                assert isinstance(proposal, Remark)
                remarks.append(proposal)
    except GardenerError:
        raise
    except Exception as wrong:
        if codemod.origin == "gardener":
            raise
        # Somebody else's codemod: what it cannot do must not stop the others.
        message = str(wrong).strip().partition("\n")[0] or "no message"
        return [], [
            Remark(1, f"left as it is: the codemod fails: {type(wrong).__name__}: {message}")
        ]
    return sorted(set(edits)), remarks


def _checked(
    codemod: Codemod, source: Source, edits: list[Edit], remarks: list[Remark], project: Project
) -> tuple[bytes, list[Remark]]:
    """The bytes after the edits, or the old ones with a remark where a check does not hold."""
    from gardener.codemod.source import Remark, Source, Unparsable

    line = source.line_of(edits[0].start)
    if any(source.protection.covers(source, e.start, e.end) for e in edits):
        where = "a line that has to change is protected by a comment"
        return source.raw, [*remarks, Remark(line, f"left as it is: {where}")]
    try:
        after = source.spliced(edits)
        mended = Source(after, source.path)
    except (Unparsable, UnicodeEncodeError, ValueError) as wrong:
        return source.raw, [*remarks, Remark(line, f"left as it is: the result {wrong}")]
    wrong_line = altered(source, mended, edits)
    if wrong_line:
        reason = "the edit would change more than it should"
        return source.raw, [*remarks, Remark(wrong_line, f"left as it is: {reason}")]
    again, _ = _run(codemod, mended, project)
    if again:
        reason = "a second run would change it again"
        return source.raw, [*remarks, Remark(line, f"left as it is: {reason}")]
    return after, remarks


def altered(source: Source, mended: Source, edits: Sequence[Edit]) -> int:
    """The line of a statement that holds no edit and yet means something else; 0 = none.

    Every largest statement without an edit must stand at its moved place in the new
    tree, be of the same kind and just as long there (then the same bytes mean the same),
    and have ancestors of the same kinds and names.
    """
    import ast

    places = {mended.whole_span(node)[0]: node for node in reversed(_statements(mended))}
    stack: list[ast.AST] = [source.tree]
    while stack:
        for child in ast.iter_child_nodes(stack.pop()):
            if not isinstance(child, ast.stmt):
                if not isinstance(child, ast.expr):
                    stack.append(child)
                continue
            start, end = source.whole_span(child)
            if any((e.start < end and start < e.end) or start < e.start <= end for e in edits):
                stack.append(child)
                continue
            at = _shift(start, edits)
            twin = places.get(at)
            same = (
                twin is not None
                and type(twin) is type(child)
                and mended.whole_span(twin)[1] - at == end - start
                and _lineage(mended, twin) == _lineage(source, child)
            )
            if not same:
                return child.lineno
    return 0


def _statements(source: Source) -> list[ast.stmt]:
    import ast

    return sorted(source.find(ast.stmt), key=lambda node: source.whole_span(node)[0])


def _lineage(source: Source, node: ast.AST) -> tuple[str, ...]:
    return tuple(
        f"{type(a).__name__}:{getattr(a, 'name', '')}" for a in source.names.ancestors(node)
    )


def _shift(offset: int, edits: Sequence[Edit]) -> int:
    """Where an offset lies after the edits; text inserted exactly there comes before it."""
    return offset + sum(len(e.text.encode()) - (e.end - e.start) for e in edits if e.end <= offset)


def _moved(remark: Remark, source: Source, edits: Sequence[Edit]) -> Remark:
    if remark.line < 1 or remark.line > len(source.starts):
        return remark
    start = source.starts[remark.line - 1]
    added = 0
    for edit in edits:
        if edit.start < start:
            removed = source.data[edit.start : min(edit.end, start)].count(b"\n")
            added += edit.text.count("\n") - removed
    return remark._replace(line=remark.line + added)
