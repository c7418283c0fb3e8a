"""Notebooks: the code cells of an .ipynb file, mended in place in its JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from gardener.codemod.file_text import Remark, Unparsable
from gardener.codemod.model import Mended

NOTEBOOK = "notebook"
"""Stands where a codemod's name stands, for what is said of a cell whatever would change in it."""


class _Cell(NamedTuple):
    """A cell of code: `same` cells have this source, itself among them, `before` of them before it."""

    number: int
    source: Any
    text: str
    same: int
    before: int


class _Change(NamedTuple):
    """Bytes `start` to `end` of the file become `json`."""

    start: int
    end: int
    json: bytes


def mend_notebook(data: bytes, mend: Callable[[bytes], Mended]) -> Mended:
    """Run codemods (`mend`) over every code cell by itself; one that does not parse is left.

    Only the JSON of changed cells is written anew, all other bytes stay. Names that
    another cell imports are unknown to a cell, so what needs them is left alone.

    Raises:
        Unparsable: the file is no notebook.
    """
    changes: list[_Change] = []
    applied: list[str] = []
    remarks: list[tuple[str, Remark]] = []
    for cell in _code_cells(data):
        try:
            mended = mend(cell.text.encode())
        except Unparsable:
            continue  # magics, shell lines, half a thought: ordinary in notebooks
        for name, remark in mended.remarks:
            message = f"cell {cell.number}: {remark.message}"
            remarks.append((name, remark._replace(message=message)))
        if mended.after == mended.before:
            continue
        change = _change(data, cell, mended.after.decode())
        if change is None:
            message = f"cell {cell.number} left alone: its JSON is written unusually"
            remarks.append((NOTEBOOK, Remark(1, message)))
            continue
        changes.append(change)
        applied += [name for name in mended.codemods if name not in applied]
    return Mended(data, _changed(data, changes), tuple(applied), tuple(remarks))


def _changed(data: bytes, changes: list[_Change]) -> bytes:
    for start, end, new in sorted(changes, reverse=True):
        data = data[:start] + new + data[end:]
    return data


def _code_cells(data: bytes) -> list[_Cell]:
    """The cells of a notebook that hold nothing but Python.

    Raises:
        Unparsable: the file is no notebook.
    """
    try:
        cells = json.loads(data)["cells"]
        assert isinstance(cells, list)
    except (ValueError, KeyError, TypeError, AssertionError):
        raise Unparsable("is not a notebook (JSON with cells)") from None
    sources = [cell.get("source", "") if isinstance(cell, dict) else None for cell in cells]
    found = []
    for number, cell in enumerate(cells):
        text = _code(cell)
        if text is not None:
            source = sources[number]
            before = sources[:number].count(source)
            found.append(_Cell(number + 1, source, text, sources.count(source), before))
    return found


def _code(cell: Any) -> str | None:
    """The text of a cell of code; None for any other, and where a line is none of Python's."""
    if not isinstance(cell, dict) or cell.get("cell_type") != "code":
        return None
    source = cell.get("source", "")
    parts = source if isinstance(source, list) else [source]
    if not all(isinstance(part, str) for part in parts):
        return None
    text = "".join(parts)
    if any(line.lstrip().startswith(("%", "!", "?")) for line in text.splitlines()):
        return None
    return text


def _change(data: bytes, cell: _Cell, text: str) -> _Change | None:
    """What exchanges the source of a cell, if its JSON is found as often as cells have it."""
    for old, new in _spellings(data, cell.source, text):
        places = [match.start() for match in re.finditer(re.escape(old), data)]
        if len(places) == cell.same:
            start = places[cell.before]
            return _Change(start, start + len(old), new)
    return None


def _spellings(data: bytes, source: Any, text: str) -> Iterator[tuple[bytes, bytes]]:
    """How a source, and the text in its place, may be written in the JSON of a notebook."""
    for ensure_ascii in (False, True):
        if not isinstance(source, list):
            old, new = (json.dumps(each, ensure_ascii=ensure_ascii) for each in (source, text))
            yield old.encode(), new.encode()
            continue
        lines = text.splitlines(keepends=True)
        for gap in _gaps(data):
            yield _listed(source, gap, ensure_ascii), _listed(lines, gap, ensure_ascii)


def _gaps(data: bytes) -> list[bytes]:
    """What may stand between two lines of a source list: newline and indent, or a space."""
    gaps = re.findall(rb'"source"\s*:\s*\[(\s*)"', data)
    return list(dict.fromkeys(gaps))


def _listed(lines: list[str], gap: bytes, ensure_ascii: bool) -> bytes:
    parts = [json.dumps(line, ensure_ascii=ensure_ascii).encode() for line in lines]
    between = b"," + (gap or b" ")
    return b"[" + gap + between.join(parts)
