"""The edits that lead from one text to another, as small as a reader would make them."""

from __future__ import annotations

from collections.abc import Iterator

from gardener.codemod.file_text import Edit


def edits_between(before: bytes, after: bytes) -> Iterator[Edit]:
    """Edits that lead from one text to another: by lines, then the part of them that differs."""
    if before == after:
        return
    old, new = _lines(before), _lines(after)
    starts = [0]
    for line in old:
        starts.append(starts[-1] + len(line))
    for first, last, new_first, new_last in _hunks(old, new):
        if last - first == new_last - new_first:  # line by line: smaller edits
            for number in range(last - first):
                yield from _within(
                    starts[first + number], old[first + number], new[new_first + number]
                )
            continue
        for a, b, c, d in _alike_within(old[first:last], new[new_first:new_last]):
            changed = new[new_first + c : new_first + d]
            yield from _within(
                starts[first + a], b"".join(old[first + a : first + b]), b"".join(changed)
            )


def _alike_within(old: list[bytes], new: list[bytes]) -> Iterator[tuple[int, int, int, int]]:
    """Where two texts of another number of lines differ: no line that stays is a part of it."""
    from difflib import SequenceMatcher

    for tag, *places in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            a, b, c, d = places
            yield a, b, c, d


def _lines(text: bytes) -> list[bytes]:
    lines = text.split(b"\n")
    return [line + b"\n" for line in lines[:-1]] + lines[-1:]


_NEAR = 60
"""How many lines are looked at for the place where two texts go on alike."""


def _hunks(old: list[bytes], new: list[bytes]) -> Iterator[tuple[int, int, int, int]]:
    """Where two texts differ: lines `first` to `last` of the old one, and those in their place."""
    at_old, at_new = 0, 0
    while at_old < len(old) or at_new < len(new):
        if at_old < len(old) and at_new < len(new) and old[at_old] == new[at_new]:
            at_old, at_new = at_old + 1, at_new + 1
            continue
        skip_old, skip_new = _resumed(old, new, at_old, at_new)
        yield at_old, at_old + skip_old, at_new, at_new + skip_new
        at_old, at_new = at_old + skip_old, at_new + skip_new


def _resumed(old: list[bytes], new: list[bytes], at_old: int, at_new: int) -> tuple[int, int]:
    """How many lines of both texts lie before they go on alike: as few as possible."""
    for distance in range(1, 2 * _NEAR):
        # Lines that changed in place come first, then a few more or fewer of them.
        half = distance // 2
        splits = sorted(range(distance + 1), key=lambda first: abs(first - half))
        for skip_old in splits:
            skip_new = distance - skip_old
            a, b = at_old + skip_old, at_new + skip_new
            if old[a : a + 2] == new[b : b + 2] and a <= len(old) and b <= len(new):
                if a < len(old) or b >= len(new):
                    return skip_old, skip_new
    return len(old) - at_old, len(new) - at_new


def _within(start: int, old: bytes, new: bytes) -> Iterator[Edit]:
    """The one edit between two texts without their common beginning and end."""
    before, after = old.decode(), new.decode()
    if before == after:
        return
    head = _common_beginning(before, after)
    tail = _common_beginning(before[head:][::-1], after[head:][::-1])
    first = start + len(before[:head].encode())
    removed = before[head : len(before) - tail].encode()
    yield Edit(first, first + len(removed), after[head : len(after) - tail])


def _common_beginning(before: str, after: str) -> int:
    """How many characters two texts have in common at their beginning."""
    pairs = enumerate(zip(before, after, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(before), len(after)))
