"""Tells what `gardener fix` did: a line a file, concise, JSON or GitHub annotations."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from gardener.codemod.engine import Mended

    from .find_files import Wrong


class Telling:
    """Prints results to stdout and remarks to stderr, in the layout that was asked for."""

    def __init__(self, layout: str, diff: bool, dry: bool, root: Path, color: bool | None) -> None:
        self.layout = layout
        self.diff = diff
        self.dry = dry
        self.root = root
        self.color = color
        self.changed = 0
        self.remarks = 0
        self.by_codemod: Counter[str] = Counter()
        self.rows: list[dict[str, object]] = []

    def file(self, path: str, mended: Mended) -> None:
        """Tell of one file."""
        changed = mended.after != mended.before
        self.changed += changed
        self.remarks += len(mended.remarks)
        self.by_codemod.update(mended.codemods)
        if self.layout == "json":
            self._row(path, mended, changed)
            return
        # Nothing was written: the lines are to be those of the file as it is.
        back = _back(mended) if self.dry and changed and mended.remarks else None
        for name, remark in mended.remarks:
            line = back(remark.line) if back else remark.line
            if self.layout == "github":
                click.echo(
                    f"::warning file={_name(path, self.root)},line={line},title={name}::{_escaped(remark.message)}"
                )
            else:
                click.echo(f"{path}:{line}: {name}: {remark.message}", err=self.layout == "text")
        if not changed:
            return
        if self.diff:
            self._print_diff(path, mended)
        elif self.layout == "github":
            first = _first_change(mended)
            text = f"{', '.join(mended.codemods)}: {'would change' if self.dry else 'changed'} this file"
            click.echo(
                f"::notice file={_name(path, self.root)},line={first},title=gardener fix::{text}"
            )
        elif self.layout == "concise":
            click.echo(
                f"{path}:{_first_change(mended)}: {', '.join(mended.codemods)}: {'would change' if self.dry else 'changed'}"
            )
        else:
            click.echo(path)

    def _row(self, path: str, mended: Mended, changed: bool) -> None:
        back = _back(mended) if self.dry and changed and mended.remarks else None
        self.rows.append(
            {
                "file": _name(path, self.root),
                "changed": changed,
                "codemods": list(mended.codemods),
                "notes": [
                    {
                        "line": back(r.line) if back else r.line,
                        "codemod": name,
                        "message": r.message,
                    }
                    for name, r in mended.remarks
                ],
            }
        )

    def _print_diff(self, path: str, mended: Mended) -> None:
        from .write import coloured, unified

        data = unified(_name(path, self.root), mended.before, mended.after)
        colour = self.color
        if colour is None:
            colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        data = coloured(data) if colour else data
        sys.stdout.flush()
        out = getattr(sys.stdout, "buffer", None)
        if out is None:
            click.echo(data.decode(errors="replace"), nl=False)
        else:
            out.write(data)
            out.flush()

    def end(self, wrong: Sequence[Wrong]) -> None:
        """Sum up."""
        if self.layout == "json":
            document = {
                "files": self.rows,
                "errors": [{"file": bad.path, "message": bad.why} for bad in wrong],
                "changed": self.changed,
                "notes": self.remarks,
                "written": not self.dry,
            }
            click.echo(json.dumps(document, indent=1))
            return
        if not self.changed and not self.remarks:
            return
        verb = "would change" if self.dry else "changed"
        text = f"{self.changed} file{'' if self.changed == 1 else 's'} {verb}"
        if self.by_codemod:
            text += f" ({', '.join(f'{name}: {n}' for name, n in sorted(self.by_codemod.items()))})"
        if self.remarks:
            text += f", {self.remarks} place{'' if self.remarks == 1 else 's'} left to you"
        click.echo(f"gardener: {text}.", err=True)


def _name(path: str, root: Path) -> str:
    return os.path.relpath(os.path.realpath(path), os.path.realpath(root)).replace(os.sep, "/")


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _first_change(mended: Mended) -> int:
    before, after = mended.before.split(b"\n"), mended.after.split(b"\n")
    pairs = enumerate(zip(before, after, strict=False), 1)
    return next((n for n, (one, other) in pairs if one != other), 1)


class _back:  # noqa: N801 - used like a function
    """Maps a line of the changed text to the line it was before."""

    def __init__(self, mended: Mended) -> None:
        import difflib

        before, after = mended.before.split(b"\n"), mended.after.split(b"\n")
        matcher = difflib.SequenceMatcher(None, after, before, autojunk=False)
        self.blocks = matcher.get_opcodes()

    def __call__(self, line: int) -> int:
        for tag, start, stop, first, last in self.blocks:
            if start <= line - 1 < stop:
                if tag == "equal":
                    return first + line - start
                return min(first + line - start, max(last, first + 1))
        return line
