"""What `gardener init` makes of one file, and how that is shown."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from gardener.errors import ConfigError
from gardener.paths import write_whole


class Edit(NamedTuple):
    """What becomes of one file: `after` is None when it is left alone, `note` tells why or what."""

    path: str
    before: bytes | None
    after: bytes | None
    note: str


def read(root: Path, path: str) -> bytes | None:
    """The bytes of a file; None where it is not there.

    Raises:
        ConfigError: it is there and cannot be read.
    """
    try:
        return (root / path).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as wrong:
        raise ConfigError(f"{path} cannot be read: {wrong.strerror}.") from None


def written(root: Path, edit: Edit) -> str:
    """Write the file; the line that tells it."""
    if edit.after is None:
        return f"left    {edit.path}: {edit.note}"
    path = (root / edit.path).resolve()  # a link stays one
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
        write_whole(path, edit.after, mode)
    except OSError as wrong:
        raise ConfigError(f"{edit.path} cannot be written: {wrong.strerror}.") from None
    verb = "wrote  " if edit.before is None else "extended"
    return f"{verb} {edit.path}: {edit.note}"


def shown(edit: Edit) -> str:
    """The edit as a diff that git can apply."""
    from difflib import unified_diff

    if edit.after is None:
        return f"left    {edit.path}: {edit.note}\n"
    before = (edit.before or b"").decode(errors="replace").splitlines(keepends=True)
    after = edit.after.decode(errors="replace").splitlines(keepends=True)
    old = "/dev/null" if edit.before is None else f"a/{edit.path}"
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
        for line in unified_diff(before, after, old, f"b/{edit.path}")
    )
