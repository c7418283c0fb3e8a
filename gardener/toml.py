"""TOML, read with the standard library or, on Python 3.10, with the package it came from."""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import Any


def loads(text: str) -> dict[str, Any]:
    """The tables of a TOML document.

    Raises:
        ValueError: it is no TOML; the message says where.
    """
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    document: dict[str, Any] = tomllib.loads(text)
    return document


@lru_cache(maxsize=512)
def tables(text: str) -> dict[str, Any]:
    """Like `loads`, but parsed once for all who ask: the tables are not to be changed."""
    return loads(text)
