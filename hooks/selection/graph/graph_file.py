"""How a net lies on disk: a header, then arrays and texts as they are in memory."""

from __future__ import annotations

import marshal
import zlib
from array import array
from collections.abc import Mapping, Sequence
from typing import Any

MAGIC = b"gardener net 5\n"
Parts = Mapping[str, "array[int] | bytes"]


def pack(header: Mapping[str, object], parts: Parts) -> bytes:
    """Put a header and the parts of a net into bytes."""
    body = bytearray()
    table = []
    for name, part in parts.items():
        body += b"\0" * (-len(body) % 8)
        raw = part if isinstance(part, bytes) else part.tobytes()
        table.append((name, "B" if isinstance(part, bytes) else part.typecode, len(body), len(raw)))
        body += raw
    # Version 2: later ones write the same object in other words by who else holds it.
    head = marshal.dumps({**header, "parts": table}, 2)
    rest = len(head).to_bytes(4, "little") + head
    rest += b"\0" * (-(len(MAGIC) + 4 + len(rest)) % 8) + bytes(body)
    return MAGIC + zlib.crc32(rest).to_bytes(4, "little") + rest


def unpack(data: memoryview) -> tuple[dict[str, Any], dict[str, array[int]], dict[str, memoryview]]:
    """The header, the arrays, and the texts of a net.

    Raises:
        ValueError: the bytes are not a whole net of this version.
    """
    head = len(MAGIC)
    if bytes(data[:head]) != MAGIC or len(data) < head + 12:
        raise ValueError("not a net of this version")
    check, size = (int.from_bytes(data[a : a + 4], "little") for a in (head, head + 4))
    if zlib.crc32(data[head + 4 :]) != check:
        raise ValueError("a damaged net")
    start = head + 8
    header = marshal.loads(data[start : start + size])  # noqa: S302  checked above, our own
    start = -(-(start + size) // 8) * 8
    rows: dict[str, array[int]] = {}
    blobs: dict[str, memoryview] = {}
    for name, kind, at, length in header["parts"]:
        raw = data[start + at : start + at + length]
        if kind == "B":
            blobs[name] = raw
        else:
            rows[name] = array(kind)
            rows[name].frombytes(raw)
    return header, rows, blobs


class Strings:
    """Texts that lie one after the other in bytes, found by number or, if sorted, by text."""

    def __init__(self, blob: memoryview, at: Sequence[int]) -> None:
        self._blob = blob
        self._at = at

    def __len__(self) -> int:
        return len(self._at) - 1

    def __getitem__(self, number: int) -> str:
        raw = self._blob[self._at[number] : self._at[number + 1]]
        return str(raw, "utf-8", "surrogatepass")

    def find(self, text: str) -> int:
        """The number of a text; -1 if it is not there."""
        wanted = encode(text)
        low, high = 0, len(self)
        while low < high:
            middle = (low + high) // 2
            if bytes(self._blob[self._at[middle] : self._at[middle + 1]]) < wanted:
                low = middle + 1
            else:
                high = middle
        return low if low < len(self) and self[low] == text else -1


def encode(text: str) -> bytes:
    """The bytes of a name; of any text that Python can hold."""
    return text.encode("utf-8", "surrogatepass")
