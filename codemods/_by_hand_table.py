"""The table of deprecated names that only a human can replace, and which rows hold for a project."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from gardener.codemod.project import Project

TABLE = Path(__file__).with_name("by_hand.txt")
_HEAD = re.compile(r"\[(?:-|(\S+) >= (\S+))\] (https://\S+)")
FIXTURES = ("pytest.fixture", "pytest_asyncio.fixture")
"""What makes a function a fixture."""
KINDS = ("import", "method", "fixture", "use")


class ByHandRow(NamedTuple):
    """One name: how it is sought, of what kind it is, what is told of it, and for which versions."""

    needle: str
    kind: str
    name: str
    text: str
    library: str = ""
    version: str = ""
    link: str = ""


@cache
def rows() -> tuple[ByHandRow, ...]:
    """All rows.

    Raises:
        ValueError: a line is none.
    """
    all_rows: list[ByHandRow] = []
    library, version, link = "", "", ""
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        head = _HEAD.fullmatch(line)
        if head:
            library, version, link = head[1] or "", head[2] or "", head[3]
            continue
        parts = [part.strip() for part in line.split("|")]
        if len(parts) != 4 or parts[1] not in KINDS:
            raise ValueError(f"{TABLE.name}: {line!r} is no row")
        needle, kind, name, text = parts
        all_rows.append(ByHandRow(needle, kind, name, text, library, version, link))
    return tuple(all_rows)


def holding(project: Project, path: str, source: bytes) -> Iterator[ByHandRow]:
    """Rows that a file's bytes name in a way that looks like a use, as far as they hold for it."""
    from gardener.codemod.evidence import proven

    for row in rows():
        if row.needle.encode() not in source or not _looks_used(row, source):
            continue
        if not row.library or proven(project, row.library, row.version, path):
            yield row


def _looks_used(row: ByHandRow, source: bytes) -> bool:
    if row.kind == "fixture":
        return bool(re.search(rb"\bdef %b\(" % row.name.encode(), source))
    root = row.name.partition(".")[0].encode()
    if row.kind == "method":
        shape = rb"\.%b\(" % row.needle.encode()
    else:
        # A module of that name, not one in another package: `from authlib.jose import jwt`.
        shape = rb"\b(?:from[ \t\\]+|import\b[^\n#]*(?<![\w.]))%b\b" % root
    return bool(re.search(shape, source))
