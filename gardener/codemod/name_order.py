"""The order of names in an import statement, as formatters and people keep it."""

from __future__ import annotations

from collections.abc import Callable, Sequence


def place_among(names: Sequence[str], new: str) -> int:
    """Where a name goes: in order if the names are in order, else last."""
    orders: tuple[Callable[[str], str], ...] = (_by_kind, str.lower, str)
    for order in orders:
        keys = [order(name) for name in names]
        if keys == sorted(keys):
            return next((n for n, existing in enumerate(keys) if existing > order(new)), len(names))
    return len(names)


def _by_kind(name: str) -> str:
    """The order that isort and ruff give names: CONSTANTS, Classes, the rest."""
    kind = "0" if name.isupper() else "1" if name[:1].isupper() else "2"
    return kind + name.lower()
