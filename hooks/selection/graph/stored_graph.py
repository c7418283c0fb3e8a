"""How a graph lies on disk: a header, then arrays and texts as they are in memory."""

from __future__ import annotations

import marshal
import zlib
from array import array
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

MAGIC = b"gardener graph 16\n"
"""Raised whenever the bytes of the same graph would come out different."""
_BEFORE_HEAD = len(MAGIC) + 12
"""Bytes: a check sum of all that follows it, the length of the header, and its own check sum."""
Parts = Mapping[str, "array[int] | bytes"]


class Header(NamedTuple):
    """What of a graph is not a long array.

    `paths` are the files in it, `shas` their blobs, `tests` those with tests, and `plugins`
    those that are plugins. `fixtures` are the names of all fixtures, `plugin_words` the parts
    of all names of plugins. `whole` says of files why all their tests count as one, and
    `broken` are files that do not parse.
    """

    paths: list[str]
    shas: list[str]
    tests: list[str]
    plugins: list[str]
    fixtures: list[str]
    plugin_words: list[str]
    whole: dict[str, str]
    broken: list[str]


class StoredGraph(NamedTuple):
    """A graph as it is on disk: `arrays` and `texts` by the names that `build` gives them."""

    header: Header
    arrays: dict[str, array[int]]
    texts: dict[str, memoryview]

    def strings(self, name: str) -> Strings:
        """A part that holds texts one after the other."""
        return Strings(self.texts[name], self.arrays[f"{name}_at"])

    def row(self, name: str, number: int) -> Sequence[int]:
        """One row of a part that holds rows one after the other."""
        starts = self.arrays[f"{name}_at"]
        return self.arrays[name][starts[number] : starts[number + 1]]


def stored(header: Header, parts: Parts) -> StoredGraph:
    """A graph that is in memory only, of the same parts."""
    texts = {name: memoryview(part) for name, part in parts.items() if isinstance(part, bytes)}
    arrays = {name: part for name, part in parts.items() if isinstance(part, array)}
    return StoredGraph(header, arrays, texts)


def pack(header: Header, parts: Parts) -> bytes:
    """Put a header and the parts of a graph into bytes."""
    body: list[bytes] = []
    table = []
    size = 0
    for name, part in parts.items():
        raw = part if isinstance(part, bytes) else part.tobytes()
        padding = bytes(-size % 8)
        size += len(padding)
        table.append((name, "B" if isinstance(part, bytes) else part.typecode, size, len(raw)))
        size += len(raw)
        body += (padding, raw)
    # Version 2: later ones write the same object in other words by who else holds it.
    head = marshal.dumps((tuple(header), table), 2)
    sizes = len(head).to_bytes(4, "little") + zlib.crc32(head).to_bytes(4, "little")
    rest = [sizes, head, bytes(-(_BEFORE_HEAD + len(head)) % 8), *body]
    check = 0
    for raw in rest:
        check = zlib.crc32(raw, check)
    return b"".join((MAGIC, check.to_bytes(4, "little"), *rest))


def read_header(path: Path) -> Header:
    """The header of a graph on disk, whose arrays are not looked at.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no graph of this version.
    """
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise ValueError("not a graph of this version")
        _, size, check = (int.from_bytes(file.read(4), "little") for _ in range(3))
        head = file.read(size)
    if zlib.crc32(head) != check:
        raise ValueError("a damaged graph")
    fields, _ = marshal.loads(head)  # noqa: S302  checked above, our own
    return Header(*fields)


def unpack(data: memoryview) -> StoredGraph:
    """Read a graph.

    Raises:
        ValueError: the bytes are not a whole graph of this version.
    """
    head = len(MAGIC)
    if bytes(data[:head]) != MAGIC or len(data) < _BEFORE_HEAD:
        raise ValueError("not a graph of this version")
    check, size = (int.from_bytes(data[a : a + 4], "little") for a in (head, head + 4))
    if zlib.crc32(data[head + 4 :]) != check:
        raise ValueError("a damaged graph")
    start = _BEFORE_HEAD
    fields, table = marshal.loads(data[start : start + size])  # noqa: S302  checked above, our own
    start = -(-(start + size) // 8) * 8
    stored = StoredGraph(Header(*fields), {}, {})
    for name, typecode, offset, length in table:
        raw = data[start + offset : start + offset + length]
        if typecode == "B":
            stored.texts[name] = raw
        else:
            stored.arrays[name] = array(typecode)
            stored.arrays[name].frombytes(raw)
    return stored


class Strings:
    """Texts that lie one after the other in bytes, found by number or, where sorted, by text."""

    def __init__(self, texts: memoryview, starts: Sequence[int]) -> None:
        self._texts = texts
        self._starts = starts

    def __len__(self) -> int:
        return len(self._starts) - 1

    def __getitem__(self, number: int) -> str:
        raw = self._texts[self._starts[number] : self._starts[number + 1]]
        return str(raw, "utf-8", "surrogatepass")

    def find(self, text: str, low: int = 0, high: int | None = None) -> int:
        """The number of a text among those from `low` to `high`; -1 if it is not there."""
        wanted = encode(text)
        end = high = len(self) if high is None else high
        while low < high:
            middle = (low + high) // 2
            if bytes(self._texts[self._starts[middle] : self._starts[middle + 1]]) < wanted:
                low = middle + 1
            else:
                high = middle
        return low if low < end and self[low] == text else -1


def encode(text: str) -> bytes:
    """The bytes of a name; of any text that Python can hold."""
    return text.encode("utf-8", "surrogatepass")
