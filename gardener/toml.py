"""TOML, read with the standard library or, on Python 3.10, with the package it came from."""

from __future__ import annotations

import sys
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
    found: dict[str, Any] = tomllib.loads(text)
    return found
