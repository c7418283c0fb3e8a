"""Comments by which users keep codemods away: `gardener: skip`, `noqa`, `fmt: off`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple, Protocol

from gardener.codemod.file_text import Comment

_SKIP = r"#\s*gardener:\s*skip(?:\s*=\s*([-\w, ]+))?\s*(?:$|#)"
_NOQA = r"(?i)#\s*noqa\s*:\s*([A-Z]+[0-9]+(?:[,\s]+[A-Z]+[0-9]+)*)"
_FORMAT = r"#\s*(?:fmt|yapf):\s*(off|disable|on|enable|skip)\b"


class Protection(NamedTuple):
    """Which comments count for one codemod: its name, and the lint codes of what it mends."""

    codemod: str = ""
    codes: tuple[str, ...] = ()

    def covers(self, source: Protectable, start: int, end: int) -> bool:
        """Whether some byte from `start` to `end` is protected by a comment."""
        if not source.may_protect:
            return False
        if self not in source.protected:
            source.protected[self] = list(self.regions(source))
        return any(a < max(end, start + 1) and start < b for a, b in source.protected[self])

    def regions(self, source: Protectable) -> Iterator[tuple[int, int]]:
        """Ranges of bytes that the comments of the file protect from this codemod."""
        off = -1
        for comment in source.marked_comments:
            mark = re.search(_FORMAT, comment.text)
            if mark and mark[1] in ("off", "disable") and off < 0:
                off = source.line_start(comment.start)
            elif mark and mark[1] in ("on", "enable") and off >= 0:
                yield off, comment.start
                off = -1
            elif (mark and mark[1] == "skip") or self._named(comment.text):
                yield from source.belongs_to(comment)
        if off >= 0:
            yield off, len(source.data) + 1

    def _named(self, text: str) -> bool:
        skip = re.search(_SKIP, text)
        if skip:
            return skip[1] is None or self.codemod in re.split(r"[,\s]+", skip[1].strip())
        noqa = re.search(_NOQA, text)
        return bool(noqa and set(re.split(r"[,\s]+", noqa[1].upper())) & set(self.codes))


class Protectable(Protocol):
    """What has to be known of a file: its bytes, its comments, and what each one speaks of."""

    data: bytes

    @property
    def may_protect(self) -> bool:
        """Whether the file holds anything like a protecting comment at all."""

    @property
    def marked_comments(self) -> list[Comment]:
        """Comments that look like protecting ones, in order."""

    @property
    def protected(self) -> dict[object, list[tuple[int, int]]]:
        """Where ranges that comments protect are kept, by who asked."""

    def line_start(self, offset: int) -> int:
        """Offset of the first byte of the line that `offset` lies on."""

    def belongs_to(self, comment: Comment) -> Iterator[tuple[int, int]]:
        """The range that a comment speaks of."""


def may_protect(data: bytes) -> bool:
    """Whether bytes hold anything like a protecting comment at all."""
    return bool(re.search(rb"gardener:|fmt:|yapf:|(?i:noqa)", data))
