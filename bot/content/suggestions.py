"""One-click fixes: what codemods change, cut to the lines that a pull request shows."""

from __future__ import annotations

import ast
import hashlib
import re
import textwrap
from collections.abc import Collection, Sequence
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from msgspec import Struct

from gardener.model import Patch

from . import marker, text

MOST = 30
"""Suggestions in one review."""

_FIRST_WORDS = "Mechanical fix by "
_NEAR = 2  # lines between two edits that are taken for one change

_HUNK = re.compile(r"^@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@", re.MULTILINE)


class Key(Struct, frozen=True):
    """What the marker of a posted suggestion says, so that it is never made twice."""

    key: str


class Suggestion(Struct, frozen=True):
    """Lines `start` to `end` of a file, as it is at the head, to be replaced by `lines`."""

    path: str
    start: int
    end: int
    lines: tuple[str, ...]
    codemods: tuple[str, ...]
    elsewhere: tuple[str, ...] = ()
    key: str = ""

    def comment(self) -> dict[str, Any]:
        """The comment on these lines, as the API takes it in a review."""
        where: dict[str, Any] = {"path": self.path, "line": self.end, "side": "RIGHT"}
        if self.start < self.end:
            where |= {"start_line": self.start, "start_side": "RIGHT"}
        return {**where, "body": self.body()}

    def body(self) -> str:
        """What the comment says: the codemod, what lies elsewhere, the replacement."""
        code = "\n".join(self.lines)
        fence = "`" * max(3, max((len(r) for r in re.findall("`+", code)), default=0) + 1)
        named = ", ".join(text.code(name) for name in self.codemods)
        out = [marker.write("suggestion", Key(self.key)), f"{_FIRST_WORDS}{named}."]
        if self.elsewhere:
            out += ["", "It needs a change outside of this diff too:"]
            out += [f"- {words}" for words in self.elsewhere]
        # An empty block would be a deletion of the lines, which is what no lines mean.
        return "\n".join([*out, "", f"{fence}suggestion", *([code] if self.lines else []), fence])


def suggest(
    patches: Sequence[Patch], lines_in_diff: dict[str, frozenset[int]], posted: Collection[str] = ()
) -> list[Suggestion]:
    """The changes of `patches` that lie wholly in lines that the pull request shows.

    `shown` are the line numbers of the head's side in the diff of each file (see
    `shown_lines`), `posted` the keys of suggestions that were made before. Changes
    elsewhere in a file are left out, but an import that a suggestion may need is told.
    """
    suggestions: list[Suggestion] = []
    for patch in patches:
        suggestions += _of_file(patch, lines_in_diff.get(patch.file, frozenset()))
    fitting = [s for s in suggestions if s.key not in posted and text.size(s.body()) < text.LIMIT]
    return fitting[:MOST]


def shown_lines(diff: str) -> frozenset[int]:
    """Numbers of the lines of the new file that a unified diff shows, context included."""
    numbers: set[int] = set()
    for hunk in _HUNK.finditer(diff):
        first, many = int(hunk[1]), int(hunk[2]) if hunk[2] is not None else 1
        numbers.update(range(first, first + min(many, 100_000)))
    return frozenset(numbers)


def keys_of(bodies: Sequence[str]) -> frozenset[str]:
    """The keys of suggestions in comments that the bot wrote."""
    ours = (body for body in bodies if body.partition("\n")[2].startswith(_FIRST_WORDS))
    read = (marker.read("suggestion", body, Key) for body in ours)
    return frozenset(marked.key for marked in read if marked)


class _Edit(NamedTuple):
    """Lines `start`..`end` (from 1, inclusive) that become `after`."""

    start: int
    end: int
    before: tuple[str, ...]
    after: tuple[str, ...]


def _of_file(patch: Patch, lines_in_diff: frozenset[int]) -> list[Suggestion]:
    try:
        before, after = patch.before.decode(), patch.after.decode()
    except UnicodeDecodeError:
        return []
    old = before.split("\n")
    edits = _edits(old, after.split("\n"))
    inside = [e for e in edits if lines_in_diff.issuperset(range(e.start, e.end + 1)) and _plain(e)]
    outside = [e for e in edits if e not in inside and _adds_import(e)]
    if not _parses(old, [*inside, *outside]):
        return []  # half of a change would break the file
    elsewhere = tuple(
        f"{_added(e)} near line {e.start} of {text.code(patch.file)}" for e in outside
    )
    return [
        Suggestion(
            patch.file,
            edit.start,
            edit.end,
            edit.after,
            patch.codemods,
            elsewhere if not _adds_import(edit) else (),
            _key(patch.file, edit),
        )
        for edit in inside
    ]


def _edits(before: list[str], after: list[str]) -> list[_Edit]:
    """Replaced ranges of whole lines; an insertion takes a neighbouring line along.

    A comment must stand on a line, so lines that are only added are written as the line
    above them (or below, at the top of the file) together with the new ones.
    """
    edits: list[_Edit] = []
    opcodes = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    for tag, i1, i2, j1, j2 in opcodes:
        if tag == "equal":
            continue
        new = after[j1:j2]
        if tag == "insert":
            if i1 > 0:
                i1, new = i1 - 1, [before[i1 - 1], *new]  # noqa: PLW2901
            elif before:
                i2, new = 1, [*new, before[0]]  # noqa: PLW2901
            else:
                continue
        if edits and i1 - edits[-1].end <= _NEAR:
            # One change that the comparison tore apart, or two that would overlap.
            last = edits.pop()
            new = [
                *last.after,
                *(before[last.end : i1] if i1 > last.end else ()),
                *new[max(last.end - i1, 0) :],
            ]
            i1 = last.start - 1  # noqa: PLW2901
        edits.append(_Edit(i1 + 1, i2, tuple(before[i1:i2]), tuple(new)))
    return edits


def _parses(before: list[str], edits: Sequence[_Edit]) -> bool:
    """Whether the file is still Python when only these edits are made."""
    lines = list(before)
    for edit in sorted(edits, reverse=True):
        lines[edit.start - 1 : edit.end] = edit.after
    try:
        ast.parse("\n".join(lines) + "\n")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _plain(edit: _Edit) -> bool:
    """No invisible or control characters: nobody should apply what cannot be seen."""
    return all(text.clean(line) == line for line in (*edit.before, *edit.after))


def _imports(lines: Sequence[str]) -> set[str]:
    """The import statements among some lines, each in one line."""
    try:
        tree = ast.parse(textwrap.dedent("\n".join(lines)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    kinds = (ast.Import, ast.ImportFrom)
    return {ast.unparse(node) for node in tree.body if isinstance(node, kinds)}


def _adds_import(edit: _Edit) -> bool:
    return bool(_imports(edit.after) - _imports(edit.before))


def _added(edit: _Edit) -> str:
    new = sorted(_imports(edit.after) - _imports(edit.before))
    return " and ".join(text.code(line) for line in new)


def _key(path: str, edit: _Edit) -> str:
    """Equal as long as the same lines of the same file would become the same."""
    content = "\0".join((path, *edit.before, "\1", *edit.after))
    return hashlib.sha256(content.encode(errors="replace")).hexdigest()[:16]
