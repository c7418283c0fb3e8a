"""Writes changed files whole, and shows changes as diffs that `git apply` takes."""

from __future__ import annotations

import os


def write(path: str, data: bytes) -> str:
    """Replace a file whole, through any symbolic link, with its mode kept; '' or why it cannot be."""
    import tempfile

    real = os.path.realpath(path)
    temporary = ""
    try:
        mode = os.stat(real).st_mode  # noqa: PTH116
        if not mode & 0o222 or not os.access(real, os.W_OK):
            return "is read-only, left alone"
        handle, temporary = tempfile.mkstemp(dir=os.path.dirname(real), prefix=".gardener-")  # noqa: PTH120
        with os.fdopen(handle, "wb") as out:
            out.write(data)
        os.chmod(temporary, mode & 0o7777)  # noqa: PTH101
        os.replace(temporary, real)  # noqa: PTH105
    except OSError as error:
        if temporary and os.path.exists(temporary):  # noqa: PTH110
            os.unlink(temporary)  # noqa: PTH108
        return f"cannot be written: {error.strerror}"
    return ""


def unified(name: str, before: bytes, after: bytes) -> bytes:
    """A unified diff that `git apply` takes, for a file in any encoding."""
    import difflib

    label = name if name.isascii() and not set(name) & set('"\\\t\n') else _quoted(name)
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
    special = {0x22: '\\"', 0x5C: "\\\\", 0x09: "\\t", 0x0A: "\\n"}
    raw = os.fsencode(name)
    return (
        '"'
        + "".join(special.get(b, chr(b) if 0x20 <= b < 0x7F else f"\\{b:03o}") for b in raw)
        + '"'
    )


def _prefixed(prefix: str, label: str) -> str:
    return f'"{prefix}{label[1:]}' if label.startswith('"') else prefix + label


def _lines(data: bytes) -> list[bytes]:
    """Lines as git counts them: only a line feed ends one."""
    lines = [line + b"\n" for line in data.split(b"\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


def coloured(diff: bytes) -> bytes:
    """A diff in the colours of `git diff`."""
    colours = {b"+": b"\x1b[32m", b"-": b"\x1b[31m", b"@": b"\x1b[36m"}
    bold = (b"diff ", b"--- ", b"+++ ")
    out = []
    for line in _lines(diff):
        colour = b"\x1b[1m" if line.startswith(bold) else colours.get(line[:1], b"")
        out.append(colour + line.rstrip(b"\n") + b"\x1b[m\n" if colour else line)
    return b"".join(out)
