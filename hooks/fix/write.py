"""Writes changed files whole, and shows changes as diffs that `git apply` takes."""

from __future__ import annotations

import os

from gardener.disarm import disarmed_anywhere
from gardener.paths import write_whole


def write(path: str, content: bytes) -> str:
    """Replace a file whole, through any symbolic link, with its mode kept; '' or why it cannot be."""
    real = os.path.realpath(path)
    try:
        mode = os.stat(real).st_mode  # noqa: PTH116 - beside realpath
        if not mode & 0o222 or not os.access(real, os.W_OK):
            return "is read-only, left alone"
        write_whole(real, content, mode & 0o7777)
    except OSError as error:
        return f"cannot be written: {error.strerror}"
    return ""


def unified(name: str, before: bytes, after: bytes) -> bytes:
    """A unified diff that `git apply` takes, for a file in any encoding."""
    import difflib

    is_plain = name.isascii() and name.isprintable() and not set(name) & set('"\\')
    label = name if is_plain and disarmed_anywhere(name) == name else _quoted(name)
    old_name, new_name = _prefixed("a/", label), _prefixed("b/", label)
    parts = [f"diff --git {old_name} {new_name}\n".encode()]
    diff = difflib.diff_bytes(
        difflib.unified_diff,
        _lines(before),
        _lines(after),
        old_name.encode() + (b"\t" if " " in name else b""),
        new_name.encode() + (b"\t" if " " in name else b""),
        lineterm=b"\n",
    )
    cut = b"\n\\ No newline at end of file\n"
    parts += [line if line.endswith(b"\n") else line + cut for line in diff]
    return b"".join(parts)


def _quoted(name: str) -> str:
    """A file name as git quotes it."""
    special = {0x22: '\\"', 0x5C: "\\\\", 0x09: "\\t", 0x0A: "\\n", 0x23: "\\043"}
    characters = [
        special.get(byte, chr(byte) if 0x20 <= byte < 0x7F else f"\\{byte:03o}")
        for byte in os.fsencode(name)
    ]
    return f'"{"".join(characters)}"'


def _prefixed(prefix: str, label: str) -> str:
    return f'"{prefix}{label[1:]}' if label.startswith('"') else prefix + label


def _lines(content: bytes) -> list[bytes]:
    """Lines as git counts them: only a line feed ends one."""
    lines = [line + b"\n" for line in content.split(b"\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


def coloured(diff: bytes) -> bytes:
    """A diff in the colours of `git diff`."""
    colours = {b"+": b"\x1b[32m", b"-": b"\x1b[31m", b"@": b"\x1b[36m"}
    bold = (b"diff ", b"--- ", b"+++ ")
    lines = []
    for line in _lines(diff):
        colour = b"\x1b[1m" if line.startswith(bold) else colours.get(line[:1], b"")
        lines.append(colour + line.rstrip(b"\n") + b"\x1b[m\n" if colour else line)
    return b"".join(lines)
