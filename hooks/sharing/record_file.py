"""A shared record as bytes: one line that says what follows and its digest, then what follows.

The same record gives the same bytes. Whatever is cut off, damaged, of another version or too large
is refused before any of it is used.
"""

from __future__ import annotations

import hashlib
import sys
import zlib
from array import array
from itertools import accumulate
from typing import NamedTuple

import msgspec

from gardener.errors import RecordError
from gardener.model import Symbol

from ..record.audits import Audit
from ..record.database import VERSION
from .shared_record import SharedRecord, SharedRun, SharedTest

FORMAT = 1
MOST_BYTES = 128 * 2**20
"""A file above that is neither written nor read."""
_MOST_UNPACKED = 1024 * 2**20
_MAGIC = b"gardener-record"
_HEADER_BYTES = 160

_Collected = tuple[
    list[str], list[Symbol], dict[str, str], list[str], dict[str, dict[str, str]], bool,
    list[str] | None,
]  # fmt: skip
"""What `Run.collected` is in the database."""
_ENVIRONMENT = msgspec.json.Decoder(
    tuple[str, tuple[str, ...], tuple[str, ...], dict[str, str], str, str]
)


class _Test(NamedTuple):
    """A test on the wire; both sets are positions in the list of sets."""

    run: str
    passed: bool
    seconds: float
    symbols: int
    shared: int
    files: dict[str, str]
    opaque: str


class _Content(msgspec.Struct, array_like=True):
    symbols: list[tuple[str, list[str]]]
    sets: list[bytes]
    runs: dict[str, SharedRun]
    parts: dict[str, bytes]
    tests: dict[str, list[_Test]]
    audits: dict[str, Audit]


def dumps(record: SharedRecord) -> bytes:
    """The record as bytes.

    Raises:
        RecordError: it is too large to travel.
    """
    sets: dict[bytes, int] = {}

    def number(positions: array[int]) -> int:
        return sets.setdefault(_packed(positions), len(sets))

    tests = {
        nodeid: [
            _Test(e.run, e.passed, e.seconds, number(e.symbols), number(e.shared),
                  dict(sorted(e.files.items())), e.opaque)
            for e in of_test
        ]
        for nodeid, of_test in record.tests.items()
    }  # fmt: skip
    by_file: dict[str, list[str]] = {}
    for symbol in record.symbols:
        by_file.setdefault(symbol.file, []).append(symbol.qualname)
    content = _Content(
        list(by_file.items()),
        list(sets),
        dict(record.runs),
        dict(record.parts),
        tests,
        dict(record.audits),
    )
    packed = zlib.compress(msgspec.msgpack.encode(content), 6)
    if len(packed) > MOST_BYTES:
        raise RecordError(f"it has {len(packed) >> 20} MB, more than {MOST_BYTES >> 20}")
    facts = (_MAGIC.decode(), FORMAT, VERSION, hashlib.sha256(packed).hexdigest(), len(packed))
    return " ".join(map(str, facts)).encode() + b"\n" + packed


def loads(data: bytes) -> SharedRecord:
    """The record that `dumps` wrote.

    Raises:
        RecordError: it cannot be used; the text says why.
    """
    packed = _checked(data)
    unpacker = zlib.decompressobj()
    try:
        unpacked = unpacker.decompress(packed, _MOST_UNPACKED)
        if unpacker.unconsumed_tail:
            raise RecordError("it is too large")
        content = msgspec.msgpack.decode(unpacked, type=_Content)
        record = _record(content)
        _check_parts(record)
    except (zlib.error, msgspec.MsgspecError, IndexError, KeyError, ValueError, OverflowError):
        raise RecordError("it is damaged") from None
    return record


def is_whole(data: bytes) -> bool:
    """Whether these bytes are a record of this version as it was written."""
    try:
        _checked(data)
    except RecordError:
        return False
    return True


def _checked(data: bytes) -> bytes:
    """What follows the first line, if that is what it says."""
    line, newline, packed = data[:_HEADER_BYTES].partition(b"\n")
    words = line.decode("ascii", "replace").split(" ")
    if not newline or len(words) != 5 or words[0] != _MAGIC.decode():
        is_cut = _MAGIC.startswith(data[: len(_MAGIC)])
        raise RecordError("it is cut off" if is_cut else "it is no record of gardener")
    try:
        version, layout, length = int(words[1]), int(words[2]), int(words[4])
    except ValueError:
        raise RecordError("it is damaged") from None
    if (version, layout) != (FORMAT, VERSION):
        is_newer = version > FORMAT or layout > VERSION
        raise RecordError(f"it is of {'a newer' if is_newer else 'an older'} gardener")
    packed = data[len(line) + 1 :]
    if len(packed) < length:
        raise RecordError("it is cut off")
    if len(packed) > length or hashlib.sha256(packed).hexdigest() != words[3]:
        raise RecordError("it is damaged")
    return packed


def _record(content: _Content) -> SharedRecord:
    symbols = tuple(Symbol(file, name) for file, names in content.symbols for name in names)
    sets = [_unpacked(packed) for packed in content.sets]
    if any(positions and positions[-1] >= len(symbols) for positions in sets):
        raise ValueError(len(symbols))
    tests = {
        nodeid: tuple(
            SharedTest(
                t.run, t.passed, t.seconds, sets[t.symbols], sets[t.shared], t.files, t.opaque
            )
            for t in of_test
        )
        for nodeid, of_test in content.tests.items()
    }
    return SharedRecord(symbols, content.runs, content.parts, tests, content.audits)


def _check_parts(record: SharedRecord) -> None:
    """Let nothing into a database that it could not read again."""
    for run in record.runs.values():
        msgspec.json.decode(record.parts[run.snapshot], type=dict[str, str])
        msgspec.json.decode(record.parts[run.modules], type=dict[str, list[Symbol]])
        msgspec.json.decode(record.parts[run.collected], type=_Collected)
        _ENVIRONMENT.decode(run.environment)
    if any(entry.run not in record.runs for of in record.tests.values() for entry in of):
        raise KeyError


def _packed(positions: array[int]) -> bytes:
    """The distances between positions in order, which repeat more than the positions do."""
    distances = array("I", [b - a for a, b in zip((0, *positions), positions, strict=False)])
    if sys.byteorder == "big":
        distances.byteswap()
    return distances.tobytes()


def _unpacked(packed: bytes) -> array[int]:
    distances = array("I")
    distances.frombytes(packed)
    if sys.byteorder == "big":
        distances.byteswap()
    return array("I", accumulate(distances))
