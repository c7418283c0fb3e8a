"""Stands in for `selection` until it lands."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, NamedTuple

from gardener.config import Focus


class Request(NamedTuple):
    root: Path
    mode: Literal["all", "staged", "since", "worktree", "given"]
    ref: str = ""
    focus: Focus | None = None
    level: str = "any"
    paths: tuple[str, ...] = ()
