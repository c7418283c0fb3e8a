"""How numbers and plain values are packed into the columns of the record."""

from __future__ import annotations

import json
import zlib
from array import array
from collections.abc import Iterable
from typing import Any


def packed_numbers(numbers: Iterable[int]) -> bytes:
    """Numbers of symbols, in order."""
    return zlib.compress(array("I", sorted(numbers)).tobytes(), 1)


def unpacked_numbers(packed: bytes) -> array[int]:
    """What `packed_numbers` packed. Raises: zlib.error, ValueError."""
    numbers = array("I")
    numbers.frombytes(zlib.decompress(packed))
    return numbers


def packed(jsonable: object) -> bytes:
    """A plain value."""
    return zlib.compress(json.dumps(jsonable).encode(), 1)


def unpacked(blob: bytes) -> Any:
    """What `packed` packed. Raises: zlib.error, ValueError."""
    return json.loads(zlib.decompress(blob))
