"""The bytes of a file as text in UTF-8 with its lines, and edits that keep all other bytes."""

from __future__ import annotations

import codecs
import re
from bisect import bisect_right
from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple

_NEWLINE = re.compile(rb"\r\n|\r|\n")
_COOKIE = rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)"
_BLANK = rb"^[ \t\f]*(?:#.*)?$"


class Edit(NamedTuple):
    """Bytes `start` to `end` of the file's UTF-8 text become `text`."""

    start: int
    end: int
    text: str


class Remark(NamedTuple):
    """Something that is left to a human; `line` counts from 1.

    `alike` is the message without what belongs to this place alone: all that have it in common
    may be told as one.
    """

    line: int
    message: str
    alike: str = ""


class Comment(NamedTuple):
    """A comment; `start` and `end` are offsets, `line` counts from 1."""

    line: int
    start: int
    end: int
    text: str


class Unparsable(Exception):
    """The file is no Python that this interpreter understands; its text says where and why."""


class FileText:
    """One file. Offsets are bytes of its text in UTF-8, without a byte order mark."""

    def __init__(self, raw: bytes, path: str = "<stdin>") -> None:
        self.path = path
        self.raw = raw
        self.bom = raw.startswith(codecs.BOM_UTF8)
        body = raw[len(codecs.BOM_UTF8) :] if self.bom else raw
        self.encoding = _encoding(body)
        try:
            if self.encoding == "utf-8":
                body.decode()
                self.data = body
            else:
                self.data = body.decode(self.encoding).encode()
        except (UnicodeDecodeError, LookupError) as wrong:
            raise Unparsable(f"is not {self.encoding} text: {wrong}") from None
        if b"\0" in self.data:
            raise Unparsable("holds null bytes, so it is not Python")
        self.starts = line_starts(self.data)

    def line_of(self, offset: int) -> int:
        """The line (from 1) that an offset lies on."""
        return bisect_right(self.starts, offset)

    def line_start(self, offset: int) -> int:
        """Offset of the first byte of the line that `offset` lies on."""
        return self.starts[self.line_of(offset) - 1]

    def line_end(self, offset: int) -> int:
        """Offset behind the text of the line that `offset` lies on, before its newline."""
        match = _NEWLINE.search(self.data, offset)
        return match.start() if match else len(self.data)

    def next_line(self, offset: int) -> int:
        """Offset of the first byte of the line after the one that `offset` lies on."""
        match = _NEWLINE.search(self.data, offset)
        return match.end() if match else len(self.data)

    @cached_property
    def newline(self) -> str:
        """The newline that the file uses most."""
        crlf = self.data.count(b"\r\n")
        lf = self.data.count(b"\n") - crlf
        cr = self.data.count(b"\r") - crlf
        best = max((lf, "\n"), (crlf, "\r\n"), (cr, "\r"), key=lambda pair: pair[0])
        return best[1]

    def spliced(self, edits: Iterable[Edit]) -> bytes:
        """The file's bytes, in its own encoding, with the edits made.

        Raises:
            ValueError: two edits overlap, or the encoding lacks a character.
        """
        parts: list[bytes] = []
        at = 0
        for edit in sorted(set(edits)):
            if edit.start < at:
                raise ValueError(f"edits overlap at line {self.line_of(edit.start)}")
            parts += [self.data[at : edit.start], edit.text.encode()]
            at = edit.end
        parts.append(self.data[at:])
        data = b"".join(parts)
        if self.encoding != "utf-8":
            data = data.decode().encode(self.encoding)
        return (codecs.BOM_UTF8 if self.bom else b"") + data


def line_starts(text: bytes) -> list[int]:
    """The offset of each line of some bytes."""
    return [0, *(match.end() for match in _NEWLINE.finditer(text))]


def _encoding(body: bytes) -> str:
    """The codec that a coding cookie in the first two lines names, else utf-8."""
    for line in body.split(b"\n", 2)[:2]:
        match = re.match(_COOKIE, line)
        if match:
            name = match[1].decode("ascii", "replace")
            try:
                codec = codecs.lookup(name).name
            except LookupError:
                raise Unparsable(f"names an unknown encoding {name!r}") from None
            return "utf-8" if codec == "utf-8-sig" else codec
        if not re.match(_BLANK, line.rstrip(b"\r")):
            break
    return "utf-8"
