"""Ends pytest, and removes what is temporary, where gardener itself is killed (`kill -9`).

A shell waits at a pipe of which gardener holds the other end: a word means that all is well, the end
of the pipe without one that gardener is dead. It costs a few milliseconds of CPU, and no thread
in gardener or in the user's pytest.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator

from .temporary import temporary_folders

_SHELL = "/bin/sh"
_SCRIPT = """\
read -r _ && exit 0
kill -s KILL -- "-$1" 2>/dev/null
shift
for _ in 1 2 3; do
    rm -rf -- "$@" 2>/dev/null && exit 0
    sleep 1
done
"""


@contextlib.contextmanager
def guarded(group: int) -> Iterator[None]:
    """As long as this lasts the death of gardener ends a group of processes, too."""
    word = _started(group)
    try:
        yield
    finally:
        if word is not None:
            with contextlib.suppress(OSError):
                os.write(word, b"\n")
            os.close(word)


def _started(group: int) -> int | None:
    """The end of the pipe that gardener holds; None where there is no shell, or no descriptor."""
    if not os.path.exists(_SHELL):  # noqa: PTH110 - Windows has other ways
        return None
    try:
        waits, word = os.pipe()
    except OSError:
        return None
    try:
        shell = subprocess.Popen(
            [_SHELL, "-c", _SCRIPT, "gardener-guardian", str(group), *temporary_folders()],
            stdin=waits,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,  # whoever kills gardener's group does not mean the guardian
        )
    except OSError:
        os.close(word)
        return None
    finally:
        os.close(waits)
    # It ends by itself, soon: nobody waits for it, and Python need not warn of it.
    shell.returncode = 0
    return word
