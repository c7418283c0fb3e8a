"""Tell of deprecated names of web and WebSocket code that have no successor with the same behaviour.

Nothing changes: each place is noted once, with what takes its place. The table
`codemods/by_hand.txt` holds the names, the version from which that holds, and a link. A row counts
only where the project is known to have such a version, or where the name itself is proof enough. An import
for which another branch of a `try` or an `if` has another one is none to tell of.

| noted | what takes its place |
|---|---|
| `app.on_event("startup")` | `lifespan=`, which replaces all handlers at once |
| `WSGIMiddleware` of Starlette | `a2wsgi.WSGIMiddleware`, another implementation |
| `websockets.legacy`, `websockets.client.connect` | the new asyncio implementation, with other exceptions |
| the fixture `event_loop` of pytest-asyncio | `asyncio.get_running_loop()`, `loop_scope=` (since 0.24) |
| `jose` | PyJWT or Authlib: other claims, other exceptions |
| `@asyncio.coroutine` | `async def` |
| `distutils` | setuptools, `shutil.which`, `sysconfig`, packaging |
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gardener.codemod.by_libcst import command_of
from gardener.codemod.model import Example

if TYPE_CHECKING:
    from gardener.codemod.file_text import Remark
    from gardener.codemod.project import Project

TRANSFORMER = "gardener.codemods._by_hand:ByHand"
__getattr__, __dir__ = command_of(__name__, TRANSFORMER)
_FASTAPI = {"requirements.txt": "fastapi==0.115.0\n"}
EXAMPLES = (
    Example(
        "events of an application",
        'from fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.on_event("startup")\nasync def start(): ...\n',
        files=_FASTAPI,
        note="give lifespan=",
    ),
    Example(
        "an event of something else",
        '@bot.on_event("startup")\nasync def start(): ...\n',
        files=_FASTAPI,
    ),
    Example(
        "a module that is gone",
        "from distutils.version import LooseVersion\n",
        note="packaging.version",
    ),
    Example(
        "the fixture of pytest-asyncio",
        "import pytest\n\n\n@pytest.fixture\ndef event_loop():\n    yield\n",
        files={"requirements.txt": "pytest-asyncio==0.24.0\n"},
        note="loop_scope",
    ),
)


def NEEDLES(project: Project) -> tuple[bytes, ...]:  # noqa: N802 - the name that the machine asks for
    """What the table's rows are sought by."""
    from ._by_hand_table import rows

    del project
    return tuple(sorted({row.needle.encode() for row in rows()}))


def look(data: bytes, path: str, project: Project) -> bool:
    """Whether a row is named that holds for the project."""
    from ._by_hand_table import holding

    return any(holding(project, path, data))


def told(data: bytes, path: str, project: Project) -> list[Remark] | None:
    """The notes of a file; None where libcst has to look."""
    from ._by_hand_notes import notes_of

    return notes_of(data, path, project)
