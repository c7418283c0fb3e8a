"""Prints what `gardener fix` did: a line a file, concise, JSON or GitHub annotations."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from gardener.codemod.vendored import VENDORED
from gardener.disarm import disarmed_json, path_in_a_line

if TYPE_CHECKING:
    from gardener.codemod.model import Mended

    from .inputs import Problem


_SHOWN_PLACES = 3
"""How many places of a note are named where it is the same at many."""


class OutputOptions(NamedTuple):
    """How to print: `dry` if nothing is written, `diff` if a diff is asked for.

    `color` None means: as the terminal and NO_COLOR say.
    """

    root: Path
    diff: bool = False
    dry: bool = False
    color: bool | None = None


class Note(NamedTuple):
    """A remark of a codemod: what a human has to look at, and the line of the file on disk."""

    codemod: str
    line: int
    message: str
    alike: str


class TextOutput:
    """Names of changed files, or the diff, on stdout; notes on stderr, one line a kind."""

    def __init__(self, options: OutputOptions) -> None:
        self.options = options
        self.changed = 0
        self.notes = 0
        self.by_codemod: Counter[str] = Counter()
        self.places: dict[tuple[str, str], list[tuple[str, str]]] = {}
        """The places of each kind of note of a codemod, each with its message."""
        self.vendored: Counter[str] = Counter()

    def file(self, path: str, mended: Mended) -> None:
        """Print what happened to one file."""
        if self._is_vendored(mended):
            return
        changed = mended.after != mended.before
        self.changed += changed
        self.notes += len(mended.remarks)
        self.by_codemod.update(mended.codemods)
        for note in _notes(mended, self.options.dry):
            self._print_note(path, note)
        if changed and self.options.diff:
            self._print_diff(path, mended)
        elif changed:
            self._print_change(path, mended)

    def _is_vendored(self, mended: Mended) -> bool:
        """Whether a file is code of others, of which the sum is told in the end."""
        others = [remark.message for name, remark in mended.remarks if name == VENDORED]
        self.vendored.update(others)
        return bool(others)

    def end(self, problems: Sequence[Problem]) -> None:
        """Print the sum; `problems` were printed already."""
        if self.vendored:
            count = _count(sum(self.vendored.values()), "file")
            folders = ", ".join(
                text.removeprefix("left alone in ") for text in sorted(self.vendored)
            )
            click.echo(f"gardener: {count} of vendored code left alone ({folders}).", err=True)
        if not self.changed and not self.notes:
            return
        self._print_kinds()
        text = f"{_count(self.changed, 'file')} {self._verb()}"
        if self.by_codemod:
            numbers = (f"{name}: {number}" for name, number in sorted(self.by_codemod.items()))
            text += f" ({', '.join(numbers)})"
        if self.notes:
            text += (
                f", {_count(self.notes, 'place')} to fix by hand"
                " (or to keep: `# gardener: skip` at the end of the line)"
            )
        click.echo(f"gardener: {text}.", err=True)

    def _verb(self) -> str:
        return "would change" if self.options.dry else "changed"

    def _print_note(self, path: str, note: Note) -> None:
        kind = (note.codemod, note.alike or note.message)
        place = f"{path_in_a_line(path)}:{note.line}"
        self.places.setdefault(kind, []).append((place, note.message))

    def _print_kinds(self) -> None:
        """Print each note once, with the number of its places and the first few of them."""
        for (codemod, kind), ((first, message), *more) in self.places.items():
            text = f"{first}: {codemod}: {kind if more else message}"
            if more:
                shown = " and ".join(place for place, _ in more[: _SHOWN_PLACES - 1])
                text += f" ({len(more) + 1} places, also {shown})"
            click.echo(text, err=True)

    def _print_change(self, path: str, mended: Mended) -> None:
        click.echo(path_in_a_line(path))

    def _print_diff(self, path: str, mended: Mended) -> None:
        from .write import coloured, unified

        diff = unified(_name(path, self.options.root), mended.before, mended.after)
        color = self.options.color
        if color is None:
            color = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        diff = coloured(diff) if color else diff
        sys.stdout.flush()
        stream = getattr(sys.stdout, "buffer", None)
        if stream is None:
            click.echo(diff.decode(errors="replace"), nl=False)
        else:
            stream.write(diff)
            stream.flush()


class ConciseOutput(TextOutput):
    """One line for each change and note, all on stdout, as linters print."""

    def _print_note(self, path: str, note: Note) -> None:
        click.echo(f"{path_in_a_line(path)}:{note.line}: {note.codemod}: {note.message}")

    def _print_change(self, path: str, mended: Mended) -> None:
        names = ", ".join(mended.codemods)
        at = f"{path_in_a_line(path)}:{_first_change(mended)}"
        click.echo(f"{at}: {names}: {self._verb()}")


class GitHubOutput(TextOutput):
    """Annotations of GitHub Actions."""

    def _print_note(self, path: str, note: Note) -> None:
        place = f"file={_property(_name(path, self.options.root))},line={note.line}"
        click.echo(f"::warning {place},title={_property(note.codemod)}::{_escaped(note.message)}")

    def _print_change(self, path: str, mended: Mended) -> None:
        place = f"file={_property(_name(path, self.options.root))},line={_first_change(mended)}"
        text = f"{', '.join(mended.codemods)}: {self._verb()} this file"
        click.echo(f"::notice {place},title=gardener fix::{text}")


class JsonOutput(TextOutput):
    """One JSON document at the end."""

    def __init__(self, options: OutputOptions) -> None:
        super().__init__(options)
        self.rows: list[dict[str, object]] = []

    def file(self, path: str, mended: Mended) -> None:
        """Keep what happened to one file for the document."""
        if self._is_vendored(mended):
            return
        changed = mended.after != mended.before
        self.changed += changed
        self.notes += len(mended.remarks)
        self.rows.append(
            {
                "file": _name(path, self.options.root),
                "changed": changed,
                "codemods": list(mended.codemods),
                "notes": [
                    {"line": note.line, "codemod": note.codemod, "message": note.message}
                    for note in _notes(mended, self.options.dry)
                ],
            }
        )

    def end(self, problems: Sequence[Problem]) -> None:
        """Print the document."""
        import json

        document = {
            "files": self.rows,
            "errors": [{"file": p.path, "message": p.reason} for p in problems],
            "changed": self.changed,
            "notes": self.notes,
            "written": not self.options.dry,
        }
        if self.vendored:
            document["vendored"] = sum(self.vendored.values())
        click.echo(disarmed_json(json.dumps(document, indent=1)))


LAYOUTS: dict[str, type[TextOutput]] = {
    "text": TextOutput,
    "concise": ConciseOutput,
    "json": JsonOutput,
    "github": GitHubOutput,
}
"""The values of `--format`."""


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _name(path: str, root: Path) -> str:
    return os.path.relpath(os.path.realpath(path), os.path.realpath(root)).replace(os.sep, "/")


def _property(text: str) -> str:
    """A value of a workflow command, which ends at a comma, a colon or a line break."""
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _first_change(mended: Mended) -> int:
    before, after = mended.before.split(b"\n"), mended.after.split(b"\n")
    for number, (old, new) in enumerate(zip(before, after, strict=False), 1):
        if old != new:
            return number
    return 1


def _notes(mended: Mended, dry: bool) -> Iterator[Note]:
    """The remarks with the lines of the file as it is on disk: the old one, if `dry`."""
    is_moved = dry and mended.after != mended.before and mended.remarks
    old_line = _OldLines(mended).of if is_moved else None
    for codemod, remark in mended.remarks:
        message = remark.message.removeprefix(f"{codemod}: ")  # its name is said once
        line = old_line(remark.line) if old_line else remark.line
        yield Note(codemod, line, message, remark.alike)


class _OldLines:
    """Maps a line of the changed text to the line it was before."""

    def __init__(self, mended: Mended) -> None:
        import difflib

        before, after = mended.before.split(b"\n"), mended.after.split(b"\n")
        matcher = difflib.SequenceMatcher(None, after, before, autojunk=False)
        self.blocks = matcher.get_opcodes()

    def of(self, line: int) -> int:
        """The line before the change, counted from 1."""
        for tag, start, stop, first, last in self.blocks:
            if start <= line - 1 < stop:
                if tag == "equal":
                    return first + line - start
                return min(first + line - start, max(last, first + 1))
        return line
