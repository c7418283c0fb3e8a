"""Paths of a repository (text with `/`, relative to its top), globs over them, whole writes."""

from __future__ import annotations

import os
import re
import time
from functools import lru_cache
from pathlib import Path

from .signals import deferred

_WILDCARDS = re.compile(r"[*?\[]")


def is_python(path: str) -> bool:
    """Whether a file is Python, by its name."""
    return path.endswith((".py", ".pyi"))


def matches(path: str, *globs: str) -> bool:
    """Whether one of the globs of the settings takes in a path.

    `*` and `?` stay within a folder, `**` crosses folders, and `**/x` is also a top-level
    `x`. A glob without `/` is held against every part of the path, so `*.md` and `generated`
    fit at any depth; one with `/` begins at the top of the repository. A folder that is
    named without wildcards in its last part, or with a `/` at the end, stands for all below.
    """
    return any(_compiled(glob).match(path) for glob in globs)


@lru_cache(maxsize=1_024)
def _compiled(glob: str) -> re.Pattern[str]:
    from wcmatch.glob import DOTGLOB, FORCEUNIX, GLOBSTAR, translate  # late: most runs need none

    path = glob.removeprefix("./").rstrip("/")
    last = path.rpartition("/")[2]
    takes_all_below = glob.endswith("/") or "/" not in path or not _WILDCARDS.search(last)
    from_top = path.lstrip("/") if "/" in path else f"**/{path}"
    patterns = (from_top, f"{from_top}/**") if takes_all_below else (from_top,)
    included, _ = translate(patterns, flags=GLOBSTAR | DOTGLOB | FORCEUNIX)
    return re.compile("|".join(included))


def write_whole(path: Path | str, data: bytes, mode: int = 0o644) -> None:
    """Write a file whole or not at all; its folder exists. Who ends the process waits for that.

    Raises:
        OSError: it cannot be written; what stood there before still does.
    """
    folder, name = os.path.split(path)
    unique = f"{os.getpid()}-{time.monotonic_ns()}"
    temporary = os.path.join(folder, f".{name[:100]}.{unique}")  # noqa: PTH118
    with deferred():  # ended in its middle, it would leave the temporary file behind
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(descriptor, "wb") as out:  # noqa: PTH123
                out.write(data)
            os.chmod(temporary, mode)  # noqa: PTH101
            os.replace(temporary, path)  # noqa: PTH105
        except BaseException:
            if os.path.exists(temporary):  # noqa: PTH110
                os.unlink(temporary)  # noqa: PTH108
            raise
