"""Notebooks: the code cells of an .ipynb file, mended in place in its JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from gardener.codemod.file_text import Remark, Unparsable
from gardener.codemod.model import Mended


class _Cell(NamedTuple):
    number: int
    source: Any
    text: str


def mend_notebook(data: bytes, mend: Callable[[bytes], Mended]) -> Mended:
    """Run codemods (`mend`) over every code cell by itself; one that does not parse is left.

    Only the JSON of changed cells is written anew, all other bytes stay. Names that
    another cell imports are unknown to a cell, so what needs them is left alone.

    Raises:
        Unparsable: the file is no notebook.
    """
    after = data
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
        changed = _replaced(after, cell, mended.after.decode())
        if changed is None:
            message = f"cell {cell.number} left alone: its JSON is written unusually"
            remarks.append(("", Remark(1, message)))
            continue
        after = changed
        applied += [name for name in mended.codemods if name not in applied]
    return Mended(data, after, tuple(applied), tuple(remarks))


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
    code = (_code(number, cell) for number, cell in enumerate(cells, 1))
    return [cell for cell in code if cell is not None]


def _code(number: int, cell: Any) -> _Cell | None:
    if not isinstance(cell, dict) or cell.get("cell_type") != "code":
        return None
    source = cell.get("source", "")
    parts = source if isinstance(source, list) else [source]
    if not all(isinstance(part, str) for part in parts):
        return None
    text = "".join(parts)
    if any(line.lstrip().startswith(("%", "!", "?")) for line in text.splitlines()):
        return None
    return _Cell(number, source, text)


def _replaced(data: bytes, cell: _Cell, text: str) -> bytes | None:
    """The notebook with one cell's source exchanged, if its JSON is found exactly once."""
    new: Any = text.splitlines(keepends=True) if isinstance(cell.source, list) else text
    for ensure_ascii in (False, True):
        if not isinstance(cell.source, list):
            old = json.dumps(cell.source, ensure_ascii=ensure_ascii).encode()
            if data.count(old) == 1:
                return data.replace(old, json.dumps(new, ensure_ascii=ensure_ascii).encode())
            continue
        for gap in _gaps(data):
            old = _listed(cell.source, gap, ensure_ascii)
            if data.count(old) == 1:
                return data.replace(old, _listed(new, gap, ensure_ascii))
    return None


def _gaps(data: bytes) -> list[bytes]:
    """What may stand between two lines of a source list: newline and indent, or a space."""
    import re

    gaps = re.findall(rb'"source"\s*:\s*\[(\s*)"', data)
    return list(dict.fromkeys(gaps))


def _listed(lines: list[str], gap: bytes, ensure_ascii: bool) -> bytes:
    parts = [json.dumps(line, ensure_ascii=ensure_ascii).encode() for line in lines]
    between = b"," + (gap or b" ")
    return b"[" + gap + between.join(parts)
