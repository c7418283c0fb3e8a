"""Give arguments by the names that libraries have for them now.

| call | before | after | where the project has |
|---|---|---|---|
| `httpx.Client`, `AsyncClient` | `app=app` | `transport=httpx.ASGITransport(app=app)` (`WSGITransport`) | |
| `websockets.connect` | `extra_headers` | `additional_headers` | websockets 14 |
| `pydantic.Field`, `conlist` | `min_items`, `max_items` | `min_length`, `max_length` | Pydantic 2 |
| `pydantic.Field`, `constr` | `regex` | `pattern` | Pydantic 2 |
| `fastapi.Query`, `Path`, `Body` ... | `regex` | `pattern` | FastAPI 0.100 |

What the project has is read from its lock file, environment and requirements; without a word
there, nothing changes. A call that gives both names, or `**more` beside `app=`, is left alone
with a note.

See https://www.python-httpx.org/advanced/transports/,
https://websockets.readthedocs.io/en/stable/howto/upgrade.html,
https://docs.pydantic.dev/latest/migration/ and https://fastapi.tiangolo.com/release-notes/
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gardener.codemod.by_libcst import command_of
from gardener.codemod.model import Example

if TYPE_CHECKING:
    from gardener.codemod.project import Project

TRANSFORMER = "gardener.codemods._renamed_arguments:RenamedArguments"
__getattr__, __dir__ = command_of(__name__, TRANSFORMER)
NEEDLES = (b"app=", b"app =", b"extra_headers", b"min_items", b"max_items", b"regex")
_WEBSOCKETS = {"requirements.txt": "websockets==15.0.1\n"}
_PYDANTIC = {"requirements.txt": "pydantic>=2.5\nfastapi>=0.110\n"}
EXAMPLES = (
    Example(
        "an application under test",
        'import httpx\n\nclient = httpx.AsyncClient(app=app, base_url="http://test")\n',
        "import httpx\n\n"
        'client = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test")\n',
    ),
    Example(
        "by names",
        "from httpx import Client\n\nclient = Client(app=app)\n",
        "from httpx import Client, WSGITransport\n\nclient = Client(transport=WSGITransport(app=app))\n",
    ),
    Example(
        "a transport is given already",
        "import httpx\n\nclient = httpx.Client(app=app, transport=mine)\n",
        note="gives a transport too",
    ),
    Example(
        "headers of a handshake",
        'import websockets\n\nsocket = websockets.connect(url, extra_headers={"a": "b"})\n',
        'import websockets\n\nsocket = websockets.connect(url, additional_headers={"a": "b"})\n',
        files=_WEBSOCKETS,
    ),
    Example(
        "an older websockets has the old name",
        'import websockets\n\nsocket = websockets.connect(url, extra_headers={"a": "b"})\n',
        files={"requirements.txt": "websockets==13.1\n"},
    ),
    Example(
        "constraints of a field",
        "from pydantic import BaseModel, Field\n\n\nclass A(BaseModel):\n"
        '    x: list[int] = Field(min_items=1, max_items=2)\n    y: str = Field(regex="^a")\n',
        "from pydantic import BaseModel, Field\n\n\nclass A(BaseModel):\n"
        '    x: list[int] = Field(min_length=1, max_length=2)\n    y: str = Field(pattern="^a")\n',
        files=_PYDANTIC,
    ),
    Example(
        "a parameter of a request",
        'from fastapi import Query\n\nq = Query(None, regex="^a")\n',
        'from fastapi import Query\n\nq = Query(None, pattern="^a")\n',
        files=_PYDANTIC,
    ),
    Example(
        "another function of that name",
        "from mine import Field\n\nx = Field(min_items=1)\n",
        files=_PYDANTIC,
    ),
)


_LOOK = re.compile(
    rb"\b(?:extra_headers|m(?:in|ax)_items|regex)\s*=(?!=)|\bClient\([^)]*\bapp\s*=|\bAsyncClient\([^)]*\bapp\s*="
)


def shape(project: Project) -> str:
    """What a line of a file looks like that may have to change."""
    del project
    return r"\b(extra_headers|m(in|ax)_items|regex) *=|\bapp *="


def look(data: bytes, path: str, project: Project) -> bool:
    """Whether the file gives such an argument, and says the name of one of the libraries too."""
    del path, project
    libraries = (b"httpx", b"websockets", b"pydantic", b"fastapi")
    return any(name in data for name in libraries) and bool(_LOOK.search(data))
