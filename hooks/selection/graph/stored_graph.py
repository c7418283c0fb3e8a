"""How a graph lies on disk: a header, then arrays and texts as they are in memory."""

from __future__ import annotations

import marshal
import zlib
from array import array
from collections.abc import Mapping, Sequence
from typing import NamedTuple

MAGIC = b"gardener graph 1\n"
"""Raised whenever the bytes of the same graph would come out different."""
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


def pack(header: Header, parts: Parts) -> bytes:
    """Put a header and the parts of a graph into bytes."""
    body = bytearray()
    table = []
    for name, part in parts.items():
        body += b"\0" * (-len(body) % 8)
        raw = part if isinstance(part, bytes) else part.tobytes()
        table.append((name, "B" if isinstance(part, bytes) else part.typecode, len(body), len(raw)))
        body += raw
    # Version 2: later ones write the same object in other words by who else holds it.
    head = marshal.dumps((tuple(header), table), 2)
    rest = len(head).to_bytes(4, "little") + head
    rest += b"\0" * (-(len(MAGIC) + 4 + len(rest)) % 8) + bytes(body)
    return MAGIC + zlib.crc32(rest).to_bytes(4, "little") + rest


def unpack(data: memoryview) -> StoredGraph:
    """Read a graph.

    Raises:
        ValueError: the bytes are not a whole graph of this version.
    """
    head = len(MAGIC)
    if bytes(data[:head]) != MAGIC or len(data) < head + 12:
        raise ValueError("not a graph of this version")
    check, size = (int.from_bytes(data[a : a + 4], "little") for a in (head, head + 4))
    if zlib.crc32(data[head + 4 :]) != check:
        raise ValueError("a damaged graph")
    start = head + 8
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
