"""Ask for the loop that runs: `asyncio.get_running_loop()` in coroutines.

Where a coroutine asks with `asyncio.get_event_loop()`, a loop runs, and both give that one; since
Python 3.14 the old function no longer makes a loop where there is none. Only calls in the body of
an `async def` change, not those in a plain function, a lambda or a generator within it: there it
is not certain that a loop runs when they are called, and a note says so. Nor does what stands in a
`finally` or under a bare `except`: it also runs when a coroutine is thrown away. Left alone where the
project's tests patch `get_event_loop`, and calls by that name where the file gives
`get_running_loop` another meaning. The old import stays where another file takes the name from it. A
project that still runs on Python 3.6 is left alone.

See https://docs.python.org/3/library/asyncio-eventloop.html#asyncio.get_event_loop
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gardener.codemod.by_libcst import command_of
from gardener.codemod.model import Example

if TYPE_CHECKING:
    from gardener.codemod.file_text import Remark
    from gardener.codemod.project import Project

TRANSFORMER = "gardener.codemods._running_loop:RunningLoop"
__getattr__, __dir__ = command_of(__name__, TRANSFORMER)
NEEDLES = (b"get_event_loop",)
EXAMPLES = (
    Example(
        "in a coroutine",
        "import asyncio\n\n\nasync def later(f):\n    loop = asyncio.get_event_loop()\n    loop.call_soon(f)\n",
        "import asyncio\n\n\nasync def later(f):\n    loop = asyncio.get_running_loop()\n    loop.call_soon(f)\n",
    ),
    Example(
        "imported by its name",
        "from asyncio import get_event_loop\n\n\nasync def now():\n    return get_event_loop().time()\n",
        "from asyncio import get_running_loop\n\n\nasync def now():\n    return get_running_loop().time()\n",
    ),
    Example(
        "in a plain function",
        "import asyncio\n\n\ndef run(main):\n    return asyncio.get_event_loop().run_until_complete(main())\n",
        note="no loop may run here",
    ),
)
_FIRST = (3, 7)
"""The Python in which `get_running_loop` was new."""
_CALL = re.compile(rb"\bget_event_loop\s*\(")


def look(data: bytes, path: str, project: Project) -> bool:
    """Whether the file calls a function of that name, and each Python of the project has the new one."""
    from gardener.codemod.oldest_python import oldest_python

    if b"asyncio" not in data or not _CALL.search(data):
        return False
    return (oldest_python(project, path) or _FIRST) >= _FIRST


def told(data: bytes, path: str, project: Project) -> list[Remark] | None:
    """The notes of a file in which nothing changes; None where libcst has to look."""
    from ._running_loop_notes import notes_of

    return notes_of(data, path, project)
